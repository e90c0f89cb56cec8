"""Whether a forwarded message, of which nobody can tell who wrote it, names somebody who was deleted for good. Used before
such a message is kept in the review list, and before it is logged by hand."""

from __future__ import annotations

import re

from app.mime.reading import ReadMessage
from app.services.workspace import Workspace

_MOST = 5_000  # different addresses that are looked up
_LONGEST = 1_000_000  # letters of each form that are looked through
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'&@]{1,64}@[^\s<>()\[\],;:\"'&@/?]{1,255}")


def names_the_deleted(workspace: Workspace, message: ReadMessage) -> bool:
    """Anywhere in its subject or its texts; of attached messages as they were sent."""
    store = workspace.store
    if not store.tombstones.count():
        return False
    looked: set[str] = set()
    attached = [f for f in message.attachments if f.content_type.startswith("message/")]
    inside = (f.content[:_LONGEST].decode("utf-8", "replace") for f in attached)
    for text in (message.headers.subject, message.text, message.html, *inside):
        for found in _ADDRESS.finditer(text[:_LONGEST]):
            address = found.group().rstrip(".").casefold()
            if address in looked:
                continue
            if store.tombstones.holds(address):
                return True
            looked.add(address)
            if len(looked) >= _MOST:
                return False
    return False
