"""Whether a message found in a mailbox is logged, from its header alone (R1–R3, R7). Pure decisions, used by the sync."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

LARGE_MESSAGE = 50 * 1024 * 1024  # R4: from this size on a message is logged without its attachments


class FolderRole(Enum):
    INBOX = "inbox"
    SENT = "sent"
    OTHER = "other"


class LogMode(Enum):
    """What is logged of a mailbox (R7)."""

    REPLIES = "replies"  # answers in known threads, nothing else
    CONTACTS = "contacts"  # besides all mail with known contacts


class Joined(Enum):
    """By which header a message belongs to a known thread."""

    IN_REPLY_TO = "In-Reply-To"
    REFERENCES = "References"


@dataclass(frozen=True)
class AlreadyStored:
    """Sent from here, or found before in another folder or inbox: one message in one more place."""

    message_pk: int


@dataclass(frozen=True)
class LogInThread:
    """It answers a message that was sent from here or logged here: its body may be read."""

    parent_pk: int
    parent_id: str
    joined: Joined


@dataclass(frozen=True)
class LogWithContact:
    """It answers nothing that is known, but is from or to known contacts, whose mail a person wants to have logged."""

    addresses: tuple[str, ...]


@dataclass(frozen=True)
class ReadReport:
    """A delivery report: only its body says which message it is about. Its beginning is read; the rest, and the
    timeline, only when that is one of ours."""


@dataclass(frozen=True)
class Ignore:
    """Not of a known thread: judged by its header, its body never read."""


LogDecision = AlreadyStored | LogInThread | LogWithContact | ReadReport | Ignore


def decide_logging(
    *,
    message_id: str,
    in_reply_to: tuple[str, ...],
    references: tuple[str, ...],
    is_delivery_report: bool,
    role: FolderRole,
    known: Mapping[str, int],
    anything_sent: bool,
    contacts: tuple[str, ...] = (),
) -> LogDecision:
    """`known`: message id → stored message, of all ids named here. In-Reply-To counts first, then References from
    the newest back: In-Reply-To may name the customer's own system, and only References ours. `contacts`: addresses of
    known contacts that it is with, where all mail with them is logged."""
    if message_id and message_id in known:
        return AlreadyStored(known[message_id])
    for parent in reversed(in_reply_to):
        if parent in known:
            return LogInThread(known[parent], parent, Joined.IN_REPLY_TO)
    for parent in reversed(references):
        if parent in known:
            return LogInThread(known[parent], parent, Joined.REFERENCES)
    if is_delivery_report and role != FolderRole.SENT and anything_sent:
        return ReadReport()
    return LogWithContact(contacts) if contacts else Ignore()
