"""What of the feed is looked at, and how much that is. Used by the store, the façade and the activity page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.events import EventKind, Verdict


@dataclass(frozen=True)
class FeedFilter:
    """`kinds`, `verdicts` None: all. `contact_id`, `message_pk`: of these alone. `since` and `until` (UTC): the first of them
    is let through, the second one is not."""

    kinds: frozenset[EventKind] | None = None
    people_only: bool = False
    search: str = ""
    contact_id: int | None = None
    message_pk: int | None = None
    verdicts: frozenset[Verdict] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def active(self) -> bool:
        return self != FeedFilter()


@dataclass(frozen=True)
class FeedTotals:
    """Of a filter. `opens` and `clicks` by people, inferred opens among them; `people`, `machines`: opens and clicks by
    these; what is left of `events` are your own and blocked ones, replies and all else."""

    events: int = 0
    opens: int = 0
    clicks: int = 0
    machines: int = 0

    @property
    def people(self) -> int:
        return self.opens + self.clicks

    def __add__(self, other: FeedTotals) -> FeedTotals:
        return FeedTotals(
            self.events + other.events,
            self.opens + other.opens,
            self.clicks + other.clicks,
            self.machines + other.machines,
        )
