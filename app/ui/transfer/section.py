"""The section Import and export of the settings (X3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError
from app.domain.records import RecordChange
from app.domain.transfer import ImportKind
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, host, line, row
from app.ui.kit.widgets import Chip, Elided, button, label
from app.ui.settings.rows import group, setting
from app.ui.settings.section import Section
from app.ui.transfer.export_dialog import ExportDialog
from app.ui.transfer.import_dialog import ImportDialog
from app.ui.transfer.undo_dialog import UndoImportDialog

_LATEST = 8  # imports that are shown
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
        self._shown: tuple[RecordChange, ...] | None = None
        self._done = column(gap=0)
        self._done_group = host(column(label(t, "Latest imports", "strong"), box("card", self._done), gap=k.S2))
        self.program.changed.connect(self._on_changed)
        self.refresh()
        lately = column(self._done_group, gap=0)
        return [group(t, "Import", *rows), group(t, "Export", everything), lately]

    @Slot()
    def refresh(self) -> None:
        found = self.program.imports(_LATEST)
        if found == self._shown:
            return
        self._shown = found
        clear(self._done)
        for position, change in enumerate(found):
            if position:
                self._done.addWidget(line())
            self._done.addLayout(self._import_row(change))
        self._done_group.setVisible(bool(found))

    def _import_row(self, change: RecordChange) -> QHBoxLayout:
        t = self.theme
        when = times.moment_short(change.at, times.today())
        words = column(
            Elided(t, change.what, "medium"), Elided(t, f"{when} · {change.user}".strip(" ·"), "small", "muted"), gap=2
        )
        side: QWidget
        if change.undone_at is not None:
            side = Chip(t, "Undone", "neutral", "undo")
        else:
            side = button(t, "Undo…", name=f"Undo: {change.what}, {when}")
            side.clicked.connect(partial(self._undo, change))
        return row((words, 1), side, gap=k.S3, margins=(k.S4, 10, k.S4, 10))

    def _undo(self, change: RecordChange, *_checked: bool) -> None:
        UndoImportDialog(self.theme, self.program, change.id, change.what, self.window()).open()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if self.isVisible() and change.areas & {Area.CONTACTS, Area.COMPANIES, Area.DEALS, Area.MESSAGES}:
            self.refresh()

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
