"""One HTTP request over a `Wire` (RFC 9112): its time limits, its size limit, its cancel, no redirects. Used by `graph` and
`exchange`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.backends.wire import Wire
from app.domain.problems import ProblemCode

_ANSWER_LIMIT = 1 << 20  # bytes
_DIGITS = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True)
class Answer:
    """`headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Empty for what is no JSON object."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def retry_after(text: str) -> float | None:
    """Seconds, at most a day, of a Retry-After field (RFC 9110 10.2.3); None where it is none, or a date."""
    return min(float(text), 86_400.0) if text.isascii() and text.isdigit() and len(text) < 16 else None


def write_request(wire: Wire, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> None:
    """When this returns, the server may carry it out; before, it has not got all of it."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {wire.endpoint.host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    wire.allow(_ANSWER_LIMIT)
    wire.sendall("\r\n".join([*lines, "", ""]).encode("ascii") + body)


def read_answer(wire: Wire, *, body: bool = True) -> Answer:
    """Without `body` only what stands before it. Raises MailFault: PROTOCOL_ERROR for what is no HTTP, ANSWER_TOO_LARGE,
    and what the wire raises."""
    try:
        while True:
            status = int(_line(wire).split(" ", 2)[1])
            headers: dict[str, str] = {}
            while line := _line(wire):
                name, _, value = line.partition(":")
                name, value = name.strip().lower(), value.strip()
                if name == "content-length" and headers.get(name, value) != value:
                    raise ValueError("two lengths")  # RFC 9112 6.3
                headers[name] = value
            if status >= 200:
                return Answer(status, headers, _body(wire, status, headers) if body else b"")
    except (ValueError, IndexError) as error:
        raise wire.fault(ProblemCode.PROTOCOL_ERROR) from error


def _line(wire: Wire) -> str:
    return wire.readline().rstrip(b"\r\n").decode("latin-1")


def _body(wire: Wire, status: int, headers: Mapping[str, str]) -> bytes:
    if status in (204, 304):
        return b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        parts = []
        while size := _number(_line(wire).split(";")[0].strip(), 16):
            parts.append(wire.read(size))
            wire.readline()
        return b"".join(parts)
    if "content-length" in headers:
        return wire.read(_number(headers["content-length"], 10))
    return wire.read_to_end()


def _number(text: str, base: int) -> int:
    """Digits and nothing else: `int` takes signs and underscores. Raises ValueError."""
    if not text or len(text) > 16 or not set(text) <= _DIGITS:
        raise ValueError(f"no size: {text[:20]!r}")
    return int(text, base)
