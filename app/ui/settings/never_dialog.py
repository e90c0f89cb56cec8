"""The dialog that adds never-log entries: one or many pasted at once, and what they would have kept out before they count. Used
by the section Never log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QWidget
from shiboken6 import isValid

from app.domain.errors import HitchpostError, UsageError
from app.domain.never_log import NeverEntry, NeverKind, NeverRemoved, NeverTrial
from app.ui.kit.fields import Field, entry
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.focus import tab_in_order
from app.ui.kit.layout import column, host
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import banner, button, label, progress
from app.ui.settings.never_trial import TrialView, removal, show
from app.ui.settings.never_words import Touched, removal_counts, removed, split_typed, together

if TYPE_CHECKING:
    from app.runtime.program import Program

TEXTS = {
    False: ("Never log, for everybody", "Mail of these people is not kept in this workspace from now on."),
    True: ("Never log, for you alone", "Mail of these people with your own inboxes is not kept from now on."),
}
HELP = (
    "One a line, or with commas between: ada@example.org for a person, example.org for a domain. An address is that one alone: "
    "ada+news@example.org is another."
)


class Lines(QPlainTextEdit):
    """A few lines; Tab leaves it."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__(text)
        self.setFont(theme.font("body"))
        self.setProperty("kind", "block")
        self.setTabChangesFocus(True)
        self.setFixedHeight(theme.px(84))
        self.setPlaceholderText("ada@example.org\nexample.com")

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())


