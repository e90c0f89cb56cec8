"""Runs the tracking server: in a thread of the desktop program, or as a process of its own (`hitchpost serve
tracking`). Imports uvicorn and Starlette; import this module where a server is really started."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

import uvicorn

from app.domain.errors import TrackingError
from app.tracking.client import find_running
from app.tracking.folder import Serving, TrackingFolder
from app.tracking.processes import Processes
from app.tracking.server.application import KEEP_ADDRESSES_DAYS, Application, create_app
from app.tracking.server.counts import Counts, SharedCounts
from app.tracking.server.joining import join
from app.tracking.server.limits import Limits
from app.tracking.server.places import DatabasePlace
from app.tracking.server.wire import Wire
from app.tracking.tokens import TrackingKeys

__all__ = ["DEFAULT_PORT", "TrackingServer", "find_running", "run_forever"]

DEFAULT_PORT = 8725
_START = 10.0  # seconds
_STOP = 2.0
_SWITCH = 0.001  # seconds; with more the thread that writes waits for the one that answers, and all wait for it

_log = logging.getLogger(__name__)


class TrackingServer:
    """One server on one port over one folder. After `start()`:

    `url`         where programs on this machine reach it (API, health)
    `public_url`  what tracked links begin with; the given one, else `url`
    `server_uid`  names the database: `Hit.server` of its hits

    `keys` and `api_token` are those of the folder, there before it starts too. `database` as `serve tracking` takes it;
    empty for the file in the folder. `listener`: of another, who also writes the note that says where it serves.

    `start` returns when requests are accepted; it raises TrackingError with a sentence for a person. `stop` ends
    streams, answers what is under way, writes what was answered, and takes at most 2 seconds (more only where the
    disk hangs). Both may be called from any thread, no signal handler is touched. A stopped server can start again.
    `trusted_proxies`: addresses or networks whose X-Forwarded-For is believed. `inside`: in the desktop program.
    """

    def __init__(
        self,
        host: str,
        port: int,
        data_dir: Path,
        public_url: str = "",
        *,
        trusted_proxies: Iterable[str] = (),
        inside: bool = False,
        database: str = "",
        keep_addresses_days: int = KEEP_ADDRESSES_DAYS,
        listener: socket.socket | None = None,
        limits: Limits | None = None,
        metrics_token: str = "",
        counts: Counts | None = None,
    ) -> None:
        self._limits = limits
        self._metrics_token = metrics_token
        self._counts = counts
        self._inside = inside
        self._host = host
        self._port = port
        self._folder = TrackingFolder(data_dir)
        self._given_public_url = public_url.rstrip("/")
        self._trusted_proxies = tuple(trusted_proxies)
        self._database = database
        self._given_listener = listener
        self._keep_addresses_days = keep_addresses_days
        self._running: _Running | None = None
        self.url = ""
        self.public_url = self._given_public_url
        self.server_uid = ""

    @property
    def running(self) -> bool:
        return self._running is not None and self._running.thread.is_alive()

    @property
    def keys(self) -> TrackingKeys:
        return self._folder.keys()

    @property
    def api_token(self) -> str:
        return self._folder.api_token()

    def start(self) -> None:
        if self._running is not None:
            return
        self._folder.create()
        listener = self._given_listener or _listen(self._host, self._port)
        try:
            self.url = _url_of(listener)
            self.public_url = self._given_public_url or self.url
            app = create_app(
                self._folder,
                self._database,
                trusted_proxies=self._trusted_proxies,
                keep_addresses_days=self._keep_addresses_days,
                limits=self._limits,
                metrics_token=self._metrics_token,
                counts=self._counts,
            )
        except BaseException:
            listener.close()
            raise
        self.server_uid = app.server_uid
        running = _Running(app, listener, "asyncio" if self._inside else _fastest_loop())
        try:
            running.start()
            # Of two servers over one folder the first one's note stays.
            if self._given_listener is None and find_running(self._folder.path) is None:
                _leave_note(self._folder, self._note())
        except BaseException:
            running.stop()
            raise
        self._running = running

    def _note(self) -> Serving:
        return Serving(self.url, self.public_url, os.getpid(), self._inside)

    def stop(self) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        self._folder.clear_serving(self._note())
        running.stop()


class _Server(uvicorn.Server):
    """uvicorn, telling when it listens."""

    def __init__(self, config: uvicorn.Config, wire: Wire, ready: threading.Event) -> None:
        super().__init__(config)
        self._wire = wire
        self._ready = ready
        self._watch: asyncio.Task[None] | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self._watch = self.loop.create_task(self._wire.watch())
        self._ready.set()


class _Running:
    """The thread of a started server."""

    def __init__(self, app: Application, listener: socket.socket, loop: str) -> None:
        self._app = app
        self._listener = listener
        self._ready = threading.Event()
        config = uvicorn.Config(
            app,
            interface="asgi3",
            lifespan="off",
            ws="none",
            loop=loop,
            http=app.wire.protocol,  # type: ignore[arg-type]  # whatever makes a protocol will do
            log_config=None,
            log_level="error",  # one line for each client that sends nonsense would fill a disk
            access_log=False,  # the events are the log; a line for each hit would repeat addresses of people
            server_header=False,
            proxy_headers=False,  # decided by app.tracking.server.addresses
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config, app.wire, self._ready)
        self.thread = threading.Thread(target=self._run, name="tracking-server", daemon=True)

    def start(self) -> None:
        self.thread.start()
        if not self._ready.wait(_START) or not self.thread.is_alive():
            raise TrackingError("The tracking server did not start.")

    def stop(self) -> None:
        deadline = time.monotonic() + _STOP
        self._server.should_exit = True
        if self._server.loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._server.loop.call_soon_threadsafe(self._app.stop_streams)
        if self.thread.ident is not None:
            self.thread.join(_STOP)
        self._listener.close()
        self._app.close(max(0.2, deadline - time.monotonic()))

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._ready.set()


def run_forever(
    host: str,
    port: int,
    data_dir: Path,
    public_url: str = "",
    *,
    trusted_proxies: Iterable[str] = (),
    database: str = "",
    keep_addresses_days: int = KEEP_ADDRESSES_DAYS,
    processes: int = 1,
    limits: Limits | None = None,
    metrics_token: str = "",
) -> int:
    """Serves until SIGTERM or SIGINT; call it in the main thread. Writes one line to standard error when it is ready.
    The exit status; raises TrackingError when it cannot start."""

    counts = SharedCounts(processes)

    def server(listener: socket.socket | None = None, place: int = 0) -> TrackingServer:
        return TrackingServer(
            host, port, data_dir, public_url,
            trusted_proxies=trusted_proxies, database=database, keep_addresses_days=keep_addresses_days,
            listener=listener, limits=limits, metrics_token=metrics_token, counts=counts.of(place),
        )  # fmt: skip

    sys.setswitchinterval(_SWITCH)
    if processes > 1:
        return _run_processes(processes, server, host, port, TrackingFolder(data_dir), public_url, database)
    stop = threading.Event()

    def asked_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, asked_to_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    one = server()
    try:
        one.start()
        _spare_collector()
        _say_ready(one.url)
        return 0 if _serve_until(stop, one) else 1
    finally:
        one.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def _run_processes(
    count: int,
    server: Callable[[socket.socket, int], TrackingServer],
    host: str,
    port: int,
    folder: TrackingFolder,
    public_url: str,
    database: str,
) -> int:
    folder.create()
    listener = _listen(host, port)
    url = _url_of(listener)
    note = Serving(url, public_url.rstrip("/") or url, os.getpid())

    def serve(place: int, ready: Callable[[], None], stop: threading.Event) -> None:
        one = server(listener, place)
        try:
            one.start()
            _spare_collector()
            ready()
            if not _serve_until(stop, one):
                raise TrackingError("it does not answer any more")
        finally:
            one.stop()

    def all_ready() -> None:
        if find_running(folder.path) is None:
            _leave_note(folder, note)
        _say_ready(url)

    try:
        join(folder, DatabasePlace.of(database, folder.database))  # once before all do it: what is wrong is told by one
        Processes(count, listener, serve).run(all_ready)
    finally:
        folder.clear_serving(note)
        listener.close()
    return 0


def _spare_collector() -> None:
    """What is there after the start stays: to walk through it in search of garbage holds up answers for 30 ms each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


