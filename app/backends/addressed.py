"""A message made to go to one recipient alone, for ways out without an envelope: they send to everybody whom the header
names. Used by `exchange` and `graph`."""

from __future__ import annotations

import re
from email.utils import formataddr, getaddresses

from app.domain.addresses import address_key, wire_address

_LINE_END = re.compile(rb"\r\n|\r|\n")
_FIELD = re.compile(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*")
_RECIPIENT_FIELDS = {b"to", b"cc", b"bcc", b"resent-to", b"resent-cc", b"resent-bcc"}


def addressed_to(recipient: str, raw: bytes) -> bytes | None:
    """The message with `recipient` as the only one its header names, with the name it had there. Line ends are CRLF.
    None for what could be read as something else than one address."""
    recipient = wire_address(recipient)
    local, at, domain = recipient.rpartition("@")
    if not local or not at or not domain or any(c <= " " or c in '<>,;:"()\\\x7f' for c in recipient):
        return None
    data = _LINE_END.sub(b"\r\n", raw)
    head, gap, body = data.partition(b"\r\n\r\n")
    kept: list[bytes] = []
    named: list[tuple[str, str]] = []
    for field in _FIELD.findall(head + b"\r\n"):
        name, _, value = field.partition(b":")
        if name.strip().lower() in _RECIPIENT_FIELDS:
            named += getaddresses([" ".join(value.decode("utf-8", "replace").split())])
        else:
            kept.append(field)
    display = next((name for name, address in named if address_key(address) == address_key(recipient)), "")
    return b"".join(kept) + f"To: {_written(display, recipient)}".encode() + (gap or b"\r\n\r\n") + body


def _written(display: str, address: str) -> str:
    if not display or not display.isascii():
        return address
    return formataddr((display, address)) if address.isascii() else f"<{address}>"
