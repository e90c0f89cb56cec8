"""Takes what SQLite has left in the gaps of its pages out of a large file, where it is too large to be written anew (`sqlite`).

`secure_delete` overwrites what is deleted. But where SQLite moves rows from one page to another, it rebuilds pages without
overwriting what becomes the gap between the pointers to the cells and the cells (https://sqlite.org/fileformat2.html, 1.6);
nothing ever reads it. It is overwritten in the file itself here, under the lock by which SQLite writes, while the write-ahead
log is empty. Nothing else of a page is touched, so that an end in the middle leaves a file that is in order.

Some seconds for a gigabyte, in slices of one between which others may write. Used by `Store.leave_no_trace`."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app.domain.errors import StoreError
from app.store import sqlite

_SLICE = 100_000  # pages under one lock
_AT_ONCE = 256  # pages that are read at a time
_TRIES = 3
_INDEX, _TABLE, _INDEX_LEAF, _TABLE_LEAF = 2, 5, 10, 13
_INNER = (_INDEX, _TABLE)
_OPENED: dict[tuple[int, int], int] = {}


def clean_gaps(path: Path, stop: Callable[[], bool] = lambda: False) -> bool:
    """Whether all of it was done: False when `stop` says so, or where others read and write so much that the log is never
    empty. Raises StoreError."""
    first, more = 0, True
    while more:
        if stop():
            return False
        done = _slice(path, first)
        if done is None:
            return False
        first, more = first + _SLICE, done
    return True


def _slice(path: Path, first: int) -> bool | None:
    """Whether there are pages behind these; None where the file was busy all the time."""
    try:
        with closing(sqlite3.connect(path, timeout=sqlite.BUSY_SECONDS, isolation_level=None)) as database:
            if not _alone(database, path):
                return None
            try:
                with _opened(path) as file:
                    pages = _Pages(file, database)
                    pages.clean(first, first + _SLICE)
                version = database.execute("PRAGMA user_version").fetchone()[0]
                database.execute(f"PRAGMA user_version = {int(version)}")  # others read their pages anew
                database.execute("COMMIT")
            finally:
                if database.in_transaction:
                    database.execute("ROLLBACK")
            return first + _SLICE < pages.count
    except sqlite3.Error as error:
        translated = sqlite.translate(error)
        if translated is None:
            raise
        raise translated from error
    except OSError as error:
        raise StoreError(f"The database {path} cannot be cleaned: {error.strerror}.") from error


def _alone(database: sqlite3.Connection, path: Path) -> bool:
    """Begins a transaction in which all that was ever written stands in the file, and nobody else writes."""
    log = path.with_name(f"{path.name}-wal")
    for _ in range(_TRIES):
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        database.execute("BEGIN IMMEDIATE")
        if not log.exists() or log.stat().st_size == 0:
            return True
        database.execute("ROLLBACK")
    return False


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Not closed again on POSIX systems: that takes every lock that the process has on the file, SQLite's own among them
    (https://sqlite.org/howtocorrupt.html, 2.2)."""
    there = path.stat()
    key = (there.st_dev, there.st_ino)
    known = _OPENED.get(key)
    file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0)) if known is None else known
    if os.name == "posix":
        _OPENED[key] = file
    try:
        yield file
    finally:
        if os.name != "posix":
            os.close(file)


class _Pages:
    def __init__(self, file: int, database: sqlite3.Connection) -> None:
        self._size = int(database.execute("PRAGMA page_size").fetchone()[0])
        self.count = int(database.execute("PRAGMA page_count").fetchone()[0])
        roots = database.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0").fetchall()
        self._roots = [int(number) for (number,) in roots]
        self._file = file

    def clean(self, first: int, end: int) -> None:
        """The gaps of the pages of all trees with numbers from `first` to `end`."""
        wanted = sorted(number for number in self._trees() if first <= number < end)
        for start in range(0, len(wanted), _AT_ONCE):
            for number, page in self._read(wanted[start : start + _AT_ONCE]):
                begin, until = _gap(page)
                if begin < until and page.count(0, begin, until) != until - begin:
                    os.lseek(self._file, (number - 1) * self._size + begin, os.SEEK_SET)
                    os.write(self._file, bytes(until - begin))
        os.fsync(self._file)

    def _trees(self) -> Iterator[int]:
        """The numbers of all pages that hold cells, but for the first page, which holds the schema. All leaves of a tree lie
        at one depth: only what stands above them is read."""
        for root in self._roots:
            level = [root]
            while level:
                yield from level
                ((_, top),) = self._read(level[:1])
                level = [c for _, page in self._read(level) for c in _children(page)] if top[0] in _INNER else []

    def _read(self, numbers: list[int]) -> Iterator[tuple[int, bytes]]:
        """Neighbours in one go."""
        at = 0
        while at < len(numbers):
            run = 1
            while at + run < len(numbers) and numbers[at + run] == numbers[at] + run and run < _AT_ONCE:
                run += 1
            os.lseek(self._file, (numbers[at] - 1) * self._size, os.SEEK_SET)
            block = os.read(self._file, run * self._size)
            if len(block) != run * self._size:
                raise StoreError("The database is shorter than it says. Restore a copy of it.")
            for place in range(run):
                yield numbers[at] + place, block[place * self._size : (place + 1) * self._size]
            at += run


def _children(page: bytes) -> list[int]:
    count = struct.unpack_from(">H", page, 3)[0]
    cells = struct.unpack_from(f">{count}H", page, 12)
    right = struct.unpack_from(">I", page, 8)[0]
    return [*(int.from_bytes(page[at : at + 4], "big") for at in cells), right]


def _gap(page: bytes) -> tuple[int, int]:
    """Where the pointers end, and where the cells begin; nothing for a page that is none of a tree."""
    kind, count, content = page[0], *struct.unpack_from(">HH", page, 3)
    if kind not in (_INDEX, _TABLE, _INDEX_LEAF, _TABLE_LEAF):
        return 0, 0
    begin = (12 if kind in _INNER else 8) + 2 * count
    return begin, min(content or 65536, len(page))
