"""The list of removed contacts, companies or deals, each with Bring back. Used by the pages of records."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.errors import HitchpostError
from app.domain.records import FoundRecord, ManyDone, RecordKind
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.layout import box, clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Elided, button, label
from app.ui.records.words import KIND_WORDS
from app.ui.records.work_bar import WorkBar

if TYPE_CHECKING:
    from app.runtime.program import Program

SENTENCE = "They are in no table and in no search. What was logged is kept."


class RemovedDialog(Dialog):
    restored = Signal(int, str)  # number, name
    all_restored = Signal(int)  # how many

    def __init__(self, theme: Theme, program: Program, kind: RecordKind, parent: QWidget | None) -> None:
        super().__init__(theme, f"Removed {KIND_WORDS[kind][1]}", SENTENCE, parent, width=520, cancel="Close")
        self._program, self._kind = program, kind
        self.trouble = Banner(theme, "bad", "")
        self.trouble.hide()
        self.add(self.trouble)
        self._list = column(gap=0)
        area = scroll(host(column(box("card", self._list), None, gap=0)))
        area.setMinimumHeight(theme.px(280))
        self.add(area, 1)
        self.all_button = button(theme, "Bring all back")
        self.all_button.clicked.connect(self._restore_all)
        self.set_note(self.all_button)
        self.work = WorkBar(theme, KIND_WORDS[kind][1], in_dialog=True)
        self.add(self.work)
        self._show()

    def _show(self) -> None:
        clear(self._list)
        found = self._program.removed_records(self._kind)
        self.all_button.setVisible(len(found) > 1)
        if not found:
            words = label(self.theme, f"No {KIND_WORDS[self._kind][0]} was removed.", "body", "muted", wrap=True)
            self._list.addLayout(column(words, gap=0, margins=(k.S4, k.S3, k.S4, k.S3)))
        for position, record in enumerate(found):
            if position:
                self._list.addWidget(line())
            back = button(self.theme, "Bring back", name=f"Bring back {record.name}")
            back.clicked.connect(partial(self._restore, record))
            words_ = column(Elided(self.theme, record.name, "medium"), gap=2)
            if record.detail:
                words_.addWidget(Elided(self.theme, record.detail, "small", "muted"))
            self._list.addLayout(row((words_, 1), back, gap=k.S3, margins=(k.S4, 10, k.S3, 10)))

    @Slot()
    def _restore_all(self) -> None:
        """Also those beyond the ones that are listed."""
        self.all_button.setEnabled(False)
        self.work.run(self._program.bring_all_back(self._kind), "Bringing back", self._on_all_back)

    def _on_all_back(self, done: ManyDone | None, why: str) -> None:
        self.all_button.setEnabled(True)
        if done is None:
            self.trouble.set("bad", "They were not all brought back", why)
            self.trouble.show()
        else:
            self.trouble.hide()
        self._show()
        if done is not None and done.done:
            self.all_restored.emit(done.done)
        if self.cancel is not None:
            self.cancel.setFocus()

    def done(self, result: int) -> None:
        """Closed while it runs: what is back until then stays."""
        self.work.stop()
        super().done(result)

    def _restore(self, record: FoundRecord) -> None:
        try:
            self._program.restore_record(self._kind, record.id)
        except HitchpostError as fault:
            self.trouble.set("bad", "Not brought back", str(fault))
            self.trouble.show()
            return
        self.trouble.hide()
        self._show()
        self.restored.emit(record.id, record.name)
        if self.cancel is not None:
            self.cancel.setFocus()
