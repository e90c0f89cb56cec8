"""The addresses in sent mail: `/o/<token>.gif`, `/c/<token>` and `/u/<token>`. Bare ASGI, in front of everything else, because
every recipient's mail program comes here; the plainest requests of all do not even come this far (see `wire`).

What an answer says is decided by the token alone. Only then is the hit handed over to be written, and the answer goes
out when it is on the disk, at the latest after `PATIENCE` seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from app.tracking.destinations import ascii_location
from app.tracking.server.addresses import ClientAddresses, network_of
from app.tracking.server.counts import Count, Counts
from app.tracking.server.directory import Directory, LiveDirectory
from app.tracking.server.hit_log import HitLog, Waiter
from app.tracking.server.kept_headers import kept_headers
from app.tracking.server.limits import Buckets
from app.tracking.server.rows import HitRow
from app.tracking.server.unsubscribe import ASKING, DONE, PAGE_HEADERS, confirms
from app.tracking.tokens import MAX_TOKEN, TEST_REF, ClickToken, OpenToken, UnsubscribeToken

PATIENCE = 5.0
MAX_CACHED = 2_048  # replies
MAX_CACHED_PATH = 1_000  # characters
PREFIXES = ("/o/", "/c/", "/u/")

# 1×1, transparent, 43 bytes
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)

Headers = list[tuple[bytes, bytes]]

NEVER_KEPT: Headers = [
    (b"cache-control", b"no-store, no-cache, must-revalidate, private, max-age=0"),
    (b"pragma", b"no-cache"),
    (b"expires", b"0"),
    (b"x-content-type-options", b"nosniff"),
]
_GIF_HEADERS: Headers = [
    (b"content-type", b"image/gif"),
    (b"content-length", str(len(GIF)).encode()),
    (b"cross-origin-resource-policy", b"cross-origin"),
    *NEVER_KEPT,
]
_REDIRECT_HEADERS: Headers = [(b"content-length", b"0"), (b"x-robots-tag", b"noindex, nofollow"), *NEVER_KEPT]

NOT_FOUND = b"Not found\n"
NOT_ALLOWED = b"Method not allowed\n"
_TOO_LARGE = b"Too large\n"
_NOT_CONFIRMED = b"Bad request\n"
_LATER = b"Too many requests\n"


def _wire(headers: Headers) -> bytes:
    """As they are sent, without the empty line behind them."""
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


_OK, _FOUND = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 Found\r\n"
_GIF_WIRE = _wire(_GIF_HEADERS)
_REDIRECT_WIRE = _wire(_REDIRECT_HEADERS)


_KINDS = {OpenToken: ("o", "open"), ClickToken: ("c", "click"), UnsubscribeToken: ("u", "unsubscribe")}
_COUNTS = {"open": Count.OPENS, "click": Count.CLICKS, "unsubscribe": Count.UNSUBSCRIBES}


class Reply:
    """What the token of an address says: what is to be answered (`wire`: its headers as they are sent, those of every answer
    come before), and what of the hit is known by it. `link` and `url` are
    those of a click. `kept`: a hit of it is written."""

    __slots__ = (
        "body",
        "count",
        "headers",
        "kept",
        "kind",
        "link",
        "message_ref",
        "recipient_ref",
        "status",
        "status_line",
        "url",
        "wire",
        "workspace",
    )

    def __init__(self, kind: str, workspace: int, message_ref: str, recipient_ref: str) -> None:
        self.kind = kind
        self.workspace = workspace
        self.message_ref = message_ref
        self.recipient_ref = recipient_ref
        self.link: int | None = None
        self.url = ""
        self.kept = message_ref != TEST_REF
        self.count = _COUNTS[kind]
        self.status = 200
        self.headers = PAGE_HEADERS if kind == "unsubscribe" else _GIF_HEADERS
        self.status_line, self.wire = _OK, _GIF_WIRE
        self.body = b"" if kind == "unsubscribe" else GIF

    def lead_to(self, link: int, url: str) -> None:
        location = ascii_location(url)
        self.link, self.url = link, url
        self.status, self.body = 302, b""
        self.headers = [(b"location", location), *_REDIRECT_HEADERS]
        self.status_line = _FOUND
        self.wire = b"".join((b"location: ", location, b"\r\n", _REDIRECT_WIRE))


@dataclass
class HotPaths:
    """Answers HTTP requests for the three prefixes. One event loop's thread only."""

    directory: LiveDirectory
    unknown_key: Callable[[], Awaitable[None]]
    log: HitLog
    addresses: ClientAddresses
    new_uid: Callable[[], str]
    counts: Counts
    per_address: Buckets

    def __post_init__(self) -> None:
        self._cache: dict[str, Reply] = {}
        self._cached_of: Directory | None = None

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        asks = path.startswith("/u/")
        if method not in ("GET", "HEAD") and not (asks and method == "POST"):
            await plain(send, 405, NOT_ALLOWED, [(b"allow", b"GET, HEAD, POST" if asks else b"GET, HEAD")])
            return
        reply = self.reply_of(path)
        if reply is None and self.directory.current.lacks_key_of(_token_of(path)):
            await self.unknown_key()
            reply = self.reply_of(path)
        if reply is None:
            self.counts.numbers[Count.NOT_FOUND] += 1
            await plain(send, 404, NOT_FOUND)
        elif asks:
            await self._unsubscribe(reply, scope, receive, send)
        else:
            await self._keep(reply, scope)
            await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
            await send({"type": "http.response.body", "body": reply.body})

    def reply_of(self, path: str) -> Reply | None:
        """None for whatever is no address that this server made, as far as it knows its keys."""
        current = self.directory.current
        if self._cached_of is not current:
            self._cache.clear()
            self._cached_of = current
        reply = self._cache.get(path)
        if reply is None:
            reply = _read(current, path)
            if reply is not None and len(path) <= MAX_CACHED_PATH:
                if len(self._cache) >= MAX_CACHED:
                    self._cache.clear()
                self._cache[path] = reply
        return reply

    def is_kept(self, reply: Reply, address: str) -> bool:
        """Counts the hit, and says whether it is written. One address that sends thousands a second would fill the disk."""
        if not reply.kept:
            return False
        self.counts.numbers[reply.count] += 1
        if self.per_address.wait(network_of(address)):
            self.counts.numbers[Count.NOT_KEPT] += 1
            return False
        return True

    def row_of(self, reply: Reply, method: str, address: str, agent: str, kept: str) -> HitRow:
        """`agent`, `kept`: see `kept_headers`."""
        return HitRow(
            self.new_uid(),
            reply.kind,
            time.time_ns() // 1000,
            reply.message_ref,
            reply.recipient_ref,
            reply.link,
            reply.url,
            address,
            agent,
            method,
            reply.workspace,
            kept,
        )

    async def _unsubscribe(self, reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
        """The page that asks; only POST is a wish (RFC 8058)."""
        page = ASKING
        if scope["method"] == "POST":
            confirmed = await confirms(receive)
            if confirmed is None:
                await plain(send, 413, _TOO_LARGE, [(b"connection", b"close")])
                return
            if not confirmed:
                await plain(send, 400, _NOT_CONFIRMED)
                return
            # Nobody is told that a wish was noted that was not: the mail program, or the person, asks again.
            if not await self._keep(reply, scope) and reply.kept:
                await plain(send, 429, _LATER, [(b"retry-after", b"1")])
                return
            page = DONE
        headers = [(b"content-length", str(len(page)).encode()), *reply.headers, *NEVER_KEPT]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page})

    async def _keep(self, reply: Reply, scope: Scope) -> bool:
        """Whether it was written."""
        address = self.addresses.of(scope)
        if not self.is_kept(reply, address):
            return False
        row = self.row_of(reply, scope["method"], address, *kept_headers(scope["headers"]))
        loop = asyncio.get_running_loop()
        safe: asyncio.Future[None] = loop.create_future()
        limit = loop.call_later(PATIENCE, _give_up, safe)
        self.log.record(row, safe)
        try:
            await safe
        finally:
            limit.cancel()
        return True


def _token_of(path: str) -> str:
    """Empty for a path that cannot hold one."""
    if len(path) > MAX_TOKEN + 10:
        return ""
    prefix, text = path[:3], path[3:]
    if prefix == "/o/":
        return text[:-4] if text.endswith(".gif") else ""
    return text if prefix in PREFIXES else ""


def _read(directory: Directory, path: str) -> Reply | None:
    """Only what is of the kind that the path is for."""
    token = _token_of(path)
    found = directory.read(token) if token else None
    if found is None:
        return None
    workspace, read = found
    letter, kind = _KINDS[type(read)]
    if path[1] != letter:
        return None
    reply = Reply(kind, workspace, read.message_ref, read.recipient_ref)
    if isinstance(read, ClickToken):
        reply.lead_to(read.link, read.url)
    return reply


async def plain(send: Send, status: int, body: bytes, headers: Headers | None = None) -> None:
    """A short text that says nothing about what was asked."""
    start = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *(headers or []),
        *NEVER_KEPT,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


def _give_up(waiter: Waiter) -> None:
    if not waiter.done():
        waiter.set_result(None)
