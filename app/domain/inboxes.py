"""A connected mail account: its servers, its secrets' names, and the states it can be in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NewType
from urllib.parse import urlsplit

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
    """One server of an account, as typed: `HOST:PORT:tls|starttls` on the command line."""

    host: str
    port: int
    security: ConnectionSecurity

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
    """What is needed to reach an account by IMAP and SMTP. Passwords are kept apart (`secret_name`).

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
    NEEDS_SIGN_IN     the server refuses the credentials       waits for Reconnect              Sign in again
    CERTIFICATE       the certificate is not the known one     waits for Reconnect              Certificate changed
    DISABLED          the user disabled it                     waits for Reconnect, Remove      Disabled
    REMOVED           the user removed it                      logged mail stays; the end       (not shown)
    """

    CONNECTING = "connecting"
    CONNECTED = "connected"
    UNREACHABLE = "unreachable"
    NEEDS_SIGN_IN = "needs_sign_in"
    CERTIFICATE = "certificate_changed"
    DISABLED = "disabled"
    REMOVED = "removed"


S = InboxState
TRANSITIONS: dict[InboxState, frozenset[InboxState]] = {
    S.CONNECTING: frozenset({S.CONNECTED, S.UNREACHABLE, S.NEEDS_SIGN_IN, S.CERTIFICATE, S.DISABLED, S.REMOVED}),
    S.CONNECTED: frozenset({S.CONNECTING, S.UNREACHABLE, S.NEEDS_SIGN_IN, S.CERTIFICATE, S.DISABLED, S.REMOVED}),
    S.UNREACHABLE: frozenset({S.CONNECTING, S.CONNECTED, S.NEEDS_SIGN_IN, S.CERTIFICATE, S.DISABLED, S.REMOVED}),
    S.NEEDS_SIGN_IN: frozenset({S.CONNECTING, S.CONNECTED, S.UNREACHABLE, S.CERTIFICATE, S.DISABLED, S.REMOVED}),
    S.CERTIFICATE: frozenset({S.CONNECTING, S.CONNECTED, S.UNREACHABLE, S.NEEDS_SIGN_IN, S.DISABLED, S.REMOVED}),
    S.DISABLED: frozenset({S.CONNECTING, S.REMOVED}),
    S.REMOVED: frozenset({S.CONNECTING}),
}
del S

SYNCING_STATES = frozenset({InboxState.CONNECTING, InboxState.CONNECTED, InboxState.UNREACHABLE})


def may_become(now: InboxState, then: InboxState) -> bool:
    """Whether the table above allows it; staying is always allowed."""
    return now == then or then in TRANSITIONS[now]


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
