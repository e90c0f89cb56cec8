"""The two addresses in sent mail: `/o/<token>.gif` and `/c/<token>`. Bare ASGI, in front of everything else, because
every recipient's mail program comes here.

What an answer says is decided by the token alone. Only then is the hit handed over to be written, and the answer goes
out when it is on the disk, at the latest after `PATIENCE` seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Scope, Send

from app.tracking.destinations import location_header
from app.tracking.server.addresses import ClientAddresses
from app.tracking.server.hit_log import HitLog, Waiter
from app.tracking.server.rows import HitRow
from app.tracking.tokens import MAX_TOKEN, ClickToken, OpenToken, TrackingKeys, read_token

PATIENCE = 5.0
MAX_USER_AGENT = 500  # characters

# 1×1, transparent, 43 bytes
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)

Headers = list[tuple[bytes, bytes]]

_NEVER_KEPT: Headers = [
    (b"cache-control", b"no-store, no-cache, must-revalidate, private, max-age=0"),
    (b"pragma", b"no-cache"),
    (b"expires", b"0"),
    (b"x-content-type-options", b"nosniff"),
]
_GIF_HEADERS: Headers = [
    (b"content-type", b"image/gif"),
    (b"content-length", str(len(GIF)).encode()),
    (b"cross-origin-resource-policy", b"cross-origin"),
    *_NEVER_KEPT,
]
_REDIRECT_HEADERS: Headers = [(b"content-length", b"0"), (b"x-robots-tag", b"noindex, nofollow"), *_NEVER_KEPT]
_CONTROL = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")

NOT_FOUND = b"Not found\n"
NOT_ALLOWED = b"Method not allowed\n"


@dataclass(frozen=True)
class HotPaths:
    """Answers HTTP requests for the two prefixes."""

    keys: TrackingKeys
    log: HitLog
    addresses: ClientAddresses
    new_uid: Callable[[], str]

    async def answer(self, scope: Scope, send: Send) -> None:
        method: str = scope["method"]
        if method not in ("GET", "HEAD"):
            await plain(send, 405, NOT_ALLOWED, [(b"allow", b"GET, HEAD")])
            return
        token = self._token(scope["path"])
        if token is None:
            await plain(send, 404, NOT_FOUND)
            return
        await self._keep(scope, method, token)
        if isinstance(token, OpenToken):
            await send({"type": "http.response.start", "status": 200, "headers": _GIF_HEADERS})
            await send({"type": "http.response.body", "body": GIF})
        else:
            headers = [(b"location", location_header(token.url)), *_REDIRECT_HEADERS]
            await send({"type": "http.response.start", "status": 302, "headers": headers})
            await send({"type": "http.response.body", "body": b""})

    def _token(self, path: str) -> OpenToken | ClickToken | None:
        """The token of a path if it is of the kind that the path is for."""
        if len(path) > MAX_TOKEN + 10:
            return None
        if path.startswith("/o/") and path.endswith(".gif"):
            token = read_token(self.keys, path[3:-4])
            return token if isinstance(token, OpenToken) else None
        if path.startswith("/c/"):
            token = read_token(self.keys, path[3:])
            return token if isinstance(token, ClickToken) else None
        return None

    async def _keep(self, scope: Scope, method: str, token: OpenToken | ClickToken) -> None:
        agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
        click = token if isinstance(token, ClickToken) else None
        row = HitRow(
            hit_uid=self.new_uid(),
            kind="click" if click else "open",
            at=time.time_ns() // 1000,
            message_ref=token.message_ref,
            recipient_ref=token.recipient_ref,
            link=click.link if click else None,
            url=click.url if click else "",
            ip=self.addresses.of(scope),
            user_agent=agent[:MAX_USER_AGENT].decode("latin-1").translate(_CONTROL).strip(),
            method=method,
        )
        loop = asyncio.get_running_loop()
        safe: Waiter = loop.create_future()
        limit = loop.call_later(PATIENCE, _give_up, safe)
        self.log.record(row, safe)
        try:
            await safe
        finally:
            limit.cancel()


async def plain(send: Send, status: int, body: bytes, headers: Headers | None = None) -> None:
    """A short text that says nothing about what was asked."""
    start = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *(headers or []),
        *_NEVER_KEPT,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


def _give_up(waiter: Waiter) -> None:
    if not waiter.done():
        waiter.set_result(None)
