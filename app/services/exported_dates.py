"""When the records of an export were made and changed, so that they keep their order in a workspace that takes them in: a
message is logged to the deals that were changed last. Used by `import_export`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from app.domain.transfer import RecordDates
from app.store.fields import now


def dates_of(rows: Iterable[dict[str, Any]]) -> dict[str, RecordDates]:
    """By the number that a record has in the export; without those whose dates cannot be read. None lies in the future."""
    here, found = now(), {}
    for row in rows:
        created = _instant(row.get("created_at"), here)
        if created is not None:
            changed = _instant(row.get("changed_at"), here) or created
            found[str(row.get("id"))] = RecordDates(created, changed, _instant(row.get("closed_at"), here))
    return found


def _instant(value: object, latest: datetime) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return None if at.tzinfo is None else min(at.astimezone(UTC), latest)
    except (ValueError, OverflowError):
        return None
