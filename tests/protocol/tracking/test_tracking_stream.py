"""The stream: every hit once and in order, at once, across disconnects and processes; and an end when asked."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import httpx
import pytest

from app.domain.errors import TrackingError
from app.tracking.client import fetch_events, stream_events
from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.server import api
from tests.protocol.tracking.tracking_servers import Links, Listener, ServerProcess, rise


def test_hit_arrives_at_once(server: TrackingServer, links: Links, listen: Callable[..., Listener]) -> None:
    listener = listen()
    with httpx.Client() as client:
        client.get(links.picture())
        listener.wait_for(1)
        delays = []
        for position in range(20):
            client.get(links.link(position))
            answered = time.perf_counter()
            listener.wait_for(position + 2)
            delays.append(listener.times[-1] - answered)
    assert sorted(delays)[10] < 0.05
    assert rise(listener.hits, 21)
    assert [hit.link for hit in listener.hits[1:]] == list(range(20))


def test_stream_resumes_after_its_last_hit(
    server: TrackingServer, links: Links, listen: Callable[..., Listener]
) -> None:
    with httpx.Client() as client:
        first = listen()
        for _ in range(3):
            client.get(links.picture())
        first.wait_for(3)
        first.stop()
        for _ in range(1_200):  # more than one page while nobody listens
            client.get(links.picture())
        second = listen(first.hits[-1].number)
        second.wait_for(1_200)
        client.get(links.link(7))
        assert rise([first.hits[-1], *second.wait_for(1_201)], 1_202)
        assert second.hits[-1].link == 7


def test_last_event_id_wins_over_the_address(server: TrackingServer, links: Links) -> None:
    for _ in range(3):
        httpx.get(links.picture())
    numbers = [hit.number for hit in fetch_events(server.url, server.api_token, 0)]
    headers = {"Authorization": f"Bearer {server.api_token}", "Last-Event-ID": str(numbers[1])}
    with httpx.stream("GET", f"{server.url}/api/v1/stream?after=0", headers=headers, timeout=5) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("id:")) == f"id: {numbers[2]}"
        assert next(lines) == "event: hit"


def test_cursor_of_another_database_starts_over(links: Links, listen: Callable[..., Listener]) -> None:
    httpx.get(links.picture())
    seen = listen().wait_for(1)
    assert listen(seen[0].number + 900, server="another").wait_for(1) == seen


def test_stream_says_something_while_nothing_happens(
    server: TrackingServer, links: Links, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "KEEP_ALIVE", 0.1)
    listener = listen(silence=1.0)  # shorter than the quiet that follows: only keep-alive comments hold it open
    httpx.get(links.picture())
    listener.wait_for(1)
    listener.thread.join(2.0)
    assert listener.thread.is_alive()
    assert listener.error is None
    httpx.get(links.picture())
    listener.wait_for(2)


def test_hits_of_another_process_on_the_same_database(
    server: TrackingServer,
    folder: TrackingFolder,
    listen: Callable[..., Listener],
    start_process: Callable[..., ServerProcess],
) -> None:
    listener = listen()
    other = start_process()
    with httpx.Client() as client:
        client.get(Links(folder, other.url).picture())
        listener.wait_for(1)
        client.get(Links(folder, other.url).link(5))
        answered = time.perf_counter()
        listener.wait_for(2)
        assert listener.times[-1] - answered < 0.5
    assert other.terminate() == 0


def test_many_listeners_get_all(server: TrackingServer, links: Links, listen: Callable[..., Listener]) -> None:
    listeners = [listen() for _ in range(8)]
    with httpx.Client() as client:
        for _ in range(50):
            client.get(links.picture())
    for listener in listeners:
        assert rise(listener.wait_for(50), 50)


def test_server_stops_within_two_seconds_with_open_streams(
    server: TrackingServer, links: Links, listen: Callable[..., Listener]
) -> None:
    listeners = [listen() for _ in range(5)]
    httpx.get(links.picture())
    for listener in listeners:
        listener.wait_for(1)
    with httpx.Client() as idle:  # a kept connection that asks nothing
        idle.get(links.picture())
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 2.0
    for listener in listeners:
        listener.thread.join(2)
        assert isinstance(listener.error, TrackingError)
    ours = {"tracking-server", "tracking-writer", "tracking-prober", "tracking-keeper"}
    left = ours.intersection(thread.name for thread in threading.enumerate())
    assert not left


def test_cancel_ends_within_a_second(server: TrackingServer, links: Links, listen: Callable[..., Listener]) -> None:
    listener = listen()
    httpx.get(links.picture())
    listener.wait_for(1)
    began = time.monotonic()
    listener.stop()
    assert time.monotonic() - began < 1.0
    assert listener.error is None


def test_cancel_ends_a_wait_for_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        listener = Listener(f"http://127.0.0.1:{silent.getsockname()[1]}", "token")
        connection, _ = silent.accept()
        began = time.monotonic()
        listener.stop()
        assert time.monotonic() - began < 1.0
        assert listener.error is None
        connection.close()


def test_silence_is_a_lost_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TrackingError, match="Nothing was heard"):
            next(stream_events(url, "token", 0, threading.Event(), silence=0.5))


def test_stream_faults_are_sentences(server: TrackingServer) -> None:
    never = threading.Event()
    with pytest.raises(TrackingError, match="refuses this workspace's token"):
        next(stream_events(server.url, "wrong", 0, never))
    with pytest.raises(TrackingError, match="failed"):
        next(stream_events("http://127.0.0.1:1", "x", 0, never))
    with pytest.raises(TrackingError, match="it said 404"):
        next(stream_events(server.url + "/x", server.api_token, 0, never))


def test_stream_that_is_cut_is_taken_up_again_without_gap(
    folder: TrackingFolder, start_process: Callable[..., ServerProcess]
) -> None:
    first = start_process()
    listener = Listener(first.url, folder.api_token())
    with httpx.Client() as client:
        for _ in range(20):
            client.get(Links(folder, first.url).picture())
        listener.wait_for(10)
        first.kill()
        listener.thread.join(5)
        assert isinstance(listener.error, TrackingError)
        second = start_process(first.port)
        client.get(Links(folder, second.url).picture())
    again = Listener(second.url, folder.api_token(), listener.hits[-1].number)
    again.wait_for(21 - len(listener.hits))
    again.stop()
    assert rise((*listener.hits, *again.hits), 21)


def test_client_does_not_need_the_server_package() -> None:
    code = (
        "import sys, app.tracking.client, app.tracking.rewrite, app.tracking.tokens, app.tracking.folder;"
        "sys.exit(any(name in sys.modules for name in ('uvicorn', 'starlette', 'sqlite3')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
