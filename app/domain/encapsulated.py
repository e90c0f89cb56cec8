"""Addresses that Exchange writes where somebody has none of the internet, as in `IMCEAEX-_O=ACME_OU=…@acme.org`: no mail
reaches a person there. Pure; used where copied mail is read.

Of a form `IMCEA`, kind, hyphen, and the other address, in which `_` stands for a slash and `+XX` for any other sign by its
number ([MS-OXCMAIL] 2.1.3.2.3, IMCEA encapsulation). With the kind SMTP the other address is one of the internet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.domain.addresses import Address, is_complete

_FORM = re.compile(r"IMCEA([A-Z0-9]{1,20})-(.+)@[^@]+", re.IGNORECASE | re.DOTALL)
_SIGN = re.compile(r"\+([0-9A-F]{2})", re.IGNORECASE)


def reachable(person: Address) -> Address:
    """The very same for other addresses; with the internet address behind it where there is one; else with an empty
    `addr_spec`, as somebody of whom only a name is written."""
    found = _FORM.fullmatch(person.addr_spec.strip().strip('"'))
    if found is None:
        return person
    if found.group(1).upper() == "SMTP":
        plain = _SIGN.sub(lambda sign: chr(int(sign.group(1), 16)), found.group(2).replace("_", "/"))
        if is_complete(plain) and plain.isprintable():
            return Address(plain, person.display_name)
    return Address("", person.display_name)


def reachable_ones(people: Iterable[Address]) -> tuple[Address, ...]:
    """Of several; without those of whom nothing is left."""
    return tuple(p for p in map(reachable, people) if p.addr_spec or p.display_name)
