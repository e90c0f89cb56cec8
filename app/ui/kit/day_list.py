"""The view of a `DayModel`: rows of 56 px, and the heads of days of 36. Used by the feed and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.ui.kit import tokens as k

if TYPE_CHECKING:
    from app.ui.kit.day_model import DayModel
    from app.ui.kit.theme import Theme

_Move = QAbstractItemView.CursorAction
_DOWN = (_Move.MovePageDown, _Move.MoveEnd)
_LEAPS = (_Move.MoveHome, _Move.MovePageUp, *_DOWN)


class DayList(QTableView):
    """A table of one column, whose header keeps the heights: a list with rows of different heights measures all of them anew
    whenever some more come in. It behaves as a list: Home and End go to the first and the last row, Tab leaves it."""

    def __init__(self, theme: Theme, model: DayModel, name: str) -> None:
        super().__init__()
        self._theme, self._model = theme, model
        self.setProperty("kind", "days")
        self.setAccessibleName(name)
        self.setModel(model)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        heads = self.verticalHeader()
        heads.hide()
        heads.setMinimumSectionSize(theme.px(k.H_DAY_ROW))
        heads.setDefaultSectionSize(theme.px(k.H_FEED_ROW))
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(theme.px(k.H_FEED_ROW // 2))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        model.modelReset.connect(self._on_reset)
        model.rowsInserted.connect(self._on_inserted)
        theme.follow(self, self.viewport().update)
        self._on_reset()

    @Slot()
    def _on_reset(self) -> None:
        """The header keeps the heights of the rows that stood there before."""
        self._set_heights(range(self._model.rowCount()))

    @Slot(QModelIndex, int, int)
    def _on_inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._set_heights(range(first, last + 1))

    def _set_heights(self, positions: range) -> None:
        for position in positions:
            height = self._theme.px(k.H_DAY_ROW if self._model.is_day(position) else k.H_FEED_ROW)
            if self.rowHeight(position) != height:
                self.setRowHeight(position, height)

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        count = self._model.rowCount()
        if not self.currentIndex().isValid():
            action = _Move.MoveHome
        if action not in _LEAPS or not count:
            return super().moveCursor(action, modifiers)
        here = self.visualRect(self.currentIndex())
        far = {
            _Move.MoveHome: 0,
            _Move.MoveEnd: count - 1,
            _Move.MovePageUp: self.rowAt(here.bottom() - self.viewport().height()),
            _Move.MovePageDown: self.rowAt(here.top() + self.viewport().height()),
        }[action]
        if far < 0:
            far = count - 1 if action in _DOWN else 0
        step = 1 if action in (_Move.MoveHome, _Move.MovePageDown) else -1
        for position in (*range(far, count if step > 0 else -1, step), *range(far, -1 if step > 0 else count, -step)):
            if not self._model.is_day(position):
                return self._model.index(position)
        return QModelIndex()
