"""The servers of the tracking benchmark: Hitchpost's own, nginx as the limit, and what others would write, in Go and for
Node (`peers/`), with one database row on the disk before each answer, as ours. Used by `tests.bench.tracking`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port

PEERS = Path(__file__).parent / "peers"
NODE_MODULES = Path(os.environ.get("HITCHPOST_BENCH_NODE", Path.home() / ".cache" / "hitchpost-bench"))
_GO_LIBRARIES = Path("/usr/share/gocode")  # where Debian's golang-…-dev packages are


@dataclass(frozen=True)
class Serving:
    port: int
    process: int


@contextlib.contextmanager
def nginx(folder: Path, cores: set[int]) -> Iterator[Serving]:
    """`empty_gif` with an access log; neither signature nor database."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log {folder}/access.log combined; keepalive_requests 100000000; client_body_temp_path {folder};\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ empty_gif; }} }} }}\n"
    )
    command = ["nginx", "-e", str(folder / "error.log"), "-c", str(config), "-p", str(folder)]
    with _running(command, cores, port, "200") as serving:
        yield serving


@contextlib.contextmanager
def hitchpost(folder: Path, database: str, processes: int, cores: set[int]) -> Iterator[Serving]:
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
        yield Serving(int(line.rpartition(":")[2]), process.pid)
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()


@dataclass(frozen=True)
class Peer:
    """`missing`: what is to be installed, or empty. `command` is followed by port, database and key."""

    name: str
    missing: str
    command: Callable[[Path], list[str]]
    environment: dict[str, str]

    @contextlib.contextmanager
    def serve(self, folder: Path, database: Path, key: str, cores: set[int]) -> Iterator[Serving]:
        port = free_port()
        command = [*self.command(folder), str(port), str(database), key]
        with _running(command, cores, port, "404", {**os.environ, **self.environment}) as serving:
            yield serving


def peers() -> list[Peer]:
    go = shutil.which("go") and (_GO_LIBRARIES / "src/github.com/mattn/go-sqlite3").exists()
    node = shutil.which("node") and all(
        (NODE_MODULES / "node_modules" / name).exists() for name in ("fastify", "better-sqlite3")
    )
    return [
        Peer(
            "Go net/http + SQLite",
            "" if go else "apt-get install golang-go golang-github-mattn-go-sqlite3-dev",
            _built,
            {},
        ),
        Peer(
            "fastify + better-sqlite3",
            "" if node else f"npm install --prefix {NODE_MODULES} fastify better-sqlite3",
            lambda folder: ["node", str(PEERS / "collector.cjs")],
            {"NODE_PATH": str(NODE_MODULES / "node_modules"), "NODE_ENV": "production"},
        ),
    ]


def _built(folder: Path) -> list[str]:
    program = folder / "collector"
    if not program.exists():
        subprocess.run(
            ["go", "build", "-o", str(program), str(PEERS / "collector.go")],
            env={**os.environ, "GO111MODULE": "off", "GOPATH": str(_GO_LIBRARIES)},
            check=True,
            timeout=300,
        )
    return [str(program)]


@contextlib.contextmanager
def _running(
    command: list[str], cores: set[int], port: int, says: str, environment: dict[str, str] | None = None
) -> Iterator[Serving]:
    """`says`: the status of its answer to `/`, or to what it does not know, once it is ready."""
    process = subprocess.Popen(command, env=environment, preexec_fn=lambda: os.sched_setaffinity(0, cores))
    try:
        wait_for(lambda: process.poll() is not None or says in _status(port))
        assert process.poll() is None, f"{command[0]} has ended"
        yield Serving(port, process.pid)
    finally:
        process.terminate()
        process.wait(10)


def _status(port: int) -> str:
    try:
        return subprocess.run(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"http://127.0.0.1:{port}/"],
            capture_output=True, text=True, timeout=5, check=False,
        ).stdout  # fmt: skip
    except subprocess.TimeoutExpired:
        return ""


def health(port: int) -> str:
    return subprocess.run(
        ["curl", "-s", "-m", "5", f"http://127.0.0.1:{port}/healthz"], capture_output=True, text=True, check=False
    ).stdout


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)
