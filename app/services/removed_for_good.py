"""Whether a message is one that was removed for good: with a person who was deleted, or by a rule of the never-log list. Asked
before a message is logged, whatever way it came."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from app.services.workspace import Workspace
from app.store.messages import NewMessage

if TYPE_CHECKING:
    from app.mime.reading import ReadMessage  # large, and most looks at a mailbox find nothing to read


def was_removed(workspace: Workspace, message: ReadMessage, date: datetime, *ids: str) -> bool:
    """As it was read. `ids`: its own, or what stands for it."""
    facts = message.headers
    gone = workspace.store.gone
    sender = facts.sender.key if facts.sender is not None else ""
    return gone.holds(*ids) or gone.holds_letter(sender, date, facts.subject, message.text, (*facts.to, *facts.cc))


def may_not_come_back(workspace: Workspace, new: NewMessage, *ids: str) -> bool:
    """As it would be stored, under these ids besides its own; one that is on a timeline here is no such message. Before
    somebody's name is taken out of it."""
    store = workspace.store
    known = store.messages.known([new.message_id, *ids]).values()
    if any(store.copied.is_logged(one.pk) for one in known):
        return False
    return store.gone.holds(new.message_id, *ids) or store.gone.holds_letter(
        new.sender.key, new.date, new.subject, new.text, (*new.to, *new.cc)
    )
