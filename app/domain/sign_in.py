"""A sign-in at a provider (OAuth): what happens in it, and why it may not come about, as a closed set. Sentences:
`app.words.oauth`.

SignInFault is raised by `app.oauth`, shown by the wizard and the command line; a connected inbox gets a Problem instead."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from app.domain.checks import CheckEvent
from app.domain.errors import HitchpostError

if TYPE_CHECKING:
    from app.domain.inboxes import InboxId
    from app.domain.problems import Problem


class SignInTrouble(Enum):
    DENIED = "denied"  # the person pressed Cancel in the browser
    TIMED_OUT = "timed_out"  # nobody came back from the browser
    NO_CLIENT = "no_client"  # no OAuth client is configured
    CLIENT_REFUSED = "client_refused"  # the provider does not know the client, or its redirect address
    OTHER_ACCOUNT = "other_account"  # signed in, but as somebody else
    MAIL_NOT_ALLOWED = "mail_not_allowed"  # signed in, and the access to mail was left out
    ADVANCED_PROTECTION = "advanced_protection"  # Google's programme, which lets no such program in
    ADMIN_APPROVAL = "admin_approval"  # the organisation lets in only what its administrator approved
    POLICY = "policy"  # another rule of the organisation: device, place, second factor
    GCC_HIGH = "gcc_high"  # Microsoft 365 for the US government, in a cloud of its own
    DOD = "dod"  # the same, of the US Department of Defense
    SHARED_MAILBOX = "shared_mailbox"  # its own sign-in is blocked
    GRANT_ENDED = "grant_ended"  # revoked, or run out
    SERVER_BUSY = "server_busy"  # the provider's sign-in does not work just now
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"  # the sign-in server's is not trusted; often a proxy's, put in its place
    BAD_ANSWER = "bad_answer"  # an answer that makes no sense, or is not to what was asked


class SignInFault(HitchpostError):
    """`says`: the provider's own words, at most 500 characters, never a token. `host`: who said it. `account`: as whom
    the person signed in, where that is known. `issuer`: of a certificate that is not trusted, where it could be seen."""

    def __init__(
        self, trouble: SignInTrouble, says: str = "", host: str = "", account: str = "", issuer: str = ""
    ) -> None:
        super().__init__(f"{trouble.value}: {host} {says}".strip())
        self.trouble, self.says, self.host, self.account, self.issuer = trouble, says, host, account, issuer


@dataclass(frozen=True)
class BrowserWanted:
    """The address of the provider's page; the person's own browser shows it."""

    url: str = field(repr=False)  # holds the state


@dataclass(frozen=True)
class SignedIn:
    """The person came back; the check of the servers follows. `account`: as whom."""

    account: str


@dataclass(frozen=True)
class SignInEnded:
    """One of: `inbox_id` of the connected inbox; `fault` of the sign-in; `problem` of the check; `error`, a sentence
    about what could not be kept; or none of them, when it was cancelled. `note`: what did not come along with a connected
    inbox, which works without it, too."""

    inbox_id: InboxId | None = None
    fault: SignInFault | None = None
    problem: Problem | None = None
    error: str = ""
    sent_folder: str = ""
    note: str = ""


SignInEvent = BrowserWanted | SignedIn | CheckEvent | SignInEnded
