"""What of two contacts is kept when they become one, field by field, as `services.merge_contacts` does it. Pure; used by the
comparison before a merge."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.record_words import phone_key, same_phone
from app.domain.records import ContactRecord
from app.ui.records.words import amount

SINGLE = ("Name", "Title", "Address", "Owner")  # of which there is one


@dataclass(frozen=True)
class Compared:
    """`result`: what the one contact has afterwards. Lines are parted by line ends."""

    title: str
    keep: str
    other: str
    result: str

    @property
    def lost(self) -> bool:
        """The other's value is only in the history afterwards."""
        return self.title in SINGLE and self.keep != self.other and bool(self.keep and self.other)


def compared(keep: ContactRecord, other: ContactRecord) -> tuple[Compared, ...]:
    """Only fields that one of the two has."""
    rows = [
        Compared("Name", keep.name, other.name, keep.name or other.name),
        Compared("Title", keep.title, other.title, keep.title or other.title),
        _lists("E-mail", keep.addresses, other.addresses),
        _phones(keep, other),
        _lists("Company", [c.name for c in keep.companies], [c.name for c in other.companies]),
        Compared("Address", keep.postal_address, other.postal_address, keep.postal_address or other.postal_address),
        _owner(keep, other),
        _lists("Deals", _deals(keep), _deals(other)),
    ]
    return tuple(r for r in rows if r.keep or r.other)


def _lists(title: str, keep: tuple[str, ...] | list[str], other: tuple[str, ...] | list[str]) -> Compared:
    both = dict.fromkeys([*keep, *other])
    return Compared(title, "\n".join(keep), "\n".join(other), "\n".join(both))


def _phones(keep: ContactRecord, other: ContactRecord) -> Compared:
    mine, theirs = [p.number for p in keep.phones], [p.number for p in other.phones]
    keys = [phone_key(number) for number in mine]
    new = [n for n in theirs if n not in mine and not any(same_phone(phone_key(n), key) for key in keys)]
    return Compared("Phone", "\n".join(mine), "\n".join(theirs), "\n".join([*mine, *new]))


def _owner(keep: ContactRecord, other: ContactRecord) -> Compared:
    mine, theirs = (r.owner.name if r.owner is not None else "" for r in (keep, other))
    return Compared("Owner", mine, theirs, mine or theirs)


def _deals(record: ContactRecord) -> list[str]:
    return [f"{d.name} {amount(d.amount_minor, d.currency)}".strip() for d in record.deals]
