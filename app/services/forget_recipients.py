"""A contact that is deleted for good is deleted on the tracking server, too: its hits there, and those that come later. Used by
`delete_permanently`, and in the background for what a server that was away is owed."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from app.services.cancellable import unless_cancelled
from app.services.workspace import Workspace
from app.store import Store
from app.store.erasing import Traces

if TYPE_CHECKING:
    from app.services.tracking_server import TrackingTarget

SECONDS = 10.0  # for one recipient


def owe_forgetting(store: Store, found: Traces) -> None:
    """In the transaction of the deletion, before anything is erased."""
    store.owed_forgetting.add(store.owed_forgetting.refs_of({*found.messages, *found.mentions}, found.addresses))


def forget_owed(workspace: Workspace, target: TrackingTarget, cancel: threading.Event) -> int:
    """Asks the server for all that is owed, one recipient after the other. Returns how many it has deleted. Raises
    TrackingError, StoreError; Cancelled soon after `cancel` is set."""
    from app.tracking.client import forget_recipient

    store = workspace.store
    done = 0
    while refs := store.owed_forgetting.first():
        for ref in refs:
            call = partial(forget_recipient, target.api_url, target.token, ref, SECONDS)
            unless_cancelled(call, cancel)
            with store.transaction(source="forget"):
                store.owed_forgetting.done(ref)
            done += 1
    return done
