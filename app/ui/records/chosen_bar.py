"""The bar under a table while several lines are chosen: how many, and what can be done with them. Used by `page`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button, button, label


class ChosenBar(QFrame):
    """`actions`: text, act, kind of button; one whose text begins with “Merge” is there for two chosen lines only."""

    cleared = Signal()

    def __init__(self, theme: Theme, what: str, actions: Sequence[tuple[str, Callable[[], None], str]]) -> None:
        super().__init__()
        self.setProperty("box", "foot")
        self._what = what
        self.text = label(theme, "", "medium")
        self.buttons: dict[str, Button] = {}
        for text, act, kind in actions:
            made = button(theme, text, kind)
            made.clicked.connect(act)
            self.buttons[text] = made
        clear = button(theme, "Clear", "quiet", name="Choose none")
        clear.clicked.connect(self.cleared)
        self.setLayout(row(self.text, None, *self.buttons.values(), clear, gap=k.S2, margins=(k.S6, k.S2, k.S6, k.S2)))
        self.hide()

    def show_count(self, count: int, everything: bool = False, searched: bool = False) -> None:
        """Hidden for one: a click on it opens it. `everything`: what is not loaded, too; `searched`: all of a search."""
        where = " of this search" if searched else ""
        number = times.number(count)
        self.text.setText(f"All {number} {self._what}{where} chosen" if everything else f"{number} {self._what} chosen")
        for text, made in self.buttons.items():
            made.setVisible(count == 2 or not text.startswith("Merge"))
        self.setVisible(count > 1)
