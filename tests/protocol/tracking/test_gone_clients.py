"""Clients that go away in the middle of everything: the log says nothing of it, and the others are answered."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Iterator

import httpx
import pytest

from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from tests.protocol.tracking.tracking_servers import Links, until

RESET = struct.pack("ii", 1, 0)


@pytest.fixture(params=[False, True], ids=["alone", "inside the program"])
def server(request: pytest.FixtureRequest, folder: TrackingFolder) -> Iterator[TrackingServer]:
    server = TrackingServer("127.0.0.1", 0, folder.path, inside=request.param)
    server.start()
    yield server
    server.stop()


def leave(server: TrackingServer, sent: bytes, *, reset: bool, answer: bool) -> None:
    """Sends and goes; `answer`: only after the first byte that comes back."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as client:
        client.sendall(sent)
        if answer:
            client.recv(1)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def asked(server: TrackingServer, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.api_token}\r\n\r\n".encode()


def connections(server: TrackingServer) -> int:
    found = httpx.get(f"{server.url}/metrics").text
    line = next(line for line in found.splitlines() if line.startswith("hitchpost_tracking_connections "))
    return int(float(line.split()[1]))


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("answer", [False, True])
def test_with_requests_waiting(
    server: TrackingServer, links: Links, caplog: pytest.LogCaptureFixture, reset: bool, answer: bool
) -> None:
    link = links.link().removeprefix(server.url)
    with caplog.at_level(logging.INFO):
        for first in (link, "/healthz", "/api/v1/events", "/api/v1/stream", "/none"):
            for second in (link, "/api/v1/events", "/healthz"):
                for _ in range(3):
                    leave(server, asked(server, first) + asked(server, second) * 5, reset=reset, answer=answer)
        until(lambda: connections(server) == 1)  # the one that asks
    assert [entry for entry in caplog.records if entry.name.startswith(("uvicorn", "app", "asyncio"))] == []
    assert httpx.get(links.link()).status_code == 302


@pytest.mark.parametrize("reset", [False, True])
def test_in_the_middle_of_a_body(server: TrackingServer, caplog: pytest.LogCaptureFixture, reset: bool) -> None:
    head = f"POST /api/v1/presence HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.api_token}\r\n"
    with caplog.at_level(logging.INFO):
        for _ in range(20):
            body = f'{head}Content-Length: 100\r\n\r\n{{"program": '.encode()
            leave(server, asked(server, "/healthz") + body, reset=reset, answer=True)
        until(lambda: connections(server) == 1)
    assert [entry for entry in caplog.records if entry.name.startswith(("uvicorn", "app", "asyncio"))] == []
