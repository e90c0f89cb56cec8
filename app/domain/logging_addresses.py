"""The addresses that mail is copied to so that it is logged (L1), and how a message that came to one is recognised from its
header. Pure; used by the sync, by the settings and by the proof of an address.

An address is served in one of three ways. PLUS: part of a connected inbox, as in `anna+log-k3v9x2@example.com`; mail
systems deliver it to `anna@example.com` (RFC 5233 subaddressing), and say in the header for whom it came. FOLDER: a
folder of a connected inbox, into which a rule at the server or a person puts what is to be logged. MAILBOX: a connected
inbox of its own.

Whoever learns an address can write to it. So it is never enough that something came there: the sender has to be one of
the workspace's users (`attribution`), and where the receiving server says that the sender is forged it goes to review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from app.domain.addresses import Address, address_key
from app.domain.copied_mail import CopyKind
from app.domain.folders import LeftOut
from app.domain.logging_rules import FolderRole

if TYPE_CHECKING:
    from app.domain.inboxes import InboxId
    from app.domain.problems import Problem

# Fields that only the receiving side writes, with the address that the envelope named; what each is used by:
# Delivered-To Postfix, qmail, Gmail, Dovecot; X-Original-To Postfix; Envelope-To Exim; X-Envelope-To Sendmail, mail.ru, web.de;
# X-Delivered-To Fastmail; X-Forwarded-To Gmail, where it forwards; X-Apparently-To Yahoo; X-RCPT-To others.
ENVELOPE_FIELDS = (
    "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "X-Forwarded-To", "X-Apparently-To",
    "X-RCPT-To",
)  # fmt: skip
# Asked for besides the fields that the sync always reads, only of inboxes that serve a logging address.
EXTRA_FIELDS = (*ENVELOPE_FIELDS, "Bcc", "Received", "Authentication-Results", "X-Hitchpost-Proof")
PROOF_FIELD = "X-Hitchpost-Proof"


class Way(Enum):
    PLUS = "plus"
    FOLDER = "folder"
    MAILBOX = "mailbox"


class AddressState(Enum):
    """NEW: it was not proved yet, and serves all the same. PROVED: a test message came through. BROKEN: a test message was
    sent and did not come, or its folder is gone at the server, or was never there."""

    NEW = "new"
    PROVED = "proved"
    BROKEN = "broken"


@dataclass(frozen=True)
class LoggingAddress:
    """`address`: what *Copy* gives; with FOLDER it may be empty, where messages are only moved there. `folder`: its path, of
    FOLDER only. `folder_gone`: the server has no such folder any more; `gone_since` where it is known since when."""

    id: int
    kind: CopyKind
    way: Way
    address: str
    inbox_id: InboxId
    folder: str = ""
    state: AddressState = AddressState.NEW
    proved_at: datetime | None = None
    proof_token: str = ""
    created_at: datetime | None = None
    folder_gone: bool = False
    gone_since: datetime | None = None

    @property
    def key(self) -> str:
        return address_key(self.address) if self.address else ""


@dataclass(frozen=True)
class FolderThere:
    """The mail server has the folder. `path`: where it is."""

    path: str


@dataclass(frozen=True)
class FolderMissing:
    """`near`: one that is written with other capitals; empty where there is none."""

    path: str
    near: str = ""


@dataclass(frozen=True)
class FolderUnasked:
    """The mail server could not be asked, or did not make it. `problem` None: the password cannot be read."""

    path: str
    problem: Problem | None


@dataclass(frozen=True)
class FolderUnfit:
    """The server has it, or would have it, and it cannot serve an address: `why` it is never read, or the role in which
    ordinary mail lies there, all of which would be logged."""

    path: str
    why: LeftOut | FolderRole


FolderLook = FolderThere | FolderMissing | FolderUnasked | FolderUnfit


def unfit_role(path: str, role: FolderRole | None) -> FolderUnfit | None:
    """Of a folder that is read: INBOX and Sent hold ordinary mail. `role` None: nobody knows it."""
    if path.upper() == "INBOX":
        return FolderUnfit(path, FolderRole.INBOX)
    return FolderUnfit(path, role) if role is FolderRole.SENT else None


@dataclass(frozen=True)
class CopyFacts:
    """What a header says about how it came. `envelope`: addresses in fields that the receiving side wrote; `named`: in To and
    Cc; `hidden`: in Bcc, which only the sender's own copy has (`hidden_people` with their names); `received_for`: of the
    `for` clauses of Received (RFC 5321 4.4), newest first. `received_by`: the server that wrote the topmost of these.
    `authentication`: what the receiving server found (`sender_proof.own_findings`)."""

    sender: Address | None = None
    envelope: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    hidden_people: tuple[Address, ...] = ()
    received_for: tuple[str, ...] = ()
    authentication: str = ""
    proof: str = ""
    received_by: str = ""


@dataclass(frozen=True)
class CopiedTo:
    """It came to this address. `seen_in`: by which field it was recognised, for people who ask why."""

    address: LoggingAddress
    seen_in: str

    by_address: bool = True  # False: by the folder or mailbox that it lies in

    @property
    def kind(self) -> CopyKind:
        return self.address.kind


@dataclass(frozen=True)
class Serving:
    """The addresses that one inbox serves."""

    addresses: tuple[LoggingAddress, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.addresses)


def recognise_copied(
    facts: CopyFacts, addresses: Sequence[LoggingAddress], *, inbox_id: InboxId, folder: str, role: FolderRole
) -> CopiedTo | None:
    """Whether a message in this folder was copied to be logged. The envelope is believed before what stands in To, since it
    tells which of two copies this is; the folder and the mailbox of its own come last, since an address tells more. Bcc
    counts in the sender's own copy alone: Gmail keeps it there, and delivers no second copy of what a person sends to a
    plus-address of himself. In Sent nothing else counts but addresses: what lies there came from nowhere."""
    by_key = {a.key: a for a in addresses if a.key}
    places = [("the envelope", facts.envelope), ("Received", facts.received_for)] if role is not FolderRole.SENT else []
    for seen_in, found in (*places, ("To or Cc", facts.named), ("Bcc", facts.hidden)):
        met = [by_key[key] for key in map(address_key, found) if key in by_key]
        # another address of the same inbox is served there, too: which folder or mailbox it lies in says nothing against it
        if met:
            chosen = next((a for a in met if a.kind is CopyKind.FORWARD), met[0])
            return CopiedTo(chosen, seen_in, by_address=chosen.way is not Way.MAILBOX)
    if role is FolderRole.SENT:
        return None
    here = [a for a in addresses if a.inbox_id == inbox_id]
    for address in here:
        if address.way is Way.FOLDER and address.folder == folder:
            return CopiedTo(address, f"the folder {folder}", by_address=False)
    for address in here:
        if address.way is Way.MAILBOX and role is FolderRole.INBOX:
            return CopiedTo(address, "its own mailbox", by_address=False)
    return None


@dataclass(frozen=True)
class Recognised:
    """The test message came, and its header tells for whom. `seen_in`: by what."""

    address: LoggingAddress
    seen_in: str


@dataclass(frozen=True)
class NotTold:
    """It came, and nothing in its header tells that it was for this address: by BCC it would be taken for ordinary mail."""

    address: LoggingAddress
    folder: str


@dataclass(frozen=True)
class NotCome:
    """It was accepted, and did not come in time."""

    address: LoggingAddress
    seconds: float


@dataclass(frozen=True)
class NotSent:
    """The server refused it: it knows no such address, or lets no mail out to it."""

    address: LoggingAddress
    problem: Problem


Proof = Recognised | NotTold | NotCome | NotSent


TOKEN_LENGTH = 10


def without_detail(key: str) -> str:
    """The key of the mailbox to which mail for this one is delivered, where the mail system knows details after a plus sign
    (RFC 5233)."""
    local, at, domain = key.rpartition("@")
    return key if local.startswith('"') else local.partition("+")[0] + at + domain


def plus_address(inbox_address: str, kind: CopyKind, token: str) -> str:
    """`anna+log-TOKEN@example.com` or `anna+forward-TOKEN@…`. The token keeps those who do not know it from guessing it. Of an
    address that has a detail of its own already it is the part before that."""
    local, _, domain = inbox_address.strip().rpartition("@")
    base = without_detail(f"{local}@").removesuffix("@")
    word = "log" if kind is CopyKind.BCC else "forward"
    return f"{base}+{word}-{token}@{domain}"