class NeverDialog(FittingDialog):
    """*Add* tries the entries first: where nothing logged is touched they are added at once, else what they would have kept
    out is shown, and *Add* pressed again adds them."""

    def __init__(self, theme: Theme, program: Program, mine: bool, parent: QWidget | None, typed: str = "") -> None:
        super().__init__(theme, *TEXTS[mine], parent, width=560)
        self.setObjectName("never-add")
        self._program, self._mine = program, mine
        self._entries: tuple[NeverEntry, ...] = ()
        self._touched: Touched | None = None
        self._run = 0
        self.lines = Lines(theme, typed)
        self.field = Field(theme, "&Addresses and domains", self.lines, HELP)
        self.below = QCheckBox("With the &domains below each domain, as in mail.example.org")
        self.below.setChecked(True)
        self.note = Field(theme, "&Note", entry(theme, hint="Why, for those who read the list later"))
        self.bar = progress(theme, "Looking through what is logged")
        self.looking = host(column(label(theme, "Looking through what is logged…", "small", "muted"), self.bar))
        self.looking.hide()
        self.view = TrialView(theme)
        self.view.hide()
        self.near = button(theme, "")
        self.near.setAccessibleDescription("Adds addresses that were seen here and are perhaps of the same person.")
        self.near.clicked.connect(self._on_near)
        self.near.hide()
        self.also = QCheckBox("")
        self.also.hide()
        self.told = banner(theme, "bad", "")
        self.told.hide()
        for part in (self.field, self.below, self.note, self.looking, self.view, self.near, self.also, self.told):
            self.add(part)
        for box in (self.below, self.also):
            box.setFont(theme.font("body"))
        self.try_button = button(theme, "Try")
        self.try_button.setAccessibleDescription("Shows what they would have kept out. Changes nothing.")
        self.try_button.clicked.connect(self._on_try)
        self.set_note(self.try_button)
        self.verb = self.set_verb("Add")
        self.verb.clicked.connect(self._on_add)
        self.lines.textChanged.connect(self._on_typed)
        self.below.toggled.connect(self._on_typed)
        foot = (self.try_button, *((self.cancel,) if self.cancel is not None else ()), self.verb)
        tab_in_order(self.lines, self.below, self.note.edit, self.near, self.also, *foot)
        self.lines.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what was typed

    @Slot()
    def _on_typed(self) -> None:
        """What was tried is not what stands there any more."""
        self._run += 1
        self._touched = None
        self.field.clear_error()
        for part in (self.looking, self.view, self.near, self.also, self.told):
            part.hide()
        self.also.setChecked(False)
        self._rest()

    def _read(self) -> bool:
        """Whether all that stands there is an address or a domain; else the first fault is told."""
        typed = split_typed(self.lines.toPlainText())
        entries, faults = [], []
        for text in typed:
            try:
                entries.append(
                    self._program.read_never(
                        text, mine=self._mine, subdomains=self.below.isChecked(), note=self.note.edit.text()
                    )
                )
            except UsageError as fault:
                faults.append(str(fault))
        if faults or not entries:
            more = f" The same goes for {len(faults) - 1} more." if len(faults) > 1 else ""
            self.field.set_error((faults[0] + more) if faults else "Type an address or a domain.")
            self.lines.setFocus(Qt.FocusReason.OtherFocusReason)
            return False
        self._entries = tuple({(e.kind, e.key): e for e in entries}.values())
        return True

    # --- the dry run

    @Slot()
    def _on_try(self) -> None:
        self._try(self._rest)

    def _try(self, then: Callable[[], None]) -> None:
        if not self._read():
            return
        self._run += 1
        run, left, trials = self._run, list(self._entries), []
        self.looking.show()
        self.view.hide()
        self.told.hide()
        self.try_button.setEnabled(False)
        self.verb.set_busy("Looking…")

        def on_tried(trial: NeverTrial | None, why: str) -> None:
            if not isValid(self) or run != self._run:
                return
            if trial is None:
                self.looking.hide()
                self._rest()
                show(self.told, "bad", "The dry run was not carried out", why)
                return
            trials.append(trial)
            if left:
                self._try_one(left.pop(0), on_tried)
            else:
                self._on_all_tried(trials)
                then()

        self._try_one(left.pop(0), on_tried)

    def _try_one(self, one: NeverEntry, then: Callable[[NeverTrial | None, str], None]) -> None:
        self._program.try_never(one, then, **self._together(one))

    def _together(self, one: NeverEntry) -> dict[str, tuple[NeverEntry, ...]]:
        """The other entries, for what removing all of them does to a message."""
        others = tuple(e for e in self._entries if e is not one)
        return {"also": others} if others else {}

    def _on_all_tried(self, trials: list[NeverTrial]) -> None:
        self._touched = together(trials)
        self.looking.hide()
        self.view.show_trial(self._touched)
        self.view.show()
        many = len(self._touched.near)
        self.near.setText("Add this address, too" if many == 1 else f"Add these {many} addresses, too")
        self.near.setVisible(bool(many))
        self.also.setText(f"Remove what was logged, &too ({removal_counts(self._touched)}); it cannot be undone")
        self.also.setVisible(bool(self._touched.logged))
        self._rest()

    @Slot()
    def _on_near(self) -> None:
        """They stand there as if they had been typed, and are tried with the others."""
        assert self._touched is not None  # the button comes with it
        more = "\n".join(self._touched.near)
        self.lines.setPlainText(f"{self.lines.toPlainText().rstrip()}\n{more}")
        self._on_try()

    @Slot()
    def _rest(self) -> None:
        self.verb.set_ready()
        self.verb.setDefault(True)
        self.try_button.setEnabled(True)

    # --- adding

    @Slot()
    def _on_add(self) -> None:
        if self._touched is None:
            self._try(self._on_first_look)
        elif not self.also.isChecked():
            self._add()
        else:
            first = self._entries[0].value
            what = first if len(self._entries) == 1 else f"{first} and {len(self._entries) - 1} more"
            ask = removal(self.theme, what, self._touched, self)
            ask.accepted.connect(self._on_sure)
            ask.open()

    def _on_first_look(self) -> None:
        """Nothing that is logged is touched: nothing has to be read first."""
        assert self._touched is not None  # it was just tried
        if self._touched.nothing:
            self._add()
        else:
            self.verb.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self) -> bool:
        try:
            for one in self._entries:
                self._program.add_never(one)
        except HitchpostError as fault:
            show(self.told, "bad", "Not added", str(fault))
            return False
        if not self.also.isChecked():
            self.accept()
        return True

    @Slot()
    def _on_sure(self) -> None:
        if not self._add():
            return
        self.verb.set_busy("Removing…")
        for part in (self.try_button, self.lines, self.below, self.note, self.near, self.also):
            part.setEnabled(False)
        left, so_far = list(self._entries), [NeverRemoved(0, 0)]

        def on_removed(done: NeverRemoved | None, why: str) -> None:
            if not isValid(self):
                return
            if done is None:
                self.verb.set_ready()
                show(self.told, "bad", "They are on the list, but not all was removed", why)
            else:
                so_far[0] = so_far[0].and_also(done)
                if left:
                    self._remove_one(left.pop(0), on_removed)
                    return
                self._done(so_far[0])

        self._remove_one(left.pop(0), on_removed)

    def _remove_one(self, one: NeverEntry, then: Callable[[NeverRemoved | None, str], None]) -> None:
        self._program.remove_never_logged(one, then, **self._together(one))

    def _done(self, done: NeverRemoved) -> None:
        domains = sum(e.kind is NeverKind.DOMAIN for e in self._entries)
        self.view.hide()
        self.near.hide()
        self.also.hide()
        self.verb.hide()
        self.try_button.hide()
        if self.cancel is not None:
            self.cancel.set_verb("Close")
            self.cancel.setDefault(True)
            self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        what = "On the list" if not domains else "On the list, with their domains"
        show(self.told, "ok", what if len(self._entries) > 1 else "On the list", removed(done))
