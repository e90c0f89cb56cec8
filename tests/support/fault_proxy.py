"""A TCP proxy that loses, delays and cuts connections. It sees bytes only, so it works through TLS."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time

_RST = struct.pack("ii", 1, 0)  # linger on, for no time


def reset(connection: socket.socket) -> None:
    """Closes with RST instead of FIN."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
        connection.close()
    except OSError:
        pass


class FaultProxy:
    """`mode`: "pass", "blackhole" (takes connections and says nothing) or "refuse" (resets at once). `delay`: seconds a
    piece of data waits. `cut()` resets what is open. `cut_after_sent(n)` / `cut_after_received(n)`: resets once the
    client has sent / been given n more bytes; `connections` counts those ever accepted."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self.mode, self.delay, self.connections = "pass", 0.0, 0
        self._budget: dict[str, int | None] = {"sent": None, "received": None}
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> FaultProxy:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def _start(self, work, *arguments) -> None:  # type: ignore[no-untyped-def]
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        if self.mode == "refuse":
            return reset(client)
        try:
            server = socket.create_connection(self._target, 5)
        except OSError:
            return reset(client)
        with self._lock:
            self._open |= {client, server}
        try:
            while not self._stopped:
                readable, _, _ = select.select([client, server], [], [], 0.1)
                if self.mode == "blackhole":
                    time.sleep(0.02)  # left unread: the other side sees silence
                    continue
                for source in readable:
                    if not self._pump(source, client, server):
                        return None
        except (OSError, ValueError):
            pass
        finally:
            for connection in (client, server):
                connection.close()
            with self._lock:
                self._open -= {client, server}

    def _pump(self, source: socket.socket, client: socket.socket, server: socket.socket) -> bool:
        data = source.recv(65536)
        if not data:
            return False
        if self.delay:
            time.sleep(self.delay)
        way = "sent" if source is client else "received"
        left = self._budget[way]
        if left is not None:
            self._budget[way] = left - len(data)
            if left <= len(data):
                (server if source is client else client).sendall(data[:left])
                self._budget[way] = None
                self.cut()
                return False
        (server if source is client else client).sendall(data)
        return True

    def cut(self) -> None:
        with self._lock:
            for connection in self._open:  # first all: whichever thread closes one of them now, it goes with RST
                with contextlib.suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
            for connection in self._open:
                reset(connection)
            self._open.clear()

    def cut_after_sent(self, count: int) -> None:
        self._budget["sent"] = count

    def cut_after_received(self, count: int) -> None:
        self._budget["received"] = count

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(3)
