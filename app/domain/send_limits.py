"""How many messages an account may send in 24 hours (M5), and how many of them are left. Used by sending and screens.

Mail services count each recipient, over the last 24 hours and not by the day of the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
GMAIL_FREE, OTHERS = 350, 1_000  # below what the services themselves allow: other programs send from the account, too
_GMAIL_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
_CLOSE = 0.1  # of the limit: when so little is left, it is said


@dataclass(frozen=True)
class Allowance:
    """`used`: copies that went out, or may have, in the last 24 hours. `next_free`: when the oldest of them counts no more."""

    limit: int
    used: int = 0
    next_free: datetime | None = None

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def is_close(self) -> bool:
        return self.left <= self.limit * _CLOSE


def daily_send_limit(address: str, at_most: int = 0) -> int:
    """Recipients in 24 hours. `at_most`: what an administrator set; 0: nothing. It can lower the limit, never raise it.
    Gmail with a domain of one's own is no free account."""
    usual = GMAIL_FREE if address.rpartition("@")[2].lower() in _GMAIL_DOMAINS else OTHERS
    return min(usual, at_most) if at_most > 0 else usual
