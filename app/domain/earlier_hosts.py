"""Tracking servers that a workspace used before: mail that was sent by them still leads there. Used by those who ask them, and
by the screen and the commands that show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

PRESENT = 0  # in place of the id of an earlier one: the server that is used now


@dataclass(frozen=True)
class EarlierHost:
    """`own`: the server over this workspace's own folder; else that at `url`, whose token is kept under `token_name`.
    `trouble`: a sentence on why it could not be asked the last time, at `asked_at`. `owed`: of how many recipients it has still
    to delete what they did."""

    id: int
    own: bool
    url: str
    token_name: str
    left_at: datetime
    asked_at: datetime | None = None
    trouble: str = ""
    owed: int = 0

    @property
    def name(self) -> str:
        return "this workspace’s own server" if self.own else self.url


def state_of(host: EarlierHost) -> str:
    """How it goes with this one, in sentences."""
    if host.asked_at is None:
        said = "Not asked yet."
    elif host.trouble:
        said = f"{host.trouble} What recipients do with mail that was sent by it is not heard meanwhile."
    else:
        said = "It answers."
    return f"{said} {owed_to(host.owed)}".strip()


def owed_to(count: int) -> str:
    """A sentence; empty when nothing is owed."""
    if not count:
        return ""
    of_whom = "a recipient that was" if count == 1 else f"{count:,} recipients that were"
    return f"It has still to delete the opens and clicks of {of_whom} deleted for good here."


def what_is_lost(host: EarlierHost) -> str:
    """What giving it up means, before it is done."""
    never = (
        "What recipients do with mail that was sent by it is never heard of again, and it is never told to delete what "
        "people did whom you delete for good."
    )
    return f"{never} {owed_to(host.owed)} That is given up, too." if host.owed else never
