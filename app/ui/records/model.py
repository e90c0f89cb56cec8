"""A table of contacts, companies or deals as a list model that reads page by page as one scrolls, in any of its orders. Used by
the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.domain.records import CompanyPage, ContactPage, DealPage, Place, RecordOrder

LINE = Qt.ItemDataRole.UserRole
PAGE = 200
MOST_AGAIN = 2_000  # lines that are looked at again at every change; with more loaded the table waits to be at its top
Index = QModelIndex | QPersistentModelIndex
Read = Callable[[str, RecordOrder, Place | None, int], ContactPage | CompanyPage | DealPage]


class LineItem:
    """Wraps a line, so that Qt passes it through instead of converting it."""

    __slots__ = ("line",)

    def __init__(self, line: Any) -> None:
        self.line = line


class RecordsModel(QAbstractListModel):
    """`read(search, order, after, limit)` gives a page; `spoken(line)` its text for screen readers."""

    def __init__(
        self, read: Read, order: RecordOrder, spoken: Callable[[Any], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._read, self._spoken = read, spoken
        self._items: list[LineItem] = []
        self._next: Place | None = None
        self.search = ""
        self.order = order

    def set_search(self, text: str) -> None:
        self.search = text
        self.reload()

    def set_order(self, order: RecordOrder) -> None:
        self.order = order
        self.reload()

    def reload(self, at_least: int = PAGE) -> None:
        page = self._read(self.search, self.order, None, max(PAGE, at_least))
        self.beginResetModel()
        self._items = [LineItem(line) for line in page.lines]
        self._next = page.next
        self.endResetModel()

    def refresh(self) -> bool:
        """Looks again at what is loaded, if that is not too much; returns whether it did."""
        loaded = max(PAGE, len(self._items))
        if loaded > MOST_AGAIN:
            return False
        page = self._read(self.search, self.order, None, loaded)
        self._next = page.next
        if [i.line.id for i in self._items] == [line.id for line in page.lines]:
            for item, line in zip(self._items, page.lines, strict=True):
                item.line = line
            if self._items:
                self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))
            return True
        self.beginResetModel()
        self._items = [LineItem(line) for line in page.lines]
        self.endResetModel()
        return True

    def line_at(self, index: Index) -> Any:
        """None where there is none."""
        return self._items[index.row()].line if index.isValid() else None

    def position_of(self, record_id: int) -> int:
        """-1 where it is not loaded."""
        return next((i for i, item in enumerate(self._items) if item.line.id == record_id), -1)

    # --- Qt's interface

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        item = self._items[index.row()]
        if role == LINE:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._spoken(item.line)
        return None

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._next is not None

    def fetchMore(self, parent: Index) -> None:
        if parent.isValid() or self._next is None:
            return
        page = self._read(self.search, self.order, self._next, PAGE)
        self._next = page.next
        if page.lines:
            start = len(self._items)
            self.beginInsertRows(QModelIndex(), start, start + len(page.lines) - 1)
            self._items.extend(LineItem(line) for line in page.lines)
            self.endInsertRows()
