"""A connected mail account: its servers, its secrets' names, and the states it can be in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, NewType
from urllib.parse import urlsplit

from app.domain.hosts import ascii_host

if TYPE_CHECKING:
    from app.domain.problems import Problem

InboxId = NewType("InboxId", int)


class Provider(Enum):
    GMAIL = "gmail"
    OUTLOOK = "outlook"
    EXCHANGE = "exchange"
    IMAP = "imap"


class InboxKind(Enum):
    PERSONAL = "personal"
    TEAM = "team"


class ConnectionSecurity(Enum):
    """RFC 8314. There is no member for a connection without TLS: credentials never travel in the clear."""

    IMPLICIT_TLS = "tls"
    STARTTLS = "starttls"


@dataclass(frozen=True)
class Endpoint:
    """One server of an account: `HOST:PORT:tls|starttls` on the command line. `host` in ASCII, however it was typed; what is
    no name (see `hosts`) stays, and is never found."""

    host: str
    port: int
    security: ConnectionSecurity

    def __post_init__(self) -> None:
        if not self.host.isascii():
            object.__setattr__(self, "host", ascii_host(self.host) or self.host)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}:{self.security.value}"


@dataclass(frozen=True)
class ServerTrust:
    """How the server's certificate is judged: the system's authorities, further ones, or one pinned certificate.

    `ca_pem`: PEM text of authorities trusted besides the system's. `pin_sha256`: lower-case hex fingerprint of the
    one certificate that is accepted, whoever issued it."""

    ca_pem: str = ""
    pin_sha256: str = ""


@dataclass(frozen=True)
class Secret:
    """A password on its way to a server. Masks itself wherever it is printed."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__


