"""A look into the database of a workspace that is not open: what it is called, whose it is, what waits in its outbox. Reads,
and changes nothing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from app.domain.errors import StoreError
from app.domain.outbox import OutboxState
from app.domain.workspaces import Glance

_WAITING = (OutboxState.QUEUED.value, OutboxState.SENDING.value)


def glance(path: Path) -> Glance:
    """Raises StoreError for what is no workspace, or cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)) as database:
            uid, name = database.execute("SELECT uid, name FROM workspace LIMIT 1").fetchone()
            inboxes = [a for (a,) in database.execute("SELECT address FROM inbox WHERE state <> 'removed' ORDER BY id")]
            states = Counter(state for (state,) in database.execute("SELECT state FROM outbox"))
            waiting = sum(states[state] for state in _WAITING)
            return Glance(uid, name, tuple(inboxes), waiting, states[OutboxState.DRAFT.value])
    except (sqlite3.Error, TypeError, OSError) as error:
        raise StoreError(f"{path} is no Hitchpost workspace, or cannot be read: {error}.") from error
