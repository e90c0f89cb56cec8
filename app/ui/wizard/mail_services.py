"""The servers that the sign-in page opens with: those that were found for the address, or a guess from it; and hosts that
no account can be on. No Qt."""

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


# Hosts of services whose accounts cannot be connected, with the reason (C7).
_REFUSED_HOSTS = (
    (("awsapps.com",), "Amazon WorkMail is not supported. Use another mailbox for this address."),
    (("amazonaws.com",), "Amazon SES is not supported: it sends mail but holds no mailbox."),
)


def guessed_servers(address: str) -> Servers:
    """`imap.<domain>` and `smtp.<domain>`."""
    domain = address_key(address).rpartition("@")[2]
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


def refused_host(host: str) -> str:
    """Why an account on this server cannot be connected; empty when it can."""
    name = host.strip().rstrip(".").casefold()
    for endings, why in _REFUSED_HOSTS:
        if any(name == e or name.endswith("." + e) for e in endings):
            return why
    if name.startswith(("pop.", "pop3.")):
        return "This is a POP3 server. Mail must stay on the server, so IMAP is needed."
    return ""
