"""The frame of every dialog: title, one sentence, content, and a foot with Cancel and the verb."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QLayout, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.focus import FocusRing
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.room import keep_within_screen
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button, button, label


class Dialog(QDialog):
    """Open it with `open()`: it is modal to its window and deletes itself when closed. `set_verb` makes the one
    primary button; Esc and Cancel reject."""

    def __init__(
        self, theme: Theme, title: str, text: str, parent: QWidget | None, width: int = 480, cancel: str = "Cancel"
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(width))
        self._body = column(gap=k.S3, margins=(k.S6, k.S5, k.S6, k.S5))
        self.heading = label(theme, title, "title", wrap=True)
        self._body.addWidget(self.heading)
        if text:
            self.sentence = label(theme, text, "body", "muted", wrap=True)
            self._body.addWidget(self.sentence)
            self.setAccessibleDescription(text)
        self._foot = row(None, gap=k.S2, margins=(k.S6, k.S3, k.S6, k.S3))
        self.cancel: Button | None = None
        if cancel:
            self.cancel = button(theme, cancel)
            self.cancel.clicked.connect(self.reject)
            self._foot.addWidget(self.cancel)
        outer = column((host(self._body), 1), box("foot", self._foot), gap=0)
        self.setLayout(outer)
        self.ring = FocusRing(theme, self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        keep_within_screen(self)

    def add(self, part: QWidget | QLayout, stretch: int = 0) -> None:
        if isinstance(part, QWidget):
            self._body.addWidget(part, stretch)
        else:
            self._body.addLayout(part, stretch)

    def set_note(self, widget: QWidget) -> None:
        """What stands at the left of the foot."""
        self._foot.insertWidget(0, widget)

    def set_verb(self, text: str, kind: str = "primary") -> Button:
        """The button that does it; connect its `clicked`. Danger is never the default button."""
        made = button(self.theme, text, kind)
        if kind == "primary":
            made.setDefault(True)
        self._foot.addWidget(made)
        return made
