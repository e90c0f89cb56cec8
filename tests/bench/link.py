"""A simulated link between a client and a server on this machine: round trip and rate. Used by `tests.bench.sync` and tests."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque

_PIECE = 1 << 14
_IN_FLIGHT = 1 << 20  # bytes that a way holds at most: beyond, the sender waits as on a real link


class Link:
    """Listens on `port`. `round_trip` in seconds, `rate` in bytes a second for each direction (0: unlimited).
    `received`, `sent`: bytes that went to and from clients. The first byte of a connection comes a round trip late, as
    the handshake of TCP would make it."""

    def __init__(self, target: int, *, round_trip: float = 0.0, rate: float = 0.0) -> None:
        self._target, self._delay, self._rate = target, round_trip / 2, rate
        self.received = self.sent = 0
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._stopped = False

    def __enter__(self) -> Link:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            time.sleep(2 * self._delay)
            server = socket.create_connection(("127.0.0.1", self._target), 10)
            for connection in (client, server):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.settimeout(None)
            self._sockets += [client, server]
            self._start(self._carry, client, server, "sent")
            self._start(self._carry, server, client, "received")

    def _carry(self, source: socket.socket, target: socket.socket, way: str) -> None:
        """Takes in what comes and has it delivered when a line of this rate and length would have."""
        waiting: deque[tuple[float, bytes]] = deque()
        changed = threading.Condition()
        self._start(self._deliver, waiting, changed, target, way)
        free_at, held = 0.0, 0
        while True:
            try:
                data = source.recv(_PIECE)
            except OSError:
                data = b""
            now = time.perf_counter()
            free_at = max(now, free_at) + (len(data) / self._rate if self._rate else 0.0)
            with changed:
                waiting.append((free_at + self._delay, data))
                changed.notify()
                held = sum(len(piece) for _, piece in waiting) if len(waiting) > _IN_FLIGHT // _PIECE else 0
                while held >= _IN_FLIGHT and data:
                    changed.wait(1)
                    held = sum(len(piece) for _, piece in waiting)
            if not data:
                return

    def _deliver(
        self, waiting: deque[tuple[float, bytes]], changed: threading.Condition, target: socket.socket, way: str
    ) -> None:
        while True:
            with changed:
                while not waiting:
                    changed.wait()
                at, data = waiting[0]
            if (left := at - time.perf_counter()) > 0:
                time.sleep(left)
            try:
                if data:
                    target.sendall(data)
                else:
                    target.shutdown(socket.SHUT_WR)
            except OSError:
                data = b""
            with changed:
                waiting.popleft()
                changed.notify()
            if not data:
                return
            setattr(self, way, getattr(self, way) + len(data))

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(3)
