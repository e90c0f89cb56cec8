"""`python -m tests.bench tracking`: requests a second and the 99th percentile of the tracking server's pictures and links, with
wrk over loopback, beside nginx (`empty_gif` with an access log) in the same rounds. Afterwards the events in the database
are counted: none that was answered may be missing.

Wants wrk and nginx (Debian: `apt-get install wrk nginx-light`), and PostgreSQL for its lines. Every hit is a row on the disk
before it is answered; PostgreSQL runs with fsync. With one server process, it has one core and wrk the other.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import secrets
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from app.tracking.folder import TrackingFolder
from app.tracking.tokens import TrackingKeys, make_click_token, make_open_token
from tests.support.ports import free_port
from tests.support.postgres import Postgres, programs

TOKENS = 20_000  # many more than any cache holds
HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0",
    "Accept": "image/avif,image/webp,*/*",
    "Accept-Language": "en-GB,en;q=0.5",
}
_SCRIPT = """
local requests, n, i = {}, 0, 0
function init(args)
  for path in io.lines(args[1]) do n = n + 1; requests[n] = wrk.format("GET", path) end
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


@dataclass
class Line:
    """One participant. `rates`, `p99` (ms), `ratios` (to nginx of the same round), one for each round."""

    name: str
    rates: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    answered: int = 0
    durable: int = 0

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)


@dataclass(frozen=True)
class Burst:
    rate: float
    p99: float
    requests: int
    errors: int


class Load:
    """wrk with paths of a kind, on one core."""

    def __init__(self, folder: Path, keys: TrackingKeys, connections: int, seconds: int) -> None:
        self._script = folder / "paths.lua"
        self._script.write_text(_SCRIPT)
        self._connections = connections
        self._seconds = seconds
        refs = [(secrets.token_hex(8), secrets.token_hex(8)) for _ in range(TOKENS)]
        self._paths = {"pixel": folder / "pixel", "redirect": folder / "redirect"}
        self._paths["pixel"].write_text("".join(f"/o/{make_open_token(keys, *ref)}.gif\n" for ref in refs))
        self._paths["redirect"].write_text(
            "".join(
                f"/c/{make_click_token(keys, *ref, 3, f'https://example.com/offer?n={n}')}\n"
                for n, ref in enumerate(refs)
            )
        )

    def run(self, kind: str, port: int, cores: set[int]) -> Burst:
        headers = [word for name, value in HEADERS.items() for word in ("-H", f"{name}: {value}")]
        said = subprocess.run(
            ["wrk", "-t1", f"-c{self._connections}", f"-d{self._seconds}s", "--latency", "-s", str(self._script), *headers,
             f"http://127.0.0.1:{port}", "--", str(self._paths[kind])],
            capture_output=True, text=True, check=True, timeout=60 + self._seconds,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        ).stdout  # fmt: skip
        found = {name: pattern.search(said) for name, pattern in _NUMBERS.items()}
        requests, rate, p99 = found["requests"], found["rate"], found["p99"]
        assert requests and rate and p99, said
        errors = sum(int(number) for name in ("bad", "socket") if (m := found[name]) for number in m.groups())
        scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}[p99.group(2)]
        return Burst(float(rate.group(1)), float(p99.group(1)) * scale, int(requests.group(1)), errors)


