"""Takes a whole import back: what that means, progress, what was left as it is. Opened from the settings and the report of an
import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.domain.transfer import ImportUndone
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, host
from app.ui.kit.theme import Theme
from app.ui.transfer.dialog import TransferDialog, point
from app.ui.transfer.words import undone_counts, undone_title

if TYPE_CHECKING:
    from app.runtime.program import Program
    from app.runtime.transfer_worker import TransferWorker

_ABOUT = (
    "What the import made is removed for good. The file can be imported again.",
    "Fields that it changed read again as before.",
    "What somebody has changed or used since stays, and is told.",
)


class UndoImportDialog(TransferDialog):
    """`change_id`: of `Program.imports`, or of the report of an import. `what`: “Imported people.csv”."""

    FAILED = "Not undone"

    def __init__(self, theme: Theme, program: Program, change_id: int, what: str, parent: QWidget | None) -> None:
        super().__init__(theme, "Undo this import", what, parent, width=560)
        self.setObjectName("undo-import")
        self._program, self._change_id = program, change_id
        points = [point(theme, text) for text in _ABOUT]
        self.set_pages(host(column(*points, None, gap=k.S2)), "Undo the import", "How far the undo is", "danger")

    def worker(self) -> TransferWorker:
        return self._program.undo_import(self._change_id)

    def show_report(self, report: ImportUndone) -> None:
        self.report.show_end(*undone_title(report), undone_counts(report))
        self.report.show_lines([(kept.name, kept.why) for kept in report.kept], report.kept_count)
