"""Asks the tracking servers that were used before: for hits on mail that was sent by them, and to forget whom they
should. One that does not answer is passed over, and that is noted. Used by `sync` and in the background."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.domain.changes import Area
from app.domain.earlier_hosts import EarlierHost
from app.domain.errors import SecretError, TrackingError
from app.domain.events import EventId

if TYPE_CHECKING:
    from app.services.workspace import Workspace

SECONDS = 10.0  # for a page of hits
DEBTS = 60.0  # for all that one is owed, in one round
_AWAY = "It does not answer, or no longer knows the token that was used then."
_NOT_RUNNING = "It does not run on this computer."


def ask_earlier(workspace: Workspace, cancel: threading.Event) -> tuple[EventId, ...]:
    """All of them once, one after the other. Returns what was new. Raises StoreError; Cancelled soon after `cancel` is
    set."""
    made: list[EventId] = []
    for host in workspace.store.earlier_hosts.all():
        trouble = ""
        try:
            made.extend(_ask(workspace, host, cancel))
        except (TrackingError, SecretError) as error:
            trouble = str(error)
        _note(workspace, host, trouble)
    return tuple(made)


def _ask(workspace: Workspace, host: EarlierHost, cancel: threading.Event) -> tuple[EventId, ...]:
    from app.services.forget_recipients import forget_owed  # with the web libraries: not before one is to be asked
    from app.services.take_hits import pull_hits
    from app.services.tell_presence import tell_presence
    from app.services.tracking_server import find_earlier

    target = find_earlier(workspace, host, cancel)
    if target is None:
        raise TrackingError(_NOT_RUNNING if host.own else _AWAY)
    forget_owed(workspace, target, cancel, DEBTS, host=host.id)
    tell_presence(workspace, target, cancel)
    return pull_hits(workspace, target, SECONDS, cancel, host=host.id)


def _note(workspace: Workspace, host: EarlierHost, trouble: str) -> None:
    """Screens are told of what is new alone."""
    store = workspace.store
    owed = store.owed_forgetting.count(host.id)
    new = host.asked_at is None or (host.trouble, host.owed) != (trouble, owed)
    with store.transaction(*((Area.SETTINGS,) if new else ()), source="tracking"):
        store.earlier_hosts.asked(host.id, trouble)
