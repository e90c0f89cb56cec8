"""Two contacts who are one person become one, and two again. Used by the façade and the command line."""

from __future__ import annotations

from app.domain.errors import NotAllowed
from app.domain.record_words import phone_key, same_phone
from app.domain.records import Fields, RecordChange, RecordKind
from app.services.merge_records import check_parting, merge_records, missing_fields, part_records
from app.store import Store

_FILLED = ("name", "title", "postal_address", "owner")


def merge_contacts(store: Store, keep_id: int, other_id: int, source: str = "user") -> RecordChange:
    """`keep_id` gets the other's addresses, numbers, companies, deals and mail, and its fields where it has none itself. The
    other is not shown any more. Raises NotAllowed, UsageError."""
    return merge_records(store, RecordKind.CONTACT, (keep_id, other_id), source, _together, _refresh)


def split_again(store: Store, change: RecordChange) -> None:
    """Undoes a merge, inside a transaction: what came from the other goes back to it; what came since stays. Raises NotAllowed
    when the two cannot be parted any more."""
    check_parting(store, change)
    if not store.merging.leaves_both_an_address(change.record_id, change.before["merge"]):
        raise NotAllowed(
            "The addresses were changed since, and one of the two would be left without any. Undo that first."
        )
    part_records(store, change, _refresh)


def _together(keep: Fields, other: Fields) -> Fields:
    fields = missing_fields(keep, other, _FILLED)
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


def _refresh(store: Store, contact_id: int) -> None:
    store.contacts.refresh(contact_id)
    store.contacts.refresh_latest(contact_id)
    for deal_id in store.deals.of_contact(contact_id):
        store.deals.refresh(deal_id)
