"""Messages on their way out: what was written, and the states that survive a crash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NewType

from app.domain.addresses import Address
from app.domain.inboxes import InboxId
from app.domain.problems import Problem

OutboxId = NewType("OutboxId", int)


class OutboxState(Enum):
    """member      meaning and way out

    DRAFT       being written; survives restarts; → QUEUED, DISCARDED
    QUEUED      waits for `not_before` (undo, send later) or for the next try; → SENDING, DRAFT (undo)
    SENDING     its copies are going out one by one; a crash leaves it here and the next start goes on
    SENT        every copy accepted; the copy in Sent is filed then, and tried until it is there
    PARTLY      some recipients accepted, others refused for good
    FAILED      refused for good, for all recipients; → QUEUED (try again), DRAFT (edit)
    UNKNOWN     the server's answer to a copy was lost and Sent does not settle it: the user decides
                → QUEUED (send again), SENT (it went out), or SENT by itself when a reply or open arrives
    DISCARDED   thrown away by the user
    """

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    PARTLY = "partly"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DISCARDED = "discarded"


class CopyState(Enum):
    """One recipient's copy. IN_FLIGHT is committed before the first byte of the SMTP transaction: found again after a
    crash it means "nobody knows" and becomes UNKNOWN, never PENDING."""

    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class AttachmentRef:
    """A file of a message. `sha256`: hex of its content, the name under which the store keeps it. `size` in bytes."""

    filename: str
    content_type: str
    size: int
    sha256: str
    content_id: str = ""


@dataclass(frozen=True)
class Draft:
    """What a person wrote. Either body may be empty, the other is made from it. `parent_message_id`: the RFC 5322 id of
    the message this one answers. `send_at` UTC; None is now."""

    inbox_id: InboxId
    to: tuple[Address, ...]
    subject: str
    text: str = ""
    html: str = ""
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    attachments: tuple[AttachmentRef, ...] = ()
    log: bool = True
    track: bool = True
    parent_message_id: str = ""
    send_at: datetime | None = None


@dataclass(frozen=True)
class OutboxCopy:
    """`role`: to, cc or bcc. `recipient_ref`: 16 hex digits that stand for this recipient in tracking tokens."""

    position: int
    role: str
    recipient: str
    recipient_ref: str
    state: CopyState
    problem: Problem | None = None
    attempts: int = 0


@dataclass(frozen=True)
class OutboxMessage:
    """A stored outgoing message. `message_id` is given when it is queued and never changes; so are `message_ref`, 16 hex
    digits that stand for it in tracking tokens, and `date`, its Date header. `logged_pk`: its row on the timeline."""

    id: OutboxId
    state: OutboxState
    draft: Draft
    message_id: str
    user_id: int
    not_before: datetime
    created_at: datetime
    copies: tuple[OutboxCopy, ...] = ()
    sent_copy_filed: bool = False
    message_ref: str = ""
    date: datetime | None = None
    logged_pk: int | None = None
    problem: Problem | None = None
    attempts: int = 0
