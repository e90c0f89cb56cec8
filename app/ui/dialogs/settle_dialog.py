"""Asks, recipient by recipient, what became of the copies of a message that are in doubt. Opened from the timeline and from the
list of what waits."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QRadioButton, QSizePolicy, QWidget

from app.domain.addresses import Address, address_key
from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError
from app.domain.outbox import CopyState, OutboxCopy, OutboxId, OutboxMessage
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.flow import FlowLayout
from app.ui.kit.layout import column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Elided, button, label

if TYPE_CHECKING:
    from app.runtime.program import Program

MANY = 3  # recipients from which on all can be answered for at once
ROLES = {"cc": "in copy", "bcc": "in blind copy", "extra": "additional BCC"}


class Answer(Enum):
    """What a person knows about one copy."""

    LATER = "Not known yet"
    ARRIVED = "It arrived"
    AGAIN = "It did not: send again"


def doubtful(message: OutboxMessage) -> tuple[OutboxCopy, ...]:
    """The copies of which nobody knows whether they went out."""
    return tuple(c for c in message.copies if c.state is CopyState.UNKNOWN)


class RecipientRow(QFrame):
    """One recipient, and the three answers; that nothing is known is chosen until the person says more."""

    answered = Signal()

    def __init__(self, theme: Theme, copy: OutboxCopy, whose: str) -> None:
        super().__init__()
        self.position = copy.position
        self.setProperty("box", "card")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.radios: dict[Answer, QRadioButton] = {}
        for answer in Answer:
            radio = QRadioButton(answer.value)
            radio.setFont(theme.font("body"))
            radio.setAccessibleName(f"{answer.value}: {copy.recipient}")
            radio.toggled.connect(self.answered)
            self.radios[answer] = radio
        self.radios[Answer.LATER].setChecked(True)
        role = ROLES.get(copy.role, "")
        address = f"{copy.recipient}, {role}" if role else copy.recipient
        who = [Elided(theme, whose or address, "strong")]
        if whose:
            who.append(Elided(theme, address, "small", "muted"))
        choices = host(FlowLayout(*self.radios.values(), gap=k.S5))
        self.setLayout(column(column(*who, gap=2), choices, gap=k.S2, margins=(k.S4, k.S3, k.S4, k.S3)))
        self.setAccessibleName(f"{whose} {address}".strip())

    def answer(self) -> Answer:
        return next(answer for answer, radio in self.radios.items() if radio.isChecked())

    def choose(self, answer: Answer) -> None:
        self.radios[answer].setChecked(True)


class SettleDialog(Dialog):
    """Open it with `open()`. Only what is answered for changes; the rest stays in doubt, and is sent to nobody."""

    def __init__(self, theme: Theme, program: Program, outbox_id: OutboxId, parent: QWidget | None) -> None:
        super().__init__(
            theme,
            "Did it arrive?",
            "The connection ended before the server answered. Ask them, or look into Sent: what went out is never sent twice "
            "by itself.",
            parent,
            width=560,
        )
        self.setObjectName("settle")
        self._program, self._outbox_id = program, outbox_id
        message = program.outbox(outbox_id)
        names = {a.key: a for a in (*message.draft.to, *message.draft.cc, *message.draft.bcc)}
        self.rows = {c.position: self._row(c, names.get(address_key(c.recipient))) for c in doubtful(message)}
        self.add(Elided(theme, f"“{message.draft.subject or '(no subject)'}”", "medium"))
        self.all_arrived = button(theme, "All arrived", "quiet", name="It arrived for all")
        self.all_again = button(theme, "Send all again", "quiet", name="It arrived for nobody: send all again")
        self.all_arrived.clicked.connect(self._on_all_arrived)
        self.all_again.clicked.connect(self._on_all_again)
        at_once = host(row(self.all_arrived, self.all_again, None, gap=k.S1))
        at_once.setVisible(len(self.rows) >= MANY)
        self.add(at_once)
        self.trouble = label(theme, "", "small", "bad", wrap=True)
        self.trouble.hide()
        self.add(self.trouble)
        area = scroll(host(column(*self.rows.values(), None, gap=k.S2, margins=(0, 2, 0, 2))))
        area.setMinimumHeight(theme.px(min(len(self.rows), 4) * 96 + 8))
        self.add(area, 1)
        self.effect = label(theme, "", "small", "muted", wrap=True)
        self.set_note(self.effect)
        self.verb = self.set_verb("Settle")
        self.verb.clicked.connect(self._on_settle)
        program.outbox_changed.connect(self._on_outbox)
        program.changed.connect(self._on_changed)
        self._show_effect()
        for first in list(self.rows.values())[:1]:
            first.radios[Answer.LATER].setFocus(Qt.FocusReason.TabFocusReason)

    def _row(self, copy: OutboxCopy, known: Address | None) -> RecipientRow:
        made = RecipientRow(self.theme, copy, known.display_name if known is not None else "")
        made.answered.connect(self._show_effect)
        return made

    def _answered(self, answer: Answer) -> list[int]:
        return [position for position, line in self.rows.items() if line.answer() is answer]

    @Slot()
    def _show_effect(self) -> None:
        """What the button will do, before it does."""
        arrived, again = len(self._answered(Answer.ARRIVED)), len(self._answered(Answer.AGAIN))
        told = [f"goes out again to {times.count(again, 'person', 'people')}"] if again else []
        told += [f"counts as sent to {times.count(arrived, 'person', 'people')}"] if arrived else []
        left = len(self.rows) - arrived - again
        told += [f"{left} left open"] if told and left else []
        self.effect.setText(times.capitalised(", ".join(told)) if told else "Nothing changes yet")
        self.verb.setEnabled(bool(arrived or again))

    @Slot()
    def _on_all_arrived(self) -> None:
        self._choose_all(Answer.ARRIVED)

    @Slot()
    def _on_all_again(self) -> None:
        self._choose_all(Answer.AGAIN)

    def _choose_all(self, answer: Answer) -> None:
        for line in self.rows.values():
            line.choose(answer)
        self.verb.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_settle(self) -> None:
        """First who has it, so that nothing is sent while that is unsaid."""
        arrived, again = self._answered(Answer.ARRIVED), self._answered(Answer.AGAIN)
        try:
            for position in arrived:
                self._program.settle_unknown(self._outbox_id, True, position)
            for position in again:
                self._program.settle_unknown(self._outbox_id, False, position)
        except HitchpostError as fault:
            self.trouble.setText(str(fault))
            self.trouble.show()
            return
        self.accept()

    @Slot(int)
    def _on_outbox(self, outbox_id: int) -> None:
        if outbox_id == self._outbox_id:
            self._follow()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if Area.OUTBOX in change.areas:
            self._follow()

    def _follow(self) -> None:
        """An answer or an open may have settled a copy meanwhile: nothing is left to be asked about it."""
        still = {c.position for c in doubtful(self._program.outbox(self._outbox_id))}
        for position in [p for p in self.rows if p not in still]:
            gone = self.rows.pop(position)
            gone.hide()
            gone.deleteLater()
        if self.rows:
            self._show_effect()
        else:
            self.accept()
