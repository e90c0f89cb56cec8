"""The comparison of two contacts before they become one: what each has, and what is kept. Used by the contacts page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.domain.errors import HitchpostError
from app.domain.records import ContactRecord, RecordKind
from app.ui.contacts.merging_words import Compared, compared
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import Field
from app.ui.kit.layout import box, clear, column, host, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, button, label
from app.ui.records.picker import RecordPicker

if TYPE_CHECKING:
    from app.runtime.program import Program

SENTENCE = "The mail, the deals and all addresses of both stand together afterwards. You can undo it."


def name_of(record: ContactRecord) -> str:
    return record.name or next(iter(record.addresses), "Nobody")


class MergeWithDialog(Dialog):
    """Asks for the other contact."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, program: Program, contact_id: int, parent: QWidget | None) -> None:
        record = program.contact_record(contact_id)
        name = name_of(record) if record is not None else ""
        super().__init__(theme, "Merge with another contact", f"Who is the same person as {name}?", parent, width=460)
        self.picker = RecordPicker(theme, program, RecordKind.CONTACT, without=frozenset({contact_id}))
        self.other = Field(theme, "The other contact", self.picker)
        self.picker.set_name("The other contact")
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
            self.other.set_error("Type a name or an address, and choose from the list.")
            return
        self.accept()
        self.chosen.emit(number)


class MergeDialog(Dialog):
    merged = Signal(object, int)  # RecordChange, the contact that is kept

    def __init__(self, theme: Theme, program: Program, keep: int, other: int, parent: QWidget | None) -> None:
        super().__init__(theme, "Merge two contacts", SENTENCE, parent, width=760)
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

    @Slot()
    def swap(self) -> None:
        """Where both have a value, the other one's is kept."""
        self._pair = (self._pair[1], self._pair[0])
        self._show()

    def _show(self) -> None:
        clear(self._table)
        keep, other = (self._program.contact_record(pk) for pk in self._pair)
        if keep is None or other is None:
            self._trouble("One of the two is not there any more.")
            self.verb.setEnabled(False)
            return
        self.verb.setAccessibleName(f"Merge {name_of(other)} into {name_of(keep)}")
        grid = QGridLayout()
        grid.setHorizontalSpacing(k.S4)
        grid.setVerticalSpacing(k.S3)
        grid.setContentsMargins(k.S4, k.S4, k.S4, k.S4)
        for place, (head, who) in enumerate((("Kept", keep), ("Goes into it", other), ("Afterwards", None)), start=1):
            title = label(self.theme, head, "small_strong", "faint")
            lines = column(title, self._words(name_of(who), "strong") if who else 0, gap=2)
            lines.addStretch(1)
            grid.addLayout(lines, 0, place)
            grid.setColumnStretch(place, 1)
        counts = [self._mail(record) for record in (keep, other)]
        rows = (*compared(keep, other), Compared("Mail", counts[0], counts[1], "All of both"))
        for position, found in enumerate(rows, start=1):
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

    def _words(self, text: str, role: str, tone: str = "") -> QLabel:
        made = label(self.theme, text, role, tone, wrap=True)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return made

    def _mail(self, record: ContactRecord) -> str:
        card = self._program.contact(record.id)
        if card is None:
            return "No messages"
        if card.counted is not None:
            return f"More than {times.number(card.counted)} messages"
        return times.count(card.sent + card.received, "message", "messages")

    def _trouble(self, text: str) -> None:
        self.trouble.set("bad", "Not merged", text)
        self.trouble.show()

    @Slot()
    def _on_merge(self) -> None:
        keep, other = self._pair
        try:
            change = self._program.merge_contacts(keep, other)
        except HitchpostError as fault:
            self._trouble(str(fault))
            return
        self.accept()
        self.merged.emit(change, keep)
