"""A person without a pointer: keys go to the window that has the focus, and a tour of a page finds what Tab cannot reach,
where it is caught, and where it jumps about."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QWidget,
)

from app.ui.kit.focus import RINGED, FocusRing

MANY = 60  # more stops than any page has
SAME_ROW = 14  # pixels between the middles of what stands side by side


class Keyboard:
    def __init__(self, window: QWidget) -> None:
        self.window = window

    @property
    def focus(self) -> QWidget:
        found = QApplication.focusWidget()
        assert found is not None, "nothing has the focus"
        return found

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        window = QGuiApplication.focusWindow()
        assert window is not None
        QTest.keyClick(window, key, modifiers)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        """Into the field that has the focus, in the place of what is selected there."""
        assert isinstance(self.focus, QLineEdit), self.focus
        QTest.keyClicks(self.focus, text)
        QApplication.processEvents()

    def replace(self, text: str) -> None:
        self.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.type(text)

    def tab_to(self, wanted: QWidget) -> None:
        """By Tab alone."""
        for _ in range(MANY):
            if self.focus is wanted:
                self.assert_seen()
                return
            self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not reach {named(wanted)}")

    def assert_seen(self) -> None:
        """What has the focus is in view, and marked."""
        at = self.focus
        assert at.isVisible()
        assert not at.visibleRegion().isEmpty(), f"{named(at)} is scrolled out of view"
        if isinstance(at, RINGED):
            ring = self.window.findChild(FocusRing)
            assert ring is not None and ring.isVisible(), f"no ring around {named(at)}"
            middle = at.mapTo(self.window, at.rect().center())
            assert ring.geometry().contains(middle), f"the ring is not around {named(at)}"

    def tour(self) -> list[QWidget]:
        """Once around by Tab, and back by Shift+Tab, from where the focus is. Every control is reached, none twice, each
        is seen, in the order in which they stand. Returns the stops."""
        if not self.focus.focusPolicy() & Qt.FocusPolicy.TabFocus:  # the program put it there
            self.press(Qt.Key.Key_Tab)
        start = self.focus
        stops = [start]
        for _ in range(MANY):
            self.press(Qt.Key.Key_Tab)
            if self.focus is start:
                break
            assert self.focus not in stops, f"Tab is caught at {named(self.focus)}"
            self.assert_seen()
            stops.append(self.focus)
        else:
            raise AssertionError("Tab does not come round")
        missed = [named(w) for w in self._reachable() if w not in stops]
        assert not missed, f"Tab does not reach {missed}"
        for stop in [*reversed(stops[1:]), start]:
            self.press(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
            assert self.focus is stop, f"Shift+Tab is at {named(self.focus)} instead of {named(stop)}"
        self._assert_in_order(stops)
        return stops

    def _reachable(self) -> list[QWidget]:
        found = []
        for widget in self.window.findChildren(QWidget):
            takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            inside = isinstance(widget.parentWidget(), QLineEdit | QComboBox)
            other_radio = isinstance(widget, QRadioButton) and not widget.isChecked()
            if takes_tab and widget.isVisible() and widget.isEnabled() and not inside and not other_radio:
                found.append(widget)
        return found

    def _assert_in_order(self, stops: list[QWidget]) -> None:
        """The stops are a turn of their order from top to bottom, and from left to right in a row. What scrolls stands at
        its top, before what is in it; the buttons at the foot come last."""
        places = [self._place(w) for w in stops]
        first = min(range(len(stops)), key=lambda i: places[i])
        turned = [*stops[first:], *stops[:first]]
        for earlier, later in pairwise(turned):
            a, b = self._place(earlier), self._place(later)
            side_by_side = abs(a[0] - b[0]) <= SAME_ROW and a[1] <= b[1]
            assert side_by_side or a[0] < b[0], f"{named(later)} comes after {named(earlier)}"

    def _place(self, widget: QWidget) -> tuple[int, int]:
        """(y of the middle, x) in the window, as it would be without scrolling."""
        inside = next((a for a in _above(widget) if isinstance(a, QScrollArea)), None)
        scrolled = inside.verticalScrollBar().value() if inside is not None else 0
        spot = widget.rect().topLeft() if isinstance(widget, QScrollArea) else widget.rect().center()
        at = widget.mapTo(self.window, QPoint(0, spot.y()))
        below = self.window.height() if inside is None and isinstance(widget, QAbstractButton) else 0
        return at.y() + scrolled + (below + 10_000 if below else 0), at.x()


def _above(widget: QWidget) -> list[QWidget]:
    found = []
    above = widget.parentWidget()
    while above is not None:
        found.append(above)
        above = above.parentWidget()
    return found


def named(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return f"{type(widget).__name__} “{widget.accessibleName() or text}”"
