"""All that only SQLite can do. A PostgreSQL workspace gets a module with the same functions and its own migrations."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import peewee
from peewee import SqliteDatabase

from app.domain.errors import DiskFull, StoreError

MIGRATIONS = Path(__file__).parent / "migrations" / "sqlite"
BUSY_SECONDS = 10
LARGEST_ANEW = 256 << 20  # bytes
_PRAGMAS = {
    "journal_mode": "wal",
    "foreign_keys": 1,
    "synchronous": "full",  # an accepted answer is on the disk before the program goes on
    "cache_size": -8_000,  # KiB; what is read again the system has in memory, too
    "temp_store": "memory",
    "secure_delete": 1,  # what is deleted is overwritten: a discarded draft is gone from the file
}


class _Explained:
    """Around one call of SQLite. No generator: it is entered for every row."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, sqlite3.Error) and (translated := translate(error)) is not None:
            raise translated from error


_EXPLAINED = _Explained()


class _Cursor(sqlite3.Cursor):
    """Every statement and every row comes by here: the world's faults leave as StoreError, reads and writes alike. What
    is a bug of ours stays what it is, for Peewee to translate."""

    def execute(self, *arguments: Any) -> Self:
        with _EXPLAINED:
            return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> Self:
        with _EXPLAINED:
            return super().executemany(*arguments)

    def fetchone(self) -> Any:
        with _EXPLAINED:
            return super().fetchone()

    def fetchmany(self, size: int | None = None) -> list[Any]:
        with _EXPLAINED:
            return super().fetchmany(self.arraysize if size is None else size)

    def fetchall(self) -> list[Any]:
        with _EXPLAINED:
            return super().fetchall()

    def __next__(self) -> Any:
        with _EXPLAINED:
            return super().__next__()


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class _Database(SqliteDatabase):
    def _connect(self) -> Any:
        with _EXPLAINED:
            return super()._connect()


def connect(path: Path) -> SqliteDatabase:
    """Opens or creates the file, readable by its owner alone (0600; its folder 0700 when it is made here)."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # WAL and SHM files take their mode from it
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"The database {path} cannot be opened: {error.strerror}. Check the folder’s rights."
        ) from error
    database = _Database(str(path), pragmas=_PRAGMAS, timeout=BUSY_SECONDS, factory=_Connection)
    try:
        database.connect()
        database.execute_sql("SELECT count(*) FROM sqlite_master").fetchone()
    except (peewee.DatabaseError, StoreError) as error:
        if isinstance(error, StoreError) and not _is_damage(error):  # busy, full or unwritable: the file is in order
            raise
        raise StoreError(
            f"The file {path} is not a Hitchpost database, or it is damaged ({error.__cause__ or error}). Close Hitchpost, "
            "move the file away, and restore a copy: the one of your backup, or the one beside it that ends in .before-…"
        ) from error
    return database


def copy_before_migration(database: SqliteDatabase, path: Path, version: int) -> Path:
    """A whole copy of the file, made with SQLite's own backup, before `version` is reached. Returns its path."""
    target = path.with_name(f"{path.name}.before-{version:04d}")
    made = target.with_name(f"{target.name}.{os.getpid()}")  # another process may be at it, too
    os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
    with sqlite3.connect(made) as copy:
        database.connection().backup(copy)
    copy.close()
    made.replace(target)
    return target


def remove_copies(path: Path) -> None:
    """Those made before migrations."""
    for copy in path.parent.glob(f"{path.name}.before-*"):
        copy.unlink(missing_ok=True)


def write_anew(database: SqliteDatabase) -> bool:
    """Writes the whole file anew, in memory first. `secure_delete` overwrites rows that are deleted, and not the copies of
    them that stayed in the gaps of pages when SQLite moved rows to others. Two seconds for the largest file for which it is
    done; False for a larger one, where nobody could write for too long: see `page_gaps`."""
    size, pages = (database.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count"))
    if size * pages > LARGEST_ANEW:
        return False
    database.execute_sql("VACUUM")
    return True


def empty_log(database: SqliteDatabase) -> bool:
    """Moves the write-ahead log into the file and empties it. False where another connection reads from it just now."""
    busy, *_ = database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def statements(sql: str) -> Iterator[str]:
    """The single statements of a migration file."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if any(line.strip() and not line.strip().startswith("--") for line in pending.splitlines()):
        raise ValueError(f"a statement is not complete: {pending[:80]!r}")


def _is_damage(error: StoreError) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def translate(error: Exception) -> StoreError | None:
    """The world's faults as our errors; None for what is a bug of ours (a constraint, a wrong statement).

    SQLite undoes the transaction by itself when the disk is full (https://sqlite.org/lang_transaction.html), and Peewee's
    rollback then fails in turn: so the fault behind the fault counts."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    if any(getattr(e, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL for e in chain):
        return DiskFull(
            "There is no room left on the disk. Nothing was lost; free some space and it goes on by itself."
        )
    codes = {getattr(e, "sqlite_errorcode", 0) & 0xFF for e in chain}
    if codes & {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(
            "Another program keeps the database busy. Nothing was changed; it works again when that one is done."
        )
    if codes & {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreError(
            f"The database is damaged ({chain[-1]}). Close Hitchpost, move the file away, and restore a copy: the one "
            "of your backup, or the one beside it that ends in .before-…"
        )
    if codes & {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
        return StoreError(f"The database cannot be written: {chain[-1]}. Check the disk and the file’s rights.")
    return None


@contextmanager
def faults_explained() -> Iterator[None]:
    """Around reads: the world's faults become StoreError there, too (a damaged page shows only when it is read)."""
    try:
        yield
    except peewee.PeeweeException as error:
        translated = translate(error)
        if translated is None:
            raise
        raise translated from error


def keep_small(database: SqliteDatabase) -> None:
    """This thread's connection holds at most 4 MB of pages."""
    database.execute_sql("PRAGMA cache_size = -4000")


def data_version(database: SqliteDatabase) -> int:
    """Changes when another connection, of this or another process, has committed."""
    return int(database.execute_sql("PRAGMA data_version").fetchone()[0])
