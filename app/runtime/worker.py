"""The base of every worker thread: a name, an end, and one place where a bug is caught. Used by this room only."""

from __future__ import annotations

import sys
import threading
import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread

from app.domain.retry import reconnect_delay

if TYPE_CHECKING:
    from app.store import Store

STOP_MILLISECONDS = 5000


class Worker(QThread):
    """Started with `start()`. It ends with its work, or some time after `request_stop()`; `stop()` waits for that, and
    `finished` tells it. `cancel` is set by then and looked at between network calls. `interrupt` wakes it from waiting,
    to stop or because there is work.

    A bug in the work goes to the crash dialog, once. Where `lasting` is true the work is begun anew after a while: mail
    is still read and sent for who closes the dialog and goes on."""

    lasting = False

    def __init__(self, name: str, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._store = store
        self._reported: set[str] = set()
        self.cancel = threading.Event()
        self.interrupt = threading.Event()

    def work(self) -> None:
        raise NotImplementedError

    def run(self) -> None:
        threading.current_thread().name = self.objectName()
        failures = 0
        try:
            while True:
                try:
                    self.work()
                    return
                except Exception as bug:  # noqa: BLE001 - the one guard around a worker: a bug must not abort the program
                    self.report(bug)
                failures += 1
                if self.lasting and not self.cancel.is_set():
                    self.pause(restart_delay(failures))
                if not self.lasting or self.cancel.is_set():
                    return
        finally:
            self._store.close_thread()

    def report(self, bug: Exception) -> None:
        """To the crash dialog; the same one from the same place only once."""
        last = traceback.extract_tb(bug.__traceback__)[-1:]
        key = f"{type(bug).__qualname__} {[(frame.filename, frame.lineno) for frame in last]}"
        if key not in self._reported:
            self._reported.add(key)
            sys.excepthook(type(bug), bug, bug.__traceback__)

    def wake(self) -> None:
        self.interrupt.set()

    def request_stop(self) -> None:
        """Asks without waiting: several workers can end side by side."""
        self.cancel.set()
        self.interrupt.set()

    def stop(self, milliseconds: int = STOP_MILLISECONDS) -> bool:
        """Asks and waits. False when the thread did not end in time."""
        self.request_stop()
        return self.wait(milliseconds)

    def pause(self, seconds: float) -> None:
        """Waits, unless it is woken."""
        self.interrupt.wait(seconds)
        if not self.cancel.is_set():
            self.interrupt.clear()


def restart_delay(failures: int) -> float:
    """Seconds until work that failed for the n-th time is begun anew."""
    return reconnect_delay(failures + 1)
