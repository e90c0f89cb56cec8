"""The load of the tracking benchmark: wrk with addresses that were signed beforehand, and what a burst of it cost the server
in processor time. Used by `tests.bench.tracking`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.tracking.tokens import TrackingKeys, make_click_token, make_open_token

TOKENS = 20_000  # many more than any cache holds
PROGRAMS = 500  # different user agents
HEADERS = {
    "Accept": "image/avif,image/webp,*/*",
    "Accept-Language": "en-GB,en;q=0.5",
}
_TICKS = os.sysconf("SC_CLK_TCK")
_SCRIPT = """
local requests, n, i = {}, 0, 0
function init(args)
  for line in io.lines(args[1]) do
    local path, agent = line:match("^(%S+) (.*)$")
    n = n + 1
    wrk.headers["User-Agent"] = agent
    requests[n] = wrk.format("GET", path)
  end
  math.randomseed(os.time())
  i = math.random(n)
end
function request() i = i % n + 1; return requests[i] end
"""
_NUMBERS = {
    "requests": re.compile(r"(\d+) requests in"),
    "rate": re.compile(r"Requests/sec:\s+([\d.]+)"),
    "p99": re.compile(r"99%\s+([\d.]+)(us|ms|s)"),
    "bad": re.compile(r"Non-2xx or 3xx responses: (\d+)"),
    "socket": re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)"),
}


@dataclass(frozen=True)
class Burst:
    """`p99` ms."""

    rate: float
    p99: float
    requests: int
    errors: int


class Load:
    """wrk with the paths of a kind, on the given cores. `peers_key` seals the paths for the peers' servers."""

    def __init__(self, folder: Path, keys: TrackingKeys, connections: int, seconds: int) -> None:
        self._folder = folder
        self._script = folder / "paths.lua"
        self._script.write_text(_SCRIPT)
        self._connections = connections
        self._seconds = seconds
        self.peers_key = secrets.token_hex(32)
        refs = [(secrets.token_hex(8), secrets.token_hex(8)) for _ in range(TOKENS)]
        urls = [f"https://example.com/offer?n={n}" for n in range(TOKENS)]
        self._write("pixel", (f"/o/{make_open_token(keys, *ref)}.gif" for ref in refs))
        self._write(
            "redirect",
            (f"/c/{make_click_token(keys, *ref, 3, url)}" for ref, url in zip(refs, urls, strict=True)),
        )
        self._write("peers-pixel", (f"/o/{self._peers_token(*ref)}.gif" for ref in refs))
        self._write(
            "peers-redirect", (f"/c/{self._peers_token(*ref, url)}" for ref, url in zip(refs, urls, strict=True))
        )

    def _write(self, name: str, paths: Iterable[str]) -> None:
        agents = [f"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Mail/140.{n}" for n in range(PROGRAMS)]
        lines = (f"{path} {agents[n * 7 % PROGRAMS]}\n" for n, path in enumerate(paths))
        (self._folder / name).write_text("".join(lines))

    def _peers_token(self, message_ref: str, recipient_ref: str, url: str = "") -> str:
        body = bytes.fromhex(message_ref + recipient_ref) + url.encode()
        mark = hmac.digest(self.peers_key.encode(), body, hashlib.sha256)[:16]
        return base64.urlsafe_b64encode(mark + body).rstrip(b"=").decode()

    def run(self, paths: str, port: int, cores: set[int], threads: int = 1) -> Burst:
        """So many connections for each of the threads."""
        headers = [word for name, value in HEADERS.items() for word in ("-H", f"{name}: {value}")]
        said = subprocess.run(
            ["wrk", f"-t{threads}", f"-c{self._connections * threads}", f"-d{self._seconds}s", "--latency",
             "-s", str(self._script), *headers, f"http://127.0.0.1:{port}", "--", str(self._folder / paths)],
            capture_output=True, text=True, check=True, timeout=60 + self._seconds,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        ).stdout  # fmt: skip
        found = {name: pattern.search(said) for name, pattern in _NUMBERS.items()}
        requests, rate, p99 = found["requests"], found["rate"], found["p99"]
        assert requests and rate and p99, said
        errors = sum(int(number) for name in ("bad", "socket") if (m := found[name]) for number in m.groups())
        scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99.group(2)]
        return Burst(float(rate.group(1)), float(p99.group(1)) * scale, int(requests.group(1)), errors)


def cpu_seconds(process: int) -> float:
    """Of a process and all that it has started, as far as they still live."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    children = [
        int(child)
        for task in Path(f"/proc/{process}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return (int(fields[11]) + int(fields[12])) / _TICKS + sum(cpu_seconds(child) for child in children)
