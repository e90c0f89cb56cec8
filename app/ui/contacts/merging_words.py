"""What of two contacts is kept when they become one, field by field, as `services.merge_contacts` does it. Pure; used by the
comparison before a merge."""

from __future__ import annotations

from app.domain.record_words import phone_key, same_phone
from app.domain.records import ContactRecord
from app.ui.records.merging import Compared, all_of, one_of
from app.ui.records.words import deal_names, owner_name


def compared(keep: ContactRecord, other: ContactRecord) -> tuple[Compared, ...]:
    """Only fields that one of the two has."""
    rows = (
        one_of("Name", keep.name, other.name),
        one_of("Title", keep.title, other.title),
        all_of("E-mail", keep.addresses, other.addresses),
        _phones(keep, other),
        all_of("Company", [c.name for c in keep.companies], [c.name for c in other.companies]),
        one_of("Address", keep.postal_address, other.postal_address),
        one_of("Owner", owner_name(keep.owner), owner_name(other.owner)),
        all_of("Deals", deal_names(keep.deals), deal_names(other.deals)),
    )
    return tuple(r for r in rows if r.keep or r.other)


def _phones(keep: ContactRecord, other: ContactRecord) -> Compared:
    mine, theirs = [p.number for p in keep.phones], [p.number for p in other.phones]
    keys = [phone_key(number) for number in mine]
    new = [n for n in theirs if n not in mine and not any(same_phone(phone_key(n), key) for key in keys)]
    return Compared("Phone", "\n".join(mine), "\n".join(theirs), "\n".join([*mine, *new]))
