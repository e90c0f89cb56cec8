"""The tracking server behind the very files of packaging/tracking, with nginx and Caddy, where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from tests.protocol.tracking.tracking_servers import Links, Listener, stored, until
from tests.support.ports import free_port

FILES = Path(__file__).parents[3] / "packaging" / "tracking"


@pytest.fixture
def behind(folder: TrackingFolder) -> Iterator[TrackingServer]:
    server = TrackingServer("127.0.0.1", 0, folder.path, trusted_proxies=["127.0.0.1"])
    server.start()
    yield server
    server.stop()


def nginx(folder: Path, port: int, server: str) -> list[str]:
    text = (FILES / "nginx.conf").read_text().replace("127.0.0.1:8725", server.removeprefix("http://"))
    text = text.replace("    listen [::]:80;\n", "").replace("listen 80;", f"listen 127.0.0.1:{port};")
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n{text}\n}}"
    )
    return ["nginx", "-e", str(folder / "error.log"), "-c", str(config), "-p", str(folder)]


def caddy(folder: Path, port: int, server: str) -> list[str]:
    text = (FILES / "Caddyfile").read_text().replace("127.0.0.1:8725", server.removeprefix("http://"))
    config = folder / "Caddyfile"
    config.write_text("{\n\tadmin off\n}\n" + text.replace("track.example.com {", f"http://127.0.0.1:{port} {{"))
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(config)]


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def front(request: pytest.FixtureRequest, tmp_path: Path, behind: TrackingServer) -> Iterator[str]:
    name = request.param.__name__
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    port = free_port()
    folder = tmp_path / name
    folder.mkdir()
    environ = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(request.param(folder, port, behind.url), stdout=said, stderr=said, env=environ)
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: _answers(url), 20)
        yield url
    finally:
        if name == "caddy":
            process.kill()  # asked to stop, it waits for those who still follow a stream
        else:
            process.terminate()  # it has children
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_everything_gets_through(folder: TrackingFolder, behind: TrackingServer, front: str) -> None:
    links = Links(folder, front)
    long = "https://example.com/?" + "a" * 7_900
    listener = Listener(front, behind.api_token)
    try:
        assert httpx.get(links.picture()).content.startswith(b"GIF89a")
        answer = httpx.get(links.link(0, long), headers={"X-Forwarded-For": "203.0.113.7"})
        assert (answer.status_code, answer.headers["location"]) == (302, long)
        assert "no-store" in answer.headers["cache-control"]
        assert [hit.url for hit in listener.wait_for(2)] == ["", long]  # at once: streams are not held back
    finally:
        listener.stop()
    assert stored(folder, "ip") == ["127.0.0.1", "127.0.0.1"]  # what a client claims is not believed
    assert httpx.get(f"{front}/metrics").status_code == 404
