"""Talks to a tracking server: fetches hits, follows its stream, asks whether it is there. Used by the event service.

Every failure is a TrackingError whose text can be shown. Redirects are not followed, so the token goes to the server
that was named and nowhere else.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import ssl
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from app.domain.errors import TrackingError
from app.domain.events import EventKind, Hit, UnknownHit
from app.tracking.folder import TrackingFolder
from app.tracking.proof import health_proof, proof_mark, token_hash
from app.tracking.tokens import TrackingKeys

CONNECT = 5.0  # seconds
SILENCE = 30.0  # seconds; the server says something every 15
MAX_ANSWER = 32 * 1024 * 1024
_BY_SOCKS = (
    "The proxy in the environment is of a kind that Hitchpost does not know (SOCKS). "
    "Name the tracking server in NO_PROXY."
)
_CANCEL_LOOK = 0.2
_KINDS = {kind.value for kind in (EventKind.OPEN, EventKind.CLICK, EventKind.UNSUBSCRIBE)}


def fetch_events(
    url: str, token: str, after: int, timeout: float = 10.0, *, server: str = ""
) -> list[Hit | UnknownHit]:
    """Up to 1,000 hits above number `after`, in order; fewer only where there are no more just now. `server` is the
    `Hit.server` that `after` was counted by: where the server now has another database, it starts from that one's
    beginning."""
    answer = _get(url, "/api/v1/events", _cursor(after, server), token, timeout)
    try:
        values = json.loads(answer)
        if not isinstance(values, list):
            raise ValueError("no list")
        return [_hit(value) for value in values]
    except (ValueError, KeyError, TypeError) as error:
        raise TrackingError(f"The tracking server at {url} gave an answer that makes no sense.") from error


def fetch_keys(url: str, token: str, timeout: float = 10.0) -> TrackingKeys:
    """The keys with which links for this server are sealed, for a program on another machine."""
    return TrackingKeys.from_json(_get(url, "/api/v1/keys", {}, token, timeout))


def tell_presence(url: str, token: str, program: str, timeout: float = 10.0) -> str:
    """Says that this program is signed in here, so that what it opens itself is known as its own. To be repeated every few
    minutes; the server takes the address as this workspace's own for ten minutes. `program`: up to 64 letters, digits, "_"
    and "-". The address as the server sees it."""
    return _address_of(url, _ask(url, "POST", "/api/v1/presence", {}, token, timeout, {"program": program}))


def fetch_address(url: str, token: str, timeout: float = 10.0) -> str:
    """This computer's address as the server sees it; empty when it cannot tell."""
    return _address_of(url, _get(url, "/api/v1/address", {}, token, timeout))


def forget_recipient(url: str, token: str, recipient_ref: str, timeout: float = 60.0) -> int:
    """Deletes all hits of one recipient's copy, and has none kept that come later. How many there were."""
    answer = _ask(url, "DELETE", f"/api/v1/recipients/{recipient_ref}", {}, token, timeout)
    return int(_member(url, answer, "deleted"))


def is_server_of(url: str, api_token: str, timeout: float = 5.0) -> bool:
    """Whether the server that answers at this address knows the token; it is not shown to it."""
    nonce, hashed = secrets.token_hex(16), token_hash(api_token)
    proof = _health(url, timeout, {"nonce": nonce, "workspace": proof_mark(hashed)}).get("proof", "")
    return hmac.compare_digest(str(proof).encode(), health_proof(hashed, nonce).encode())


def find_running(data_dir: Path, timeout: float = 2.0) -> str | None:
    """The URL at which a server over this folder is running on this machine, None when there is none. It has proved
    that it knows the folder's API token, without being shown it."""
    folder = TrackingFolder(data_dir)
    serving = folder.read_serving()
    if serving is None:
        return None
    try:
        return serving.url if is_server_of(serving.url, folder.api_token(), timeout) else None
    except TrackingError:
        return None


def stream_events(
    url: str,
    token: str,
    after: int,
    cancel: threading.Event,
    *,
    server: str = "",
    silence: float = SILENCE,
    asked: Callable[[float], None] | None = None,
) -> Iterator[Hit | UnknownHit]:
    """All hits above `after`, then each new one as it comes, in order, each once. Ends within a second of `cancel`.
    When the connection is lost, or nothing is heard for `silence` seconds, it raises TrackingError: come back with
    the last number that arrived. `server` as in `fetch_events`. `asked` is told after how many seconds the server wants
    one to come back (`retry:`)."""
    import asyncio  # it and httpx are large, and not needed where nothing is tracked

    loop = asyncio.new_event_loop()  # in the caller's thread, only to be able to stop in mid-wait
    hits = _stream(url, token, _cursor(after, server), silence, asked)
    try:
        while not cancel.is_set():
            hit = loop.run_until_complete(_unless_cancelled(hits, cancel))
            if hit is None:
                return
            yield hit
    finally:
        loop.run_until_complete(hits.aclose())
        loop.run_until_complete(loop.shutdown_asyncgens())  # those of the libraries in between
        loop.close()


async def _unless_cancelled(hits: AsyncGenerator[Hit | UnknownHit], cancel: threading.Event) -> Hit | UnknownHit | None:
    import asyncio

    task = asyncio.ensure_future(anext(hits))
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_CANCEL_LOOK)
            if cancel.is_set():
                return None
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, TrackingError):
                await task


