"""What a recipient or a server did: opens, clicks, replies, bounces, lost inboxes; and how far each is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NewType

EventId = NewType("EventId", int)


class EventKind(Enum):
    OPEN = "open"
    CLICK = "click"
    REPLY = "reply"
    BOUNCE = "bounce"
    INBOX = "inbox"
    UNSUBSCRIBE = "unsubscribe"  # asked for by the button or by the mail program (RFC 8058), never by a plain request
    RESUBSCRIBE = "resubscribe"  # a user noted that somebody who had unsubscribed wants mail again
    REVIEW = "review"  # what was copied here to be logged was not, or not wholly


class Verdict(Enum):
    PERSON = "person"
    MACHINE = "machine"
    OWN = "own"
    BLOCKED = "blocked"
    INFERRED = "inferred"


class Tracking(Enum):
    """Of a message: ON it carries a picture and counted links; OFF it was not asked for; UNAVAILABLE it was asked for
    and no tracking server was there (T7)."""

    ON = "on"
    OFF = "off"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Hit:
    """One request to the tracking server, as its stream tells it. `number` grows with each hit; `server` names
    the server's database. `link` is the position of the link in the message, None for the picture. `at` UTC. `own`: it came
    from the address of one of the workspace's signed-in programs. `headers`: those that decide, in small letters; None from a
    server that does not tell any."""

    server: str
    number: int
    kind: EventKind
    at: datetime
    message_ref: str
    recipient_ref: str
    link: int | None
    url: str
    ip: str
    user_agent: str
    method: str
    own: bool = False
    headers: Mapping[str, str] | None = None

    @property
    def honeypot(self) -> bool:
        """The invisible link, which no person can follow."""
        return self.kind == EventKind.CLICK and self.link == HONEYPOT_LINK


@dataclass(frozen=True)
class UnknownHit:
    """A hit of a kind that this version of the program does not know: a newer server's."""

    server: str
    number: int
    kind: str


HONEYPOT_LINK = 65535
RULE_VERSION = 4
