"""The feed as a list model: day rows and event rows, newest first. Used by the activity page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject

from app.domain.feed_filter import FeedFilter
from app.ui.activity import words
from app.ui.kit import times
from app.ui.kit.day_model import PAGE, DayItem, DayModel, Index, RowItem, with_days

if TYPE_CHECKING:
    from app.domain.events import EventId
    from app.domain.views import FeedRow
    from app.runtime.program import Program


class FeedModel(DayModel):
    def __init__(self, program: Program, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._filter = FeedFilter()

    @property
    def filter(self) -> FeedFilter:
        return self._filter

    def _page(self, before: EventId | None) -> tuple[Sequence[FeedRow], EventId | None]:
        wanted = self._filter
        page = self._program.feed_page(
            kinds=wanted.kinds,
            people_only=wanted.people_only,
            search=wanted.search,
            before=before,
            limit=PAGE,
            contact_id=wanted.contact_id,
            message_pk=wanted.message_pk,
        )
        return page.rows, page.reached

    def _text(self, row: FeedRow) -> str:
        return words.spoken(row, times.clock(row.at))

    def set_filter(self, wanted: FeedFilter) -> None:
        self._filter = wanted
        self.reload()

    def refresh(self) -> bool:
        """Looks again at the newest page: puts new events on top, renews changed ones. True when the model was reset
        instead, because the new page does not join what is shown."""
        if self.searching:
            return False
        rows, reached = self._page(None)
        fresh = list(rows)
        shown = [i.row for i in self._items if isinstance(i, RowItem)]
        looked_further = reached is not None and reached != self._reached
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
        if reached is None and len(rest) < len(shown):
            self.reload()
            return True
        renewed = iter(rest)
        waiting = next(renewed, None)
        for position, item in enumerate(self._items):
            if waiting is None:
                break
            if isinstance(item, RowItem):
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
        self._found += len(new)
        self.beginInsertRows(QModelIndex(), at, at + len(items) - 1)
        self._items[at:at] = items
        self.endInsertRows()

    def mark_all_seen(self) -> None:
        """Only here; the program is told by the page."""
        for position, item in enumerate(self._items):
            if isinstance(item, RowItem) and not item.row.seen:
                self._items[position] = replace(item, row=replace(item.row, seen=True))
        if self._items:
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))

    def renew(self, row: FeedRow) -> None:
        """Replaces one row that is known to have changed."""
        position = self.position_of(row.id)
        if position >= 0:
            item = self._items[position]
            assert isinstance(item, RowItem)
            self._items[position] = replace(item, row=row)
            self.dataChanged.emit(self.index(position), self.index(position))

    def position_of(self, event_id: EventId) -> int:
        for position, item in enumerate(self._items):
            if isinstance(item, RowItem) and item.row.id == event_id:
                return position
        return -1

    def position_of_message(self, message_pk: int) -> int:
        """The newest loaded event of a message, or -1."""
        for position, item in enumerate(self._items):
            if isinstance(item, RowItem) and item.row.message_pk == message_pk:
                return position
        return -1

    def event_at(self, index: Index) -> FeedRow | None:
        found: FeedRow | None = self.row_at(index)
        return found

    def event_count(self) -> int:
        return self.found
