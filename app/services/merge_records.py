"""What is the same where two contacts, or two companies, become one, and two again. Used by `merge_contacts` and
`merge_companies`, which say what the one that stays gets, and what is to be looked at anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.domain.changes import Area
from app.domain.errors import NotAllowed
from app.domain.records import Fields, RecordChange, RecordKind
from app.store import Store

Refresh = Callable[[Store, int], None]  # one of the two, after things moved
_LISTS = ("phones", "companies")


def merge_records(
    store: Store,
    kind: RecordKind,
    pair: tuple[int, int],
    source: str,
    given_by: Callable[[Fields, Fields], Fields],
    refresh: Refresh,
) -> RecordChange:
    """`pair`: the one that stays, and the one that is not shown any more. `given_by`: which fields the first gets, from the
    fields of both. Raises NotAllowed, UsageError."""
    keep_id, other_id = pair
    if keep_id == other_id:
        raise NotAllowed(f"A {kind.value} cannot be merged with itself.")
    fields, links = _tables(store, kind)
    with store.transaction(Area.CONTACTS, Area.COMPANIES, Area.DEALS, Area.MESSAGES, source=source):
        keep, other = fields.snapshot(keep_id), fields.snapshot(other_id)
        if keep["removed"] or other["removed"]:
            raise NotAllowed("One of the two was removed. Bring it back first.")
        moved = links.move(keep_id, other_id)
        given = given_by(keep, other)
        fields.write(keep_id, given)
        for record_id in pair:
            refresh(store, record_id)
        change_id = store.record_changes.note(
            kind,
            keep_id,
            user_id=store.user_id,
            what=f"Merged with {other['name'] or other['addresses'][0]}",
            before={"merge": moved, "fields": {name: keep[name] for name in given}, "given": given},
            after={"merge": other_id},
        )
        return store.record_changes.get(change_id)


def check_parting(store: Store, change: RecordChange) -> None:
    """Raises NotAllowed where the two cannot be parted any more."""
    fields, links = _tables(store, change.kind)
    keep_id, word = change.record_id, change.kind.value
    if not links.is_merged(int(change.after["merge"]), keep_id):
        raise NotAllowed(f"The other {word} is not there any more.")
    if fields.snapshot(keep_id)["removed"]:
        raise NotAllowed(f"The {word} that they became was removed or merged since. Undo that first.")


def part_records(store: Store, change: RecordChange, refresh: Refresh) -> None:
    """Undoes a merge that `check_parting` has nothing against, inside a transaction: what came from the other goes back to it;
    what came since stays."""
    fields, links = _tables(store, change.kind)
    keep_id, other_id = change.record_id, int(change.after["merge"])
    links.move_back(keep_id, other_id, change.before["merge"])
    fields.write(keep_id, _without(fields.snapshot(keep_id), change.before))
    for record_id in (keep_id, other_id):
        refresh(store, record_id)


def missing_fields(keep: Fields, other: Fields, names: Iterable[str]) -> Fields:
    """Those of the other that the one that stays has not."""
    return {name: other[name] for name in names if not keep[name] and other[name]}


def _without(now: Fields, before: Fields) -> Fields:
    """What the one that stayed has again: nothing of what the merge gave it, and all that was edited since."""
    fields: Fields = {}
    for name, given in before["given"].items():
        had = before["fields"][name]
        if name in _LISTS:
            fields[name] = [value for value in now[name] if value in had or value not in given]
        elif now[name] == given:
            fields[name] = had
    return fields


def _tables(store: Store, kind: RecordKind) -> tuple[Any, Any]:
    """What keeps the fields of such a record, and what moves all that hangs on it."""
    return (store.companies, store.company_merging) if kind is RecordKind.COMPANY else (store.contacts, store.merging)
