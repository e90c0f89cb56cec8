"""Brings a database file to the version of this program: numbered SQL files, each in one transaction with its number."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import peewee
from peewee import SqliteDatabase

from app.domain.addresses import address_key
from app.domain.errors import NewerDatabase
from app.domain.hosts import ascii_domain
from app.domain.money import comparable
from app.domain.record_words import phone_key, search_text, sort_key, sort_key_or_last
from app.store import sqlite

log = logging.getLogger(__name__)

_KEYS_BY_IDNA_2008 = 2  # the version from which on the keys of addresses have their domain in ASCII
_RECORDS = "records"  # the step, by the name of its file, from which on records have keys to be sorted and found by
_KEYED = ("inbox", "contact_address", "message_party")
_UNQUOTED = "gone_messages"  # the step from which on needless quotation marks and invisible letters are none
_QUOTED = ("user_alias", "inbox", "inbox_alias", "meetings_address", "contact_address", "message_party", "logging_address",
           "additional_bcc", "legal_basis")  # fmt: skip


def migrations(folder: Path = sqlite.MIGRATIONS) -> dict[int, Path]:
    """Number → file, ascending; numbers are without gaps from 1."""
    steps = sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    found = {int(p.name[:4]): p for p in steps}
    if [int(p.name[:4]) for p in steps] != list(range(1, len(steps) + 1)):
        raise ValueError(f"migrations have a gap, or a number twice: {[p.name for p in steps]}")
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


def _unquote_keys(database: SqliteDatabase) -> None:
    """Where an address is there in both forms, its entry in a list goes, and a contact with the other one keeps the old
    key."""
    columns = [
        *((table, "address_key") for table in _QUOTED),
        ("message_override", "sender_key"),
        ("never_log", "value_key"),
    ]
    for table, column in columns:
        marked = f"""SELECT id, {column} FROM {table} WHERE {column} GLOB '*["\\]*'
            OR {column} GLOB '*[''`]' OR {column} GLOB '*[^ -~]*'"""  # noqa: S608 - names of our own
        change = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE id = ?"  # noqa: S608
        rows = database.execute_sql(marked).fetchall()
        changed = [(key, pk) for pk, old in rows if (key := address_key(old)) != old]
        database.cursor().executemany(change, changed)
        if table in ("never_log", "legal_basis"):
            left = f"DELETE FROM {table} WHERE id = ? AND {column} <> ?"  # noqa: S608
            database.cursor().executemany(left, [(pk, key) for key, pk in changed])


def _make_record_keys(database: SqliteDatabase) -> None:
    """What SQL cannot fold. 100,000 contacts take two seconds. A domain that is none names nobody's company."""

    def fill(rows: str, change: str, keys: Callable[..., tuple[str | int, ...]]) -> None:
        found = database.execute_sql(rows).fetchall()
        database.cursor().executemany(change, ((*keys(*columns), pk) for pk, *columns in found))

    fill(
        "SELECT id, number FROM contact_phone",
        "UPDATE contact_phone SET number_key = ? WHERE id = ?",
        lambda number: (phone_key(number),),
    )
    fill(
        "SELECT id, domain FROM company_domain",
        "UPDATE OR IGNORE company_domain SET domain = ? WHERE id = ?",
        lambda domain: (ascii_domain(domain),),
    )
    database.execute_sql("DELETE FROM company_domain WHERE domain = '' OR domain GLOB '*[^a-z0-9._-]*'")
    fill(
        "SELECT company.id, name, coalesce(d.domain, '') FROM company LEFT JOIN company_domain d ON d.company_id = company.id",
        "UPDATE company SET sort_name = ?, search_key = ? WHERE id = ?",
        lambda name, domain: (sort_key(name), search_text((name, domain))),
    )
    fill(
        "SELECT c.id, c.name, c.title, coalesce(y.name, ''), coalesce(p.number_key, ''), "
        "coalesce((SELECT group_concat(address, ' ') FROM (SELECT address FROM contact_address a WHERE a.contact_id = c.id "
        "ORDER BY is_primary DESC, id)), '') FROM contact c LEFT JOIN contact_phone p ON p.contact_id = c.id "
        "LEFT JOIN contact_company l ON l.contact_id = c.id LEFT JOIN company y ON y.id = l.company_id",
        "UPDATE contact SET sort_name = ?, sort_company = ?, search_key = ? WHERE id = ?",
        lambda name, title, company, number, addresses: (
            sort_key(name or addresses.partition(" ")[0]), sort_key_or_last(company),
            search_text((name, title, company, addresses, number)),
        ),
    )  # fmt: skip
    fill(
        "SELECT d.id, name, stage, amount_minor, currency, (SELECT group_concat(person, ' ') FROM (SELECT c.name AS person "
        "FROM contact c JOIN deal_contact l ON l.contact_id = c.id WHERE l.deal_id = d.id AND c.name <> '' "
        "ORDER BY l.id LIMIT 20)) FROM deal d",
        "UPDATE deal SET sort_name = ?, sort_company = ?, sort_amount = ?, search_key = ? WHERE id = ?",
        lambda name, stage, amount, currency, people: (
            sort_key(name), sort_key_or_last(""), comparable(amount, currency), search_text((name, stage, people or "")),
        ),
    )  # fmt: skip


def migrate(database: SqliteDatabase, path: Path, known: dict[int, Path] | None = None) -> int:
    """Runs what is missing, a copy of the file made before each step of a database that was there before: a new one holds
    nothing yet. Returns the version reached. Raises NewerDatabase, changing nothing, when the file is ahead of this
    program."""
    known = migrations() if known is None else known
    newest = max(known)
    version = first = current_version(database)
    if version > newest:
        raise NewerDatabase(
            f"The workspace {path} was last used by a newer Hitchpost (its version is {version}, this program knows "
            f"{newest}). Update Hitchpost, or choose another workspace. Nothing was changed."
        )
    for number in range(version + 1, newest + 1):
        if first:
            log.info("copy before version %d: %s", number, sqlite.copy_before_migration(database, path, number))
        with database.atomic("EXCLUSIVE"):
            if current_version(database) >= number:  # another process was faster
                continue
            for statement in sqlite.statements(known[number].read_text(encoding="utf-8")):
                database.execute_sql(statement)
            if number == _KEYS_BY_IDNA_2008:
                _make_keys_anew(database)
            if known[number].stem[5:] == _RECORDS:
                _make_record_keys(database)
            if known[number].stem[5:] == _UNQUOTED:
                _unquote_keys(database)
            database.execute_sql("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
            database.execute_sql("DELETE FROM schema_version")
            database.execute_sql("INSERT INTO schema_version (version) VALUES (?)", (number,))
        version = number
    return newest
