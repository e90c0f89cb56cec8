"""How much one token or one address may ask of a server. Each process counts for itself."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

BURST = 5.0  # seconds' worth that may come at once
MAX_KNOWN = 20_000


@dataclass(frozen=True)
class Limits:
    """A second, sustained; 0: no limit. `hits_per_address`: more are answered all the same, and not written.
    `streams_per_token`: open at once."""

    hits_per_address: float = 200.0
    api_per_token: float = 50.0
    api_per_address: float = 100.0
    streams_per_token: int = 100


class Buckets:
    """`rate` a second for each key, five times that at once. One thread only."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._size = max(1.0, rate * BURST)
        self._clock = clock
        self._known: dict[str, tuple[float, float]] = {}  # what is left, and when that was

    def wait(self, key: str) -> int:
        """Takes one. 0, or the seconds after which there will be another. An empty key has no limit."""
        if not self._rate or not key:
            return 0
        now = self._clock()
        left, at = self._known.get(key, (self._size, now))
        left = min(self._size, left + (now - at) * self._rate)
        if left < 1.0:
            self._known[key] = (left, now)
            return math.ceil((1.0 - left) / self._rate)
        if len(self._known) >= MAX_KNOWN and key not in self._known:
            self._forget(now)
        self._known[key] = (left - 1.0, now)
        return 0

    def _forget(self, now: float) -> None:
        """Those who have all of theirs again; where that is not half of all, the older half, too."""
        full = [key for key, (left, at) in self._known.items() if left + (now - at) * self._rate >= self._size]
        for key in full:
            del self._known[key]
        if len(self._known) > MAX_KNOWN // 2:
            for key in sorted(self._known, key=lambda key: self._known[key][1])[: MAX_KNOWN // 2]:
                del self._known[key]


class Places:
    """`most` for each key at once; 0: no limit. One thread only."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}

    def take(self, key: str) -> bool:
        """Whether there was one left. To be given back by `leave`."""
        taken = self._taken.get(key, 0)
        if self._most and taken >= self._most:
            return False
        self._taken[key] = taken + 1
        return True

    def leave(self, key: str) -> None:
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]
