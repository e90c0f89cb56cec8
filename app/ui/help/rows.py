"""The list of errors, and how a row of it is painted. Used by `view`."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from app.ui.kit import tokens as k
from app.ui.kit.painted_rows import LEFT, paint_row_ground
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import elide
from app.words.troubleshooting import Row, Who

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole

# who mends it: in a chip, and its tone and icon
WHO: dict[Who, tuple[str, str, str]] = {
    Who.YOU: ("You can mend it", "accent", "person"),
    Who.ADMINISTRATOR: ("Your administrator can mend it", "infer", "team"),
    Who.PROVIDER: ("The provider can mend it", "warn", "server"),
    Who.ITSELF: ("It goes away by itself", "ok", "refresh"),
}


class RowsModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()

    def set_rows(self, rows: tuple[Row, ...]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row_at(self, index: Index) -> Row | None:
        return self._rows[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row_at(index)
        if row is None:
            return None
        title = row.words()[0]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{title}\n{row.code}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{title}. {row.group}: {row.code}. {WHO[row.who][0]}."
        return None


class RowsDelegate(QStyledItemDelegate):
    """Two lines: what happened, and below it where and by which code."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, self._theme.px(k.H_FEED_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ROW)
        if not isinstance(item, Row):
            return
        theme, px, rect = self._theme, self._theme.px, option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = paint_row_ground(theme, painter, option, QRectF(rect.adjusted(k.S2, 1, -k.S2, -1)))
        _, tone, icon = WHO[item.who]
        side = px(18)
        theme.paint_icon(
            painter, icon, theme.ink(tone), QRectF(rect.x() + k.S5, rect.y() + (rect.height() - side) / 2, side, side)
        )
        left = rect.x() + k.S5 + side + k.S3
        width = rect.right() - k.S5 - left
        height = px(20)
        top = rect.y() + (rect.height() - 2 * height) // 2
        for line, (text, role, color) in enumerate(
            (
                (item.words()[0], "medium", "text"),
                (f"{item.group} · {item.code}", "small", "muted" if selected else "faint"),
            )
        ):
            font = theme.font(role)
            painter.setFont(font)
            painter.setPen(theme.c(color))
            painter.drawText(QRect(left, top + line * height, width, height), LEFT, elide(font, text, width))
        painter.restore()
