"""Two contacts who are one person become one, and two again. Used by the façade and the command line."""

from __future__ import annotations

from app.domain.changes import Area
from app.domain.errors import NotAllowed
from app.domain.record_words import phone_key, same_phone
from app.domain.records import Fields, RecordChange, RecordKind
from app.store import Store

_FILLED = ("name", "title", "postal_address", "owner")
_LISTS = ("phones", "companies")


def merge_contacts(store: Store, keep_id: int, other_id: int, source: str = "user") -> RecordChange:
    """`keep_id` gets the other's addresses, numbers, companies, deals and mail, and its fields where it has none itself. The
    other is not shown any more. Raises NotAllowed, UsageError."""
    if keep_id == other_id:
        raise NotAllowed("A contact cannot be merged with itself.")
    with store.transaction(Area.CONTACTS, Area.COMPANIES, Area.DEALS, Area.MESSAGES, source=source):
        keep, other = store.contacts.snapshot(keep_id), store.contacts.snapshot(other_id)
        if keep["removed"] or other["removed"]:
            raise NotAllowed("One of the two was removed. Bring it back first.")
        moved = store.merging.move(keep_id, other_id)
        given = _together(keep, other)
        store.contacts.write(keep_id, given)
        _refresh(store, keep_id, other_id)
        change_id = store.record_changes.note(
            RecordKind.CONTACT,
            keep_id,
            user_id=store.user_id,
            what=f"Merged with {other['name'] or other['addresses'][0]}",
            before={"merge": moved, "fields": {name: keep[name] for name in given}, "given": given},
            after={"merge": other_id},
        )
        return store.record_changes.get(change_id)


def split_again(store: Store, change: RecordChange) -> None:
    """Undoes a merge, inside a transaction: what came from the other goes back to it; what came since stays. Raises NotAllowed
    when the two cannot be parted any more."""
    keep_id, other_id = change.record_id, int(change.after["merge"])
    if not store.merging.is_merged(other_id, keep_id):
        raise NotAllowed("The other contact is not there any more.")
    if store.contacts.snapshot(keep_id)["removed"]:
        raise NotAllowed("The contact that they became was removed or merged since. Undo that first.")
    if not store.merging.leaves_both_an_address(keep_id, change.before["merge"]):
        raise NotAllowed(
            "The addresses were changed since, and one of the two would be left without any. Undo that first."
        )
    store.merging.move_back(keep_id, other_id, change.before["merge"])
    store.contacts.write(keep_id, _without(store.contacts.snapshot(keep_id), change.before))
    _refresh(store, keep_id, other_id)


def _together(keep: Fields, other: Fields) -> Fields:
    fields: Fields = {name: keep[name] or other[name] for name in _FILLED if not keep[name] and other[name]}
    keys = [phone_key(number) for number, _ in keep["phones"]]
    new = [
        [number, kind]
        for number, kind in other["phones"]
        if not any(same_phone(phone_key(number), key) for key in keys) and [number, kind] not in keep["phones"]
    ]
    if new:
        fields["phones"] = [*keep["phones"], *new]
    companies = list(dict.fromkeys([*keep["companies"], *other["companies"]]))
    if companies != keep["companies"]:
        fields["companies"] = companies
    return fields


def _without(now: Fields, before: Fields) -> Fields:
    """What the contact that stayed has again: nothing of what the merge gave it, and all that was edited since."""
    fields: Fields = {}
    for name, given in before["given"].items():
        had = before["fields"][name]
        if name in _LISTS:
            fields[name] = [value for value in now[name] if value in had or value not in given]
        elif now[name] == given:
            fields[name] = had
    return fields


def _refresh(store: Store, keep_id: int, other_id: int) -> None:
    for contact_id in (keep_id, other_id):
        store.contacts.refresh(contact_id)
        store.contacts.refresh_latest(contact_id)
        for deal_id in store.deals.of_contact(contact_id):
            store.deals.refresh(deal_id)
