"""The writer and the feed on a real database: crashes between two files, locks, limits, lost wake-ups."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.domain.errors import TrackingError
from app.tracking.server import feed as feed_module
from app.tracking.server import hit_log as hit_log_module
from app.tracking.server.counts import Count, SharedCounts
from app.tracking.server.database import DatabaseAway, RowsRefused
from app.tracking.server.feed import HitFeed
from app.tracking.server.hit_log import HitLog
from app.tracking.server.rows import HitRow, NumberedHit
from app.tracking.server.spool import Spool
from app.tracking.server.sqlite import SqliteDatabase, prepare_sqlite


def row(number: int) -> HitRow:
    return HitRow(f"u-{number}", "open", number, "0" * 16, "1" * 16, None, "", "192.0.2.1", "Mail", "GET")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    prepare_sqlite(tmp_path / "tracking.sqlite3")
    return tmp_path / "tracking.sqlite3"


@contextmanager
def locked(database: Path) -> Iterator[None]:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


def kept(database: Path) -> list[NumberedHit]:
    reader = SqliteDatabase(database, busy=1.0)
    try:
        return reader.hits_after(1, 0, 10_000)
    finally:
        reader.close()


def log_on(database: Path) -> HitLog:
    return HitLog(lambda: SqliteDatabase(database, busy=0.25), database.with_name("spool"), saved=lambda: None)


async def record(log: HitLog, *rows: HitRow) -> None:
    loop = asyncio.get_running_loop()
    waiters = [loop.create_future() for _ in rows]
    for one, waiter in zip(rows, waiters, strict=True):
        log.record(one, waiter)
    async with asyncio.timeout(10):
        await asyncio.gather(*waiters)


def test_recorded_hit_is_committed_when_its_waiter_is_told(database: Path) -> None:
    async def scenario() -> None:
        log = log_on(database)
        for number in range(20):
            await record(log, row(number))
            assert len(kept(database)) == number + 1
        assert log.close(5)

    asyncio.run(scenario())


def test_hits_in_spool_and_database_both_are_kept_once(database: Path) -> None:
    """Killed after the commit and before the spool was emptied."""
    writer = SqliteDatabase(database, busy=1.0)
    writer.insert([row(1), row(2)])
    writer.close()
    folder = database.with_name("spool")
    folder.mkdir()
    for name, numbers in (("0", (1, 2, 3)), ("1", (2, 4))):  # our own file, and a dead process's
        spool = Spool(folder / f"{name}.jsonl")
        spool.append([row(number) for number in numbers])
        spool.close()
    log = log_on(database)
    asyncio.run(record(log, row(5)))
    assert log.close(5)
    found = kept(database)
    assert sorted(hit.row.hit_uid for hit in found) == ["u-1", "u-2", "u-3", "u-4", "u-5"]
    assert found[-1].row == row(5)
    assert not (folder / "1.jsonl").exists()


def test_a_hit_that_comes_twice_is_kept_once_and_other_faults_are_not_swallowed(database: Path) -> None:
    writer = SqliteDatabase(database, busy=1.0)
    writer.insert([row(1)])
    writer.insert([row(1)._replace(ip="changed"), row(2)])
    with pytest.raises(RowsRefused):
        writer.insert([row(3), row(4)._replace(kind=None)])  # type: ignore[arg-type]
    writer.close()
    assert [hit.row for hit in kept(database)] == [row(1), row(2)]


def test_closing_while_the_database_is_locked_leaves_hits_in_the_spool(database: Path) -> None:
    with locked(database):
        log = log_on(database)
        asyncio.run(record(log, row(1), row(2)))
        assert log.spooling
        assert log.close(5)
    assert kept(database) == []
    again = log_on(database)
    asyncio.run(record(again, row(3)))
    assert again.close(5)
    assert [hit.row for hit in kept(database)] == [row(1), row(2), row(3)]


def test_spool_is_emptied_without_a_new_hit(database: Path) -> None:
    folder = database.with_name("spool")
    folder.mkdir()
    spool = Spool(folder / "0.jsonl")
    spool.append([row(number) for number in range(2_500)])
    spool.close()
    log = log_on(database)
    deadline = threading.Event()
    for _ in range(500):
        if not log.spooling:
            break
        deadline.wait(0.02)
    assert [hit.row for hit in kept(database)] == [row(number) for number in range(2_500)]
    assert log.close(5)


def test_memory_is_the_last_resort_and_bounded(
    database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hit_log_module, "MAX_HELD", 3)
    monkeypatch.setattr(Spool, "append", _no_room)
    with locked(database):
        log = log_on(database)
        for number in range(5):
            asyncio.run(record(log, row(number)))  # told all the same
        assert log.spooling
        assert log.lost == 2
    asyncio.run(record(log, row(9)))
    assert log.close(5)
    found = [hit.row for hit in kept(database)]
    assert found[:3] == [row(0), row(1), row(2)]
    assert "cannot be written" in caplog.text


def _no_room(self: Spool, rows: list[HitRow]) -> None:
    raise OSError(28, "No space left on device")


def test_news_that_come_while_the_feed_reads_are_not_slept_over(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "POLL", 60.0)

    async def scenario() -> list[NumberedHit]:
        feed = HitFeed(SqliteDatabase(database, busy=1.0))
        look = feed.after
        looks = 0

        async def after(workspace: int, number: int, limit: int) -> list[NumberedHit]:
            nonlocal looks
            found = await look(workspace, number, limit)
            looks += 1
            if looks == 2:  # after the watcher's first look: a commit lands between reading and waiting
                writer = SqliteDatabase(database, busy=1.0)
                writer.insert([row(1)])
                writer.close()
                feed.wake()
            return found

        monkeypatch.setattr(feed, "after", after)
        try:
            async with asyncio.timeout(5):
                return await anext(feed.follow(1, 0, 30.0))
        finally:
            feed.stop()
            await asyncio.get_running_loop().shutdown_asyncgens()
            feed.close(5)

    assert [hit.row for hit in asyncio.run(scenario())] == [row(1)]


def test_database_of_a_newer_version_is_left_alone(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(TrackingError, match="newer version"):
        prepare_sqlite(database)


def test_uid_stays_and_the_file_is_private(database: Path, tmp_path: Path) -> None:
    assert database.stat().st_mode & 0o777 == 0o600
    assert prepare_sqlite(database) == prepare_sqlite(database)
    assert prepare_sqlite(tmp_path / "other.sqlite3") != prepare_sqlite(database)


def test_missing_and_foreign_files_are_away(tmp_path: Path) -> None:
    reader = SqliteDatabase(tmp_path / "none.sqlite3", busy=0.1)
    with pytest.raises(DatabaseAway):
        reader.hits_after(1, 0, 1)
    assert not (tmp_path / "none.sqlite3").exists()
    (tmp_path / "none.sqlite3").write_bytes(b"")
    with pytest.raises(DatabaseAway):
        reader.version()


def test_what_waits_gets_less_though_more_comes_in_than_goes_at_once(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hit_log_module, "_DRAIN", 1)
    monkeypatch.setattr(hit_log_module, "MAX_GROUP", 40)
    spool = database.with_name("spool")
    spool.mkdir()
    waiting = Spool(spool / "0.jsonl")
    waiting.append([row(n) for n in range(200)])
    waiting.close()
    counts = SharedCounts().of(0)

    async def scenario() -> None:
        log = HitLog(lambda: SqliteDatabase(database, busy=0.25), spool, saved=lambda: None, counts=counts)
        await record(log, *(row(n) for n in range(200, 600)))
        assert log.close(5)

    asyncio.run(scenario())
    assert sorted(hit.row.at for hit in kept(database)) == list(range(600))
    assert counts.numbers[Count.SPOOLED] <= 240 and counts.numbers[Count.WRITTEN] >= 160
