"""What a server counts of itself, in memory that all its processes share: whichever of them is asked, the numbers are those of
all. Used by everything that counts, and by the metrics.

Every number is written by one thread of one process only, so there is nothing to lock. A process that is started anew goes
on with the numbers of the one whose place it takes.
"""

from __future__ import annotations

import mmap
from enum import IntEnum


class Count(IntEnum):
    """The place of a number in the part of one process."""

    OPENS = 0
    CLICKS = 1
    UNSUBSCRIBES = 2
    NOT_FOUND = 3
    NOT_KEPT = 4  # answered, and not written because too many came from one address
    API = 5
    UNAUTHORIZED = 6
    LIMITED = 7
    SLOW = 8
    TOO_LARGE = 9
    WRITTEN = 10
    SPOOLED = 11
    LOST = 12
    GROUPS = 13
    GROUP_MICROSECONDS = 14
    # Gauges: how it is now
    SPOOLING = 15
    CONNECTIONS = 16
    STREAMS = 17
    STREAMS_REFUSED = 18
    # Groups that took no longer than these bounds, each counted once
    BUCKETS = 19


BOUNDS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
)  # seconds; one more behind them for all others
GAUGES = frozenset({Count.SPOOLING, Count.CONNECTIONS, Count.STREAMS})
_WIDTH = Count.BUCKETS + len(BOUNDS) + 1


class SharedCounts:
    """Memory for `processes`; to be made before they are."""

    def __init__(self, processes: int = 1) -> None:
        self._processes = processes
        self._memory = memoryview(mmap.mmap(-1, processes * _WIDTH * 8)).cast("q")

    def of(self, process: int) -> Counts:
        return Counts(self, self._memory[process * _WIDTH : (process + 1) * _WIDTH])

    def totals(self) -> list[int]:
        return [sum(self._memory[place::_WIDTH]) for place in range(_WIDTH)]

    def of_each(self, count: Count) -> list[int]:
        return [self._memory[process * _WIDTH + count] for process in range(self._processes)]


class Counts:
    """Those of one process. `numbers[Count.OPENS] += 1`."""

    def __init__(self, shared: SharedCounts, numbers: memoryview) -> None:
        self.shared = shared
        self.numbers = numbers
        for gauge in GAUGES:
            numbers[gauge] = 0

    def group(self, seconds: float, written: int, spooled: int) -> None:
        """A group of hits is safe."""
        numbers = self.numbers
        numbers[Count.GROUPS] += 1
        numbers[Count.GROUP_MICROSECONDS] += int(seconds * 1e6)
        numbers[Count.WRITTEN] += written
        numbers[Count.SPOOLED] += spooled
        place = next((place for place, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
        numbers[Count.BUCKETS + place] += 1
