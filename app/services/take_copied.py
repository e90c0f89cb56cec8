"""Takes a message that was copied here out of a mailbox: its body is read if it may be, and it is logged or kept for review.
Used by the sync, for what `meet_copied` has recognised."""

from __future__ import annotations

from collections.abc import Callable

from app.backends.protocol import FetchedHeader
from app.domain.copied_mail import CONTENT_LIMIT, KEEP_NO_CONTENT, MEGABYTE, MOST_FETCHED, CopyKind, Refusal, Refused
from app.domain.errors import MailFault
from app.domain.inboxes import Inbox
from app.mime.headers import HeaderFacts
from app.services.copied_mail import CopiedMail, Logged
from app.services.folder_in_hand import FolderInHand, Taken, ask_bodies, not_fetched
from app.services.judge_copied import judge_people, judge_sender, refused_first
from app.services.keep_for_review import keep_header_only
from app.services.log_copied_message import log_copied_message
from app.services.log_message import Place
from app.services.meet_copied import Copied, why_read
from app.services.workspace import Workspace

# Of one text of a message that is not fetched whole: enough to see that it is over the limit, in quoted-printable, too, with a
# soft line break after each 72 characters (RFC 2045 6.7).
TEXT_BYTES = CONTENT_LIMIT * 3 * 75 // 72 + MEGABYTE


def take_copied(
    folder: FolderInHand,
    header: FetchedHeader,
    facts: HeaderFacts,
    place: Place,
    copied: Copied,
    advance: Callable[[], None],
    *,
    again: bool,
    removed: bool = False,
) -> Taken:
    """`advance` moves the folder's cursor past it, in the transaction that stores it. `removed`: it is one that was removed for
    good, whose body is not read. Raises MailFault where it is to come again, DiskFull, StoreError: then nothing of it was
    stored."""
    workspace, inbox, session = folder.workspace, folder.inbox, folder.session
    refused = Refused(Refusal.REMOVED) if removed else refused_by_header(workspace, copied, facts, place)
    if refused is not None:
        kept = keep_header_only(workspace, _mail(inbox, copied, place, True), facts, refused, advance)
        return Taken(stored=True, events=kept.events)
    message_id = facts.message_id or place.made_up_id
    number = ask_bodies(folder, {header.uid: message_id})[header.uid]
    whole = fetches_whole(header.size)
    try:
        raw = session.fetch_body(header.uid) if whole else session.fetch_text_parts(header.uid, TEXT_BYTES)
    except MailFault as fault:
        return not_fetched(folder, header, number, fault, advance, again=again)

    def also() -> None:
        workspace.store.ledgers.body_read(number, why_read(copied), message_id)
        advance()

    outcome = log_copied_message(workspace, _mail(inbox, copied, place, whole), raw, also)
    return Taken(stored=True, body_read=True, logged=isinstance(outcome, Logged), events=outcome.events)


def refused_by_header(workspace: Workspace, copied: Copied, facts: HeaderFacts, place: Place) -> Refused | None:
    """What needs no look at the body: by BCC, that everybody is kept out by never-log or a permanent deletion, or lacks a legal
    basis. Its body is then never read."""
    if copied.to.kind is not CopyKind.BCC:
        return None
    sender = judge_sender(
        workspace, facts, facts.date or place.internal_date, copied.authentication, names=copied.names
    )
    decision = judge_people(workspace, (*facts.to, *facts.cc, *copied.hidden), sender.users)
    if not isinstance(decision, Refused) or decision.reason not in KEEP_NO_CONTENT:
        return None
    return refused_first(sender, decision)


def fetches_whole(size: int) -> bool:
    """Whether a message of so many bytes is read whole; else its files are too large for certain, and its text alone is."""
    return size <= MOST_FETCHED


def _mail(inbox: Inbox, copied: Copied, place: Place, whole: bool) -> CopiedMail:
    return CopiedMail(
        copied.to.kind, inbox, place, copied.to.address, copied.authentication, whole, copied.names, copied.own_copy
    )
