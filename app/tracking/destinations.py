"""Which addresses a tracked link may lead to, and how one is written in a Location header. Used by tokens, rewrite
and the server; each asks again, so that none has to trust the other."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

import idna

MAX_URL_BYTES = 8_000  # of UTF-8; the token for it stays below the 16 KB that proxies take as a request line

# What a URL parser throws away before it reads (WHATWG URL, "basic URL parser", steps 1-3).
_EDGES = "".join(map(chr, range(0x21)))
_DROPPED = str.maketrans("", "", "\t\r\n")
_WEB = re.compile(r"https?://[^\s/?#\\@][^\\\s/?#]*(?:[/?#].*)?", re.IGNORECASE | re.DOTALL)
# Most addresses are of this form, of which nothing more need be asked
_PLAIN = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?:[/?#][!-~]*)?")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Everything that RFC 3986 allows somewhere in a URL, and "%" so that escapes that are there stay as they are.
_SAFE = "%/?#[]:@!$&'()*+,;=-._~|{}^"


def destination_of(href: str) -> str | None:
    """The web address that a browser would go to for this attribute value (entities already decoded), or None where
    it is no http or https address that can be tracked: another scheme, a fragment, a relative address, no host,
    control characters, more than `MAX_URL_BYTES`."""
    url = href.strip(_EDGES).translate(_DROPPED)
    return url if is_destination(url) else None


def is_destination(url: str) -> bool:
    """Whether the server may redirect there, exactly as written."""
    if len(url) <= MAX_URL_BYTES and _PLAIN.fullmatch(url):
        return True
    if len(url) > MAX_URL_BYTES or not _WEB.fullmatch(url) or _FORBIDDEN.search(url):
        return False
    if len(url.encode()) > MAX_URL_BYTES:
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port >= 0)
    except ValueError:  # a port that is no number, an unclosed [
        return False


def ascii_location(url: str) -> bytes:
    """The destination as ASCII for a Location header (RFC 9110 10.2.2): host in its A-label form, everything else
    percent-encoded as UTF-8. Only for what `is_destination` has been asked about, as whoever reads a token has: then nothing
    can be smuggled into a header."""
    if url.isascii() and " " not in url and '"' not in url and "<" not in url and ">" not in url:
        return url.encode("ascii")
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not host.isascii():
        name, colon, port = host.partition(":")
        try:
            host = idna.encode(name, uts46=True).decode("ascii") + colon + port
        except idna.IDNAError:
            host = quote(name) + colon + port
    netloc = quote(user, safe=_SAFE) + at + quote(host, safe=_SAFE)
    encoded = urlunsplit((parts.scheme, netloc, *(quote(part, safe=_SAFE) for part in parts[2:])))
    return encoded.encode("ascii")
