"""Mail of a domain is found by an index of domains, whatever the addresses in it look like."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.addresses import Address
from app.domain.never_log import NeverEntry, NeverKind, read_entry
from app.store import Store
from app.store import models as m
from app.store.messages import NewMessage

ADDRESSES = (
    "ada@example.org",
    "Ada@EXAMPLE.ORG",
    "ben@mail.example.org",
    '"a@b"@example.org',
    "cleo@notexample.org",
    "dora@example.org.example.net",
    "eve@bücher.example",
    "example.org@example.com",
)


@pytest.fixture
def logged(store: Store) -> Store:
    with store.transaction(source="test"):
        for number, address in enumerate(ADDRESSES):
            for direction in ("received", "sent"):
                sender, to = Address("me@example.com"), Address(address)
                if direction == "received":
                    sender, to = to, sender
                thread = store.messages.new_thread(f"offer {number}")
                new = NewMessage(f"{direction}{number}@example.com", direction, thread, store.user_id,
                                 datetime(2026, 1, 1, tzinfo=UTC), sender, (to,), f"{direction} {number}", True,
                                 "hello")  # fmt: skip
                store.messages.add(new, [])
            if number != 1:  # the same address in other letters
                store.contacts.add(Address(address), created_by="user")
    return store


def found(store: Store, entry: NeverEntry) -> set[str]:
    return {message.subject for message in store.copied.covered_by(entry)}


def both(*numbers: int) -> set[str]:
    return {f"{direction} {number}" for direction in ("received", "sent") for number in numbers}


@pytest.mark.parametrize(
    ("typed", "below", "numbers"),
    [
        ("example.org", True, (0, 1, 2, 3)),
        ("example.org", False, (0, 1, 3)),
        ("mail.example.org", True, (2,)),
        ("bücher.example", True, (6,)),
        ("example.net", True, (5,)),
        ("example.net", False, ()),
        ("nowhere.example", True, ()),
    ],
)
def test_a_domain_finds_its_mail_and_no_other(logged: Store, typed: str, below: bool, numbers: tuple[int, ...]) -> None:
    entry = read_entry(typed, subdomains=below)
    assert entry.kind is NeverKind.DOMAIN
    assert found(logged, entry) == both(*numbers)
    keys = {Address(ADDRESSES[number]).key for number in numbers}
    assert logged.copied.contacts_covered_by(entry) == tuple(sorted(keys))


def test_an_address_finds_its_mail_and_its_contact(logged: Store) -> None:
    entry = read_entry("ADA@example.org")
    assert found(logged, entry) == both(0, 1)
    assert logged.copied.contacts_covered_by(entry) == ("ada@example.org",)


def test_a_removed_contact_is_not_told(logged: Store) -> None:
    with logged.transaction(source="test"):
        m.Contact.update(hidden_at=datetime(2026, 1, 2, tzinfo=UTC)).where(
            m.Contact.id == logged.contacts.find("ben@mail.example.org")
        ).execute()
    assert logged.copied.contacts_covered_by(read_entry("mail.example.org")) == ()


def test_no_table_is_read_from_its_beginning_to_its_end(logged: Store) -> None:
    asked: list[str] = []
    execute = m.database.obj.execute_sql

    def note(sql: str, params: object = None, *more: object) -> object:
        asked.append(sql)
        plan = execute(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()
        # an index is read at its ends or sought in; a scan of a table names no index
        scans = [row[3] for row in plan if row[3].startswith("SCAN ") and "INDEX" not in row[3]]
        assert all("each_one" in scan or "CONSTANT" in scan for scan in scans), (sql, plan)
        return execute(sql, params, *more)

    m.database.obj.execute_sql = note
    try:
        entry = read_entry("example.org")
        logged.copied.covered_by(entry)
        logged.copied.contacts_covered_by(entry)
    finally:
        del m.database.obj.execute_sql
    assert sum("each_one" in sql for sql in asked) == 3
