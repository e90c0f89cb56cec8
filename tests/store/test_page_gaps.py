"""A file that is too large to be written anew: nothing of what was deleted is left in it, nor in the log beside it, and nothing
else has changed."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.errors import StoreError
from app.services.delete_permanently import delete_permanently
from app.store import Store, page_gaps, sqlite
from tests.store.test_records import contact, log

WORD = "zweckgebunden"


def grown(store: Store, seed: int) -> tuple[int, int]:
    """(who stays, who goes): mail of all lengths, so that SQLite moves rows between its pages."""
    chance = random.Random(seed)
    stays, goes = contact(store, "bo@gmail.com"), contact(store, f"{WORD}@gmail.com", f"{WORD} Berg")

    def some(number: int) -> str:
        return " ".join("".join(chance.choices("abcdefghijklmnopqrst", k=7)) for _ in range(number))

    for n in range(100):
        log(store, stays, text=some(80))
        log(store, goes, text=f"{WORD}{n * 97}word {some(20)}")
    return stays, goes


def contents(path: Path) -> list[object]:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name")
        return [(name, database.execute(f'SELECT * FROM "{name}"').fetchall()) for (name,) in names.fetchall()]


def left(store: Store, trace: str) -> list[str]:
    """Files of the workspace with this in any of its bytes."""
    files = [file for file in store.path.parent.rglob("*") if file.is_file() and not file.name.endswith("-shm")]
    return [file.name for file in files if trace.encode() in file.read_bytes()]


@pytest.mark.parametrize("seed", [2, 11, 13])
def test_nothing_is_left_in_a_large_file(store: Store, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LARGEST_ANEW", 0)
    monkeypatch.setattr(page_gaps, "_SLICE", 211)  # many slices
    stays, goes = grown(store, seed)
    delete_permanently(store, goes)
    assert left(store, WORD) == []
    assert len(store.timeline.of_contact(stays, limit=200)) == 100
    store.close()
    assert left(store, WORD) == []


def test_without_it_something_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the test above is about something. Whether SQLite leaves a copy behind depends on where rows happen to lie:
    of several files at least one has some."""
    monkeypatch.setattr(sqlite, "LARGEST_ANEW", 0)
    monkeypatch.setattr(page_gaps, "clean_gaps", lambda _path, _stop: True)
    for seed in range(2, 12):
        with closing(Store.open(tmp_path / str(seed) / "workspace.sqlite3", "Northlight Sales")) as store:
            delete_permanently(store, grown(store, seed)[1])
            if left(store, WORD) == ["workspace.sqlite3"]:
                return
    pytest.fail("SQLite itself leaves nothing behind")


def test_all_else_stays_and_others_read_on(store: Store) -> None:
    stays, _ = grown(store, 7)
    assert sqlite.empty_log(store._database)
    before = contents(store.path)
    with closing(sqlite3.connect(store.path)) as reader:
        reader.execute("BEGIN")
        count = reader.execute("SELECT count(*) FROM message").fetchone()
        done: list[bool] = []
        thread = threading.Thread(target=lambda: done.append(page_gaps.clean_gaps(store.path)))
        thread.start()
        thread.join(60)
        assert done == [True], "a reader of what is in the file already is in nobody's way"
        assert reader.execute("SELECT count(*) FROM message").fetchone() == count
    assert contents(store.path) == before
    log(store, stays, text="afterwards", days=9)
    assert page_gaps.clean_gaps(store.path)
    assert store.timeline.of_contact(stays)[0].text == "afterwards"


def test_an_end_in_the_middle_leaves_a_file_in_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    grown(store, 8)
    assert sqlite.empty_log(store._database)
    before, writes, write = contents(store.path), [], os.write

    def dies(file: int, data: bytes) -> int:
        writes.append(len(data))
        if len(writes) > 2:
            raise OSError(5, "Input/output error")
        return write(file, data)

    monkeypatch.setattr(page_gaps.os, "write", dies)
    with pytest.raises(StoreError, match="cannot be cleaned: Input/output error"):
        page_gaps.clean_gaps(store.path)
    monkeypatch.undo()
    assert contents(store.path) == before
    log(store, contact(store, "ada@example.org"), text="afterwards")  # the lock is given back


def test_it_stops_when_told_and_when_the_log_is_never_empty(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    contact(store, "ada@example.org")
    assert not page_gaps.clean_gaps(store.path, lambda: True)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM contact").fetchall()
        contact(store, "bo@example.org")  # in the log, while the reader needs what was before it
        assert not page_gaps.clean_gaps(store.path)
    assert page_gaps.clean_gaps(store.path)
