"""The section Import and export of the settings (X3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout

from app.domain.errors import HitchpostError
from app.domain.transfer import ImportKind
from app.ui.kit.widgets import button
from app.ui.settings.rows import group, setting
from app.ui.settings.section import Section
from app.ui.transfer.export_dialog import ExportDialog
from app.ui.transfer.import_dialog import ImportDialog

_TABLES = "Tables and cards (*.csv *.tsv *.txt *.vcf *.vcard);;All files (*)"
_MAIL = "Mailbox files and messages (*.mbox *.eml *.emlx *.zip);;All files (*)"
IMPORTS = (
    (
        "Contacts, companies and deals",
        "A table (CSV) of HubSpot, Google, Outlook or any other program, or cards of an address book (vCard).",
        "Choose a file…",
        "table",
    ),
    (
        "Messages",
        "A mailbox file (mbox), a single message (EML), or a zip archive of them, as Gmail, Apple Mail and Thunderbird write.",
        "Choose a file…",
        "mail",
    ),
    (
        "A folder",
        "Messages in a folder, or all that Hitchpost has exported, on this computer or another one.",
        "Choose a folder…",
        "folder",
    ),
)


class TransferSection(Section):
    def groups(self) -> list[QVBoxLayout]:
        t = self.theme
        calls: dict[str, Callable[[], None]] = {
            "table": partial(self._choose, _TABLES),
            "mail": partial(self._choose, _MAIL),
            "folder": self._choose_folder,
        }
        rows: list[QHBoxLayout] = []
        self.buttons = {}
        for name, text, verb, key in IMPORTS:
            made = button(t, verb, name=f"{name}: {verb}")
            made.clicked.connect(calls[key])
            self.buttons[key] = made
            rows.append(setting(t, name, text, made))
        export = button(t, "Choose a folder…", name="Export everything: choose a folder")
        export.clicked.connect(self._choose_target)
        self.buttons["export"] = export
        everything = setting(
            t,
            "Everything",
            "All records and messages as CSV, JSON and mbox, which other programs read and Hitchpost takes in again.",
            export,
        )
        return [group(t, "Import", *rows), group(t, "Export", everything)]

    def _choose(self, patterns: str, *_checked: bool) -> None:
        dialog = QFileDialog(self.window(), "Import", str(Path.home()), patterns)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._open(dialog, self.import_path)

    @Slot()
    def _choose_folder(self) -> None:
        dialog = QFileDialog(self.window(), "Import a folder", str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog, self.import_path)

    @Slot()
    def _choose_target(self) -> None:
        dialog = QFileDialog(self.window(), "Export into a folder", str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog, self.export_to)

    def _open(self, dialog: QFileDialog, take: Callable[[str], None]) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(take)
        dialog.open()

    @Slot(str)
    def import_path(self, name: str) -> None:
        """A file or folder that was chosen."""
        path = Path(name)
        try:
            kind: ImportKind = self.program.kind_of_file(path)
        except HitchpostError as error:
            self.refused.emit(str(error))
            return
        ImportDialog(self.theme, self.program, path, kind, self.window()).open()

    @Slot(str)
    def export_to(self, name: str) -> None:
        ExportDialog(self.theme, self.program, Path(name), self.window()).open()
