"""Brings a database file to the version of this program: numbered SQL files, each in one transaction with its number."""

from __future__ import annotations

import logging
from pathlib import Path

import peewee
from peewee import SqliteDatabase

from app.domain.addresses import address_key
from app.domain.errors import NewerDatabase
from app.store import sqlite

log = logging.getLogger(__name__)

_KEYS_BY_IDNA_2008 = 2  # the version from which on the keys of addresses have their domain in ASCII
_KEYED = ("inbox", "contact_address", "message_party")


def migrations(folder: Path = sqlite.MIGRATIONS) -> dict[int, Path]:
    """Number → file, ascending; numbers are without gaps from 1."""
    found = {int(p.name[:4]): p for p in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))}
    if list(found) != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations have a gap: {list(found)}")
    return found


def current_version(database: SqliteDatabase) -> int:
    """0 for a new file."""
    try:
        row = database.execute_sql("SELECT version FROM schema_version").fetchone()
    except peewee.OperationalError:
        return 0
    return int(row[0]) if row else 0


def _make_keys_anew(database: SqliteDatabase) -> None:
    """For addresses with other than ASCII letters, the only ones whose keys have changed. One that is there in both forms
    keeps its old key, which nothing finds any more."""
    for table in _KEYED:
        others = f"SELECT id, address FROM {table} WHERE address GLOB '*[^ -~]*'"  # noqa: S608 - names of our own
        rows = database.execute_sql(others).fetchall()
        for row_id, address in rows:
            change = f"UPDATE OR IGNORE {table} SET address_key = ? WHERE id = ?"  # noqa: S608
            database.execute_sql(change, (address_key(address), row_id))


def migrate(database: SqliteDatabase, path: Path, known: dict[int, Path] | None = None) -> int:
    """Runs what is missing, a copy of the file made before each step of a database that holds something.
    Returns the version reached. Raises NewerDatabase, changing nothing, when the file is ahead of this program."""
    known = migrations() if known is None else known
    newest = max(known)
    version = current_version(database)
    if version > newest:
        raise NewerDatabase(
            f"The workspace {path} was last used by a newer Hitchpost (its version is {version}, this program knows "
            f"{newest}). Update Hitchpost, or choose another workspace. Nothing was changed."
        )
    for number in range(version + 1, newest + 1):
        if version:
            log.info("copy before version %d: %s", number, sqlite.copy_before_migration(database, path, number))
        with database.atomic("EXCLUSIVE"):
            if current_version(database) >= number:  # another process was faster
                continue
            for statement in sqlite.statements(known[number].read_text(encoding="utf-8")):
                database.execute_sql(statement)
            if number == _KEYS_BY_IDNA_2008:
                _make_keys_anew(database)
            database.execute_sql("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
            database.execute_sql("DELETE FROM schema_version")
            database.execute_sql("INSERT INTO schema_version (version) VALUES (?)", (number,))
        version = number
    return newest
