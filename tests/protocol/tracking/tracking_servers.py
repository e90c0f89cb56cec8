"""Real tracking servers over loopback: in a thread of the test, or as a process that can be killed."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.domain.events import Hit
from app.tracking.client import stream_events
from app.tracking.folder import TrackingFolder
from app.tracking.tokens import TrackingKeys, make_click_token, make_open_token

MESSAGE, RECIPIENT = "00112233445566aa", "8899aabbccddeeff"


class Links:
    """Tracked addresses of one recipient's copy."""

    def __init__(self, folder: TrackingFolder, url: str, keys: TrackingKeys | None = None) -> None:
        self._keys = keys or folder.keys()
        self._url = url

    def picture(self) -> str:
        return f"{self._url}/o/{make_open_token(self._keys, MESSAGE, RECIPIENT)}.gif"

    def link(self, position: int = 0, url: str = "https://example.com/") -> str:
        return f"{self._url}/c/{make_click_token(self._keys, MESSAGE, RECIPIENT, position, url)}"


class Listener:
    """Follows a stream in a thread and keeps what came, with the time at which it came."""

    def __init__(self, url: str, token: str, after: int = 0, **options: object) -> None:
        self.hits: list[Hit] = []
        self.times: list[float] = []
        self.error: Exception | None = None
        self._came = threading.Condition()
        self.cancel = threading.Event()
        self._arguments = (url, token, after, self.cancel)
        self._options = options
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Hit]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.hits) >= count, seconds), f"{len(self.hits)} of {count} came"
        return self.hits

    def stop(self) -> None:
        self.cancel.set()
        self.thread.join(5)
        assert not self.thread.is_alive()

    def _run(self) -> None:
        try:
            for hit in stream_events(*self._arguments, **self._options):  # type: ignore[arg-type]
                with self._came:
                    self.times.append(time.perf_counter())
                    self.hits.append(hit)
                    self._came.notify_all()
        except Exception as error:
            self.error = error


class ServerProcess:
    """`run_forever` in a process of its own; `options` as it takes them."""

    def __init__(self, folder: Path, port: int = 0, **options: object) -> None:
        code = (
            "import json, sys; from pathlib import Path; from app.tracking.serve import run_forever; "
            "sys.exit(run_forever('127.0.0.1', int(sys.argv[2]), Path(sys.argv[1]), **json.loads(sys.argv[3])))"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(folder), str(port), json.dumps(options)], stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        said = []
        while not (line := self.process.stderr.readline()).startswith("tracking server ready on http://127.0.0.1:"):
            said.append(line)
            assert line, "".join(said)
        self.url = line.split()[-1]
        self.port = int(self.url.rpartition(":")[2])

    def children(self) -> list[int]:
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in found.split()]

    def kill(self) -> None:
        self.process.kill()
        self._end()

    def terminate(self) -> int:
        self.process.terminate()
        return self._end()

    def _end(self) -> int:
        status = self.process.wait(10)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status


def stored(folder: TrackingFolder, column: str) -> list[object]:
    """One column of the table, in order of number."""
    connection = sqlite3.connect(folder.database)
    try:
        return [row[0] for row in connection.execute(f"SELECT {column} FROM hit ORDER BY number")]
    finally:
        connection.close()


def rise(hits: Sequence[Hit], count: int) -> bool:
    """Whether so many came, each number above the one before."""
    numbers = [hit.number for hit in hits]
    return len(numbers) == count and numbers == sorted(set(numbers))


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits for another process or thread that has no signal to give."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


async def load(url: str, path: str, name: str, answered: set[str], until_gone: asyncio.Event) -> None:
    """One connection that asks again and again, each time with a user agent of its own."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for number in range(1_000_000):
            agent = f"{name}-{number}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: {agent}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 302 ")
            answered.add(agent)
            if until_gone.is_set():
                return
    except (OSError, asyncio.IncompleteReadError):
        until_gone.set()
    finally:
        writer.close()


async def load_until(url: str, path: str, connections: int, end: Callable[[], None], after: float) -> set[str]:
    """Load on many connections; `end` is called after `after` seconds. The agents of all answered requests."""
    answered: set[str] = set()
    gone = asyncio.Event()
    workers = [asyncio.create_task(load(url, path, f"c{n}", answered, gone)) for n in range(connections)]
    await asyncio.sleep(after)
    await asyncio.to_thread(end)
    gone.set()
    await asyncio.gather(*workers)
    return answered
