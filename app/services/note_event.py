"""Writes one event to the feed, with the open that it implies (T2). Used for hits, replies and bounces alike."""

from __future__ import annotations

from dataclasses import replace

from app.domain.addresses import address_key
from app.domain.events import EventId, EventKind, Tracking, Verdict
from app.domain.verdicts import INFERRED_FROM_CLICK, INFERRED_FROM_REPLY
from app.services.judge_hits import current_rules, rejudge_groups, settle_inferred
from app.services.workspace import Workspace
from app.store.events import COUNTED, NewEvent, group_key

_IMPLIES_OPEN = {EventKind.CLICK: INFERRED_FROM_CLICK, EventKind.REPLY: INFERRED_FROM_REPLY}


def note_event(workspace: Workspace, event: NewEvent, *, tracked_pk: int | None = None) -> tuple[EventId, ...]:
    """Inside a transaction. `tracked_pk`: the tracked message that a reply answers. A click or a reply of somebody
    whose open is not known records an open, marked inferred; the open itself, when it arrives after all, takes that one's
    place. Returns the new events, the given one last; none when the hit is stored already."""
    store = workspace.store
    if event.server is not None and store.events.has_hit(event.server, event.number or 0):
        return ()
    opened = tracked_pk if event.kind == EventKind.REPLY else event.message_pk
    implied_by = _IMPLIES_OPEN.get(event.kind)
    if opened is not None and (implied_by or event.kind == EventKind.OPEN):
        event = replace(event, group=group_key(opened, event.recipient))
    if event.kind == EventKind.OPEN and event.verdict == Verdict.PERSON:
        replaced = store.events.replace_inferred(event)
        if replaced is not None:
            return (replaced,)
    inferred = None
    if implied_by and opened is not None and event.verdict.value in COUNTED:
        inferred = _implied_open(workspace, event, opened, implied_by)
    made = store.events.add(event)
    assert made is not None  # it was looked for above
    if inferred is not None:
        store.events.set_inferred_from(inferred, made)
        return (inferred, made)
    if implied_by and opened is not None:
        settle_inferred(store, event.group, opened, event.recipient)  # one that had lost its ground may stand again
    if event.kind == EventKind.BOUNCE and event.message_pk is not None:
        _judge_after_bounce(workspace, event.message_pk, event.recipient)
    return (made,)


def mark_verdict(workspace: Workspace, event_id: EventId, verdict: Verdict) -> None:
    """What the user says it is; no rule changes that any more. Inside a transaction."""
    store = workspace.store
    group = store.events.set_verdict(event_id, verdict, f"You marked this as {verdict.value}.")
    message, _, recipient = group.partition("/")
    if message.isdigit():
        settle_inferred(store, group, int(message), recipient)


def _implied_open(workspace: Workspace, event: NewEvent, opened: int, why: str) -> EventId | None:
    store = workspace.store
    seen = store.hits.first_open(event.group)
    early = seen is not None and (seen <= event.at or event.kind == EventKind.REPLY)
    if event.honeypot or early or store.hits.inferred(event.group) is not None:
        return None
    message = store.messages.get(opened)
    if message.tracking != Tracking.ON:
        return None
    return store.events.add(
        NewEvent(
            kind=EventKind.OPEN,
            at=event.at,
            user_id=event.user_id,
            verdict=Verdict.INFERRED,
            reasons=(why,),
            who=event.who,
            recipient=event.recipient,
            subject=message.subject,
            message_pk=opened,
            contact_id=event.contact_id,
            quiet=event.quiet,
            group=event.group,
        )
    )


def _judge_after_bounce(workspace: Workspace, message_pk: int, recipient: str) -> None:
    """What came in after the address had reported that it cannot deliver, and before that report was read here."""
    store = workspace.store
    key = address_key(recipient)
    tracked = [r.address for r in store.messages.tracked_recipients(message_pk) if address_key(r.address) == key]
    if tracked:
        since = store.messages.get(message_pk).date
        rejudge_groups(store, current_rules(store, since), [group_key(message_pk, address) for address in tracked])
