"""What a diagnosis of a connected inbox finds: the steps with their times, the servers as they show themselves, and the
report. Made by `app.services.diagnose_inbox`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.checks import CheckStep
    from app.domain.inboxes import Endpoint
    from app.domain.problems import CertificateFacts, Problem


class Speaks(Enum):
    """The protocol of a server."""

    IMAP = "IMAP"
    SMTP = "SMTP"
    HTTPS = "HTTPS"


@dataclass(frozen=True)
class ServerFacts:
    """A server as it shows itself to anybody, before a sign-in and whoever vouches for it.

    `addresses`: what its name leads to. `answered_ms`: until TCP stood; 0 when it did not. `greeting`, `capabilities`
    (its extensions), `sign_ins` (the methods that it offers, over TLS): the server's own words. `chain`: the certificates
    as it sends them, its own first. `clock`: seconds by which its clock is ahead of ours; None when it tells no time.
    `problem`: what ended the look."""

    endpoint: Endpoint
    speaks: Speaks
    addresses: tuple[str, ...] = ()
    answered_ms: int = 0
    tls: str = ""
    cipher: str = ""
    chain: tuple[CertificateFacts, ...] = ()
    greeting: str = ""
    capabilities: tuple[str, ...] = ()
    sign_ins: tuple[str, ...] = ()
    clock: int | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class MailboxFacts:
    """What a sign-in showed. `folders`: how many hold messages; their names are the person's own business. `sent`: there
    is one for sent mail; `sent_marked`: the server says so itself (RFC 6154). `capabilities`: after the sign-in."""

    folders: int
    sent: bool
    sent_marked: bool
    capabilities: tuple[str, ...]


@dataclass(frozen=True)
class StepTaken:
    """One step of the ladder. `detail` as in StepPassed; `problem` None: it passed. `seconds` from its start to its end."""

    step: CheckStep
    detail: str
    problem: Problem | None
    seconds: float


@dataclass(frozen=True)
class Diagnosis:
    """`ok`: every step passed. `ended`: it was cancelled, or something else than a server ended it, in `why`. `notes`:
    what was left out, and why. `report`: plain text for the people who run the servers; empty when it was cancelled."""

    ok: bool
    steps: tuple[StepTaken, ...] = ()
    servers: tuple[ServerFacts, ...] = ()
    mailbox: MailboxFacts | None = None
    notes: tuple[str, ...] = ()
    report: str = ""
    ended: bool = False
    why: str = ""

    @property
    def problem(self) -> Problem | None:
        """The first one."""
        return next((s.problem for s in self.steps if s.problem is not None), None)
