"""What both databases have to do alike, on real ones: numbers in the order of commits, nothing twice, workspaces apart."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from app.domain.errors import TrackingError
from app.tracking.server.database import PRESENT_FOR, DatabaseAway, HitDatabase, RowsRefused, SigningKey
from app.tracking.server.places import DatabasePlace
from app.tracking.server.rows import HitRow
from app.tracking.tokens import new_secret
from tests.support.postgres import Postgres

MINUTE = 60 * 1_000_000
Open = Callable[[], HitDatabase]


def row(name: str, at: int = 0, **changes: object) -> HitRow:
    base = HitRow(name, "open", at, "0" * 16, "1" * 16, None, "", "192.0.2.1", "Mail", "GET", 1, '{"accept":"*/*"}')
    return base._replace(**changes)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> DatabasePlace:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'hits.sqlite3'}"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.new_database()
    place = DatabasePlace.of(url, tmp_path / "own.sqlite3")
    place.prepare()
    return place


@pytest.fixture
def connect(place: DatabasePlace) -> Iterator[Open]:
    opened: list[HitDatabase] = []

    def one() -> HitDatabase:
        opened.append(place.open(busy=5.0, patience=5.0))
        return opened[-1]

    yield one
    for database in opened:
        database.close()


@pytest.fixture
def database(connect: Open) -> HitDatabase:
    return connect()


def test_rows_come_back_as_they_were(database: HitDatabase) -> None:
    rows = [
        row("a", 2**50, url="https://bücher.example.com/\U0001f600", link=65_535, kind="click", method="HEAD"),
        row("b", 5, ip="2001:db8::1", user_agent="é"),
    ]
    database.insert(rows)
    found = database.hits_after(1, 0, 10)
    assert [hit.row for hit in found] == rows
    assert [hit.own for hit in found] == [False, False]
    assert found[0].number < found[1].number
    assert database.hits_after(1, found[0].number, 10) == found[1:]
    assert database.hits_after(1, 0, 1) == found[:1]


def test_a_hit_that_comes_twice_is_kept_once_and_other_faults_are_not_swallowed(database: HitDatabase) -> None:
    database.insert([row("a")])
    database.insert([row("a", ip="changed"), row("b")])
    with pytest.raises(RowsRefused):
        database.insert([row("c"), row("d", kind=None)])
    assert [hit.row for hit in database.hits_after(1, 0, 10)] == [row("a"), row("b")]


def test_readers_see_no_number_before_a_smaller_one(connect: Open) -> None:
    """Four writers that commit groups as fast as they can; a reader follows by the last number it has seen."""
    writers, groups, size = 4, 40, 7
    done = threading.Event()
    seen: list[str] = []

    def write(number: int) -> None:
        database = connect()
        for group in range(groups):
            database.insert([row(f"{number}-{group}-{place}") for place in range(size)])
        database.close()

    def read() -> None:
        database, last = connect(), 0
        while True:
            over = done.is_set()
            while hits := database.hits_after(1, last, 11):
                last = hits[-1].number
                seen.extend(hit.row.hit_uid for hit in hits)
            if over:
                return

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    reader = threading.Thread(target=read)
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    assert len(seen) == len(set(seen)) == writers * groups * size
    for number in range(writers):  # and each writer's own in their order
        own = [uid for uid in seen if uid.startswith(f"{number}-")]
        assert own == [f"{number}-{group}-{place}" for group in range(groups) for place in range(size)]


def test_a_database_of_the_version_before_is_taken_over(place: DatabasePlace, connect: Open) -> None:
    before = place.prepare()
    steps = ("DROP TABLE hit_sketch", "ALTER TABLE server DROP COLUMN former", "ALTER TABLE server DROP COLUMN renewed")
    if place.path is not None:
        with sqlite3.connect(place.path) as file:
            for step in (*steps, "DELETE FROM sqlite_sequence", "PRAGMA user_version = 2"):
                file.execute(step)
        file.close()
    else:
        with psycopg.connect(place.url) as server:
            for step in (*steps, "UPDATE server_version SET version = 2"):
                server.execute(step)  # type: ignore[arg-type]
    assert place.prepare() == place.prepare() == before
    database = connect()
    assert (database.newest(), database.names()) == (0, (before, ""))
    began = time.time_ns() // 1000
    database.insert([row("a"), row("b")])
    first, second = (hit.number for hit in database.hits_after(1, 0, 10))
    assert began <= first < second == database.newest()
    assert database.renew(5) and database.names()[1] == before
    assert not database.sketch()


def test_numbers_keep_up_with_the_clock_and_rise_where_it_stands_still(connect: Open) -> None:
    database = connect()
    began = time.time_ns() // 1000
    database.insert([row(f"a-{n}") for n in range(2_000)])
    database.insert([row("b")])
    numbers = [hit.number for hit in database.hits_after(1, 0, 3_000)]
    assert numbers == sorted(set(numbers)) and len(numbers) == 2_001
    assert began <= numbers[0] and numbers[-1] <= time.time_ns() // 1000 + 2_001


def test_numbers_are_never_given_again(database: HitDatabase) -> None:
    database.insert([row("a"), row("b")])
    last = database.hits_after(1, 0, 10)[-1].number
    assert database.forget(1, "1" * 16, 0) == 2
    database.insert([row("c", recipient_ref="2" * 16)])
    assert database.hits_after(1, 0, 10)[0].number > last


def test_version_changes_with_what_another_connection_commits(connect: Open) -> None:
    reader, writer = connect(), connect()
    before = reader.version()
    assert reader.version() == before
    writer.insert([row("a")])
    assert reader.version() != before


def test_workspaces_have_each_their_own_hits(database: HitDatabase) -> None:
    database.insert([row("a", workspace=1), row("b", workspace=2), row("c", workspace=1)])
    assert [hit.row.hit_uid for hit in database.hits_after(1, 0, 10)] == ["a", "c"]
    assert [hit.row.hit_uid for hit in database.hits_after(2, 0, 10)] == ["b"]
    assert database.hits_after(3, 0, 10) == []


def test_workspaces_and_their_tokens(database: HitDatabase) -> None:
    first, second = database.add_workspace("Sales", "h1", 5), database.add_workspace("Support", "h2", 6)
    assert first is not None
    assert second is not None
    assert database.add_workspace("Sales", "h3", 7) is None
    assert database.workspaces() == [first, second]
    assert database.workspace_of("h2") == second
    database.revoke(second.id, 9)
    assert database.workspace_of("h2") is None
    assert [workspace.revoked for workspace in database.workspaces()] == [None, 9]
    database.set_token(second.id, "h4")
    assert (database.workspace_of("h2"), database.workspace_of("h4") is not None) == (None, True)


def test_keys_have_ids_of_their_own_and_wait_for_their_turn(database: HitDatabase) -> None:
    owner, other = database.add_workspace("A", "h1", 0), database.add_workspace("B", "h2", 0)
    assert owner is not None
    assert other is not None
    first = database.add_key(owner.id, new_secret(), 100, 160)
    assert first is not None
    assert database.add_key(owner.id, new_secret(), 150, 210) is None  # the one before does not seal yet
    second = database.add_key(owner.id, new_secret(), 160, 220)
    foreign = database.add_key(other.id, new_secret(), 150, 210)
    assert second is not None
    assert foreign is not None
    assert database.signing_keys() == [first, second, foreign]
    assert len({first.id, second.id, foreign.id}) == 3
    moved = SigningKey((first.id + 1) % 65_536, owner.id, new_secret(), 0, 0)
    clash = SigningKey(foreign.id, owner.id, new_secret(), 0, 0)
    assert database.take_in([first, clash, moved][: 3 if moved.id not in (second.id, foreign.id) else 2]) == [
        foreign.id
    ]
    assert foreign in database.signing_keys()


def test_own_is_what_came_from_where_a_program_was_at_that_time(database: HitDatabase) -> None:
    start = 100 * MINUTE
    database.note_presence(1, "anna", "192.0.2.1", start)
    database.note_presence(1, "anna", "192.0.2.1", start + 5 * MINUTE)
    database.note_presence(1, "anna", "192.0.2.1", start + 60 * MINUTE)  # away in between
    database.note_presence(1, "anna", "2001:db8::/64", start)
    database.note_presence(2, "ben", "198.51.100.1", start)
    cases = {
        "before": (row("before", start - 1), False),
        "first": (row("first", start), True),
        "within": (row("within", start + 3 * MINUTE), True),
        "just after": (row("just after", start + 5 * MINUTE + PRESENT_FOR), True),
        "long after": (row("long after", start + 5 * MINUTE + PRESENT_FOR + 1), False),
        "again": (row("again", start + 61 * MINUTE), True),
        "elsewhere": (row("elsewhere", start, ip="192.0.2.2"), False),
        "same house": (row("same house", start, ip="2001:db8::dead:beef"), True),
        "next house": (row("next house", start, ip="2001:db8:0:1::1"), False),
        "other workspace": (row("other workspace", start, ip="198.51.100.1"), False),
        "loopback": (row("loopback", start, ip="127.0.0.1"), False),
        "unknown": (row("unknown", start, ip=""), False),
    }
    database.insert([hit for hit, _ in cases.values()])
    assert {hit.row.hit_uid: hit.own for hit in database.hits_after(1, 0, 100)} == {
        name: own for name, (_, own) in cases.items()
    }


def test_a_forgotten_recipient_is_not_kept_again(database: HitDatabase) -> None:
    ref = "a" * 16
    database.insert([row("a", recipient_ref=ref), row("b"), row("c", recipient_ref=ref, workspace=2)])
    assert database.forget(1, ref, 5) == 1
    assert database.forget(1, ref, 6) == 0
    database.insert([row("d", recipient_ref=ref), row("e"), row("f", recipient_ref=ref, workspace=2)])
    assert [hit.row.hit_uid for hit in database.hits_after(1, 0, 10)] == ["b", "e"]
    assert [hit.row.hit_uid for hit in database.hits_after(2, 0, 10)] == ["c", "f"]


def test_deletion_while_others_write_leaves_none(connect: Open) -> None:
    ref, stop = "a" * 16, threading.Event()
    written = threading.Semaphore(0)

    def write() -> None:
        database, count = connect(), 0
        while not stop.is_set():
            database.insert([row(f"w-{count}", recipient_ref=ref), row(f"x-{count}")])
            written.release()
            count += 1

    thread = threading.Thread(target=write)
    thread.start()
    for _ in range(5):
        assert written.acquire(timeout=10)
    database = connect()
    assert database.forget(1, ref, 5) >= 5
    for _ in range(5):
        assert written.acquire(timeout=10)
    stop.set()
    thread.join()
    assert {hit.row.hit_uid[0] for hit in database.hits_after(1, 0, 10_000)} == {"x"}


def test_old_hits_lose_their_addresses_and_keep_what_was_concluded(database: HitDatabase) -> None:
    database.note_presence(1, "anna", "192.0.2.1", 0)
    database.insert([row("own", 1), row("other", 2, ip="198.51.100.9"), row("new", 50 * MINUTE)])
    assert database.cut_addresses(40 * MINUTE, 1) == 1
    assert database.cut_addresses(40 * MINUTE, 10) == 1
    assert database.cut_addresses(40 * MINUTE, 10) == 0
    own, other, new = database.hits_after(1, 0, 10)
    bare = {"ip": "", "user_agent": "", "headers": "{}"}
    assert own.row == row("own", 1)._replace(**bare)
    assert other.row == row("other", 2)._replace(**bare)
    assert new.row == row("new", 50 * MINUTE)
    assert [own.own, other.own] == [True, False]


def test_preparing_twice_and_at_once_is_one_server(place: DatabasePlace) -> None:
    uids: list[str] = []
    threads = [threading.Thread(target=lambda: uids.append(place.prepare())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(uids) == 4
    assert len(set(uids)) == 1


def test_database_of_a_newer_version_is_left_alone(place: DatabasePlace) -> None:
    if place.path is not None:
        connection = sqlite3.connect(place.path)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
    else:
        with psycopg.connect(place.url) as other:
            other.execute("UPDATE server_version SET version = 99")
    with pytest.raises(TrackingError, match="newer version"):
        place.prepare()


def test_nothing_there_is_away(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'none'}", "postgresql://u@127.0.0.1:1/x"):
        database = DatabasePlace.of(url, tmp_path / "own").open(busy=0.1, patience=1.0)
        with pytest.raises(DatabaseAway) as caught:
            database.probe()
        assert "Is the server running" not in str(caught.value) and not str(caught.value).endswith((".", "?"))


@pytest.mark.parametrize("url", ["mysql://x", "sqlite://", "sqlite:///", "sqlite:///a?mode=memory", "x"])
def test_other_addresses_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="sqlite:///FILE"):
        DatabasePlace.of(url, tmp_path / "own")


def test_a_broken_address_is_a_sentence_and_hides_its_password(tmp_path: Path) -> None:
    place = DatabasePlace.of("postgresql://u:secret@127.0.0.1:1/x?what=no", tmp_path / "own")
    assert "secret" not in repr(place)
    with pytest.raises(TrackingError) as caught:
        place.prepare()
    assert "secret" not in str(caught.value)
    away = DatabasePlace.of("postgresql://u:secret@127.0.0.1:1/x", tmp_path / "own")
    with pytest.raises(DatabaseAway) as gone:
        away.prepare()
    assert "secret" not in str(gone.value)
    assert away.mark == DatabasePlace.of("postgresql://u:other@127.0.0.1:1/x", tmp_path / "own").mark
