"""A machine that has no room for another process: those that serve go on, the missing one comes when there is room."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.tracking.folder import TrackingFolder
from tests.protocol.tracking.tracking_servers import Links, until

# fork(2) says EAGAIN while a file is there: RLIMIT_NPROC does not bind the root that tests may run as
CODE = """
import errno, os, sys
from pathlib import Path
from app.tracking.serve import run_forever
fork = os.fork
def limited():
    if Path(sys.argv[2]).exists():
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return fork()
os.fork = limited
sys.exit(run_forever("127.0.0.1", 0, Path(sys.argv[1]), processes=2))
"""


class Server:
    def __init__(self, folder: Path, full: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE, str(folder), str(full)], stderr=subprocess.PIPE, text=True
        )
        self.said: list[str] = []
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.said.extend(iter(self.process.stderr.readline, ""))

    def wait_url(self) -> str:
        until(lambda: any("ready on" in line for line in self.said), 30)
        return next(line for line in self.said if "ready on" in line).split()[-1]

    def children(self) -> list[int]:
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def end(self) -> int:
        self.process.terminate()
        return self._over()

    def _over(self) -> int:
        status = self.process.wait(20)
        self.thread.join(5)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status


@pytest.fixture
def full(tmp_path: Path) -> Path:
    return tmp_path / "full"


@pytest.fixture
def server(folder: TrackingFolder, full: Path) -> Iterator[Server]:
    made = Server(folder.path, full)
    yield made
    if made.process.poll() is None:
        made.process.kill()
    made._over()


def test_one_that_ends_while_there_is_no_room_is_missed_by_nobody(
    folder: TrackingFolder, full: Path, server: Server
) -> None:
    url = server.wait_url()
    links = Links(folder, url)
    before = server.children()
    assert len(before) == 2
    full.touch()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: sum("could not be started" in line for line in server.said) >= 2)  # it is tried again and again
    assert server.process.poll() is None and server.children() == [before[1]]
    assert httpx.get(links.link()).status_code == 302
    full.unlink()
    until(lambda: len(server.children()) == 2, 20)
    assert before[1] in server.children()
    assert server.end() == 0
    assert not any("Traceback" in line for line in server.said)


def test_one_that_finds_no_room_at_all_says_so(folder: TrackingFolder, full: Path) -> None:
    full.touch()
    server = Server(folder.path, full)
    status = server._over()
    assert status == 1
    assert "the machine has no room for one" in "".join(server.said)
