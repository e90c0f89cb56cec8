"""Paints the feed: event rows and the heads of days. The tray's and the detail's words come from `words`, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.domain.notices import late_mark
from app.ui.activity import words
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.day_model import ITEM, DayItem, RowItem
from app.ui.kit.widgets import chip_size, elide, paint_chip

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


def paint_row_ground(theme: Theme, painter: QPainter, option: QStyleOptionViewItem, body: QRectF) -> bool:
    """Hover, choice and focus of a painted row; shared with the table of contacts. Returns whether it is chosen."""
    state = option.state
    selected = bool(state & QStyle.StateFlag.State_Selected)
    if selected or state & QStyle.StateFlag.State_MouseOver:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.c("selected" if selected else "hover"))
        painter.drawRoundedRect(body, k.R_CARD, k.R_CARD)
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(theme.c("focus"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), k.R_CARD, k.R_CARD)
    return selected


def paint_day(theme: Theme, painter: QPainter, rect: QRect, text: str) -> None:
    """The head of a day, nearer to what follows than to what comes before; shared with the ledger."""
    painter.setFont(theme.font("small_strong"))
    painter.setPen(theme.c("muted"))
    painter.drawText(rect.adjusted(0, theme.px(6), 0, 0), LEFT, text)


class FeedDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, self._theme.px(k.H_FEED_ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item = index.data(ITEM)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(item, DayItem):
            paint_day(self._theme, painter, option.rect.adjusted(k.S6, 0, -k.S6, 0), str(index.data()))
        elif isinstance(item, RowItem):
            self._paint_event(painter, option, item)
        painter.restore()

    def _paint_event(self, painter: QPainter, option: QStyleOptionViewItem, item: RowItem) -> None:
        theme, px, row, rect = self._theme, self._theme.px, item.row, option.rect
        selected = paint_row_ground(theme, painter, option, QRectF(rect.adjusted(k.S2, 1, -k.S2, -1)))
        icon, tone = words.sign(row)
        quiet = words.is_quiet(row)
        disc = QRectF(rect.x() + k.S6, rect.y() + (rect.height() - px(32)) / 2, px(32), px(32))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.c("surface" if selected else f"{tone}_soft"))
        painter.drawEllipse(disc)
        inset = px(8)
        theme.paint_icon(painter, icon, theme.ink(tone), disc.adjusted(inset, inset, -inset, -inset))
        if words.is_new(row):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.c("accent"))
            painter.drawEllipse(QRectF(rect.x() + 13, rect.y() + rect.height() / 2 - 3, 6, 6))
        height = px(20)
        left, right = int(disc.right()) + k.S3, rect.right() - k.S6
        top = rect.y() + (rect.height() - 2 * height) // 2

        # time at the right of line one, verdict at the right of line two
        small = theme.figures("small")
        when = f"{came} · {times.clock(row.at)}" if (came := late_mark(row)) else times.clock(row.at)
        when_width = QFontMetrics(small).horizontalAdvance(when)
        painter.setFont(small)
        painter.setPen(theme.c("muted" if selected else "faint"))
        painter.drawText(QRect(right - when_width - 2, top, when_width + 2, height), RIGHT, when)
        edge = right
        if (mark := words.chip(row)) is not None:
            text, chip_tone, chip_icon = mark
            size = chip_size(theme, text, chip_icon)
            edge = right - size.width() - k.S3
            area = QRectF(right - size.width() + 1, top + height, size.width(), size.height())
            paint_chip(theme, painter, area, text, chip_tone, chip_icon)

        strong, plain = theme.font("strong"), theme.font("body")
        room = right - when_width - k.S3 - left
        name = elide(strong, words.who(row), room * 55 // 100)
        painter.setFont(strong)
        painter.setPen(theme.c("text"))
        painter.drawText(QRect(left, top, room, height), LEFT, name)
        x = left + QFontMetrics(strong).horizontalAdvance(name) + 5
        painter.setFont(plain)
        painter.setPen(theme.c("muted" if quiet else "text"))
        rest = right - when_width - k.S3 - x
        painter.drawText(QRect(x, top, rest, height), LEFT, elide(plain, words.what(row), rest))
        painter.setPen(theme.c("muted"))
        below = " ".join(words.second_line(row).split())
        painter.drawText(QRect(left, top + height, edge - left, height), LEFT, elide(plain, below, edge - left))
