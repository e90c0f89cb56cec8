"""The tracking server's database on SQLite: one file, any number of processes of one machine.

Numbers grow in the order of commits because SQLite has one writer at a time.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from app.domain.errors import TrackingError
from app.tracking.server.database import DatabaseAway, DatabaseDamaged, RowsRefused
from app.tracking.server.rows import HitRow
from app.tracking.server.schema import SCHEMA_VERSION, TO_VERSION_2, TO_VERSION_3, everything
from app.tracking.server.sql import COLUMNS, SqlDatabase, insertable

# None on Windows, where one process serves
_fcntl: Any = import_module("fcntl") if os.name == "posix" else None

_EMPTY_AGAIN = 0.02  # seconds
_TURN = 0.0005  # seconds between two looks whether it is one's turn

# Not INSERT OR IGNORE: that would swallow every other constraint too. AUTOINCREMENT: a number is never given again,
# even after the newest hits have been deleted.
_NUMBER = "INTEGER PRIMARY KEY AUTOINCREMENT"


_KEEP_UP = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'hit'"  # see app.tracking.server.database

_WIDTH = len(HitRow._fields) + 1  # values of a hit, and its network
_LINK = HitRow._fields.index("link")
_AT_ONCE = 256  # hits in one statement
_NONE = -1


@cache
def _insert(count: int) -> str:
    """A statement for so many hits: with one for each the thread would have to fight for Python's lock before each. A hit
    that is named -1 is none: it fills the statement up. No link is -1, too: `sqlite3` takes its time with None."""
    uid, ref, workspace = (HitRow._fields.index(name) + 1 for name in ("hit_uid", "recipient_ref", "workspace"))
    chosen = (f"nullif(column{n + 1}, {_NONE})" if n == _LINK else f"column{n + 1}" for n in range(_WIDTH))
    one = f"({', '.join('?' * _WIDTH)})"
    return (
        f"INSERT INTO hit ({COLUMNS}, network) SELECT {', '.join(chosen)} FROM (VALUES {', '.join([one] * count)}) "  # noqa: S608
        f"WHERE column{uid} <> {_NONE} AND NOT EXISTS (SELECT 1 FROM forgotten "
        f"WHERE workspace = column{workspace} AND recipient_ref = column{ref}) ON CONFLICT (hit_uid) DO NOTHING"
    )


class SqliteDatabase(SqlDatabase):
    """One connection. `busy`: seconds to wait for another process's lock. The file is never made anew while serving: where
    it is not where it was, it is away."""

    def __init__(self, path: Path, *, busy: float) -> None:
        self._path = path
        self._busy = busy
        self._connection: sqlite3.Connection | None = None
        self._file = (0, 0)
        self.uid = ""

    def insert(self, rows: Sequence[HitRow]) -> None:
        parts = []
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            values: list[object] = []
            for row in insertable(some):
                values += row
                if row[_LINK] is None:
                    values[_LINK - _WIDTH] = _NONE
            count = 1 << (len(some) - 1).bit_length()  # of few lengths, so that they stay prepared
            values.extend([_NONE] * (count * _WIDTH - len(values)))
            parts.append((_insert(count), values))
        with self._turn(), self._writing() as session:
            session.change(_KEEP_UP, time.time_ns() // 1000)
            for statement, values in parts:
                session.connection.execute(statement, values)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Of the processes that write groups of hits one at a time. SQLite's own waiting is not fair: it sleeps longer and
        longer, and may miss each turn of an idle disk while another process writes group after group."""
        if _fcntl is None:
            yield
            return
        try:
            lock = os.open(self._path.with_name(f"{self._path.name}-turn"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DatabaseAway(str(error)) from error
        try:
            end = time.monotonic() + self._busy
            while True:
                try:
                    _fcntl.flock(lock, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
                    break
                except OSError as error:
                    if not isinstance(error, BlockingIOError):
                        raise DatabaseAway(str(error)) from error
                    if time.monotonic() > end:
                        break  # SQLite's own lock decides
                    time.sleep(_TURN)
            yield
        finally:
            os.close(lock)

    def newest(self) -> int:
        with self._reading() as session:
            return int(session.rows("SELECT seq FROM sqlite_sequence WHERE name = 'hit'")[0][0])

    def version(self) -> tuple[object, ...]:
        with self._used() as connection:
            return (*self._file, id(connection), connection.execute("PRAGMA data_version").fetchone()[0])

    def forget(self, workspace: int, recipient_ref: str, at: int) -> int:
        with self._used() as connection:
            connection.execute("PRAGMA secure_delete = ON")  # nothing of it stays in the gaps of the file
        count = super().forget(workspace, recipient_ref, at)
        self._empty_log()
        return count

    def _empty_log(self) -> None:
        """Nothing of what was deleted stays in it. To empty it holds writers up, so what can be copied before is, and where
        somebody reads or writes just then it is tried again, as long as `busy`."""
        end = time.monotonic() + self._busy
        with self._used() as connection:
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                while True:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                    stopped = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                    if not stopped or time.monotonic() > end:
                        return
                    time.sleep(_EMPTY_AGAIN)
            finally:
                connection.execute(f"PRAGMA busy_timeout = {round(self._busy * 1000)}")

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[_Session]:
        with self._used() as connection:
            yield _Session(connection)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[_Session]:
        with self._used() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield _Session(connection)
            connection.execute("COMMIT")

    @contextlib.contextmanager
    def _beside(self) -> Iterator[_Session]:
        with self._turn(), self._writing() as session:
            yield session

    @contextlib.contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        connection = self._open()
        try:
            yield connection
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            self.close()  # a failed connection may hold an old view of the file: the next call opens it again
            refused = isinstance(error, sqlite3.IntegrityError | sqlite3.DataError)
            raise (RowsRefused if refused else DatabaseAway)(str(error)) from error
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            raise

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
            try:
                connection = _connect(self._path, self._busy)
            except sqlite3.Error as error:
                raise DatabaseAway(str(error)) from error
            try:
                self.uid = connection.execute("SELECT uid FROM server").fetchone()[0]
            except (sqlite3.Error, TypeError) as error:
                connection.close()
                raise DatabaseAway(f"no tracking database: {error}") from error
            self._connection, self._file = connection, (status.st_dev, status.st_ino)
        return self._connection


class _Session:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement, values).fetchall()

    def change(self, statement: str, *values: object) -> int:
        return self.connection.execute(statement, values).rowcount


def prepare_sqlite(path: Path) -> str:
    """Makes the file (mode 0600) and its tables where they are missing, and gives the server's uid. Raises DatabaseAway
    where that cannot be done now (a full disk, a folder that is not mounted), DatabaseDamaged, TrackingError with a sentence
    for a person."""
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
            steps = ((), (*TO_VERSION_2, *TO_VERSION_3), TO_VERSION_3, ())[version]
            for statement in everything(_NUMBER) if version == 0 else steps:
                connection.execute(statement)
            connection.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT 'hit', 0 "
                "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'hit')"
            )
            if version == 0:
                connection.execute("INSERT INTO server (id, uid) VALUES (1, ?)", (secrets.token_hex(16),))
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
            return str(connection.execute("SELECT uid FROM server").fetchone()[0])
        finally:
            connection.close()
    except (OSError, sqlite3.OperationalError) as error:
        raise DatabaseAway(f"{path}: {error}") from error
    except sqlite3.Error as error:  # damaged: where its keys are known links lead on, and hits wait for a copy of it
        raise DatabaseDamaged(f"The database {path} of the tracking server cannot be used: {error}.") from error


def _connect(path: Path, busy: float) -> sqlite3.Connection:
    # mode=rw: opening never makes a new, empty file in the place of one that is away
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=busy, isolation_level=None)
    connection.execute("PRAGMA secure_delete = FAST")  # an address that is taken from a hit leaves its page, too
    # pages: 8 MB, copied back by one who writes, while answers wait: rather often than for long
    connection.execute("PRAGMA wal_autocheckpoint = 2000")
    connection.execute("PRAGMA synchronous = FULL")  # in WAL mode: every commit is on the disk before it returns
    return connection
