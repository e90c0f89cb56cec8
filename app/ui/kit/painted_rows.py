"""What painted rows of lists and tables have in common: their ground, the heads of days, the painter of a list by day. Used by
the feed, the ledger, the review list, the tables and the rows of the help."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.kit import tokens as k
from app.ui.kit.day_model import ITEM, DayItem, Index, RowItem

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


def paint_row_ground(theme: Theme, painter: QPainter, option: QStyleOptionViewItem, body: QRectF) -> bool:
    """Hover, choice and focus of a painted row. Returns whether it is chosen."""
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


class DayDelegate(QStyledItemDelegate):
    """Paints a `DayModel`: the heads of days itself, its rows by `paint_row`."""

    margin: ClassVar[int] = k.S6  # at both sides of the head of a day

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint_row(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, item: RowItem) -> None:
        raise NotImplementedError

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, self._theme.px(k.H_FEED_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ITEM)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(item, DayItem):
            self._paint_day(painter, option.rect.adjusted(self.margin, 0, -self.margin, 0), str(index.data()))
        elif isinstance(item, RowItem):
            self.paint_row(painter, option, index, item)
        painter.restore()

    def _paint_day(self, painter: QPainter, rect: QRect, text: str) -> None:
        """Nearer to what follows than to what comes before."""
        painter.setFont(self._theme.font("small_strong"))
        painter.setPen(self._theme.c("muted"))
        painter.drawText(rect.adjusted(0, self._theme.px(6), 0, 0), LEFT, text)
