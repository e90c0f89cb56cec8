"""Tells when a window's first picture has been painted: what is not needed for it begins then. Used by `Desktop`."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

WAIT = 2_000  # ms: a window that opens minimised, or on another desktop, may not be painted for hours


class FirstPaint(QObject):
    """`came` once: when the event loop is free again after the first paint, at the latest after `WAIT`. To be made before the
    window is shown."""

    came = Signal()

    def __init__(self, window: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self._tell)
        window.installEventFilter(self)
        self._late.start(WAIT)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            self._late.start(0)  # this paint is still to be done
        return super().eventFilter(watched, event)

    def stop(self) -> None:
        """It does not come any more."""
        self._window.removeEventFilter(self)
        self._late.stop()

    @Slot()
    def _tell(self) -> None:
        self._window.removeEventFilter(self)
        self.came.emit()
