"""What can go wrong between the program and a mail server, as a closed set of codes.

The sentence and the remedy for each code stand in `app.words.problems`, complete by test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class ProblemCode(Enum):
    HOST_NOT_FOUND = "host_not_found"
    CONNECTION_REFUSED = "connection_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    NETWORK_DOWN = "network_down"
    CONNECTION_LOST = "connection_lost"  # in the middle of a conversation, outcome of the command unknown
    READ_TIMEOUT = "read_timeout"
    NOT_A_MAIL_SERVER = "not_a_mail_server"  # something answered, in another protocol
    TLS_NOT_OFFERED = "tls_not_offered"  # STARTTLS missing or stripped: nothing is sent in the clear
    TLS_FROM_START = "tls_from_start"  # STARTTLS asked of a port that speaks TLS before anything else
    TLS_FAILED = "tls_failed"  # handshake failed, e.g. implicit TLS asked of a STARTTLS port
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    CERTIFICATE_NAME_MISMATCH = "certificate_name_mismatch"
    CERTIFICATE_CHANGED = "certificate_changed"  # differs from the pinned one
    WRONG_CREDENTIALS = "wrong_credentials"
    APP_PASSWORD_NEEDED = "app_password_needed"
    LOGIN_DISABLED = "login_disabled"  # no usable login method offered
    AUTH_UNAVAILABLE = "auth_unavailable"  # the server cannot check just now (RFC 5530 UNAVAILABLE, 454)
    TOO_MANY_CONNECTIONS = "too_many_connections"
    THROTTLED = "throttled"
    SERVER_BUSY = "server_busy"  # 4xx, try again later
    FOLDER_MISSING = "folder_missing"
    PROTOCOL_ERROR = "protocol_error"  # an answer that makes no sense
    ANSWER_TOO_LARGE = "answer_too_large"
    SENDER_REFUSED = "sender_refused"
    SENDER_GONE = "sender_gone"  # the alias that a message was written from is none of the inbox's any more
    RECIPIENT_REFUSED = "recipient_refused"
    MESSAGE_REFUSED = "message_refused"
    MESSAGE_TOO_LARGE = "message_too_large"
    QUOTA_EXCEEDED = "quota_exceeded"
    OUTCOME_UNKNOWN = "outcome_unknown"  # connection ended between message and answer
    SEND_LIMIT = "send_limit"
    GRANT_ENDED = "grant_ended"  # the sign-in at Google or Microsoft was withdrawn, or has run out
    PERMISSION_MISSING = "permission_missing"  # the provider or its administrator does not allow what is needed
    NO_SECRET = "no_secret"  # the password is not in the keyring any more
    SECRETS_LOCKED = "secrets_locked"  # the keyring or the encrypted file cannot be read just now
    DISK_FULL = "disk_full"
    BROKEN_MESSAGE = "broken_message"
    EXCHANGE_NOT_FOUND = "exchange_not_found"  # autodiscover led to no EWS address
    EXCHANGE_ELSEWHERE = "exchange_elsewhere"  # autodiscover leads to a host of another domain: only with consent
    EXCHANGE_ONLINE = "exchange_online"  # Microsoft 365: no passwords there
    EXCHANGE_TOO_OLD = "exchange_too_old"  # older than 2010 SP2
    NO_EWS = "no_ews"  # a web server without Exchange Web Services at this address
    DAILY_LIMIT = "daily_limit"  # as much as a day may be read of this mailbox was read
    OVERDUE = "overdue"  # to be sent at a time that is long past: not sent, a draft again


# After these the program tries again by itself; after the others a person has to do something first.
TRANSIENT = frozenset(
    {
        ProblemCode.HOST_NOT_FOUND,
        ProblemCode.CONNECTION_REFUSED,
        ProblemCode.CONNECT_TIMEOUT,
        ProblemCode.NETWORK_DOWN,
        ProblemCode.CONNECTION_LOST,
        ProblemCode.READ_TIMEOUT,
        ProblemCode.AUTH_UNAVAILABLE,
        ProblemCode.TOO_MANY_CONNECTIONS,
        ProblemCode.THROTTLED,
        ProblemCode.SERVER_BUSY,
        ProblemCode.SECRETS_LOCKED,
        ProblemCode.DISK_FULL,
        ProblemCode.DAILY_LIMIT,
    }
)


# No server has said a word when these are met; also of what earlier versions kept, which did not tell whose words they were.
_NOT_OF_SERVERS = frozenset(
    {
        ProblemCode.HOST_NOT_FOUND,
        ProblemCode.CERTIFICATE_EXPIRED,
        ProblemCode.CERTIFICATE_NOT_YET_VALID,
        ProblemCode.CERTIFICATE_UNTRUSTED,
        ProblemCode.CERTIFICATE_NAME_MISMATCH,
        ProblemCode.CERTIFICATE_CHANGED,
        ProblemCode.SECRETS_LOCKED,
        ProblemCode.DISK_FULL,
        ProblemCode.EXCHANGE_NOT_FOUND,
    }
)


@dataclass(frozen=True)
class CertificateFacts:
    """What a person needs to judge a certificate. Fingerprint: SHA-256 over DER, lower-case hex, no colons."""

    subject: str
    issuer: str
    not_before: str  # ISO 8601
    not_after: str
    sha256: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """One fault. `server_says` is the server's own text, at most 500 characters, without credentials; or, with `own_words`,
    what this program or one of its libraries noted about the fault."""

    code: ProblemCode
    host: str = ""
    port: int = 0
    server_says: str = ""
    smtp_code: int = 0
    certificate: CertificateFacts | None = field(default=None)
    retry_after: float | None = None  # seconds, where the server gave a number
    own_words: bool = False

    @property
    def server_words(self) -> str:
        """What may be quoted as said by the server; empty where it said nothing."""
        return "" if self.own_words or self.code in _NOT_OF_SERVERS else self.server_says.strip()

    @property
    def note(self) -> str:
        """What was noted here about the fault."""
        return "" if self.server_words else self.server_says.strip()

    @property
    def transient(self) -> bool:
        return self.code in TRANSIENT
