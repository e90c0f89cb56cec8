"""The additional BCC addresses (S2): what is kept, and what is not taken. Used by sending, the façade and the command line."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.additional_bcc import MOST, ExtraBcc, read_extra
from app.domain.changes import Area
from app.domain.errors import UsageError
from app.services.workspace import Workspace


def additional_bcc(workspace: Workspace) -> tuple[ExtraBcc, ...]:
    return workspace.store.extra_bcc.of(workspace.store.user_id)


def why_not_extra(workspace: Workspace, entry: ExtraBcc) -> str:
    """Why an address cannot be one of them, as a sentence; empty where it can."""
    if entry.key in workspace.store.logging_addresses.keys():  # noqa: SIM118  # no dictionary
        return f"{entry.address} is this workspace’s own logging address: what you send is logged here without it."
    if entry.key in workspace.store.inboxes.own_addresses():
        return f"{entry.address} is an inbox of this workspace: what you send is logged here, and lies in Sent, without it."
    return ""


def save_additional_bcc(workspace: Workspace, entries: Sequence[ExtraBcc]) -> None:
    """These, and no others, from the next message on; also for messages that are scheduled already. Raises UsageError for what
    cannot be one, StoreError."""
    read = [ExtraBcc(read_extra(e.address).address, e.note.strip(), e.added_at) for e in entries]
    before = {e.key for e in additional_bcc(workspace)}  # what became the workspace's own after it was added stays
    for entry in read:
        if entry.key not in before and (why := why_not_extra(workspace, entry)):
            raise UsageError(why)
    if len({e.key for e in read}) > MOST:
        raise UsageError(f"There can be {MOST} additional addresses at most: each gets a copy of every message.")
    store = workspace.store
    with store.transaction(Area.SETTINGS, source="additional bcc"):
        store.extra_bcc.replace(store.user_id, list({e.key: e for e in read}.values()))
