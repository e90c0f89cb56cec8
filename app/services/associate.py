"""Logs a message to its contacts' primary companies and open deals (L3). Used wherever a message goes onto timelines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.domain.association import Association, associate
from app.services.workspace import Workspace


def associate_message(workspace: Workspace, message_pk: int, contacts: Sequence[int], date: datetime) -> Association:
    """Inside a transaction. What it is logged to already stays."""
    copied = workspace.store.copied
    found = associate(contacts, copied.facts_of(contacts))
    copied.link(message_pk, found, date)
    return found
