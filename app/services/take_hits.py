"""Takes hits from the tracking server into the feed, each exactly once. Used by the stream worker and `hitchpost sync`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import partial

from app.domain.addresses import address_key
from app.domain.changes import Area
from app.domain.events import EventId, EventKind, Hit
from app.domain.outbox import CopyState
from app.domain.verdicts import judge_hit
from app.services.cancellable import unless_cancelled
from app.services.note_event import note_event
from app.services.tracking_server import TrackingTarget
from app.services.workspace import Workspace
from app.store.events import COUNTED, NewEvent
from app.tracking.client import fetch_events, stream_events

PAGE = 1000


def take_hits(workspace: Workspace, hits: Sequence[Hit]) -> tuple[EventId, ...]:
    """Stores them and remembers the last one in one transaction: after a crash the stream goes on from there."""
    if not hits:
        return ()
    made: list[EventId] = []
    with workspace.store.transaction(Area.EVENTS, Area.MESSAGES, source="tracking"):
        for hit in hits:
            made.extend(_take(workspace, hit))
        last = hits[-1]
        workspace.store.events.set_stream_place(last.server, last.number)
    return tuple(made)


def _take(workspace: Workspace, hit: Hit) -> tuple[EventId, ...]:
    store = workspace.store
    recipient = store.messages.tracked_recipient(hit.message_ref, hit.recipient_ref)
    if recipient is None:
        return ()  # a message of another workspace that uses the same server
    message = store.messages.get(recipient.message_pk)
    judged = judge_hit(
        kind=hit.kind,
        at=hit.at,
        method=hit.method,
        user_agent=hit.user_agent,
        sent_at=message.date,
        bounced_at=recipient.bounced_at,
    )
    contact = store.contacts.find(recipient.address)
    name = (store.contacts.name(contact) if contact is not None else "") or recipient.name or recipient.address
    if judged.verdict.value in COUNTED:
        settle_by_evidence(workspace, recipient.message_pk, recipient.address)
    return note_event(
        workspace,
        NewEvent(
            kind=hit.kind,
            at=hit.at,
            user_id=message.user_id,
            verdict=judged.verdict,
            reasons=judged.reasons,
            who=name,
            recipient=recipient.address,
            subject=message.subject,
            url=hit.url if hit.kind == EventKind.CLICK else "",
            message_pk=recipient.message_pk,
            contact_id=contact,
            ip=hit.ip,
            user_agent=hit.user_agent,
            server=hit.server,
            number=hit.number,
        ),
    )


def settle_by_evidence(workspace: Workspace, message_pk: int, recipient: str) -> None:
    """Somebody read, answered or bounced a message whose sending was in doubt: it went out. Inside a transaction."""
    from app.services.write_message import finish_settled  # seldom needed, and it brings all that writes messages

    outbox = workspace.store.outbox
    for outbox_id in outbox.unknown_for(message_pk):
        message = outbox.get(outbox_id)
        if message is None:
            continue
        for copy in message.copies:
            if copy.state == CopyState.UNKNOWN and address_key(copy.recipient) == address_key(recipient):
                outbox.set_copy(outbox_id, copy.position, CopyState.ACCEPTED, reply="the recipient has it")
        finish_settled(workspace, outbox_id)


def pull_hits(
    workspace: Workspace, target: TrackingTarget, timeout: float, cancel: threading.Event | None = None
) -> tuple[EventId, ...]:
    """Everything that is new on the server, page by page. Raises TrackingError; Cancelled soon after `cancel` is set."""
    made: list[EventId] = []
    while True:
        place = workspace.store.events.stream_place()
        fetch = partial(fetch_events, target.api_url, target.token, place.number, timeout, server=place.server)
        hits = unless_cancelled(fetch, cancel)
        made.extend(take_hits(workspace, hits))
        if len(hits) < PAGE:
            return tuple(made)


def follow_hits(workspace: Workspace, target: TrackingTarget, cancel: threading.Event) -> Iterator[tuple[EventId, ...]]:
    """Each hit as it comes, stored before it is told. Ends within a second of `cancel`; raises TrackingError when the
    stream is lost."""
    place = workspace.store.events.stream_place()
    for hit in stream_events(target.api_url, target.token, place.number, cancel, server=place.server):
        yield take_hits(workspace, [hit])
