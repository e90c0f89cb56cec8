"""The feed's list of events. Used by the activity page."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent

from app.ui.activity.delegate import FeedDelegate
from app.ui.activity.model import FeedModel
from app.ui.kit.day_list import DayList
from app.ui.kit.theme import Theme


class FeedView(DayList):
    """The list itself; Enter opens the message of the current row. Qt gives a list that gets the focus a current row by
    itself: `choosing_itself` says so, for nobody has looked at that event yet."""

    activated_by_key = Signal(QModelIndex)
    choosing_itself = False

    def __init__(self, theme: Theme, model: FeedModel) -> None:
        super().__init__(theme, model, "Activity feed")
        self.setItemDelegate(FeedDelegate(theme, self))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.choosing_itself = not self.currentIndex().isValid()
        super().focusInEvent(event)
        self.choosing_itself = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated_by_key.emit(self.currentIndex())
            return
        super().keyPressEvent(event)
