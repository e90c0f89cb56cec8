"""Names of mail domains and servers in the one form in which they are compared, kept and connected to: ASCII, lower case, no
final dot. Used by every room that meets a name; nothing else may turn a name into ASCII.

Names with other letters follow IDNA 2008 (RFC 5891) with the mapping of UTS 46, as browsers and registries do. Python's own
codec, which `socket` and `ssl` fall back to, follows IDNA 2003, where straße.de is strasse.de: another domain, of somebody
else. So no name with such letters may get that far."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

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


def server_host(typed: str) -> str:
    """What is typed as a server: a name, an IPv4 address, or an IPv6 address with or without brackets, which go. Empty for
    what is none of these."""
    text = typed.strip()
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in bare:
        try:
            return str(ipaddress.IPv6Address(bare))
        except ValueError:
            return ""
    return ascii_host(bare) if bare == text else ""


def ascii_url(url: str) -> str:
    """The same address with its host in ASCII. Empty for an address without a host, or with one that is no name."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if host.isascii():
        return url if host else ""
    name = ascii_host(host)
    user, at, place = parts.netloc.rpartition("@")
    port = place.rpartition(":")[2] if ":" in place else ""
    netloc = f"{user}{at}{name}" + (f":{port}" if port else "")
    return urlunsplit((parts.scheme, netloc, *parts[2:])) if name else ""


def within(host: str, domain: str) -> bool:
    """Whether a host is the domain itself or lies in it; both in the form of this module."""
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def unicode_domain(name: str) -> str:
    """A domain in the letters that its owner writes it with: xn--bcher-kva.example is bücher.example. As it is, where it is
    no name of IDNA 2008, or would not be the same domain again."""
    if "xn--" not in name:
        return name
    import idna

    try:
        shown = idna.decode(name)
    except (idna.IDNAError, UnicodeError):
        return name
    return shown if ascii_domain(shown) == name else name


def shown_domain(name: str) -> str:
    """For people: a name with other than ASCII letters has its ASCII form beside it, in which look-alikes differ."""
    plain = _ascii(name)
    return name if name.isascii() or not plain else f"{name} ({plain})"


def _ascii(name: str) -> str:
    text = name.strip()
    return text.rstrip(".").lower() if text.isascii() else _mapped(text)


@lru_cache(maxsize=4096)
def _mapped(text: str) -> str:
    import idna  # with its tables, which nearly every address does without

    try:
        return idna.encode(text, uts46=True).decode("ascii").rstrip(".").lower()
    except (idna.IDNAError, UnicodeError):
        return ""
