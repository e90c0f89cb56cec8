"""Two companies that are one become one, and two again. Used by the façade and the command line."""

from __future__ import annotations

from app.domain.records import Fields, RecordChange, RecordKind
from app.services.merge_records import check_parting, merge_records, missing_fields, part_records
from app.store import Store

_FILLED = ("phone", "website", "postal_address", "owner")


def merge_companies(store: Store, keep_id: int, other_id: int, source: str = "user") -> RecordChange:
    """`keep_id` gets the other's domains, people, deals and mail, and its fields where it has none itself. The other is not
    shown any more. Raises NotAllowed, UsageError."""
    return merge_records(store, RecordKind.COMPANY, (keep_id, other_id), source, _together, _refresh)


def part_companies(store: Store, change: RecordChange) -> None:
    """Undoes a merge, inside a transaction: what came from the other goes back to it; what came since stays. Raises NotAllowed
    when the two cannot be parted any more."""
    check_parting(store, change)
    part_records(store, change, _refresh)


def _together(keep: Fields, other: Fields) -> Fields:
    return missing_fields(keep, other, _FILLED)


def _refresh(store: Store, company_id: int) -> None:
    store.companies.refresh(company_id)
    store.company_merging.refresh_latest(company_id)
    store.contacts.refresh_many(store.companies.contacts_of(company_id))
    for deal_id in store.deals.of_company(company_id):
        store.deals.refresh(deal_id)
