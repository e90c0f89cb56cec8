"""What stands between the sockets and the application: uvicorn's HTTP protocol, with limits of time and size for those who
send slowly, much, or nothing, and a short way for pictures and links, which needs no task and no ASGI messages.

A request that came in one piece, of the form that nearly all have, is read without the parser, too (`plain_request`).
Whatever is not the plainest request (another method, a body, an encoded or absolute address, a token whose key is not known
yet, one that was sent before the answer to the one before it) goes the long way and is answered the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.tracking.server.counts import Count
from app.tracking.server.hot_paths import PATIENCE, HotPaths, Reply
from app.tracking.server.plain_request import STARTS, Block, PlainRequests, block_of

MAX_HEAD = 64 * 1024  # bytes of request line and headers; a token may have 12,000 characters
MAX_HEADERS = 100
HEAD_SECONDS = 15.0  # from the first byte of a request, or from connecting, to its last byte
IDLE_SECONDS = 5.0  # in which a client asks nothing more, as uvicorn has it
STUCK_SECONDS = 30.0  # in which a client takes nothing of what is sent to it
LOOK = 1.0  # seconds between two looks at all connections

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_SHORT = (b"/o/", b"/c/")


class _Nobody:
    """Stands where uvicorn's cycle keeps the event that a waiting application is told by."""

    def set(self) -> None:
        return None


class _Short:
    """A picture or link on its short way, in the place of uvicorn's cycle of request and response; and the one who waits for
    its hit to be written (see `HitLog.record`)."""

    __slots__ = ("began", "disconnected", "head_only", "keep_alive", "protocol", "reply", "response_complete")
    message_event = _Nobody()
    more_body = False
    body = b""

    def __init__(self, protocol: TrackingProtocol, reply: Reply, head_only: bool, keep_alive: bool) -> None:
        self.protocol = protocol
        self.began = protocol.loop.time()
        self.reply = reply
        self.head_only = head_only
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False

    def done(self) -> bool:
        return self.response_complete

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self.protocol.loop

    def set_result(self, result: None, /) -> None:
        """The hit is on the disk: answers."""
        self.response_complete = True
        self.protocol.send_short(self)


