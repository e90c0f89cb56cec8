"""The list of what was changed in a record, each change with Undo. Used by the pages of one contact, company or deal, and by
the section Users."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.domain.errors import HitchpostError
from app.domain.records import RecordChange, RecordKind
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.layout import box, clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Chip, Elided, button, label
from app.ui.records.words import change_detail

if TYPE_CHECKING:
    from app.runtime.program import Program

SENTENCE = "Newest first. Undo takes one change back; a later change of the same is undone before it."


class HistoryDialog(Dialog):
    undone = Signal(str)  # what was taken back

    def __init__(
        self, theme: Theme, program: Program, kind: RecordKind, record_id: int, name: str, parent: QWidget | None
    ) -> None:
        super().__init__(theme, f"History of {name}", SENTENCE, parent, width=560, cancel="Close")
        self._program, self._kind, self._id = program, kind, record_id
        self.trouble = Banner(theme, "bad", "")
        self.trouble.hide()
        self.add(self.trouble)
        self._list = column(gap=0)
        area = scroll(host(column(box("card", self._list), None, gap=0)))
        area.setMinimumHeight(theme.px(300))
        self.add(area, 1)
        self._show()

    def _show(self) -> None:
        clear(self._list)
        changes = self._program.record_changes(self._kind, self._id)
        if not changes:
            words = label(self.theme, "Nothing was changed yet.", "body", "muted", wrap=True)
            self._list.addLayout(column(words, gap=0, margins=(k.S4, k.S3, k.S4, k.S3)))
        for position, change in enumerate(changes):
            if position:
                self._list.addWidget(line())
            self._list.addLayout(self._row(change))

    def _row(self, change: RecordChange) -> QHBoxLayout:
        theme = self.theme
        when = f"{times.capitalised(times.ago(change.at, times.now()))} by {change.user or 'somebody'}"
        words = column(Elided(theme, change.what, "medium"), gap=2)
        if detail := change_detail(change):
            words.addWidget(Elided(theme, detail, "small"))
        words.addWidget(Elided(theme, when, "small", "muted"))
        if change.undone_at is not None:
            end: QWidget = Chip(theme, "Undone", "neutral", "undo")
        else:
            end = button(theme, "Undo", "", "undo", name=f"Undo: {change.what}")
            end.clicked.connect(partial(self._undo, change))
        return row((words, 1), end, gap=k.S3, margins=(k.S4, 10, k.S3, 10))

    def _undo(self, change: RecordChange) -> None:
        try:
            self._program.undo_change(change.id)
        except HitchpostError as fault:
            self.trouble.set("bad", "Not undone", str(fault))
            self.trouble.show()
            return
        self.trouble.hide()
        self._show()
        self.undone.emit(change.what)
        if self.cancel is not None:
            self.cancel.setFocus()
