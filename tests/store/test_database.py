"""The database file: rights, migrations, copies, newer files, damage, a full disk, and the broadcast after a commit."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import peewee
import pytest
from peewee import IntegrityError

from app.domain.addresses import Address
from app.domain.changes import Area, Change
from app.domain.errors import DiskFull, NewerDatabase, StoreError
from app.store import Store, migrate, models, sqlite
from app.store.codec import account_from_json


def columns(connection: sqlite3.Connection) -> dict[str, list[tuple[str, str, int]]]:
    tables = [
        r[0]
        for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    ]
    return {t: [(r[1], r[2], r[3]) for r in connection.execute(f"PRAGMA table_info({t})")] for t in sorted(tables)}


def test_only_the_owner_can_read_it(store: Store) -> None:
    for name in ("workspace.sqlite3", "workspace.sqlite3-wal", "workspace.sqlite3-shm"):
        path = store.path.with_name(name)
        assert path.exists(), name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, name
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_write_ahead_log_foreign_keys_and_patience(store: Store) -> None:
    def pragma(name: str) -> object:
        return models.database.execute_sql(f"PRAGMA {name}").fetchone()[0]

    assert pragma("journal_mode") == "wal"
    assert pragma("foreign_keys") == 1
    assert pragma("busy_timeout") == 10_000
    assert pragma("synchronous") == 2
    with pytest.raises(IntegrityError):
        models.UserAlias.create(user=999, address_key="x@example.org")


def test_models_mirror_the_migrations(store: Store) -> None:
    connection = sqlite3.connect(store.path)
    tables = columns(connection)
    connection.close()
    known = {m._meta.table_name: set(m._meta.columns) for m in models.ALL}
    words = {name for name in tables if name.startswith(("record_search", "message_search"))}  # FTS5's own
    assert set(tables) - {"schema_version"} - words == set(known)
    for table, fields in known.items():
        assert {name for name, _, _ in tables[table]} == fields, table
    for model in models.ALL:
        nullable = {name for name, _, not_null in tables[model._meta.table_name] if not not_null} - {"id"}
        assert nullable == {f.column_name for f in model._meta.sorted_fields if f.null}, model


def test_a_newer_file_is_left_alone(store: Store) -> None:
    path = store.path
    store.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE schema_version SET version = 999")
    connection.commit()
    before = connection.execute("SELECT count(*) FROM user").fetchone()
    connection.close()
    with pytest.raises(NewerDatabase, match="newer Hitchpost"):
        Store.open(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM user").fetchone() == before
    connection.close()


def test_a_new_one_leaves_no_copies(store: Store) -> None:
    assert list(store.path.parent.glob("*.before-*")) == []


def test_each_step_has_a_copy_before_it_and_is_undone_when_it_fails(store: Store, tmp_path: Path) -> None:
    path = store.path
    with store.transaction():
        store.contacts.add(Address("karin@example.com", "Karin"), created_by="user")
    newest = max(migrate.migrations())
    good = tmp_path / "next.sql"
    good.write_text("ALTER TABLE contact ADD COLUMN colour TEXT NOT NULL DEFAULT '';\n-- the end\n")
    bad = tmp_path / "bad.sql"
    bad.write_text("CREATE TABLE half (id INTEGER);\nINSERT INTO no_such_table VALUES (1);\n")
    database = models.database.obj
    known = {**migrate.migrations(), newest + 1: good, newest + 2: bad}
    with pytest.raises(Exception, match="no_such_table"):
        migrate.migrate(database, path, known)
    assert migrate.current_version(database) == newest + 1
    assert not database.table_exists("half")
    copy = path.with_name(f"{path.name}.before-{newest + 1:04d}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT name FROM contact").fetchall() == [("Karin",)]
    assert connection.execute("SELECT version FROM schema_version").fetchone() == (newest,)
    assert "colour" not in str(columns(connection)["contact"])
    connection.close()
    assert migrate.migrate(database, path, {n: f for n, f in known.items() if n != newest + 2}) == newest + 1


def test_a_file_of_each_version_becomes_what_a_new_one_is(tmp_path: Path, store: Store) -> None:
    """For each version: a file made by that version's migrations alone, then opened by this program."""
    connection = sqlite3.connect(store.path)
    fresh = columns(connection)
    connection.close()
    for version in migrate.migrations():
        path = tmp_path / f"v{version}" / "workspace.sqlite3"
        database = sqlite.connect(path)
        migrate.migrate(database, path, {n: f for n, f in migrate.migrations().items() if n <= version})
        database.close()
        store.close()
        Store.open(path).close()
        connection = sqlite3.connect(path)
        assert columns(connection) == fresh
        connection.close()


