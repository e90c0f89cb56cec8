"""Opens and clicks by people over time, two bars a day or a span of days: of all, of one contact, of one message. Used by the
activity page, its detail panel and the contact's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QHelpEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.domain.views import DayCount
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.widgets import Dot, label

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme

DAYS = 14
PERIOD = 14  # weeks, of one contact
BARS = 14  # pairs of bars at most
EMPTY = "No opens or clicks by people in this time"


def in_spans(counts: Sequence[DayCount], days: int) -> tuple[DayCount, ...]:
    """Several days in one, each by its first day; the last span ends with the last day, the first one may be short."""
    spans: list[DayCount] = []
    first = len(counts) % days
    for start in ([0] if first else []) + list(range(first, len(counts), days)):
        part = counts[start : first if start < first else start + days]
        spans.append(DayCount(part[0].day, sum(c.opens for c in part), sum(c.clicks for c in part)))
    return tuple(spans)


def days_a_bar(days: int) -> int:
    """How many days one pair of bars stands for, so that there are few enough."""
    return max(1, -(-days // BARS))


class BarPlot(QWidget):
    """No axes; days below, today named in full ink; values in the tool tip, by the arrow keys, and, for screen readers, as a
    sentence."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._counts: tuple[DayCount, ...] = ()
        self._days = 1
        self._at = -1  # the pair of bars that the keys have chosen
        self.setMinimumHeight(theme.px(64))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Opens and clicks by people, day by day")

    def set_counts(self, counts: tuple[DayCount, ...], days: int = 1) -> None:
        """`days`: that each of them stands for."""
        self._counts, self._days = counts, days
        self._at = min(self._at, len(counts) - 1)
        told = "; ".join(self._sentence(c) for c in counts if c.opens or c.clicks)
        self.setAccessibleDescription(told or EMPTY)
        self.update()

    def _sentence(self, count: DayCount) -> str:
        when = times.day_long(count.day)
        if self._days > 1:
            last = min(count.day + timedelta(days=self._days - 1), times.today())
            today = times.today()
            when = f"{times.day_short(count.day, today)} to {times.day_short(last, today)}"
        return f"{when}: {times.count(count.opens, 'open', 'opens')}, {times.count(count.clicks, 'click', 'clicks')}"

    def chosen(self) -> str:
        """What is said of the bars that the keys have chosen."""
        return self._sentence(self._counts[self._at]) if 0 <= self._at < len(self._counts) else ""

    def _is_empty(self) -> bool:
        return not any(c.opens or c.clicks for c in self._counts)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._counts:
            position = min(int(event.pos().x() * len(self._counts) / max(1, self.width())), len(self._counts) - 1)
            QToolTip.showText(event.globalPos(), self._sentence(self._counts[max(0, position)]), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._counts) - 1
        steps = {
            Qt.Key.Key_Left: max(0, self._at - 1 if self._at >= 0 else last),
            Qt.Key.Key_Right: min(last, self._at + 1 if self._at >= 0 else last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if last < 0 or key not in steps:
            super().keyPressEvent(event)
            return
        self._at = steps[key]
        step = self.width() / len(self._counts)
        place = QPoint(int(step * self._at), self.height() // 2)
        QToolTip.showText(self.mapToGlobal(place), self.chosen(), self)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._at = -1
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base = self.height() - px(18)
        painter.setPen(theme.c("border"))
        painter.drawLine(0, base, self.width(), base)
        painter.setFont(theme.figures("caption"))
        if self.hasFocus():
            painter.setPen(theme.c("focus"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if self._counts:
            self._paint_bars(painter, base)
        painter.end()

    def _paint_bars(self, painter: QPainter, base: int) -> None:
        theme, px = self._theme, self._theme.px
        if self._is_empty():
            painter.setPen(theme.c("faint"))
            painter.drawText(QRectF(0, 0, self.width(), base), Qt.AlignmentFlag.AlignCenter, EMPTY)
        step = self.width() / len(self._counts)
        wide = min(8.0, max(3.0, step / 3))
        top = max(1, max(max(c.opens, c.clicks) for c in self._counts))
        for position, count in enumerate(self._counts):
            middle = position * step + step / 2
            if position == self._at and self.hasFocus():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.c("selected"))
                painter.drawRect(QRectF(middle - step / 2, 2, step, base - 2))
            for value, color, shift in ((count.opens, "series_1", -wide - 1), (count.clicks, "series_2", 1)):
                if value:
                    height = max(2.0, (base - 4) * value / top)
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(theme.c(color))
                    painter.drawRoundedRect(QRectF(middle + shift, base - height, wide, height), 2, 2)
        today, last = times.today(), len(self._counts) - 1
        for position, left, wide, name in self.names(painter.fontMetrics()):
            now = self._counts[position].day == today or (position == last and self._days > 1)
            painter.setPen(theme.c("text" if now else "faint"))
            painter.drawText(QRectF(left, base + 3, wide, px(15)), Qt.AlignmentFlag.AlignCenter, name)

    def names(self, metrics: QFontMetrics) -> list[tuple[int, float, float, str]]:
        """What stands below which bars: (their place, left, width, text), from the last one on, at equal steps that leave room
        between them."""
        found: list[tuple[int, float, float, str]] = []
        for each in range(1, len(self._counts) + 1):
            found = [self._name(place, metrics) for place in range(len(self._counts) - 1, -1, -each)]
            gap = self._theme.px(6)
            if all(left + wide + gap <= right for (_, right, _, _), (_, left, wide, _) in pairwise(found)):
                break
        return found

    def _name(self, position: int, metrics: QFontMetrics) -> tuple[int, float, float, str]:
        day = self._counts[position].day
        name = str(day.day) if self._days == 1 else f"{day.day}/{day.month}"
        wide = metrics.horizontalAdvance(name) + 1.0
        middle = (position + 0.5) * self.width() / len(self._counts)
        return position, min(max(0.0, middle - wide / 2), self.width() - wide), wide, name


class PlotPanel(QWidget):
    """The plot under its title and totals."""

    def __init__(self, theme: Theme, margins: tuple[int, int, int, int] = (k.S6, k.S3, k.S6, k.S2)) -> None:
        super().__init__()
        self.plot = BarPlot(theme)
        self._title = label(theme, f"Last {DAYS} days", "small_strong")
        self._opens = label(theme, "", "small", "muted")
        self._clicks = label(theme, "", "small", "muted")
        self._people = label(theme, "People only", "small", "faint")
        head = row(
            self._title,
            self._people,
            None,
            row(Dot(theme, "series_1", 8, True), self._opens, gap=6),
            k.S2,
            row(Dot(theme, "series_2", 8, True), self._clicks, gap=6),
        )
        self.setLayout(column(head, self.plot, gap=k.S1, margins=margins))

    def set_counts(
        self, counts: tuple[DayCount, ...], title: str = f"Last {DAYS} days", *, brief: bool = False
    ) -> None:
        """Counts day by day; where they are many, several days are one pair of bars. `brief`: where there is little room."""
        days = days_a_bar(len(counts)) if counts else 1
        self.plot.set_counts(in_spans(counts, days), days)
        self.plot.setAccessibleName(f"Opens and clicks by people: {title}")
        self._title.setText(title)
        self._people.setVisible(not brief)
        self._opens.setText(times.count(sum(c.opens for c in counts), "open", "opens"))
        self._clicks.setText(times.count(sum(c.clicks for c in counts), "click", "clicks"))


def days_since(first: date) -> int:
    """Whole days from `first` on, today among them; a week at least, ten years at most."""
    return max(7, min(3_650, (times.today() - first).days + 1))
