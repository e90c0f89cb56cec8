"""The review list as a list model by day, and its painter. Used by the review page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem

from app.domain.review import ReviewItem, ReviewState
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.day_list import DayList
from app.ui.kit.day_model import PAGE, DayModel, Index, RowItem
from app.ui.kit.painted_rows import LEFT, RIGHT, DayDelegate, paint_row_ground
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import chip_size, elide, paint_chip
from app.ui.review import words
from app.words.review import sought_words

if TYPE_CHECKING:
    from app.runtime.program import Program


@dataclass(frozen=True)
class ReviewRow:
    """`at`: when it came into the list."""

    at: datetime
    item: ReviewItem


class ReviewModel(DayModel):
    def __init__(self, program: Program, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self.state: ReviewState = ReviewState.OPEN
        self.search = ""

    def set_search(self, text: str) -> None:
        """Every word must be in the sender, the subject or the reason as the list says it."""
        self.search = text.strip()
        self.reload()

    def show(self, state: ReviewState) -> None:
        self.state = state
        self.reload()

    def _page(self, before: int | None) -> tuple[Sequence[ReviewRow], int | None]:
        if self.search:
            finds = self._program.find_review(sought_words(self.search), self.state, before=before, limit=PAGE)
            return self._rows(finds.items), finds.reached
        items = self._program.review_items(self.state, before=before, limit=PAGE)
        return self._rows(items), items[-1].id if len(items) == PAGE else None

    @staticmethod
    def _rows(items: Sequence[ReviewItem]) -> Sequence[ReviewRow]:
        return tuple(ReviewRow(i.created_at or i.date or times.now(), i) for i in items)

    def _text(self, row: ReviewRow) -> str:
        return words.spoken(row.item, times.clock(row.at))

    def item_at(self, index: Index) -> ReviewItem | None:
        found: ReviewRow | None = self.row_at(index)
        return found.item if found is not None else None

    def position_of(self, item_id: int) -> int:
        """-1 where it is not loaded."""
        for position, item in enumerate(self._items):
            if isinstance(item, RowItem) and item.row.item.id == item_id:
                return position
        return -1

    def near(self, position: int) -> int:
        """The row at this place or the nearest one that is no day; -1 where there is none."""
        count: int = self.rowCount()
        places = (*range(max(0, position), count), *range(min(position, count) - 1, -1, -1))
        return next((at for at in places if not self.is_day(at)), -1)


class ReviewView(DayList):
    """Several may be chosen. Enter logs, Delete dismisses."""

    log_wished = Signal()
    dismiss_wished = Signal()

    def __init__(self, theme: Theme, model: ReviewModel) -> None:
        super().__init__(theme, model, "Review list")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setItemDelegate(ReviewDelegate(theme, self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.log_wished.emit()
        elif event.key() == Qt.Key.Key_Delete and self.currentIndex().isValid():
            self.dismiss_wished.emit()
        else:
            super().keyPressEvent(event)


class ReviewDelegate(DayDelegate):
    def paint_row(self, painter: QPainter, option: QStyleOptionViewItem, _index: Index, row: RowItem) -> None:
        shown: ReviewRow = row.row
        theme, px, rect, item = self._theme, self._theme.px, option.rect, shown.item
        selected = paint_row_ground(theme, painter, option, QRectF(rect.adjusted(k.S2, 1, -k.S2, -1)))
        icon, tone = words.MARKS[item.reason]
        if item.state is not ReviewState.OPEN:
            tone = "neutral"
        disc = QRectF(rect.x() + k.S6, rect.y() + (rect.height() - px(32)) / 2, px(32), px(32))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.c("surface" if selected else f"{tone}_soft"))
        painter.drawEllipse(disc)
        inset = px(8)
        theme.paint_icon(painter, icon, theme.ink(tone), disc.adjusted(inset, inset, -inset, -inset))
        height = px(20)
        left, right = int(disc.right()) + k.S3, rect.right() - k.S6
        top = rect.y() + (rect.height() - 2 * height) // 2

        small = theme.figures("small")
        when = times.clock(shown.at)
        when_width = QFontMetrics(small).horizontalAdvance(when)
        painter.setFont(small)
        painter.setPen(theme.c("muted" if selected else "faint"))
        painter.drawText(QRect(right - when_width - 2, top, when_width + 2, height), RIGHT, when)

        text, chip_tone, chip_icon = words.chip(item)
        size = chip_size(theme, text, chip_icon)
        area = QRectF(right - size.width() + 1, top + height, size.width(), size.height())
        paint_chip(theme, painter, area, text, chip_tone, chip_icon)
        edge = right - size.width() - k.S3

        told = words.lines(item)
        strong, plain = theme.font("strong"), theme.font("body")
        room = right - when_width - k.S3 - left
        name = elide(strong, told.who, room * 60 // 100)
        painter.setFont(strong)
        painter.setPen(theme.c("text"))
        painter.drawText(QRect(left, top, room, height), LEFT, name)
        x = left + QFontMetrics(strong).horizontalAdvance(name) + 5
        rest = right - when_width - k.S3 - x
        painter.setFont(plain)
        painter.setPen(theme.c("muted"))
        painter.drawText(QRect(x, top, rest, height), LEFT, elide(plain, told.rest, rest))
        below = " ".join(told.below.split())
        painter.drawText(QRect(left, top + height, edge - left, height), LEFT, elide(plain, below, edge - left))


def rows_of(indexes: Sequence[QModelIndex], model: ReviewModel) -> tuple[ReviewItem, ...]:
    """Of chosen rows, top to bottom; the heads of days are none."""
    found = (model.item_at(index) for index in sorted(indexes, key=lambda i: i.row()))
    return tuple(item for item in found if item is not None)
