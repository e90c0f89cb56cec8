"""What is known of one request to the tracking server, and of the message it belongs to: what the verdicts are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from app.domain.events import HONEYPOT_LINK, EventKind
from app.domain.known_networks import KnownNetwork, built_in
from app.domain.networks import Address, Range, Ranges, address_of, near_range, same_site

if TYPE_CHECKING:
    from app.domain.blocked_networks import BlockedNetwork


@dataclass(frozen=True)
class HitFacts:
    """`at` UTC, the server's clock. `headers`: in small letters; None where the server told none. `own`: from the address of
    a signed-in program. `link`: its position in the message, None for the picture or when it was not kept. `bare`: the
    address and the agent were removed by the retention before anybody judged them."""

    kind: EventKind
    at: datetime
    method: str
    user_agent: str
    ip: str
    headers: Mapping[str, str] | None = None
    own: bool = False
    link: int | None = None
    bare: bool = False

    @cached_property
    def address(self) -> Address | None:
        return address_of(self.ip)

    @cached_property
    def near(self) -> Range | None:
        return near_range(self.address) if self.address is not None else None

    @cached_property
    def site(self) -> Range | None:
        return same_site(self.address) if self.address is not None else None

    @property
    def honeypot(self) -> bool:
        return self.kind is EventKind.CLICK and self.link == HONEYPOT_LINK


@dataclass(frozen=True)
class OwnSpan:
    """This computer's address as the tracking server saw it, and when it was that. Only its /64 counts of an IPv6 address."""

    range: Range
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Context:
    """What holds for all hits of one recipient's copy. `sent_at`: the program's clock, None when it is not known.
    `bounced_at`: the address had reported by then that it cannot deliver. `links`: how many the message has, 0 if not known."""

    sent_at: datetime | None = None
    bounced_at: datetime | None = None
    links: int = 0
    blocked: Ranges[BlockedNetwork] = field(default_factory=lambda: Ranges(()))
    own: tuple[OwnSpan, ...] = ()
    networks: Ranges[KnownNetwork] = field(default_factory=lambda: built_in().ranges)
