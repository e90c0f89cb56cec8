"""The table of contacts as a list model that reads on demand. Used by the contacts page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.domain.views import ContactRow
from app.ui.kit import times

if TYPE_CHECKING:
    from app.runtime.program import Program

ROW = Qt.ItemDataRole.UserRole
PAGE = 200
Index = QModelIndex | QPersistentModelIndex


class ContactItem:
    """Wraps a row, so that Qt passes it through instead of converting it."""

    __slots__ = ("row",)

    def __init__(self, row: ContactRow) -> None:
        self.row = row


def name_of(row: ContactRow) -> str:
    return row.name or row.address


def spoken(row: ContactRow) -> str:
    parts = [name_of(row), row.address if row.name else "", row.company]
    parts.append(times.count(row.messages, "message", "messages"))
    if row.last_at is not None:
        parts.append(f"last {times.moment_short(row.last_at, times.today())}: {row.last_subject}")
    return ", ".join(p for p in parts if p)


class ContactsModel(QAbstractListModel):
    def __init__(self, program: Program, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._items: list[ContactItem] = []
        self._search = ""
        self._total = 0

    @property
    def search(self) -> str:
        return self._search

    @property
    def total(self) -> int:
        """How many contacts fit the search, loaded or not."""
        return self._total

    def set_search(self, text: str) -> None:
        self._search = text
        self.reload()

    def reload(self, at_least: int = PAGE) -> None:
        rows = self._program.contacts(search=self._search, offset=0, limit=max(PAGE, at_least))
        self.beginResetModel()
        self._items = [ContactItem(r) for r in rows]
        self._total = self._program.contact_count(search=self._search)
        self.endResetModel()

    def refresh(self) -> bool:
        """Looks again at what is loaded; returns whether anything differed."""
        loaded = max(PAGE, len(self._items))
        rows = self._program.contacts(search=self._search, offset=0, limit=loaded)
        total = self._program.contact_count(search=self._search)
        if total == self._total and [i.row for i in self._items] == list(rows):
            return False
        if [i.row.id for i in self._items] == [r.id for r in rows]:
            for item, row in zip(self._items, rows, strict=True):
                item.row = row
            self._total = total
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))
            return True
        self.reload(loaded)
        return True

    def row_at(self, index: Index) -> ContactRow | None:
        return self._items[index.row()].row if index.isValid() else None

    def position_of(self, contact_id: int) -> int:
        return next((i for i, item in enumerate(self._items) if item.row.id == contact_id), -1)

    # --- Qt's interface

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        item = self._items[index.row()]
        if role == ROW:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return name_of(item.row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(item.row)
        return None

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and len(self._items) < self._total

    def fetchMore(self, parent: Index) -> None:
        if parent.isValid():
            return
        start = len(self._items)
        rows = self._program.contacts(search=self._search, offset=start, limit=PAGE)
        if not rows:
            self._total = start  # fewer than were counted: somebody removed some
            return
        self.beginInsertRows(QModelIndex(), start, start + len(rows) - 1)
        self._items.extend(ContactItem(r) for r in rows)
        self.endInsertRows()
