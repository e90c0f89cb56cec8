"""A look into the database of a workspace that is not open: what it is called, whose it is, what waits in its outbox, what is
set. Reads, and changes nothing."""

from __future__ import annotations

import json
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


def set_text(path: Path, name: str) -> str:
    """What a text among the settings is set to; empty where it is not, or there is no workspace yet. Also on a full disk, where
    SQLite has no room for the file by which readers and writers agree: then what was last written may be missing. Raises
    StoreError for what is no workspace, or cannot be read."""
    if not path.exists():
        return ""
    try:
        try:
            return _set_text(path, name, "mode=ro")
        except sqlite3.OperationalError:
            return _set_text(path, name, "mode=ro&immutable=1")
    except (sqlite3.Error, ValueError, OSError) as error:
        raise StoreError(f"{path} is no Hitchpost workspace, or cannot be read: {error}.") from error


def _set_text(path: Path, name: str, how: str) -> str:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=2)) as database:
        row = database.execute("SELECT value_json FROM setting WHERE name = ?", (name,)).fetchone()
    value = json.loads(row[0]) if row else ""
    return value if isinstance(value, str) else ""
