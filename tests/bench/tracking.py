"""`python -m tests.bench tracking`: requests a second, the 99th percentile, and processor time a request of the tracking
server's pictures and links, with wrk over loopback, beside nginx (`empty_gif` with an access log) in the same rounds; with
`--peers` also beside what others would write (see `tracking_servers`). Afterwards the events in the database are counted:
none that was answered may be missing.

Wants wrk and nginx (Debian: `apt-get install wrk nginx-light`), and PostgreSQL for its lines. Every hit is a row on the disk
before it is answered; PostgreSQL runs with fsync.

Cores: a server with one process has the first one for itself, wrk the last one; PostgreSQL takes what it finds. What a second
process gains is measured with everything doubled, because nothing would be left for wrk otherwise: one process and one
thread of wrk share one core, two processes and two threads of wrk share two.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from app.tracking.folder import TrackingFolder
from tests.bench.tracking_load import Load, cpu_seconds
from tests.bench.tracking_servers import Peer, Serving, health, hitchpost, nginx, peers, wait_for
from tests.support.postgres import Postgres, programs

KINDS = ("pixel", "redirect")


@dataclass(frozen=True)
class Participant:
    """`shared`: processes and as many threads of wrk are on the same cores."""

    name: str
    database: str = ""
    processes: int = 1
    shared: bool = False
    peer: Peer | None = None


@dataclass
class Line:
    """One participant's one kind. `rates`, `p99` (ms), `ratios` (to nginx of the same round), `cpu` and `database_cpu`
    (microseconds a request), one for each round."""

    name: str
    rates: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    database_cpu: list[float] = field(default_factory=list)
    answered: int = 0
    durable: int = 0
    errors: int = 0

    @property
    def wrong(self) -> int:
        return self.errors + max(0, self.answered - self.durable)


class Bench:
    """`base`: an empty folder. Cores are numbers, as the system has them."""

    def __init__(self, base: Path, load: Load, keys: TrackingFolder, postgres: Postgres | None) -> None:
        self._base = base
        self._load = load
        self._keys = keys
        self._postgres = postgres
        self._cores = sorted(os.sched_getaffinity(0))
        self._number = 0

    def limit(self, line: Line) -> float:
        with nginx(self._folder(), {self._cores[0]}) as serving:
            before = cpu_seconds(serving.process)
            burst = self._load.run("pixel", serving.port, {self._cores[-1]})
            line.cpu.append((cpu_seconds(serving.process) - before) / burst.requests * 1e6)
        line.rates.append(burst.rate)
        line.p99.append(burst.p99)
        return burst.rate

    def round(self, one: Participant, kind: str, line: Line, limit: float) -> None:
        folder = self._folder()
        url = self._postgres.new_database() if one.database == "postgres" and self._postgres else ""
        cores = set(self._cores[: one.processes])
        load_cores = cores if one.shared else {self._cores[-1]}
        with self._serving(one, folder, url, cores) as serving:
            before, database_before = cpu_seconds(serving.process), self._database_cpu(url)
            paths = f"peers-{kind}" if one.peer else kind
            burst = self._load.run(paths, serving.port, load_cores, one.processes)
            if one.peer is None:
                wait_for(lambda: '"ok"' in health(serving.port))  # nothing waits in a spool
            line.cpu.append((cpu_seconds(serving.process) - before) / burst.requests * 1e6)
            line.database_cpu.append((self._database_cpu(url) - database_before) / burst.requests * 1e6)
        line.rates.append(burst.rate)
        line.p99.append(burst.p99)
        line.ratios.append(burst.rate / limit)
        line.answered += burst.requests
        line.errors += burst.errors
        line.durable += _count(TrackingFolder(folder).database, url)
        shutil.rmtree(folder)

    @contextlib.contextmanager
    def _serving(self, one: Participant, folder: Path, url: str, cores: set[int]) -> Iterator[Serving]:
        if one.peer is not None:
            database = TrackingFolder(folder).database
            with one.peer.serve(self._base, database, self._load.peers_key, cores) as serving:
                yield serving
            return
        (folder / "keys.json").write_bytes((self._keys.path / "keys.json").read_bytes())
        (folder / "token").write_text(secrets.token_hex(16))
        with hitchpost(folder, url, one.processes, cores) as serving:
            yield serving

    def _database_cpu(self, url: str) -> float:
        return cpu_seconds(self._postgres.process) if url and self._postgres else 0.0

    def _folder(self) -> Path:
        self._number += 1
        folder = self._base / str(self._number)
        folder.mkdir()
        return folder


def _count(file: Path, url: str) -> int:
    if url:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT count(*) FROM hit").fetchone()
            return int(row[0]) if row else 0
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM hit").fetchone()[0])


def _participants(postgres: bool, with_peers: bool) -> list[Participant]:
    found = []
    for database in ("sqlite", "postgres") if postgres else ("sqlite",):
        found += [
            Participant(f"{database}, 1 process", database),
            Participant(f"{database}, 1 process, 1 core with wrk", database, 1, shared=True),
            Participant(f"{database}, 2 processes, 2 cores with wrk", database, 2, shared=True),
        ]
    for peer in peers() if with_peers else ():
        if peer.missing:
            print(f"without {peer.name}, which is not installed: {peer.missing}")
        else:
            found.append(Participant(peer.name, peer=peer))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench tracking")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each burst")
    parser.add_argument("--connections", type=int, default=64, help="of each thread of wrk")
    parser.add_argument("--only", default="", help="participants whose name holds this; nginx is always there")
    parser.add_argument("--peers", action="store_true", help="also what others would write, where it can be built")
    options = parser.parse_args()
    missing = [name for name in ("wrk", "nginx", "curl") if shutil.which(name) is None]
    if missing:
        print(f"{', '.join(missing)} missing. On Debian: apt-get install wrk nginx-light curl")
        return 2
    if len(os.sched_getaffinity(0)) < 2:
        print("two cores are wanted: one for the server, one for wrk")
        return 2
    with contextlib.ExitStack() as stack:
        base = Path(tempfile.mkdtemp(prefix="hitchpost-bench-"))
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        keys = TrackingFolder(base / "keys")
        keys.create()
        load = Load(base, keys.keys(), options.connections, options.seconds)
        postgres = stack.enter_context(Postgres(durable=True)) if programs() else None
        if postgres is None:
            print("without PostgreSQL, which is not installed")
        bench = Bench(base, load, keys, postgres)
        chosen = [
            (one, kind)
            for one in _participants(postgres is not None, options.peers)
            for kind in KINDS
            if options.only in f"{one.name}, {kind}"
        ]
        lines = {f"{one.name}, {kind}": Line(f"{one.name}, {kind}") for one, kind in chosen}
        limit = Line("nginx empty_gif with access log")
        for _ in range(options.rounds):
            best = bench.limit(limit)
            for one, kind in chosen:
                bench.round(one, kind, lines[f"{one.name}, {kind}"], best)
    _print(limit, list(lines.values()))
    _compare(lines)
    wrong = sum(line.wrong for line in lines.values())
    print("no event is missing" if not wrong else f"{wrong} WRONG: answers that failed, or events that are missing")
    return 1 if wrong else 0


def _print(limit: Line, lines: list[Line]) -> None:
    print(f"{'':46} {'req/s':>8} {'p99 ms':>7} {'CPU µs':>7} {'ratio':>6}  (least–most)    answered    durable")
    for line in (limit, *lines):
        figures = f"{statistics.median(line.rates):8,.0f} {statistics.median(line.p99):7.1f} {min(line.cpu):7.1f}"
        if line.ratios:
            ratios = f"{statistics.median(line.ratios):6.2f}  ({min(line.ratios):.2f}–{max(line.ratios):.2f})"
            figures += f" {ratios} {line.answered:13,} {line.durable:10,}"
        if any(line.database_cpu):
            figures += f"  and {min(line.database_cpu):.1f} µs of the database"
        print(f"{line.name:46} {figures}")
    print("CPU µs: the server’s processor time for a request, in the round that took least")


def _compare(lines: dict[str, Line]) -> None:
    for kind in KINDS:
        for text, a, b in (
            (
                "SQLite, two processes to one",
                "sqlite, 2 processes, 2 cores with wrk",
                "sqlite, 1 process, 1 core with wrk",
            ),
            (
                "PostgreSQL, two processes to one",
                "postgres, 2 processes, 2 cores with wrk",
                "postgres, 1 process, 1 core with wrk",
            ),
            ("PostgreSQL to SQLite", "postgres, 1 process", "sqlite, 1 process"),
        ):
            x, y = lines.get(f"{a}, {kind}"), lines.get(f"{b}, {kind}")
            if x and y:
                ratio = statistics.median(m / n for m, n in zip(x.rates, y.rates, strict=True))
                print(f"{text}, {kind}: {ratio:.2f}; CPU time of a request {min(x.cpu) / min(y.cpu):.2f}")


if __name__ == "__main__":
    sys.exit(main())
