"""What a new version of the program does once in a workspace that an older one used. Used by `bootstrap`."""

from __future__ import annotations

from app.domain.changes import Area
from app.store import Store

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
