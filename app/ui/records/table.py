"""Paints a table of records and its head, whose names put it in order. Used by the pages of contacts, companies and deals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QListView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.domain.records import RecordOrder
from app.ui.kit import tokens as k
from app.ui.kit.buttons import RadioGroup, press_on_enter
from app.ui.kit.painted_rows import LEFT, RIGHT, paint_row_ground
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import chip_size, elide, initials, paint_chip
from app.ui.records.columns import LEAD, Cell, Column, places
from app.ui.records.model import LINE, LineItem


class HeadButton(QPushButton):
    """The name of a column; chosen, it carries an arrow. Painted like the cells below it, so that both stand in one line."""

    def __init__(self, theme: Theme, column: Column, latest_first: bool) -> None:
        super().__init__(column.title)
        self._theme, self._column = theme, column
        self._down = latest_first
        self.setFont(theme.font("small_strong"))
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"{column.title}: put the table in this order")
        self.setToolTip(f"Put in order by {column.title.lower()}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_on_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lively = self.isChecked() or self.underMouse() or self.isDown()
        color = "text" if lively else "faint"
        painter.setFont(self.font())
        painter.setPen(theme.c(color))
        side = theme.px(12) if self.isChecked() else 0
        room = self.width() - (side + 4 if side else 0)
        text = elide(self.font(), self._column.title, room)
        wide = self.fontMetrics().horizontalAdvance(text)
        start = self.width() - wide - (side + 4 if side else 0) if self._column.right else 0
        painter.drawText(QRect(start, 0, wide + 2, self.height()), LEFT, text)
        if side:
            place = QRectF(start + wide + 4, (self.height() - side) / 2, side, side)
            painter.translate(place.center())
            painter.rotate(0 if self._down else 180)
            painter.translate(-place.center())
            theme.paint_icon(painter, "chevron-down", color, place, 2.2)
        painter.end()


class TableHead(QWidget):
    ordered = Signal(object)  # RecordOrder

    def __init__(self, theme: Theme, columns: Sequence[Column], order: RecordOrder) -> None:
        super().__init__()
        self._theme, self._columns = theme, columns
        self._room = 0
        self.setFixedHeight(theme.px(k.H_DAY_ROW))
        self.setAccessibleName("Order of the table")
        self._group: QButtonGroup = RadioGroup(self)
        self._buttons: dict[int, HeadButton] = {}
        down = (RecordOrder.MAIL, RecordOrder.CHANGED, RecordOrder.AMOUNT)
        for position, column in enumerate(columns):
            if column.order is not None:
                made = HeadButton(theme, column, column.order in down)
                made.setParent(self)
                self._group.addButton(made, position)
                self._buttons[position] = made
                made.setChecked(column.order is order)
        self._group.idToggled.connect(self._on_toggled)

    def button(self, order: RecordOrder) -> QPushButton:
        return next(b for i, b in self._buttons.items() if self._columns[i].order is order)

    @Slot(int, bool)
    def _on_toggled(self, position: int, on: bool) -> None:
        if on:
            self.ordered.emit(self._columns[position].order)

    @Slot(int)
    def set_room(self, width: int) -> None:
        """The rows' width, without the scroll bar."""
        self._room = width
        for position, (x, width) in enumerate(places(self._theme, self._columns, self._room)):
            if (made := self._buttons.get(position)) is not None:
                made.setGeometry(x, 1, width, self.height() - 2)
                made.setVisible(width > 0)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._theme.font("small_strong"))
        painter.setPen(self._theme.c("faint"))
        for position, (x, width) in enumerate(places(self._theme, self._columns, self._room)):
            column = self._columns[position]
            if position not in self._buttons and width:
                painter.drawText(QRect(x, 0, width, self.height()), RIGHT if column.right else LEFT, column.title)
        painter.setPen(self._theme.c("border"))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()


