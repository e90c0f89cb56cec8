"""Collects cyclic garbage on the main thread only, a little at a time. Used by the window.

Python collects where it happens to be: in the middle of a worker, all of the heap at once, while everything else waits (92 ms
of a first look were one such collection). And a widget or timer in a cycle would be destroyed on a thread that is not its
own, which ends the program.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer, Slot

from app.runtime.spare_memory import give_back

LOOK_MILLISECONDS = 200
YOUNG = 700  # objects more than were freed: as Python's own first threshold
OLDER_AFTER = 10  # collections of the younger ones
GIVE_BACK_SECONDS = 5.0  # at least, between two times that freed memory is given back
WHOLE_SECONDS = 60.0  # at least, between two collections of everything that was made since the start


class GarbageCollector(QObject):
    """What is there at `start` is taken to stay, and never looked at again until `stop`. Main thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        self._was_enabled = False
        self._whole_at = self._given_at = 0.0

    def start(self) -> None:
        if self._timer.isActive():
            return
        self._was_enabled = gc.isenabled()
        gc.disable()
        gc.freeze()
        self._whole_at = time.monotonic()
        self._timer.start()

    def stop(self) -> None:
        """Leaves it to Python again."""
        if not self._timer.isActive():
            return
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()

    @Slot()
    def _look(self) -> None:
        young, middle, old = gc.get_count()
        now = time.monotonic()
        if old > OLDER_AFTER and now - self._whole_at >= WHOLE_SECONDS:
            self._whole_at = now
            gc.collect(2)
        elif middle > OLDER_AFTER:
            gc.collect(1)
        elif young > YOUNG:
            gc.collect(0)
        else:
            return
        if now - self._given_at >= GIVE_BACK_SECONDS:  # something was made and let go since
            self._given_at = now
            give_back()
