"""The two addresses in sent mail: `/o/<token>.gif` and `/c/<token>`. Bare ASGI, in front of everything else, because
every recipient's mail program comes here.

What an answer says is decided by the token alone. Only then is the hit handed over to be written, and the answer goes
out when it is on the disk, at the latest after `PATIENCE` seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import Scope, Send

from app.tracking.destinations import location_header
from app.tracking.server.addresses import ClientAddresses
from app.tracking.server.directory import LiveDirectory
from app.tracking.server.hit_log import HitLog, Waiter
from app.tracking.server.kept_headers import kept_headers
from app.tracking.server.rows import HitRow
from app.tracking.tokens import MAX_TOKEN, TEST_REF, ClickToken, OpenToken

PATIENCE = 5.0

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

NOT_FOUND = b"Not found\n"
NOT_ALLOWED = b"Method not allowed\n"


@dataclass(frozen=True)
class HotPaths:
    """Answers HTTP requests for the two prefixes."""

    directory: LiveDirectory
    unknown_key: Callable[[], Awaitable[None]]
    log: HitLog
    addresses: ClientAddresses
    new_uid: Callable[[], str]

    async def answer(self, scope: Scope, send: Send) -> None:
        method: str = scope["method"]
        if method not in ("GET", "HEAD"):
            await plain(send, 405, NOT_ALLOWED, [(b"allow", b"GET, HEAD")])
            return
        found = await self._read(scope["path"])
        if found is None:
            await plain(send, 404, NOT_FOUND)
            return
        workspace, token = found
        if token.message_ref != TEST_REF:
            await self._keep(scope, method, workspace, token)
        if isinstance(token, OpenToken):
            await send({"type": "http.response.start", "status": 200, "headers": _GIF_HEADERS})
            await send({"type": "http.response.body", "body": GIF})
        else:
            headers = [(b"location", location_header(token.url)), *_REDIRECT_HEADERS]
            await send({"type": "http.response.start", "status": 302, "headers": headers})
            await send({"type": "http.response.body", "body": b""})

    async def _read(self, path: str) -> tuple[int, OpenToken | ClickToken] | None:
        """Whose the token of a path is, and what it says, if it is of the kind that the path is for."""
        if len(path) > MAX_TOKEN + 10:
            return None
        if path.startswith("/o/") and path.endswith(".gif"):
            text, kind = path[3:-4], "open"
        elif path.startswith("/c/"):
            text, kind = path[3:], "click"
        else:
            return None
        found = self.directory.current.read(text)
        if found is None and self.directory.current.lacks_key_of(text):
            await self.unknown_key()
            found = self.directory.current.read(text)
        if found is None:
            return None
        workspace, token = found
        if isinstance(token, OpenToken if kind == "open" else ClickToken):
            return workspace, token
        return None

    async def _keep(self, scope: Scope, method: str, workspace: int, token: OpenToken | ClickToken) -> None:
        agent, headers = kept_headers(scope["headers"])
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
            user_agent=agent,
            method=method,
            workspace=workspace,
            headers=headers,
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
