"""Imports one file: what it is taken for, the choices, progress, the report. Opened from the settings."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from app.domain.money import currencies
from app.domain.transfer import MAIL, TABLES, ImportKind, ImportOptions, ImportReport, Progress, TablePreview
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import Field, combo, entry
from app.ui.kit.layout import column
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner
from app.ui.transfer.mapping import MappingView
from app.ui.transfer.running import ReportPage, RunningPage, side_by_side
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


class ImportDialog(Dialog):
    """Open it with `open()`. Closing it while it runs cancels the import, and shows what was done until then."""

    def __init__(self, theme: Theme, program: Program, path: Path, kind: ImportKind, parent: QWidget | None) -> None:
        text = _TABLE if kind in TABLES else _SENTENCES[kind]
        super().__init__(theme, f"Import {path.name}", text, parent, width=720)
        self.setObjectName("import")
        self._program, self._path, self._kind = program, path, kind
        self._worker: TransferWorker | None = None
        self._preview: TablePreview | None = None
        self._filling = False
        self.trouble = Banner(theme, "bad", "")
        self.trouble.hide()
        self.add(self.trouble)
        self.stack = QStackedWidget()
        self.running = RunningPage(theme, "How far the import is")
        self.report = ReportPage(theme)
        self._choices = self._choices_page()
        for page in (self._choices, self.running, self.report):
            self.stack.addWidget(page)
        self.add(self.stack, 1)
        self.verb = self.set_verb("Import")
        self.verb.clicked.connect(self._on_import)
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
            fields = (
                Field(t, "The rows &are", self.what),
                Field(t, "&Letters", self.encoding),
                Field(t, "Columns &parted by", self.delimiter),
            )
            self._currency = Field(t, "&Currency of amounts", self.currency)
            lay.addWidget(side_by_side(*fields))
            lay.addWidget(self.mapping, 1)
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
            self._tell("bad", "The file cannot be read", why)
            return
        self.trouble.hide()
        if found.guessed:
            self._tell("info", "The letters are a guess", _GUESSED)
        self._filling = True
        for choice, value in ((self.encoding, found.encoding.removesuffix("-sig")), (self.delimiter, found.delimiter)):
            _choose(choice, value)
        self._currency.setVisible(self._kind is ImportKind.DEALS)
        self.mapping.show_table(found, self._program.table_fields(self._kind))
        self._filling = False

    def options(self) -> ImportOptions:
        if self._kind in TABLES and self._preview is not None:
            return ImportOptions(
                existing=self.existing.currentData(),
                mapping=self.mapping.mapping(),
                encoding=self._preview.encoding,
                delimiter=self._preview.delimiter,
                currency=str(self.currency.currentData()),
            )
        if self._kind in MAIL:
            own = tuple(a for a in self.own.text().replace(";", ",").replace(" ", ",").split(",") if "@" in a)
            return ImportOptions(own=own, people=self.people.currentData())
        return ImportOptions(existing=self.existing.currentData())

    # -- the import

    @Slot()
    def _on_import(self) -> None:
        self.trouble.hide()
        worker = self._program.import_file(self._kind, self._path, self.options())
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
    def _on_ended(self, report: ImportReport | None, why: str) -> None:
        self._worker = None
        if report is None:
            self._tell("bad", "Not imported", why)
            self.stack.setCurrentWidget(self._choices)
            self.verb.show()
            return
        self.report.show_import(report)
        self.stack.setCurrentWidget(self.report)
        self.sentence.hide()
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

    def _tell(self, kind: str, title: str, text: str) -> None:
        self.trouble.set(kind, title, text)
        self.trouble.show()


def _choose(choice: QComboBox, value: str) -> None:
    """Also what is not among the options."""
    if choice.findData(value) < 0:
        choice.addItem(value, value)
    choice.setCurrentIndex(choice.findData(value))
