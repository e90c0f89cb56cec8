"""A PostgreSQL server of one's own: on a free port, in a folder of its own, as another user where the tests run as root,
which PostgreSQL refuses."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from tests.support.ports import free_port


def programs() -> Path | None:
    """Where Debian keeps the newest PostgreSQL's programs; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return found[-1] if found else None


class Postgres:
    """`url()` of a database; `start`, `stop("fast" or "immediate")`, `freeze` and `thaw` at will. Unless `durable` it does not
    wait for the disk: what is tested is what happens when the server is away, not when the machine loses power."""

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        bin_folder = programs()
        assert bin_folder is not None, "PostgreSQL is not installed"
        self._bin = bin_folder
        self._folder = Path(tempfile.mkdtemp(prefix="hitchpost-pg-"))
        self._as: list[str] = []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            self._as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def __enter__(self) -> Postgres:
        self._run(
            "initdb", "-D", str(self._folder / "data"), "-U", "hitchpost", "-A", "trust", "--no-sync",
            "-E", "UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None:
            self.thaw()
            self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def process(self) -> int:
        """The number of the one that all others of it descend from."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres", port: int | None = None) -> str:
        """`port`: of a proxy in front."""
        return f"postgresql://hitchpost@127.0.0.1:{port or self.port}/{database}"

    def new_database(self) -> str:
        """The URL of an empty one."""
        name = f"d{secrets.token_hex(6)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        return self.url(name)

    def start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "16MB",
            "max_connections": "60",
            "autovacuum": "off",
        }
        if self._durable:
            settings |= {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "128MB"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self._as,
                    str(self._bin / "postgres"),
                    "-D",
                    str(self._folder / "data"),
                    "-p",
                    str(self.port),
                    *options,
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
            )
        deadline = time.monotonic() + 20
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self._folder / "log").read_text())
            time.sleep(0.02)

    def stop(self, mode: str = "fast") -> None:
        assert self._process is not None
        self._process.send_signal({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
        self._process.wait(20)
        self._process = None

    def freeze(self) -> None:
        """Takes connections and says nothing, as a machine that hangs."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for process in (self._process.pid, *map(int, children)):
            os.kill(process, number)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self._as, str(self._bin / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
