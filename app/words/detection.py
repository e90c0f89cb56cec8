"""Sentences about what was found out about an address: how it is known, why nothing is, which hosts ask for consent.
Used by the wizard and the command line."""

from __future__ import annotations

from app.domain.detection import Detected, Finding, Nothing, NothingFound, Source, Unsupported
from app.domain.hosts import shown_domain
from app.words.typing_mistakes import did_you_mean

_EVIDENCE: dict[Source, str] = {
    Source.PRESET: "Set for this workspace.",
    Source.KNOWN: "A mail service that is known here.",
    Source.AUTOCONFIG: "Published by {domain} itself.",
    Source.DATABASE: "From Thunderbird’s database of mail services.",
    Source.SRV: "Published by {domain} in its DNS records.",
    Source.MX: "The mail of {domain} goes to {where}.",
    Source.AUTODISCOVER: "An Exchange server answered at {where}.",
    Source.COMMON: "{where} answered, with a valid certificate.",
}

_NOTHING: dict[Nothing, tuple[str, str]] = {
    Nothing.NOT_AN_ADDRESS: (
        "This is not a complete address.",
        "It needs a name, an @ and an ending, as in jonas@example.com.",
    ),
    Nothing.NO_SUCH_DOMAIN: ("There is no domain {domain}.", "Look for a typing mistake in the address."),
    Nothing.TAKES_NO_MAIL: (
        "{domain} takes no mail, and says so in its DNS records.",
        "Look for a typing mistake in the address.",
    ),
    Nothing.OFFLINE: (
        "Nobody could be asked about {domain}: this computer has no way to the internet just now.",
        "Try again later, or enter the servers by hand.",
    ),
    Nothing.NO_SERVER: (
        "No mail server of {domain} was found.",
        "Enter the servers by hand; whoever runs the mail of {domain} knows their names.",
    ),
    Nothing.POP3_ONLY: (
        "{domain} offers POP3 only.",
        "Mail must stay on the server, so IMAP is needed. Ask whoever runs the mail of {domain} for it.",
    ),
    Nothing.NO_TLS: (
        "{domain} names only mail servers without TLS.",
        "No password is sent unprotected. Ask whoever runs the mail of {domain} for a server with TLS.",
    ),
    Nothing.UNTRUSTED: (
        "{host} answered, but its certificate is not valid for that name.",
        "Enter the servers by hand; the certificate is shown before a password is sent.",
    ),
}


def evidence(found: Finding) -> str:
    """How the finding is known, one sentence."""
    domain = shown_domain(found.address.rpartition("@")[2])
    return _EVIDENCE[found.source].format(domain=domain, where=found.where or domain)


def not_found(found: NothingFound) -> tuple[str, str]:
    """What is wrong, and what to do."""
    domain = shown_domain(found.address.rpartition("@")[2]) or found.address
    what, remedy = _NOTHING[found.why]
    return what.format(domain=domain, host=found.host), remedy.format(domain=domain, host=found.host)


def explain_detection(found: Detected) -> str:
    """One paragraph for any outcome; with the question whether the domain was mistyped, where it looks so."""
    match found:
        case Finding():
            told = evidence(found)
        case Unsupported():
            told = found.reason
        case NothingFound():
            told = " ".join(not_found(found))
    if found.address and (meant := did_you_mean(found.address)):
        told = f"{told} Did you mean {meant}?"
    return told


def consent(found: Finding) -> str:
    """What a person agrees to who sends a password to hosts outside the domain; empty where there are none."""
    if not found.outside:
        return ""
    domain = shown_domain(found.address.rpartition("@")[2])
    hosts = " and ".join(found.outside) if len(found.outside) < 3 else ", ".join(found.outside)
    belongs = "does not belong" if len(found.outside) == 1 else "do not belong"
    return f"{hosts} {belongs} to {domain}, nor to a mail service that is known here."
