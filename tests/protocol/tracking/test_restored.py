"""A database that is restored from a backup: no program misses a hit, and none shows one twice."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from app.services.delete_permanently import delete_permanently
from app.services.forget_recipients import forget_owed
from app.services.take_hits import follow_hits, pull_hits
from app.services.tracking_server import TrackingTarget
from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.server import api
from app.tracking.server.places import DatabasePlace
from app.tracking.tokens import TrackingKey, TrackingKeys, make_click_token, make_unsubscribe_token
from tests.protocol.tracking.tracking_servers import Links, Listener, until
from tests.support.postgres import Postgres
from tests.support.tracked_mail import THUNDERBIRD, TrackedMail, ref, tracked_mail

DAY = 86_400 * 1_000_000


class Sqlite:
    """The database in a server's folder; a backup is a copy that SQLite makes itself."""

    def __init__(self, folder: Path) -> None:
        self._file, self._copy = TrackingFolder(folder).database, folder.with_name("backup")
        self.url = ""

    def backup(self) -> None:
        self._pour(self._file, self._copy)

    def restore(self) -> None:
        """While the server runs: into the file, as the `.restore` of the sqlite3 shell does."""
        self._pour(self._copy, self._file)

    def replace(self) -> None:
        """While the server is stopped."""
        for end in ("-wal", "-shm"):
            self._file.with_name(self._file.name + end).unlink(missing_ok=True)
        shutil.copy(self._copy, self._file)

    def lead(self, microseconds: int) -> None:
        """As if the clock had run ahead by so much once."""
        with sqlite3.connect(self._file) as connection:
            connection.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'hit'", (microseconds,))
        connection.close()

    def _pour(self, source: Path, target: Path) -> None:
        one, other = sqlite3.connect(source), sqlite3.connect(target, timeout=10)
        try:
            one.backup(other)
        finally:
            one.close()
            other.close()


class Postgresql:
    """A backup is a copy of the tables, in the server itself."""

    def __init__(self, url: str) -> None:
        self.url = url

    def backup(self) -> None:
        with psycopg.connect(self.url) as connection:
            for table in ("hit", "server", "workspace", "signing_key"):
                connection.execute(f"CREATE TABLE backup_{table} AS TABLE {table}")  # type: ignore[arg-type]
            connection.execute("CREATE TABLE backup_number AS SELECT last_value, is_called FROM hit_number_seq")

    def restore(self) -> None:
        with psycopg.connect(self.url) as connection:
            for table in ("hit", "server", "signing_key", "workspace"):
                connection.execute(f"DELETE FROM {table}")  # type: ignore[arg-type]
            for table in ("workspace", "signing_key", "server", "hit"):
                connection.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE backup_{table}")  # type: ignore[arg-type]
            connection.execute("SELECT setval('hit_number_seq', last_value, is_called) FROM backup_number")

    replace = restore

    def lead(self, microseconds: int) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute("SELECT setval('hit_number_seq', last_value + %s) FROM hit_number_seq", (microseconds,))


Database = Sqlite | Postgresql


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[TrackedMail]:
    with tracked_mail(tmp_path / "home") as made:
        made.send()
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, mail: TrackedMail) -> Database:
    if request.param == "sqlite":
        return Sqlite(mail.workspace.tracking.path)
    postgres: Postgres = request.getfixturevalue("postgres")
    return Postgresql(postgres.new_database())


@pytest.fixture
def server(mail: TrackedMail, database: Database) -> Iterator[TrackingServer]:
    mail.workspace.tracking.keys()  # there before it starts: so they are this database's, too
    made = TrackingServer("127.0.0.1", 0, mail.workspace.tracking.path, database=database.url)
    assert made.api_token
    made.start()
    yield made
    made.stop()


@pytest.fixture
def click(server: TrackingServer) -> Callable[[int], None]:
    def once(link: int) -> None:
        token = make_click_token(server.keys, ref("m", "karin"), ref("r", "karin"), link, f"https://example.net/{link}")
        answer = httpx.get(f"{server.url}/c/{token}", headers={"User-Agent": THUNDERBIRD}, timeout=10)
        assert answer.status_code == 302

    return once


def target_of(server: TrackingServer) -> TrackingTarget:
    return TrackingTarget(server.url, server.url, server.api_token)


def clicked(mail: TrackedMail) -> list[str]:
    return [row.url.rsplit("/", 1)[1] for row in mail.feed(["click"])]


