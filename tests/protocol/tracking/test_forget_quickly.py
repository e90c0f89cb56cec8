"""A recipient is forgotten without a look at every hit, and nobody who writes waits for it; on both databases."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.server import sql
from app.tracking.server.database import HitDatabase
from app.tracking.server.joining import join
from app.tracking.server.places import DatabasePlace
from app.tracking.server.rows import HitRow
from app.tracking.server.sketches import make_sketch, may_hold
from app.tracking.server.sqlite import SqliteDatabase
from tests.protocol.tracking.tracking_servers import until
from tests.support.postgres import Postgres

BLOCK = 50
Open = Callable[..., HitDatabase]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> DatabasePlace:
    postgres = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    url = postgres.new_database() if isinstance(postgres, Postgres) else f"sqlite:///{tmp_path / 'hits.sqlite3'}"
    place = DatabasePlace.of(url, tmp_path / "own.sqlite3")
    place.prepare()
    return place


@pytest.fixture
def connect(place: DatabasePlace) -> Iterator[Open]:
    opened: list[HitDatabase] = []

    def one(busy: float = 5.0, patience: float = 60.0) -> HitDatabase:
        opened.append(place.open(busy=busy, patience=patience))
        return opened[-1]

    yield one
    for database in opened:
        database.close()


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "BLOCK", BLOCK)


def ref(number: int) -> str:
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}"


def row(number: int, recipient: int, workspace: int = 1) -> HitRow:
    refs = ref(recipient), ref(recipient)
    return HitRow(f"u-{number}", "open", number, *refs, None, "", "192.0.2.1", "Mail", "GET", workspace, "{}")


def left(database: HitDatabase, workspace: int = 1) -> list[str]:
    return [hit.row.hit_uid for hit in database.hits_after(workspace, 0, 100_000)]


@pytest.mark.parametrize("noted", [0, 3, 100])
def test_all_of_one_and_none_of_another(connect: Open, noted: int) -> None:
    """`noted`: blocks that were looked through before; the others are looked through then."""
    database, chance = connect(), random.Random(5)
    rows = [row(number, chance.randrange(60), 1 + number % 2) for number in range(620)]
    for start in range(0, len(rows), 70):
        database.insert(rows[start : start + 70])
    done = sum(database.sketch() for _ in range(noted))
    assert done == min(noted, len(rows) // BLOCK)
    gone: set[str] = set()
    for recipient in (7, 8, 59):
        mine = {r.hit_uid for r in rows if (r.workspace, r.recipient_ref) == (1, ref(recipient))}
        assert database.forget(1, ref(recipient), 0) == len(mine) > 0
        gone |= mine
        assert left(database) == [r.hit_uid for r in rows if r.workspace == 1 and r.hit_uid not in gone]
    assert left(database, 2) == [r.hit_uid for r in rows if r.workspace == 2]
    assert database.forget(1, ref(7), 0) == 0
    database.insert([row(9_000, 7), row(9_001, 11)])
    assert left(database)[-1] == "u-9001"


def test_only_blocks_are_read_that_may_hold_it(connect: Open) -> None:
    database = connect()
    database.insert([row(number, number // 5) for number in range(100 * BLOCK + 20)])
    while database.sketch():
        pass
    assert isinstance(database, sql.SqlDatabase)
    read = [len(list(database._where(1, ref(recipient)))) for recipient in range(0, 1_000, 7)]
    assert all(ranges >= 2 for ranges in read)  # its own and the newest ones
    assert sum(read) / len(read) < 5
    assert not database.sketch()


def test_of_two_processes_one_notes_a_block(connect: Open) -> None:
    first = connect()
    first.insert([row(number, number) for number in range(10 * BLOCK)])

    def note() -> None:
        database = connect()
        for _ in range(10):
            database.sketch()
        database.close()  # by the thread that opened it

    threads = [threading.Thread(target=note) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while first.sketch():
        pass
    assert first.forget(1, ref(499), 0) == first.forget(1, ref(0), 0) == 1


def test_writers_go_on_meanwhile(connect: Open) -> None:
    """Every insert is in time for a writer, which would go to its spool after a quarter of a second."""
    database, forgetting = connect(busy=0.25, patience=2.0), connect()
    database.insert([row(number, number % 2) for number in range(6_000)])
    deleted: list[int] = []
    thread = threading.Thread(target=lambda: deleted.append(forgetting.forget(1, ref(1), 0)))
    thread.start()
    number = 10_000
    while thread.is_alive() or number < 10_020:
        database.insert([row(number, 2)])
        number += 1
        time.sleep(0.001)  # a server gathers a group meanwhile
    thread.join()
    assert deleted == [3_000]
    assert sum(hit.row.recipient_ref == ref(2) for hit in database.hits_after(1, 0, 100_000)) == number - 10_000


def test_a_reader_who_takes_long_holds_nobody_up(tmp_path: Path) -> None:
    """The log is emptied when nobody reads it; until then neither the one who forgets nor a writer has the lock."""
    path = tmp_path / "hits.sqlite3"
    place = DatabasePlace.of(f"sqlite:///{path}", tmp_path / "own.sqlite3")
    place.prepare()
    writer, forgetting = SqliteDatabase(path, busy=0.25), SqliteDatabase(path, busy=20.0)
    writer.insert([row(number, number % 2) for number in range(200)])
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM hit").fetchone()
    thread = threading.Thread(target=lambda: forgetting.forget(1, ref(1), 0))
    thread.start()
    until(lambda: len(writer.hits_after(1, 0, 1_000)) == 100)
    for number in range(1_000, 1_030):
        writer.insert([row(number, 0)])
        time.sleep(0.005)
    assert thread.is_alive()
    reader.execute("COMMIT")
    thread.join(15)
    assert not thread.is_alive()
    assert ref(1).encode() not in path.with_name("hits.sqlite3-wal").read_bytes()
    for one in (reader, writer, forgetting):
        one.close()


def test_a_server_notes_blocks_by_itself(folder: TrackingFolder) -> None:
    folder.create()
    join(folder, DatabasePlace.of("", folder.database))
    database = SqliteDatabase(folder.database, busy=5.0)
    database.insert([row(number, number) for number in range(5 * BLOCK)])
    server = TrackingServer("127.0.0.1", 0, folder.path)
    server.start()
    try:
        with sqlite3.connect(folder.database) as connection:
            until(lambda: connection.execute("SELECT count(*) FROM hit_sketch").fetchone()[0] == 5)
        connection.close()
    finally:
        server.stop()
        database.close()


def test_a_sketch_leaves_nobody_out() -> None:
    chance = random.Random(3)
    for size in (1, 5, 64, 8_192):
        inside = {(1, f"{chance.getrandbits(64):016x}") for _ in range(size)}
        sketch = make_sketch(inside)
        assert all(may_hold(sketch, key) for key in inside)
        outside = sum(may_hold(sketch, (1, f"{chance.getrandbits(64):016x}")) for _ in range(2_000))
        assert outside < 80
        assert not any(may_hold(make_sketch([(1, "a")]), (2, "a")) for _ in range(1))
    assert len(make_sketch((1, str(n)) for n in range(8_192))) < 14_000
