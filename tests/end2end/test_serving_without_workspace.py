"""`serve tracking` where the workspace's own database is of no use: links in mail that was sent lead on all the same."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from app.tracking.folder import TrackingFolder
from tests.protocol.tracking.tracking_servers import Links, stored, until
from tests.support.command import Command, await_line, finish

READY = "tracking server ready on "
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are set with prlimit, Linux only")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


@contextmanager
def served(command: Command, *words: str, full: bool = False) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """(process, its address). `full`: nothing that it starts can make a file grow, as on a full disk."""
    limit = (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    options = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)} if full else {}
    process = command.start("serve", "tracking", "--port", "0", *words, **options)
    with ExitStack() as stack:
        stack.callback(_ended, process)
        yield process, await_line(process, READY).rpartition(" ")[2]


def _ended(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    finish(process, 15)


def folder_of(command: Command) -> TrackingFolder:
    return TrackingFolder(command.home / "workspaces" / "default" / "tracking")


def workspace_of(command: Command) -> Path:
    return command.home / "workspaces" / "default" / "workspace.sqlite3"


def follow(url: str, links: Links, position: int) -> None:
    answer = httpx.get(links.link(position, f"https://example.com/{position}").replace("http://links", url))
    assert (answer.status_code, answer.headers["location"]) == (302, f"https://example.com/{position}")


@linux
@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_started_on_a_full_disk(command: Command, processes: str, ending: signal.Signals) -> None:
    command.json("settings", "set", "tracking.url", "https://mail.example.com")
    with served(command, "--processes", processes) as (process, url):
        links = Links(folder_of(command), "http://links")
        follow(url, links, 0)
        process.send_signal(ending)
        process.wait(15)
    with served(command, "--processes", processes, full=True) as (_, url):
        for position in range(1, 6):
            follow(url, links, position)
    with served(command, "--processes", processes) as (_, url):
        follow(url, links, 6)
        until(lambda: 6 in stored(folder_of(command), "link"))


@pytest.mark.parametrize("named", [(), ("--workspace", "default")])
def test_a_damaged_workspace_costs_no_link(command: Command, named: tuple[str, ...]) -> None:
    command.json("settings", "set", "tracking.url", "https://mail.example.com")
    with served(command) as (_, url):
        links = Links(folder_of(command), "http://links")
        follow(url, links, 0)
        note = folder_of(command).read_serving()
        assert note is not None and note.public_url == "https://mail.example.com"
    for content in (b"\x07" * 5000, b""):
        workspace_of(command).write_bytes(content)
        with served(command, *named) as (_, url):
            follow(url, links, 1)
        assert workspace_of(command).read_bytes() == content  # it is not touched
    workspace_of(command).unlink()
    with served(command, *named, "--public-url", "https://other.example.com") as (_, url):
        follow(url, links, 2)
        note = folder_of(command).read_serving()
        assert note is not None and note.public_url == "https://other.example.com"


def test_the_workspace_is_read_while_the_window_writes_to_it(command: Command) -> None:
    command.json("settings", "set", "tracking.url", "https://mail.example.com")
    busy = sqlite3.connect(workspace_of(command), isolation_level=None)
    try:
        busy.execute("BEGIN IMMEDIATE")
        with served(command):
            note = folder_of(command).read_serving()
            assert note is not None and note.public_url == "https://mail.example.com"
    finally:
        busy.close()


def test_another_workspace_has_to_be_there(command: Command) -> None:
    command.json("contacts")
    assert "There is no workspace named “sales”" in command.fails(
        "serve", "tracking", "--workspace", "sales", "--port", "0", status=2
    )
    with served(command, "--workspace", "sales", "--create"):
        pass
    assert [w["name"] for w in command.json("workspace", "list")["workspaces"]] == ["default", "sales"]


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize("content", ["half", b"", b"\xff\xfe\x00"])
def test_damaged_keys_are_written_anew(command: Command, content: str | bytes, processes: str) -> None:
    folder = folder_of(command)
    with served(command) as (_, url):
        links = Links(folder, "http://links")
        follow(url, links, 0)
    file = folder.path / "keys.json"
    whole = file.read_bytes()
    damaged = content if isinstance(content, bytes) else whole[: len(whole) // 2]
    file.write_bytes(damaged)
    with served(command, "--processes", processes) as (_, url):
        follow(url, links, 1)
        assert [key["secret"] for key in json.loads(file.read_text())["keys"]] == [
            key["secret"] for key in json.loads(whole)["keys"]
        ]
        follow(url, Links(folder, "http://links"), 2)
    assert (folder.path / "keys.json.damaged").read_bytes() == damaged
    assert file.stat().st_mode & 0o777 == 0o600


@linux
def test_damaged_keys_on_a_full_disk(command: Command) -> None:
    folder = folder_of(command)
    with served(command) as (_, url):
        links = Links(folder, "http://links")
        follow(url, links, 0)
    file = folder.path / "keys.json"
    file.write_bytes(b"{")
    with served(command, full=True) as (_, url):
        follow(url, links, 1)
        assert file.read_bytes() == b"{"  # nothing else could be written; a program seals nothing with it


def test_a_damaged_token_costs_no_link(command: Command) -> None:
    folder = folder_of(command)
    with served(command) as (_, url):
        links = Links(folder, "http://links")
        follow(url, links, 0)
    (folder.path / "token").write_bytes(b"")
    with served(command) as (_, url):
        follow(url, links, 1)


def test_damaged_keys_that_nobody_else_knows_are_told(command: Command) -> None:
    folder = folder_of(command)
    folder.create()
    (folder.path / "keys.json").write_bytes(b"{")
    text = command.fails("serve", "tracking", "--port", "0", status=1)
    assert "keys.json" in text and "backup" in text


def test_a_damaged_tracking_database_costs_neither_link_nor_hit(command: Command) -> None:
    folder = folder_of(command)
    with served(command) as (_, url):
        links = Links(folder, "http://links")
        follow(url, links, 0)
    whole = folder.database.read_bytes()
    folder.database.write_bytes(b"\x07" * 5000)
    with served(command) as (_, url):
        follow(url, links, 1)
        assert httpx.get(f"{url}/readyz").json()["status"] == "spooling"
    folder.database.write_bytes(whole)
    with served(command):
        until(lambda: stored(folder, "link") == [0, 1])