def test_keys_of_names_beyond_ascii_are_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "first" / "workspace.sqlite3"
    database = sqlite.connect(path)
    migrate.migrate(database, path, {1: migrate.migrations()[1]})
    database.execute_sql("INSERT INTO contact VALUES (1, '', '', '', NULL, '', 'user', 0, NULL)")
    for address in ("info@straße.example", "ä@example.com", "info@example.com", "x@ö.example", "x@xn--nda.example"):
        database.execute_sql(
            "INSERT INTO contact_address (contact_id, address, address_key, is_primary, bounce_reason) "
            "VALUES (1, ?, ?, 0, '')",
            (address, address.casefold()),
        )
    migrate.migrate(database, path)
    kept = dict(database.execute_sql("SELECT address, address_key FROM contact_address").fetchall())
    database.close()
    assert kept == {
        "info@straße.example": "info@xn--strae-oqa.example",
        "ä@example.com": "ä@example.com",
        "info@example.com": "info@example.com",
        "x@ö.example": "x@ö.example",  # the other has the key
        "x@xn--nda.example": "x@xn--nda.example",
    }


def test_a_kept_server_stays_the_one_that_was_checked(store: Store) -> None:
    """Versions that kept a name as typed connected to what IDNA 2003 makes of it."""
    data = {"imap": {"host": "imap.straße.example", "port": 993, "security": "tls"}, "username": "jonas"}
    data["smtp"] = data["imap"]
    account = account_from_json("info@straße.example", "", data)
    assert account.read_host == "imap.strasse.example"
    ews = {"protocol": "ews", "url": "https://straße.example/ews/exchange.asmx", "username": "jonas"}
    assert account_from_json("info@straße.example", "", ews).url == "https://strasse.example/ews/exchange.asmx"  # type: ignore[union-attr]


def test_migrations_are_split_into_whole_statements() -> None:
    assert list(sqlite.statements("CREATE TABLE a (b TEXT DEFAULT ';');\n-- c;\nDROP TABLE a;\n")) == [
        "CREATE TABLE a (b TEXT DEFAULT ';');\n",
        "-- c;\nDROP TABLE a;\n",
    ]
    with pytest.raises(ValueError, match="not complete"):
        list(sqlite.statements("CREATE TABLE a ("))


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "workspace.sqlite3"
    path.write_bytes(b"This is a text, and no database at all. " * 200)
    with pytest.raises(StoreError, match="not a Hitchpost database") as told:
        Store.open(path)
    text = str(told.value)  # the remedy once, and every bracket closed
    assert "(file is not a database)" in text and text.count("restore") == text.count("move") == text.count("(") == 1
    assert path.read_bytes().startswith(b"This is a text")


def test_a_full_disk_undoes_the_whole_transaction(store: Store) -> None:
    pages = models.database.execute_sql("PRAGMA page_count").fetchone()[0]
    models.database.execute_sql(f"PRAGMA max_page_count = {pages + 2}")
    heard: list[Change] = []
    store.add_listener(heard.append)
    with pytest.raises(DiskFull, match="no room"):
        with store.transaction(Area.CONTACTS):
            for n in range(2000):
                store.contacts.add(Address(f"person{n}@example.com", "x" * 200), created_by="user")
    assert store.contacts.count() == 0
    assert heard == []
    models.database.execute_sql(f"PRAGMA max_page_count = {2**30}")
    with store.transaction(Area.CONTACTS, source="test"):
        store.contacts.add(Address("karin@example.com"), created_by="user")
    assert heard == [Change(frozenset({Area.CONTACTS}), "test")]


