"""Whether the computer slept: connections that it held then may be dead without a sign. Used by `imap` and the runtime."""

from __future__ import annotations

import time

LEAP = 15.0  # seconds that nobody would take for a slow moment


class SleepClock:
    """Compares clocks that stand still while the computer sleeps with such as go on: Linux' CLOCK_BOOTTIME, and the time of
    day, which also tells of a virtual machine that was halted. Setting the time of day far ahead looks like sleep, too."""

    def __init__(self) -> None:
        self._before = _slept()

    def has_slept(self) -> bool:
        """Since it was last asked."""
        before, self._before = self._before, _slept()
        return self._before - before > LEAP


def _slept() -> float:
    """Seconds, from no particular moment on."""
    awake = time.monotonic()
    boot = time.clock_gettime(time.CLOCK_BOOTTIME) - awake if hasattr(time, "CLOCK_BOOTTIME") else 0.0
    return boot + time.time() - awake
