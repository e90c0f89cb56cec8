"""The frame of every dialog: title, one sentence, content, and a foot with Cancel and the verb."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from app.ui.kit import tokens as k
from app.ui.kit.focus import FocusRing
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.room import keep_within_screen
from app.ui.kit.widgets import Button, button, label

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme

TYPED = (QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit, QTextEdit)


class Dialog(QDialog):
    """Open it with `open()`: it is modal to its window and deletes itself when closed. `set_verb` makes the one
    primary button; Esc and Cancel reject. Enter presses the primary button, or does nothing: it never cancels."""

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
        self._buttons: list[QWidget] = []
        if cancel:
            self.cancel = button(theme, cancel)
            self.cancel.clicked.connect(self.reject)
            self._foot.addWidget(self.cancel)
            self._buttons.append(self.cancel)
        self._content = host(self._body)
        outer = column((self._content, 1), box("foot", self._foot), gap=0)
        self.setLayout(outer)
        self.ring = FocusRing(theme, self)
        self._closes = cancel == "Close"  # then it loses nothing, and Enter may press it
        self._entered = False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        keep_within_screen(self)
        if not self._entered:
            self._entered = True
            self._enter()

    def _enter(self) -> None:
        """Tab visits the foot last. What is to be typed or chosen first has the focus where nothing was given it, else the
        primary button, else nothing."""
        foot = [widget for widget in self._buttons if widget.focusPolicy() != Qt.FocusPolicy.NoFocus]
        last = self.previousInFocusChain()
        for earlier, later in pairwise([last, *foot] if last is not None else foot):
            if earlier is not later:
                QWidget.setTabOrder(earlier, later)
        focused = self.focusWidget()
        if focused is not None and focused not in (self, self.cancel):
            return
        typed = [widget for widget in self._content.findChildren(QWidget) if isinstance(widget, TYPED)]
        first = next((w for w in typed if w.isVisibleTo(self) and w.isEnabled() and _by_tab(w)), None)
        default = next((w for w in foot if isinstance(w, Button) and w.isDefault() and w.isVisibleTo(self)), None)
        close = self.cancel if self._closes else None
        (first or default or close or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def add(self, part: QWidget | QLayout, stretch: int = 0) -> None:
        if isinstance(part, QWidget):
            self._body.addWidget(part, stretch)
        else:
            self._body.addLayout(part, stretch)

    def set_note(self, widget: QWidget) -> None:
        """What stands at the left of the foot."""
        self._foot.insertWidget(0, widget)
        self._buttons.insert(0, widget)

    def set_verb(self, text: str, kind: str = "primary") -> Button:
        """The button that does it; connect its `clicked`. Danger is never the default button."""
        made = button(self.theme, text, kind)
        self._foot.addWidget(made)
        self._buttons.append(made)
        if kind == "primary":
            made.setDefault(True)  # only now the dialog is there to hear of it
        return made


def _by_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
