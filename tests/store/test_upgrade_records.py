"""A workspace that the last release left becomes one with records: all that was there is found where it is now kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.records import Outcome, Phone, RecordKind, RecordOrder
from app.services.after_update import make_searchable
from app.store import Store
from app.store import models as m

RELEASED = Path(__file__).parent / "released" / "0003.sql"


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "workspace.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript(RELEASED.read_text(encoding="utf-8"))
    connection.close()
    store = Store.open(path)
    yield store
    store.close()


def test_phones_companies_and_domains_moved(upgraded: Store) -> None:
    karin = upgraded.contacts.find("karin.lindqvist@example.com")
    assert karin is not None
    record = upgraded.contact_record(karin)
    assert record is not None
    assert record.phones == (Phone("+46 8 123 45 67", "work"),)
    assert [c.name for c in record.companies] == ["Northlight Cargo AB"]
    assert record.addresses == ("karin.lindqvist@example.com", "k.lindqvist@example.net")
    assert record.sources == {"title": "hand", "phones": "hand", "company": "hand"}
    company = upgraded.company_record(record.companies[0].id)
    assert company is not None
    assert (company.domains, company.contacts) == (("example.com",), 2)
    assert m.ContactPhone.get(m.ContactPhone.contact == karin).number_key == "+4681234567"
    assert upgraded.companies.of_address("new@mail.example.com", make=False) == company.id


def test_old_readers_see_what_they_saw(upgraded: Store) -> None:
    karin = upgraded.contacts.find("karin.lindqvist@example.com")
    assert karin is not None
    card = upgraded.contacts.card(karin)
    assert card is not None
    assert (card.name, card.title, card.phone, card.company) == (
        "Karin Lindqvist", "Head of logistics", "+46 8 123 45 67", "Northlight Cargo AB"
    )  # fmt: skip
    assert card.deals == (("Winter contract", "Proposal", True), ("Trial", "Signed", False))
    assert [row.name for row in upgraded.contacts.rows()] == ["Karin Lindqvist", "", "Ola Ångström"]
    assert [row.company for row in upgraded.contacts.rows("lindqvist")] == ["Northlight Cargo AB"]
    last, first = upgraded.timeline.of_contact(karin)
    assert (first.subject, last.visible_text) == ("Winter schedule", "Tack! Tidtabellen ser bra ut på måndag.")
    assert (last.companies, last.deals) == (("Northlight Cargo AB",), ("Winter contract",))


def test_deals_have_stages_and_a_place_in_their_table(upgraded: Store) -> None:
    by_name = {line.name: line for line in upgraded.record_tables.deals(order=RecordOrder.STAGE).lines}
    assert list(by_name) == ["Winter contract", "Trial"]
    winter = by_name["Winter contract"]
    assert (winter.outcome, winter.amount_minor, winter.currency) == (Outcome.OPEN, 1250000, "SEK")
    assert by_name["Trial"].outcome is Outcome.LOST
    record = upgraded.deals.record(by_name["Trial"].id)
    assert record is not None and record.closed_at == record.changed_at
    (logged,) = upgraded.timeline.of_record(RecordKind.DEAL, winter.id).messages
    assert logged.subject == "Re: Winter schedule"


def test_users_keep_aliases_and_inboxes_and_one_is_the_administrator(upgraded: Store) -> None:
    (jonas,) = upgraded.users.records(upgraded.user_id)
    assert (jonas.name, jonas.login_address, jonas.role) == ("Jonas Ahl", "jonas@example.org", "admin")
    assert (jonas.aliases, jonas.inboxes) == (("sales@example.org",), ("jonas@example.org",))


def test_old_mail_and_contacts_become_searchable(upgraded: Store) -> None:
    assert upgraded.search.is_behind()
    assert not upgraded.search.found("tidtabellen").complete
    assert [line.name for line in upgraded.record_tables.contacts("angstr").lines] == ["Ola Ångström"]  # already
    assert not make_searchable(upgraded, 60)
    assert not upgraded.search.is_behind()
    finds = upgraded.search.found("tidtab mandag")
    assert ([found.subject for found in finds.messages], finds.complete) == (["Re: Winter schedule"], True)
    assert [line.name for line in upgraded.record_tables.contacts("angstr").lines] == ["Ola Ångström"]
    m.database.execute_sql("INSERT INTO message_search (message_search) VALUES ('integrity-check')")
    assert m.database.execute_sql("PRAGMA foreign_key_check").fetchall() == []


def test_a_start_takes_only_so_long_for_a_large_workspace(upgraded: Store) -> None:
    assert make_searchable(upgraded, -1.0)  # no time at all: all is left to the background
    assert upgraded.search.is_behind()
    new = upgraded.search.messages("ferries", 10)
    assert new == ([], None)
