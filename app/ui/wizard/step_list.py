"""The check's steps, a row each, drawn anew from the board as its events arrive. Used by the check page."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import QRectF, Qt, QTimer, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.checks import CheckStep
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Glyph, label, restyle
from app.ui.wizard.check_board import Board, RowState, StepRow

LONGEST_DETAIL = 40  # characters

SPOKEN = {
    RowState.WAITING: "waiting",
    RowState.RUNNING: "running",
    RowState.PASSED: "passed",
    RowState.FAILED: "did not pass",
}


class Turning(QWidget):
    """An arc that turns while a step runs."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._angle = theme, 0
        self.setFixedSize(theme.px(20), theme.px(20))
        self._timer = QTimer(self)
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._turn)

    def set_turning(self, on: bool) -> None:
        if on:
            self._timer.start()
        else:
            self._timer.stop()

    @Slot()
    def _turn(self) -> None:
        self._angle = (self._angle - 12) % 360
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = QRectF(self.rect()).adjusted(3, 3, -3, -3)
        painter.setPen(QPen(self._theme.c("pressed"), 2))
        painter.drawEllipse(inner)
        painter.setPen(QPen(self._theme.c("accent"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(inner, self._angle * 16, 100 * 16)
        painter.end()


class StepLine(QWidget):
    """One step. `below` is the place for the remedy."""

    MARKS: ClassVar = {
        RowState.WAITING: ("minus", "faint", "neutral"),
        RowState.PASSED: ("check", "ok_text", "ok"),
        RowState.FAILED: ("cross", "bad_text", "bad"),
    }

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme = theme
        self._mark = Glyph(theme, "minus", "faint", 12, "neutral", 20)
        self._turning = Turning(theme)
        self._turning.hide()
        self.title = label(theme, title)
        self.detail = label(theme, "", "small", "faint")
        self.below: QVBoxLayout = column(gap=0)
        top = row(self._mark, self._turning, self.title, None, self.detail, gap=10)
        self.setLayout(column(top, self.below, gap=k.S2))

    def set_title(self, title: str) -> None:
        self.title.setText(title)

    def show_row(self, step: StepRow) -> None:
        running = step.state is RowState.RUNNING
        self._turning.setVisible(running)
        self._turning.set_turning(running)
        self._mark.setVisible(not running)
        if not running:
            self._mark.set(*self.MARKS[step.state])
        self.title.setFont(self._theme.font("body" if step.state is RowState.WAITING else "medium"))
        restyle(self.title, "tone", "faint" if step.state is RowState.WAITING else "")
        self.detail.setText(
            step.detail if len(step.detail) <= LONGEST_DETAIL else step.detail[: LONGEST_DETAIL - 1] + "…"
        )
        self.setAccessibleName(f"{self.title.text()}: {SPOKEN[step.state]} {step.detail}".strip())


class StepList(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines: dict[CheckStep, StepLine] = {}
        self._layout = column(gap=k.S2)
        self.setLayout(self._layout)

    def show_board(self, board: Board, title: Callable[[CheckStep], str]) -> None:
        for step in board.rows:
            if step.step not in self._lines:
                self._lines[step.step] = StepLine(self._theme, title(step.step))
                self._layout.addWidget(self._lines[step.step])
                self._lines[step.step].show()  # at once, not at the next turn of the loop
            shown = self._lines[step.step]
            shown.set_title(title(step.step))
            shown.show_row(step)
        for known in set(self._lines) - {r.step for r in board.rows}:
            gone = self._lines.pop(known)
            gone.hide()
            gone.deleteLater()

    def line_of(self, step: CheckStep) -> StepLine:
        return self._lines[step]
