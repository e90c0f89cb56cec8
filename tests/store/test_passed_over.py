"""What unfinished first looks passed over: found again by what it names, and gone when its folder or numbers are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.inboxes import InboxId, InboxState
from app.store import Store, migrate, models, sqlite
from app.store.cursors import FolderCursor
from app.store.passed_over import NamedIds, short_hash

_NAMED = st.lists(st.tuples(st.integers(1, 2**32), st.lists(st.integers(0, 9), max_size=4)), max_size=12)


def named(messages: list[tuple[int, list[int]]]) -> NamedIds:
    names = NamedIds()
    for uid, ids in messages:
        names.add([uid], [len(ids)], ids)
    return names


@given(_NAMED, st.sets(st.integers(0, 9)), st.sets(st.integers(1, 2**32)))
def test_messages_are_found_by_what_they_name(
    messages: list[tuple[int, list[int]]], wanted: set[int], others: set[int]
) -> None:
    """Also out of the database, and when some of them are forgotten."""
    names = NamedIds.unpacked(named(messages).packed())
    expected = {uid for uid, ids in messages if wanted & set(ids)}
    assert names.naming(wanted) == sorted(expected)
    gone = others | set(list(expected)[::2])
    assert names.without(gone).naming(wanted) == sorted(expected - gone)
    assert len(names) == sum(len(ids) for _, ids in messages)


def test_its_form_is_the_same_on_every_machine() -> None:
    assert named([(7, [1]), (9, [2, 3])]).packed() == b"".join(
        number.to_bytes(size, "little")
        for number, size in ((2, 4), (7, 8), (0, 4), (2, 4), (1, 4), (3, 4), (1, 4), (2, 4), (3, 4))
    )
    assert short_hash(b"123456789") == 0xCBF43926  # the check value of CRC-32


def cursor(path: str, uid_validity: int = 1) -> FolderCursor:
    return FolderCursor(path, "other", uid_validity, 100, 100, first_look_done=False, low_uid=100)


@pytest.fixture
def remembering(store: Store, inbox_id: InboxId) -> Store:
    """Two folders, of each of which messages 8 and 9 were passed over."""
    with store.transaction():
        for path in ("INBOX", "Kunden"):
            store.inboxes.put_cursor(inbox_id, cursor(path, 3))
            store.passed_over.looked_up(inbox_id, path, 3, 20)
            store.inboxes.put_cursor(inbox_id, cursor(path))  # numbered anew
            store.passed_over.keep(inbox_id, path, 1, 5, [named([(8, [1, 2]), (9, [3])]), NamedIds()])
    return store


def left(store: Store, inbox_id: InboxId) -> list[tuple[str, int]]:
    return [(row.folder, row.known_until) for row in models.PassedOver.select().order_by(models.PassedOver.id)]


def test_each_id_is_looked_for_once(remembering: Store, inbox_id: InboxId) -> None:
    passed = remembering.passed_over
    assert passed.known_until(inbox_id, ["INBOX", "Kunden"]) == 5
    ((row, names),) = passed.some(inbox_id, "INBOX", 1, before=7, after_row=0)
    assert passed.some(inbox_id, "INBOX", 1, before=7, after_row=row) == ()
    with remembering.transaction():
        passed.replace(row, names.without([8]))
        passed.looked_up(inbox_id, "INBOX", 1, 7)
    assert passed.known_until(inbox_id, ["INBOX"]) == 7
    assert passed.known_until(inbox_id, ["INBOX", "Kunden"]) == 5
    assert passed.some(inbox_id, "INBOX", 1, before=5, after_row=0) == ()
    ((row, names),) = passed.some(inbox_id, "INBOX", 1, before=8, after_row=0)
    assert names.naming({1, 2, 3}) == [9]
    with remembering.transaction():
        passed.replace(row, names.without([9]))
        passed.looked_up(inbox_id, "Kunden", 1, 4)
        passed.looked_up(inbox_id, "INBOX", 1, 6)  # nothing goes back
        passed.keep(inbox_id, "INBOX", 1, 8, [named([(3, [4])])])
    assert passed.known_until(inbox_id, ["INBOX"]) == 8
    ((row, names),) = passed.some(inbox_id, "INBOX", 1, before=9, after_row=0)
    with remembering.transaction():
        passed.replace(row, names.without([3]))
    assert left(remembering, inbox_id) == [("Kunden", 5)]
    assert passed.known_until(inbox_id, ["INBOX"]) is None


@pytest.mark.parametrize("how", ["ended", "numbered anew", "gone", "removed"])
def test_it_is_gone_with_the_folder_or_its_numbers(remembering: Store, inbox_id: InboxId, how: str) -> None:
    inboxes = remembering.inboxes
    with remembering.transaction():
        match how:
            case "ended":
                inboxes.end_first_look(inbox_id, "INBOX", 1)
            case "numbered anew":
                inboxes.put_cursor(inbox_id, cursor("INBOX", 2))
            case "gone":
                inboxes.drop_folder(inbox_id, "INBOX")
            case "removed":
                inboxes.end_first_look(inbox_id, "Kunden", 1)  # also one whose first look is done
                inboxes.set_state(inbox_id, InboxState.REMOVED)
        remembering.passed_over.keep(inbox_id, "INBOX", 1, 6, [named([(7, [1])])])  # by one who has not heard of it
    assert left(remembering, inbox_id) == ([] if how == "removed" else [("Kunden", 5)])
    known = [(c.path, c.uid_validity) for c in inboxes.cursors(inbox_id)]
    assert (
        known
        == {
            "ended": [("INBOX", 1), ("Kunden", 1)],
            "numbered anew": [("INBOX", 2), ("Kunden", 1)],
            "gone": [("Kunden", 1)],
            "removed": [],
        }[how]
    )


def test_it_goes_with_a_folder_that_gets_another_name(remembering: Store, inbox_id: InboxId) -> None:
    with remembering.transaction():
        remembering.inboxes.rename_folder(inbox_id, "Kunden", "Kundin", "other")
    assert left(remembering, inbox_id) == [("INBOX", 5), ("Kundin", 5)]


def test_a_name_that_is_taken_stays_with_its_folder(remembering: Store, inbox_id: InboxId) -> None:
    """Another process reads the folder under its new name already; what was noted under a name that nobody has goes."""
    with remembering.transaction():
        remembering.inboxes.rename_folder(inbox_id, "Kunden", "INBOX", "other")
    assert left(remembering, inbox_id) == [("INBOX", 5), ("Kunden", 5)]
    with remembering.transaction():
        for folder in ("Kunden", "Kundin"):
            remembering.waiting.remember(inbox_id, folder, 1, [(7, ["early@x.example"])])
        remembering.inboxes.rename_folder(inbox_id, "Kunden", "Kundin", "other")
    waiting = remembering.waiting.answering(inbox_id, ["early@x.example"])
    assert [(place.folder, place.uid) for place in waiting] == [("Kundin", 7)]


def test_a_first_look_of_an_older_program_begins_anew(tmp_path: Path) -> None:
    """It remembered nothing of what it passed over."""
    path = tmp_path / "workspace.sqlite3"
    database = sqlite.connect(path)
    migrate.migrate(database, path, {n: p for n, p in migrate.migrations().items() if n <= 3})
    database.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = OFF")
    for name, done, low in (("INBOX", 0, 40), ("Sent", 1, 1)):
        connection.execute(
            "INSERT INTO folder_cursor (inbox_id, path, role, uid_validity, next_uid, first_look_until, first_look_done,"
            " low_uid, first_look_at, first_look_total) VALUES (1, ?, 'other', 1, 120, 100, ?, ?, 60, 99)",
            (name, done, low),
        )
    connection.commit()
    connection.close()
    database = sqlite.connect(path)
    migrate.migrate(database, path)
    rows = database.execute_sql("SELECT path, low_uid, first_look_at, next_uid FROM folder_cursor ORDER BY path")
    assert rows.fetchall() == [("INBOX", 100, 0, 120), ("Sent", 1, 60, 120)]
    database.close()
