"""Faults under way: every hit that was answered is in the database once, and links lead on whatever happens."""

from __future__ import annotations

import asyncio
import resource
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from tests.protocol.tracking.tracking_servers import Links, Listener, ServerProcess, load_until, stored, until

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are set with prlimit, Linux only")


@contextmanager
def locked(folder: TrackingFolder) -> Iterator[None]:
    """Somebody else holds the database's write lock."""
    connection = sqlite3.connect(folder.database, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def click(client: httpx.Client, links: Links, position: int) -> None:
    answer = client.get(links.link(position, f"https://example.com/{position}"))
    assert (answer.status_code, answer.headers["location"]) == (302, f"https://example.com/{position}")


def status(url: str) -> str:
    return str(httpx.get(f"{url}/readyz").json()["status"])


def test_killed_under_load_every_answered_hit_is_there_once(
    folder: TrackingFolder, start_process: Callable[..., ServerProcess]
) -> None:
    answered: set[str] = set()
    in_flight = 0
    for round_number, seconds in enumerate((0.2, 0.5, 1.0)):
        process = start_process()
        path = Links(folder, process.url).link(round_number).removeprefix(process.url)
        got = asyncio.run(load_until(process.url, path, 32, process.kill, seconds))
        assert len(got) > 20
        answered |= {f"{round_number} {agent}" for agent in got}
        in_flight += 32
    last = start_process()
    until(lambda: status(last.url) == "ready")
    assert last.terminate() == 0
    links = stored(folder, "link")
    kept = Counter(f"{link} {agent}" for link, agent in zip(links, stored(folder, "user_agent"), strict=True))
    assert answered <= kept.keys()
    assert set(kept.values()) == {1}
    assert len(kept.keys() - answered) <= in_flight


def test_killed_while_hits_wait_in_the_spool(
    folder: TrackingFolder, start_process: Callable[..., ServerProcess]
) -> None:
    process = start_process()
    links = Links(folder, process.url)
    with httpx.Client() as client, locked(folder):
        for position in range(10):
            click(client, links, position)
        assert status(process.url) == "spooling"
        process.kill()
    assert stored(folder, "link") == []
    again = start_process()
    until(lambda: stored(folder, "link") == list(range(10)))
    assert again.terminate() == 0
    assert len(set(stored(folder, "hit_uid"))) == 10


def test_killed_again_and_again_while_the_spool_is_emptied(
    folder: TrackingFolder, start_process: Callable[..., ServerProcess]
) -> None:
    process = start_process()
    path = Links(folder, process.url).link(1).removeprefix(process.url)
    with locked(folder):
        answered = asyncio.run(load_until(process.url, path, 16, process.kill, 1.0))
    for _ in range(5):
        start_process().kill()  # at whatever point of emptying it was
    last = start_process()
    until(lambda: len(stored(folder, "number")) >= len(answered) and status(last.url) == "ready")
    assert last.terminate() == 0
    kept = Counter(stored(folder, "user_agent"))
    assert answered <= kept.keys()
    assert set(kept.values()) == {1}


def test_locked_database_delays_no_answer_and_keeps_the_order(
    folder: TrackingFolder, server: TrackingServer, links: Links
) -> None:
    listener = Listener(server.url, server.api_token)
    with httpx.Client() as client:
        click(client, links, 0)
        with locked(folder):
            locked_at = time.monotonic()
            for position in range(1, 30):
                began = time.monotonic()
                click(client, links, position)
                assert time.monotonic() - began < 1.0
            assert time.monotonic() - locked_at < 4.0  # not every hit waits for the lock
            assert status(server.url) == "spooling"
        for position in range(30, 40):
            click(client, links, position)
    assert [hit.link for hit in listener.wait_for(40)] == list(range(40))
    listener.stop()
    until(lambda: status(server.url) == "ready")
    assert stored(folder, "link") == list(range(40))
    times = stored(folder, "at")
    assert times == sorted(times)  # the time of the request, not of writing


def test_database_that_is_moved_away_and_comes_back(
    folder: TrackingFolder, server: TrackingServer, links: Links
) -> None:
    away = folder.path / "away.sqlite3"
    with httpx.Client() as client:
        click(client, links, 0)
        (seen,) = stored(folder, "number")
        folder.database.rename(away)
        for position in range(1, 20):
            click(client, links, position)
        assert status(server.url) == "spooling"
        assert not folder.database.exists()  # none is made in its place
        answer = client.get(f"{server.url}/api/v1/events", headers={"Authorization": f"Bearer {server.api_token}"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        listener = Listener(server.url, server.api_token, int(str(seen)))
        away.rename(folder.database)
        click(client, links, 20)
    assert [hit.link for hit in listener.wait_for(20)] == list(range(1, 21))
    listener.stop()
    assert stored(folder, "link") == list(range(21))


@linux
def test_disk_full_costs_no_hit(folder: TrackingFolder, start_process: Callable[..., ServerProcess]) -> None:
    """The process may not let a file grow beyond what the database has, as on a full disk; the spool has its room."""
    process = start_process()
    links = Links(folder, process.url)
    with httpx.Client() as client:
        click(client, links, 0)
        soft, hard = resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE)
        wal = folder.database.with_name(folder.database.name + "-wal")
        resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (wal.stat().st_size, hard))
        for position in range(1, 60):
            click(client, links, position)
        assert status(process.url) == "spooling"
        assert len(stored(folder, "link")) == 1
        resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (soft, hard))
        for position in range(60, 70):
            click(client, links, position)
    until(lambda: status(process.url) == "ready")
    assert process.terminate() == 0
    assert stored(folder, "link") == list(range(70))