def damaged(store: Store) -> Store:
    """The same workspace opened again, with all pages but the first one spoilt since."""
    path = store.path
    with store.transaction():
        for n in range(200):
            store.contacts.add(Address(f"person{n}@example.com", "x" * 200), created_by="user")
    store.close()
    opened = Store.open(path)
    size = path.stat().st_size
    with path.open("r+b") as out:
        out.seek(4096)
        out.write(b"\xff" * (size - 4096))
    opened.close_thread()  # what was read before is forgotten
    return opened


def test_a_damaged_file_is_told_by_every_read(store: Store) -> None:
    broken = damaged(store)
    for read in (
        lambda: broken.outbox.next_due(),
        lambda: broken.contacts.rows(),
        lambda: broken.inboxes.cards(),
        lambda: broken.feed.rows(),
        lambda: broken.settings.get("track_default"),
        lambda: broken.messages.any_known(),
    ):
        with pytest.raises(StoreError, match="damaged"):
            read()
    with pytest.raises(StoreError, match="damaged"), broken.transaction():
        broken.contacts.add(Address("new@example.com"), created_by="user")
    broken.close()


def test_a_fault_in_the_middle_of_many_rows_is_told_too(store: Store) -> None:
    """SQLite goes row by row: the last page of a table is read long after its first one."""
    with store.transaction():
        for n in range(300):
            store.contacts.add(Address(f"person{n}@example.com", f"{n} " + "X" * 200), created_by="user")
    path = store.path
    store.close()
    again = Store.open(path)
    again.close_thread()
    page = path.read_bytes().rindex(b"299 XXX") // 4096
    with path.open("r+b") as out:
        out.seek(page * 4096)
        out.write(b"\xff" * 4096)
    rows = models.database.execute_sql("SELECT name FROM contact NOT INDEXED ORDER BY id")
    assert str(rows.fetchone()[0]).startswith("0 X")
    with pytest.raises(StoreError, match="damaged"):
        for _ in rows:
            pass
    again.close()


def test_a_mistake_of_ours_is_no_fault_of_the_world(store: Store) -> None:
    with pytest.raises(peewee.OperationalError, match="no such table"):
        models.database.execute_sql("SELECT * FROM no_such_table")


def test_a_workspace_that_cannot_be_opened_any_more(store: Store) -> None:
    """A new thread opens a connection of its own."""
    store.close()
    store.path.unlink()
    store.path.mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        store.contacts.count()


def test_what_is_deleted_is_gone_from_the_file(store: Store) -> None:
    with store.transaction():
        contact = store.contacts.add(Address("gone@example.com", "PERSON-WHO-LEFT"), created_by="user")
    with store.transaction():
        store.contacts.edit(contact, name="Nobody")
    store.close()
    assert b"PERSON-WHO-LEFT" not in store.path.read_bytes()


def test_one_broadcast_after_the_outermost_commit(store: Store) -> None:
    heard: list[tuple[Change, int]] = []

    def listen(change: Change) -> None:
        heard.append((change, store.contacts.count()))

    store.add_listener(listen)
    with store.transaction(Area.CONTACTS, source="outer"):
        with store.transaction(Area.EVENTS):
            store.contacts.add(Address("karin@example.com"), created_by="user")
        assert heard == []
    assert heard == [(Change(frozenset({Area.CONTACTS, Area.EVENTS}), "outer"), 1)]
    with pytest.raises(RuntimeError), store.transaction(Area.CONTACTS):
        store.contacts.add(Address("other@example.com"), created_by="user")
        raise RuntimeError
    assert len(heard) == 1
    assert store.contacts.find("other@example.com") is None


def test_changes_of_other_connections_are_noticed(store: Store) -> None:
    assert not store.changed_elsewhere()

    def write() -> None:
        with store.transaction():
            store.contacts.add(Address("karin@example.com"), created_by="user")
        store.close_thread()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(10)
    assert store.changed_elsewhere()
    assert not store.changed_elsewhere()


def test_threads_that_write_wait_for_each_other(store: Store) -> None:
    faults: list[BaseException] = []

    def write(start: int) -> None:
        try:
            for n in range(start, start + 25):
                with store.transaction():
                    store.contacts.add(Address(f"p{n}@example.com"), created_by="user")
        except BaseException as error:
            faults.append(error)
        finally:
            store.close_thread()

    threads = [threading.Thread(target=write, args=(n * 25,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults
    assert store.contacts.count() == 100