@contextlib.contextmanager
def nginx(folder: Path, cores: set[int]) -> Iterator[int]:
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log {folder}/access.log combined; keepalive_requests 100000000; client_body_temp_path {folder};\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ empty_gif; }} }} }}\n"
    )
    process = subprocess.Popen(
        ["nginx", "-e", str(folder / "error.log"), "-c", str(config), "-p", str(folder)],
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    try:
        _wait(lambda: "200" in _get(port))
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def server(folder: Path, database: str, processes: int, cores: set[int]) -> Iterator[int]:
    code = (
        "import json, sys; from pathlib import Path; from app.tracking.serve import run_forever; "
        "sys.exit(run_forever('127.0.0.1', 0, Path(sys.argv[1]), **json.loads(sys.argv[2])))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), json.dumps({"database": database, "processes": processes})],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        assert "ready on" in line, line + process.stderr.read()
        yield int(line.rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()


def _get(port: int) -> str:
    try:
        return subprocess.run(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"http://127.0.0.1:{port}/"],
            capture_output=True, text=True, timeout=5, check=False,
        ).stdout  # fmt: skip
    except subprocess.TimeoutExpired:
        return ""


def _said(port: int) -> str:
    return subprocess.run(
        ["curl", "-s", "-m", "5", f"http://127.0.0.1:{port}/healthz"], capture_output=True, text=True, check=False
    ).stdout


def _wait(condition: object) -> None:
    deadline = time.monotonic() + 30
    assert callable(condition)
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def count(folder: TrackingFolder, database: str) -> int:
    if database:
        with psycopg.connect(database) as connection:
            row = connection.execute("SELECT count(*) FROM hit").fetchone()
            return int(row[0]) if row else 0
    with contextlib.closing(sqlite3.connect(folder.database)) as connection:
        return int(connection.execute("SELECT count(*) FROM hit").fetchone()[0])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench tracking")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each burst")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--only", default="", help="participants whose name holds this; nginx is always there")
    options = parser.parse_args()
    missing = [name for name in ("wrk", "nginx", "curl", "taskset") if shutil.which(name) is None]
    if missing:
        print(f"{', '.join(missing)} missing. On Debian: apt-get install wrk nginx-light curl util-linux")
        return 2
    cores = sorted(os.sched_getaffinity(0))
    one, other = {cores[0]}, {cores[-1]}
    with contextlib.ExitStack() as stack:
        base = Path(tempfile.mkdtemp(prefix="hitchpost-bench-"))
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        keys_of = TrackingFolder(base / "keys")
        keys_of.create()
        load = Load(base, keys_of.keys(), options.connections, options.seconds)
        postgres = stack.enter_context(Postgres(durable=True)) if programs() else None
        if postgres is None:
            print("without PostgreSQL, which is not installed")
        participants = [("sqlite", 1), ("sqlite", 2), *([("postgres", 1), ("postgres", 2)] if postgres else [])]
        lines = {
            (database, processes, kind): Line(f"{database}, {processes} process{'es' * (processes > 1)}, {kind}")
            for database, processes in participants
            for kind in ("pixel", "redirect")
            if options.only in f"{database} {processes} {kind}"
        }
        limit = Line("nginx empty_gif with access log")
        wrong = 0
        for number in range(options.rounds):
            with nginx(_new(base / f"nginx{number}"), one) as port:
                best = load.run("pixel", port, other)
            limit.rates.append(best.rate)
            limit.p99.append(best.p99)
            for (database, processes, kind), line in lines.items():
                folder = TrackingFolder(base / f"{number}-{database}-{processes}-{kind}")
                folder.create()
                for name in ("keys.json", "token"):
                    (folder.path / name).write_bytes(
                        (keys_of.path / name).read_bytes() if name == "keys.json" else secrets.token_hex(16).encode()
                    )
                url = postgres.new_database() if database == "postgres" and postgres else ""
                with server(folder.path, url, processes, one if processes == 1 else set(cores)) as port:
                    burst = load.run(kind, port, other if processes == 1 else set(cores))
                    _wait(lambda port=port: '"ok"' in _said(port))  # nothing waits in a spool
                there = count(folder, url)
                line.rates.append(burst.rate)
                line.p99.append(burst.p99)
                line.ratios.append(burst.rate / best.rate)
                line.answered += burst.requests
                line.durable += there
                wrong += burst.errors + max(0, burst.requests - there)
                shutil.rmtree(folder.path)
        _print(limit, list(lines.values()))
        _compare(lines)
    print("no event is missing" if not wrong else f"{wrong} WRONG: answers that failed, or events that are missing")
    return 1 if wrong else 0


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _print(limit: Line, lines: list[Line]) -> None:
    print(f"{'':34} {'req/s':>8} {'p99 ms':>8} {'ratio':>6}  (least–most)   answered    durable")
    print(f"{limit.name:34} {limit.rate:8,.0f} {statistics.median(limit.p99):8.1f} {1:6.2f}")
    for line in lines:
        print(
            f"{line.name:34} {line.rate:8,.0f} {statistics.median(line.p99):8.1f} {statistics.median(line.ratios):6.2f}  "
            f"({min(line.ratios):.2f}–{max(line.ratios):.2f}) {line.answered:12,} {line.durable:10,}"
        )


def _compare(lines: dict[tuple[str, int, str], Line]) -> None:
    for kind in ("pixel", "redirect"):
        for (a, m), (b, n), text in (
            (("sqlite", 2), ("sqlite", 1), "two processes to one"),
            (("postgres", 1), ("sqlite", 1), "PostgreSQL to SQLite"),
        ):
            if (a, m, kind) in lines and (b, n, kind) in lines:
                pairs = zip(lines[a, m, kind].rates, lines[b, n, kind].rates, strict=True)
                print(f"{text}, {kind}: {statistics.median(x / y for x, y in pairs):.2f}")


if __name__ == "__main__":
    sys.exit(main())
