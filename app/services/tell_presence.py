"""Tells the tracking server that this program is signed in, and learns from it which address that is: what comes from there is
one's own (T5), also when the address has just changed. Used in the background."""

from __future__ import annotations

import secrets
import threading
from functools import partial
from typing import TYPE_CHECKING

from app.services.cancellable import unless_cancelled
from app.services.keep_addresses import note_own_address
from app.services.workspace import Workspace

if TYPE_CHECKING:
    from app.services.tracking_server import TrackingTarget

SECONDS = 10.0
_NAME = "_tracking.program"


def tell_presence(workspace: Workspace, target: TrackingTarget, cancel: threading.Event) -> int:
    """Returns how many events are judged otherwise for it. Raises TrackingError, StoreError; Cancelled soon after `cancel` is
    set."""
    from app.tracking import client  # with the web libraries, which are seldom needed

    call = partial(client.tell_presence, target.api_url, target.token, _program(workspace), SECONDS)
    return note_own_address(workspace, unless_cancelled(call, cancel))


def _program(workspace: Workspace) -> str:
    """By which the server tells this program from others of the workspace."""
    store = workspace.store
    name = str(store.settings.get(_NAME))
    if not name:
        name = secrets.token_hex(8)
        with store.transaction(source="presence"):
            store.settings.put(_NAME, name)
    return name
