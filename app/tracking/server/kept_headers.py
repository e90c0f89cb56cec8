"""What of a request's headers is kept with a hit: the user agent, and the few others that tell programs from people. Used
by the hot paths."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

MAX_USER_AGENT = 500  # characters
MAX_VALUE = 100
_CONTROL = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")
_KEPT = {
    b"accept": "accept",
    b"accept-language": "accept-language",
    b"sec-fetch-dest": "sec-fetch-dest",
    b"sec-purpose": "sec-purpose",
    b"via": "via",
}


def kept_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str]:
    """The user agent, and a JSON object of the others, each by the first header of its name, without control characters.
    Of Referer only that there was one: it names pages that are nobody's business."""
    agent = ""
    kept: dict[str, str] = {}
    for name, value in headers:
        if name == b"user-agent":
            agent = agent or _text(value[:MAX_USER_AGENT])
        elif name in _KEPT:
            kept.setdefault(_KEPT[name], _text(value[:MAX_VALUE]))
        elif name == b"referer":
            kept["referer"] = "present"
    return agent, _document(tuple(kept.items())) if kept else "{}"


@lru_cache(maxsize=1024)
def _document(kept: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(kept), separators=(",", ":"), ensure_ascii=True)


@lru_cache(maxsize=1024)
def _text(value: bytes) -> str:
    return value.decode("latin-1").translate(_CONTROL).strip()
