"""Inputs with their label, help and error; search; a group of filter pills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLineEdit, QPushButton, QSizePolicy, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.flow import FlowLayout
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Glyph, label, press_on_enter, restyle


def entry(theme: Theme, text: str = "", hint: str = "", kind: str = "", password: bool = False) -> QLineEdit:
    """A one-line input. `kind`: "" or bare (no edge, for compose rows)."""
    made = QLineEdit(text)
    made.setFont(theme.font("body"))
    made.setPlaceholderText(hint)
    made.setCursorPosition(0)
    if kind:
        made.setProperty("kind", kind)
    if password:
        made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


class Field(QWidget):
    """Label above, input, then one line of help or of error. The error is tied to the input for screen readers.

    `side` is the button that belongs to it, at the input's right. An error is set when the input is left, not at each
    key, and goes as soon as the value changes."""

    def __init__(
        self, theme: Theme, text: str, edit: QWidget, help_text: str = "", side: QWidget | None = None
    ) -> None:
        super().__init__()
        self.edit: Any = edit  # what was given: QLineEdit, QComboBox, …
        self._help = help_text
        self.title = label(theme, text, "medium")
        self.title.setBuddy(edit)
        edit.setAccessibleName(text.replace("&", ""))  # the letter to press is none of its name
        edit.setAccessibleDescription(help_text)
        self._glyph = Glyph(theme, "bounce", "bad", k.ICON_SMALL)
        self._line = label(theme, help_text, "small", "faint", wrap=True)
        self._below = host(row(column(1, self._glyph, None, gap=0), (self._line, 1), gap=6))
        self._glyph.hide()
        lay = column(self.title, row((edit, 1), side) if side else edit, self._below, gap=6)
        lay.addStretch(1)  # fields side by side align at their tops
        self.setLayout(lay)
        self._below.setVisible(bool(help_text))
        if isinstance(edit, QLineEdit):
            edit.textEdited.connect(self.clear_error)

    def take_below(self) -> QWidget:
        """The line of help or error, to be put where it has more room than below a narrow input."""
        lay = self.layout()
        if lay is not None:
            lay.removeWidget(self._below)
        return self._below

    def set_help(self, text: str) -> None:
        self._help = text
        if not self.error():
            self.clear_error()

    def set_error(self, text: str) -> None:
        restyle(self.edit, "state", "bad")
        self.edit.setAccessibleDescription(f"Error: {text}")
        self._line.setText(text)
        restyle(self._line, "tone", "bad")
        self._glyph.show()
        self._below.show()

    @Slot()
    def clear_error(self) -> None:
        restyle(self.edit, "state", "")
        self.edit.setAccessibleDescription(self._help)
        self._line.setText(self._help)
        restyle(self._line, "tone", "faint")
        self._glyph.hide()
        self._below.setVisible(bool(self._help))

    def error(self) -> str:
        return self._line.text() if self.edit.property("state") == "bad" else ""


class Search(QLineEdit):
    """A search box. `searched` comes when typing pauses for 200 ms, or at once on Enter and when cleared."""

    searched = Signal(str)

    def __init__(self, theme: Theme, hint: str, width: int = 0) -> None:
        super().__init__()
        self.setFont(theme.font("body"))
        self.setProperty("kind", "search")
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)
        self.setClearButtonEnabled(False)
        glass = self.addAction(theme.icon("search", "faint"), QLineEdit.ActionPosition.LeadingPosition)
        theme.bind_icon(glass, "search", "faint")
        self._cross = QAction("Clear the search", self)
        theme.bind_icon(self._cross, "cross", "faint")
        self.addAction(self._cross, QLineEdit.ActionPosition.TrailingPosition)
        self._cross.setVisible(False)
        self._cross.triggered.connect(self._on_clear)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(200)
        self._timer.timeout.connect(self._tell)
        self._told = ""
        self._width = theme.px(width)
        if width:  # it gives way where there is less room
            self.setMaximumWidth(self._width)
            self.setMinimumWidth(theme.px(120))
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self._on_text)
        self.returnPressed.connect(self._tell)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(self._width, hint.height()) if self._width else hint

    @Slot(str)
    def _on_text(self, text: str) -> None:
        self._cross.setVisible(bool(text))
        if text:
            self._timer.start()
        else:
            self._tell()

    @Slot()
    def _on_clear(self) -> None:
        self.clear()
        self.setFocus()

    @Slot()
    def _tell(self) -> None:
        self._timer.stop()
        text = self.text().strip()
        if text != self._told:
            self._told = text
            self.searched.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)


class Pill(QPushButton):
    """One filter. Its width is that of the chosen, bolder state, so that choosing moves nothing."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__(text)
        self._theme = theme
        self.setProperty("kind", "filter")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font("body"))
        self.set_text(text)

    def set_text(self, text: str) -> None:
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(text)
        self.setMinimumWidth(self.width_of(text))

    def width_of(self, text: str) -> int:
        """10 px padding and 1 px edge each side; the chosen state is bolder (style sheet)."""
        return QFontMetrics(self._theme.font("strong")).horizontalAdvance(text) + 24

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_on_enter(self, event):
            super().keyPressEvent(event)


class FilterRow(QWidget):
    """Pills of which one is chosen; Left and Right move between them, Tab leaves the group."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, options: Sequence[tuple[str, str]], name: str) -> None:
        """`options`: (key, text), the first one chosen."""
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._pills: dict[str, Pill] = {}
        lay = FlowLayout(gap=6)
        for key, text in options:
            pill = Pill(theme, text)
            pill.setObjectName(key)
            self._group.addButton(pill)
            self._pills[key] = pill
            lay.addWidget(pill)
        self.setLayout(lay)
        self._key = options[0][0]
        self._pills[self._key].setChecked(True)
        self._group.buttonToggled.connect(self._on_toggled)

    def key(self) -> str:
        return self._key

    def choose(self, key: str) -> None:
        self._pills[key].setChecked(True)

    def pill(self, key: str) -> Pill:
        return self._pills[key]

    def set_text(self, key: str, text: str) -> None:
        self._pills[key].set_text(text)

    @Slot(QPushButton, bool)
    def _on_toggled(self, pill: QPushButton, on: bool) -> None:
        if on and pill.objectName() != self._key:
            self._key = pill.objectName()
            self.chosen.emit(self._key)


def combo(theme: Theme, options: Sequence[tuple[str, object]], name: str, kind: str = "") -> QComboBox:
    """`options`: (text, data)."""
    made = QComboBox()
    made.setFont(theme.font("body"))
    if kind:
        made.setProperty("kind", kind)
    for text, data in options:
        made.addItem(text, data)
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return made
