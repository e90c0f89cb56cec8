"""When to try again: after a lost connection, after a temporary refusal of a message."""

from __future__ import annotations

from datetime import datetime, timedelta

# A message that is refused for now: RFC 5321 4.5.4.1 asks for at least 30 minutes between tries after the first ones,
# and 4–5 days before giving up; a person waits for news sooner than that.
SEND_STEPS = tuple(timedelta(minutes=n) for n in (1, 5, 15, 30, 60, 120, 240, 480, 960, 1440))
LONGEST_ASKED = 86_400.0  # seconds; a server that names more means something else
SHORTEST_PAUSE, LONGEST_RETRY = 0.2, 60.0  # seconds, whatever a stream's server names
PART_OF_SILENCE = 0.05
RECONNECT_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)


def next_send_try(attempts: int, asked: float | None = None) -> timedelta | None:
    """After `attempts` tries; None: give up. `asked`: seconds that the server named, which are kept to."""
    if attempts > len(SEND_STEPS):
        return None
    step = SEND_STEPS[max(0, attempts - 1)]
    return step if asked is None else max(step, timedelta(seconds=min(asked, 86_400)))


def reconnect_delay(failures: int, asked: float | None = None) -> float:
    """Seconds to wait after the n-th failure in a row (1, 2, …). `asked`: what the server named; it is kept to."""
    step = RECONNECT_SECONDS[min(max(failures, 1), len(RECONNECT_SECONDS)) - 1]
    return step if asked is None else max(step, min(asked, LONGEST_ASKED))


def stream_pause(silent: float, asked: float, longest: float) -> float:
    """Seconds until a stream that broke is looked for again, after at once was in vain. `silent`: for how long there has been
    none; of that a small part, so that a server that was away for some seconds is found within one. `asked`: what it names as
    its `retry:` (HTML, server-sent events)."""
    return min(longest, max(min(max(asked, SHORTEST_PAUSE), LONGEST_RETRY), silent * PART_OF_SILENCE))


def still_asked(since: datetime, asked: float | None, at: datetime) -> bool:
    """Whether the time that a server asked for at `since` is not over."""
    return asked is not None and at < since + timedelta(seconds=min(asked, LONGEST_ASKED))


def until_tomorrow(at: datetime) -> float:
    """Seconds until the day of the ledger (UTC) is over."""
    midnight = datetime.combine(at.date() + timedelta(days=1), datetime.min.time(), at.tzinfo)
    return (midnight - at).total_seconds()
