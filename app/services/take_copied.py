"""Takes a message that was copied here out of a mailbox: its body is read if it may be, and it is logged or kept for review.
Used by the sync, for what `meet_copied` has recognised."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.copied_mail import CONTENT_LIMIT, KEEP_NOTHING, MEGABYTE, MOST_FETCHED, CopyKind, Refused
from app.domain.inboxes import Inbox
from app.mime.headers import HeaderFacts
from app.services.copied_mail import CopiedMail, CopyOutcome
from app.services.judge_copied import judge_people, judge_sender
from app.services.keep_for_review import keep_header_only
from app.services.log_copied_message import log_copied_message
from app.services.log_message import Place
from app.services.meet_copied import Copied
from app.services.workspace import Workspace

# Of one text of a message that is not fetched whole: enough to see that it is over the limit, in quoted-printable, too, with a
# soft line break after each 72 characters (RFC 2045 6.7).
TEXT_BYTES = CONTENT_LIMIT * 3 * 75 // 72 + MEGABYTE


def refused_by_header(workspace: Workspace, copied: Copied, facts: HeaderFacts, place: Place) -> Refused | None:
    """What needs no look at the body: by BCC, that never-log or a permanent deletion keeps everybody out. Its body is then
    never read."""
    if copied.to.kind is not CopyKind.BCC:
        return None
    sender = judge_sender(workspace, facts, facts.date or place.internal_date, copied.authentication)
    decision = judge_people(workspace, (*facts.to, *facts.cc), sender.users)
    return decision if isinstance(decision, Refused) and decision.reason in KEEP_NOTHING else None


def keep_out(
    workspace: Workspace, inbox: Inbox, copied: Copied, facts: HeaderFacts, place: Place, refused: Refused,
    also: Callable[[], None],
) -> CopyOutcome:  # fmt: skip
    """What `refused_by_header` told. `also` is called in the transaction that notes it. Raises StoreError."""
    return keep_header_only(workspace, _mail(inbox, copied, place, True), facts, refused, also)


def fetches_whole(size: int) -> bool:
    """Whether a message of so many bytes is read whole; else its files are too large for certain, and its text alone is."""
    return size <= MOST_FETCHED


def take_copied(
    workspace: Workspace, inbox: Inbox, copied: Copied, place: Place, raw: bytes, also: Callable[[], None], *, whole: bool
) -> CopyOutcome:  # fmt: skip
    """`raw`: as fetched, `whole` or its text. `also` is called in the transaction that stores it. Raises DiskFull, StoreError:
    then nothing was stored."""
    return log_copied_message(workspace, _mail(inbox, copied, place, whole), raw, also)


def _mail(inbox: Inbox, copied: Copied, place: Place, whole: bool) -> CopiedMail:
    return CopiedMail(copied.to.kind, inbox, place, copied.to.address, copied.authentication, whole)
