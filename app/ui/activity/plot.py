"""Opens and clicks by people on the last 14 days, two bars a day. Used by the activity page."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.domain.views import DayCount
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Dot, label

DAYS = 14


class BarPlot(QWidget):
    """No axes; days below, today named in full ink; values in the tool tip and, for screen readers, as a sentence."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._counts: tuple[DayCount, ...] = ()
        self.setMinimumHeight(theme.px(64))
        self.setAccessibleName("Opens and clicks by people, day by day")

    def set_counts(self, counts: tuple[DayCount, ...]) -> None:
        self._counts = counts
        self.setAccessibleDescription("; ".join(self._sentence(c) for c in counts if c.opens or c.clicks))
        self.update()

    @staticmethod
    def _sentence(count: DayCount) -> str:
        return (
            f"{times.day_long(count.day)}: {times.count(count.opens, 'open', 'opens')}, "
            f"{times.count(count.clicks, 'click', 'clicks')}"
        )

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._counts:
            position = min(int(event.pos().x() * len(self._counts) / max(1, self.width())), len(self._counts) - 1)
            QToolTip.showText(event.globalPos(), self._sentence(self._counts[max(0, position)]), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base = self.height() - px(18)
        painter.setPen(theme.c("border"))
        painter.drawLine(0, base, self.width(), base)
        painter.setFont(theme.figures("caption"))
        if not self._counts:
            painter.end()
            return
        step = self.width() / len(self._counts)
        top = max(max(c.opens, c.clicks) for c in self._counts)
        today = times.today()
        for position, count in enumerate(self._counts):
            middle = position * step + step / 2
            for value, color, shift in ((count.opens, "series_1", -9), (count.clicks, "series_2", 1)):
                if value:
                    height = max(2.0, (base - 4) * value / top)
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(theme.c(color))
                    painter.drawRoundedRect(QRectF(middle + shift, base - height, 8, height), 2, 2)
            painter.setPen(theme.c("text" if count.day == today else "faint"))
            area = QRectF(middle - step / 2, base + 3, step, px(15))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(count.day.day))
        painter.end()


class PlotPanel(QWidget):
    """The plot under its title and totals."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._plot = BarPlot(theme)
        self._opens = label(theme, "", "small", "muted")
        self._clicks = label(theme, "", "small", "muted")
        head = row(
            label(theme, f"Last {DAYS} days", "small_strong"),
            label(theme, "People only", "small", "faint"),
            None,
            row(Dot(theme, "series_1", 8, True), self._opens, gap=6),
            k.S2,
            row(Dot(theme, "series_2", 8, True), self._clicks, gap=6),
        )
        self.setLayout(column(head, self._plot, gap=k.S1, margins=(k.S6, k.S3, k.S6, k.S2)))

    def set_counts(self, counts: tuple[DayCount, ...]) -> None:
        self._plot.set_counts(counts)
        self._opens.setText(times.count(sum(c.opens for c in counts), "open", "opens"))
        self._clicks.setText(times.count(sum(c.clicks for c in counts), "click", "clicks"))
