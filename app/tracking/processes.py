"""Several server processes on one port: the parent holds the socket, each child serves from it, and a child that dies is
started anew; where the machine has no room for one (no processes, no memory), those that run go on and it is tried again.
Used by `serve tracking --processes`.

The socket is shared, not one for each child with SO_REUSEPORT: connections that wait for a child that is killed are then
answered by the others, not lost.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from app.domain.errors import TrackingError

START = 20.0  # seconds in which a child has to be ready
STOP = 6.0  # after which one that was asked to stop is killed
PAUSE = 1.0  # between two starts of the same child
_LOOK = 0.1
_FAILED = b"!"
_READY = b"+"

_log = logging.getLogger(__name__)

Serve = Callable[[int, Callable[[], None], threading.Event], None]


@dataclass
class _Child:
    pid: int = 0  # 0 when it has ended, or was never there; then nothing is left of `news` either
    news: int = -1  # file descriptor: what it says about its start
    started: float = field(default_factory=time.monotonic)


class Processes:
    """`serve(place, ready, stop)` runs in each child; `place` counts from 0, and is that of the one it replaces. It calls
    `ready` once it serves, and returns soon after `stop` is set. Call `run` in the main thread of a process that has no
    other."""

    def __init__(self, count: int, listener: socket.socket, serve: Serve) -> None:
        if not hasattr(os, "fork"):
            raise TrackingError("Several processes on one port need Linux or macOS. Leave --processes out.")
        self._count = count
        self._listener = listener
        self._serve = serve
        self._children: list[_Child] = []
        self._stop = threading.Event()

    def run(self, ready: Callable[[], None]) -> None:
        """Until SIGTERM or SIGINT. `ready` is called when all children serve. Raises TrackingError where one of them
        cannot start."""

        def asked_to_stop(number: int, frame: FrameType | None) -> None:
            self._stop.set()

        before = {number: signal.signal(number, asked_to_stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            for _ in range(self._count):
                self._children.append(self._try(len(self._children)))
            there = [child for child in self._children if child.pid]
            if not there:
                raise TrackingError(
                    "No process of the tracking server could be started: the machine has no room for one."
                )
            for child in there:
                self._await_start(child)
            if not self._stop.is_set():
                ready()
            while not self._stop.wait(_LOOK):
                self._look_after()
        finally:
            self._end_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _try(self, place: int) -> _Child:
        """One that has ended already where the system refuses: `_look_after` comes back to it."""
        try:
            return self._start(place)
        except OSError as error:
            _log.error("a process of the tracking server could not be started (%s), it is tried again", error.strerror)
            return _Child()

    def _start(self, place: int) -> _Child:
        """Raises OSError where there is no room for another process."""
        news, told = os.pipe()
        sys.stderr.flush()
        try:
            pid = os.fork()
        except OSError:
            os.close(news)
            os.close(told)
            raise
        if pid == 0:
            os.close(news)
            self._be_child(place, told)
        os.close(told)
        return _Child(pid, news)

    def _be_child(self, place: int, told: int) -> None:
        """Never returns."""
        status = 1
        try:
            for other in self._children:
                if other.pid:
                    os.close(other.news)
            stop = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda number, frame: stop.set())
            parent = os.getppid()
            threading.Thread(target=_watch, args=(parent, stop), daemon=True, name="parent-watch").start()
            self._serve(place, lambda: _tell(told, _READY), stop)
            status = 0
        except TrackingError as error:
            _tell(told, _FAILED + str(error).encode())
        finally:
            if sys.exc_info()[0] is not None:
                traceback.print_exc()
            sys.stderr.flush()
            os._exit(status)

    def _await_start(self, child: _Child) -> None:
        end = time.monotonic() + START
        while not select.select([child.news], [], [], _LOOK)[0]:
            if self._stop.is_set():
                return
            if time.monotonic() > end:
                raise TrackingError("A process of the tracking server did not start in time.")
        said = os.read(child.news, 4096)
        if not said.startswith(_READY):
            raise TrackingError(
                said.removeprefix(_FAILED).decode() or "A process of the tracking server did not start."
            )

    def _look_after(self) -> None:
        for place, child in enumerate(self._children):
            if child.pid:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
                if not pid:
                    continue
                said = os.read(child.news, 4096).removeprefix(_READY).removeprefix(_FAILED).decode(errors="replace")
                os.close(child.news)
                _log.error("a process of the tracking server ended (%s), another one is started", said or _how(status))
                child.pid = 0
            if time.monotonic() - child.started >= PAUSE:
                self._children[place] = self._try(place)

    def _end_all(self) -> None:
        for child in self._children:
            if child.pid:
                os.kill(child.pid, signal.SIGTERM)  # not waited for yet, so the number is still its own
        end = time.monotonic() + STOP
        for child in self._children:
            if not child.pid:
                continue
            while not os.waitpid(child.pid, os.WNOHANG)[0]:
                if time.monotonic() > end:
                    os.kill(child.pid, signal.SIGKILL)
                    os.waitpid(child.pid, 0)
                    break
                time.sleep(0.02)
            os.close(child.news)
        self._children.clear()


def _watch(parent: int, stop: threading.Event) -> None:
    """A child whose parent was killed must not go on alone."""
    while not stop.wait(_LOOK * 5):
        if os.getppid() != parent:
            stop.set()


def _tell(told: int, text: bytes) -> None:
    try:
        os.write(told, text[:4000])
    except OSError:  # the parent is gone; `_watch` will see it
        _log.info("nobody is there to be told of the start")


def _how(status: int) -> str:
    return f"by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"with status {os.WEXITSTATUS(status)}"