class RecordsView(QListView):
    """Enter opens, F2 edits in the row; Space, Shift and Ctrl choose several, Ctrl+A all; Delete asks to remove them.
    `chosen_anew`: what was chosen before is not any more, by a plain click or an arrow."""

    opened = Signal(QModelIndex)
    edit_requested = Signal(QModelIndex)
    remove_requested = Signal()
    all_requested = Signal()
    chosen_anew = Signal()
    resized = Signal(int)  # the width of a row

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.edited_cell: tuple[int, int] | None = None  # row and column over which an input lies
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(theme.px(28))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        theme.follow(self, self.viewport().update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit(self.viewport().width())

    def selectionCommand(
        self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        command = super().selectionCommand(index, event)
        if command & QItemSelectionModel.SelectionFlag.Clear:
            self.chosen_anew.emit()
        return command

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
            return
        if event.key() == Qt.Key.Key_F2 and self.currentIndex().isValid():
            self.edit_requested.emit(self.currentIndex())
            return
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.all_requested.emit()
            return
        if event.key() == Qt.Key.Key_Delete and self.selectionModel().hasSelection():
            self.remove_requested.emit()
            return
        if event.key() == Qt.Key.Key_Escape and len(self.selectionModel().selectedRows()) > 1:
            self.clearSelection()
            return
        super().keyPressEvent(event)


class RecordsDelegate(QStyledItemDelegate):
    """`mark(line)` gives the initials' name, or the icon of a disc as `:name`."""

    def __init__(
        self, theme: Theme, columns: Sequence[Column], mark: Callable[[Any], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._columns, self._mark = theme, columns, mark

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, self._theme.px(k.H_FEED_ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item = index.data(LINE)
        if isinstance(item, LineItem):
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            rect = option.rect
            chosen = paint_row_ground(self._theme, painter, option, QRectF(rect.adjusted(k.S2, 1, -k.S2, -1)))
            self._paint_mark(painter, rect, self._mark(item.line), chosen)
            under = getattr(option.widget, "edited_cell", None)
            for at, (x, width) in enumerate(places(self._theme, self._columns, rect.width())):
                column = self._columns[at]
                if width > 0 and (index.row(), at) != under:
                    self._paint_cell(painter, QRect(rect.x() + x, rect.y(), width, rect.height()), column, item.line)
            painter.restore()

    def _paint_mark(self, painter: QPainter, rect: QRect, mark: str, chosen: bool) -> None:
        theme, px = self._theme, self._theme.px
        disc = QRectF(rect.x() + k.S6, rect.y() + (rect.height() - px(LEAD)) / 2, px(LEAD), px(LEAD))
        painter.setPen(Qt.PenStyle.NoPen)
        icon = mark.removeprefix(":") if mark.startswith(":") else ""
        painter.setBrush(theme.c("surface" if chosen else "neutral_soft" if icon else "accent_soft"))
        if icon:
            painter.drawRoundedRect(disc, k.R_CARD, k.R_CARD)
            edge = px(8)
            theme.paint_icon(painter, icon, "neutral_text", disc.adjusted(edge, edge, -edge, -edge))
            return
        painter.drawEllipse(disc)
        font = theme.font("strong")
        font.setPixelSize(px(12))
        painter.setFont(font)
        painter.setPen(theme.c("accent_soft_text"))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, initials(mark))

    def _paint_cell(self, painter: QPainter, rect: QRect, column: Column, line: Any) -> None:
        theme = self._theme
        cell = column.cell(line)
        if cell.tone:
            self._paint_chip(painter, rect, cell)
            return
        first = column is self._columns[0]
        font = theme.font("strong") if first else theme.figures("body") if column.right else theme.font("body")
        height = theme.px(20)
        top = rect.y() + (rect.height() - (2 if cell.below else 1) * height) // 2
        align = RIGHT if column.right else LEFT
        for number, (text, color) in enumerate(((cell.text, cell.color), (cell.below, "muted"))):
            if text:
                face = theme.font("body") if number and first else font
                painter.setFont(face)
                painter.setPen(theme.c(color))
                shown = elide(face, " ".join(text.split()), rect.width())
                painter.drawText(QRect(rect.x(), top + number * height, rect.width(), height), align, shown)

    def _paint_chip(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        theme = self._theme
        font = theme.font("caption")
        text = elide(font, cell.text, rect.width() - theme.px(16) - (theme.px(15) if cell.icon else 0))
        size = chip_size(theme, text, cell.icon)
        top = rect.y() + (rect.height() - size.height()) / 2
        paint_chip(theme, painter, QRectF(rect.x(), top, size.width(), size.height()), text, cell.tone, cell.icon)
