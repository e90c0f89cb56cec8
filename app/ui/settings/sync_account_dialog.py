"""The dialog *Sync account* (S1): which workspace this program logs to, and what changing it means. Used by the section E-mail
of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QRadioButton, QWidget

from app.domain.errors import HitchpostError
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.buttons import RadioGroup
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.focus import tab_in_order
from app.ui.kit.layout import box, column, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Elided, banner, label

if TYPE_CHECKING:
    from app.domain.workspaces import KnownWorkspace
    from app.runtime.program import Program

TITLE = "Sync account"
TEXT = "Everything that Hitchpost logs and tracks on this computer goes to one workspace. Choose another one here."
MEANS = (
    "What was logged stays in the workspace in which it is, and nothing is copied. The inboxes, contacts, settings and "
    "tracking links of the other workspace are its own. Hitchpost closes this one and opens the other, within a few seconds."
)
SHOWN = 5  # entries without scrolling


def about(known: KnownWorkspace) -> str:
    """Its domain and id, where it can be read."""
    if known.trouble:
        return known.trouble
    if known.inside is None:
        return "New: it is made when it is opened."
    return f"{known.inside.domain or 'No inbox yet'} · {known.inside.uid}"


def stays(current: KnownWorkspace | None) -> str:
    """What is under way in the open one, and what becomes of it."""
    inside = current.inside if current is not None else None
    if inside is None or not (inside.waiting or inside.drafts):
        return "Nothing waits in the outbox of this one."
    parts = []
    if inside.waiting:
        waits = times.count(inside.waiting, "message waits", "messages wait")
        parts.append(f"{waits} in the outbox of this one. They stay there and go out when it is opened again")
    if inside.drafts:
        parts.append(
            f"{times.count(inside.drafts, 'draft', 'drafts')} {'stays' if inside.drafts == 1 else 'stay'} here, too"
        )
    return ". ".join(parts) + "."


class SyncAccountDialog(FittingDialog):
    def __init__(self, theme: Theme, program: Program, parent: QWidget | None) -> None:
        super().__init__(theme, TITLE, TEXT, parent, width=560)
        self.setObjectName("sync-account")
        self._program = program
        self.known = program.workspaces()
        current = next((one for one in self.known if one.current), None)
        self.group = RadioGroup(self)
        self.radios: dict[str, QRadioButton] = {}
        rows = column(gap=0)
        for place, one in enumerate(self.known):
            if place:
                rows.addWidget(line())
            radio = QRadioButton(one.name + ("  (open now)" if one.current else ""))
            radio.setFont(theme.font("medium"))
            radio.setChecked(one.current)
            radio.setEnabled(not one.trouble)
            radio.setAccessibleDescription(f"{about(one)}, {one.file}")
            self.group.addButton(radio)
            self.radios[one.name] = radio
            texts = column(Elided(theme, about(one), "small", "muted"), gap=0)
            if str(one.file) not in about(one):
                texts.addWidget(Elided(theme, str(one.file), "small", "faint"))
            rows.addLayout(column(radio, row(24, (texts, 1), gap=0), gap=2, margins=(k.S4, 10, k.S4, 10)))
        card = box("card", rows)
        if len(self.known) > SHOWN:
            area = scroll(card)
            area.setMinimumHeight(theme.px(64) * SHOWN)
            self.add(area, 1)
        else:
            self.add(card)
        if len(self.known) == 1:
            alone = "There is no other one on this computer. “hitchpost workspace add NAME” makes one."
            self.add(label(theme, alone, "small", "muted", wrap=True))
        self.means = banner(theme, "info", f"{MEANS} {stays(current)}", title="What changes")
        self.means.hide()
        self.told = banner(theme, "bad", "")
        self.told.hide()
        self.add(self.means)
        self.add(self.told)
        self.verb = self.set_verb("Yes, change it")
        self.verb.setEnabled(False)
        self.verb.clicked.connect(self._on_verb)
        self.group.buttonToggled.connect(self._on_chosen)
        first = next((r for r in self.radios.values() if r.isChecked()), self.verb)
        foot = (*((self.cancel,) if self.cancel is not None else ()), self.verb)
        tab_in_order(*self.radios.values(), *foot)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def chosen(self) -> KnownWorkspace | None:
        """Another one than the open one."""
        return next((one for one in self.known if self.radios[one.name].isChecked() and not one.current), None)

    @Slot()
    def _on_chosen(self) -> None:
        other = self.chosen() is not None
        self.means.setVisible(other)
        self.verb.setEnabled(other)
        self.told.hide()

    @Slot()
    def _on_verb(self) -> None:
        other = self.chosen()
        if other is None:
            return
        try:
            self._program.change_workspace(other.name)
        except HitchpostError as fault:
            self.told.set("bad", "Nothing was changed", str(fault))
            self.told.show()
            return
        self.accept()
