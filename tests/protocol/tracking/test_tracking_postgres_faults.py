"""PostgreSQL stopped, frozen, cut off and started again under load: redirects never fail, every answered hit is in the
database once, and a stream misses none and tells none twice."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.domain.errors import TrackingError
from app.domain.events import Hit
from app.tracking.client import fetch_keys
from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from tests.protocol.tracking.test_tracking_team import TOKEN, kept, new_workspace
from tests.protocol.tracking.tracking_servers import Links, Listener, ServerProcess, load_until, until
from tests.support.fault_proxy import FaultProxy
from tests.support.postgres import Postgres

OUTAGE = 1.0  # seconds


@pytest.fixture(scope="module")
def fragile() -> Iterator[Postgres]:
    """A server that these tests stop and freeze; it runs between two of them."""
    with Postgres() as server:
        yield server


@pytest.fixture
def url(fragile: Postgres) -> str:
    url = fragile.new_database()
    new_workspace(url)
    return url


class Tracking:
    """A server process on the database, and the addresses of one workspace's mail."""

    def __init__(self, folder: Path, url: str, port: int = 0) -> None:
        self.process = ServerProcess(folder, port, database=url)
        self.url = self.process.url
        self.links = Links(TrackingFolder(folder), self.url, fetch_keys(self.url, TOKEN))

    def path(self, position: int = 0) -> str:
        return self.links.link(position).removeprefix(self.url)

    @property
    def status(self) -> str:
        return str(httpx.get(f"{self.url}/readyz").json()["status"])


@pytest.fixture
def tracking(tmp_path: Path, url: str) -> Iterator[Tracking]:
    tracking = Tracking(tmp_path / "one", url)
    yield tracking
    if tracking.process.process.poll() is None:
        tracking.process.terminate()


def follow_everything(tracking: Tracking, expected: int) -> list[Hit]:
    """As the program does it: comes back with the last number where the stream is lost."""
    came: list[Hit] = []
    end = time.monotonic() + 20
    while len(came) < expected:
        assert time.monotonic() < end, f"{len(came)} of {expected}"
        listener = Listener(tracking.url, TOKEN, came[-1].number if came else 0)
        try:
            until(lambda: len(came) + len(listener.hits) >= expected or listener.error is not None, 20)  # noqa: B023
        finally:
            listener.stop()
        came += listener.hits
    return came


def outage(fragile: Postgres, kind: str) -> Callable[[], None]:
    def freeze() -> None:
        fragile.freeze()
        time.sleep(3.5 * OUTAGE)  # longer than anybody waits for an answer
        fragile.thaw()

    def stop() -> None:
        fragile.stop(kind)
        time.sleep(OUTAGE)
        fragile.start()

    return freeze if kind == "frozen" else stop


@pytest.mark.parametrize("kind", ["fast", "immediate", "frozen"])
def test_database_away_under_load(fragile: Postgres, tracking: Tracking, url: str, kind: str) -> None:
    happens = outage(fragile, kind)
    waits: list[float] = []

    async def asker(stop: asyncio.Event) -> None:
        """New connections, one after the other, each timed."""
        async with httpx.AsyncClient(timeout=10) as client:
            while not stop.is_set():
                began = time.monotonic()
                answer = await client.get(tracking.links.link(5), headers={"User-Agent": f"asker-{len(waits)}"})
                assert answer.status_code == 302
                waits.append(time.monotonic() - began)

    async def scenario() -> set[str]:
        stop = asyncio.Event()
        asking = asyncio.create_task(asker(stop))
        answered = await load_until(tracking.url, tracking.path(), 8, happens, 0.5)
        assert tracking.process.process.poll() is None
        stop.set()
        await asking
        return answered

    answered = asyncio.run(scenario()) | {f"asker-{number}" for number in range(len(waits))}
    assert max(waits) < 5.0
    assert len(answered) > 50
    until(lambda: tracking.status == "ready", 15)
    came = follow_everything(tracking, len(answered))
    numbers = [hit.number for hit in came]
    assert numbers == sorted(set(numbers))
    assert Counter(hit.user_agent for hit in came) == Counter(answered)
    assert Counter(agent for (agent,) in kept(url)) == Counter(answered)


def test_while_the_database_is_away_answers_come_at_once(fragile: Postgres, tracking: Tracking, url: str) -> None:
    """Only the first hits wait for it."""
    with httpx.Client() as client:
        client.get(tracking.links.link(0))
        fragile.freeze()
        try:
            client.get(tracking.links.link(1))
            waits = []
            for position in range(2, 30):
                began = time.monotonic()
                assert client.get(tracking.links.link(position)).status_code == 302
                waits.append(time.monotonic() - began)
            assert max(waits) < 1.0
            assert tracking.status == "spooling"
        finally:
            fragile.thaw()
    until(lambda: tracking.status == "ready", 15)
    assert [link for (link,) in kept(url, "link")] == list(range(30))


