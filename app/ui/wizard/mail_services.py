"""The servers that the sign-in page opens with: those that were found for the address, or a guess from it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.addresses import address_key
from app.domain.detection import Detected, Finding, ServiceFacts
from app.domain.inboxes import ConnectionSecurity, Endpoint
from app.words.detection import evidence

TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
IMAP_PORTS = {TLS: 993, STARTTLS: 143}  # RFC 8314 7.1
SMTP_PORTS = {TLS: 465, STARTTLS: 587}
GUESSED = "Guessed from the address"


@dataclass(frozen=True)
class Servers:
    """Where to connect for an address, and as whom. `evidence` is the sentence that says how it is known."""

    imap: Endpoint
    smtp: Endpoint
    evidence: str
    service: ServiceFacts | None = None
    username: str = ""
    smtp_username: str = ""  # where it is another


def guessed_servers(address: str) -> Servers:
    """`imap.<domain>` and `smtp.<domain>`."""
    domain = address_key(address).rpartition("@")[2]  # in ASCII
    return Servers(Endpoint(f"imap.{domain}", 993, TLS), Endpoint(f"smtp.{domain}", 587, STARTTLS), GUESSED)


def servers_of(address: str, found: Detected | None) -> Servers:
    """What was found; a guess in place of what was not."""
    guess = guessed_servers(address)
    if not isinstance(found, Finding):
        return guess
    if not found.incoming:
        return Servers(guess.imap, guess.smtp, GUESSED, found.service)
    incoming = found.incoming[0]
    outgoing = found.outgoing[0] if found.outgoing else None
    other_name = outgoing.username if outgoing and outgoing.username != incoming.username else ""
    smtp = outgoing.endpoint if outgoing else guess.smtp
    return Servers(incoming.endpoint, smtp, evidence(found), found.service, incoming.username, other_name)
