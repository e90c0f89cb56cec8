"""The bodies that were read as a list model that reads on demand, by day, and its painter. Used by the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from app.domain.inboxes import InboxId
from app.domain.views import LedgerBody, LedgerPage
from app.ui.activity.delegate import LEFT, RIGHT, paint_row_ground
from app.ui.inboxes import words
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import elide

if TYPE_CHECKING:
    from app.runtime.program import Program

PAGE = 200
ITEM = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class LedgerDay:
    day: date


@dataclass(frozen=True)
class LedgerItem:
    body: LedgerBody
    day: date


class LedgerModel(QAbstractListModel):
    """A search looks at some thousand bodies at a time and goes on by itself; `searched` tells its end."""

    searched = Signal()

    def __init__(self, program: Program, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._items: list[LedgerDay | LedgerItem] = []
        self._inbox: InboxId | None = None
        self._search = ""
        self._reached: int | None = None
        self._found, self._wanted = 0, PAGE
        self._go_on = QTimer(self)
        self._go_on.setSingleShot(True)
        self._go_on.timeout.connect(self._read_on)

    @property
    def searching(self) -> bool:
        return self._go_on.isActive()

    @property
    def found(self) -> int:
        """Bodies that are loaded."""
        return self._found

    def show(self, inbox_id: InboxId | None, search: str) -> None:
        self.beginResetModel()
        self._inbox, self._search = inbox_id, search
        self._items, self._found, self._wanted = [], 0, PAGE
        self._take(self._page(None))
        self.endResetModel()

    def body_at(self, index: Index) -> LedgerBody | None:
        item = self._items[index.row()] if index.isValid() else None
        return item.body if isinstance(item, LedgerItem) else None

    def _page(self, before: int | None) -> LedgerPage:
        return self._program.ledger_page(self._inbox, search=self._search, before=before, limit=PAGE)

    def _with_days(self, bodies: tuple[LedgerBody, ...]) -> list[LedgerDay | LedgerItem]:
        last = self._items[-1].day if self._items else None
        items: list[LedgerDay | LedgerItem] = []
        for body in bodies:
            day = times.local(body.at).date()
            if day != last:
                items.append(LedgerDay(day))
                last = day
            items.append(LedgerItem(body, day))
        return items

    def _take(self, page: LedgerPage) -> None:
        self._items += self._with_days(page.bodies)
        self._found += len(page.bodies)
        self._reached = page.reached
        if page.reached is not None and self._found < self._wanted:
            self._go_on.start(0)
        else:
            self._go_on.stop()

    @Slot()
    def _read_on(self) -> None:
        if self._reached is None:
            return
        page = self._page(self._reached)
        more = len(self._with_days(page.bodies))
        start = len(self._items)
        if more:
            self.beginInsertRows(QModelIndex(), start, start + more - 1)
        self._take(page)
        if more:
            self.endInsertRows()
        if not self.searching:
            self.searched.emit()

    # --- Qt's interface

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        item = self._items[index.row()]
        if role == ITEM:
            return item
        if isinstance(item, LedgerDay):
            return times.day_head(item.day, times.today()) if role == Qt.ItemDataRole.DisplayRole else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{words.read_message(item.body)}. {words.why_read(item.body)}. {times.clock(item.body.at)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            body = item.body
            place = f"Message {body.message_id}, number {body.uid} in {body.folder} of {body.inbox_address}"
            return f"{words.read_message(body)}\n{body.why}\n{place}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self._items[index.row()], LedgerDay):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def canFetchMore(self, parent: Index) -> bool:
        return self._reached is not None and not self.searching and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:
        if not parent.isValid() and not self.searching:
            self._wanted = self._found + PAGE
            self._read_on()


class LedgerDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, self._theme.px(k.H_FEED_ROW))  # one height: else all are measured anew when more come in

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ITEM)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(item, LedgerDay):
            painter.setFont(self._theme.font("small_strong"))
            painter.setPen(self._theme.c("muted"))
            painter.drawText(option.rect.adjusted(k.S3, self._theme.px(22), -k.S3, 0), LEFT, str(index.data()))
        elif isinstance(item, LedgerItem):
            self._paint_body(painter, option, item.body)
        painter.restore()

    def _paint_body(self, painter: QPainter, option: QStyleOptionViewItem, body: LedgerBody) -> None:
        theme, rect, height = self._theme, option.rect, self._theme.px(20)
        paint_row_ground(theme, painter, option, QRectF(rect.adjusted(1, 1, -1, -1)))
        left, right = rect.x() + k.S3, rect.right() - k.S3
        top = rect.y() + (rect.height() - 2 * height) // 2
        strong, plain, small = theme.font("strong"), theme.font("body"), theme.figures("small")
        when = times.clock(body.at)
        folder = "Inbox" if body.folder == "INBOX" else body.folder
        where = f"{folder} of {body.inbox_address}"
        for line, text, font, below, tone in (
            (0, words.read_message(body), strong, when, "text" if body.sender else "muted"),
            (1, words.why_read(body), plain, where, "muted"),
        ):
            width = min(QFontMetrics(small).horizontalAdvance(below), (right - left) // 2)
            painter.setFont(small)
            painter.setPen(theme.c("faint"))
            y = top + line * height
            painter.drawText(QRect(right - width - 2, y, width + 2, height), RIGHT, elide(small, below, width + 2))
            room = right - width - k.S4 - left
            painter.setFont(font)
            painter.setPen(theme.c(tone))
            painter.drawText(QRect(left, y, room, height), LEFT, elide(font, " ".join(text.split()), room))
