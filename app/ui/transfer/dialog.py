"""The frame of a transfer: what is asked first, progress with cancel, the report. A base of the dialogs of import, of its undo
and of export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from app.domain.transfer import Progress
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, label
from app.ui.transfer.running import ReportPage, RunningPage

if TYPE_CHECKING:
    from app.runtime.transfer_worker import TransferWorker


class TransferDialog(Dialog):
    """Open it with `open()`. Closing it while it runs asks the transfer to stop, and shows what was done until then.
    A subclass says what it does in `worker` and `show_report`, and calls `set_pages` when its first page is made."""

    FAILED = ""  # the bold line where it did not come to a report

    def __init__(self, theme: Theme, title: str, text: str, parent: QWidget | None, width: int) -> None:
        super().__init__(theme, title, text, parent, width=width)
        self._worker: TransferWorker | None = None
        self.trouble = Banner(theme, "bad", "")
        self.trouble.hide()
        self.add(self.trouble)
        self.stack = QStackedWidget()
        self.report = ReportPage(theme)

    def set_pages(self, first: QWidget, verb: str, progress_name: str, kind: str = "primary") -> None:
        self.running = RunningPage(self.theme, progress_name)
        for page in (first, self.running, self.report):
            self.stack.addWidget(page)
        self.add(self.stack, 1)
        self.verb = self.set_verb(verb, kind)
        self.verb.clicked.connect(self._on_verb)

    # -- what a subclass says

    def worker(self) -> TransferWorker:
        raise NotImplementedError

    def show_report(self, report: Any) -> None:
        """Fills `self.report`."""
        raise NotImplementedError

    # -- while it runs, and its end

    @Slot()
    def _on_verb(self) -> None:
        self.trouble.hide()
        worker = self.worker()
        worker.progressed.connect(self._on_progress)
        worker.ended.connect(self._on_ended)
        self._worker = worker
        self.stack.setCurrentWidget(self.running)
        self.setFocus(Qt.FocusReason.OtherFocusReason)  # else Cancel has it when the verb is gone, and Enter stops it
        self.verb.hide()
        worker.start()

    @Slot(object)
    def _on_progress(self, now: Progress) -> None:
        if self._worker is not None:
            self.running.show_progress(now)

    @Slot(object, str)
    def _on_ended(self, report: object | None, why: str) -> None:
        self._worker = None
        if self.cancel is not None:
            self.cancel.setEnabled(True)
        if report is None:
            self.tell("bad", self.FAILED, why)
            self.stack.setCurrentIndex(0)
            self.verb.show()
            return
        self.show_report(report)
        self.stack.setCurrentWidget(self.report)
        if self.cancel is not None:
            self.cancel.set_verb("Close")
            self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def reject(self) -> None:
        """Esc, Cancel, and the cross of the window."""
        if self._worker is None:
            super().reject()
            return
        self._worker.request_stop()
        self.running.stopping()
        if self.cancel is not None:
            self.cancel.setEnabled(False)

    def tell(self, kind: str, title: str, text: str) -> None:
        self.trouble.set(kind, title, text)
        self.trouble.show()


def point(theme: Theme, text: str) -> QHBoxLayout:
    """A line of a list of points; what does not fit stands below its words, not below its mark."""
    return row(column(label(theme, "•"), None, gap=0), (label(theme, text, wrap=True), 1), gap=k.S2)
