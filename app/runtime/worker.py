"""The base of every worker thread: a name, an end, and one place where a bug is caught. Used by this room only."""

from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QObject, QThread

from app.store import Store

STOP_MILLISECONDS = 5000


class Worker(QThread):
    """Started with `start()`, ended with `stop()`, which returns when the thread has ended. `cancel` is set by then
    and looked at between network calls. `interrupt` wakes it from waiting, to stop or because there is work."""

    def __init__(self, name: str, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._store = store
        self.cancel = threading.Event()
        self.interrupt = threading.Event()

    def work(self) -> None:
        raise NotImplementedError

    def run(self) -> None:
        threading.current_thread().name = self.objectName()
        try:
            self.work()
        except Exception:  # noqa: BLE001 - the one guard around a worker: a bug goes to the crash dialog, not to abort()
            sys.excepthook(*sys.exc_info())
        finally:
            self._store.close_thread()

    def wake(self) -> None:
        self.interrupt.set()

    def request_stop(self) -> None:
        """Asks without waiting: several workers can end side by side."""
        self.cancel.set()
        self.interrupt.set()

    def stop(self) -> bool:
        """Asks and waits. False when the thread did not end in time."""
        self.request_stop()
        return self.wait(STOP_MILLISECONDS)

    def pause(self, seconds: float) -> None:
        """Waits, unless it is woken."""
        self.interrupt.wait(seconds)
        if not self.cancel.is_set():
            self.interrupt.clear()
