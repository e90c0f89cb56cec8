"""When to try again: after a lost connection, after a temporary refusal of a message."""

from __future__ import annotations

from datetime import timedelta

# A message that is refused for now: RFC 5321 4.5.4.1 asks for at least 30 minutes between tries after the first ones,
# and 4–5 days before giving up; a person waits for news sooner than that.
SEND_STEPS = tuple(timedelta(minutes=n) for n in (1, 5, 15, 30, 60, 120, 240, 480, 960, 1440))
RECONNECT_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)


def next_send_try(attempts: int, asked: float | None = None) -> timedelta | None:
    """After `attempts` tries; None: give up. `asked`: seconds that the server named, which are kept to."""
    if attempts > len(SEND_STEPS):
        return None
    step = SEND_STEPS[max(0, attempts - 1)]
    return step if asked is None else max(step, timedelta(seconds=min(asked, 86_400)))


def reconnect_delay(failures: int, asked: float | None = None) -> float:
    """Seconds to wait after the n-th failure in a row (1, 2, …)."""
    step = RECONNECT_SECONDS[min(max(failures, 1), len(RECONNECT_SECONDS)) - 1]
    return step if asked is None else max(step, min(asked, 3600.0))
