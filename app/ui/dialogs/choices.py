"""A list to choose one of: two lines each, with something at the right of the first. Used by `move_view`."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.kit import tokens as k
from app.ui.kit.labels import elide
from app.ui.kit.theme import Theme

_CHOICE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Choice:
    """`value`: what is chosen by it, never shown."""

    value: object
    first: str
    second: str = ""
    right: str = ""


class _TwoLines(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, self._theme.line("body") + self._theme.line("small") + 2 * k.S1 + 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, choice = self._theme, index.data(_CHOICE)
        area: QRect = option.rect
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.c("selected" if chosen else "hover"))
            painter.drawRoundedRect(area, 4, 4)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.c("focus"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)  # all within its own row
        inner = area.adjusted(k.S2, k.S1 + 1, -k.S2, -k.S1 - 1)
        top = QRect(inner.left(), inner.top(), inner.width(), theme.line("body"))
        painter.setFont(theme.font("small"))
        painter.setPen(theme.c("muted"))
        if choice.right:
            painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, choice.right)
            top.setRight(top.right() - painter.fontMetrics().horizontalAdvance(choice.right) - k.S2)
        below = QRect(inner.left(), inner.top() + theme.line("body"), inner.width(), theme.line("small"))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(below, left, elide(theme.font("small"), choice.second, below.width()))
        painter.setFont(theme.font("medium"))
        painter.setPen(theme.c("text"))
        painter.drawText(top, left, elide(theme.font("medium"), choice.first, top.width()))
        painter.restore()


class ChoiceList(QListWidget):
    """Nothing is chosen in it before somebody does."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.setFont(theme.font("body"))
        self.setAccessibleName(name)
        self.setItemDelegate(_TwoLines(theme, self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)

    def fill(self, choices: list[Choice]) -> None:
        self.clear()
        for choice in choices:
            item = QListWidgetItem(", ".join(part for part in (choice.first, choice.second, choice.right) if part))
            item.setToolTip("\n".join(part for part in (choice.first, choice.second) if part))
            item.setData(_CHOICE, choice)
            self.addItem(item)
        self.setCurrentRow(-1)
        self.scrollToTop()

    def chosen(self) -> Choice | None:
        """Tells it from `itemSelectionChanged` on: the current item changes before that by the mouse, after it by a key."""
        chosen = self.selectedItems()
        return chosen[0].data(_CHOICE) if chosen else None

    def choices(self) -> list[Choice]:
        return [self.item(row).data(_CHOICE) for row in range(self.count())]
