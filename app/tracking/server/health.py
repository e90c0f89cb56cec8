"""`/healthz`: the server lives, and whose it is; `/readyz`: its database takes hits. Two questions, for what is to be done
differs: a server that does not live is started anew. One whose database is away answers links all the same and must go on
getting them, but somebody should look at the database, and a new version should not be rolled out any further."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import __version__
from app.tracking.proof import health_proof
from app.tracking.server.counts import Count, SharedCounts
from app.tracking.server.database import DatabaseAway
from app.tracking.server.directory import LiveDirectory
from app.tracking.server.feed import HitFeed

API = 1  # grows when a program of before would not understand this server
MAX_NONCE = 100
READY_FOR = 1.0  # seconds in which all who ask get one answer, so that asking makes no work for the database
_MARK = re.compile(r"[0-9a-f]{16}")
_NO_STORE = {"Cache-Control": "no-store"}
_SERVICE = "hitchpost-tracking"


def health_routes(
    directory: LiveDirectory,
    look: Callable[[], Awaitable[None]],
    feed: HitFeed,
    spooling: Callable[[], bool],
    counts: SharedCounts,
) -> list[Route]:
    """`look` reads the directory again (see `Keeper.ask`)."""
    return [Route("/healthz", _health(directory, look)), Route("/readyz", _Readiness(feed, spooling, counts).answer)]


def _health(directory: LiveDirectory, look: Callable[[], Awaitable[None]]) -> Callable[[Request], Awaitable[Response]]:
    async def health(request: Request) -> Response:
        current = directory.current
        answer: dict[str, object] = {"service": _SERVICE, "status": "ok", "server": current.server_uid}
        mark = request.query_params.get("workspace", "")
        workspace = current.marked(mark)
        if workspace is None and _MARK.fullmatch(mark):  # one that was made a moment ago
            await look()
            workspace = directory.current.marked(mark)
        if workspace is not None and (nonce := request.query_params.get("nonce", "")[:MAX_NONCE]):
            answer["proof"] = health_proof(workspace.token_hash, nonce)
            # told to those only who know the workspace's token
            answer |= {"api": API, "version": __version__, "time": time.time()}
        return JSONResponse(answer, headers=_NO_STORE)

    return health


class _Readiness:
    def __init__(self, feed: HitFeed, spooling: Callable[[], bool], counts: SharedCounts) -> None:
        self._feed = feed
        self._spooling = spooling
        self._counts = counts
        self._written = 0
        self._asked: asyncio.Task[str] | None = None
        self._at = 0.0

    async def answer(self, request: Request) -> Response:
        state = "spooling" if self._spooling() else await self._shared()
        answer = {"service": _SERVICE, "status": state}
        if state == "ready":
            return JSONResponse(answer, headers=_NO_STORE)
        return JSONResponse(answer, 503, headers={**_NO_STORE, "Retry-After": "1"})

    async def _shared(self) -> str:
        now = asyncio.get_running_loop().time()
        if self._asked is None or (self._asked.done() and now - self._at > READY_FOR):
            self._at = now
            self._asked = asyncio.create_task(self._database())
        return await asyncio.shield(self._asked)

    async def _database(self) -> str:
        written, self._written = self._written, self._counts.totals()[Count.WRITTEN]
        if written != self._written:  # it took some since it was asked last; where it is busy it is not asked for a try
            return "ready"
        try:
            await self._feed.ask(lambda database: database.probe())
        except DatabaseAway:
            return "away"
        return "ready"
