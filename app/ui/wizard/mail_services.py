"""Well-known mail services: their published IMAP and SMTP servers, and what a person must know to sign in there.

The wizard fills its fields from here; for any other domain it guesses `imap.<domain>` and `smtp.<domain>` and says so."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.addresses import address_key
from app.domain.inboxes import ConnectionSecurity, Endpoint

TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
IMAP_PORTS = {TLS: 993, STARTTLS: 143}  # RFC 8314 7.1
SMTP_PORTS = {TLS: 465, STARTTLS: 587}


@dataclass(frozen=True)
class MailService:
    """`app_password_url`: the page on which the service hands out app passwords, empty where it has none.
    `refuses_passwords`: sentence that says why a password cannot work there, empty where it can."""

    name: str
    domains: tuple[str, ...]
    imap: Endpoint
    smtp: Endpoint
    app_password_url: str = ""
    refuses_passwords: str = ""


@dataclass(frozen=True)
class Servers:
    """Where to connect for an address. `evidence` is the sentence that says how it is known."""

    imap: Endpoint
    smtp: Endpoint
    evidence: str
    service: MailService | None = None


SERVICES = (
    MailService(
        "Gmail",
        ("gmail.com", "googlemail.com"),
        Endpoint("imap.gmail.com", 993, TLS),
        Endpoint("smtp.gmail.com", 465, TLS),
        "https://myaccount.google.com/apppasswords",
    ),
    MailService(
        "Yahoo Mail",
        ("yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.it", "yahoo.es"),
        Endpoint("imap.mail.yahoo.com", 993, TLS),
        Endpoint("smtp.mail.yahoo.com", 465, TLS),
        "https://login.yahoo.com/account/security",
    ),
    MailService(
        "AOL Mail",
        ("aol.com",),
        Endpoint("imap.aol.com", 993, TLS),
        Endpoint("smtp.aol.com", 465, TLS),
        "https://login.aol.com/account/security",
    ),
    MailService(
        "iCloud Mail",
        ("icloud.com", "me.com", "mac.com"),
        Endpoint("imap.mail.me.com", 993, TLS),
        Endpoint("smtp.mail.me.com", 587, STARTTLS),
        "https://account.apple.com",
    ),
    MailService(
        "Fastmail",
        ("fastmail.com", "fastmail.fm"),
        Endpoint("imap.fastmail.com", 993, TLS),
        Endpoint("smtp.fastmail.com", 465, TLS),
        "https://app.fastmail.com/settings/security",
    ),
    MailService(
        "Outlook.com",
        ("outlook.com", "hotmail.com", "live.com", "msn.com"),
        Endpoint("outlook.office365.com", 993, TLS),
        Endpoint("smtp-mail.outlook.com", 587, STARTTLS),
        refuses_passwords="Microsoft no longer takes passwords from mail programs for this address. It needs the "
        "sign-in in the browser, which comes in a later version of Hitchpost.",
    ),
)

# Hosts of services whose accounts cannot be connected, with the reason (C7).
_REFUSED_HOSTS = (
    (("awsapps.com",), "Amazon WorkMail is not supported. Use another mailbox for this address."),
    (("amazonaws.com",), "Amazon SES is not supported: it sends mail but holds no mailbox."),
)


def service_for(address: str) -> MailService | None:
    domain = address_key(address).rpartition("@")[2]
    return next((s for s in SERVICES if domain in s.domains), None)


def servers_for(address: str) -> Servers:
    """Servers to try for an address, published or guessed; nothing is looked up in the network."""
    service = service_for(address)
    if service:
        return Servers(service.imap, service.smtp, f"Published by {service.name}", service)
    domain = address_key(address).rpartition("@")[2]
    return Servers(
        Endpoint(f"imap.{domain}", 993, TLS), Endpoint(f"smtp.{domain}", 587, STARTTLS), "Guessed from the address"
    )


def refused_host(host: str) -> str:
    """Why an account on this server cannot be connected; empty when it can."""
    name = host.strip().rstrip(".").casefold()
    for endings, why in _REFUSED_HOSTS:
        if any(name == e or name.endswith("." + e) for e in endings):
            return why
    if name.startswith(("pop.", "pop3.")):
        return "This is a POP3 server. Mail must stay on the server, so IMAP is needed."
    return ""
