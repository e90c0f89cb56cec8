"""What every page of the wizard is: a heading, a sentence, content that scrolls where the window is small, and what stays
in view below it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSlider, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.layout import add, column, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import label
from app.ui.wizard.flow import Page, may_go_on
from app.ui.wizard.session import Session


class Content(QWidget):
    """Asks for exactly the height that its wrapped texts need at the width it has: a scroll area would else take their
    height at the narrowest width, and show a bar though all fits."""

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), 0)


class WizardPage(QWidget):
    """`forward` is the text of the forward button while this page is shown."""

    forward = "Continue"

    page: Page

    def __init__(self, theme: Theme, session: Session, title: str, text: str) -> None:
        super().__init__()
        self.theme, self.session = theme, session
        self.title = label(theme, title, "title", wrap=True)
        self.text = label(theme, text, "body", "muted", wrap=True)
        self.text.setVisible(bool(text))
        # The focus ring is 3 px outside of what it surrounds: the scrolled content leaves it room.
        self._content = column(gap=k.S3, margins=(4, 4, 4, 4))
        content = Content()
        content.setLayout(self._content)
        self.area = scroll(content)
        self.area.setAccessibleName(title)
        self.area.verticalScrollBar().rangeChanged.connect(self._on_range)
        self.below = column(gap=k.S2, margins=(4, 0, 4, 0))
        head = column(self.title, self.text, gap=k.S1, margins=(4, 0, 4, 0))
        self.setLayout(column(head, (self.area, 1), self.below, gap=k.S3, margins=(k.S5, k.S5, k.S5, k.S3)))

    def add(self, *parts: Any) -> None:
        """Parts as in `layout.column`."""
        for part in parts:
            add(self._content, part)

    def replace(self, old: QWidget, new: QWidget) -> None:
        """`new` in the place of `old`, which is gone then."""
        self._content.replaceWidget(old, new)
        new.show()
        old.hide()
        old.deleteLater()

    @Slot(int, int)
    def _on_range(self, _least: int, most: int) -> None:
        """Tab stops at the content itself only where there is something to scroll; a check keeps the focus it has."""
        policy = Qt.FocusPolicy.StrongFocus if most > 0 else Qt.FocusPolicy.NoFocus
        self.area.setFocusPolicy(policy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page up and down scroll from wherever the focus is."""
        keys = {
            Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
            Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
        }
        if event.key() in keys:
            self.area.verticalScrollBar().triggerAction(keys[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def set_heading(self, title: str, text: str) -> None:
        self.title.setText(title)
        self.area.setAccessibleName(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))

    def enter(self) -> None:
        """The page is shown now: fill it from the session, put the focus where work begins."""

    def leave(self) -> None:
        """The page is left, forwards or backwards."""

    def may_be_left(self) -> bool:
        """Whether Back and Cancel are enabled."""
        return True

    def ready(self) -> bool:
        """Whether the forward button is enabled."""
        return may_go_on(self.page, self.session.answers)

    def commit(self) -> bool:
        """Forward was pressed. False stays here; the page has said why."""
        return True
