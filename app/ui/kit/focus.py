"""The focus ring: 2 px around what the keyboard reached, in any widget, without moving the layout."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QWindow
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QScrollArea, QSpinBox, QTextBrowser, QWidget
from shiboken6 import isValid

from app.ui.kit import tokens as k
from app.ui.kit.widgets import ClickableRow

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme

# lists and editors show focus in themselves
RINGED = (QAbstractButton, QLineEdit, QComboBox, QSpinBox, ClickableRow, QScrollArea, QTextBrowser)


def tab_in_order(*widgets: QWidget) -> None:
    """Tab goes from each to the next: for what was put between others after they were shown, which Qt visits last. What
    takes no focus at the moment keeps its place for when it does."""
    resting = [w for w in widgets if w.focusPolicy() == Qt.FocusPolicy.NoFocus]
    for widget in resting:  # Qt passes over them else
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    for earlier, later in pairwise(widgets):
        QWidget.setTabOrder(earlier, later)
    for widget in resting:
        widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)


def tab_through(blocks: Iterable[QWidget], after: QWidget | None = None) -> None:
    """Tab goes through these one after the other, in each as it was made, behind `after`: for cards of which some came
    later."""
    stops = [after] if after is not None else []
    stops += [
        w
        for block in blocks
        for w in (block, *block.findChildren(QWidget))
        if w.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
    ]
    for earlier, later in pairwise(stops):
        QWidget.setTabOrder(earlier, later)


class FocusRing(QWidget):
    """One transparent child of a window; give it the window and forget it. Shown only after a key moved the focus: a
    click shows none. Follows scrolling and resizing of what it surrounds."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._target: QWidget | None = None
        self._followed: list[QWidget] = []
        self._by_key = False
        self._native: QWindow | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        theme.app.focusChanged.connect(self._on_focus_changed)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        window = self.parentWidget()
        if self._native is None and window is not None and window.windowHandle() is not None:
            self._native = window.windowHandle()
            self._native.installEventFilter(self)  # only what concerns the window as a whole: keys, presses
        if new is not None and window is not None and new.window() is window and self._by_key:
            self.around(new)
        else:
            self.leave()

    def around(self, widget: QWidget) -> None:
        """Shows the ring around a widget of this window, and brings it into view."""
        self.leave()
        if not isinstance(widget, RINGED):
            return
        self._target = widget
        above: QWidget | None = widget
        while above is not None and above is not self.parentWidget():
            above.installEventFilter(self)
            self._followed.append(above)
            if isinstance(above, QScrollArea) and above is not widget:
                above.ensureWidgetVisible(widget, 8, 24)
            above = above.parentWidget()
        self._place()

    def leave(self) -> None:
        for widget in self._followed:
            if isValid(widget):  # a card that was built anew may have taken the focus with it
                widget.removeEventFilter(self)
        self._followed.clear()
        self._target = None
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self._native:
            if kind == QEvent.Type.KeyPress:
                self._by_key = True
            elif kind == QEvent.Type.MouseButtonPress:
                self._by_key = False
                self.leave()
        elif kind in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self._place()
        return False

    def _place(self) -> None:
        target, window = self._target, self.parentWidget()
        if target is None or window is None or not isValid(target) or not target.isVisible():
            self.hide()
            return
        self.setGeometry(QRect(target.mapTo(window, QPoint(0, 0)), target.size()).adjusted(-3, -3, 3, 3))
        self.raise_()
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.c("focus"), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), k.R_CARD, k.R_CARD)
        painter.end()