@pytest.mark.parametrize("running", [True, False])
def test_what_comes_afterwards_is_heard(
    mail: TrackedMail, database: Database, server: TrackingServer, click: Callable[[int], None], running: bool
) -> None:
    click(0)
    database.backup()
    for link in range(1, 6):
        click(link)
    assert len(pull_hits(mail.workspace, target_of(server), 10.0)) >= 6
    uid = server.server_uid
    if running:
        database.restore()
    else:
        server.stop()
        database.replace()
        server.start()
    for link in range(6, 9):  # fewer than were lost: their numbers would all have been seen
        click(link)
    pull_hits(mail.workspace, target_of(server), 10.0)
    assert clicked(mail) == [str(link) for link in range(9)]
    assert mail.store.events.stream_place().server == uid  # nothing had to be told again


def test_a_stream_goes_on(
    mail: TrackedMail, database: Database, server: TrackingServer, click: Callable[[int], None]
) -> None:
    click(0)
    database.backup()
    cancel = threading.Event()
    following = follow_hits(mail.workspace, target_of(server), cancel)
    next(following)
    click(1)
    next(following)
    database.restore()
    click(2)
    while clicked(mail) != ["0", "1", "2"]:
        next(following)
    cancel.set()
    assert next(following, None) is None


def test_where_the_clock_went_back_everything_is_told_again_and_kept_once(
    mail: TrackedMail, database: Database, server: TrackingServer, click: Callable[[int], None]
) -> None:
    """The numbers that a program has seen are still to come: nothing but its own memory shows that."""
    click(0)
    click(1)
    database.backup()
    database.lead(DAY)
    for link in range(2, 5):
        click(link)
    pull_hits(mail.workspace, target_of(server), 10.0)
    place = mail.store.events.stream_place()
    database.restore()
    for link in range(5, 7):
        click(link)
    pull_hits(mail.workspace, target_of(server), 10.0)
    assert clicked(mail) == [str(link) for link in range(7)]
    now = mail.store.events.stream_place()
    assert now.server != place.server and now.number < place.number
    click(7)
    pull_hits(mail.workspace, target_of(server), 10.0)
    pull_hits(mail.workspace, target_of(server), 10.0)
    assert clicked(mail) == [str(link) for link in range(8)]
    assert mail.store.events.stream_place().server == now.server


