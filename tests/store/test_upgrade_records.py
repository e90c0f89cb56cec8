"""A workspace that the last release left becomes one with records: all that was there is found where it is now kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.records import Outcome, Phone, RecordKind, RecordOrder
from app.services.after_update import make_searchable
from app.services.edit_record import edit_record
from app.store import Store
from app.store import models as m
from app.store import sqlite as sqlite_of_store
from app.store.migrate import migrate, migrations

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
    assert record.sources == {"title": "hand", "phones": "hand", "companies": "hand"}
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


def test_odd_records_of_the_first_version_are_read_as_they_were_meant(tmp_path: Path) -> None:
    path = tmp_path / "workspace.sqlite3"
    database = sqlite_of_store.connect(path)
    migrate(database, path, {1: migrations()[1]})
    connection = database.connection()
    at = 1_795_316_250_456_596
    for name, domain in (
        ("A", "ACME.example"),
        ("B", "acme.example "),
        ("", ""),
        ("Ö", "büro.köln.example"),
        ("D", "a, b"),
    ):
        connection.execute("INSERT INTO company (name, domain, created_at) VALUES (?, ?, ?)", (name, domain, at))
    for name, phone, company in (("Ada", "08-123 45 67", 1), ("", " ", 3)):
        connection.execute(
            "INSERT INTO contact (name, title, phone, company_id, search_key, created_by, created_at) "
            "VALUES (?, '', ?, ?, '', 'user', ?)", (name, phone, company, at)
        )  # fmt: skip
    for contact, address, primary in ((1, "ada@x.example", 1), (2, "zoe@x.example", 0), (2, "eva@x.example", 1)):
        connection.execute(
            "INSERT INTO contact_address (contact_id, address, address_key, is_primary, bounce_reason) VALUES (?, ?, ?, ?, '')",
            (contact, address, address, primary),
        )
    for stage, is_open, amount, currency in (
        ("won ", 0, 100, "eur"), ("", 1, None, ""), ("Pilot", 1, 10**15, "JPY"), ("Pilot", 0, 5, ""), ("WON", 1, 1, "EUR")
    ):  # fmt: skip
        connection.execute(
            "INSERT INTO deal (name, stage, amount_cents, currency, is_open, changed_at) VALUES ('D', ?, ?, ?, ?, ?)",
            (stage, amount, currency, is_open, at),
        )
    connection.execute("INSERT INTO deal_contact (deal_id, contact_id) VALUES (2, 1)")
    connection.commit()
    database.close()
    store = Store.open(path)
    make_searchable(store)
    domains = dict(m.CompanyDomain.select(m.CompanyDomain.company_id, m.CompanyDomain.domain).tuples())
    assert domains == {1: "acme.example", 4: "xn--bro-hoa.xn--kln-sna.example"}
    assert [c.id for c in store.record_tables.contacts("1234567").lines] == [1]
    assert [c.id for c in store.record_tables.contacts(order=RecordOrder.NAME).lines] == [1, 2]
    assert m.Contact.get_by_id(2).sort_name == "eva@x.example"
    assert [d.id for d in store.record_tables.deals("ada").lines] == [2]
    assert [(d.stage, d.is_open, d.currency) for d in m.Deal.select().order_by(m.Deal.id)] == [
        ("Won", False, "EUR"), ("New", True, ""), ("Pilot", True, "JPY"), ("Pilot", False, ""), ("Won", False, "EUR")
    ]  # fmt: skip
    assert [stage.name for stage in store.deals.stages()][-3:] == ["Pilot", "Won", "Lost"]
    keys = (
        "SELECT sort_name, sort_company, search_key FROM contact "
        "UNION ALL SELECT sort_name, sort_amount, search_key FROM deal"
    )
    before = m.database.execute_sql(keys).fetchall()
    with store.transaction():
        store.contacts.refresh_many([1, 2])
        for deal in range(1, 6):
            store.deals.refresh(deal)
    assert m.database.execute_sql(keys).fetchall() == before
    edit_record(store, RecordKind.DEAL, 3, {"name": "Large"})
    edit_record(store, RecordKind.DEAL, 4, {"name": "Without a currency"})
    store.close()
