"""The description of the API (OpenAPI 3.1), for those who write programs against a tracking server. Written by hand beside the
API; a test asks the server everything that stands here."""

from __future__ import annotations

from typing import Any

from app import __version__
from app.domain.events import EventKind

Json = dict[str, Any]

_REF = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
_TIME = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_HIT = {
    "type": "object",
    "description": "One request at the server for a picture, a link, or to unsubscribe.",
    "properties": {
        "server": {**_TEXT, "description": "Names the database: numbers of another one say nothing here."},
        "number": {**_WHOLE, "description": "Grows from hit to hit; where to go on."},
        "kind": {"enum": [EventKind.OPEN.value, EventKind.CLICK.value, EventKind.UNSUBSCRIBE.value]},
        "at": _TIME,
        "message_ref": _REF,
        "recipient_ref": _REF,
        "link": {"type": ["integer", "null"], "description": "Its place in the message; 65535 is one that no person sees."},
        "url": _TEXT,
        "ip": _TEXT,
        "user_agent": _TEXT,
        "method": _TEXT,
        "own": {"type": "boolean", "description": "From where one of the workspace's programs was signed in."},
        "headers": {"type": "object", "additionalProperties": _TEXT},
    },
    "required": [
        "server", "number", "kind", "at", "message_ref", "recipient_ref", "link", "url", "ip", "user_agent", "method",
        "own", "headers",
    ],
}  # fmt: skip
_KEYS = {
    "type": "object",
    "properties": {
        "keys": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer", "minimum": 0, "maximum": 65535},
                    "secret": {**_TEXT, "description": "64 bytes, base64."},
                    "created": _TEXT,
                },
                "required": ["id", "secret", "created"],
            },
        }
    },
    "required": ["keys"],
}
_AFTER = [
    {
        "name": "after",
        "in": "query",
        "schema": {**_WHOLE, "default": 0},
        "description": "The number of the last hit that is known.",
    },
    {
        "name": "server",
        "in": "query",
        "schema": _TEXT,
        "description": "By which database `after` was counted; another one's hits are told from the first, and so are those of "
        "one that was restored from a backup and has none of that number yet. What was heard before has the same time, "
        "message, recipient, kind and url.",
    },
]


def openapi_document() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hitchpost tracking server",
            "version": __version__,
            "description": "Every answer concerns the workspace whose token is shown, and no other.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": {
            "/api/v1/events": {
                "get": _operation(
                    "events",
                    "Up to 1,000 hits above a number, in order",
                    {"type": "array", "items": _HIT, "maxItems": 1000},
                    refusals=(400,),
                    parameters=[
                        *_AFTER,
                        {"name": "limit", "in": "query", "schema": {**_WHOLE, "default": 1000}},
                    ],
                )
            },
            "/api/v1/stream": {
                "get": {
                    **_operation(
                        "stream",
                        "All hits above a number, then each as it comes, as server-sent events",
                        _TEXT,
                        refusals=(400,),
                        parameters=[*_AFTER, {"name": "Last-Event-ID", "in": "header", "schema": _WHOLE}],
                        media="text/event-stream",
                    ),
                    "description": "Events are called `hit`; `id` is the number, `data` the hit as JSON. A server keeps so "
                    "many streams open for one token (100, if its owner does not say otherwise) and answers more with 429.",
                }
            },
            "/api/v1/keys": {
                "get": _operation("keys", "The keys that seal this workspace's links; the last one seals", _KEYS)
            },
            "/api/v1/keys/rotate": {
                "post": _operation(
                    "rotateKeys",
                    "A new key, which seals a minute later",
                    _object(id={"type": "integer", "minimum": 0, "maximum": 65535}, seals_from=_TEXT),
                    status=201,
                )
            },
            "/api/v1/presence": {
                "post": {
                    **_operation(
                        "presence",
                        "A program is signed in where this comes from: for ten minutes hits from there are its own",
                        _object(address=_TEXT),
                        refusals=(400, 413),
                    ),
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": _object(program={"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"})
                            }
                        },
                    },
                }
            },
            "/api/v1/address": {
                "get": _operation(
                    "address",
                    "The address that this comes from, as the server sees it",
                    _object(address=_TEXT, unbelieved_proxy={"type": "boolean"}),
                )
            },
            "/api/v1/recipients/{recipient_ref}": {
                "delete": _operation(
                    "forget",
                    "Deletes all hits of one recipient's copy, and keeps none that come later",
                    _object(deleted=_WHOLE),
                    refusals=(404,),
                    parameters=[{"name": "recipient_ref", "in": "path", "required": True, "schema": _REF}],
                )
            },
            "/api/v1/openapi.json": {
                "get": {**_operation("description", "This description", {"type": "object"}), "security": []}
            },
            "/healthz": {
                "get": {
                    **_operation(
                        "health",
                        "Whether the server lives; to be asked by whoever sends it requests or starts it anew",
                        {
                            **_object(
                                service={"const": "hitchpost-tracking"},
                                status={"const": "ok"},
                                server=_TEXT,
                            ),
                            "additionalProperties": True,
                        },
                        parameters=[
                            {"name": "nonce", "in": "query", "schema": _TEXT},
                            {"name": "workspace", "in": "query", "schema": _TEXT},
                        ],
                    ),
                    "security": [],
                }
            },
            "/readyz": {"get": _READY},
        },
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _object(**members: Json) -> Json:
    return {"type": "object", "properties": members, "required": list(members)}


def _operation(
    name: str,
    summary: str,
    answer: Json,
    *,
    status: int = 200,
    refusals: tuple[int, ...] = (),
    parameters: list[Json] | None = None,
    media: str = "application/json",
) -> Json:
    words = {
        400: "What was asked makes no sense",
        401: "No token, or a wrong one",
        404: "There is no such thing",
        413: "Too large",
        429: "Too often; Retry-After says when to come again",
        503: "The database is away; Retry-After says when to come again",
    }
    refused = {
        str(code): {"description": words[code], "content": {"text/plain": {"schema": _TEXT}}}
        for code in sorted({*refusals, 401, 429, 503})
    }
    return {
        "operationId": name,
        "summary": summary,
        **({"parameters": parameters} if parameters else {}),
        "responses": {str(status): {"description": "As asked", "content": {media: {"schema": answer}}}, **refused},
    }


_STATE = _object(service={"const": "hitchpost-tracking"}, status={"enum": ["ready", "spooling", "away"]})
_READY: Json = {
    "operationId": "ready",
    "summary": "Whether the database takes hits. Where it does not, links lead on all the same and hits wait on the disk",
    "responses": {
        status: {"description": text, "content": {"application/json": {"schema": _STATE}}}
        for status, text in (("200", "It does"), ("503", "It is away, or hits wait for it still (“spooling”)"))
    },
    "security": [],
}
