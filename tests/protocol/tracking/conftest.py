"""Fixtures: a real tracking server over loopback, in a thread of the test or as a process that can be killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from tests.protocol.tracking.tracking_servers import Links, Listener, ServerProcess
from tests.support.postgres import Postgres


@pytest.fixture
def folder(tmp_path: Path) -> TrackingFolder:
    return TrackingFolder(tmp_path / "tracking")


@pytest.fixture
def server(folder: TrackingFolder) -> Iterator[TrackingServer]:
    server = TrackingServer("127.0.0.1", 0, folder.path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def links(folder: TrackingFolder, server: TrackingServer) -> Links:
    return Links(folder, server.url)


@pytest.fixture
def listen(server: TrackingServer) -> Iterator[Callable[..., Listener]]:
    started: list[Listener] = []

    def start(after: int = 0, **options: object) -> Listener:
        started.append(Listener(server.url, server.api_token, after, **options))
        return started[-1]

    yield start
    for listener in started:
        listener.stop()


@pytest.fixture
def start_process(folder: TrackingFolder) -> Iterator[Callable[[], ServerProcess]]:
    started: list[ServerProcess] = []

    def start(port: int = 0) -> ServerProcess:
        started.append(ServerProcess(folder.path, port))
        return started[-1]

    yield start
    for process in started:
        if process.process.poll() is None:
            process.kill()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One for all tests that leave it running; each takes a new database."""
    with Postgres() as server:
        yield server
