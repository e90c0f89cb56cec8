"""How far a change of many records is, with Cancel. Used by the tables of records and the list of removed ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame

from app.domain.records import ManyDone
from app.domain.transfer import Progress
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label, progress

if TYPE_CHECKING:
    from app.runtime.transfer_worker import TransferWorker

WIDEST, LEAST = 220, 48  # px of the bar at 100 %


class WorkBar(QFrame):
    """Hidden while nothing runs. `ended` comes after the `then` of `run`; then `focus_left`, where Cancel had the
    focus, which would be nowhere now. `in_dialog`: without a ground of its own."""

    ended = Signal()
    focus_left = Signal()

    def __init__(self, theme: Theme, what: str, *, in_dialog: bool = False) -> None:
        super().__init__()
        side = 0 if in_dialog else k.S6
        if not in_dialog:
            self.setProperty("box", "foot")
        self._what = what
        self._worker: TransferWorker | None = None
        self._focused = False
        self._then: Callable[[ManyDone | None, str], None] = lambda _done, _why: None
        self.text = label(theme, "", "medium")
        self.bar = progress(theme, "How far it is")
        self.bar.setMinimumWidth(theme.px(LEAST))
        self.bar.setMaximumWidth(theme.px(WIDEST))
        self.cancel_button = button(theme, "Cancel", name="Stop: what is done until then stays")
        self.cancel_button.clicked.connect(self.stop)
        parts = row(self.text, (self.bar, 100), None, self.cancel_button, gap=k.S3, margins=(side, k.S2, side, k.S2))
        self.setLayout(parts)
        self.hide()

    @property
    def working(self) -> bool:
        return self._worker is not None

    def run(self, worker: TransferWorker, stage: str, then: Callable[[ManyDone | None, str], None]) -> None:
        """`then` gets what became of it, or None and why it failed. One at a time."""
        self._worker, self._then = worker, then
        self.text.setText(f"{stage}…")
        self.bar.setRange(0, 0)
        self.cancel_button.setEnabled(True)
        self.show()
        worker.progressed.connect(self._on_progress)
        worker.ended.connect(self._on_ended)
        worker.start()

    @Slot(object)
    def _on_progress(self, told: Progress) -> None:
        self.bar.setRange(0, told.total)
        self.bar.setValue(told.done)
        self.text.setText(f"{told.stage} {times.number(told.done)} of {times.number(told.total)} {self._what}…")

    @Slot()
    def stop(self) -> None:
        """After the slice in hand."""
        if self._worker is not None:
            self._focused = self._focused or self._has_focus()
            self.cancel_button.setEnabled(False)
            self.text.setText("Stopping…")
            self._worker.request_stop()

    @Slot(object, str)
    def _on_ended(self, done: ManyDone | None, why: str) -> None:
        focused, self._focused = self._focused or self._has_focus(), False
        self._worker = None
        self.hide()
        self._then(done, why)
        self.ended.emit()
        if focused:
            self.focus_left.emit()

    def _has_focus(self) -> bool:
        return self.window().focusWidget() is self.cancel_button
