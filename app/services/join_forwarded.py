"""A reply that was forwarded here without its Message-ID, and is met in a mailbox or a file later, is one message. Used by
whatever logs received mail; and parted again where a person says so.

Copied headers tell no seconds, and often no id. So the two are taken for one only where the sender, the subject without its
prefixes and the beginning of the text are the same, the dates lie within two minutes, and no other forward looks so."""

from __future__ import annotations

from app.domain.changes import Area
from app.services.workspace import Workspace


def join_forwarded(workspace: Workspace, message_pk: int) -> bool:
    """After a received message was stored, in the same transaction. Whether it was joined with its forward."""
    store = workspace.store
    alike = store.joined.forwards_like(message_pk)
    if len(alike) != 1:
        return False
    store.joined.join(message_pk, alike[0], store.user_id)
    return True


def part_forwarded(workspace: Workspace, message_pk: int) -> int | None:
    """The number of the forwarded one, which is a message of its own again; None where nothing was joined."""
    with workspace.store.transaction(Area.MESSAGES, Area.CONTACTS, Area.COMPANIES, Area.DEALS, source="arrange"):
        return workspace.store.joined.part(message_pk)
