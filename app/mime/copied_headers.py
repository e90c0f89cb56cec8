"""How a message came, out of its header: for whom the envelope named it, who is hidden, what the server found about its
sender. Used by the sync for inboxes that serve a logging address."""

from __future__ import annotations

import re

from app.domain.addresses import Address
from app.domain.logging_addresses import ENVELOPE_FIELDS, PROOF_FIELD, CopyFacts
from app.domain.sender_proof import own_findings
from app.mime.addresses import header_addresses
from app.mime.fields import split_fields

_ENVELOPE = frozenset(name.lower() for name in ENVELOPE_FIELDS)
# RFC 5321 4.4: "for" stands near the end of the field; some systems leave the angle brackets out
_FOR = re.compile(r"\sfor\s+<?([^\s<>;()]{3,320}@[^\s<>;()]{1,255})>?", re.IGNORECASE)
_BY = re.compile(r"\sby\s+([^\s<>;()]{1,255})", re.IGNORECASE)
MOST_FIELDS = 200  # of each sort


def copy_facts(block: bytes) -> CopyFacts:
    """Of one header block; any bytes will do."""
    envelope: list[str] = []
    named: list[str] = []
    hidden: list[Address] = []
    received: list[str] = []
    found_by_servers: list[tuple[str, int]] = []
    hops, senders, proof, received_by = 0, "", "", ""
    for name, value in split_fields(block):
        if name in _ENVELOPE:
            envelope += [a.addr_spec for a in header_addresses(value)][:MOST_FIELDS]
        elif name in ("to", "cc"):
            named += [a.addr_spec for a in header_addresses(value)]
        elif name == "bcc":
            hidden += header_addresses(value)
        elif name == "received":
            hops += 1
            if hops == 1 and (by := _BY.search(value[:4_000])) is not None:
                received_by = by.group(1).lower()
            if len(received) < MOST_FIELDS and (found := _FOR.search(value[:4_000])) is not None:
                received.append(found.group(1))
        elif name == "from" and not senders:
            senders = value
        elif name == "authentication-results" and len(found_by_servers) < MOST_FIELDS:
            found_by_servers.append((value, hops))
        elif name == PROOF_FIELD.lower() and not proof:
            proof = value.strip()[:200]
    sender = header_addresses(senders) if senders else ()
    return CopyFacts(
        sender=sender[0] if sender else None,
        envelope=tuple(dict.fromkeys(envelope)),
        named=tuple(dict.fromkeys(named)),
        hidden=tuple(dict.fromkeys(a.addr_spec for a in hidden)),
        hidden_people=tuple(hidden[:MOST_FIELDS]),
        received_for=tuple(dict.fromkeys(received)),
        authentication=own_findings(found_by_servers),
        proof=proof,
        received_by=received_by,
    )
