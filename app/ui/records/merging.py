"""The comparison of two records before they become one: what each has, and what is kept. A base of the dialogs of contacts and
of companies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from app.domain.errors import HitchpostError
from app.domain.records import RecordChange, RecordKind
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import Field
from app.ui.kit.layout import box, clear, column, host, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Prose, button, label
from app.ui.records.picker import RecordPicker
from app.ui.records.words import KIND_WORDS

if TYPE_CHECKING:
    from app.runtime.program import Program


RUN = 12  # letters of an address without dots that stay in one line: the columns are narrow


@dataclass(frozen=True)
class Compared:
    """`result`: what the one record has afterwards. Lines are parted by line ends. `single`: of which there is one."""

    title: str
    keep: str
    other: str
    result: str
    single: bool = False

    @property
    def lost(self) -> bool:
        """The other's value is only in the history afterwards."""
        return self.single and self.keep != self.other and bool(self.keep and self.other)


def one_of(title: str, keep: str, other: str) -> Compared:
    """A field that holds one value."""
    return Compared(title, keep, other, keep or other, single=True)


def all_of(title: str, keep: Sequence[str], other: Sequence[str]) -> Compared:
    """A field that holds any number."""
    return Compared(title, "\n".join(keep), "\n".join(other), "\n".join(dict.fromkeys([*keep, *other])))


class ChooseOtherDialog(Dialog):
    """Asks for the other record. `question`: which one is meant."""

    chosen = Signal(int)
    KIND: RecordKind

    def __init__(
        self, theme: Theme, program: Program, record_id: int, question: str, hint: str, parent: QWidget | None
    ) -> None:
        word = KIND_WORDS[self.KIND][0]
        super().__init__(theme, f"Merge with another {word}", question, parent, width=460)
        self._hint = hint
        self.picker = RecordPicker(theme, program, self.KIND, without=frozenset({record_id}))
        self.other = Field(theme, f"The other {word}", self.picker)
        self.picker.set_name(f"The other {word}")
        self.add(self.other)
        self.verb = self.set_verb("Compare…")
        self.verb.clicked.connect(self._on_verb)
        self.picker.done.connect(self._on_verb)
        self.picker.given_up.connect(self.reject)
        self.picker.edit.textEdited.connect(self.other.clear_error)
        self.picker.take_focus()

    @Slot()
    def _on_verb(self) -> None:
        try:
            number = self.picker.value()
        except HitchpostError as fault:
            self.other.set_error(str(fault))
            return
        if number is None:
            self.other.set_error(f"{self._hint}, and choose from the list.")
            return
        self.accept()
        self.chosen.emit(number)


class CompareDialog(Dialog):
    """A subclass says how its records are read, named, compared and merged."""

    merged = Signal(object, int)  # RecordChange, the record that is kept

    KIND: RecordKind
    SENTENCE = ""

    def __init__(self, theme: Theme, program: Program, keep: int, other: int, parent: QWidget | None) -> None:
        super().__init__(theme, f"Merge two {KIND_WORDS[self.KIND][1]}", self.SENTENCE, parent, width=760)
        self._program = program
        self._pair = (keep, other)
        self.trouble = Banner(theme, "bad", "")
        self.trouble.hide()
        self.add(self.trouble)
        self._table = column(gap=0)
        area = scroll(host(self._table))
        area.setMinimumHeight(theme.px(430))
        self.add(area, 1)
        self.swap_button = button(theme, "Keep the other one", "", "refresh")
        self.swap_button.clicked.connect(self.swap)
        self.set_note(self.swap_button)
        self.verb = self.set_verb("Merge")
        self.verb.clicked.connect(self._on_merge)
        self._show()
        self.verb.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what a subclass says

    def read(self, record_id: int) -> Any:
        """None where it is not there any more."""
        raise NotImplementedError

    def name_of(self, record: Any) -> str:
        raise NotImplementedError

    def rows(self, keep: Any, other: Any) -> Sequence[Compared]:
        raise NotImplementedError

    def merge(self, keep: int, other: int) -> RecordChange:
        raise NotImplementedError

    # --- the comparison

    @Slot()
    def swap(self) -> None:
        """Where both have a value, the other one's is kept."""
        self._pair = (self._pair[1], self._pair[0])
        self._show()

    def _show(self) -> None:
        clear(self._table)
        keep, other = (self.read(pk) for pk in self._pair)
        if keep is None or other is None:
            self._trouble("One of the two is not there any more.")
            self.verb.setEnabled(False)
            return
        self.verb.setAccessibleName(f"Merge {self.name_of(other)} into {self.name_of(keep)}")
        grid = QGridLayout()
        grid.setHorizontalSpacing(k.S4)
        grid.setVerticalSpacing(k.S3)
        grid.setContentsMargins(k.S4, k.S4, k.S4, k.S4)
        for place, (head, who) in enumerate((("Kept", keep), ("Goes into it", other), ("Afterwards", None)), start=1):
            title = label(self.theme, head, "small_strong", "faint")
            lines = column(title, self._words(self.name_of(who), "strong") if who else 0, gap=2)
            lines.addStretch(1)
            grid.addLayout(lines, 0, place)
            grid.setColumnStretch(place, 1)
        for position, found in enumerate(self.rows(keep, other), start=1):
            grid.addWidget(label(self.theme, found.title, "small", "faint"), position, 0, Qt.AlignmentFlag.AlignTop)
            for place, value in enumerate((found.keep, found.other, found.result), start=1):
                lost = place == 2 and found.lost
                words = self._words(value or "Nothing", "body", "faint" if not value or lost else "")
                if lost:
                    words.setText(f"{value}\n(only in the history)")
                if place == 3:
                    words.setFont(self.theme.font("medium"))
                grid.addWidget(words, position, place, Qt.AlignmentFlag.AlignTop)
        self._table.addWidget(box("card", grid))
        self._table.addStretch(1)

    def _words(self, text: str, role: str, tone: str = "") -> Prose:
        return Prose(self.theme, text, tone, role, RUN)

    def _trouble(self, text: str) -> None:
        self.trouble.set("bad", "Not merged", text)
        self.trouble.show()

    @Slot()
    def _on_merge(self) -> None:
        keep, other = self._pair
        try:
            change = self.merge(keep, other)
        except HitchpostError as fault:
            self._trouble(str(fault))
            return
        self.accept()
        self.merged.emit(change, keep)
