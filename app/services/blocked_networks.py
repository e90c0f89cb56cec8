"""The addresses from which nothing is told (T4, S3): what is kept, what a change would do to the past, and the change. Used
by the façade and the command line."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from app.domain.blocked_networks import BlockedNetwork, BlockedTrial, enter_blocked, read_blocked
from app.domain.changes import Area
from app.domain.errors import UsageError
from app.services.rescore_events import ask_within, changed_entries, foresee_blocked
from app.services.workspace import Workspace


def blocked_networks(workspace: Workspace) -> tuple[BlockedNetwork, ...]:
    return workspace.store.blocked.all()


def try_blocked(
    workspace: Workspace, entries: Sequence[BlockedNetwork], cancel: threading.Event | None = None
) -> BlockedTrial:
    """What it would change in the past if these, and no others, were blocked. Nothing is written."""
    return foresee_blocked(workspace.store, entries, cancel)


def save_blocked(workspace: Workspace, entries: Sequence[BlockedNetwork]) -> bool:
    """These, and no others, from now on. Whether past events have to be judged again: `rescore` does it. Raises StoreError."""
    store = workspace.store
    with store.transaction(Area.SETTINGS, source="blocked addresses"):
        changed = changed_entries(store.blocked.all(), entries)
        store.blocked.replace(entries)
        if changed:
            ask_within(store, changed)
    return bool(changed)


def with_entry(workspace: Workspace, text: str, note: str = "") -> tuple[BlockedNetwork, ...]:
    """The list with one more. Raises UsageError for what is no address, and for one that is there."""
    entry, kept = enter_blocked(text, note), blocked_networks(workspace)
    if any(k.text == entry.text for k in kept):
        raise UsageError(f"{entry.text} is blocked already.")
    return (*kept, entry)


def without_entry(workspace: Workspace, text: str) -> tuple[BlockedNetwork, ...]:
    """The list with one less. Raises UsageError where it is not there."""
    entry, kept = read_blocked(text), blocked_networks(workspace)
    if all(k.text != entry.text for k in kept):
        raise UsageError(f"{entry.text} is not blocked. See hitchpost settings blocked-ip list.")
    return tuple(k for k in kept if k.text != entry.text)
