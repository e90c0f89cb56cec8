"""Several processes and machines on one PostgreSQL database, which is all they share; and several on one port."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from app.tracking.client import fetch_events, fetch_keys
from app.tracking.folder import TrackingFolder
from app.tracking.proof import token_hash
from app.tracking.serve import TrackingServer
from app.tracking.server.joining import now
from app.tracking.server.places import DatabasePlace
from app.tracking.tokens import new_secret
from tests.protocol.tracking.tracking_servers import Links, Listener, ServerProcess, load_until, until
from tests.support.postgres import Postgres

TOKEN = "the token of the team's own workspace"
Start = Callable[..., ServerProcess]


def kept(url: str, columns: str = "user_agent") -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT {columns} FROM hit ORDER BY number").fetchall()  # type: ignore[arg-type]


def new_workspace(url: str, name: str = "Team", token: str = TOKEN) -> None:
    place = DatabasePlace.of(url, Path("/nowhere"))
    place.prepare()
    database = place.open(busy=1.0, patience=5.0)
    made = database.add_workspace(name, token_hash(token), now())
    assert made is not None
    assert database.add_key(made.id, new_secret(), now(), now()) is not None
    database.close()


@pytest.fixture
def url(postgres: Postgres) -> str:
    url = postgres.new_database()
    new_workspace(url)
    return url


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A machine: a process with a folder of its own."""
    started: list[ServerProcess] = []

    def one(name: str, port: int = 0, **options: object) -> ServerProcess:
        started.append(ServerProcess(tmp_path / name, port, **options))
        return started[-1]

    yield one
    for process in started:
        if process.process.poll() is None:
            process.terminate()


def test_two_machines_write_and_a_stream_of_either_has_all_in_order(start: Start, url: str, tmp_path: Path) -> None:
    machines = [start(name, database=url) for name in ("one", "two")]
    keys = fetch_keys(machines[0].url, TOKEN)
    listener = Listener(machines[0].url, TOKEN)

    def loaded(index: int) -> set[str]:
        link = Links(TrackingFolder(tmp_path), machines[index].url, keys).link(index)
        path = link.removeprefix(machines[index].url)
        return asyncio.run(load_until(machines[index].url, path, 8, lambda: None, 1.0))

    with ThreadPoolExecutor(2) as pool:
        answered = list(pool.map(loaded, range(2)))
    sent = {(index, agent) for index in range(2) for agent in answered[index]}
    assert len(answered[0]) > 20
    assert len(answered[1]) > 20
    came = listener.wait_for(len(sent), 20)
    listener.stop()
    numbers = [hit.number for hit in came]
    assert numbers == sorted(set(numbers))
    assert Counter((hit.link, hit.user_agent) for hit in came) == Counter(sent)
    assert Counter(kept(url, "link, user_agent")) == Counter(sent)
    assert [machine.terminate() for machine in machines] == [0, 0]


def test_a_stream_goes_on_at_another_machine_where_one_was_killed(start: Start, url: str, tmp_path: Path) -> None:
    machines = [start(name, database=url) for name in ("one", "two")]
    keys = fetch_keys(machines[0].url, TOKEN)
    links = [Links(TrackingFolder(tmp_path), machine.url, keys) for machine in machines]
    first = Listener(machines[0].url, TOKEN)
    with httpx.Client() as client:
        for position in range(20):
            client.get(links[position % 2].link(position))
        came = list(first.wait_for(20))
        machines[0].kill()
        until(lambda: first.error is not None)
        first.stop()
        for position in range(20, 30):
            client.get(links[1].link(position))
    second = Listener(machines[1].url, TOKEN, came[-1].number, server=came[-1].server)
    came += second.wait_for(10)
    second.stop()
    assert [hit.link for hit in came] == list(range(30))


def test_presence_told_to_one_machine_counts_at_the_other(url: str, tmp_path: Path) -> None:
    servers = [
        TrackingServer("127.0.0.1", 0, tmp_path / name, database=url, trusted_proxies=["127.0.0.1"]) for name in "ab"
    ]
    try:
        for server in servers:
            server.start()
        here = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "192.0.2.44"}
        httpx.post(f"{servers[0].url}/api/v1/presence", json={"program": "anna"}, headers=here).raise_for_status()
        links = Links(TrackingFolder(tmp_path), servers[1].url, fetch_keys(servers[1].url, TOKEN))
        for place in ("192.0.2.44", "192.0.2.45"):
            httpx.get(links.picture(), headers={"X-Forwarded-For": place})
        assert [hit.own for hit in fetch_events(servers[1].url, TOKEN, 0)] == [True, False]
        assert not (tmp_path / "a" / "keys.json").exists()  # a server for others makes no workspace of its own
    finally:
        for server in servers:
            server.stop()