async def _stream(
    url: str, token: str, params: dict[str, str], silence: float, asked: Callable[[float], None] | None
) -> AsyncGenerator[Hit | UnknownHit]:
    import httpx
    import httpx_sse

    timeout = httpx.Timeout(CONNECT, read=silence)
    try:
        async with httpx.AsyncClient(timeout=timeout, trust_env=by_proxy(url), verify=trust(url)) as client:
            address = _address(url, "/api/v1/stream")
            async with httpx_sse.aconnect_sse(client, "GET", address, params=params, headers=_bearer(token)) as source:
                _check_status(url, source.response.status_code)
                async for event in source.aiter_sse():
                    if event.retry is not None and asked is not None:
                        asked(event.retry / 1000)
                    if event.event == "hit":
                        yield _hit(json.loads(event.data))
    except httpx.ReadTimeout as error:
        raise TrackingError(
            f"Nothing was heard from the tracking server at {url} for {silence:.0f} seconds."
        ) from error
    except httpx_sse.SSEError as error:
        raise TrackingError(f"What answers at {url} is no tracking server.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TrackingError(f"The connection to the tracking server at {url} failed: {_reason(error)}.") from error
    except ImportError as error:
        raise TrackingError(_BY_SOCKS) from error
    except (ValueError, KeyError, TypeError) as error:
        raise TrackingError(f"The tracking server at {url} sent an event that makes no sense.") from error
    raise TrackingError(f"The tracking server at {url} closed the connection.")


def _get(url: str, path: str, params: dict[str, str], token: str, timeout: float) -> bytes:
    return _ask(url, "GET", path, params, token, timeout)


def _ask(
    url: str,
    method: str,
    path: str,
    params: dict[str, str],
    token: str,
    timeout: float,
    content: dict[str, str] | None = None,
) -> bytes:
    import httpx

    deadline = time.monotonic() + timeout
    body = bytearray()
    try:
        with httpx.Client(timeout=timeout, trust_env=by_proxy(url), verify=trust(url)) as client:
            headers = _bearer(token) if token else {}
            with client.stream(method, _address(url, path), params=params, headers=headers, json=content) as response:
                _check_status(url, response.status_code)
                for block in response.iter_bytes():
                    body += block
                    if len(body) > MAX_ANSWER:
                        raise TrackingError(f"What answers at {url} is no tracking server: its answer has no end.")
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("too slow")
    except httpx.TimeoutException as error:
        raise TrackingError(f"The tracking server at {url} did not answer within {timeout:.0f} seconds.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TrackingError(f"The tracking server at {url} cannot be reached: {_reason(error)}.") from error
    except ImportError as error:  # for SOCKS httpx needs a library more
        raise TrackingError(_BY_SOCKS) from error
    return bytes(body)


def _address_of(url: str, answer: bytes) -> str:
    return str(_member(url, answer, "address"))


def _member(url: str, answer: bytes, name: str) -> Any:
    try:
        return json.loads(answer)[name]
    except (ValueError, KeyError, TypeError) as error:
        raise TrackingError(f"The tracking server at {url} gave an answer that makes no sense.") from error


def _health(url: str, timeout: float, question: dict[str, str]) -> dict[str, Any]:
    """What /healthz says; empty when it is no tracking server's answer."""
    try:
        value = json.loads(_get(url, "/healthz", question, "", timeout))
    except (TrackingError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _hit(value: dict[str, Any]) -> Hit | UnknownHit:
    if value["kind"] not in _KINDS:
        return UnknownHit(str(value["server"]), int(value["number"]), str(value["kind"]))
    at = datetime.fromisoformat(value["at"])
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    link = value["link"]
    return Hit(
        server=str(value["server"]),
        number=int(value["number"]),
        kind=EventKind(value["kind"]),
        at=at,
        message_ref=str(value["message_ref"]),
        recipient_ref=str(value["recipient_ref"]),
        link=None if link is None else int(link),
        url=str(value["url"]),
        ip=str(value["ip"]),
        user_agent=str(value["user_agent"]),
        method=str(value["method"]),
        own=value.get("own") is True,
        headers=_texts(value.get("headers")),
    )


def _texts(value: object) -> dict[str, str] | None:
    return {str(name): str(text) for name, text in value.items()} if isinstance(value, dict) else None


def _cursor(after: int, server: str) -> dict[str, str]:
    return {"after": str(after), "server": server} if server else {"after": str(after)}


def _bearer(token: str) -> dict[str, str]:
    if not token.isascii() or not token.isprintable():
        raise TrackingError("The token for the tracking server holds characters that a token cannot have.")
    return {"Authorization": f"Bearer {token}"}


def _check_status(url: str, status: int) -> None:
    if status == 401:
        raise TrackingError(f"The tracking server at {url} refuses this workspace's token.")
    if status == 503:
        raise TrackingError(f"The tracking server at {url} cannot read its database just now.")
    if status == 429:
        raise TrackingError(f"The tracking server at {url} asks to try again later.")
    if status not in (200, 201):
        raise TrackingError(f"What answers at {url} is no tracking server: it said {status}.")


def _address(url: str, path: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise TrackingError(f"The address of a tracking server begins with https:// or http://, not like “{url}”.")
    return url.rstrip("/") + path


def by_proxy(url: str) -> bool:
    """Whether the environment's HTTP proxy is for this address: never for this machine itself."""
    host = _host(url)
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def trust(url: str) -> ssl.SSLContext | bool:
    """What httpx takes as `verify`."""
    # Loading the certificate authorities takes longer than asking a server on this machine.
    return True if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _host(url: str) -> str:
    import httpx

    try:
        return httpx.URL(url).host
    except httpx.InvalidURL:
        return ""


def _reason(error: Exception) -> str:
    text = str(error)
    return text if text else type(error).__name__
