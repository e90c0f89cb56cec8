"""Reads the plainest request there is, `GET` of a picture or link without a body, in one go. Used by the wire, which gives
whatever is not of this form to its HTTP parser.

What programs say of themselves repeats from request to request, so blocks of headers that were read are kept for a while.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from app.tracking.server.kept_headers import kept_headers

MAX_PLAIN = 8 * 1024  # bytes
STARTS = (b"GET /o/", b"GET /c/")

_MAX_KEPT = 1_024  # blocks
_MAX_KEPT_BLOCK = 1_024  # bytes
_VERSION = b" HTTP/1.1\r\n"
_END = b"\r\n\r\n"
# RFC 9110 5.1 and 5.5; nothing of what parsers forgive
_HEADERS = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)+")
# What tells how the message goes on or how the connection does
_UNUSUAL = frozenset(
    (b"connection", b"proxy-connection", b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"trailer")
)


class Block(NamedTuple):
    """The headers of a request, with names in small letters, and what is kept of them."""

    headers: list[tuple[bytes, bytes]]
    user_agent: str
    kept: str


class PlainRequests:
    """One thread only. `max_headers`: requests with more are not for us."""

    def __init__(self, max_headers: int) -> None:
        self._max_headers = max_headers
        self._known: dict[bytes, Block | None] = {}

    def read(self, data: bytes) -> tuple[str, Block] | None:
        """The path and the headers, where `data`, which begins with one of `STARTS`, is one whole request of HTTP/1.1 and
        nothing else. None for everything that deserves a closer look."""
        if len(data) > MAX_PLAIN:
            return None
        end = data.find(_VERSION)
        if end < 0:
            return None
        fields = data[end + len(_VERSION) :]
        try:
            block = self._known[fields]
        except KeyError:
            block = _read(fields, self._max_headers)
            if len(fields) <= _MAX_KEPT_BLOCK:
                if len(self._known) >= _MAX_KEPT:
                    self._known.clear()
                self._known[fields] = block
        return None if block is None else (data[4:end].decode("latin-1"), block)


def _read(fields: bytes, max_headers: int) -> Block | None:
    """`fields` with the empty line behind them."""
    if not fields.endswith(_END) or not _HEADERS.fullmatch(fields, 0, len(fields) - 2):
        return None
    headers = []
    for line in fields[: -len(_END)].split(b"\r\n"):
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if name in _UNUSUAL and (name != b"connection" or value.lower() != b"keep-alive"):
            return None
        headers.append((name, value))
    return block_of(headers) if len(headers) <= max_headers else None


def block_of(headers: list[tuple[bytes, bytes]]) -> Block:
    return Block(headers, *kept_headers(headers))
