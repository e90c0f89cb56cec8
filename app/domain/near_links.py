"""Whether links that lead to this computer or network only may stand in a message (T7): one answer for sending, preflight,
Compose, the settings and the check of a tracking host. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.addresses import Address
from app.domain.company_domains import is_public_mail_domain

NO_SERVER = "No tracking server answers."
AS_SET = (
    "Links lead to this computer or network only, as it is set to try tracking out: nobody elsewhere can follow them."
)
# What the settings and the check of a host say of a server that is near, by whether `tracking.local` is on.
OTHERS_UNTRACKED = "Messages to recipients elsewhere go out untracked."
OTHERS_TRACKED = "Messages are tracked all the same, as Links to this computer is on."

# No mail leaves for these: RFC 2606 and 6761. Names of one's own network are told by `is_local_host`.
_NOWHERE = ("example.com", "example.net", "example.org", "test", "example", "invalid")


@dataclass(frozen=True)
class LinkReach:
    """Where links in mail lead, and what they are put in for. `host`: of their address. `inside`: the server is the desktop
    program's own, which nobody started as a server. `allowed`: the setting `tracking.local`."""

    host: str
    inside: bool
    allowed: bool

    @property
    def local_only(self) -> bool:
        return is_local_host(self.host)


def others(allowed: bool) -> str:
    """What becomes of messages to recipients elsewhere while the server can be reached from here alone."""
    return OTHERS_TRACKED if allowed else OTHERS_UNTRACKED


@dataclass(frozen=True)
class LinkFate:
    """`untracked`: why a message goes out without picture and counted links although a server answers; empty where it
    carries them. `remark`: what is to be minded when it does; empty where nothing is. Sentences."""

    untracked: str = ""
    remark: str = ""


def link_fate(reach: LinkReach, sender: str, send_host: str, recipients: Sequence[Address]) -> LinkFate:
    """`sender`: the inbox's address. `send_host`: its mail server."""
    if not reach.local_only:
        return LinkFate()
    far = [p for p in recipients if not _is_near(reach.host, sender, send_host, p)]
    if reach.allowed:
        return LinkFate(remark=AS_SET if far else "")
    if reach.inside or not is_local_host(send_host):
        far = list(recipients)
    elif not far:
        return LinkFate()
    named = ", ".join(dict.fromkeys(p.addr_spec for p in far[:2])) or "recipients elsewhere"
    more = f" and {len(far) - 2} more" if len(far) > 2 else ""
    return LinkFate(
        f"The tracking address leads to this computer or network only: {named}{more} could not follow its links."
    )


def _is_near(host: str, sender: str, send_host: str, person: Address) -> bool:
    """Whether somebody surely reads here: mail to a domain that is nowhere on the internet stays with the near server, and
    colleagues stay on a network where both servers are. A mail program's bridge on this computer, or a relay, sends to
    the whole world, colleagues among them."""
    if not is_local_host(send_host):
        return False
    domain = person.domain
    if is_local_host(domain) or any(domain == name or domain.endswith(f".{name}") for name in _NOWHERE):
        return True
    of_network = not _is_this_computer(host) and not _is_this_computer(send_host)
    return of_network and domain == Address(sender).domain and not is_public_mail_domain(domain)


def is_local_host(host: str) -> bool:
    """Whether a host can be reached from this computer or this network only: loopback, private and link-local
    addresses (RFC 1918, 4193, 3927), names without a dot, and those of RFC 6762 and RFC 6761."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".").lower()
        return "." not in name or name.endswith((".local", ".localhost", ".internal", ".home.arpa", ".lan"))


def _is_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        name = host.rstrip(".").lower()
        return name == "localhost" or name.endswith(".localhost")
