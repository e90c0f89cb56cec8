"""The part of the tracking server that programs talk to: events, their stream, keys, presence, deletion, health. Starlette
routes. Every answer concerns the workspace of the token that is shown, and no other."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, NoReturn, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.tracking.proof import token_hash
from app.tracking.server.addresses import ClientAddresses, network_of
from app.tracking.server.counts import Count, Counts
from app.tracking.server.database import DatabaseAway, HitDatabase, Workspace
from app.tracking.server.directory import LiveDirectory
from app.tracking.server.feed import HitFeed
from app.tracking.server.health import health_routes
from app.tracking.server.hot_paths import NOT_FOUND
from app.tracking.server.joining import instant, now
from app.tracking.server.keeper import SEALS_AFTER
from app.tracking.server.limits import Buckets, Places
from app.tracking.server.metrics import metrics_page
from app.tracking.server.openapi import openapi_document
from app.tracking.tokens import TrackingKey, TrackingKeys, new_secret

MAX_EVENTS = 1_000
KEEP_ALIVE = 15.0  # seconds
# Milliseconds after which a program comes again whose stream broke: a hit is to be told within a second of a restart, too
RETRY = b": hitchpost\nretry: 500\n\n"
STREAM_AGAIN = 10  # seconds after which somebody may come again who found too many streams open
MAX_NUMBER = 2**63 - 1
MAX_BODY = 1_000  # bytes
MAX_TOKEN = 200
_NO_STORE = {"Cache-Control": "no-store"}
_PROGRAM = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REF = re.compile(r"[0-9a-f]{16}")

_log = logging.getLogger(__name__)
T = TypeVar("T")


def create_api(
    feed: HitFeed,
    directory: LiveDirectory,
    addresses: ClientAddresses,
    patient: Callable[[], HitDatabase],
    look: Callable[[], Awaitable[None]],
    spooling: Callable[[], bool],
    *,
    counts: Counts,
    per_token: Buckets,
    streams: Places,
    metrics_token: str = "",
) -> Starlette:
    """`patient` connects for what may take long; `look` reads the directory again (see `Keeper.ask`). A cursor that comes
    with the uid of another server belongs to another database and starts from the beginning."""
    admission = _Admission(feed, directory, counts, per_token)
    api = Starlette(
        routes=[
            *_Reading(admission, streams, look).routes(),
            *_Changing(admission, addresses, patient).routes(),
            Route("/api/v1/openapi.json", _openapi),
            Route("/metrics", metrics_page(counts.shared, addresses, metrics_token)),
            *health_routes(directory, look, feed, spooling, counts.shared),
        ],
        exception_handlers={HTTPException: _refuse},
    )
    api.router.redirect_slashes = False  # it would redirect to whatever host the request names
    return api


class _Admission:
    def __init__(self, feed: HitFeed, directory: LiveDirectory, counts: Counts, per_token: Buckets) -> None:
        self.feed = feed
        self.directory = directory
        self.numbers = counts.numbers
        self._per_token = per_token

    async def admit(self, request: Request) -> Workspace:
        """Whose token was shown. The database is asked, so that a token that was revoked is refused at once; while it is
        away what was known last counts. The token is looked up by its hash, so time tells nothing about it."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        given = given.strip()
        if scheme.lower() != "bearer" or not 0 < len(given) <= MAX_TOKEN:
            self._refuse()
        hashed = token_hash(given)
        workspace = await self.still(hashed)
        if workspace is None:
            self._refuse()
        if wait := self._per_token.wait(hashed):
            self.numbers[Count.LIMITED] += 1
            raise HTTPException(429, headers={"Retry-After": str(wait)})
        return workspace

    def _refuse(self) -> NoReturn:
        self.numbers[Count.UNAUTHORIZED] += 1
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    async def still(self, hashed: str) -> Workspace | None:
        try:
            return await self.feed.ask(lambda database: database.workspace_of(hashed))
        except DatabaseAway:
            return self.directory.current.workspace_of(hashed)


