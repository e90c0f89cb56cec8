"""The list of steps at the wizard's left: what is done, where one is, what comes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.layout import clear, column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Glyph, label
from app.ui.wizard.flow import STEP_NAMES, Page


class Number(QWidget):
    """A step's number in its round ground; `now` on the accent."""

    def __init__(self, theme: Theme, text: str, now: bool) -> None:
        super().__init__()
        self._theme, self._text, self._now = theme, text, now
        self.setFixedSize(theme.px(20), theme.px(20))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.c("accent" if self._now else "neutral_soft"))
        painter.drawEllipse(self.rect())
        font = self._theme.font("strong")
        font.setPixelSize(self._theme.px(10))
        painter.setFont(font)
        painter.setPen(self._theme.c("on_accent" if self._now else "neutral_text"))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()


class StepRail(QFrame):
    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("box", "rail")
        self.setFixedWidth(theme.px(200))
        self._steps = QVBoxLayout()
        self._steps.setSpacing(k.S3)
        self.note = label(theme, "", "small", "faint", wrap=True)
        lock = row(column(1, Glyph(theme, "lock", "faint", 14), None, gap=0), (self.note, 1), gap=k.S2)
        head = row(Glyph(theme, "post", "accent", 20), (label(theme, title, "heading"), 1))
        self.setLayout(column(head, k.S4, self._steps, None, lock, gap=0, margins=(k.S5, k.S5, k.S4, k.S5)))

    def set_note(self, text: str) -> None:
        self.note.setText(text)

    def show_steps(self, pages: tuple[Page, ...], now: Page) -> None:
        self.show_names([STEP_NAMES[page] for page in pages], pages.index(now), all_done=now is Page.DONE)

    def show_names(self, names: Sequence[str], at: int, *, all_done: bool = False) -> None:
        """The steps of any wizard; `at` counts from 0."""
        clear(self._steps)
        self.setAccessibleName(f"Step {at + 1} of {len(names)}: {names[at]}")
        for i, text in enumerate(names):
            mark: QWidget = Number(self._theme, str(i + 1), i == at)
            if i < at or all_done:
                mark = Glyph(self._theme, "check", "ok_text", 12, "ok", 20)
            name = label(self._theme, text, "strong" if i == at else "body", "" if i == at else "muted")
            self._steps.addLayout(row(mark, (name, 1), gap=10))
