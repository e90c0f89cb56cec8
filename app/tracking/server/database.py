"""The server's own database on SQLite: the table of hits. Opened by the writer thread and by the reader thread, each
with a connection of its own; several processes may serve one file.

Numbers grow in the order of commits, because SQLite has one writer at a time: a reader that has seen number n has
seen all below it. Another database behind the same three calls (`insert`, `hits_after`, `version`) must keep that.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from app.domain.errors import TrackingError
from app.tracking.server.rows import HitRow, NumberedHit

SCHEMA_VERSION = 1

_SCHEMA = (
    "CREATE TABLE server (id INTEGER PRIMARY KEY CHECK (id = 1), uid TEXT NOT NULL)",
    # AUTOINCREMENT: a number is never given again, even after the newest hits have been deleted.
    """CREATE TABLE hit (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        hit_uid TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        message_ref TEXT NOT NULL,
        recipient_ref TEXT NOT NULL,
        link INTEGER,
        url TEXT NOT NULL,
        ip TEXT NOT NULL,
        user_agent TEXT NOT NULL,
        method TEXT NOT NULL
    )""",
)
_COLUMNS = ", ".join(HitRow._fields)
# Not INSERT OR IGNORE: that would swallow every other constraint too.
_INSERT = (
    f"INSERT INTO hit ({_COLUMNS}) VALUES ({', '.join('?' * len(HitRow._fields))}) "  # noqa: S608
    "ON CONFLICT (hit_uid) DO NOTHING"
)
_SELECT = f"SELECT number, {_COLUMNS} FROM hit WHERE number > ? ORDER BY number LIMIT ?"  # noqa: S608


class DatabaseAway(Exception):
    """The file is not where it was: moved, deleted, on a disk that is gone. It is never made anew while serving."""


class HitDatabase:
    """One connection, for one thread. `busy` seconds to wait for another process's lock. Every call raises
    sqlite3.Error or DatabaseAway when the file cannot be used just now."""

    def __init__(self, path: Path, *, busy: float) -> None:
        self._path = path
        self._busy = busy
        self._connection: sqlite3.Connection | None = None
        self._file = (0, 0)
        self.uid = ""

    def insert(self, rows: Sequence[HitRow]) -> None:
        """All rows in one transaction, on the disk when this returns. Rows that are there already stay as they are."""
        connection = self._open()
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_INSERT, rows)
            connection.execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            self.close()  # a failed connection may hold an old view of the file: the next call opens it again
            raise

    def hits_after(self, number: int, limit: int) -> list[NumberedHit]:
        """The hits above `number`, in order."""
        connection = self._open()
        try:
            found = connection.execute(_SELECT, (number, limit)).fetchall()
        except sqlite3.Error:
            self.close()
            raise
        return [NumberedHit(row[0], HitRow._make(row[1:])) for row in found]

    def version(self) -> tuple[object, ...]:
        """Changes whenever another connection, of whatever process, has committed."""
        connection = self._open()
        try:
            return (*self._file, id(connection), connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            self.close()
            raise

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _open(self) -> sqlite3.Connection:
        try:
            status = self._path.stat()
        except OSError as error:
            self.close()
            raise DatabaseAway(str(error)) from error
        # An open file that was moved away still takes writes, which nobody would find again.
        if self._connection is not None and self._file != (status.st_dev, status.st_ino):
            self.close()
        if self._connection is None:
            connection = _connect(self._path, self._busy)
            try:
                self.uid = connection.execute("SELECT uid FROM server").fetchone()[0]
            except (sqlite3.Error, TypeError) as error:
                connection.close()
                raise DatabaseAway(f"no tracking database: {error}") from error
            self._connection, self._file = connection, (status.st_dev, status.st_ino)
        return self._connection


def prepare_database(path: Path) -> str:
    """Makes the file (mode 0600) and its tables where they are missing, and gives the server's uid. Raises
    TrackingError with a sentence for a person."""
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        path.chmod(0o600)
        connection = _connect(path, busy=10.0)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise TrackingError(f"{path} was written by a newer version of Hitchpost. Update this one.")
            if version == 0:
                for statement in _SCHEMA:
                    connection.execute(statement)
                connection.execute("INSERT INTO server VALUES (1, ?)", (secrets.token_hex(16),))
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
            return str(connection.execute("SELECT uid FROM server").fetchone()[0])
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise TrackingError(f"The database {path} of the tracking server cannot be used: {error}.") from error


def _connect(path: Path, busy: float) -> sqlite3.Connection:
    # mode=rw: opening never makes a new, empty file in the place of one that is away
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=busy, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")  # in WAL mode: every commit is on the disk before it returns
    return connection
