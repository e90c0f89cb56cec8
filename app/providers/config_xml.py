"""Reads the two forms of published settings: the autoconfig file (config-v1.1.xml, draft-ietf-mailmaint-autoconfig) and
Exchange's Autodiscover answer (MS-OXDSCLI, "POX"). Pure; used by `decide`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lxml import etree

from app.domain.detection import FoundServer
from app.domain.hosts import ascii_host, ascii_url
from app.domain.inboxes import ConnectionSecurity, Endpoint
from app.providers.catalogue import DOMAIN, EMAIL, LOCAL_PART

MAX_BYTES = 256_000
TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
# Ways to sign in that a password or a grant can serve; the plain names are of version 1.0 of the format.
_USABLE = {"password-cleartext", "plain", "password-encrypted", "secure", "oauth2"}
_IMPLICIT_PORTS = (993, 465)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")  # no part of an address, a user name, a URL


@dataclass(frozen=True)
class Config:
    """Servers that can be used, in the order of the file. `pop3`, `without_tls`: there were others, of these kinds."""

    incoming: tuple[FoundServer, ...] = ()
    outgoing: tuple[FoundServer, ...] = ()
    ews_url: str = ""
    pop3: bool = False
    without_tls: bool = False

    @property
    def useful(self) -> bool:
        return bool(self.incoming or self.ews_url)


def read_config(xml: str | bytes, address: str) -> Config | None:
    """None for what is neither of the two forms. Never fetches or expands anything that the file names."""
    data = xml.encode("utf-8", "replace") if isinstance(xml, str) else xml
    data = data.removeprefix(b"\xef\xbb\xbf").strip()
    if not data or len(data) > MAX_BYTES:
        return None
    if isinstance(xml, str):  # what an encoding declaration says is no longer true of it
        data = re.sub(rb"^<\?xml[^>]*\?>", b"", data).strip()
    if b"<!doctype" in data[:4096].lower():  # the format has none; entities come with it
        return None
    root = _parse(data)
    if root is None:
        return None
    name = _name(root)
    if name == "clientconfig":
        return _autoconfig(root, address)
    if name == "autodiscover":
        return _autodiscover(root, address)
    return None


def _parse(data: bytes) -> etree._Element | None:
    """The root. Small faults (an entity that does not exist, as in published files) are passed over in a file that is
    there up to its end: half a host name must not become a host."""
    whole = data.rstrip().lower().endswith((b"</clientconfig>", b"</autodiscover>"))
    for recover in (False, True) if whole else (False,):
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True, recover=recover
        )
        try:
            root: etree._Element | None = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError):
            continue
        if root is not None:
            return root if root.getroottree().docinfo.internalDTD is None else None  # in UTF-16, or behind a comment
    return None


def fill_in(template: str, address: str) -> str:
    """The template with the address put in for its placeholders."""
    local, _, domain = address.rpartition("@")
    for mark, value in ((EMAIL, address), (LOCAL_PART, local), (DOMAIN, domain)):
        template = template.replace(mark, value)
    return template


def _autoconfig(root: etree._Element, address: str) -> Config:
    provider = next((e for e in root if _name(e) == "emailprovider"), root)
    config = Config()
    for element in provider:
        kind = (element.get("type") or "").strip().lower()
        match _name(element), kind:
            case "incomingserver", "imap":
                config = _with_server(config, element, address, "incoming")
            case "outgoingserver", "smtp":
                config = _with_server(config, element, address, "outgoing")
            case "incomingserver", "pop3":
                config = replace(config, pop3=True)
            case "incomingserver", "exchange" | "ews":
                url = https_url(fill_in(_text(element, "ewsurl") or _text(element, "url"), address))
                config = replace(config, ews_url=config.ews_url or url)
    return config


def _with_server(config: Config, element: etree._Element, address: str, side: str) -> Config:
    security = _text(element, "sockettype").lower()
    host = fill_in(_text(element, "hostname"), address)
    port = _port(_text(element, "port"))
    ways = {_plain(e.text) for e in element if _name(e) == "authentication"}
    if security in ("plain", "none", ""):
        return replace(config, without_tls=True)
    endpoint = _endpoint(host, port, _security(security, port))
    if endpoint is None or (ways and not ways & _USABLE):
        return config
    username = fill_in(_text(element, "username") or EMAIL, address)
    if _CONTROL.search(username):
        return config
    return _add(config, side, FoundServer(endpoint, username))


def _add(config: Config, side: str, server: FoundServer) -> Config:
    if side == "incoming":
        return replace(config, incoming=tuple(dict.fromkeys((*config.incoming, server))))
    return replace(config, outgoing=tuple(dict.fromkeys((*config.outgoing, server))))


def _security(word: str, port: int) -> ConnectionSecurity:
    if word == "tls":  # said of both
        return TLS if port in _IMPLICIT_PORTS else STARTTLS
    return STARTTLS if word == "starttls" else TLS


def _autodiscover(root: etree._Element, address: str) -> Config:
    config = Config()
    for element in root.iter():
        name = _name(element)
        if name != "protocol":
            continue
        match _text(element, "type").upper():
            case "EXCH" | "EXPR" | "EXHTTP":
                config = replace(config, ews_url=config.ews_url or https_url(_text(element, "ewsurl")))
            case "IMAP":
                config = _with_protocol(config, element, address, "incoming")
            case "SMTP":
                config = _with_protocol(config, element, address, "outgoing")
            case "POP3":
                config = replace(config, pop3=True)
    return config


def _with_protocol(config: Config, element: etree._Element, address: str, side: str) -> Config:
    """`SSL` is on where it is missing; `Encryption` (None, SSL, TLS, Auto) comes before it (MS-OXDSCLI 2.2.4.1.1.2)."""
    port = _port(_text(element, "port"))
    encryption = _text(element, "encryption").lower()
    ssl = _text(element, "ssl").lower() != "off"
    if encryption == "none" or (not encryption and not ssl):
        return replace(config, without_tls=True)
    security = TLS if port in _IMPLICIT_PORTS or encryption == "ssl" else STARTTLS
    endpoint = _endpoint(_text(element, "server"), port, security)
    username = _text(element, "loginname") or address
    if endpoint is None or _CONTROL.search(username):
        return config
    return _add(config, side, FoundServer(endpoint, username))


def _endpoint(host: str, port: int, security: ConnectionSecurity) -> Endpoint | None:
    name = ascii_host(host)
    return Endpoint(name, port, security) if port and name else None


def _port(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536 else 0


def https_url(url: str) -> str:
    """The URL, where it is one that a password may go to; else nothing."""
    try:
        url = ascii_url(url)
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(ascii_host(parts.hostname or "")) and parts.username is None
        return url if good and parts.port != 0 and not _CONTROL.search(url) else ""
    except ValueError:
        return ""


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _text(element: etree._Element, name: str) -> str:
    return next((_plain(e.text, lower=False) for e in element if _name(e) == name), "")


def _plain(text: str | None, *, lower: bool = True) -> str:
    stripped = (text or "").strip()
    return stripped.lower() if lower else stripped
