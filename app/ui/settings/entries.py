"""A card of entries that grow and shrink: each a name, a line about it, and its buttons; a text where there are none. Used by
the sections with lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.focus import tab_in_order
from app.ui.kit.layout import box, clear, column, line, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Elided, button, label
from app.ui.settings.section import keep_from


@dataclass(frozen=True)
class Action:
    """A button of an entry. `name`: what it says to a screen reader, with the entry's own name. `why_not`: it is switched off,
    and this is its tool tip."""

    text: str
    name: str
    act: Callable[[], None]
    kind: str = ""
    why_not: str = ""


@dataclass(frozen=True)
class Entry:
    """`about`: a line each."""

    name: str
    about: tuple[str, ...]
    actions: tuple[Action, ...]


class Entries(QWidget):
    def __init__(self, theme: Theme, empty: str) -> None:
        super().__init__()
        self._theme, self._empty = theme, empty
        self._rows = column(gap=0)
        self._shown: tuple[Entry, ...] = ()
        self._drawn: object = None
        self.setLayout(column(box("card", self._rows), gap=0))

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """Draws them anew where they have changed."""
        drawn = tuple((e.name, e.about, tuple(a.why_not for a in e.actions)) for e in entries)
        if drawn == self._drawn:
            return
        self._shown, self._drawn = entries, drawn
        clear(self._rows)
        if not entries:
            empty = label(self._theme, self._empty, "small", "muted", wrap=True)
            self._rows.addLayout(column(empty, gap=0, margins=(k.S4, k.S3, k.S4, k.S3)))
        made: list[QWidget] = []
        for position, entry in enumerate(entries):
            if position:
                self._rows.addWidget(line())
            buttons = self._buttons(entry)
            self._rows.addLayout(self._row(entry, buttons))
            made += buttons
        tab_in_order(self, *made)  # where the list stands, not where Tab would come last

    def _buttons(self, entry: Entry) -> list[QWidget]:
        buttons: list[QWidget] = []
        for action in entry.actions:
            made = button(self._theme, action.text, action.kind, name=action.name)
            made.clicked.connect(action.act)
            keep_from(made, action.why_not)
            buttons.append(made)
        return buttons

    def _row(self, entry: Entry, buttons: list[QWidget]) -> QHBoxLayout:
        words = column(Elided(self._theme, entry.name, "medium"), gap=2)
        for text in entry.about:
            words.addWidget(Elided(self._theme, text, "small", "muted"))
        return row((words, 1), *buttons, gap=k.S2, margins=(k.S4, 10, k.S4, 10))
