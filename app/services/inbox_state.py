"""Moves an inbox between its states, and tells the feed when it needs a person. Used by the sync and by connecting."""

from __future__ import annotations

from app.domain.changes import Area
from app.domain.errors import NotAllowed
from app.domain.events import EventId, EventKind, Verdict
from app.domain.inboxes import NEEDS_PERSON, Inbox, InboxId, InboxState, may_become, state_for
from app.domain.problems import Problem
from app.services.workspace import Workspace
from app.store.events import NewEvent
from app.store.fields import now


def mark_connected(workspace: Workspace, inbox_id: InboxId) -> bool:
    """After a sync that went through. Returns whether the state changed. What a person has stopped meanwhile (paused,
    disabled, removed) stays so."""
    store = workspace.store
    if store.inboxes.get(inbox_id).state == InboxState.CONNECTED:
        return False
    with store.transaction(Area.INBOXES, source="sync"):
        if not may_become(store.inboxes.get(inbox_id).state, InboxState.CONNECTED):
            return False
        return store.inboxes.set_state(inbox_id, InboxState.CONNECTED)


def mark_reached(workspace: Workspace, inbox_id: InboxId) -> bool:
    """Its server let us in again: the trouble is over, also where reading everything will take long. Returns whether the
    state changed."""
    store = workspace.store
    if store.inboxes.get(inbox_id).state is not InboxState.UNREACHABLE:
        return False
    with store.transaction(Area.INBOXES, source="sync"):
        if store.inboxes.get(inbox_id).state is not InboxState.UNREACHABLE:
            return False
        return store.inboxes.set_state(inbox_id, InboxState.CONNECTING)


def mark_synced(workspace: Workspace, inbox_id: InboxId) -> None:
    """Inbox and Sent were looked at just now."""
    with workspace.store.transaction(Area.INBOXES, source="sync"):
        workspace.store.inboxes.mark_synced(inbox_id, now())


def mark_trouble(workspace: Workspace, inbox_id: InboxId, problem: Problem) -> tuple[EventId, ...]:
    """The state that a problem means. An inbox that stops for good gets an event in the feed, once. One that its person
    has stopped stays so, unless it is paused and what is wrong needs that person."""
    store = workspace.store
    with store.transaction(Area.INBOXES, Area.EVENTS, source="sync"):
        inbox = store.inboxes.get(inbox_id)
        state = state_for(problem)
        if not may_become(inbox.state, state):
            return ()
        store.inboxes.set_state(inbox_id, state, problem)
        if state not in NEEDS_PERSON or inbox.state == state:
            return ()
        made = store.events.add(
            NewEvent(
                kind=EventKind.INBOX,
                at=now(),
                user_id=inbox.user_id,
                verdict=Verdict.PERSON,
                reasons=("Nothing is lost: reading goes on from the same place once it is connected again.",),
                who=inbox.address,
                recipient=inbox.address,
                inbox_id=inbox_id,
                problem=problem,
            )
        )
    return (made,) if made is not None else ()


def refuse_if_stopped(workspace: Workspace, address: str, before: Inbox | None) -> None:
    """Inside the transaction that connects `address`. `before`: the inbox when that was begun, None where there was none.
    What a person has removed or disabled meanwhile stays so; connecting one that was removed before is a wish of its own.
    Raises NotAllowed."""
    now = workspace.store.inboxes.find(address)
    if before is not None and now is None:
        raise NotAllowed(f"{address} was removed meanwhile, and stays removed. Connect it again if you want it back.")
    if now is not None and now.state is InboxState.DISABLED and (before is None or before.state != now.state):
        raise NotAllowed(f"{address} was disabled meanwhile, and stays so. Enable it first.")
