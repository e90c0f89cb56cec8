"""Waits for something that can take seconds and cannot be interrupted, and stops waiting when asked. Used by services that
talk to a tracking server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from app.domain.errors import Cancelled, HitchpostError

_T = TypeVar("_T")
_LOOK = 0.1  # seconds between looks at the cancel event


def unless_cancelled(work: Callable[[], _T], cancel: threading.Event | None) -> _T:
    """What `work` returns or raises (HitchpostError); Cancelled within a moment of `cancel`. `work` must have a time
    limit of its own and must not touch the store: it may still run for a while in a thread that nobody waits for."""
    if cancel is None:
        return work()
    results: list[_T] = []
    faults: list[HitchpostError] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append(work())
        except HitchpostError as fault:
            faults.append(fault)
        finally:
            done.set()

    if cancel.is_set():
        raise Cancelled("before it began")
    threading.Thread(target=run, name="waited for", daemon=True).start()
    while not done.wait(_LOOK):
        if cancel.is_set():
            raise Cancelled("while waiting")
    if faults:
        raise faults[0]
    return results[0]
