"""What is done once in a workspace that an older version of the program used, or that was left in the middle of something. Used
by `bootstrap`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.domain.changes import Area
from app.domain.errors import StoreError

if TYPE_CHECKING:
    from app.store import Store

FINISHING_SECONDS = 1.0  # that a start may take for a deletion
SEARCHABLE_SECONDS = 0.3  # that a start may take for it
_READ_BY = "_sync.read_by"  # the version that last read mail into this workspace


def look_again_after_update(store: Store, version: str) -> int:
    """Messages that could not be read and were set aside are due again: the new version may read them. Returns how many.
    Nothing is written when the version is the same. Raises StoreError."""
    if store.settings.get(_READ_BY) == version:
        return 0
    with store.transaction(Area.INBOXES, source="update"):
        due = sum(store.inboxes.hurry_aside(inbox.id) for inbox in store.inboxes.all())
        store.settings.put(_READ_BY, version)
    return due


def finish_deletion(store: Store, seconds: float = FINISHING_SECONDS) -> bool:
    """Where the program ended in the middle of a permanent deletion: the rest of it, in a large workspace as much as is soon
    done; the program does the others in the background. Whether nothing is left."""
    ends = time.monotonic() + seconds
    try:
        return store.leave_no_trace(stop=lambda: time.monotonic() > ends)
    except StoreError:  # such as a full disk, which is no reason not to start
        return False


def make_searchable(store: Store, seconds: float = SEARCHABLE_SECONDS) -> bool:
    """Contacts and messages of an older version can be found by their words: all of a small workspace's at once, of a large one
    the newest; the program does the others in the background. Whether some are left. Raises StoreError."""
    ends = time.monotonic() + seconds
    return store.catch_up_search(lambda: time.monotonic() > ends)