class Wire:
    """What all connections of one server share. `config` names it to uvicorn; `watch` runs as long as the server does."""

    def __init__(self, hot: HotPaths) -> None:
        self.hot = hot
        self.plain = PlainRequests(MAX_HEADERS)
        self._protocols: set[TrackingProtocol] = set()
        self.numbers = hot.counts.numbers
        self._default: Sequence[tuple[bytes, bytes]] = ()
        self._default_block = b""

    def protocol(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> TrackingProtocol:
        return TrackingProtocol(self, config, server_state, app_state, _loop)

    def joined(self, protocol: TrackingProtocol) -> None:
        self._protocols.add(protocol)
        self.numbers[Count.CONNECTIONS] = len(self._protocols)

    def left(self, protocol: TrackingProtocol) -> None:
        self._protocols.discard(protocol)
        self.numbers[Count.CONNECTIONS] = len(self._protocols)

    def default_block(self, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
        """The headers of every answer, as they are sent. uvicorn makes a new list of them each second."""
        if headers is not self._default:
            self._default_block = b"".join(b"%b: %b\r\n" % header for header in headers)
            self._default = headers
        return self._default_block

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK)
            now = loop.time()
            for protocol in list(self._protocols):
                protocol.look(now)


class TrackingProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        wire: Wire,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._wire = wire
        self._hot = wire.hot
        self._address = ""
        self._pending: float | None = None  # since when a request is being sent to us
        self._short: _Short | None = None  # the last one
        self._stuck: float | None = None  # since when the client takes nothing
        self._idle: float | None = None  # since when it has asked nothing more, after an answer on the short way
        self.cycle: Any  # uvicorn's, or a _Short
        self._runs: RequestResponseCycle | None = None  # whose application was started last; `cycle` may wait behind it
        self._malformed: str | None = None  # what is to be said of what came behind requests that are not answered yet
        self._head = 0  # bytes of the head that is being read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._pending = self.loop.time()
        self._address = self._hot.addresses.of_peer(self.client[0] if self.client else "")
        self._wire.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wire.left(self)
        self.pipeline.clear()
        self._leave(self._runs)
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._runs = cycle
        super()._start_asgi_task(cycle, app)

    def _leave(self, cycle: RequestResponseCycle | None) -> None:
        """Nobody is there for its answer any more. uvicorn says so only to the request that came last, and what runs for one
        before it would write, and fail."""
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def data_received(self, data: bytes) -> None:
        if self._malformed is not None:
            return
        if self._head == 0 and data[:7] in STARTS and self._is_idle() and self._plain_way(data):
            return
        self._idle = None
        if self._pending is None:
            self._pending = self.loop.time()
        if self._head >= 0:
            self._head += len(data)
        super().data_received(data)
        if self._head > MAX_HEAD and not self.transport.is_closing():
            self._wire.numbers[Count.TOO_LARGE] += 1
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        if self._is_idle() or self.transport.is_closing() or self.cycle.more_body:
            super().send_400_response(msg)
        else:  # what was asked properly before is answered first
            self._malformed = msg

    def _after_answer(self) -> None:
        if self._malformed is not None and self._is_idle():
            super().send_400_response(self._malformed)

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        if self.transport.is_closing():
            return
        if len(self.headers) > MAX_HEADERS or (self._head > MAX_HEAD and self._size() > MAX_HEAD):
            self._wire.numbers[Count.TOO_LARGE] += 1
            self.transport.write(_TOO_LARGE)
            self.transport.close()
            return
        self._head = -1
        if self.url[:3] in _SHORT and self._is_idle() and self._short_way():
            return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, expects
        self.scope["headers"] = headers
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False  # the parser reads no further

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._pending = None
        self._head = 0
        if not isinstance(self.cycle, _Short) and not self.transport.is_closing():
            super().on_message_complete()

    def _size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _is_idle(self) -> bool:
        """Whether nothing that was asked before is still to be answered."""
        return (self.cycle is None or self.cycle.response_complete) and not self.transport.is_closing()

    def _plain_way(self, data: bytes) -> bool:
        """Whether `data` was a request that needs no parser, and was taken."""
        read = self._wire.plain.read(data)
        if read is None:
            return False
        path, block = read
        reply = self._hot.reply_of(path)
        if reply is None:
            return False
        self._pending = None
        self._take(_Short(self, reply, False, True), b"GET", block)
        return True

    def _short_way(self) -> bool:
        """Whether the request that was parsed was taken."""
        method = self.parser.get_method()
        if method not in (b"GET", b"HEAD") or self.parser.should_upgrade() or _has_body(self.headers):
            return False
        try:
            path = self.url.partition(b"?")[0].decode("ascii")
        except UnicodeDecodeError:
            return False
        reply = self._hot.reply_of(path)
        if reply is None:
            return False
        keep_alive = self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0"
        self._take(_Short(self, reply, method == b"HEAD", keep_alive), method, block_of(self.headers))
        return True

    def _take(self, short: _Short, method: bytes, block: Block) -> None:
        self.cycle = short
        self._idle = None
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        hot, reply, address = self._hot, short.reply, self._address
        if hot.addresses.has_proxies:
            address = hot.addresses.of({"client": self.client, "headers": block.headers})
        if not hot.is_kept(reply, address):
            short.set_result(None)
            return
        self._short = short
        hot.log.record(hot.row_of(reply, method.decode("ascii"), address, block.user_agent, block.kept), short)

    def send_short(self, short: _Short) -> None:
        transport = self.transport
        if transport.is_closing():
            return
        reply = short.reply
        end = b"\r\n" if short.keep_alive else b"connection: close\r\n\r\n"
        body = b"" if short.head_only else reply.body
        default = self._wire.default_block(self.server_state.default_headers)  # first, as on the long way
        transport.write(b"".join((reply.status_line, default, reply.wire, end, body)))
        if not short.keep_alive:
            transport.close()
        if self.pipeline or self.flow.read_paused:
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1
            self._idle = self.loop.time()
            self._after_answer()

    def pause_writing(self) -> None:
        self._stuck = self.loop.time()
        self.flow.pause_reading()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stuck = None
        if not self.pipeline:
            self.flow.resume_reading()
        super().resume_writing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # It reads on after each answer: who sends a thousand requests at once, or takes no answers, would fill the memory.
        if (self.pipeline or self._stuck is not None) and not self.transport.is_closing():
            self.flow.pause_reading()
        self._after_answer()

    def look(self, now: float) -> None:
        """Answers who has waited long enough, and ends a connection that holds a place and does nothing with it."""
        short = self._short
        if short is not None and not short.response_complete and now - short.began >= PATIENCE:
            short.set_result(None)  # a link must lead on
        if self._stuck is not None and now - self._stuck > STUCK_SECONDS:
            self._wire.numbers[Count.SLOW] += 1
            self._abort()
        elif self._idle is not None and now - self._idle > IDLE_SECONDS:
            self.timeout_keep_alive_handler()
        elif self._pending is not None and now - self._pending > HEAD_SECONDS and not self.flow.read_paused:
            self._wire.numbers[Count.SLOW] += 1
            if not self.transport.is_closing():
                if self.cycle is None or self.cycle.response_complete:
                    self.transport.write(_TOO_SLOW)
                self.transport.close()
            else:
                self._abort()

    def _abort(self) -> None:
        self._leave(self._runs)
        self.transport.abort()


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name in (b"content-length", b"transfer-encoding", b"expect") for name, _ in headers)
