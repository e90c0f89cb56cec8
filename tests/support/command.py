"""`hitchpost` as a process, as a person or a script starts it. Used by the tests of the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_FOREIGN = ("HITCHPOST_", "QT_", "DISPLAY", "WAYLAND_", "PYTHON")  # what a test machine has set and a person has not
PASSPHRASE = "a passphrase for tests"


@dataclass(frozen=True)
class Ended:
    """What a process left: exit status, standard output and standard error as bytes."""

    status: int
    raw_out: bytes
    raw_err: bytes

    @property
    def out(self) -> str:
        return self.raw_out.decode()

    @property
    def err(self) -> str:
        return self.raw_err.decode()


class Command:
    """Runs commands over one HITCHPOST_HOME. Every run is checked for what no run may do: show a traceback."""

    def __init__(self, home: Path, **environ: str | None) -> None:
        self.home = home
        plain = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
        self.environ = plain | {
            "HITCHPOST_HOME": str(home),
            "HITCHPOST_PASSPHRASE": PASSPHRASE,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
            "TZ": "Europe/Stockholm",
        }
        self._set(environ)

    def _set(self, environ: Mapping[str, str | None]) -> None:
        for name, value in environ.items():
            if value is None:
                self.environ.pop(name, None)
            else:
                self.environ[name] = value

    def but(self, **environ: str | None) -> Command:
        """The same with other variables; None takes one away."""
        other = Command(self.home)
        other.environ = dict(self.environ)
        other._set(environ)
        return other

    def start(self, *words: str | Path, **options: Any) -> subprocess.Popen[bytes]:
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([*self.line(words)], env=self.environ, **{**pipes, **options})

    def line(self, words: Sequence[str | Path]) -> list[str]:
        return [sys.executable, "-m", "app", *map(str, words)]

    def run(self, *words: str | Path, given: str | bytes = b"", timeout: float = 40, **options: Any) -> Ended:
        data = given.encode() if isinstance(given, str) else given
        process = self.start(*words, **{"stdin": subprocess.PIPE, **options})
        return finish(process, timeout, data)

    def json(self, *words: str | Path, status: int = 0, given: str | bytes = b"", **options: Any) -> Any:
        """The one document on standard output, which has nothing else."""
        ended = self.run(*words, "--json", given=given, **options)
        assert ended.status == status, (ended.status, ended.out, ended.err)
        return json.loads(ended.out)

    def fails(self, *words: str | Path, status: int, given: str | bytes = b"", **options: Any) -> str:
        """The sentence of a failure: the same on standard error and, as {"error"}, on standard output."""
        ended = self.run(*words, "--json", given=given, **options)
        assert ended.status == status, (ended.status, ended.out, ended.err)
        document = json.loads(ended.out)
        assert list(document) == ["error"], document
        text = str(document["error"])
        assert text.rstrip().endswith((".", "!", "?", "…")), text
        assert text.splitlines()[0] in ended.err, (text, ended.err)
        return text

    @contextmanager
    def serving(self, *words: str | Path, ready: str) -> Iterator[str]:
        """A command that runs until SIGTERM; gives the line on standard error that holds `ready`."""
        process = self.start(*words)
        assert process.stderr is not None
        try:
            yield await_line(process, ready)
        finally:
            process.send_signal(signal.SIGTERM)
            ended = finish(process, 10)
        assert ended.status == 0, ended.err


def await_line(process: subprocess.Popen[bytes], wanted: str) -> str:
    """The first line on standard error with `wanted` in it; fails when the process ends without one."""
    assert process.stderr is not None
    seen = []
    for raw in process.stderr:
        seen.append(raw.decode().rstrip())
        if wanted in seen[-1]:
            return seen[-1]
    raise AssertionError(f"no line with {wanted!r}: {seen}")


def finish(process: subprocess.Popen[bytes], timeout: float, given: bytes | None = None) -> Ended:
    """Waits for the end; a process that hangs is killed, and the test fails."""
    try:
        out, err = process.communicate(given, timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"still running after {timeout} s: {(err or b'').decode()}") from None
    ended = Ended(process.returncode, out or b"", err or b"")
    assert b"Traceback" not in ended.raw_err and b"Exception ignored" not in ended.raw_err, ended.err
    return ended


def wait_until(condition: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.02)
