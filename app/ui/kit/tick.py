"""One beat for everything on screen that tells how long ago something was. Used by pages by way of the theme."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import SIGNAL, QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

MILLISECONDS = 5_000


class Tick(QObject):
    """Runs while at least one of those who follow it is shown, and rests else."""

    beat = Signal()

    def __init__(self, parent: QObject, milliseconds: int = MILLISECONDS) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(milliseconds)
        self._timer.timeout.connect(self._on_timeout)

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    def follow(self, widget: QWidget, work: Callable[[], None]) -> None:
        """Does `work` at each beat while `widget` is shown, as long as it lives."""
        _Follower(self, widget, work)

    def go_on(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def rest(self) -> None:
        """Ends the beat where nobody hears it."""
        if not self.receivers(SIGNAL("beat()")):
            self._timer.stop()

    @Slot()
    def _on_timeout(self) -> None:
        self.beat.emit()
        self.rest()  # those who died heard nothing of being hidden


class _Follower(QObject):
    def __init__(self, tick: Tick, widget: QWidget, work: Callable[[], None]) -> None:
        super().__init__(widget)
        self._tick, self._work = tick, work
        self._follows = False
        widget.installEventFilter(self)
        self._set(widget.isVisible())

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._set(True)
        elif event.type() == QEvent.Type.Hide:
            self._set(False)
        return False

    def _set(self, follows: bool) -> None:
        if follows == self._follows:
            return
        self._follows = follows
        if follows:
            self._tick.beat.connect(self._on_beat)
            self._tick.go_on()
        else:
            self._tick.beat.disconnect(self._on_beat)
            self._tick.rest()

    @Slot()
    def _on_beat(self) -> None:
        self._work()
