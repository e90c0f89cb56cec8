"""How soon news of an inbox's folders is known here: which are pushed, which are asked for, and why. Set by the inbox worker,
shown by the Inboxes page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.folders import LeftOut


@dataclass(frozen=True)
class Watch:
    """One folder, or all of a kind. `pushed`: the server tells at once when something comes. `every`: seconds between two
    questions; None where nothing is asked, because all is pushed or there is nothing to ask for. `why`: why it
    is not pushed, in a sentence; empty where it is."""

    pushed: bool
    every: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Pace:
    """Of an inbox that is connected. `too_many`: folders that are not read because there are so many. `left_out`: path and
    reason of those that are never read."""

    inbox: Watch
    sent: Watch
    others: Watch
    too_many: int = 0
    left_out: tuple[tuple[str, LeftOut], ...] = ()


PUSHED = Watch(pushed=True)
