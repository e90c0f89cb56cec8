"""Writes one event to the feed, with the open that it implies (T2). Used for hits, replies and bounces alike."""

from __future__ import annotations

from dataclasses import replace

from app.domain.events import EventId, EventKind, Tracking, Verdict
from app.domain.verdicts import INFERRED_FROM_CLICK, INFERRED_FROM_REPLY
from app.services.workspace import Workspace
from app.store.events import COUNTED, NewEvent


def note_event(workspace: Workspace, event: NewEvent, *, tracked_pk: int | None = None) -> tuple[EventId, ...]:
    """Inside a transaction. `tracked_pk`: the tracked message that a reply answers. A click or a reply of somebody
    whose open is not known records an open, marked inferred; the open itself, when it arrives after all, takes that one's
    place. Returns the new events, the given one last; none when the hit is stored already."""
    store = workspace.store
    if event.server is not None and store.events.has_hit(event.server, event.number or 0):
        return ()
    if event.kind == EventKind.OPEN and event.verdict == Verdict.PERSON:
        replaced = store.events.replace_inferred(event)
        if replaced is not None:
            return (replaced,)
    made = []
    implied_by = {EventKind.CLICK: INFERRED_FROM_CLICK, EventKind.REPLY: INFERRED_FROM_REPLY}.get(event.kind)
    opened = tracked_pk if event.kind == EventKind.REPLY else event.message_pk
    counts = event.verdict.value in COUNTED
    if implied_by and opened is not None and counts and not store.events.has_counted_open(opened, event.recipient):
        message = store.messages.get(opened)
        if message.tracking == Tracking.ON:
            inferred = replace(
                event,
                kind=EventKind.OPEN,
                verdict=Verdict.INFERRED,
                reasons=(implied_by,),
                message_pk=opened,
                subject=message.subject,
                url="",
                ip="",
                user_agent="",
                server=None,
                number=None,
            )
            made.append(store.events.add(inferred))
    made.append(store.events.add(event))
    return tuple(e for e in made if e is not None)
