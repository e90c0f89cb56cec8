"""Search over records and messages: words, parts of words, accents, and whatever people type."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.addresses import Address
from app.domain.records import RecordKind
from app.services.edit_record import add_record, edit_record, remove_record
from app.store import Store
from app.store import models as m
from app.store.messages import NewMessage
from tests.store.test_records import CONTACT, NOW, contact, log


def subjects(store: Store, search: str) -> list[str]:
    return [found.subject for found in store.search.found(search).messages]


def check(store: Store) -> None:
    for table in ("record_search", "message_search"):
        m.database.execute_sql(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lind", True), ("quist", True), ("LINDQVÍST karin", True), ("angstrom", True), ("ÅNGSTRÖM", True), ("ka", True),
        ("k", True), ("karin zz", False), ("lindquist@", True), ("northlight", True), ("468123", True), ("qv", True),
        ('"', False), ("lind AND karin", False), ("lind*", False), ("NOT", False), ("(", False), ("a:b", False),
        ("'; DROP TABLE contact; --", False), ("%", False), ("_____", False), ("head of", True), ("会議", False),
        ("08-123 45", True), ("karin +46 8 123", True), ("+46 (0)8 123 45 67", True), ("08-123 46", False), ("08 karin", False),
        ("", True), ("   ", True), ("\x00", True), ("lind\x00", True), ("\ud800", True),
    ],
)  # fmt: skip
def test_a_contact_is_found_by_any_part_and_by_nothing_else(store: Store, typed: str, found: bool) -> None:
    ada = contact(
        store, "karin.lindquist@northlight.example", "Karin Lindqvist Ångström", title="Head of sales",
        phones=["+46 (0)8 123 45 67"],
    )  # fmt: skip
    assert [line.id for line in store.record_tables.contacts(typed).lines] == ([ada] if found else [])
    assert store.record_tables.count(CONTACT, typed) == int(found)
    assert [r.id for r in store.contacts.rows(typed)] == ([ada] if found else [])


def test_an_edit_is_found_at_once_and_what_was_before_is_not(store: Store) -> None:
    ada = contact(store, "ada@northlight.example", "Ada Berg")
    edit_record(store, CONTACT, ada, {"name": "Ada Moen"})
    assert store.record_tables.contacts("berg").lines == ()
    assert len(store.record_tables.contacts("moen").lines) == 1
    remove_record(store, CONTACT, ada)
    assert store.record_tables.contacts("moen").lines == ()
    check(store)


def test_the_search_over_all_finds_records_of_each_kind(store: Store) -> None:
    ada = contact(store, "ada@northlight.example", "Ada Berg")
    deal = add_record(store, RecordKind.DEAL, {"name": "Northlight winter", "contacts": [ada]})
    company = store.contacts.primary_company(ada)
    assert [(r.kind, r.id) for r in store.record_tables.found("northlight", list(RecordKind)[:3], 20)] == [
        (RecordKind.CONTACT, ada), (RecordKind.COMPANY, company), (RecordKind.DEAL, deal)
    ]  # fmt: skip
    assert store.record_tables.found(" ", [RecordKind.CONTACT], 20) == ()


def test_with_many_finds_the_table_stays_in_its_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few finds are put in order, many are met along the order: both give the same."""
    for n in range(40):
        contact(store, f"p{n}@c{n % 3}.example", f"Karin {n:02}")
    few = store.record_tables.contacts("karin", limit=500).lines
    monkeypatch.setattr("app.store.record_tables._FEW", 5)
    many = store.record_tables.contacts("karin", limit=500).lines
    assert few == many and len(few) == 40


def test_messages_are_found_by_the_beginnings_of_words(store: Store) -> None:
    ada = contact(store, "ada@northlight.example", "Ada Berg")
    log(store, ada, subject="Winter schedule", text="The ferry to Visby leaves on Måndag.")
    log(store, ada, subject="Sommar", text="会議は火曜日です。", days=-5)
    log(store, ada, subject="Re: Winter schedule", text="naïve café ﬁne", days=5)
    assert subjects(store, "winter") == ["Re: Winter schedule", "Winter schedule"]
    assert subjects(store, "WINT mand") == ["Winter schedule"]
    assert subjects(store, "naive CAFÉ fine") == ["Re: Winter schedule"]
    assert subjects(store, "会議") == ["Sommar"]
    assert subjects(store, "議会") == ["Sommar"]  # ideographs are words of their own, in any order
    assert len(subjects(store, "ada@northlight.example")) == 3
    assert subjects(store, "inter") == [] and subjects(store, "winter berlin") == []


