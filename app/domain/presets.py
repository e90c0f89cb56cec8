"""Servers that an administrator set for a mail domain (C10), as values: what was typed, what became of it, what is wrong with
it. Checked and kept by `app.services.presets`; shown by the settings and the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from app.domain.inboxes import ConnectionSecurity, Endpoint

# How a server wants user names; any text with at least one of these may be one
WHOLE_ADDRESS, BEFORE_THE_AT = "%EMAILADDRESS%", "%EMAILLOCALPART%"


class PresetWay(Enum):
    SERVERS = "servers"  # IMAP and SMTP
    EXCHANGE = "exchange"


class PresetField(Enum):
    """What a fault stands beside."""

    DOMAIN = "domain"
    IMAP_HOST = "imap_host"
    IMAP_PORT = "imap_port"
    SMTP_HOST = "smtp_host"
    SMTP_PORT = "smtp_port"
    USERNAME = "username"
    URL = "url"


@dataclass(frozen=True)
class TypedServer:
    host: str = ""
    port: str = ""
    security: ConnectionSecurity = ConnectionSecurity.IMPLICIT_TLS


@dataclass(frozen=True)
class PresetForm:
    """As typed. Only the fields of its `way` count."""

    domain: str
    way: PresetWay = PresetWay.SERVERS
    imap: TypedServer = field(default_factory=lambda: TypedServer(port="993"))
    smtp: TypedServer = field(default_factory=lambda: TypedServer(port="465"))
    username: str = WHOLE_ADDRESS
    url: str = ""


@dataclass(frozen=True)
class Preset:
    """`domain`: ASCII, lower case. Either both servers, or `ews_url`; never all. It holds no password."""

    domain: str
    imap: Endpoint | None = None
    smtp: Endpoint | None = None
    username: str = WHOLE_ADDRESS
    ews_url: str = ""

    @property
    def way(self) -> PresetWay:
        return PresetWay.EXCHANGE if self.ews_url else PresetWay.SERVERS


@dataclass(frozen=True)
class PresetFault:
    field: PresetField
    text: str


def form_of(preset: Preset) -> PresetForm:
    """The preset as it would be typed."""
    form = PresetForm(preset.domain, preset.way, username=preset.username, url=preset.ews_url)
    if preset.imap is None or preset.smtp is None:
        return form
    imap, smtp = (TypedServer(e.host, str(e.port), e.security) for e in (preset.imap, preset.smtp))
    return PresetForm(preset.domain, preset.way, imap, smtp, preset.username)