def test_started_while_the_database_is_away_it_answers_from_what_it_knew(
    fragile: Postgres, tracking: Tracking, url: str, tmp_path: Path
) -> None:
    keys = fetch_keys(tracking.url, TOKEN)
    tracking.process.terminate()
    fragile.stop()
    again = ServerProcess(tmp_path / "one", database=url)
    try:
        links = Links(TrackingFolder(tmp_path), again.url, keys)
        with httpx.Client() as client:
            for position in range(5):
                assert client.get(links.link(position)).status_code == 302
            assert fetch_keys(again.url, TOKEN).all == keys.all
            with pytest.raises(TrackingError, match="refuses"):
                fetch_keys(again.url, TOKEN + "x")
            answer = client.get(f"{again.url}/api/v1/events", headers={"Authorization": f"Bearer {TOKEN}"})
            assert answer.status_code == 503
    finally:
        fragile.start()
    until(lambda: len(kept(url)) == 5)
    assert again.terminate() == 0
    assert [link for (link,) in kept(url, "link")] == list(range(5))


def test_started_for_the_first_time_without_its_database_it_says_so(tmp_path: Path) -> None:
    server = TrackingServer("127.0.0.1", 0, tmp_path, database="postgresql://u:secret@127.0.0.1:1/x")
    with pytest.raises(TrackingError, match="cannot be reached") as caught:
        server.start()
    assert "secret" not in str(caught.value)


def test_killed_while_the_database_is_away(fragile: Postgres, tracking: Tracking, url: str, tmp_path: Path) -> None:
    fragile.stop("immediate")
    try:
        answered = asyncio.run(load_until(tracking.url, tracking.path(), 8, tracking.process.kill, 1.0))
    finally:
        fragile.start()
    again = ServerProcess(tmp_path / "one", database=url)
    until(lambda: len(kept(url)) >= len(answered))
    assert again.terminate() == 0
    found = Counter(agent for (agent,) in kept(url))
    assert answered <= found.keys()
    assert set(found.values()) == {1}


def test_connections_to_the_database_that_break_at_any_point(fragile: Postgres, url: str, tmp_path: Path) -> None:
    """Also between a commit and its answer: what is written again is known by its uid."""
    with FaultProxy(fragile.port) as proxy:
        through = url.replace(f":{fragile.port}/", f":{proxy.port}/")
        tracking = Tracking(tmp_path / "one", through)

        def cut() -> None:
            for size in (40, 1_000, 9_000):
                proxy.cut_after_sent(size)
                time.sleep(0.15)
                proxy.cut_after_received(size // 20)
                time.sleep(0.8)  # the time in which it comes back

        answered = asyncio.run(load_until(tracking.url, tracking.path(), 8, cut, 0.2))
        until(lambda: tracking.status == "ready")
        assert proxy.connections > 3
        assert tracking.process.terminate() == 0
    found = Counter(agent for (agent,) in kept(url))
    assert found == Counter(answered)


def test_a_stream_that_is_cut_again_and_again_misses_none_and_doubles_none(tracking: Tracking) -> None:
    with FaultProxy(tracking.process.port) as proxy:
        came: list[Hit] = []

        def follow(stop_at: int) -> None:
            listener = Listener(f"http://127.0.0.1:{proxy.port}", TOKEN, came[-1].number if came else 0)
            try:
                until(lambda: len(came) + len(listener.hits) >= stop_at or listener.error is not None)
            finally:
                listener.stop()
            came.extend(listener.hits)

        with httpx.Client() as client:
            for round_number in range(8):
                for position in range(10):
                    client.get(tracking.links.link(round_number * 10 + position))
                proxy.cut_after_received(300 + 900 * round_number)
                follow((round_number + 1) * 10)
        while len(came) < 80:
            follow(80)
    assert [hit.link for hit in came] == list(range(80))


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are set with prlimit, Linux only")
def test_disk_full_while_the_database_is_away(fragile: Postgres, tracking: Tracking, url: str) -> None:
    pid = tracking.process.process.pid
    with httpx.Client() as client:
        client.get(tracking.links.link(0))
        soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        fragile.stop()
        try:
            for position in range(1, 20):
                assert client.get(tracking.links.link(position)).status_code == 302
            assert tracking.status == "spooling"
        finally:
            fragile.start()
        until(lambda: [link for (link,) in kept(url, "link")] == list(range(20)))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
    assert tracking.process.terminate() == 0


def test_clocks_that_jump_cost_no_hit_and_no_order(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = TrackingServer("127.0.0.1", 0, tmp_path / "one", database=url)
    server.start()
    listener = Listener(server.url, TOKEN)
    real, ahead = time.time_ns, [0]
    monkeypatch.setattr(time, "time_ns", lambda: real() + ahead[0])
    monkeypatch.setattr(time, "time", lambda: (real() + ahead[0]) / 1e9)
    day = 86_400 * 10**9
    try:
        links = Links(TrackingFolder(tmp_path), server.url, fetch_keys(server.url, TOKEN))
        with httpx.Client() as client:
            for position, jump in enumerate((0, 400 * day, -400 * day, 3 * day, 0)):
                ahead[0] = jump
                began = time.monotonic()
                assert client.get(links.link(position)).status_code == 302
                assert time.monotonic() - began < 2.0
        came = listener.wait_for(5)
        assert [hit.link for hit in came] == list(range(5))
        assert came[1].at > came[3].at > came[4].at > came[2].at  # each by the clock of its moment
        assert [hit.number for hit in came] == sorted(hit.number for hit in came)
    finally:
        monkeypatch.undo()
        listener.stop()
        server.stop()
