"""Addresses that mail gateways and web sites put around a link, taken off where the destination can be read in them.

Used by `cleaning`. Nothing is fetched. Wrappers whose destination only their owner knows (HubSpot, Mailchimp, Mimecast …)
stay as they are.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qs, unquote, urlsplit

MAX_URL = 20_000
_MAX_LAYERS = 5

# Host (or its ending, with a dot in front), path prefix, query parameters that hold the destination.
_BY_PARAMETER: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (".safelinks.protection.outlook.com", "/", ("url",)),  # Microsoft Defender
    (".safelinks.protection.office365.us", "/", ("url",)),
    ("statics.teams.cdn.office.net", "/evergreen-assets/safelinks", ("url",)),
    ("l.facebook.com", "/l.php", ("u",)),
    ("lm.facebook.com", "/l.php", ("u",)),
    ("l.instagram.com", "/", ("u",)),
    ("www.linkedin.com", "/redir/", ("url",)),
    ("www.linkedin.com", "/safety/go", ("url",)),
    ("www.youtube.com", "/redirect", ("q",)),
    ("slack-redir.net", "/link", ("url",)),
    ("linkprotect.cudasvc.com", "/url", ("a",)),  # Barracuda
    (".trendmicro.com", "/wis/clicktime/", ("url",)),
    ("clicktime.symantec.com", "/", ("u",)),
    (".fireeye.com", "/v1/url", ("u",)),
    (".fireeye.com", "/v2/url", ("u",)),
    ("duckduckgo.com", "/l/", ("uddg",)),
    ("vk.com", "/away.php", ("to",)),
    ("steamcommunity.com", "/linkfilter/", ("url", "u")),
    ("out.reddit.com", "/", ("url",)),
    ("exit.sc", "/", ("url",)),
)
_GOOGLE = re.compile(r"(?:www\.)?google\.(?:[a-z]{2,3}|co\.[a-z]{2}|com\.[a-z]{2})")
_PROOFPOINT = frozenset({"urldefense.com", "urldefense.proofpoint.com", "urldefense.us"})
_V3 = re.compile(r"/v3/__(.+?)__;([A-Za-z0-9_=-]*)(?:!|$)")
_V3_HOLE = re.compile(r"\*(?:\*(.))?")
_V3_LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def unwrap_link(url: str) -> str:
    """The destination, with every readable wrapper taken off; the same address when there is none. Never raises."""
    for _ in range(_MAX_LAYERS):
        inner = _one_layer(url)
        if inner is None or inner == url:
            break
        url = inner
    return url


def _one_layer(url: str) -> str | None:
    if len(url) > MAX_URL:
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        query = parse_qs(parts.query, max_num_fields=100)
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    for ending, prefix, names in _BY_PARAMETER:
        matches = host.endswith(ending) if ending.startswith(".") else host == ending
        if matches and parts.path.startswith(prefix):
            return _first(query, names)
    if _GOOGLE.fullmatch(host) and parts.path == "/url":
        return _first(query, ("q", "url"))
    if host in _PROOFPOINT:
        return _proofpoint(parts.path, query, url)
    if host == "secure-web.cisco.com":
        return _web_address(unquote(parts.path.rpartition("/")[2]))
    if host.endswith(".awstrack.me") and parts.path.startswith("/L0/"):  # Amazon SES
        return _web_address(unquote(parts.path[4:].partition("/")[0]))
    if host.endswith(".protection.sophos.com"):
        return _decoded(_value(query, "u"))
    if host in ("www.bing.com", "bing.com") and parts.path == "/ck/a":
        return _decoded(_value(query, "u").removeprefix("a1"))
    return None


def _value(query: dict[str, list[str]], name: str) -> str:
    return query.get(name, [""])[0]


def _first(query: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := _web_address(_value(query, name)))), None)


def _web_address(text: str) -> str | None:
    """A destination must be an address of the web itself: a wrapper is no way to bring in another scheme."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        right = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return text if right and not re.search(r"[\s\x00-\x1f<>\"]", text) else None


def _decoded(coded: str) -> str | None:
    try:
        data = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_")
        return _web_address(data.decode("utf-8"))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


def _proofpoint(path: str, query: dict[str, list[str]], url: str) -> str | None:
    """URL Defense, versions 1 to 3 (the third keeps what it replaced by ``*`` in base64 behind the address)."""
    if path.startswith("/v1/"):
        return _web_address(unquote(_value(query, "u")))
    if path.startswith("/v2/"):
        return _web_address(unquote(_value(query, "u").replace("-", "%").replace("_", "/")))
    found = _V3.search(url)
    if found is None:
        return None
    try:
        held = base64.b64decode(found.group(2) + "=" * (-len(found.group(2)) % 4), altchars=b"-_").decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    at = 0

    def fill(hole: re.Match[str]) -> str:
        nonlocal at
        run = hole.group(1)
        length = _V3_LENGTHS.find(run) + 2 if run else 1
        piece = held[at : at + length]
        at += length
        return piece

    target = _V3_HOLE.sub(fill, found.group(1))
    return _web_address(re.sub(r"^(https?):/(?=[^/])", r"\1://", target))