def test_a_server_that_moves_to_postgresql_takes_its_links_along(
    folder: TrackingFolder, server: TrackingServer, links: Links, url: str
) -> None:
    """The folder's keys and token become a workspace of the team's database."""
    link = links.link(7)
    server.stop()
    moved = TrackingServer("127.0.0.1", 0, folder.path, database=url)
    moved.start()
    try:
        assert httpx.get(link.replace(server.url, moved.url)).status_code == 302
        assert [hit.link for hit in fetch_events(moved.url, folder.api_token(), 0)] == [7]
        assert fetch_events(moved.url, TOKEN, 0) == []
    finally:
        moved.stop()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_killed_process_is_started_anew_and_costs_no_hit(
    kind: str, start: Start, postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.new_database() if kind == "postgresql" else f"sqlite:///{tmp_path / 'hits.sqlite3'}"
    new_workspace(url)
    server = start("one", database=url, processes=2)
    links = Links(TrackingFolder(tmp_path), server.url, fetch_keys(server.url, TOKEN))
    first = server.children()
    assert len(first) == 2

    def kill_one_after_the_other() -> None:
        left = set(first)
        while left:
            os.kill(left.pop(), signal.SIGKILL)
            until(lambda: len(server.children()) == 2 and set(first) & set(server.children()) == left)

    async def load() -> list[set[str]]:
        path = links.link(1).removeprefix(server.url)
        lasting = load_until(server.url, path, 16, kill_one_after_the_other, 0.5)
        return list(await asyncio.gather(lasting))

    answered = asyncio.run(load())[0]
    with httpx.Client() as client:  # new connections are served all the time
        for position in range(20):
            client.get(links.link(2), headers={"User-Agent": f"after-{position}", "Connection": "close"})
    assert server.terminate() == 0
    again = start("one", database=url)  # whoever comes next writes what the killed ones left behind
    until(lambda: httpx.get(f"{again.url}/readyz").json()["status"] == "ready")
    found = fetch_all(again.url)
    assert answered <= found.keys()
    assert {f"after-{position}" for position in range(20)} <= found.keys()
    assert set(found.values()) == {1}
    assert len(answered) > 20


def fetch_all(url: str) -> Counter[str]:
    agents: Counter[str] = Counter()
    after = 0
    while page := fetch_events(url, TOKEN, after):
        agents.update(hit.user_agent for hit in page)
        after = page[-1].number
    return agents


def test_connections_that_wait_for_a_killed_process_are_answered_by_the_other(
    start: Start, url: str, tmp_path: Path
) -> None:
    server = start("one", database=url, processes=2)
    links = Links(TrackingFolder(tmp_path), server.url, fetch_keys(server.url, TOKEN))
    victim = server.children()[0]

    def one(number: int) -> int:
        return httpx.get(links.link(number), timeout=10).status_code

    os.kill(victim, signal.SIGSTOP)  # it takes nothing any more
    try:
        with ThreadPoolExecutor(8) as pool:
            waiting = [pool.submit(one, number) for number in range(24)]
            time.sleep(0.2)
            os.kill(victim, signal.SIGKILL)
            assert {future.result() for future in waiting} == {302}
    finally:
        server.terminate()


def test_processes_end_with_their_parent(start: Start, url: str) -> None:
    server = start("one", database=url, processes=2)
    children = server.children()
    server.kill()
    until(lambda: not any(alive(child) for child in children))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_is_wrong_is_told_once_and_nothing_is_left_running(tmp_path: Path) -> None:
    words = ["--port", "0", "--processes", "2", "--database", "postgresql://nobody@127.0.0.1:1/none"]
    done = subprocess.run(
        [sys.executable, "-m", "app", "serve", "tracking", *words],
        env={**os.environ, "HITCHPOST_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The database of the tracking server cannot be reached: ")
    assert len(done.stderr.splitlines()) == 1
