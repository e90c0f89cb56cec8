"""A contact that is deleted for good is deleted on the tracking server, too: its hits there, and those that come later. Used by
`delete_permanently`, by commands that delete and sync, and in the background for what a server that was away is owed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from app.domain.earlier_hosts import PRESENT
from app.domain.errors import Cancelled, SecretError, TrackingError
from app.services.cancellable import unless_cancelled
from app.services.workspace import Workspace
from app.store import Store
from app.store.erasing import Traces

if TYPE_CHECKING:
    from app.services.tracking_server import TrackingTarget

SECONDS = 10.0  # for one recipient


def owe_forgetting(store: Store, found: Traces) -> None:
    """In the transaction of the deletion, before anything is erased. Of a message that others got, too, what they did is to be
    forgotten as well: nothing here names them any more when they are deleted in turn."""
    refs = store.owed_forgetting.refs_of(found.messages, found.mentions, found.addresses)
    store.owed_forgetting.add(refs)
    store.gone.remember_copies(refs)


def owe_again(store: Store, recipient_refs: Iterable[str]) -> None:
    """Of these, of whom the server has told and who are nobody's here: whoever was deleted for good. Its database was restored
    from a backup of before. Inside a transaction."""
    store.owed_forgetting.add([ref for ref in recipient_refs if store.gone.holds_copy(ref)])


def forget_owed(
    workspace: Workspace,
    target: TrackingTarget,
    cancel: threading.Event,
    seconds: float | None = None,
    *,
    host: int = PRESENT,
) -> int:
    """Asks the server, which is the present one or an earlier `host`, for all that it is owed, one recipient after the
    other; where `seconds` are given, for so long at most. Returns how many it has deleted. Raises TrackingError,
    StoreError; Cancelled soon after `cancel` is set."""
    from app.services.tracking_server import is_present
    from app.tracking.client import forget_recipient

    store = workspace.store
    end = None if seconds is None else time.monotonic() + seconds
    done = 0
    while refs := store.owed_forgetting.first(host):
        for ref in refs:
            left = SECONDS if end is None else min(SECONDS, end - time.monotonic())
            if left <= 0 or (host == PRESENT and not is_present(workspace, target)):
                return done  # or another one is used meanwhile, which is owed by itself
            call = partial(forget_recipient, target.api_url, target.token, ref, left)
            unless_cancelled(call, cancel)
            with store.transaction(source="forget"):
                store.owed_forgetting.done(ref, host)
            done += 1
    return done


def try_to_forget(workspace: Workspace, cancel: threading.Event, seconds: float) -> int:
    """What is owed, as far as the servers can be told just now, in so many seconds each. Returns of how many recipients
    it still is. Raises StoreError."""
    from app.services.tracking_server import find_earlier, find_tracking

    owed = workspace.store.owed_forgetting
    if not owed.count():
        return 0
    with suppress(TrackingError, SecretError, Cancelled):
        target = find_tracking(workspace, cancel)
        if target is not None:
            forget_owed(workspace, target, cancel, seconds)
    for host in workspace.store.earlier_hosts.all():
        with suppress(TrackingError, SecretError, Cancelled):
            target = find_earlier(workspace, host, cancel) if host.owed else None
            if target is not None:
                forget_owed(workspace, target, cancel, seconds, host=host.id)
    return owed.count()
