"""The frame of a wizard: its steps at the left from edge to edge, one page of several, and below it Cancel, Back and the way
on. Used by the wizard that connects an inbox and by the one for logging addresses.

A dialog with a stack rather than a QWizard: the order of the pages is a pure function of each wizard's own, which knows no
widgets."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.focus import FocusRing
from app.ui.kit.layout import box, column, row
from app.ui.kit.room import keep_within_screen
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button
from app.ui.wizard.page import WizardPage
from app.ui.wizard.rail import StepRail

SIZE = QSize(780, 600)


class WizardFrame(QDialog):
    """Open it with `open()`; it deletes itself when closed. A wizard puts its pages into `stack`, then calls `lay_out`: Tab
    goes through them before it comes to the buttons."""

    def __init__(self, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        self.stack = QStackedWidget()
        self.cancel = button(theme, "Cancel", "quiet")
        self.back = button(theme, "Back")
        self.back.setText("&Back")
        self.forward = button(theme, "Continue", "primary")
        self.forward.setDefault(True)
        self._entered = False

    def lay_out(self, title: str, heading: str) -> None:
        """`heading` stands above the steps."""
        self.setWindowTitle(title)
        self.rail = StepRail(self._theme, heading)
        foot = box("foot", row(None, self.cancel, self.back, self.forward, margins=(k.S6, k.S3, k.S6, k.S3)))
        self.setLayout(column((row(self.rail, (self.stack, 1), gap=0), 1), foot, gap=0))
        self.ring = FocusRing(self._theme, self)
        self.resize(self._theme.px(SIZE.width()), self._theme.px(SIZE.height()))
        self.cancel.clicked.connect(self.reject)
        self.back.clicked.connect(self.go_back)
        self.forward.clicked.connect(self.go_on)

    @property
    def current(self) -> WizardPage:
        """The page that is shown."""
        raise NotImplementedError

    @Slot()
    def go_on(self) -> None:
        """The forward button."""
        raise NotImplementedError

    @Slot()
    def go_back(self) -> None:
        raise NotImplementedError

    def show_frame(self) -> None:
        """The steps and the buttons as they fit the page that is shown."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        keep_within_screen(self)
        if not self._entered:
            self._entered = True
            self.current.enter()
            self.show_frame()

    def show_current(self) -> None:
        """Another page is the current one now."""
        self.stack.setCurrentWidget(self.current)
        self.show_frame()
        self.current.enter()
        self.show_frame()

    def show_forward(self, text: str, *, enabled: bool) -> None:
        self.forward.set_verb(text)
        self.forward.setAccessibleName(text)
        self.forward.setEnabled(enabled)
