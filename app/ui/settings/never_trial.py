"""The dry run of a never-log entry: what it would have kept out, and what removing takes away. Used by the section Never log,
and by the dialog that adds entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.domain.never_log import CoveredMessage, NeverEntry, NeverRemoved, NeverTrial
from app.domain.rights import Right
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.layout import box, clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Chip, Elided, Glyph, banner, label, progress
from app.ui.settings.never_words import Touched, removal_question, removed, sentences, together
from app.ui.settings.section import keep_from

if TYPE_CHECKING:
    from app.runtime.program import Program

MOST = 50  # messages that are listed
ROW = 45  # px at 100 % of one of them, and of the line below it


GOES, STAYS, NAMES = ("Kept out", "warn"), ("Stays with others", "neutral"), ("Names them", "neutral")


class TrialView(QWidget):
    """Sentences, and the messages they are about."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._told = column(gap=k.S1)
        self._list = column(gap=0)
        self._card = box("card", column(scroll(host(self._list)), gap=0))
        self.setLayout(column(self._told, self._card, gap=k.S3))

    def show_trial(self, found: Touched) -> None:
        theme = self._theme
        clear(self._told)
        clear(self._list)
        for text in sentences(found):
            icon, tone = ("check", "ok") if found.nothing else ("info", "muted")
            mark = column(2, Glyph(theme, icon, tone, k.ICON_SMALL), None, gap=0)
            self._told.addLayout(row(mark, (label(theme, text, wrap=True), 1), gap=k.S2))
        listed = [
            *((m, GOES) for m in found.go),
            *((m, STAYS) for m in found.stay),
            *((m, NAMES) for m in found.unname),
        ]
        self._card.setVisible(bool(listed))
        self._card.setFixedHeight(min(theme.px(188), theme.px(ROW) * len(listed) + 2))
        for position, (message, chip) in enumerate(listed[:MOST]):
            if position:
                self._list.addWidget(line())
            self._list.addWidget(self._row(message, chip))
        if len(listed) > MOST:
            more = times.count(len(listed) - MOST, "more message", "more messages")
            self._list.addLayout(row(label(theme, more, "small", "faint"), None, margins=(k.S3, k.S2, k.S3, k.S2)))
        self._list.addStretch(1)

    def _row(self, message: CoveredMessage, chip: tuple[str, str]) -> QWidget:
        theme = self._theme
        way = "from" if message.direction == "received" else "to"
        people = message.people[:1] if message.direction == "received" else message.people[1:]
        when = times.moment_short(message.date, times.today())
        words = column(
            Elided(theme, message.subject or "(no subject)", "medium"),
            Elided(theme, f"{times.capitalised(way)} {', '.join(people) or message.sender} · {when}", "small", "muted"),
            gap=0,
        )
        return host(row((words, 1), Chip(theme, *chip), gap=k.S3, margins=(k.S3, 6, k.S3, 6)))


class TrialDialog(FittingDialog):
    """Of an entry that is in the list. *Remove* asks again, with the counts."""

    def __init__(self, theme: Theme, program: Program, entry: NeverEntry, parent: QWidget | None) -> None:
        super().__init__(
            theme,
            f"What {entry.value} keeps out",
            "A dry run over what is logged: nothing is changed by it.",
            parent,
            width=560,
            cancel="Close",
        )
        self.setObjectName("never-trial")
        self._program, self._entry = program, entry
        self._touched: Touched | None = None
        self.bar = progress(theme, "Looking through what is logged")
        self.looking = host(column(label(theme, "Looking through what is logged…", "body", "muted"), self.bar))
        self.view = TrialView(theme)
        self.view.hide()
        self.told = banner(theme, "ok", "")
        self.told.hide()
        self.add(self.looking)
        self.add(self.view)
        self.add(self.told)
        self.remove_button = self.set_verb("Remove what was logged…", "danger")
        self.remove_button.clicked.connect(self._on_remove)
        keep_from(self.remove_button, program.why_not(Right.NEVER_LOG) if entry.user_id is None else "")
        self.remove_button.hide()
        if self.cancel is not None:
            self.cancel.setDefault(True)
            self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        program.try_never(entry, self._on_tried)

    def _on_tried(self, trial: NeverTrial | None, why: str) -> None:
        if not isValid(self):  # it was closed meanwhile
            return
        self.looking.hide()
        if trial is None:
            show(self.told, "bad", "The dry run was not carried out", why)
            return
        self._touched = together([trial])
        self.view.show_trial(self._touched)
        self.view.show()
        self.remove_button.setVisible(bool(self._touched.logged))

    @Slot()
    def _on_remove(self) -> None:
        assert self._touched is not None  # the button comes with it
        ask = removal(self.theme, self._entry.value, self._touched, self)
        ask.accepted.connect(self._on_sure)
        ask.open()

    @Slot()
    def _on_sure(self) -> None:
        self.remove_button.set_busy("Removing…")
        self._program.remove_never_logged(self._entry, self._on_removed)

    def _on_removed(self, done: NeverRemoved | None, why: str) -> None:
        if not isValid(self):
            return
        self.remove_button.set_ready()
        if done is None:
            show(self.told, "bad", "Not removed", why)
            return
        self.remove_button.hide()
        self.view.hide()
        show(self.told, "ok", "Removed", removed(done))


def removal(theme: Theme, what: str, found: Touched, parent: QWidget | None) -> ConfirmDialog:
    """The question before logged messages are removed."""
    return ConfirmDialog(
        theme,
        f"Remove what was logged of {what}?",
        f"{removal_question(found)} This cannot be undone.",
        "Remove for good",
        parent,
        keep="Keep them",
        danger=True,
        safe="The messages in your mailbox are not touched. They stay away from here, also when the entry is removed later.",
    )


def show(told: Banner, kind: str, title: str, text: str) -> None:
    told.set(kind, title, text)
    told.show()