@pytest.mark.parametrize(
    "typed",
    ['"', "a AND", "NEAR(a b)", "winter*", "^winter", "subject:winter", "-winter", "(", "'", "\x00", "\ud800", ""],
)
def test_no_text_is_read_as_a_query(store: Store, typed: str) -> None:
    ada = contact(store, "ada@northlight.example")
    log(store, ada, subject="Winter")
    assert len(subjects(store, typed)) in (0, 1)  # and no error
    assert subjects(store, "winter" + typed) in ([], ["Winter"])


def test_pages_of_messages_go_on_by_date(store: Store) -> None:
    ada = contact(store, "ada@example.com")
    days = [3, 9, 1, 7, 5, 5, 5]
    pks = {log(store, ada, subject="Offer", days=day): day for day in days}
    found, before = [], None
    while True:
        page = store.search.found("offer", limit=2, before=before)
        found += [f.pk for f in page.messages]
        before = page.next
        if before is None:
            break
    assert sorted(found) == sorted(pks)
    assert [pks[pk] for pk in found] == sorted(days, reverse=True)


def test_a_message_of_the_year_one_and_one_of_the_year_5000_are_found(store: Store) -> None:
    ada = contact(store, "ada@example.com")
    log(store, ada, subject="Ancient offer", days=-200_000)
    log(store, ada, subject="Future offer", days=1_000_000)
    assert subjects(store, "offer") == ["Future offer", "Ancient offer"]


def test_what_is_not_logged_is_not_found(store: Store) -> None:
    with store.transaction():
        thread = store.messages.new_thread("secret")
        store.messages.add(
            NewMessage(
                message_id="x@example.org", direction="sent", thread_id=thread, user_id=store.user_id, date=NOW,
                sender=Address("jonas@example.org"), to=(), subject="secret", logged=False, logged_by="sent",
            ),
            (),
        )  # fmt: skip
    assert subjects(store, "secret") == []


def test_a_forgotten_message_leaves_no_words(store: Store) -> None:
    ada = contact(store, "ada@example.com")
    gone = log(store, ada, subject="Winter", text="uniquely worded " * 3)
    stays = log(store, ada, subject="Winter too", days=1)
    with store.transaction():
        store.messages.forget(gone)
    assert [f.pk for f in store.search.found("winter").messages] == [stays]
    assert subjects(store, "uniquely") == []
    check(store)


def test_a_message_that_changes_is_found_by_what_it_is_now(store: Store) -> None:
    ada = contact(store, "ada@example.com")
    pk = log(store, ada, subject="Winter", text="before")
    with store.transaction():
        store.search.forget_message(pk)
        m.Message.update(visible_text="after").where(m.Message.id == pk).execute()
        store.search.put_message_again(pk)
    assert (subjects(store, "before"), subjects(store, "after")) == ([], ["Winter"])
    check(store)


def test_long_texts_and_long_words_stay_small(store: Store) -> None:
    ada = contact(store, "ada@example.com")
    log(store, ada, subject="Big", text="word " + "x" * 300_000 + " " + "y1 " * 300_000)
    log(store, ada, subject="Many", text=" ".join(f"w{n}" for n in range(200_000)))
    rows = m.database.execute_sql("SELECT sum(length(block)) FROM message_search_data").fetchone()[0]
    assert rows < 1_000_000
    assert subjects(store, "word") == ["Big"]


def test_catching_up_stops_where_it_is_told_and_goes_on(store: Store) -> None:
    ada = contact(store, "ada@example.com", "Ada")
    for n in range(450):
        log(store, ada, subject=f"Offer {n}", days=n % 7)
    with store.transaction():
        m.database.execute_sql("INSERT INTO message_search (message_search) VALUES ('delete-all')")
        m.database.execute_sql("DELETE FROM record_search")
        for kind, table in (("message", m.Message), ("contact", m.Contact)):
            newest = max(row.id for row in table.select(table.id))
            m.SearchProgress.update(low=newest).where(m.SearchProgress.kind == kind).execute()
    times = iter([False, False, True])
    assert store.catch_up_search(lambda: next(times))  # contacts, and the newest messages
    page = store.search.found("offer", limit=500)
    assert (len(page.messages), page.complete) == (200, False)
    new = log(store, ada, subject="Offer new", days=30)  # is found at once, also while older ones are not
    assert store.search.found("offer", limit=1).messages[0].pk == new
    assert not store.catch_up_search()
    assert len(store.search.found("offer", limit=500).messages) == 451
    check(store)
    first = store.search.found("offer", limit=500).messages[-1]
    assert first.date == NOW + timedelta(days=0)
