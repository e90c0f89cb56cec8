"""Paints the events of the feed. The tray's and the detail's words come from `words`, too."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from app.domain.notices import late_mark
from app.ui.activity import words
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.day_model import Index, RowItem
from app.ui.kit.painted_rows import LEFT, RIGHT, DayDelegate, paint_row_ground
from app.ui.kit.widgets import chip_size, elide, paint_chip


class FeedDelegate(DayDelegate):
    def paint_row(self, painter: QPainter, option: QStyleOptionViewItem, _index: Index, item: RowItem) -> None:
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