def _leave_note(folder: TrackingFolder, note: Serving) -> None:
    try:
        folder.write_serving(note)
    except TrackingError as error:  # links must lead on, also after a restart on a full disk
        _log.warning("programs on this machine do not find this server by themselves: %s", error)


def _fastest_loop() -> str:
    """uvloop where there is one: not on Windows."""
    return "uvloop" if find_spec("uvloop") else "asyncio"


def _say_ready(url: str) -> None:
    sys.stderr.write(f"tracking server ready on {url}\n")
    sys.stderr.flush()


def _serve_until(stop: threading.Event, server: TrackingServer) -> bool:
    """False when it ended by itself."""
    while not stop.wait(0.5):  # a wait without an end is deaf to Ctrl+C on Windows
        if not server.running:
            return False
    return True


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        # With its protocol named: asyncio sets TCP_NODELAY only on what was accepted from such a socket, and without
        # it each answer on a kept connection waits 40 ms for the client's delayed acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":  # elsewhere it would let two servers share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6 and socket.has_dualstack_ipv6():
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
            listener.bind(address)
            listener.listen(2048)
        except BaseException:
            listener.close()
            raise
        return listener
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        advice = "Choose another port, or stop the program that uses this one."
        if isinstance(error, socket.gaierror):
            advice = "Give a name or an address of this computer with --host."
        raise TrackingError(f"The tracking server cannot listen on {host}:{port}: {reason}. {advice}") from error


def _url_of(listener: socket.socket) -> str:
    """The address under which this machine reaches the socket."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
