"""A long list by day as a model that reads on demand, newest first. Used by the feed, the ledger, the review list and the
search among messages, which is by year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal, Slot

from app.ui.kit import times

ITEM = Qt.ItemDataRole.UserRole
PAGE = 100
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class DayItem:
    day: date


@dataclass(frozen=True)
class RowItem:
    """Wraps a row, which has a moment `at`, in an object of ours, so that Qt passes it through instead of converting it."""

    row: Any
    day: date


Item = DayItem | RowItem


def day_of(row: Any) -> date:
    return times.local(row.at).date()


def with_days(rows: Sequence[Any], last: date | None, day_of: Callable[[Any], date] = day_of) -> list[Item]:
    """Puts a day row before the first of each local day; `last` is the day of the row before them."""
    items: list[Item] = []
    for row in rows:
        day = day_of(row)
        if day != last:
            items.append(DayItem(day))
            last = day
        items.append(RowItem(row, day))
    return items


class DayModel(QAbstractListModel):
    """A search looks at some thousand rows at a time and goes on by itself until a page is full, or all was looked at: the
    window lives in between. `searched` tells the end of that. A subclass says what a page is, and what a row says."""

    searched = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[Item] = []
        self._reached: Any = None  # where older ones go on
        self._found, self._wanted = 0, PAGE  # rows that are loaded, and that are to be before a search rests
        self._go_on = QTimer(self)
        self._go_on.setSingleShot(True)
        self._go_on.timeout.connect(self._read_on)
        self.today = times.today()

    def _page(self, before: Any) -> tuple[Sequence[Any], Any]:
        """Rows older than `before`, newest first, and where still older ones go on; None: there are none."""
        raise NotImplementedError

    def _text(self, row: Any) -> str:
        """A row as a person would say it."""
        raise NotImplementedError

    def _day(self, row: Any) -> date:
        """Below which head a row stands."""
        return day_of(row)

    def _head(self, day: date) -> str:
        return times.day_head(day, self.today)

    @property
    def searching(self) -> bool:
        return self._go_on.isActive()

    @property
    def more(self) -> bool:
        """Whether there may be older rows that are not loaded."""
        return self._reached is not None

    @property
    def found(self) -> int:
        """Rows that are loaded, without those of the days."""
        return self._found

    def reload(self) -> None:
        self.beginResetModel()
        self.today = times.today()
        rows, reached = self._page(None)
        self._items, self._found, self._wanted = with_days(rows, None, self._day), len(rows), PAGE
        self._rest_or_go_on(reached)
        self.endResetModel()

    def _rest_or_go_on(self, reached: Any) -> None:
        self._reached = reached
        if reached is not None and self._found < self._wanted:
            self._go_on.start(0)
        else:
            self._go_on.stop()

    @Slot()
    def _read_on(self) -> None:
        if self._reached is None:
            return
        rows, reached = self._page(self._reached)
        items = with_days(rows, self._items[-1].day if self._items else None, self._day)
        self._found += len(rows)
        if items:
            start = len(self._items)
            self.beginInsertRows(QModelIndex(), start, start + len(items) - 1)
            self._items.extend(items)
            self.endInsertRows()
        self._rest_or_go_on(reached)
        if not self.searching:
            self.searched.emit()

    def row_at(self, index: Index) -> Any:
        """None for the row of a day."""
        item = self._items[index.row()] if index.isValid() else None
        return item.row if isinstance(item, RowItem) else None

    def is_day(self, position: int) -> bool:
        return isinstance(self._items[position], DayItem)

    # --- Qt's interface

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        item = self._items[index.row()]
        if role == ITEM:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._head(item.day) if isinstance(item, DayItem) else self._text(item.row)
        return None

    def headerData(
        self, _section: int, _orientation: Qt.Orientation, _role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """No numbers, which a screen reader would say before each row."""
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self.is_day(index.row()):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def canFetchMore(self, parent: Index) -> bool:
        return self._reached is not None and not self.searching and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:
        if not parent.isValid() and not self.searching:
            self._wanted = self._found + PAGE
            self._read_on()
