"""All records that a search finds are removed at once, and brought back as one: chosen by what is looked for, not one by one.
Used by the façade.

Some hundred are one transaction, between which others may write and the person may stop it; what was removed until then is
still one change. It keeps no list of numbers but the moment that all of them carry (`app.store.many`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.domain.changes import Area
from app.domain.errors import NotAllowed, UsageError
from app.domain.records import ManyChosen, ManyDone, RecordKind
from app.domain.transfer import Progress, Stop, Tell
from app.store import Store
from app.store.fields import from_micros, now, to_micros

MANY = 0  # the number under which changes of many records are kept
_AT_ONCE = 500
_AREAS = (Area.CONTACTS, Area.COMPANIES, Area.DEALS)
_SILENT: Tell = lambda _progress: None  # noqa: E731
_NEVER: Stop = lambda: False  # noqa: E731


def remove_many(
    store: Store,
    kind: RecordKind,
    chosen: ManyChosen,
    tell: Tell = _SILENT,
    stop: Stop = _NEVER,
    source: str = "user",
) -> ManyDone:
    """What is chosen by a search is what the search finds when it begins. Raises StoreError."""
    wanted = store.record_tables.chosen(kind, chosen)
    if not wanted:
        return ManyDone(None, 0, 0)
    at = now()
    with store.transaction(*_AREAS, source=source):
        change = store.record_changes.note(
            kind, MANY, user_id=store.user_id, what="Removed many", before={"many": to_micros(at)},
            after={"search": chosen.search},
        )  # fmt: skip
    done = _in_slices(
        store, wanted, lambda some: store.many.hide(kind, some, at), Steps("Removing", tell, stop), source
    )
    return ManyDone(change, done, len(wanted))


def bring_many_back(
    store: Store, change_id: int, tell: Tell = _SILENT, stop: Stop = _NEVER, source: str = "user"
) -> ManyDone:
    """Undoes `remove_many`. Who stops it can go on with it later: the change is undone only when all are back. Raises
    NotAllowed where it was undone already, UsageError for another change."""
    change = store.record_changes.get(change_id)
    if "many" not in change.before:
        raise UsageError("This change is not about many records.")
    if change.undone_at is not None:
        raise NotAllowed("This was undone already.")
    at = from_micros(change.before["many"])
    hidden = store.many.hidden(change.kind, at)
    steps = Steps("Bringing back", tell, stop)
    done = _in_slices(store, hidden, lambda some: store.many.show(change.kind, some, at), steps, source)
    if done == len(hidden) or not store.many.hidden(change.kind, at):
        with store.transaction(*_AREAS, source=source):
            store.record_changes.mark_undone(change_id)
    return ManyDone(change_id, done, len(hidden))


def bring_all_back(
    store: Store, kind: RecordKind, tell: Tell = _SILENT, stop: Stop = _NEVER, source: str = "user"
) -> ManyDone:
    """Every removed record of a kind."""
    hidden = store.many.hidden(kind)
    steps = Steps("Bringing back", tell, stop)
    done = _in_slices(store, hidden, lambda some: store.many.show(kind, some), steps, source)
    return ManyDone(None, done, len(hidden))


class Steps:
    """How far it is, and whether a person has stopped it."""

    def __init__(self, stage: str, tell: Tell, stop: Stop) -> None:
        self.stage, self.tell, self.stop = stage, tell, stop


def _in_slices(
    store: Store, numbers: Sequence[int], act: Callable[[Sequence[int]], int], steps: Steps, source: str
) -> int:
    done = 0
    for start in range(0, len(numbers), _AT_ONCE):
        if steps.stop():
            break
        some = numbers[start : start + _AT_ONCE]
        with store.transaction(*_AREAS, source=source):
            done += act(some)
        steps.tell(Progress(start + len(some), len(numbers), done, steps.stage))
    return done
