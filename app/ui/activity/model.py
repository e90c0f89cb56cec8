"""The feed as a list model that reads on demand: day rows and event rows, newest first. Used by the activity page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal, Slot

from app.domain.events import EventId, EventKind, Verdict
from app.domain.views import FeedPage, FeedRow
from app.ui.activity import words
from app.ui.kit import times

if TYPE_CHECKING:
    from app.runtime.program import Program

ITEM = Qt.ItemDataRole.UserRole
PAGE = 100
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class DayItem:
    day: date


@dataclass(frozen=True)
class EventItem:
    """Wraps the row in an object of ours, so that Qt passes it through instead of converting it."""

    row: FeedRow
    day: date


Item = DayItem | EventItem


@dataclass(frozen=True)
class FeedFilter:
    kinds: frozenset[EventKind] | None = None
    people_only: bool = False
    search: str = ""

    @property
    def active(self) -> bool:
        return self != FeedFilter()


def with_days(rows: list[FeedRow], last: date | None) -> list[Item]:
    """Puts a day row before the first event of each local day; `last` is the day of the row before them."""
    items: list[Item] = []
    for row in rows:
        day = times.local(row.at).date()
        if day != last:
            items.append(DayItem(day))
            last = day
        items.append(EventItem(row, day))
    return items


class FeedModel(QAbstractListModel):
    """A search looks at some thousand events at a time and goes on by itself until a page is full, or all was looked at:
    the window lives in between. `searched` tells the end of that."""

    searched = Signal()

    def __init__(self, program: Program, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._items: list[Item] = []
        self._filter = FeedFilter()
        self._reached: EventId | None = None  # where older events go on
        self._wanted = PAGE  # events to be found before a search rests
        self._go_on = QTimer(self)
        self._go_on.setSingleShot(True)
        self._go_on.timeout.connect(self._read_on)
        self.today = times.today()

    @property
    def filter(self) -> FeedFilter:
        return self._filter

    @property
    def searching(self) -> bool:
        return self._go_on.isActive()

    def _read(self, before: EventId | None) -> FeedPage:
        wanted = self._filter
        return self._program.feed_page(
            kinds=wanted.kinds, people_only=wanted.people_only, search=wanted.search, before=before, limit=PAGE
        )

    def set_filter(self, wanted: FeedFilter) -> None:
        self._filter = wanted
        self.reload()

    def reload(self) -> None:
        self.beginResetModel()
        self.today = times.today()
        page = self._read(None)
        self._items = with_days(list(page.rows), None)
        self._wanted = PAGE
        self._rest_or_go_on(page.reached)
        self.endResetModel()

    def _rest_or_go_on(self, reached: EventId | None) -> None:
        self._reached = reached
        if reached is not None and self.event_count() < self._wanted:
            self._go_on.start(0)
        else:
            self._go_on.stop()

    @Slot()
    def _read_on(self) -> None:
        if self._reached is None:
            return
        page = self._read(self._reached)
        items = with_days(list(page.rows), self._items[-1].day if self._items else None)
        if items:
            start = len(self._items)
            self.beginInsertRows(QModelIndex(), start, start + len(items) - 1)
            self._items.extend(items)
            self.endInsertRows()
        self._rest_or_go_on(page.reached)
        if not self.searching:
            self.searched.emit()

    def refresh(self) -> bool:
        """Looks again at the newest page: puts new events on top, renews changed ones. True when the model was reset
        instead, because the new page does not join what is shown."""
        if self.searching:
            return False
        page = self._read(None)
        fresh = list(page.rows)
        shown = [i.row for i in self._items if isinstance(i, EventItem)]
        looked_further = page.reached is not None and page.reached != self._reached
        if not fresh and looked_further and times.today() == self.today:
            return False  # what is shown lies further back than one look at the newest
        if times.today() != self.today or not shown:
            self.reload()
            return True
        new: list[FeedRow] = []
        for row in fresh:
            if row.id == shown[0].id:
                break
            new.append(row)
        rest = fresh[len(new) :]
        if not rest or [r.id for r in rest] != [r.id for r in shown[: len(rest)]]:
            self.reload()
            return True
        if page.reached is None and len(rest) < len(shown):
            self.reload()
            return True
        renewed = iter(rest)
        waiting = next(renewed, None)
        for position, item in enumerate(self._items):
            if waiting is None:
                break
            if isinstance(item, EventItem):
                if item.row != waiting:
                    self._items[position] = replace(item, row=waiting)
                    self.dataChanged.emit(self.index(position), self.index(position))
                waiting = next(renewed, None)
        if new:
            self._put_on_top(new)
        return False

    def _put_on_top(self, new: list[FeedRow]) -> None:
        first = self._items[0]
        assert isinstance(first, DayItem)
        items = with_days(new, None)
        at = 0
        if items[-1].day == first.day:
            if items[0].day == first.day:  # all of the day that is on top already
                items, at = items[1:], 1
            else:  # several days at once, the oldest of them the one on top: its head is there already
                self.beginRemoveRows(QModelIndex(), 0, 0)
                del self._items[0]
                self.endRemoveRows()
        self.beginInsertRows(QModelIndex(), at, at + len(items) - 1)
        self._items[at:at] = items
        self.endInsertRows()

    def mark_all_seen(self) -> None:
        """Only here; the program is told by the page."""
        for position, item in enumerate(self._items):
            if isinstance(item, EventItem) and not item.row.seen:
                self._items[position] = replace(item, row=replace(item.row, seen=True))
        if self._items:
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))

    def renew(self, row: FeedRow) -> None:
        """Replaces one row that is known to have changed."""
        position = self.position_of(row.id)
        if position >= 0:
            item = self._items[position]
            assert isinstance(item, EventItem)
            self._items[position] = replace(item, row=row)
            self.dataChanged.emit(self.index(position), self.index(position))

    def position_of(self, event_id: EventId) -> int:
        for position, item in enumerate(self._items):
            if isinstance(item, EventItem) and item.row.id == event_id:
                return position
        return -1

    def position_of_message(self, message_pk: int) -> int:
        """The newest loaded event of a message, or -1."""
        for position, item in enumerate(self._items):
            if isinstance(item, EventItem) and item.row.message_pk == message_pk:
                return position
        return -1

    def event_at(self, index: Index) -> FeedRow | None:
        if not index.isValid():
            return None
        item = self._items[index.row()]
        return item.row if isinstance(item, EventItem) else None

    def event_count(self) -> int:
        return sum(isinstance(item, EventItem) for item in self._items)

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
            if isinstance(item, DayItem):
                return times.day_head(item.day, self.today)
            return words.spoken(item.row, times.clock(item.row.at))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self._items[index.row()], DayItem):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def canFetchMore(self, parent: Index) -> bool:
        return self._reached is not None and not self.searching and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:
        if not parent.isValid() and not self.searching:
            self._wanted = self.event_count() + PAGE
            self._read_on()


PEOPLE = frozenset({Verdict.PERSON, Verdict.INFERRED})
