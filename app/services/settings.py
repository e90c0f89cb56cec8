"""A setting is changed by a person: one's own at once, the workspace's by its administrators. Used by the façade and the
command line."""

from __future__ import annotations

from app.domain.changes import Area
from app.services.rights import require_for_setting
from app.store import Store


def put_setting(store: Store, name: str, value: object, source: str = "settings") -> None:
    """Takes effect at once. Raises UsageError for a name or value that cannot be, AdminOnly."""
    require_for_setting(store, name)
    with store.transaction(Area.SETTINGS, source=source):
        store.settings.put(name, value)
