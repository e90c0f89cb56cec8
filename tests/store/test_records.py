"""Contacts, companies, deals and users: edits and their undo, merging, duplicates, tables in their orders."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.addresses import Address
from app.domain.association import associate
from app.domain.errors import NotAllowed, UsageError
from app.domain.records import Outcome, Phone, RecordKind, RecordOrder
from app.services.edit_record import add_record, edit_record, remove_record, restore_record, undo_change, undo_last
from app.services.merge_contacts import merge_contacts
from app.store import Store
from app.store import models as m
from app.store.messages import NewMessage

CONTACT, COMPANY, DEAL, USER = RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL, RecordKind.USER
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def contact(store: Store, address: str, name: str = "", **fields: object) -> int:
    return add_record(store, CONTACT, {"addresses": [address], "name": name, **fields})


def log(store: Store, *contacts: int, subject: str = "Hello", text: str = "", days: int = 0) -> int:
    number = next(_numbers)
    with store.transaction():
        me, other = Address("jonas@example.org"), Address(store.contacts.addresses(contacts[0])[0])
        return store.messages.add(
            NewMessage(
                message_id=f"r{number}@example.org", direction="received", thread_id=store.messages.new_thread(subject),
                user_id=store.user_id, date=NOW + timedelta(days=days), sender=other, to=(me,), subject=subject,
                logged=True, logged_by="reply", text=text, visible_text=text,
            ),
            contacts,
        )  # fmt: skip


# -- companies by domain (L3)


def test_a_new_contact_is_put_to_the_company_of_its_domain(store: Store) -> None:
    ada = contact(store, "ada@mail.northlight.example", "Ada")
    bo = contact(store, "bo@northlight.example", "Bo")
    private = contact(store, "ada.berg@gmail.com")
    company = store.contacts.primary_company(ada)
    assert company is not None and company == store.contacts.primary_company(bo)
    record = store.company_record(company)
    assert record is not None
    assert (record.name, record.domains, record.contacts, record.created_by) == (
        "Northlight", ("northlight.example",), 2, "domain"
    )  # fmt: skip
    assert store.contacts.primary_company(private) is None


def test_no_company_is_made_where_the_setting_says_so(store: Store) -> None:
    with store.transaction():
        store.settings.put("create_companies", False)
        known = store.companies.add("Harbour Lines", ["harbour.example"])
    assert store.contacts.primary_company(contact(store, "ada@northlight.example")) is None
    assert store.contacts.primary_company(contact(store, "bo@harbour.example")) == known


def test_a_removed_company_does_not_come_back_by_itself(store: Store) -> None:
    ada = contact(store, "ada@northlight.example")
    company = store.contacts.primary_company(ada)
    assert company is not None
    remove_record(store, COMPANY, company)
    assert store.contacts.primary_company(ada) is None
    assert store.contacts.primary_company(contact(store, "bo@northlight.example")) is None
    assert store.record_tables.companies().lines == ()
    restore_record(store, COMPANY, company)
    assert store.contacts.primary_company(ada) == company


# -- edits and undo


def test_every_field_of_a_contact_is_edited_and_undone(store: Store) -> None:
    ada = contact(store, "ada@example.com", "Ada")
    company = add_record(store, COMPANY, {"name": "Harbour Lines"})
    before = store.contacts.snapshot(ada)
    fields = {
        "name": "Ada Berg", "title": "Head of sales", "postal_address": "Strandvägen 1\n114 51 Stockholm",
        "owner": store.user_id, "addresses": ["ada@home.example", "ada@example.com"],
        "phones": [["08-123 45 67", "work"], ["+46 70 111 22 33", "mobile"]],
        "companies": [company, *before["companies"]],
    }  # fmt: skip
    change = edit_record(store, CONTACT, ada, fields)
    assert change is not None
    assert store.contacts.snapshot(ada) == {**fields, "removed": False}
    assert store.contacts.find("ada@home.example") == ada
    assert edit_record(store, CONTACT, ada, fields) is None  # nothing is different
    undo_change(store, change.id)
    assert store.contacts.snapshot(ada) == before
    assert store.contacts.find("ada@home.example") is None
    with pytest.raises(NotAllowed, match="already"):
        undo_change(store, change.id)


def test_an_undo_never_overwrites_a_later_edit(store: Store) -> None:
    ada = contact(store, "ada@example.com", "Ada")
    first = edit_record(store, CONTACT, ada, {"name": "Ada Berg"})
    second = edit_record(store, CONTACT, ada, {"name": "Ada Berg-Moen", "title": "Head"})
    third = edit_record(store, CONTACT, ada, {"title": "Chief"})
    assert first is not None and second is not None and third is not None
    with pytest.raises(NotAllowed, match="changed again"):
        undo_change(store, first.id)
    for _ in range(3):
        undo_last(store, CONTACT, ada)
    assert store.contacts.snapshot(ada)["name"] == "Ada"
    with pytest.raises(NotAllowed, match="nothing to undo"):
        undo_last(store, CONTACT, ada)
    assert [c.what for c in store.record_changes.of(CONTACT, ada)] == [
        "Changed the title", "Changed the name and title", "Changed the name"
    ]  # fmt: skip


def test_what_cannot_be_is_refused_and_leaves_nothing(store: Store) -> None:
    ada, bo = contact(store, "ada@example.com"), contact(store, "bo@example.com")
    before = store.contacts.snapshot(ada)
    for fields, said in (
        ({"addresses": []}, "needs an address"),
        ({"addresses": ["bo@example.com"]}, "another contact"),
        ({"addresses": ["bo@"]}, "not complete"),
        ({"phones": [["1", "pager"]]}, "kind of number"),
        ({"companies": [999]}, "no such company"),
        ({"owner": 999}, "no such user"),
        ({"colour": "red"}, "no field colour"),
        ({"title": "x" * 501}, "too long"),
    ):
        with pytest.raises(UsageError, match=said):
            edit_record(store, CONTACT, ada, {"name": "Changed", **fields})
    assert store.contacts.snapshot(ada) == before
    assert store.record_changes.of(CONTACT, ada) == () and bo


def test_a_removed_contact_is_in_no_table_and_comes_back(store: Store) -> None:
    ada = contact(store, "ada@example.com", "Ada")
    log(store, ada)
    change = remove_record(store, CONTACT, ada)
    assert change is not None
    assert store.contacts.find("ada@example.com") is None
    assert store.contacts.rows() == () and store.contacts.count() == 0
    assert store.record_tables.contacts("ada").lines == ()
    undo_change(store, change.id)
    assert store.contacts.find("ada@example.com") == ada
    remove_record(store, CONTACT, ada)
    with store.transaction():
        again = store.contacts.add(Address("ada@example.com"), created_by="sent")  # mail goes to her again
    assert again == ada
    assert len(store.timeline.of_contact(ada)) == 1


def test_a_company_is_renamed_in_the_tables_of_its_people_and_deals(store: Store) -> None:
    ada = contact(store, "ada@northlight.example", "Ada")
    company = store.contacts.primary_company(ada)
    assert company is not None
    add_record(store, DEAL, {"name": "Winter", "company": company, "contacts": [ada]})
    change = edit_record(
        store, COMPANY, company, {"name": "Ångbåten AB", "domains": ["angbaten.example", "northlight.example"]}
    )
    assert change is not None
    assert [line.id for line in store.record_tables.contacts("angbat").lines] == [ada]
    assert [line.company for line in store.record_tables.deals("angbat").lines] == ["Ångbåten AB"]
    assert store.contacts.primary_company(contact(store, "bo@angbaten.example")) == company
    undo_change(store, change.id)
    assert store.record_tables.deals("angbat").lines == ()
    with pytest.raises(NotAllowed, match="belongs to Northlight"):
        add_record(store, COMPANY, {"name": "Other", "domains": ["northlight.example"]})


def test_a_deal_is_won_and_opened_again(store: Store) -> None:
    deal = add_record(store, DEAL, {"name": "Winter contract", "amount_minor": 1250000, "currency": "sek"})
    change = edit_record(store, DEAL, deal, {"stage": "won"})
    assert change is not None
    record = store.deals.record(deal)
    assert record is not None
    assert (record.stage, record.outcome, record.currency) == ("Won", Outcome.WON, "SEK")
    assert record.closed_at is not None
    undo_change(store, change.id)
    record = store.deals.record(deal)
    assert record is not None and (record.outcome, record.closed_at) == (Outcome.OPEN, None)
    for fields, said in (
        ({"stage": "Nowhere"}, "no stage"), ({"currency": "XXQ"}, "no currency"), ({"name": " "}, "needs a name"),
        ({"currency": ""}, "needs a currency"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            edit_record(store, DEAL, deal, fields)


def test_the_five_most_recent_open_deals_of_a_contact(store: Store) -> None:
    """[S004] “de fem siste åpne avtalepostene knyttet til kontakten”."""
    ada = contact(store, "ada@example.com")
    deals = [add_record(store, DEAL, {"name": f"Deal {n}", "contacts": [ada]}) for n in range(8)]
    edit_record(store, DEAL, deals[7], {"stage": "Lost"})
    remove_record(store, DEAL, deals[6])
    edit_record(store, DEAL, deals[0], {"name": "Changed last"})
    linked = associate([ada], store.copied.facts_of([ada])).deals
    assert linked == (deals[0], deals[5], deals[4], deals[3], deals[2])


def test_users_aliases_and_permission(store: Store) -> None:
    """S5, S6."""
    edit_record(store, USER, store.user_id, {"name": "Jonas", "login_address": "jonas@example.org"})
    maja = add_record(
        store, USER, {"name": "Maja", "login_address": "maja@example.org", "aliases": ["Sales@example.org"]}
    )
    change = edit_record(store, USER, maja, {"personal_email_access": False, "aliases": []})
    assert change is not None
    undo_change(store, change.id)
    record = store.users.record(maja, store.user_id)
    assert record is not None
    assert (record.aliases, record.personal_email_access, record.role, record.signed_in) == (
        ("Sales@example.org",), True, "member", False
    )  # fmt: skip
    assert store.users.find("sales@EXAMPLE.org") == maja
    remove_record(store, USER, maja)
    assert [u.active for u in store.users.records(store.user_id)] == [True, False]
    restore_record(store, USER, maja)
    with pytest.raises(NotAllowed, match="signed in"):
        remove_record(store, USER, store.user_id)
    with pytest.raises(NotAllowed, match="administrator"):
        edit_record(store, USER, store.user_id, {"role": "member"})
    with pytest.raises(NotAllowed, match="login address of Jonas"):
        edit_record(store, USER, maja, {"login_address": "JONAS@example.org"})


# -- merging and duplicates


def test_a_merge_and_its_undo(store: Store) -> None:
    keep = contact(store, "ada@example.com", "Ada Berg", phones=[["+46 8 123 45 67", "work"]])
    other = contact(store, "ada.berg@gmail.com", "A. Berg", title="Chief", phones=["08-123 45 67", "070-111 22 33"])
    deal = add_record(store, DEAL, {"name": "Winter", "contacts": [other]})
    both = add_record(store, DEAL, {"name": "Both", "contacts": [keep, other]})
    own, theirs, shared = log(store, keep), log(store, other, days=3), log(store, keep, other, days=1)
    states = [(store.contacts.snapshot(pk), store.contact_record(pk)) for pk in (keep, other)]
    change = merge_contacts(store, keep, other)
    assert change.what == "Merged with A. Berg"
    record = store.contact_record(keep)
    assert record is not None
    assert record.addresses == ("ada@example.com", "ada.berg@gmail.com")
    assert (record.name, record.title) == ("Ada Berg", "Chief")
    assert record.phones == (Phone("+46 8 123 45 67", "work"), Phone("070-111 22 33", "work"))
    assert [message.pk for message in store.timeline.of_contact(keep)] == [theirs, shared, own]
    assert {line.id for line in record.deals} == {deal, both}
    assert store.contacts.find("ada.berg@gmail.com") == keep
    assert [line.id for line in store.record_tables.contacts().lines] == [keep]
    assert store.contacts.rows()[0].last_at == NOW + timedelta(days=3)
    with pytest.raises(NotAllowed, match="merged"):
        restore_record(store, CONTACT, other)
    with pytest.raises(NotAllowed, match="removed"):
        merge_contacts(store, keep, other)
    late = log(store, keep, days=9)
    undo_change(store, change.id)
    assert [store.contacts.snapshot(pk) for pk in (keep, other)] == [snapshot for snapshot, _ in states]
    assert [message.pk for message in store.timeline.of_contact(keep)] == [late, shared, own]
    assert [message.pk for message in store.timeline.of_contact(other)] == [theirs, shared]
    for pk, (_, before) in zip((keep, other), states, strict=True):
        after = store.contact_record(pk)
        assert before is not None and after is not None
        assert {d.id for d in after.deals} == {d.id for d in before.deals}


def test_a_contact_is_not_merged_with_itself(store: Store) -> None:
    ada = contact(store, "ada@example.com")
    with pytest.raises(NotAllowed, match="itself"):
        merge_contacts(store, ada, ada)


def test_duplicates_are_suggested_until_a_person_says_no(store: Store) -> None:
    one = contact(store, "karin.lindqvist@gmail.com", "Karin Lindqvist", phones=["+46 8 123 45 67"])
    two = contact(store, "KarinLindqvist+news@googlemail.com", "Karin")
    three = contact(store, "k@northlight.example", "K. L.", phones=["08-123 45 67"])
    four = contact(store, "åsa@harbour.example", "Åsa Ström")
    five = contact(store, "asa.strom@harbour.example", "Asa  STROM")
    six = contact(store, "asa@other.example", "Åsa Ström")  # another company
    for number in (1, 2):
        contact(store, f"maja{number}@gmail.com", "Maja")  # a first name alone
    log(store, two)
    pairs = {(p.keep.id, p.other.id): p.reasons for p in store.duplicates.pairs()}
    assert pairs == {
        (two, one): ("Their addresses reach one mailbox.",),
        (one, three): ("They have the same telephone number.",),
        (four, five): ("They have the same name, and the same company.",),
        (four, six): ("They have the same name.",),
        (five, six): ("They have the same name.",),
    }
    with store.transaction():
        for namesake in (four, five):
            store.duplicates.not_duplicates(namesake, six)
        store.duplicates.not_duplicates(five, four)
        store.duplicates.not_duplicates(four, five)
    merge_contacts(store, two, one)
    assert [(p.keep.id, p.other.id) for p in store.duplicates.pairs()] == [(two, three)]  # the number came along


def test_many_of_one_name_are_shown_beside_the_first(store: Store) -> None:
    first, *others = (contact(store, f"p{n}@d{n}.example", "Åsa Ström") for n in range(6))
    pairs = {(p.keep.id, p.other.id): p.reasons for p in store.duplicates.pairs()}
    assert pairs == {(first, n): ("They have the same name.", "6 have this in common.") for n in others}


def test_a_switchboards_number_makes_no_duplicates(store: Store) -> None:
    for n in range(6):
        contact(store, f"p{n}@example.com", f"Person {n}", phones=["+46 8 123 45 00"])
    assert store.duplicates.pairs() == ()


# -- tables


def test_each_order_goes_on_where_the_page_before_ended(store: Store) -> None:
    with store.transaction():
        for n in range(23):
            pk = store.contacts.add(Address(f"p{n}@c{n % 4}.example", f"Name {n % 7}" if n % 3 else ""), created_by="x")
            if n % 5:
                m.Contact.update(last_message_at=NOW + timedelta(days=n % 3)).where(m.Contact.id == pk).execute()
            deal = store.deals.add({"name": f"Deal {n % 6}", "stage": ("New", "Won", "Proposal")[n % 3]})
            amount = {} if n % 4 == 0 else {"amount_minor": 100 * (n % 5), "currency": "JPY" if n % 2 else "EUR"}
            store.deals.write(deal, {**amount, "company": store.contacts.primary_company(pk) if n % 2 else None})
    tables = store.record_tables
    for order in (RecordOrder.MAIL, RecordOrder.NAME, RecordOrder.COMPANY):
        whole = tables.contacts(order=order, limit=500).lines
        assert len(whole) == 23
        assert _paged(lambda after, order=order: tables.contacts(order=order, after=after, limit=4)) == whole
    for order in (RecordOrder.MAIL, RecordOrder.NAME):
        whole_companies = tables.companies(order=order, limit=500).lines
        assert len(whole_companies) == 4
        assert _paged(lambda after, order=order: tables.companies(order=order, after=after, limit=1)) == whole_companies
    for order in (RecordOrder.CHANGED, RecordOrder.NAME, RecordOrder.AMOUNT, RecordOrder.STAGE, RecordOrder.COMPANY):
        whole_deals = tables.deals(order=order, limit=500).lines
        assert len(whole_deals) == 23
        assert _paged(lambda after, order=order: tables.deals(order=order, after=after, limit=4)) == whole_deals
    by_mail = [line.last_at for line in tables.contacts(limit=500).lines]
    assert by_mail == sorted(by_mail, key=lambda at: at or datetime(1, 1, 1, tzinfo=UTC), reverse=True)
    with pytest.raises(UsageError, match="no order amount"):
        tables.contacts(order=RecordOrder.AMOUNT)


def _paged(ask) -> tuple:  # type: ignore[no-untyped-def,type-arg]
    lines, after = [], None
    while True:
        page = ask(after)
        lines += page.lines
        if page.next is None:
            return tuple(lines)
        after = page.next


def test_amounts_are_in_order_whatever_their_places(store: Store) -> None:
    for name, amount, currency in (("a", 100_00, "EUR"), ("b", 500, "JPY"), ("c", 99_000, "KWD"), ("d", None, "")):
        fields = {} if amount is None else {"amount_minor": amount, "currency": currency}
        add_record(store, DEAL, {"name": name, **fields})
    assert [line.name for line in store.record_tables.deals(order=RecordOrder.AMOUNT).lines] == ["b", "a", "c", "d"]


def test_contacts_without_a_company_come_last(store: Store) -> None:
    contact(store, "none@gmail.com", "Aaron")
    contact(store, "ada@zebra.example", "Ada")
    assert [c.name for c in store.record_tables.contacts(order=RecordOrder.COMPANY).lines] == ["Ada", "Aaron"]
