"""Exports everything into a folder: what will be in it, progress, the report. Opened from the settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.domain.transfer import ExportReport
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, host
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import label
from app.ui.transfer.dialog import TransferDialog, point
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


class ExportDialog(TransferDialog):
    """Cancelled, it leaves nothing in the folder."""

    FAILED = "Not exported"

    def __init__(self, theme: Theme, program: Program, folder: Path, parent: QWidget | None) -> None:
        super().__init__(theme, "Export everything", f"Into {folder}", parent, width=560)
        self.setObjectName("export")
        self._program, self._folder = program, folder
        points = [point(theme, text) for text in _ABOUT]
        about = host(column(*points, label(theme, _SECRETS, "small", "muted", wrap=True), None, gap=k.S2))
        self.set_pages(about, "Export", "How far the export is")

    def worker(self) -> TransferWorker:
        return self._program.export_all(self._folder)

    def show_report(self, report: ExportReport) -> None:
        if report.cancelled:
            self.report.show_end("warn", "Cancelled", "Nothing was written.")
        else:
            self.report.show_end("ok", "Exported", export_text(report), report.notes)
