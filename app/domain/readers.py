"""Whether the address that a copy went to tells who read it (T1): behind some addresses there are several people. Used by the
feed and before a message goes out. Never guesses: a copy that was passed on looks like one that was not."""

from __future__ import annotations

from app.domain.addresses import Address
from app.domain.events import EventKind, Verdict

SOMEONE = "Someone"
# Parts before the @ that several people read (RFC 2142 and what companies use).
SHARED = frozenset(
    {
        "admin", "billing", "contact", "customerservice", "enquiries", "finance", "hello", "help", "hr", "info",
        "invoice", "invoices", "jobs", "mail", "marketing", "office", "orders", "post", "privacy", "reception",
        "sales", "security", "service", "support", "team",
    }
)  # fmt: skip
_BY_READERS = frozenset({EventKind.OPEN, EventKind.CLICK})
_BY_PEOPLE = frozenset({Verdict.PERSON, Verdict.INFERRED})


def reader_unknown(kind: EventKind, verdict: Verdict, address: str) -> str:
    """Why nobody can tell which person it was, as a sentence; empty where the address is one person's, and where no person did
    it."""
    if kind not in _BY_READERS or verdict not in _BY_PEOPLE or not is_shared(Address(address)):
        return ""
    return f"{address} is an address that several people read: which of them it was is not known."


def is_shared(address: Address) -> bool:
    """Whether its part before the @ is one that several people usually read."""
    local = address.key.rpartition("@")[0].partition("+")[0]
    return local.replace("-", "").replace(".", "").replace("_", "") in SHARED


def someone_at(address: str) -> str:
    return f"{SOMEONE} at {address}"
