"""Messages on their way out: what was written, and the states that survive a crash."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, NewType

from app.domain.additional_bcc import ROLE as EXTRA

if TYPE_CHECKING:
    from app.domain.addresses import Address
    from app.domain.inboxes import InboxId
    from app.domain.problems import Problem

OutboxId = NewType("OutboxId", int)


class OutboxState(Enum):
    """member      meaning and way out

    DRAFT       being written; survives restarts; → QUEUED, DISCARDED
    QUEUED      waits for `not_before` (undo, send later) or for the next try; → SENDING, DRAFT (undo, as long as nothing
                of it went out; and by itself when its time came and went by more than a day ago)
    SENDING     its copies are going out one by one; a crash leaves it here and the next start goes on
    SENT        every copy accepted; the copy in Sent is filed then, and tried until it is there; what was not to be
                logged loses its text after that
    PARTLY      some recipients accepted, others refused for good
    FAILED      refused for good, for all recipients; → QUEUED (try again), DRAFT (edit)
    UNKNOWN     the server's answer to a copy was lost and Sent does not settle it: the user decides
                → QUEUED (send again), SENT or PARTLY (it went out; by itself when a reply, open or bounce arrives)
    DISCARDED   thrown away by the user; nothing of what was written is kept
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
    """One recipient's copy. IN_FLIGHT is committed before the first byte of its content: found again after a crash it
    means "nobody knows". It becomes PENDING again only where the server itself showed that it did not take the content:
    a refusal for now, or a connection lost before its 354. Else Sent may prove that it went out (`settle_copy`), or a
    person settles it."""

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
    the message this one answers. `send_at` UTC; None is now. `sender`: one of the inbox's aliases; None: its own address.
    `notice`: written by the program to tell of a failure; `attachments` are the parts of its report (RFC 3464).
    `unaddressed`: stored without somebody it was for, who was deleted for good."""

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
    sender: Address | None = None
    notice: bool = False
    unaddressed: bool = False


@dataclass(frozen=True)
class OutboxCopy:
    """`role`: to, cc, bcc, or extra, for an additional BCC address of the user. `recipient_ref`: 16 hex digits that stand for
    this recipient in tracking tokens.
    `attempts`: how often its content was under way without the server saying that it did not take it."""

    position: int
    role: str
    recipient: str
    recipient_ref: str
    state: CopyState
    problem: Problem | None = None
    attempts: int = 0
    changed_at: datetime | None = None  # when its state was last written

    @property
    def extra(self) -> bool:
        """Another system's copy (S2): what becomes of it does not decide what became of the message."""
        return self.role == EXTRA


@dataclass(frozen=True)
class OutboxMessage:
    """A stored outgoing message. `message_id` is given when it is queued and never changes; so are `message_ref`, 16 hex
    digits that stand for it in tracking tokens, and `date`, its Date header. `logged_pk`: its row on the timeline.
    `emptied`: text and files were taken out of the workspace, as it was not to be logged and is done with."""

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
    emptied: bool = False

    @property
    def extras_waiting(self) -> tuple[str, ...]:
        """Additional BCC addresses of which alone copies are still to go out: everybody it was written to has got it. Empty in
        all other cases."""
        if self.state not in (OutboxState.QUEUED, OutboxState.SENDING):
            return ()
        whose = [c.state for c in self.copies if not c.extra]
        if not whose or set(whose) != {CopyState.ACCEPTED}:
            return ()
        open_ = (CopyState.PENDING, CopyState.IN_FLIGHT)
        return tuple(c.recipient for c in self.copies if c.extra and c.state in open_)


def outcome(copies: Collection[OutboxCopy]) -> tuple[OutboxState, Problem | None]:
    """The state of a message none of whose copies is pending, and the reason where there is one. Copies for other systems
    do not count."""
    whose = [c for c in copies if not c.extra]
    states = {c.state for c in whose}
    problem = next((c.problem for c in whose if c.problem is not None and c.state != CopyState.ACCEPTED), None)
    if CopyState.UNKNOWN in states or CopyState.IN_FLIGHT in states:
        return OutboxState.UNKNOWN, problem
    if states == {CopyState.REFUSED}:
        return OutboxState.FAILED, problem
    if CopyState.REFUSED in states:
        return OutboxState.PARTLY, problem
    return OutboxState.SENT, None


def settle_copy(copy: OutboxCopy, copies: Collection[OutboxCopy], filed: Sequence[str], own_filed: bool) -> CopyState:
    """What the copies that the server itself has put into Sent tell of an interrupted copy: ACCEPTED where one of them
    must be its own, else UNKNOWN. That there is none proves nothing: it may have been moved away, come later, or not be
    filed at all (some servers file a Message-ID only once, for the first recipient).

    `filed`: the recipient_ref that each of them carries, "" where the server took it off. `own_filed`: our own copy lay
    in Sent already, so the server's of earlier copies have been taken away."""
    if copy.recipient_ref in filed:
        return CopyState.ACCEPTED
    perhaps_out = (CopyState.ACCEPTED, CopyState.UNKNOWN, CopyState.IN_FLIGHT)
    others = [c for c in copies if c.position != copy.position and c.state in perhaps_out]
    unmarked_others = [c for c in others if c.recipient_ref not in filed]
    if not own_filed and filed.count("") > len(unmarked_others):
        return CopyState.ACCEPTED
    return CopyState.UNKNOWN
