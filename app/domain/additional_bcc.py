"""Addresses of other systems that get a copy of whatever the user sends, so that they log it, too (S2). Used by sending, the
settings dialog and the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from app.domain.addresses import address_key, is_complete, spelled, wire_address
from app.domain.errors import UsageError

MOST = 20  # each of them is one more message to send, and counts against the provider's limit
ROLE = "extra"  # of its copy in the outbox, beside to, cc and bcc
_SEPARATORS = re.compile(r"[\s,;]+")
_BRACKETED = re.compile(r"<([^<>\s]+)>")


@dataclass(frozen=True)
class ExtraBcc:
    address: str
    note: str = ""
    added_at: datetime | None = None

    @property
    def key(self) -> str:
        return address_key(self.address)


def read_extra(text: str, note: str = "") -> ExtraBcc:
    """One address as it was typed, with or without a name before it. Raises UsageError, with a sentence to stand beside the
    field."""
    given = text.strip()
    inner = _BRACKETED.findall(given)
    address = spelled(inner[0] if len(inner) == 1 else given)
    if not address:
        raise UsageError("Type an address, as in crm@example.com.")
    if not is_complete(address):
        if address.count("@") == 1 and not any(c in address for c in " ,;<>") and not address.endswith("."):
            local, _, domain = address.partition("@")
            if local and domain and "." not in domain:
                raise UsageError("This address is not complete. Add its ending, as in example.com.")
        raise UsageError(f"“{_short(given)}” is not an e-mail address, as in crm@example.com.")
    if not wire_address(address):
        raise UsageError(f"The part behind the @ of “{_short(given)}” is no name that mail can be sent to.")
    return ExtraBcc(address, note.strip())


def read_extras(text: str) -> tuple[tuple[ExtraBcc, ...], tuple[tuple[str, str], ...]]:
    """What was pasted: one on each line, or with commas, semicolons or spaces between them, or an address book's
    “Name <address>”. Returns the addresses, each once, and (what was written, why it is none)."""
    found: dict[str, ExtraBcc] = {}
    faults = []
    words: list[str] = []
    for line in re.split(r"[\n\r;,]+", text):
        inner = _BRACKETED.findall(line)
        words += inner or _SEPARATORS.split(line)
    for word in filter(None, words):
        try:
            read = read_extra(word)
        except UsageError as error:
            faults.append((word, str(error)))
        else:
            found.setdefault(read.key, read)
    return tuple(found.values()), tuple(faults)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
