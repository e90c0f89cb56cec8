"""What an import made and changed is one change, and can be undone as one (X3). What somebody has changed or used since then
stays as it is, and is reported. Used by the façade and the command line.

What it made goes for good, so that the file can be imported again in another way; it is no permanent deletion of people, who
may come back. Lists, stages and settings that came with an export stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from app.domain.changes import Area
from app.domain.errors import NotAllowed, UsageError
from app.domain.records import RecordChange, RecordKind
from app.domain.transfer import ImportUndone, Kept, Progress, Stop, Tell
from app.services.edit_record import remove_record, undo_change
from app.services.note_import import IMPORTS
from app.store import Store
from app.store.fields import now
from app.store.journal import CHANGE, MESSAGE

_STILL = timedelta(minutes=1)  # after what was noted last of an import, which may still be going on
MOST_KEPT = 1_000  # that are told one by one
_AT_ONCE = 100
_AREAS = (Area.CONTACTS, Area.COMPANIES, Area.DEALS, Area.USERS, Area.MESSAGES)
_CHANGED = "It was changed since."
_IN_USE = "It has mail, contacts or deals by now that did not come with the import."
_DECIDED = "Somebody decided since where it is logged."
_CHANGED_AGAIN = "The imported fields were changed again since."


def imports(store: Store, limit: int = 20) -> tuple[RecordChange, ...]:
    """Newest first, those that were undone too, and those that ended in a crash."""
    return tuple(_whole(store, change) for change in store.record_changes.of(RecordKind.IMPORT, IMPORTS, limit))


def _whole(store: Store, change: RecordChange) -> RecordChange:
    """With all that was noted while it ran, where it did not come to its end."""
    made: dict[str, list[int]] = {of: list(numbers) for of, numbers in change.after["made"].items()}
    for part in store.record_changes.parts_of_import(change.id):
        for of, numbers in part["made"].items():
            made.setdefault(of, []).extend(numbers)
    return replace(change, after={**change.after, "made": made})


def undo_import(
    store: Store, change_id: int, tell: Tell = lambda _progress: None, stop: Stop = lambda: False
) -> ImportUndone:
    """More than ten thousand records a second, in short transactions between which others may write. Who stops it can go on
    with it later. Raises NotAllowed where it was undone already or still goes on, UsageError, StoreError."""
    change = store.record_changes.get(change_id)
    if change.kind is not RecordKind.IMPORT:
        raise UsageError("This change is no import.")
    if change.undone_at is not None:
        raise NotAllowed("This import was undone already.")
    noted = store.record_changes.import_noted_at(change_id)
    if noted is not None and now() - noted < _STILL:
        raise NotAllowed("This import is still going on, or was cut off this moment. Try again in a minute.")
    undoing = _Undoing(store, _whole(store, change), tell, stop)
    done = undoing.everything()
    if done:
        with store.transaction(*_AREAS, source="undo import"):
            store.record_changes.mark_undone(change_id)
    return undoing.report(stopped=not done)


class _Undoing:
    def __init__(self, store: Store, change: RecordChange, tell: Tell, stop: Stop) -> None:
        self._store, self._change, self._tell, self._stop = store, change, tell, stop
        self._made: dict[str, list[int]] = change.after["made"]
        self._own = set(self._made.get(CHANGE, ()))
        self._removed: dict[str, int] = {}
        self._kept: list[Kept] = []
        self._kept_count = self._restored = self._at = 0

    def everything(self) -> bool:
        """Edits first: what was made may hang on them. False: a person has stopped it."""
        each: dict[str, Callable[[int], str]] = {CHANGE: self._take_back, MESSAGE: self._message, "user": self._user}
        order = (CHANGE, MESSAGE, "deal", "contact", "company", "user")
        total = sum(len(self._made.get(kind, ())) for kind in order)
        for kind in order:
            numbers = self._made.get(kind, [])[::-1]
            for start in range(0, len(numbers), _AT_ONCE):
                if self._stop():
                    return False
                with self._store.transaction(*_AREAS, source="undo import"):
                    if kind in each:
                        for number in numbers[start : start + _AT_ONCE]:
                            self._one(kind, number, each[kind])
                    else:
                        self._drop(RecordKind(kind), numbers[start : start + _AT_ONCE])
                self._at += len(numbers[start : start + _AT_ONCE])
                self._tell(Progress(self._at, total, self._at, "Undoing the import"))
        return True

    def report(self, *, stopped: bool) -> ImportUndone:
        return ImportUndone(
            dict(self._removed), self._restored, tuple(self._kept), self._kept_count, stopped, self._change.what
        )

    def _one(self, kind: str, number: int, call: Callable[[int], str]) -> None:
        name = self._name(kind, number)
        if name is None:  # gone since
            return
        why = call(number)
        if not why:
            if kind == CHANGE:
                self._restored += 1
            else:
                self._removed[kind] = self._removed.get(kind, 0) + 1
            return
        self._keep(kind, number, name, why)

    def _keep(self, kind: str, number: int, name: str, why: str) -> None:
        self._kept_count += 1
        if len(self._kept) < MOST_KEPT:
            self._kept.append(Kept(kind, number, name, why))

    def _name(self, kind: str, number: int) -> str | None:
        store = self._store
        if kind == CHANGE:
            with suppress(UsageError):
                found = store.record_changes.get(number)
                return None if found.undone_at is not None else self._name(found.kind.value, found.record_id)
            return None
        return store.made.name(kind, number)

    def _take_back(self, number: int) -> str:
        try:
            undo_change(self._store, number, "undo import")
        except UsageError:
            return _CHANGED_AGAIN
        return ""

    def _message(self, number: int) -> str:
        store = self._store
        if store.overrides.last(number) is not None:
            return _DECIDED
        store.joined.part(number)
        companies, _ = store.copied.records_of(number)
        store.messages.forget(number)
        for company_id in companies:
            store.company_merging.refresh_latest(company_id)
        return ""

    def _drop(self, kind: RecordKind, numbers: Sequence[int]) -> None:
        """Those that nobody has changed or used; the others are told."""
        made = self._store.made
        names = made.names(kind.value, numbers)  # without those that are gone since
        changed = made.changed_among(kind, numbers, self._own, self._change.id)
        used = made.used_among(kind, numbers)
        goes = [number for number in numbers if number in names and number not in changed | used]
        made.drop_all(kind, goes)
        if goes:
            self._removed[kind.value] = self._removed.get(kind.value, 0) + len(goes)
        for number in numbers:
            if number in names and number in changed | used:
                self._keep(kind.value, number, names[number], _CHANGED if number in changed else _IN_USE)

    def _user(self, number: int) -> str:
        """A user is made inactive: other things may name it."""
        if self._store.made.changed_since(RecordKind.USER, number, self._own, self._change.id):
            return _CHANGED
        try:
            remove_record(self._store, RecordKind.USER, number, "undo import")
        except NotAllowed as error:
            return str(error)
        return ""
