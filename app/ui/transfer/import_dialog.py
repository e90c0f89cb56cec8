"""Imports one file: what it is taken for, the choices, progress, the report. Opened from the settings."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QWidget

from app.domain.money import currencies
from app.domain.transfer import MAIL, TABLES, ImportKind, ImportOptions, ImportReport, TablePreview
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, combo, entry
from app.ui.kit.layout import column
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button
from app.ui.transfer.dialog import TransferDialog
from app.ui.transfer.mapping import MappingView
from app.ui.transfer.running import side_by_side
from app.ui.transfer.stages import StagesView
from app.ui.transfer.undo_dialog import UndoImportDialog
from app.ui.transfer.words import DELIMITERS, EXISTING, KINDS, PEOPLE

if TYPE_CHECKING:
    from app.runtime.program import Program
    from app.runtime.transfer_worker import TransferWorker

_ENCODINGS = (
    ("UTF-8", "utf-8"), ("UTF-16", "utf-16"), ("Western Europe", "cp1252"), ("Central Europe", "cp1250"),
    ("Cyrillic", "cp1251"), ("Greek", "cp1253"), ("Turkish", "cp1254"), ("Baltic", "cp1257"), ("Hebrew", "cp1255"),
    ("Arabic", "cp1256"), ("Cyrillic (KOI8-R)", "koi8_r"), ("Old Macintosh", "mac_roman"), ("DOS", "cp850"),
    ("Japanese", "cp932"), ("Chinese", "gb18030"), ("Chinese (Big5)", "big5"), ("Korean", "cp949"),
)  # fmt: skip
_SENTENCES = {
    ImportKind.VCARD: "People become contacts; who is one already is found by any of the addresses.",
    ImportKind.MBOX: "Messages go onto the timelines of the people in them. Nobody is notified, and nothing comes in twice.",
    ImportKind.EML: "The message goes onto the timelines of the people in it. Nobody is notified.",
    ImportKind.EXPORT: "Users, companies, contacts, deals, rules and messages are taken in again. Nothing comes in twice.",
}
_GUESSED = "The file does not say how its letters are encoded. Do the names below look right?"
_TABLE = "Look whether each column becomes what it should. Records that are here already are found, not doubled."


class ImportDialog(TransferDialog):
    FAILED = "Not imported"

    def __init__(self, theme: Theme, program: Program, path: Path, kind: ImportKind, parent: QWidget | None) -> None:
        text = _TABLE if kind in TABLES else _SENTENCES[kind]
        super().__init__(theme, f"Import {path.name}", text, parent, width=720)
        self.setObjectName("import")
        self._program, self._path, self._kind = program, path, kind
        self._preview: TablePreview | None = None
        self._filling = False
        self.set_pages(self._choices_page(), "Import", "How far the import is")
        self._imported: int | None = None
        self.undo_button = button(theme, "Undo this import…")
        self.undo_button.clicked.connect(self._on_undo)
        self.undo_button.hide()
        self.set_note(self.undo_button)
        if kind in TABLES:
            self.verb.setEnabled(False)
            self._look()

    # -- choices

    def _choices_page(self) -> QWidget:
        t = self.theme
        self.existing = combo(t, EXISTING, "Records that are here already")
        existing = Field(t, "Records that are &here already", self.existing)
        page = QWidget()
        lay = column(gap=k.S3)
        if self._kind in TABLES:
            self.what = combo(t, [(KINDS[kind], kind) for kind in TABLES], "What the rows are")
            self.what.setCurrentIndex(self.what.findData(self._kind))
            self.encoding = combo(t, _ENCODINGS, "Letters of the file")
            self.delimiter = combo(t, DELIMITERS, "What parts the columns")
            self.currency = combo(t, [("As in the file", ""), *((c, c) for c in currencies())], "Currency")
            for choice in (self.what, self.encoding, self.delimiter):
                choice.activated.connect(self._on_table)
            self.mapping = MappingView(t)
            self.mapping.changed.connect(self.trouble.hide)
            self.mapping.changed.connect(self._look_for_stages)
            self.stages = StagesView(t)
            fields = (
                Field(t, "The rows &are", self.what),
                Field(t, "&Letters", self.encoding),
                Field(t, "Columns &parted by", self.delimiter),
            )
            self._currency = Field(t, "&Currency of amounts", self.currency)
            lay.addWidget(side_by_side(*fields))
            lay.addWidget(self.mapping, 1)
            lay.addWidget(self.stages)
            lay.addWidget(side_by_side(existing, self._currency))
        elif self._kind in MAIL:
            self.own = entry(t, "", "ada@example.com, ada.berg@example.net")
            known = len(self._program.own_addresses())
            text = f"{known} are known already: of your inboxes, aliases and users." if known else ""
            lay.addWidget(Field(t, "More addresses of &yours in these messages", self.own, text))
            self.people = combo(t, PEOPLE, "Who becomes a contact")
            lay.addWidget(Field(t, "Who becomes a &contact, if they are none", self.people))
            lay.addStretch(1)
        else:
            lay.addWidget(existing)
            lay.addStretch(1)
        page.setLayout(lay)
        return page

    @Slot(int)
    def _on_table(self, _index: int) -> None:
        if not self._filling:
            self._kind = self.what.currentData()
            self._look(str(self.encoding.currentData()), str(self.delimiter.currentData()))

    def _look(self, encoding: str = "", delimiter: str = "") -> None:
        me = weakref.ref(self)  # it may be closed before the answer comes

        def looked(found: TablePreview | None, why: str) -> None:
            dialog = me()
            if dialog is not None:
                dialog._on_looked(found, why)

        self._program.preview_table(self._path, self._kind, encoding, delimiter, looked)

    def _on_looked(self, found: TablePreview | None, why: str) -> None:
        self._preview = found
        self.verb.setEnabled(found is not None)
        if found is None:
            self.tell("bad", "The file cannot be read", why)
            return
        self.trouble.hide()
        if found.guessed:
            self.tell("info", "The letters are a guess", _GUESSED)
        self._filling = True
        for choice, value in ((self.encoding, found.encoding.removesuffix("-sig")), (self.delimiter, found.delimiter)):
            _choose(choice, value)
        self._currency.setVisible(self._kind is ImportKind.DEALS)
        self.mapping.show_table(found, self._program.table_fields(self._kind))
        self._filling = False
        self._look_for_stages()

    @Slot()
    def _look_for_stages(self) -> None:
        """Of deals: those that are none here, to be chosen."""
        found = self._preview
        if found is None or self._kind is not ImportKind.DEALS:
            self.stages.show_stages((), ())
            return
        me, asked = weakref.ref(self), self.mapping.mapping()

        def looked(names: tuple[str, ...] | None, _why: str) -> None:
            dialog = me()
            if dialog is not None and dialog._preview is found and dialog.mapping.mapping() == asked:
                stages = [stage.name for stage in dialog._program.deal_stages()]
                dialog.stages.show_stages(names or (), stages)

        self._program.unknown_stages(self._path, found.encoding, found.delimiter, asked, looked)

    def options(self) -> ImportOptions:
        if self._kind in TABLES and self._preview is not None:
            return ImportOptions(
                existing=self.existing.currentData(),
                mapping=self.mapping.mapping(),
                encoding=self._preview.encoding,
                delimiter=self._preview.delimiter,
                currency=str(self.currency.currentData()),
                stages=self.stages.chosen(),
            )
        if self._kind in MAIL:
            own = tuple(a for a in self.own.text().replace(";", ",").replace(" ", ",").split(",") if "@" in a)
            return ImportOptions(own=own, people=self.people.currentData())
        return ImportOptions(existing=self.existing.currentData())

    # -- the import

    def worker(self) -> TransferWorker:
        return self._program.import_file(self._kind, self._path, self.options())

    def show_report(self, report: ImportReport) -> None:
        self.report.show_import(report)
        self.sentence.hide()
        self._imported = report.change_id
        self.undo_button.setVisible(report.change_id is not None)

    @Slot()
    def _on_undo(self) -> None:
        if self._imported is None:
            return
        parent, what = self.parentWidget(), f"Imported {self._path.name}"
        self.accept()
        UndoImportDialog(self.theme, self._program, self._imported, what, parent).open()


def _choose(choice: QComboBox, value: str) -> None:
    """Also what is not among the options."""
    if choice.findData(value) < 0:
        choice.addItem(value, value)
    choice.setCurrentIndex(choice.findData(value))
