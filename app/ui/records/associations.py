"""The dialog that changes to which contacts, companies and deals one message is logged. Used by timelines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import HitchpostError
from app.domain.records import Named, RecordKind
from app.domain.views import TimelineMessage
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.layout import box, clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Elided, Glyph, label, tool
from app.ui.records.picker import RecordPicker

if TYPE_CHECKING:
    from app.runtime.program import Program

PARTS = (
    (RecordKind.CONTACT, "Contacts", "contacts", "On nobody’s timeline"),
    (RecordKind.COMPANY, "Companies", "company", "On no company’s timeline"),
    (RecordKind.DEAL, "Deals", "deal", "On no deal’s timeline"),
)
SENTENCE = (
    "It stands on the timeline of each. This is for this message alone: the answers to it go where the rules put them."
)


class Chosen(QWidget):
    """The records of one kind, each with Remove, and the input that adds one."""

    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        program: Program,
        kind: RecordKind,
        title: str,
        icon: str,
        empty: str,
        found: tuple[Named, ...],
    ) -> None:
        super().__init__()
        self._theme, self._icon, self._empty = theme, icon, empty
        self.records = {one.id: one.name for one in found}
        self._list = column(gap=0)
        self.picker = RecordPicker(theme, program, kind)
        self.picker.set_name(f"Add to {title.lower()}")
        self.picker.chosen.connect(self._on_chosen)
        self.picker.done.connect(self._on_done)
        self.setLayout(column(label(theme, title, "strong"), box("card", self._list), self.picker, gap=6))
        self._show()

    def _show(self) -> None:
        clear(self._list)
        self.picker.without = frozenset(self.records)
        if not self.records:
            empty = label(self._theme, self._empty, "small", "muted")
            self._list.addLayout(row(empty, None, margins=(k.S3, k.S2, k.S3, k.S2)))
        for position, (number, name) in enumerate(self.records.items()):
            if position:
                self._list.addWidget(line())
            self._list.addLayout(self._row(number, name))

    def _row(self, number: int, name: str) -> QHBoxLayout:
        cross = tool(self._theme, "cross", f"Take off {name}")
        cross.clicked.connect(partial(self._remove, number))
        glyph = Glyph(self._theme, self._icon, "muted", k.ICON_SMALL)
        return row(glyph, (Elided(self._theme, name, "body"), 1), cross, gap=k.S2, margins=(k.S3, 2, 2, 2))

    def _remove(self, number: int) -> None:
        del self.records[number]
        self._show()
        self.picker.take_focus()
        self.changed.emit()

    @Slot(int, str)
    def _on_chosen(self, number: int, name: str) -> None:
        self.records[number] = name
        self.picker.set(None, "")
        self._show()
        self.changed.emit()

    @Slot()
    def _on_done(self) -> None:
        """Enter in the input: takes what is typed when it is one record's name."""
        try:
            number = self.picker.value()
        except HitchpostError as fault:
            self.picker.set_fault(str(fault))
            return
        self.picker.set_fault("")
        if number is not None:
            self._on_chosen(number, self.picker.edit.text().strip())


class AssociationsDialog(Dialog):
    changed = Signal(int)  # message_pk

    def __init__(self, theme: Theme, program: Program, message: TimelineMessage, parent: QWidget | None) -> None:
        super().__init__(theme, "Where this message is logged", "", parent, width=520)
        self._program, self._pk = program, message.pk
        found = program.associations(message.pk)
        self.parts: dict[RecordKind, Chosen] = {}
        inside: QVBoxLayout = column(gap=k.S4, margins=(0, 0, k.S2, 0))
        for (kind, title, icon, empty), records in zip(
            PARTS, (found.contacts, found.companies, found.deals), strict=True
        ):
            self.parts[kind] = Chosen(theme, program, kind, title, icon, empty, records)
            self.parts[kind].changed.connect(self._on_changed)
            inside.addWidget(self.parts[kind])
        inside.addStretch(1)
        self.add(Elided(theme, message.subject or "(no subject)", "medium"))
        self.add(label(theme, SENTENCE, "body", "muted", wrap=True))
        self.trouble = Banner(theme, "bad", "")
        self.trouble.hide()
        self.add(self.trouble)
        area = scroll(host(inside))
        area.setMinimumHeight(theme.px(400))
        self.add(area, 1)
        self.verb = self.set_verb("Save")
        self.verb.clicked.connect(self._on_save)
        self.verb.setEnabled(False)

    @Slot()
    def _on_changed(self) -> None:
        self.trouble.hide()
        self.verb.setEnabled(True)

    @Slot()
    def _on_save(self) -> None:
        chosen = [list(self.parts[kind].records) for kind, *_ in PARTS]
        try:
            changed = self._program.set_associations(self._pk, *chosen)
        except HitchpostError as fault:
            self.trouble.set("bad", "Not changed", str(fault))
            self.trouble.show()
            return
        if changed:
            self.changed.emit(self._pk)
        self.accept()
