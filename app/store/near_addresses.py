"""Addresses that by the standard are others, and by practice the same person's: with a detail behind a plus sign, or in
full-width letters. Told where somebody is kept out or deleted, for a rule about one is none about the other."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from peewee import fn

from app.domain.addresses import address_key, person_key
from app.store import models as m

_MOST = 20
_LOOKED_AT = 2_000  # of one range
_BEYOND_ASCII = "\x80"


def near_addresses(keys: Collection[str]) -> tuple[str, ...]:
    """Those seen in this workspace that are none of these keys, in the order of the alphabet. By the indexes; letters of other
    forms are found where the address begins with one."""
    wanted = {person_key(key) for key in keys}
    found: set[str] = set()
    for person in sorted(wanted):
        name = person.rpartition("@")[0]
        found |= _between(f"{name}+", f"{name},") | _between(f"{name}@", f"{name}A")
    found |= _between(_BEYOND_ASCII, "")
    return tuple(sorted(key for key in found if key not in keys and person_key(key) in wanted))[:_MOST]


def _between(low: str, high: str) -> set[str]:
    """Keys from `low` on and before `high`, or to the end."""
    sender: Any = fn.LOWER(m.Message.from_address)
    found: set[str] = set()
    for column in (m.ContactAddress.address_key, m.MessageParty.address_key, sender):
        model = m.Message if column is sender else column.model
        within = (column >= low) & (column < high) if high else column >= low
        query = model.select(column).where(within).distinct().limit(_LOOKED_AT)
        found |= {address_key(address) for (address,) in query.tuples()}
    return found
