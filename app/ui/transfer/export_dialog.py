"""Exports everything into a folder: what will be in it, progress, the report. Opened from the settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.domain.transfer import ExportReport, Progress
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.layout import column, host
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, label
from app.ui.transfer.running import ReportPage, RunningPage
from app.ui.transfer.words import export_text

if TYPE_CHECKING:
    from app.runtime.program import Program
    from app.runtime.transfer_worker import TransferWorker

_ABOUT = (
    "Contacts, companies, deals and users, each as a table (CSV) and as JSON",
    "All logged messages with their attachments as one mailbox file (mbox), which mail programs open",
    "Opens, clicks and replies, the never-log list, legal bases, the ledger, and the settings",
)
_SECRETS = "Passwords and other secrets are not in it. People’s names and letters are: keep the folder where only you can read."


class ExportDialog(Dialog):
    """Open it with `open()`. Closing it while it runs cancels the export: then nothing is left in the folder."""

    def __init__(self, theme: Theme, program: Program, folder: Path, parent: QWidget | None) -> None:
        super().__init__(theme, "Export everything", f"Into {folder}", parent, width=560)
        self.setObjectName("export")
        self._program, self._folder = program, folder
        self._worker: TransferWorker | None = None
        self.trouble = Banner(theme, "bad", "")
        self.trouble.hide()
        self.add(self.trouble)
        self.stack = QStackedWidget()
        points = [label(theme, f"•  {text}", "body", wrap=True) for text in _ABOUT]
        self._about = host(column(*points, label(theme, _SECRETS, "small", "muted", wrap=True), None, gap=k.S2))
        self.running = RunningPage(theme, "How far the export is")
        self.report = ReportPage(theme)
        for page in (self._about, self.running, self.report):
            self.stack.addWidget(page)
        self.add(self.stack, 1)
        self.verb = self.set_verb("Export")
        self.verb.clicked.connect(self._on_export)

    @Slot()
    def _on_export(self) -> None:
        self.trouble.hide()
        worker = self._program.export_all(self._folder)
        worker.progressed.connect(self._on_progress)
        worker.ended.connect(self._on_ended)
        self._worker = worker
        self.stack.setCurrentWidget(self.running)
        self.verb.hide()
        worker.start()

    @Slot(object)
    def _on_progress(self, now: Progress) -> None:
        if self._worker is not None:
            self.running.show_progress(now)

    @Slot(object, str)
    def _on_ended(self, report: ExportReport | None, why: str) -> None:
        self._worker = None
        if report is None:
            self.trouble.set("bad", "Not exported", why)
            self.trouble.show()
            self.stack.setCurrentWidget(self._about)
            self.verb.show()
            return
        if report.cancelled:
            self.report.show_end("warn", "Cancelled", "Nothing was written.")
        else:
            self.report.show_end("ok", "Exported", export_text(report), report.notes)
        self.stack.setCurrentWidget(self.report)
        if self.cancel is not None:
            self.cancel.set_verb("Close")
            self.cancel.setEnabled(True)
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
