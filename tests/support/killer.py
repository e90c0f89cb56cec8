"""Runs the program in a process of its own that is killed (SIGKILL) at a chosen point. Used by the kill tests.

`Killer` starts one process that has the program's modules loaded and forks a child for each run; so a run takes no
longer than its work. `python -m tests.support.killer` is that process: it reads a job from each line of its standard
input and answers with a line when the child has ended.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Kill:
    """At the `call`-th call of `target` ("module:qualname", where the name is looked up) whose arguments, printed,
    contain `where`; "before" it, or "after" it has returned."""

    target: str
    when: str = "before"
    call: int = 1
    where: str = ""


@dataclass(frozen=True)
class Ended:
    """`killed`: the point was reached. Otherwise `status` is the exit status. `said`: standard output and error."""

    killed: bool
    status: int
    said: str


class Killer:
    """`with Killer() as killer: killer.run(...)`. One run at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._child = 0  # 0: none that could be killed
        self._reaping = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="killer")

    def __enter__(self) -> Killer:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.killer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        return self

    def start(
        self,
        environ: Mapping[str, str],
        arguments: Sequence[str],
        *kills: Kill,
        settings: Mapping[str, float] | None = None,
    ) -> None:
        """The program with a command line, e.g. ("sync", "--once"). `settings`: numbers in modules, "module:NAME"."""
        assert self._process is not None and self._process.stdin is not None
        job = {
            "environ": dict(environ),
            "arguments": list(arguments),
            "kills": [asdict(k) for k in kills],
            "settings": dict(settings or {}),
            "output": str(Path(self._folder.name) / "said"),
        }
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout is not None
        self._child = int(self._process.stdout.readline())

    def kill(self) -> None:
        """The running child, now; harmless when it has ended."""
        self._signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Asks the running child to stop (SIGTERM); harmless when it has ended."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        with self._reaping:  # a child that is reaped has left its number to another process, perhaps
            if self._child:
                os.kill(self._child, number)

    def wait(self, seconds: float = 40) -> Ended:
        assert self._process is not None and self._process.stdout is not None and self._process.stdin is not None
        watchdog = threading.Timer(seconds, self.kill)
        watchdog.start()
        try:
            self._process.stdin.write("wait\n")
            self._process.stdin.flush()
            status = int(self._process.stdout.readline())
        finally:
            watchdog.cancel()
        watchdog.join()  # it may have begun, and is not to meet the next child
        with self._reaping:
            self._process.stdin.write("reap\n")
            self._process.stdin.flush()
            self._process.stdout.readline()
            self._child = 0
        said = (Path(self._folder.name) / "said").read_text(errors="replace")
        return Ended(status == -signal.SIGKILL, status, said)

    def run(
        self,
        environ: Mapping[str, str],
        arguments: Sequence[str],
        *kills: Kill,
        settings: Mapping[str, float] | None = None,
    ) -> Ended:
        self.start(environ, arguments, *kills, settings=settings)
        return self.wait()

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.communicate()
        self._folder.cleanup()


# -- in the other process


def _owner(target: str) -> tuple[Any, str]:
    module, _, qualified = target.partition(":")
    owner: Any = importlib.import_module(module)
    *path, name = qualified.split(".")
    for part in path:
        owner = getattr(owner, part)
    return owner, name


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _install(kill: Kill) -> None:
    owner, name = _owner(kill.target)
    original: Callable[..., Any] = getattr(owner, name)
    calls = itertools.count(1)

    @functools.wraps(original)
    def watched(*arguments: Any, **named: Any) -> Any:
        here = (not kill.where or kill.where in repr((arguments, named))) and next(calls) == kill.call
        if here and kill.when == "before":
            _die()
        result = original(*arguments, **named)
        if here and kill.when == "after":
            _die()
        return result

    setattr(owner, name, watched)


def _child(job: dict[str, Any]) -> int:
    output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(job["environ"])
    for target, value in job["settings"].items():
        owner, name = _owner(target)
        known = getattr(owner, name)
        setattr(owner, name, timedelta(seconds=value) if isinstance(known, timedelta) else type(known)(value))
    for kill in job["kills"]:
        _install(Kill(**kill))
    from app.main import main

    return main(job["arguments"])


def _serve() -> None:
    for module in (
        "app.main",
        "app.cli",
        "app.services.sync_inbox",
        "app.bootstrap",
        "app.services.send_message",
        "app.services.take_hits",
    ):
        importlib.import_module(module)
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 70
            try:
                status = _child(job)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        print(child, flush=True)
        sys.stdin.readline()  # "wait"
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        print(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status, flush=True)
        sys.stdin.readline()  # "reap"
        os.waitpid(child, 0)
        print("reaped", flush=True)


if __name__ == "__main__":
    _serve()
