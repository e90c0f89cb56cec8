"""The part of the tracking server that programs talk to: events, their stream, the keys, health. Starlette routes."""

from __future__ import annotations

import hmac
import json
import sqlite3
from collections.abc import AsyncIterator, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from app.tracking.proof import health_proof
from app.tracking.server.database import DatabaseAway
from app.tracking.server.feed import HitFeed
from app.tracking.server.hot_paths import NOT_FOUND
from app.tracking.tokens import TrackingKeys

MAX_EVENTS = 1_000
KEEP_ALIVE = 15.0  # seconds
MAX_NUMBER = 2**63 - 1
MAX_NONCE = 100
_NO_STORE = {"Cache-Control": "no-store"}


def create_api(
    feed: HitFeed, keys: TrackingKeys, api_token: str, server_uid: str, spooling: Callable[[], bool]
) -> Starlette:
    """`server_uid` names the database; a cursor that comes with another uid belongs to another database and starts
    from the beginning."""

    def authorise(request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # compared as bytes: compare_digest refuses non-ASCII text
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), api_token.encode()):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    def cursor(request: Request) -> int:
        if request.query_params.get("server") not in (None, "", server_uid):
            return 0
        return _number(request.query_params.get("after", "0"), MAX_NUMBER)

    async def events(request: Request) -> Response:
        authorise(request)
        after = cursor(request)
        limit = max(1, _number(request.query_params.get("limit", str(MAX_EVENTS)), MAX_EVENTS))
        try:
            hits = await feed.after(after, limit)
        except (sqlite3.Error, DatabaseAway) as error:
            raise HTTPException(503, headers={"Retry-After": "1"}) from error
        return JSONResponse([hit.to_json(server_uid) for hit in hits], headers=_NO_STORE)

    async def stream(request: Request) -> Response:
        authorise(request)
        after = cursor(request)
        if last := request.headers.get("last-event-id", ""):
            after = _number(last, MAX_NUMBER)  # what a browser sends when it resumes; its address still has the old one

        async def told() -> AsyncIterator[bytes]:
            yield b": hitchpost\nretry: 2000\n\n"
            async for hits in feed.follow(after, KEEP_ALIVE):
                if not hits:
                    yield b":\n\n"
                    continue
                # json.dumps gives ASCII without line ends: one data line each
                yield b"".join(
                    f"id: {hit.number}\nevent: hit\ndata: {json.dumps(hit.to_json(server_uid))}\n\n".encode()
                    for hit in hits
                )

        # nginx holds streams back without the second one
        headers = {**_NO_STORE, "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(media_type="text/event-stream", headers=headers)
        return StreamingResponse(told(), media_type="text/event-stream", headers=headers)

    async def signing_keys(request: Request) -> Response:
        authorise(request)
        return Response(keys.to_json(), media_type="application/json", headers=_NO_STORE)

    async def health(request: Request) -> Response:
        answer = {
            "service": "hitchpost-tracking",
            "status": "spooling" if spooling() else "ok",
            "server": server_uid,
        }
        if nonce := request.query_params.get("nonce", "")[:MAX_NONCE]:
            answer["proof"] = health_proof(api_token, nonce)
        return JSONResponse(answer, headers=_NO_STORE)

    api = Starlette(
        routes=[
            Route("/api/v1/events", events),
            Route("/api/v1/stream", stream),
            Route("/api/v1/keys", signing_keys),
            Route("/healthz", health),
        ],
        exception_handlers={HTTPException: _refuse},
    )
    api.router.redirect_slashes = False  # it would redirect to whatever host the request names
    return api


def _number(text: str, largest: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > MAX_NUMBER:
        raise HTTPException(400)
    return min(int(text), largest)


async def _refuse(request: Request, error: Exception) -> Response:
    """Short and the same for all: nothing of what was asked comes back."""
    assert isinstance(error, HTTPException)
    body = NOT_FOUND if error.status_code == 404 else f"{error.detail}\n".encode()
    return PlainTextResponse(body, error.status_code, {**_NO_STORE, **(error.headers or {})})
