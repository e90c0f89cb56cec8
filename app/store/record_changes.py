"""What people changed in records, so that it can be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.errors import UsageError
from app.domain.records import RecordChange, RecordKind
from app.store import journal
from app.store import models as m
from app.store.fields import now


class RecordChanges:
    def note(
        self,
        kind: RecordKind,
        record_id: int,
        *,
        user_id: int,
        what: str,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> int:
        """Inside the transaction of the change itself."""
        row = m.RecordChange.create(
            at=now(),
            user=user_id,
            kind=kind.value,
            record_id=record_id,
            what=what,
            before_json=before,
            after_json=after,
        )
        journal.enter(journal.CHANGE, row.id)
        return int(row.id)

    def note_import(self, under: int, user_id: int, what: str, after: dict[str, Any]) -> int:
        """Of an import, or of what it has made so far, `under` its number. Not in the journal, of which it is made."""
        row = m.RecordChange.create(
            at=now(),
            user=user_id,
            kind=RecordKind.IMPORT.value,
            record_id=under,
            what=what,
            before_json={},
            after_json=after,
        )
        return int(row.id)

    def whole_import(self, change_id: int, what: str, after: dict[str, Any]) -> None:
        """It has ended: this stands in the place of all that was noted while it ran. Inside a transaction."""
        m.RecordChange.update(what=what, after_json=after).where(m.RecordChange.id == change_id).execute()
        self._parts(m.RecordChange.delete(), change_id).execute()

    def parts_of_import(self, change_id: int) -> list[dict[str, Any]]:
        """What was noted while it ran, in order, where it has not ended."""
        x = m.RecordChange
        return [after for (after,) in self._parts(x.select(x.after_json), change_id).order_by(x.id).tuples()]

    def import_noted_at(self, change_id: int) -> datetime | None:
        """When such a part was noted last."""
        x = m.RecordChange
        row = self._parts(x.select(x.at), change_id).order_by(x.id.desc()).first()
        return None if row is None else row.at

    @staticmethod
    def _parts(query: Any, change_id: int) -> Any:
        x = m.RecordChange
        return query.where((x.kind == RecordKind.IMPORT.value) & (x.record_id == change_id))

    def get(self, change_id: int) -> RecordChange:
        """Raises UsageError when there is no such change."""
        row = m.RecordChange.select(m.RecordChange, m.User).join(m.User).where(m.RecordChange.id == change_id).first()
        if row is None:
            raise UsageError("There is no such change any more.")
        return _change(row)

    def of(self, kind: RecordKind, record_id: int, limit: int = 50) -> tuple[RecordChange, ...]:
        """Newest first."""
        query = (
            m.RecordChange.select(m.RecordChange, m.User)
            .join(m.User)
            .where((m.RecordChange.kind == kind.value) & (m.RecordChange.record_id == record_id))
        )
        return tuple(_change(row) for row in query.order_by(m.RecordChange.id.desc()).limit(limit))

    def last_to_undo(self, kind: RecordKind, record_id: int) -> RecordChange | None:
        return next((change for change in self.of(kind, record_id) if change.undone_at is None), None)

    def mark_undone(self, change_id: int) -> None:
        m.RecordChange.update(undone_at=now()).where(m.RecordChange.id == change_id).execute()


def _change(row: m.RecordChange) -> RecordChange:
    return RecordChange(
        id=row.id,
        at=row.at,
        user=row.user.name or row.user.login_address,
        kind=RecordKind(row.kind),
        record_id=row.record_id,
        what=row.what,
        before=row.before_json,
        after=row.after_json,
        undone_at=row.undone_at,
    )
