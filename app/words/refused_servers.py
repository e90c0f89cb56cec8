"""Servers that cannot be connected whoever types them in, and why (C7). Used by the check, the command line, the wizard."""

from __future__ import annotations

import re

_POP3_PORTS = (110, 995)
_WORKMAIL = re.compile(r"(?:.+\.)?awsapps\.com")
_MICROSOFT_US = re.compile(r"(?:.+\.)?(?:office365\.us|outlook\.us|onmicrosoft\.us|apps\.mil|mail\.mil)")
_SES = re.compile(r"(?:email|email-smtp|email-smtp-fips|inbound-smtp)\.[a-z0-9-]+\.amazonaws\.com")

POP3 = (
    "This is POP3, which takes mail away from the server. Hitchpost reads mail where it stays: use the IMAP server, with "
    "port 993 (TLS) or 143 (STARTTLS)."
)
WORKMAIL = "Amazon WorkMail is not supported. Use another mailbox for this address."
MICROSOFT_US = (
    "Microsoft 365 GCC High and DoD are not supported: these clouds of the US government let no programs in that are "
    "registered outside of them. Use another mailbox."
)
SES = "Amazon SES is not supported: it sends mail and keeps no mailbox. Use the servers of a mailbox."


def why_refused(host: str, port: int, kind: str) -> str:
    """What is said to the person who gave this server for "imap", "smtp" or "ews"; empty where it may be asked. A POP3
    server on another port shows itself by its greeting (`server_hints`)."""
    name = host.strip().rstrip(".").lower()
    if kind == "imap" and port in _POP3_PORTS:
        return POP3
    if _WORKMAIL.fullmatch(name):
        return WORKMAIL
    if _MICROSOFT_US.fullmatch(name):
        return MICROSOFT_US
    return SES if _SES.fullmatch(name) else ""