def test_another_program_hears_of_it_too(
    mail: TrackedMail,
    database: Database,
    server: TrackingServer,
    click: Callable[[int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its place may have been passed by new hits before it came back; the server's new name says so. A stream that waits at a
    place that is to come ends, so that its program comes again."""
    monkeypatch.setattr(api, "KEEP_ALIVE", 0.1)
    click(0)
    database.backup()
    database.lead(DAY)
    click(1)
    pull_hits(mail.workspace, target_of(server), 10.0)
    seen = mail.store.events.stream_place()
    with tracked_mail(tmp_path / "other") as other:
        other.send()
        pull_hits(other.workspace, target_of(server), 10.0)
        listener = Listener(server.url, server.api_token, seen.number, server=seen.server)
        try:
            until(lambda: "\nhitchpost_tracking_streams 1.0\n" in httpx.get(f"{server.url}/metrics").text)
            database.restore()
            listener.thread.join(10)
            assert not listener.thread.is_alive() and "closed the connection" in str(listener.error)
        finally:
            listener.stop()
        click(2)
        pull_hits(mail.workspace, target_of(server), 10.0)
        database.lead(2 * DAY)
        click(3)
        with other.store.transaction():
            other.store.events.set_stream_place(seen.server, seen.number)
        pull_hits(other.workspace, target_of(server), 10.0)
        assert clicked(other) == ["0", "1", "2", "3"]


def test_a_claim_that_makes_no_sense_costs_the_others_nothing(
    mail: TrackedMail, database: Database, server: TrackingServer, click: Callable[[int], None]
) -> None:
    """The server takes another name once in an hour at most."""
    click(0)
    mail.store.events.stream_place()
    for _ in range(3):
        with mail.store.transaction():
            mail.store.events.set_stream_place(server.server_uid, 2**62)
        pull_hits(mail.workspace, target_of(server), 10.0)
    names = set()
    for _ in range(3):
        with mail.store.transaction():
            mail.store.events.set_stream_place(mail.store.events.stream_place().server, 2**62)
        pull_hits(mail.workspace, target_of(server), 10.0)
        names.add(mail.store.events.stream_place().server)
    assert len(names) == 1
    assert clicked(mail) == ["0"]


def renewed(database: Database, mail: TrackedMail) -> None:
    """As by `tracking restored`."""
    connection = DatabasePlace.of(database.url, mail.workspace.tracking.database).open(busy=5.0, patience=5.0)
    try:
        assert connection.renew(1)
    finally:
        connection.close()


def hits_of(server: TrackingServer, name: str) -> int:
    answer = httpx.get(f"{server.url}/api/v1/events", headers={"Authorization": f"Bearer {server.api_token}"})
    return sum(hit["recipient_ref"] == ref("r", name) for hit in answer.json())


def test_who_asked_for_no_more_mail_is_told_of_once(
    mail: TrackedMail, database: Database, server: TrackingServer
) -> None:
    token = make_unsubscribe_token(server.keys, ref("m", "karin"), ref("r", "karin"))
    for _ in range(2):
        answer = httpx.post(f"{server.url}/u/{token}", data={"List-Unsubscribe": "One-Click"}, timeout=10)
        assert answer.status_code == 200
    assert len(pull_hits(mail.workspace, target_of(server), 10.0)) == 2
    renewed(database, mail)
    server.stop()
    server.start()
    assert pull_hits(mail.workspace, target_of(server), 10.0) == ()
    assert len(mail.feed(["unsubscribe"])) == 2
    httpx.post(f"{server.url}/u/{token}", data={"List-Unsubscribe": "One-Click"}, timeout=10)
    assert len(pull_hits(mail.workspace, target_of(server), 10.0)) == 1


def test_who_was_deleted_for_good_is_deleted_again(
    mail: TrackedMail, database: Database, server: TrackingServer, click: Callable[[int], None]
) -> None:
    mail.send("ada")
    click(0)
    ada = make_click_token(server.keys, ref("m", "ada"), ref("r", "ada"), 0, "https://example.net/0")
    assert httpx.get(f"{server.url}/c/{ada}", headers={"User-Agent": THUNDERBIRD}).status_code == 302
    assert len(pull_hits(mail.workspace, target_of(server), 10.0)) == 4
    database.backup()
    contact = mail.store.contacts.find("ada@example.com")
    assert contact is not None
    delete_permanently(mail.store, contact)
    assert mail.store.owed_forgetting.first() == (ref("r", "ada"),)
    assert forget_owed(mail.workspace, target_of(server), threading.Event()) == 1
    assert (hits_of(server, "ada"), mail.store.owed_forgetting.count()) == (0, 0)
    server.stop()
    database.replace()
    renewed(database, mail)
    server.start()
    assert hits_of(server, "ada") == 1
    pull_hits(mail.workspace, target_of(server), 10.0)
    assert mail.store.owed_forgetting.first() == (ref("r", "ada"),)  # and nobody else, whose mail is elsewhere
    forget_owed(mail.workspace, target_of(server), threading.Event())
    assert (hits_of(server, "ada"), hits_of(server, "karin")) == (0, 1)
    assert httpx.get(f"{server.url}/c/{ada}", headers={"User-Agent": THUNDERBIRD}).status_code == 302
    click(1)
    assert (hits_of(server, "ada"), hits_of(server, "karin")) == (0, 2)


def test_keys_of_a_database_that_took_another_name_are_its_own(
    mail: TrackedMail, database: Database, server: TrackingServer, click: Callable[[int], None]
) -> None:
    """A link that was sealed by a key that came after the backup leads on, and its hits are this workspace's."""
    database.backup()
    place = DatabasePlace.of(database.url, mail.workspace.tracking.database)
    connection = place.open(busy=5.0, patience=5.0)
    try:
        (workspace,) = connection.workspaces()
        key = connection.add_key(workspace.id, bytes(range(64)), 0, 0)
        assert key is not None
        before = httpx.get(f"{server.url}/healthz").json()["server"]
        server.stop()
        server.start()  # by now it knows the key, and keeps it in its folder
        database.restore()
        assert connection.renew(1)
        assert connection.names()[1] == before
        assert key.id not in {known.id for known in connection.signing_keys()}
    finally:
        connection.close()
    server.stop()
    server.start()
    assert server.server_uid != before
    assert len(pull_hits(mail.workspace, target_of(server), 10.0)) == 0
    links = Links(
        TrackingFolder(mail.workspace.tracking.path), server.url, TrackingKeys([TrackingKey(key.id, key.secret)])
    )
    assert httpx.get(links.link()).status_code == 302
    answer = httpx.get(f"{server.url}/api/v1/events", headers={"Authorization": f"Bearer {server.api_token}"})
    assert len(answer.json()) == 1
