"""Whether From can be believed, by what the receiving mail server found and wrote into the header (Authentication-Results, RFC
8601). Pure; used for mail that is copied here to be logged, which is credited to whoever it says that it comes from.

What speaks against the sender is believed wherever the server may have written it. What speaks for the sender is believed of
the inbox's own server alone, by its name in the topmost field: anybody can write such a field into a message before it is
sent. Under its own name a server lets none pass from outside (RFC 8601 5); one that writes none itself may."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from app.domain.company_domains import registered_domain
from app.domain.hosts import ascii_domain

_RESULT = re.compile(r"(?:^|;)\s*(dmarc|spf|dkim|auth)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)([^;]*)")
_PROPERTY = re.compile(r"(header\.(?:d|i|from)|smtp\.(?:mailfrom|mail))\s*=\s*\"?([^\s;\"]+)")
_FAILS = frozenset({"fail", "hardfail"})
# Who writes the findings of whose servers, where the names are not alike: an account at the left has them by the right.
_WRITTEN_BY = {"gmail.com": "google.com", "googlemail.com": "google.com"}
_WITHOUT_NAME = frozenset({"outlook.com", "office365.com", "hotmail.com", "live.com"})  # Exchange Online


class SenderProof(Enum):
    """FORGED: the server speaks against the sender. PROVEN: the inbox's own server says that the message comes from there.
    OPEN: neither; many servers write nothing about mail of their own users."""

    FORGED = "forged"
    PROVEN = "proven"
    OPEN = "open"


@dataclass(frozen=True)
class ServerNames:
    """Of the inbox's own server: hosts and domains by which it may sign its findings. `received_by`: the one that wrote the
    topmost Received, which no sender can put there."""

    hosts: tuple[str, ...] = ()
    received_by: str = ""

    def own(self, server: str) -> bool:
        """Whether findings under this name (`authserv-id`) are the server's own; "" is the name of those who write none."""
        names = {name for name in (*self.hosts, self.received_by) if name}
        domains = {_WRITTEN_BY.get(d, d) for d in map(registered_domain, names)} - {""}
        if not server:
            return bool({registered_domain(name) for name in names} & _WITHOUT_NAME)
        return server in names or registered_domain(server) in domains


def prove_sender(authentication: str, sender_domain: str, names: ServerNames) -> SenderProof:
    """`authentication`: `own_findings` of the header; `sender_domain`: of From."""
    if looks_forged(authentication, sender_domain):
        return SenderProof.FORGED
    if not names.own(server_of(authentication)):
        return SenderProof.OPEN
    for method, result, rest in _findings(authentication):
        if result != "pass":
            continue
        if method in ("dmarc", "auth") or _aligned(method, rest, sender_domain) is True:
            return SenderProof.PROVEN
    return SenderProof.OPEN


def _findings(authentication: str) -> list[tuple[str, str, str]]:
    """(method, result, its properties)"""
    return _RESULT.findall(_without_comments(authentication[:20_000].lower()))


def _aligned(method: str, properties: str, sender_domain: str) -> bool | None:
    """Whether what passed is about the domain of From, or one of the same organisation (RFC 7489 3.1, relaxed). None where the
    server does not say what it is about."""
    wanted = ("header.d", "header.i") if method == "dkim" else ("smtp.mailfrom", "smtp.mail")
    found = [value for name, value in _PROPERTY.findall(properties) if name in wanted]
    if not found or not sender_domain:
        return None
    own = registered_domain(sender_domain) or ascii_domain(sender_domain)
    domains = [value.rpartition("@")[2] for value in found]
    return any((registered_domain(d) or ascii_domain(d)) == own for d in domains)


def own_findings(fields: Sequence[tuple[str, int]]) -> str:
    """Of all Authentication-Results of a header, what the receiving server itself wrote (RFC 8601), in lower case. `fields`:
    each with the number of Received fields above it, from the top down. The topmost is its own, and so are those right below
    with the same name of a server: many write one for each check. Further down, below a Received, the sender may have written
    anything under any name, as long as the server does not take it out (RFC 8601 5): there only what speaks against the
    sender is believed."""
    if not fields:
        return ""
    server, place = server_of(fields[0][0]), fields[0][1]
    found = []
    for text, received_above in fields:
        plain = _without_comments(text[:20_000].lower())
        if server_of(text) != server:
            continue
        if received_above == place:
            found.append(plain)
        else:
            found += [f"{method}={result}" for method, result, _ in _RESULT.findall(plain) if result in _FAILS]
    return "; ".join(found)


def server_of(text: str) -> str:
    """The authserv-id (RFC 8601 2.5); Exchange Online writes none."""
    first = _without_comments(text[:1_000].lower()).partition(";")[0].split()
    return first[0] if first and "=" not in first[0] else ""


def looks_forged(authentication: str, sender_domain: str = "") -> bool:
    """Whether the receiving server's own findings speak against From: DMARC failed; or, where it says nothing of DMARC, SPF
    failed and no signature of the sender's domain held. No findings at all are no sign: many servers write none about mail
    of their own users. Where two findings differ the worse one counts."""
    found = _findings(authentication)
    dmarc = {result for method, result, _ in found if method == "dmarc"}
    if dmarc & _FAILS:
        return True
    if "pass" in dmarc:
        return False
    signed = any(
        result == "pass" and _aligned(method, rest, sender_domain) is not False
        for method, result, rest in found
        if method == "dkim"
    )
    return not signed and any(method == "spf" and result in _FAILS for method, result, _ in found)


def _without_comments(text: str) -> str:
    """RFC 5322 3.2.2: comments in parentheses may hold anything, also "; dmarc=fail"."""
    out, depth = [], 0
    for char in text:
        if char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif not depth:
            out.append(char)
    return "".join(out)