class _Reading:
    def __init__(self, admission: _Admission, streams: Places, look: Callable[[], Awaitable[None]]) -> None:
        self._look = look
        self._admission = admission
        self._streams = streams
        self._feed = admission.feed
        self._directory = admission.directory

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/events", self._events),
            Route("/api/v1/stream", self._stream),
            Route("/api/v1/keys", self._keys),
        ]

    async def _cursor(self, request: Request, last: str = "") -> int:
        """`last` is what a browser sends when it resumes; its address still has the old one. Who names this database and has
        seen more than there is shows that it was restored."""
        after, server = _number(request.query_params.get("after", "0"), MAX_NUMBER), request.query_params.get("server")
        if server and server != self._directory.current.server_uid:
            after = 0
        if last:
            after = _number(last, MAX_NUMBER)
        elif server and await self._is_beyond(after):
            try:
                if await self._feed.ask(lambda database: database.renew(now(), beyond=after)):
                    _log.warning(
                        "somebody has seen newer hits than there are: the database was restored, all is told again"
                    )
                await self._look()
            except DatabaseAway as error:
                _log.info("a cursor could not be looked at: %s", error)
            after = 0
        return after

    async def _is_beyond(self, number: int) -> bool:
        """Whether a program has seen more than there is: the database is an older one than it was."""
        try:
            return number > 0 and number > await self._feed.ask(lambda database: database.newest())
        except DatabaseAway:
            return False

    async def _events(self, request: Request) -> Response:
        workspace = await self._admission.admit(request)
        after = await self._cursor(request)
        limit = max(1, _number(request.query_params.get("limit", str(MAX_EVENTS)), MAX_EVENTS))
        hits = await _there(self._feed.after(workspace.id, after, limit))
        server_uid = self._directory.current.server_uid
        return JSONResponse([hit.to_json(server_uid) for hit in hits], headers=_NO_STORE)

    async def _stream(self, request: Request) -> Response:
        workspace = await self._admission.admit(request)
        after = await self._cursor(request, request.headers.get("last-event-id", ""))
        server_uid = self._directory.current.server_uid

        async def told() -> AsyncIterator[bytes]:
            async with aclosing(hits_told()) as parts:
                async for part in parts:
                    yield part

        async def hits_told() -> AsyncGenerator[bytes]:
            yield RETRY
            number = after
            async for hits in self._feed.follow(workspace.id, after, KEEP_ALIVE):
                if await self._admission.still(workspace.token_hash) is None:
                    return
                # Whoever comes again is told all that this database has, under its new name.
                if self._directory.current.server_uid != server_uid:
                    return
                if not hits:
                    if await self._is_beyond(number):
                        return
                    yield b":\n\n"
                    continue
                number = hits[-1].number
                # json.dumps gives ASCII without line ends: one data line each
                yield b"".join(
                    f"id: {hit.number}\nevent: hit\ndata: {json.dumps(hit.to_json(server_uid))}\n\n".encode()
                    for hit in hits
                )

        # nginx holds streams back without the second one
        headers = {**_NO_STORE, "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(media_type="text/event-stream", headers=headers)
        if not self._streams.take(workspace.token_hash):
            self._admission.numbers[Count.STREAMS_REFUSED] += 1
            raise HTTPException(429, headers={"Retry-After": str(STREAM_AGAIN)})
        self._admission.numbers[Count.STREAMS] += 1
        return _Stream(told(), lambda: self._left(workspace.token_hash), headers)

    def _left(self, key: str) -> None:
        self._streams.leave(key)
        self._admission.numbers[Count.STREAMS] -= 1

    async def _keys(self, request: Request) -> Response:
        workspace = await self._admission.admit(request)
        ready = self._directory.current.sealing_keys(workspace.id, now())
        if not ready:  # a workspace that was made a moment ago
            found = await _there(self._feed.ask(lambda database: database.signing_keys()))
            ready = [key for key in found if key.workspace == workspace.id and key.seals_from <= now()]
        if not ready:
            raise HTTPException(503, headers={"Retry-After": "5"})
        keys = TrackingKeys([TrackingKey(key.id, key.secret, instant(key.created)) for key in ready])
        return Response(keys.to_json(), media_type="application/json", headers=_NO_STORE)


class _Stream(StreamingResponse):
    """`left` is called when it has ended, whether or not it ever began."""

    def __init__(self, parts: AsyncIterator[bytes], left: Callable[[], None], headers: dict[str, str]) -> None:
        super().__init__(parts, media_type="text/event-stream", headers=headers)
        self._left = left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._left()


class _Changing:
    def __init__(
        self,
        admission: _Admission,
        addresses: ClientAddresses,
        patient: Callable[[], HitDatabase],
    ) -> None:
        self._admission = admission
        self._feed = admission.feed
        self._directory = admission.directory
        self._addresses = addresses
        self._patient = patient
        self._one_deletion = asyncio.Lock()

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/keys/rotate", self._rotate, methods=["POST"]),
            Route("/api/v1/presence", self._presence, methods=["POST"]),
            Route("/api/v1/address", self._address),
            Route("/api/v1/recipients/{recipient_ref}", self._forget, methods=["DELETE"]),
        ]

    async def _rotate(self, request: Request) -> Response:
        """A new key, which seals a minute from now. Refused while another new one waits for that."""
        workspace = await self._admission.admit(request)
        at = now()
        key = await _there(
            self._feed.ask(lambda database: database.add_key(workspace.id, new_secret(), at, at + SEALS_AFTER))
        )
        if key is None:
            raise HTTPException(429, headers={"Retry-After": str(SEALS_AFTER // 1_000_000)})
        answer = {"id": key.id, "seals_from": instant(key.seals_from)}
        return JSONResponse(answer, 201, headers=_NO_STORE)

    async def _presence(self, request: Request) -> Response:
        """The program says that it is signed in where it asks from."""
        workspace = await self._admission.admit(request)
        program = (await _body(request)).get("program")
        if not isinstance(program, str) or not _PROGRAM.fullmatch(program):
            raise HTTPException(400)
        address = self._addresses.of(request.scope)
        if network := network_of(address):
            await _there(self._feed.ask(lambda database: database.note_presence(workspace.id, program, network, now())))
        return JSONResponse({"address": address}, headers=_NO_STORE)

    async def _address(self, request: Request) -> Response:
        await self._admission.admit(request)
        answer = {
            "address": self._addresses.of(request.scope),
            "unbelieved_proxy": self._addresses.disbelieves(request.scope),
        }
        return JSONResponse(answer, headers=_NO_STORE)

    async def _forget(self, request: Request) -> Response:
        workspace = await self._admission.admit(request)
        recipient_ref = request.path_params["recipient_ref"]
        if not _REF.fullmatch(recipient_ref):
            raise HTTPException(404)
        async with self._one_deletion:  # it looks through all hits: beside the feed's thread, which streams wait for
            count = await _there(asyncio.to_thread(self._forgotten, workspace.id, recipient_ref))
        return JSONResponse({"deleted": count}, headers=_NO_STORE)

    def _forgotten(self, workspace: int, recipient_ref: str) -> int:
        database = self._patient()
        try:
            return database.forget(workspace, recipient_ref, now())
        finally:
            database.close()


async def _openapi(request: Request) -> Response:
    return JSONResponse(openapi_document(), headers=_NO_STORE)


async def _there(asked: Awaitable[T]) -> T:
    """503 while the database is away."""
    try:
        return await asked
    except DatabaseAway as error:
        raise HTTPException(503, headers={"Retry-After": "1"}) from error


async def _body(request: Request) -> dict[str, Any]:
    """A small JSON object. 413 for a large one, of which no more is read; 400 for anything else."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise HTTPException(413, headers={"Connection": "close"})
    try:
        value = json.loads(bytes(body))
    except (ValueError, RecursionError) as error:
        raise HTTPException(400) from error
    if not isinstance(value, dict):
        raise HTTPException(400)
    return value


def _number(text: str, largest: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > MAX_NUMBER:
        raise HTTPException(400)
    return min(int(text), largest)


async def _refuse(request: Request, error: Exception) -> Response:
    """Short and the same for all: nothing of what was asked comes back."""
    assert isinstance(error, HTTPException)
    body = NOT_FOUND if error.status_code == 404 else f"{error.detail}\n".encode()
    return PlainTextResponse(body, error.status_code, {**_NO_STORE, **(error.headers or {})})
