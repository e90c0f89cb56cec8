"""The panel beside a timeline: sections of fields that are edited in place. Used by `view`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QLayout, QVBoxLayout, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.layout import column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button, ClickableRow, button, label
from app.ui.records.in_place import FieldRow, Spec

ROW_INSET = 6  # px between the edge of a row that can be pressed and its text


@dataclass(frozen=True)
class Add:
    """A link at a section's head: what it opens is a field more, edited at once, or what `act` does."""

    text: str
    name: str
    spec: Spec | None = None
    act: Callable[[], None] | None = None


@dataclass(frozen=True)
class Part:
    """A section. `extra`: widgets below its fields, built anew each time."""

    title: str
    specs: tuple[Spec, ...] = ()
    add: Add | None = None
    extra: Callable[[], Sequence[QWidget]] | None = None
    adds: tuple[Add, ...] = field(default_factory=tuple)


class Panel(QFrame):
    """`edited`: an editor was closed; what changed meanwhile can be shown."""

    edited = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("box", "panel")
        self.setMinimumWidth(theme.px(k.W_SIDE))
        self.setMaximumWidth(theme.px(k.W_SIDE))
        self._rows: dict[str, FieldRow] = {}
        self._adds: dict[str, Button] = {}
        self._shown = host(column())
        self._place = column(self._shown, gap=0)
        self.setLayout(column((scroll(host(self._place)), 1), gap=0, margins=(1, 0, 0, 0)))

    @property
    def editing(self) -> bool:
        return any(r.editing for r in self._rows.values())

    def field(self, key: str) -> FieldRow:
        return self._rows[key]

    def edit_first(self) -> None:
        first = next((found for found in self._rows.values() if found.spec.editor is not None), None)
        if first is not None:
            first.edit()

    def keys(self) -> list[str]:
        return list(self._rows)

    def adder(self, name: str) -> Button:
        """A link that adds, by its text."""
        return self._adds[name]

    def show_parts(self, parts: Sequence[Part], above: Sequence[QWidget] = ()) -> None:
        """Draws all anew, and gives the keyboard back to the field that had it."""
        focused = self._focused()
        content = column(gap=k.S4, margins=(k.S5 - ROW_INSET, k.S4, k.S4 - ROW_INSET, k.S5))
        self._place.removeWidget(self._shown)  # it keeps its parent: another one would style all of it anew
        self._shown.hide()
        self._shown.deleteLater()
        self._rows, self._adds = {}, {}
        for widget in above:
            content.addLayout(_inset(widget))
        for position, part in enumerate(parts):
            if position:
                content.addLayout(_inset(line()))
            content.addLayout(self._part(part))
        content.addStretch(1)
        self._shown = host(content)
        self._place.addWidget(self._shown)
        self._shown.show()
        if focused in self._rows:
            self._rows[focused].take_focus()
        elif focused in self._adds:
            self._adds[focused].setFocus()

    def _focused(self) -> str:
        now = self.window().focusWidget()
        for key, found in self._rows.items():
            if now is not None and found.isAncestorOf(now):
                return key
        return next((key for key, found in self._adds.items() if found is now), "")

    def _part(self, part: Part) -> QVBoxLayout:
        head = row(label(self._theme, part.title, "strong"), None)
        fields = column(gap=0)
        for add in ((part.add,) if part.add else ()) + part.adds:
            made = button(self._theme, add.text, "link", name=add.name)
            self._adds[add.text] = made
            head.addWidget(made)
            if add.spec is not None:
                self._hidden_row(fields, add.spec, made)
            elif add.act is not None:
                made.clicked.connect(add.act)
        for position, spec in enumerate(part.specs):
            found = self._row(spec)
            fields.insertWidget(position, found)
        lay = column(_inset(head), _inset(fields), gap=k.S1)
        for widget in part.extra() if part.extra is not None else ():
            if isinstance(widget, ClickableRow):  # its text stands below the head, its ground reaches further
                lay.addWidget(widget)
            else:
                lay.addLayout(_inset(widget))
        return lay

    def _row(self, spec: Spec) -> FieldRow:
        made = FieldRow(self._theme, spec)
        made.closed.connect(self._on_closed)
        self._rows[spec.key] = made
        return made

    def _hidden_row(self, fields: QVBoxLayout, spec: Spec, opener: Button) -> None:
        """A field that is not there yet: shown while it is typed."""
        made = self._row(spec)
        made.hide()
        fields.addWidget(made)

        def open_() -> None:
            made.show()
            made.edit()

        def closed() -> None:
            made.hide()

        opener.clicked.connect(open_)
        made.closed.connect(closed)

    @Slot()
    def _on_closed(self) -> None:
        self.edited.emit()


def _inset(part: QWidget | QLayout) -> QVBoxLayout:
    return column(part, gap=0, margins=(ROW_INSET, 0, ROW_INSET, 0))
