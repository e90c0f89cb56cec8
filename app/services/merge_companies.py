"""Two companies that are one become one, and two again. Used by the façade and the command line."""

from __future__ import annotations

from app.domain.changes import Area
from app.domain.errors import NotAllowed
from app.domain.records import Fields, RecordChange, RecordKind
from app.store import Store

_FILLED = ("phone", "website", "postal_address", "owner")


def merge_companies(store: Store, keep_id: int, other_id: int, source: str = "user") -> RecordChange:
    """`keep_id` gets the other's domains, people, deals and mail, and its fields where it has none itself. The other is not
    shown any more. Raises NotAllowed, UsageError."""
    if keep_id == other_id:
        raise NotAllowed("A company cannot be merged with itself.")
    with store.transaction(Area.CONTACTS, Area.COMPANIES, Area.DEALS, Area.MESSAGES, source=source):
        keep, other = store.companies.snapshot(keep_id), store.companies.snapshot(other_id)
        if keep["removed"] or other["removed"]:
            raise NotAllowed("One of the two was removed. Bring it back first.")
        moved = store.company_merging.move(keep_id, other_id)
        given = {name: other[name] for name in _FILLED if not keep[name] and other[name]}
        store.companies.write(keep_id, given)
        _refresh(store, keep_id, other_id)
        change_id = store.record_changes.note(
            RecordKind.COMPANY,
            keep_id,
            user_id=store.user_id,
            what=f"Merged with {other['name']}",
            before={"merge": moved, "fields": {name: keep[name] for name in given}, "given": given},
            after={"merge": other_id},
        )
        return store.record_changes.get(change_id)


def part_companies(store: Store, change: RecordChange) -> None:
    """Undoes a merge, inside a transaction: what came from the other goes back to it; what came since stays. Raises NotAllowed
    when the two cannot be parted any more."""
    keep_id, other_id = change.record_id, int(change.after["merge"])
    if not store.company_merging.is_merged(other_id, keep_id):
        raise NotAllowed("The other company is not there any more.")
    now = store.companies.snapshot(keep_id)
    if now["removed"]:
        raise NotAllowed("The company that they became was removed or merged since. Undo that first.")
    store.company_merging.move_back(keep_id, other_id, change.before["merge"])
    had: Fields = change.before["fields"]
    given: Fields = change.before["given"]
    store.companies.write(keep_id, {name: had[name] for name in given if now[name] == given[name]})
    _refresh(store, keep_id, other_id)


def _refresh(store: Store, keep_id: int, other_id: int) -> None:
    for company_id in (keep_id, other_id):
        store.companies.refresh(company_id)
        store.company_merging.refresh_latest(company_id)
        store.contacts.refresh_many(store.companies.contacts_of(company_id))
        for deal_id in store.deals.of_company(company_id):
            store.deals.refresh(deal_id)