@dataclass(frozen=True)
class AccessToken:
    """An OAuth access token (RFC 6749 1.4) on its way to a server, good for about an hour. Masks itself like a password."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "AccessToken(•••)"

    __str__ = __repr__


Credential = Secret | AccessToken


class AuthMethod(Enum):
    """How an account signs in: a password, or a grant at its provider (XOAUTH2, RFC 7628)."""

    PASSWORD = "password"
    OAUTH = "oauth"


@dataclass(frozen=True)
class ImapAccount:
    """What is needed to reach an account by IMAP and SMTP. Passwords are kept apart (`services.account_passwords`).

    `graph_url`: where it is not empty, mail goes out by Microsoft Graph at this address instead of `smtp`, because the
    organisation has switched authenticated SMTP off."""

    address: str
    imap: Endpoint
    smtp: Endpoint
    username: str
    smtp_username: str = ""  # empty: the same credentials as for incoming mail
    trust: ServerTrust = ServerTrust()
    from_name: str = ""
    auth: AuthMethod = AuthMethod.PASSWORD
    graph_url: str = ""
    smtp_trust: ServerTrust | None = None  # None: judged as the incoming server's certificate

    @property
    def read_host(self) -> str:
        return self.imap.host

    @property
    def send_host(self) -> str:
        return urlsplit(self.graph_url).hostname or self.smtp.host


@dataclass(frozen=True)
class ExchangeAccount:
    """What is needed to reach an on-premises Exchange server by EWS. `url`: of its EWS endpoint, https only; empty: a
    check finds it by autodiscover. No stored account is without one."""

    address: str
    url: str
    username: str
    trust: ServerTrust = ServerTrust()
    from_name: str = ""

    @property
    def read_host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def send_host(self) -> str:
        return self.read_host


Account = ImapAccount | ExchangeAccount


class InboxState(Enum):
    """The states of an inbox.

    member            how one gets there                       what happens next                what the user sees
    CONNECTING        the wizard's last check passed           first sync → CONNECTED           First look
    CONNECTED         a sync went through                      IDLE, syncs                      Up to date
    UNREACHABLE       network or server trouble                retried with backoff             Not reachable
    PAUSED            the user paused reading                  waits for Resume; mail goes out  Paused
    NEEDS_SIGN_IN     the server refuses the credentials       waits for Reconnect              Sign in again
    NEEDS_PERMISSION  the provider or the organisation does    waits for Reconnect, after an    Permission needed
                      not allow what is needed                 administrator allowed it
    CERTIFICATE       the certificate is not the known one     waits for Reconnect              Certificate changed
    DISABLED          the user disabled it                     waits for Enable, Remove         Disabled
    REMOVED           the user removed it                      logged mail stays; the end       (not shown)
    """

    CONNECTING = "connecting"
    CONNECTED = "connected"
    UNREACHABLE = "unreachable"
    PAUSED = "paused"
    NEEDS_SIGN_IN = "needs_sign_in"
    NEEDS_PERMISSION = "needs_permission"
    CERTIFICATE = "certificate_changed"
    DISABLED = "disabled"
    REMOVED = "removed"


S = InboxState
_TROUBLE = frozenset({S.UNREACHABLE, S.NEEDS_SIGN_IN, S.NEEDS_PERMISSION, S.CERTIFICATE})
_BY_PERSON = frozenset({S.DISABLED, S.REMOVED})
TRANSITIONS: dict[InboxState, frozenset[InboxState]] = {
    S.CONNECTING: frozenset({S.CONNECTED, S.PAUSED}) | _TROUBLE | _BY_PERSON,
    S.CONNECTED: frozenset({S.CONNECTING, S.PAUSED}) | _TROUBLE | _BY_PERSON,
    S.UNREACHABLE: frozenset({S.CONNECTING, S.CONNECTED, S.PAUSED}) | _TROUBLE - {S.UNREACHABLE} | _BY_PERSON,
    S.PAUSED: frozenset({S.CONNECTING, S.NEEDS_SIGN_IN, S.NEEDS_PERMISSION, S.CERTIFICATE}) | _BY_PERSON,
    S.NEEDS_SIGN_IN: frozenset({S.CONNECTING, S.CONNECTED}) | _TROUBLE - {S.NEEDS_SIGN_IN} | _BY_PERSON,
    S.NEEDS_PERMISSION: frozenset({S.CONNECTING, S.CONNECTED}) | _TROUBLE - {S.NEEDS_PERMISSION} | _BY_PERSON,
    S.CERTIFICATE: frozenset({S.CONNECTING, S.CONNECTED}) | _TROUBLE - {S.CERTIFICATE} | _BY_PERSON,
    S.DISABLED: frozenset({S.CONNECTING, S.REMOVED}),
    S.REMOVED: frozenset({S.CONNECTING}),
}
del S, _TROUBLE, _BY_PERSON

SYNCING_STATES = frozenset({InboxState.CONNECTING, InboxState.CONNECTED, InboxState.UNREACHABLE})
# Nothing goes on by itself; the feed says so, and the tray.
NEEDS_PERSON = frozenset({InboxState.NEEDS_SIGN_IN, InboxState.NEEDS_PERMISSION, InboxState.CERTIFICATE})


def may_become(now: InboxState, then: InboxState) -> bool:
    """Whether the table above allows it; staying is always allowed."""
    return now == then or then in TRANSITIONS[now]


@dataclass(frozen=True)
class SendAs:
    """An address besides its own that an inbox may send as (Gmail's send-as aliases). `is_default`: the provider's own
    first choice."""

    address: str
    name: str = ""
    is_default: bool = False


@dataclass(frozen=True)
class Inbox:
    """A connected account as stored. `problem` says why it is not CONNECTED, `since` when that began (UTC)."""

    id: InboxId
    user_id: int
    provider: Provider
    kind: InboxKind
    state: InboxState
    account: Account
    problem: Problem | None
    since: datetime
    created_at: datetime
    last_sync_at: datetime | None = None
    files_sent_copies: bool = False  # the server itself puts a copy into Sent
    sent_folder: str = ""

    @property
    def address(self) -> str:
        return self.account.address


def state_for(problem: Problem) -> InboxState:
    """The state in which a problem leaves an inbox."""
    code = problem.code.value
    if code.startswith("certificate_"):
        return InboxState.CERTIFICATE
    if code == "permission_missing":
        return InboxState.NEEDS_PERMISSION
    if code in (
        "wrong_credentials",
        "app_password_needed",
        "login_disabled",
        "no_secret",
        "grant_ended",
        "exchange_online",
    ):
        return InboxState.NEEDS_SIGN_IN
    return InboxState.UNREACHABLE
