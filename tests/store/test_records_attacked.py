"""Records under attack: changes taken back in another order than they were made, numbers at their limits, records named that
are gone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.errors import NotAllowed, UsageError
from app.domain.money import LARGEST, amount_in_minor
from app.domain.records import RecordOrder
from app.services.arrange_messages import move_message, undo_arrangement
from app.services.delete_permanently import delete_permanently
from app.services.edit_record import add_record, edit_record, remove_record, undo_change
from app.services.merge_contacts import merge_contacts
from app.store import Store
from app.store import models as m
from tests.store.test_records import COMPANY, CONTACT, DEAL, USER, contact, log


def test_parting_two_contacts_keeps_what_was_edited_since(store: Store) -> None:
    keep, other = contact(store, "ada@example.com"), contact(store, "ada@example.org", "Ada", phones=["070-1112233"])
    merged = merge_contacts(store, keep, other)
    edit_record(
        store,
        CONTACT,
        keep,
        {"name": "Ada Berg", "title": "Mayor", "phones": [["070-1112233", "work"], ["08-5556677", "home"]]},
    )
    undo_change(store, merged.id)
    record = store.contact_record(keep)
    assert record is not None
    assert (record.name, record.title) == ("Ada Berg", "Mayor")
    assert [p.number for p in record.phones] == ["08-5556677"]


def test_two_merges_are_taken_back_in_the_order_they_were_made(store: Store) -> None:
    keep = contact(store, "ada@example.com")
    one = contact(store, "ada@example.org", "Ada", phones=["070-1112233"])
    two = contact(store, "ada@example.net", "Eda", phones=["08-5556677"])
    first, second = merge_contacts(store, keep, one), merge_contacts(store, keep, two)
    undo_change(store, first.id)
    assert [n for n, _ in store.contacts.phones(keep)] == ["08-5556677"]
    undo_change(store, second.id)
    assert store.contacts.phones(keep) == ()
    assert store.contacts.addresses(keep) == ("ada@example.com",)


def test_a_deal_taken_back_to_a_contact_who_is_gone_for_good(store: Store) -> None:
    gone, stays = contact(store, "ada@example.com"), contact(store, "bo@example.com")
    deal = add_record(store, DEAL, {"name": "Winter", "contacts": [gone, stays]})
    change = edit_record(store, DEAL, deal, {"contacts": [stays], "stage": "Won"})
    assert change is not None
    delete_permanently(store, gone)
    undo_change(store, change.id)
    assert store.deals.contacts(deal) == (stays,)


def test_a_deal_taken_back_to_a_contact_who_was_merged(store: Store) -> None:
    other, keep = contact(store, "ada@example.com"), contact(store, "bo@example.com")
    deal = add_record(store, DEAL, {"name": "Winter", "contacts": [other]})
    change = edit_record(store, DEAL, deal, {"contacts": []})
    assert change is not None
    merge_contacts(store, keep, other)
    undo_change(store, change.id)
    assert store.deals.contacts(deal) == (keep,)


def test_a_chain_of_merged_contacts_is_deleted_whole(store: Store) -> None:
    first = contact(store, "a@example.com", "Quillfeather", phones=["070-1112233"])
    second, third = contact(store, "b@example.com", "B"), contact(store, "c@example.com", "C")
    merge_contacts(store, second, first)
    merge_contacts(store, third, second)
    delete_permanently(store, third)
    assert m.Contact.select().count() == 0
    assert all(store.tombstones.holds(a) for a in ("a@example.com", "b@example.com", "c@example.com"))
    assert m.database.execute_sql("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("currency", ["JPY", "KWD", "CLF", "EUR"])
@pytest.mark.parametrize("amount", [LARGEST, -LARGEST, -1, 0])
def test_every_amount_has_a_place_in_the_table(store: Store, currency: str, amount: int) -> None:
    deal = add_record(store, DEAL, {"name": "Winter", "amount_minor": amount, "currency": currency})
    (line,) = store.record_tables.deals(order=RecordOrder.AMOUNT).lines
    assert (line.id, line.amount_minor) == (deal, amount)


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [("0.500", "EUR", 50), ("0,500", "EUR", 50), ("\u22121 234,50", "EUR", -123450), ("1 234,50", "SEK", 123450),
     ("1.234.567", "JPY", 1234567),
     ("1,234", "KWD", 1234), ("-0,05", "EUR", -5), ("1’234.50", "CHF", 123450), ("+5", "EUR", 500)],
)  # fmt: skip
def test_amounts_as_typed(typed: str, currency: str, minor: int) -> None:
    assert amount_in_minor(typed, currency) == minor


def test_a_merged_contact_gets_nothing_of_its_own(store: Store) -> None:
    keep, other = contact(store, "ada@example.com"), contact(store, "ada@example.org")
    merge_contacts(store, keep, other)
    with pytest.raises(NotAllowed):
        edit_record(store, CONTACT, other, {"addresses": ["new@example.com"]})
    with pytest.raises(UsageError):
        add_record(store, DEAL, {"name": "Winter", "contacts": [other]})


def test_what_was_removed_is_not_newly_named(store: Store) -> None:
    ada = contact(store, "ada@example.com")
    company = add_record(store, COMPANY, {"name": "Harbour"})
    deal = add_record(store, DEAL, {"name": "Winter", "contacts": [ada], "company": company})
    remove_record(store, COMPANY, company)
    remove_record(store, CONTACT, ada)
    edit_record(store, DEAL, deal, {"name": "Summer", "contacts": [ada], "company": company})
    with pytest.raises(UsageError, match="removed"):
        add_record(store, DEAL, {"name": "Autumn", "contacts": [ada]})
    with pytest.raises(UsageError, match="removed"):
        edit_record(store, CONTACT, contact(store, "bo@gmail.com"), {"companies": [company]})


def test_a_refused_address_says_that_its_holder_was_removed(store: Store) -> None:
    ada, bo = contact(store, "ada@example.com"), contact(store, "bo@example.org")
    remove_record(store, CONTACT, ada)
    with pytest.raises(NotAllowed, match="removed"):
        edit_record(store, CONTACT, bo, {"addresses": ["bo@example.org", "ada@example.com"]})
    harbour = add_record(store, COMPANY, {"name": "Harbour", "domains": ["harbour.example"]})
    remove_record(store, COMPANY, harbour)
    with pytest.raises(NotAllowed, match="removed"):
        add_record(store, COMPANY, {"name": "Other", "domains": ["harbour.example"]})


def test_a_deal_is_found_by_the_people_it_shows(store: Store) -> None:
    ada = contact(store, "ada@example.com")
    deal = add_record(store, DEAL, {"name": "Winter", "contacts": [ada]})
    with store.transaction():
        store.contacts.add(Address("ada@example.com", "Quillfeather"), created_by="reply")
    assert [d.id for d in store.record_tables.deals("quillfeather").lines] == [deal]
    remove_record(store, CONTACT, ada)
    assert store.record_tables.deals("quillfeather").lines == ()
    with store.transaction():
        store.contacts.add(Address("ada@example.com"), created_by="reply")
    assert [d.id for d in store.record_tables.deals("quillfeather").lines] == [deal]


def test_a_deal_names_a_contact_without_a_name_by_its_address(store: Store) -> None:
    deal = add_record(store, DEAL, {"name": "Winter", "contacts": [contact(store, "Åsa@Example.com")]})
    record = store.deals.record(deal)
    assert record is not None
    assert [person.name for person in record.contacts] == ["Åsa@Example.com"]


def test_the_signed_in_user_is_not_made_inactive(store: Store) -> None:
    add_record(store, USER, {"login_address": "bo@example.com", "role": "admin"})
    with pytest.raises(NotAllowed):
        edit_record(store, USER, store.user_id, {"active": False})


def test_companies_by_domains_in_other_letters(store: Store) -> None:
    company = add_record(store, COMPANY, {"name": "Köln", "domains": ["büro.köln.example"]})
    assert store.contacts.primary_company(contact(store, "a@BÜRO.köln.example")) == company
    assert store.contacts.primary_company(contact(store, "b@büro.köln.example.")) == company


def test_a_public_mail_domain_makes_no_colleagues(store: Store) -> None:
    add_record(store, COMPANY, {"name": "Post", "domains": ["gmail.com"]})
    assert store.contacts.primary_company(contact(store, "ada@gmail.com")) is None
    assert store.contacts.primary_company(contact(store, "ada@mail.yahoo.co.jp")) is None


@pytest.mark.parametrize(
    "typed", ["ada@exa\x00mple.com", "\ud800@example.com", "a" * 600 + "@example.com", "ada@b", "a"]
)
def test_what_is_no_address_is_refused(store: Store, typed: str) -> None:
    with pytest.raises(UsageError):
        contact(store, typed)
    with pytest.raises(UsageError):
        edit_record(store, USER, store.user_id, {"login_address": typed})


def test_unseen_marks_around_an_address_are_left_out(store: Store) -> None:
    ada = contact(store, "\u200b\ufeffada@example.com\u200e ")
    assert store.contacts.addresses(ada) == ("ada@example.com",)


@pytest.mark.parametrize("fields", [{"owner": "x"}, {"companies": ["a"]}, {"companies": [[1]]}, {"companies": [99]}])
def test_what_is_no_record_is_told(store: Store, fields: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        edit_record(store, CONTACT, contact(store, "ada@example.com"), fields)


def test_another_currency_does_not_change_the_number(store: Store) -> None:
    deal = add_record(store, DEAL, {"name": "Winter", "amount_minor": 500, "currency": "SEK"})
    change = edit_record(store, DEAL, deal, {"currency": "JPY"})
    assert change is not None
    assert store.deals.snapshot(deal)["amount_minor"] == 5
    undo_change(store, change.id)
    assert store.deals.snapshot(deal)["amount_minor"] == 500
    edit_record(store, DEAL, deal, {"amount_minor": 550})
    with pytest.raises(UsageError, match="decimal places"):
        edit_record(store, DEAL, deal, {"currency": "JPY"})


def test_a_company_is_not_named_by_a_book(store: Store) -> None:
    with pytest.raises(UsageError, match="too long"), store.transaction():
        store.companies.named("x" * 501)


def test_a_large_company_is_renamed_in_a_moment(store: Store) -> None:
    company = add_record(store, COMPANY, {"name": "Harbour", "domains": ["harbour.example"]})
    with store.transaction():
        for n in range(1_000):
            store.contacts.add(Address(f"p{n}@harbour.example"), created_by="user")
    begun = time.process_time()
    edit_record(store, COMPANY, company, {"name": "Quay"})
    assert time.process_time() - begun < 1.0
    assert store.record_tables.count(CONTACT, "quay") == 1_000


def test_the_last_mail_of_others_is_what_is_left(store: Store) -> None:
    gone, stays = contact(store, "gone@harbour.example"), contact(store, "bo@harbour.example")
    log(store, stays, subject="Old")
    log(store, gone, stays, subject="New", days=3)
    before = store.contact_record(stays).last_at
    delete_permanently(store, gone)
    assert store.contact_record(stays).last_at < before


@pytest.mark.parametrize(
    "typed",
    ["x" * 60_000, "\ud800ab", "a\x00b", "ก็", "北京", "👩‍👩‍👧", '"', "NEAR(a b)", "-x", "*", "a" * 100_000 + "%"],
)
def test_any_search_is_answered(store: Store, typed: str) -> None:
    contact(store, "ada@example.com", "Ada 北京 ก็ 👩‍👩‍👧")
    store.record_tables.contacts(typed)
    store.record_tables.found(typed, (CONTACT, COMPANY, DEAL), 5)
    store.search.found(typed)
    store.contacts.rows(typed)
    store.contacts.count(typed)


@pytest.mark.parametrize("name", ["a\x00b", "Ada \ud800", "x\u202ey"])
def test_any_name_is_kept_or_refused(store: Store, name: str) -> None:
    try:
        pk = contact(store, "ada@example.com", name)
    except UsageError:
        return
    assert store.contact_record(pk).name
    assert store.record_tables.contacts("ada@").lines


def test_what_a_person_decided_counts_for_who_a_contact_is_now(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, "default", {})
    store = workspace.store
    ada, bo, eva = (contact(store, f"{name}@example.com") for name in ("ada", "bo", "eva"))
    pk, gone = log(store, ada), log(store, eva)
    thread = store.messages.get(pk).thread_id
    move_message(workspace, pk, to_message=gone, to_contacts=[bo])
    into = store.messages.get(gone).thread_id
    merge_contacts(store, eva, bo)
    decided = store.overrides.for_sender(into, "ada@example.com")
    assert decided is not None and decided.after["contacts"] == [eva]
    delete_permanently(store, ada)
    decided = store.overrides.for_sender(into, "ada@example.com")
    assert decided is None
    other = log(store, contact(store, "kim@example.com"))
    move_message(workspace, other, to_message=gone, to_contacts=[eva])
    delete_permanently(store, eva)
    assert not store.messages.exists(other)
    assert m.database.execute_sql("PRAGMA foreign_key_check").fetchall() == []
    assert thread
    store.close()


def test_a_decision_is_taken_back_after_the_contact_it_left_is_gone(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, "default", {})
    store = workspace.store
    ada, bo = contact(store, "ada@example.com"), contact(store, "bo@example.com")
    pk = log(store, bo)
    with store.transaction():
        store.messages.arrange(pk, store.messages.get(pk).thread_id, [ada])
    to = log(store, bo)
    move_message(workspace, pk, to_message=to)
    delete_permanently(store, ada)
    assert undo_arrangement(workspace, pk)
    assert store.messages.contacts_of(pk) == (bo,)
    store.close()


def test_two_programs_edit_at_once(tmp_path: Path) -> None:
    """The command line beside the window: each edit is whole, no two contacts get one address, no number is lost."""
    store = open_workspace(tmp_path, "default", {}).store
    pk = contact(store, "ada@example.com")
    path, made = store.path, 12
    program = (
        "import sys; from pathlib import Path; from app.store import Store; from app.services.edit_record import *\n"
        "from app.domain.records import RecordKind as K; from app.domain.errors import NotAllowed\n"
        "store = Store.open(Path(sys.argv[1]))\n"
        f"for n in range({made}):\n"
        "    edit_record(store, K.CONTACT, int(sys.argv[2]), {'title': f'{sys.argv[3]} {n}'})\n"
        "    try: add_record(store, K.CONTACT, {'addresses': [f'p{n}@harbour.example']})\n"
        "    except NotAllowed: pass\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", program, str(path), str(pk), who]) for who in ("one", "two")]
    assert [process.wait(60) for process in both] == [0, 0]
    assert store.record_tables.count(CONTACT) == made + 1
    assert len(store.companies.contacts_of(store.companies.find_domain("harbour.example") or 0)) == made
    changes = store.record_changes.of(CONTACT, pk, 1_000)
    assert len(changes) == 2 * made
    for change in changes:
        undo_change(store, change.id)
    assert store.contact_record(pk).title == ""  # type: ignore[union-attr]
    store.close()
