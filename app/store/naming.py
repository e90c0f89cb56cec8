"""Looks for addresses in texts of any kind. Used where somebody is deleted for good, by `erasing` and what helps it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.domain.addresses import address_key, quoted_spelling

_AT = "(?:@|%40|&#0{0,4}64;|&#x0{0,4}40;|&commat;)"


def naming(addresses: Iterable[str]) -> re.Pattern[str]:
    """Finds one of these addresses, not as a part of a longer one; also as HTML and links write it."""
    forms = sorted({form for a in addresses for form in (a.strip(), *spellings(a)) if form})
    one = "|".join(re.escape(form).replace("@", _AT) for form in forms) or "(?!)"
    return re.compile(rf"(?<![\w.!#$%&*+/=?^`{{|}}~-])(?:{one})(?![\w-]|\.\w)", re.IGNORECASE)


def spellings(address: str) -> tuple[str, ...]:
    """In small letters, as it may be written: as it is, as it is compared, and with its name in quotation marks."""
    key = address_key(address)
    return address.lower(), key, quoted_spelling(key)


def flat(value: object) -> str:
    """All texts in a value that JSON can hold, one on each line."""
    if isinstance(value, dict):
        return "\n".join(map(flat, (*value.keys(), *value.values())))
    if isinstance(value, list | tuple):
        return "\n".join(map(flat, value))
    return value if isinstance(value, str) else ""
