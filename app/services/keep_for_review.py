"""Keeps a copied message that may not be logged in the review list, with its reason, and tells the user. Used by
`log_copied_message`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.domain.copied_mail import KEEP_NOTHING, Refusal, Refused
from app.domain.events import EventId, EventKind, Verdict
from app.domain.review import NewReview, ReviewState
from app.mime.headers import HeaderFacts
from app.mime.reading import ReadMessage
from app.services.copied_mail import AREAS, CopiedMail, KeptForReview
from app.services.workspace import Workspace
from app.store.events import NewEvent
from app.words.review import review_words

# The user is told of these in the feed; the others are nobody's wish, or must leave no trace.
MOST_OF_STRANGERS = 200  # messages kept whole: whoever learns an address could fill the disk
_SILENT = frozenset({Refusal.UNKNOWN_SENDER, Refusal.FORGED, Refusal.AUTOMATIC, *KEEP_NOTHING})


def keep_for_review(
    workspace: Workspace,
    copied: CopiedMail,
    message: ReadMessage,
    raw: bytes,
    refused: Refused,
    users: Sequence[int] = (),
    also: Callable[[], None] = lambda: None,
) -> KeptForReview:
    """With the whole message, so that it can be logged by hand; of what never-log or a permanent deletion keeps out nothing but
    that there was something, of what lacks a legal basis nothing but whom it is about. Raises DiskFull, StoreError."""
    store = workspace.store
    new = review_of(copied, message.headers, message.size, refused, users[0] if len(users) == 1 else None)
    flooded = refused.reason is Refusal.UNKNOWN_SENDER and store.reviews.copies_of(refused.reason) >= MOST_OF_STRANGERS
    if refused.keeps_content and not flooded:
        new = replace(new, raw_sha256=store.files.add(raw))
    with store.transaction(*AREAS, source="sync"):
        here = store.reviews.find(new.message_id)
        if here is not None and here.kind is new.kind:
            also()
            return KeptForReview(refused.reason, None)
        item_id = store.reviews.add(new)
        events = tell(workspace, copied, new)
        also()
    return KeptForReview(refused.reason, item_id, events)


def keep_header_only(
    workspace: Workspace, copied: CopiedMail, facts: HeaderFacts, refused: Refused, also: Callable[[], None]
) -> KeptForReview:
    """What is refused by its header, and of which no content may be kept: its body was never read. Raises StoreError."""
    store = workspace.store
    new = review_of(copied, facts, 0, refused, None)
    with store.transaction(*AREAS, source="sync"):
        known = store.reviews.find(new.message_id) is not None
        item_id = None if known else store.reviews.add(new)
        events = () if known else tell(workspace, copied, new)
        also()
    return KeptForReview(refused.reason, item_id, events)


def review_of(copied: CopiedMail, facts: HeaderFacts, size: int, refused: Refused, user_id: int | None) -> NewReview:
    """The entry of the list, with no more of the message than may be kept."""
    place = copied.place
    bare = NewReview(
        kind=copied.kind,
        reason=refused.reason,
        message_id=facts.message_id or place.made_up_id,
        inbox_id=copied.inbox.id,
        folder=place.folder,
        uid_validity=place.uid_validity,
        uid=place.uid,
        user_id=user_id,
        facts={"entry": refused.entry.value} if refused.entry is not None else {},
    )
    if refused.reason in KEEP_NOTHING:
        return replace(bare, state=ReviewState.KEPT_OUT)
    about: dict[str, object] = {"to": copied.recipient} if copied.recipient else {}
    if refused.addresses:
        about["addresses"] = list(refused.addresses)
    if refused.detail:
        about["detail"] = refused.detail
    kept = replace(
        bare,
        facts={**bare.facts, **about},
        sender=facts.sender.addr_spec if facts.sender else "",
        date=facts.date or place.internal_date,
    )
    if not refused.keeps_content:
        again = {"again": True}  # it is read from its mailbox again where it is logged by hand
        return replace(kept, recipients=refused.addresses, facts={**kept.facts, **again})
    recipients = tuple(p.addr_spec for p in (*facts.to, *facts.cc) if p.addr_spec)
    return replace(kept, recipients=recipients, subject=facts.subject, size=size)


def tell(workspace: Workspace, copied: CopiedMail, item: NewReview) -> tuple[EventId, ...]:
    """The user reads in the feed that something was not logged (L4). Of old mail, met in a first look, nobody is told."""
    if item.reason in _SILENT:
        return ()
    store = workspace.store
    sentence = review_words(item.reason, item.facts, item.sender).sentence
    made = store.events.add(
        NewEvent(
            kind=EventKind.REVIEW,
            at=datetime.now(UTC),
            user_id=item.user_id or store.user_id,
            verdict=Verdict.PERSON,
            reasons=(sentence,),
            who="A copied message",
            subject=item.subject,
            message_pk=item.message_pk,
            inbox_id=copied.inbox.id,
        )
    )
    if made is None:
        return ()
    if copied.place.quiet:
        store.events.mark_notified(made, False, copied.place.quiet)
        return ()
    return (made,)
