"""Names of mail domains and servers in the form in which they are compared: ASCII, lower case, no final dot. Pure; used by
the rest of this room and by the presets."""

from __future__ import annotations

import re

import idna

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)+(?!\d+$){_LABEL}")
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")


def ascii_domain(name: str) -> str:
    """A mail domain: two labels at least, the last of which is no number (RFC 1123 2.1; IDNA by RFC 5891 with the mapping
    of UTS 46). Empty for what is none."""
    text = _ascii(name)
    return text if _DOMAIN.fullmatch(text) else ""


def ascii_host(name: str) -> str:
    """A server's name or IPv4 address. Empty for what is none."""
    text = _ascii(name)
    return text if _HOST.fullmatch(text) else ""


def is_host(name: str) -> bool:
    return bool(_HOST.fullmatch(name))


def within(host: str, domain: str) -> bool:
    """Whether a host is the domain itself or lies in it; both in the form of this module."""
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _ascii(name: str) -> str:
    text = name.strip().rstrip(".").lower()
    try:
        return text if text.isascii() else idna.encode(text, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        return ""
