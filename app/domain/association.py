"""To which records a message is logged besides its contacts: their primary companies and open deals (L3). Pure; used by
`services.associate`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

MOST_DEALS = 5  # of a contact


@dataclass(frozen=True)
class DealFacts:
    id: int
    is_open: bool
    changed_at: datetime


@dataclass(frozen=True)
class ContactFacts:
    """`company_id`: the primary one, if there is any."""

    id: int
    company_id: int | None = None
    deals: tuple[DealFacts, ...] = ()


@dataclass(frozen=True)
class Association:
    """Ids, each once, in the order in which they were met."""

    contacts: tuple[int, ...] = ()
    companies: tuple[int, ...] = ()
    deals: tuple[int, ...] = ()


def latest_open(deals: Iterable[DealFacts], most: int = MOST_DEALS) -> tuple[int, ...]:
    """The most recently changed of those that are open; of two that were changed at once the younger one comes first."""
    open_ones = sorted((d for d in deals if d.is_open), key=lambda d: (d.changed_at, d.id), reverse=True)
    return tuple(d.id for d in open_ones[:most])


def associate(contacts: Sequence[int], facts: Mapping[int, ContactFacts]) -> Association:
    """The five deals are each contact's own: a message to two people is logged to up to ten."""
    companies: dict[int, None] = {}
    deals: dict[int, None] = {}
    for contact_id in contacts:
        known = facts.get(contact_id)
        if known is None:
            continue
        if known.company_id is not None:
            companies.setdefault(known.company_id)
        for deal_id in latest_open(known.deals):
            deals.setdefault(deal_id)
    return Association(tuple(dict.fromkeys(contacts)), tuple(companies), tuple(deals))
