"""A reply that was forwarded here without its Message-ID, and is met in a mailbox or a file later, is one message. Used by
whatever logs received mail; and parted again where a person says so.

Copied headers tell no seconds, and often no id. So the two are taken for one only where the sender, the subject without its
prefixes and the beginning of the text are the same, the dates lie within two minutes, and no other forward looks so."""

from __future__ import annotations

from app.domain.changes import Area
from app.domain.errors import NotAllowed
from app.services.workspace import Workspace

FOR_GOOD = (
    "It was forwarded here, too, and the two are shown as one. They cannot be parted any more: what was kept of the forward "
    "named somebody who was removed from this workspace, and went."
)
AREAS = (Area.MESSAGES, Area.CONTACTS, Area.COMPANIES, Area.DEALS)


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
    with workspace.store.transaction(*AREAS, source="arrange"):
        return workspace.store.joined.part(message_pk)


def why_not_parted(workspace: Workspace, message_pk: int) -> str:
    """Of a message that `part_forwarded` has nothing to part of: why."""
    return FOR_GOOD if workspace.store.joined.is_for_good(message_pk) else "It is not joined with a forward."


def join_again(workspace: Workspace, message_pk: int, forwarded_pk: int) -> None:
    """Takes a parting back. Raises NotAllowed where one of the two is not there any more, or was joined since."""
    store = workspace.store
    with store.transaction(*AREAS, source="arrange"):
        if store.joined.joined_at(message_pk) is not None or not store.joined.is_like(message_pk, forwarded_pk):
            raise NotAllowed("The two are not there any more as they were when they were parted.")
        store.joined.join(message_pk, forwarded_pk, store.user_id)
