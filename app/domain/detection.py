"""What was found out about the mail service of an address: where to connect, how it is known, or why nothing is.

Made by `app.providers`; the wizard and the command line show it. Sentences: `app.words.detection`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.domain.inboxes import Endpoint, Provider


class Source(Enum):
    """Where a finding comes from, in order of priority."""

    PRESET = "preset"  # of the workspace (C10)
    KNOWN = "known"  # the table of known services
    AUTOCONFIG = "autoconfig"  # published by the domain
    DATABASE = "database"  # the autoconfig database
    SRV = "srv"  # RFC 6186, RFC 8314
    MX = "mx"  # its mail goes to a known service
    AUTODISCOVER = "autodiscover"  # Exchange
    COMMON = "common"  # a usual host name answered with a valid certificate


@dataclass(frozen=True)
class FoundServer:
    """`username`: as the server wants it, made from the address."""

    endpoint: Endpoint
    username: str


@dataclass(frozen=True)
class ServiceFacts:
    """What a person must know to sign in at a known service. `app_password_page`: where one is made, empty where there
    are none; `app_password_needed`: no other password is taken. `switch_on_page`: IMAP is switched on there first.
    `passwords_refused`: only a sign-in in the browser."""

    name: str
    app_password_page: str = ""
    app_password_needed: bool = False
    switch_on_page: str = ""
    passwords_refused: bool = False


@dataclass(frozen=True)
class Finding:
    """Servers in order of preference; at least one of incoming, outgoing, ews_url is there.

    `where`: the host or address that said so. `outside`: hosts that belong neither to the address's domain nor to a known
    service: a person has to agree before a password goes there."""

    address: str
    provider: Provider
    source: Source
    where: str = ""
    incoming: tuple[FoundServer, ...] = ()
    outgoing: tuple[FoundServer, ...] = ()
    ews_url: str = ""
    service: ServiceFacts | None = None
    outside: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether an inbox could be connected with it as it is."""
        return bool((self.incoming and self.outgoing) or self.provider is not Provider.IMAP)


@dataclass(frozen=True)
class Unsupported:
    """The service is known, and cannot be connected. `reason`: why, and what to do, in sentences."""

    address: str
    name: str
    reason: str


class Nothing(Enum):
    """Why nothing was found."""

    NOT_AN_ADDRESS = "not_an_address"
    NO_SUCH_DOMAIN = "no_such_domain"  # the name does not exist
    TAKES_NO_MAIL = "takes_no_mail"  # RFC 7505
    OFFLINE = "offline"  # nobody could be asked
    NO_SERVER = "no_server"  # asked everybody, no answer that helps
    POP3_ONLY = "pop3_only"
    NO_TLS = "no_tls"  # only servers without TLS are published
    UNTRUSTED = "untrusted"  # a usual host answered, with a certificate that is not valid for it


@dataclass(frozen=True)
class NothingFound:
    """`host`: that which answered, for UNTRUSTED."""

    address: str
    why: Nothing
    host: str = ""


Detected = Finding | Unsupported | NothingFound
