"""Takes people out of the header of a message that is kept as it came: they are not named among those written to any more, and
all else stays. Used where a waiting message stays and somebody in it does not."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.domain.addresses import Address
from app.mime.addresses import format_address, header_addresses
from app.mime.fields import split_fields
from app.mime.structure import header_end

_FIELD = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|$)(?:[ \t][^\r\n]*(?:\r\n|\n|\r|$))*")
_LISTS = frozenset({"to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc", "reply-to", "mail-followup-to"})
_STAY = frozenset({"from", "sender", "subject", "date", "message-id", "in-reply-to", "references", "mime-version"})


def without_people(raw: bytes, gone: Callable[[str], bool]) -> bytes:
    """`gone`: of the key of an address. Lists of people lose those; of the other fields, those that servers write go whole
    where they have such an address (`Received: … for <…>`, `Delivered-To`). The very same where nobody is meant."""
    end, _ = header_end(raw, 0, len(raw))
    kept = [_field(found.group(), gone) for found in _FIELD.finditer(raw, 0, end) if found.group()]
    return b"".join(kept) + raw[end:]


def _field(field: bytes, gone: Callable[[str], bool]) -> bytes:
    told = split_fields(field.rstrip(b"\r\n"))
    if not told or b"@" not in field or told[0][0] in _STAY or told[0][0].startswith("content-"):
        return field
    name, value = told[0]
    people = header_addresses(value) if name in _LISTS else _mentioned(value)
    left = [person for person in people if not gone(person.key)]
    if len(left) == len(people):
        return field
    if name not in _LISTS or not left:
        return b""
    words = ",\r\n ".join("\r\n ".join(format_address(person)) for person in left)
    return field.partition(b":")[0] + b": " + words.encode("utf-8", "surrogateescape") + b"\r\n"


def _mentioned(value: str) -> tuple[Address, ...]:
    return tuple(Address(word) for word in re.split(r"[\s<>;,()=\"]+", value) if "@" in word)
