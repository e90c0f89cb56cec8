"""The review list: copied mail that was not logged, or not wholly, and why. Values; used by `services.log_copied_message`, by
screens and by the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.copied_mail import CopyKind, Refusal
    from app.domain.inboxes import InboxId
    from app.domain.outbox import OutboxId


class ReviewState(Enum):
    """OPEN waits for a person. LOGGED: by hand, or from the start with a note about it. DISMISSED: nobody wants it; the copy
    is kept for as long as that can be undone (`KEPT_DISMISSED`). KEPT_OUT: by never-log or a permanent deletion; nothing of it
    was kept, and nobody has to do anything."""

    OPEN = "open"
    LOGGED = "logged"
    DISMISSED = "dismissed"
    KEPT_OUT = "kept_out"


@dataclass(frozen=True)
class NewReview:
    """`facts`: what belongs to the reason, as JSON takes it. `raw_sha256`: the whole message in the store's files; empty where
    nothing of it is kept."""

    kind: CopyKind
    reason: Refusal
    message_id: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    inbox_id: InboxId | None = None
    folder: str = ""
    uid_validity: int | None = None
    uid: int | None = None
    sender: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    size: int = 0
    raw_sha256: str = ""
    user_id: int | None = None
    state: ReviewState = ReviewState.OPEN
    message_pk: int | None = None
    notice_outbox_id: OutboxId | None = None


@dataclass(frozen=True)
class ReviewItem(NewReview):
    """As stored. `can_be_logged`: there is a copy to log by hand, or it is read from its mailbox again (`is_fetched_again`)."""

    id: int = 0
    created_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def can_be_logged(self) -> bool:
        return self.state is ReviewState.OPEN and (bool(self.raw_sha256) or self.is_fetched_again)

    @property
    def is_fetched_again(self) -> bool:
        """Nothing of its content was kept here, and it may be logged all the same once there is a legal basis."""
        known = self.inbox_id is not None and bool(self.uid) and bool(self.message_id)
        return bool(self.facts.get("again")) and not self.raw_sha256 and known


@dataclass(frozen=True)
class SoughtWord:
    """A folded word that stands in the sender or the subject of an entry, or in the words of its reason: one of `reasons`."""

    text: str
    reasons: frozenset[Refusal]


@dataclass(frozen=True)
class ReviewFinds:
    """`reached`: the number of the last entry that was looked at, from which the search goes on; None at the end."""

    items: tuple[ReviewItem, ...]
    reached: int | None
