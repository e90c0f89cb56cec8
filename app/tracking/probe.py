"""Single questions to a tracking host, as a mail program or a program of ours would ask them, for its check. Nothing here
leaves an event: test tokens are answered and not kept."""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from app.domain.errors import TrackingError
from app.tracking.client import MAX_ANSWER, by_proxy, trust
from app.tracking.proof import health_proof, proof_mark, token_hash
from app.tracking.tokens import TEST_REF, TrackingKeys, make_click_token, make_open_token

TEST_DESTINATION = "https://example.com/hitchpost-check?a=b%20c&d=1#end"
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")


@dataclass(frozen=True)
class Answer:
    """`headers` in small letters. `seconds` from question to end of the answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Health:
    """`ours`: a Hitchpost tracking server. `proved`: it knows the workspace's token. `api`, `version` and `ahead` (seconds by
    which its clock is before ours) are None where it did not say."""

    ours: bool
    proved: bool
    spooling: bool
    api: int | None
    version: str | None
    ahead: float | None


def split_host(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a tracking host's address. Raises TrackingError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in ("http", "https"):
        raise TrackingError(f"The address of a tracking server begins with https:// or http://, not like “{url}”.")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def addresses_of(host: str, port: int) -> list[str]:
    """IP addresses of a name, those first that are tried first. Raises TrackingError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TrackingError(f"No address is known for {host}: {getattr(error, 'strerror', None) or error}.") from error
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def accepts(address: str, port: int, timeout: float) -> bool:
    """Whether a connection comes about."""
    try:
        socket.create_connection((address, port), timeout).close()
    except OSError:
        return False
    return True


def certificate_end(host: str, port: int, timeout: float) -> tuple[str, datetime]:
    """The TLS version of a connection that trusts the host's certificate, and until when that is valid. Raises TrackingError
    with the reason."""
    try:
        with socket.create_connection((host, port), timeout) as plain:
            with _authorities().wrap_socket(plain, server_hostname=host) as secure:
                certificate = secure.getpeercert() or {}
                end = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
                return secure.version() or "TLS", datetime.fromtimestamp(end, UTC)
    except ssl.SSLCertVerificationError as error:
        raise TrackingError(f"Its certificate is not accepted: {error.verify_message}.") from error
    except (OSError, ValueError, KeyError) as error:
        raise TrackingError(f"No encrypted connection: {getattr(error, 'strerror', None) or error}.") from error


def ask(url: str, path: str, timeout: float, *, params: dict[str, str] | None = None, token: str = "") -> Answer:
    """GET, following no redirect. Raises TrackingError."""
    import httpx

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    began = time.monotonic()
    body = bytearray()
    try:
        with httpx.Client(timeout=timeout, trust_env=by_proxy(url), verify=trust(url)) as client:
            with client.stream("GET", url.rstrip("/") + path, params=params or {}, headers=headers) as response:
                for block in response.iter_bytes():
                    body += block
                    if len(body) > MAX_ANSWER or time.monotonic() - began > timeout:
                        raise TrackingError("The answer has no end.")
    except httpx.TimeoutException as error:
        raise TrackingError(f"No answer within {timeout:.0f} seconds.") from error
    except (httpx.HTTPError, httpx.InvalidURL, ImportError) as error:
        said = _ERRNO.sub("", str(error)).rstrip(".") or type(error).__name__
        raise TrackingError(f"It cannot be asked: {said}.") from error
    lowered = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, lowered, bytes(body), time.monotonic() - began)


def ask_health(url: str, token: str, timeout: float) -> Health:
    """Raises TrackingError where nothing answers."""
    nonce, hashed = secrets.token_hex(16), token_hash(token)
    answer = ask(url, "/healthz", timeout, params={"nonce": nonce, "workspace": proof_mark(hashed)})
    said = _object(answer.body)
    ahead = None
    if isinstance(there := said.get("time"), int | float):
        ahead = float(there) - (time.time() - answer.seconds / 2)
    api, version = said.get("api"), said.get("version")
    return Health(
        ours=said.get("service") == "hitchpost-tracking",
        proved=said.get("proof") == health_proof(hashed, nonce),
        spooling=ask(url, "/readyz", timeout).status == 503,
        api=api if isinstance(api, int) else None,
        version=version if isinstance(version, str) else None,
        ahead=ahead,
    )


def ask_picture(url: str, keys: TrackingKeys, timeout: float) -> Answer:
    return ask(url, f"/o/{make_open_token(keys, TEST_REF, TEST_REF)}.gif", timeout)


def ask_link(url: str, keys: TrackingKeys, timeout: float) -> Answer:
    return ask(url, f"/c/{make_click_token(keys, TEST_REF, TEST_REF, 0, TEST_DESTINATION)}", timeout)


def ask_address(url: str, token: str, timeout: float) -> tuple[str, bool]:
    """This computer's address as the server sees it, and whether a proxy in front of it told another one that the server did
    not believe. Raises TrackingError."""
    answer = ask(url, "/api/v1/address", timeout, token=token)
    said = _object(answer.body)
    if answer.status != 200 or not isinstance(address := said.get("address"), str):
        raise TrackingError(f"It answered {answer.status} to the question for this computer's address.")
    return address, said.get("unbelieved_proxy") is True


def is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def _authorities() -> ssl.SSLContext:
    """Those that every request here trusts."""
    import httpx

    return httpx.create_ssl_context()


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