@linux
def test_nothing_can_be_written_at_all_and_links_lead_on(
    folder: TrackingFolder, start_process: Callable[..., ServerProcess]
) -> None:
    process = start_process()
    links = Links(folder, process.url)
    with httpx.Client() as client:
        click(client, links, 0)
        soft, hard = resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        for position in range(1, 20):
            click(client, links, position)
        assert status(process.url) == "spooling"
        resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (soft, hard))
        until(lambda: stored(folder, "link") == list(range(20)))
    assert process.terminate() == 0


@pytest.mark.parametrize("processes", [1, 2])
def test_keys_alone_are_enough_for_links_to_lead_on(folder: TrackingFolder, processes: int) -> None:
    """The database is damaged, and what was known of it is gone. Hits wait, and get into the copy that is put in its place."""
    before = ServerProcess(folder.path)
    with httpx.Client() as client:
        click(client, Links(folder, before.url), 0)
    assert before.terminate() == 0
    kept = folder.path / "copy"
    folder.database.rename(kept)
    for end in ("-wal", "-shm"):
        folder.database.with_name(folder.database.name + end).unlink(missing_ok=True)
    folder.database.write_bytes(b"\x93nothing" * 1_125)
    folder.directory().unlink()
    process = ServerProcess(folder.path, processes=processes)
    with httpx.Client() as client:
        for position in range(1, 10):
            click(client, Links(folder, process.url), position)
    # of two processes the one that is asked may be the one whom no hit has reached
    assert status(process.url) in ("spooling", "away") and httpx.get(f"{process.url}/readyz").status_code == 503
    assert process.terminate() == 0
    kept.replace(folder.database)
    again = ServerProcess(folder.path)
    until(lambda: sorted(stored(folder, "link")) == list(range(10)))
    listener = Listener(again.url, folder.api_token())
    try:
        assert {hit.link for hit in listener.wait_for(10)} == set(range(10)) and len(listener.hits) == 10
    finally:
        listener.stop()
    assert again.terminate() == 0


@linux
@pytest.mark.parametrize("processes", [1, 2])
def test_started_while_nothing_can_be_written_links_lead_on(folder: TrackingFolder, processes: int) -> None:
    before = ServerProcess(folder.path)
    with httpx.Client() as client:
        click(client, Links(folder, before.url), 0)
    assert before.terminate() == 0
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # what is started inherits it
    try:
        process = ServerProcess(folder.path, processes=processes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with httpx.Client() as client:
        for position in range(1, 10):
            click(client, Links(folder, process.url), position)
    for pid in (process.process.pid, *process.children()):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
    until(lambda: sorted(stored(folder, "link")) == list(range(10)))
    assert process.terminate() == 0


def test_two_processes_write_one_database_under_load(
    folder: TrackingFolder, start_process: Callable[..., ServerProcess]
) -> None:
    processes = [start_process(), start_process()]

    def one(index: int) -> set[str]:
        url = processes[index].url
        path = Links(folder, url).link(index).removeprefix(url)
        return asyncio.run(load_until(url, path, 8, lambda: None, 1.5))

    with ThreadPoolExecutor(2) as pool:
        answered = list(pool.map(one, range(2)))
    assert [process.terminate() for process in processes] == [0, 0]
    kept = Counter(zip(stored(folder, "link"), stored(folder, "user_agent"), strict=True))
    assert set(kept.values()) == {1}
    assert kept.keys() == {(index, agent) for index in range(2) for agent in answered[index]}


def test_stop_under_load_loses_no_answered_hit(folder: TrackingFolder, server: TrackingServer, links: Links) -> None:
    path = links.link(3).removeprefix(server.url)
    began: list[float] = []

    def stop() -> None:
        began.append(time.monotonic())
        server.stop()
        assert time.monotonic() - began[0] < 2.0

    answered = asyncio.run(load_until(server.url, path, 16, stop, 0.5))
    kept = Counter(stored(folder, "user_agent"))
    assert answered <= kept.keys()
    assert set(kept.values()) == {1}


def test_process_ends_cleanly_when_asked(folder: TrackingFolder, start_process: Callable[..., ServerProcess]) -> None:
    for asked in (signal.SIGTERM, signal.SIGINT):
        process = start_process()
        assert folder.read_serving() is not None
        listener = Listener(process.url, folder.api_token())
        with httpx.Client() as client:
            client.get(Links(folder, process.url).picture())
            listener.wait_for(1)
            began = time.monotonic()
            process.process.send_signal(asked)
            assert process.process.wait(5) == 0
            assert time.monotonic() - began < 2.5
        listener.stop()
        assert process.process.stderr is not None
        assert process.process.stderr.read() == ""
        process.process.stderr.close()
        assert folder.read_serving() is None


def test_numbers_are_never_given_again(folder: TrackingFolder, server: TrackingServer, links: Links) -> None:
    with httpx.Client() as client:
        for position in range(3):
            click(client, links, position)
        connection = sqlite3.connect(folder.database)
        before = stored(folder, "number")
        connection.execute("DELETE FROM hit")
        connection.commit()
        connection.close()
        click(client, links, 3)
    (last,) = stored(folder, "number")
    assert last > max(before)  # type: ignore[operator, type-var]


def test_one_commit_serves_many_hits(folder: TrackingFolder, server: TrackingServer, links: Links) -> None:
    """Many requests at the same moment: none waits for the commits of all the others."""
    url = links.picture()
    gate = threading.Barrier(21)

    def one() -> float:
        with httpx.Client() as client:
            client.get(f"{server.url}/healthz")
            gate.wait()
            began = time.monotonic()
            assert client.get(url).status_code == 200
            return time.monotonic() - began

    with ThreadPoolExecutor(20) as pool:
        futures = [pool.submit(one) for _ in range(20)]
        gate.wait()
        assert max(future.result() for future in futures) < 2.0
    assert len(stored(folder, "number")) == 20
