"""The feed's list, and what stands in its place while it is empty: nothing happened yet, nothing matches, or it is still being
looked for. Used by the activity page."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget

from app.ui.activity.empty import EmptyFeed
from app.ui.activity.feed_view import FeedView
from app.ui.kit.layout import column, host
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label
from app.ui.page import hero, in_the_middle

if TYPE_CHECKING:
    from app.runtime.program import Program
    from app.ui.activity.model import FeedModel


class FeedLists(QStackedWidget):
    """`show_state` chooses. All but the list are seen seldom, and made then."""

    compose_requested = Signal()
    clear_requested = Signal()

    def __init__(self, theme: Theme, program: Program, view: FeedView, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._program, self._view = theme, program, view
        self.addWidget(view)

    def show_state(self, model: FeedModel) -> None:
        if model.event_count():
            shown: QWidget = self._view
        elif model.searching:
            shown = self._searching
        else:
            shown = self._nothing if model.filter.active else self.empty
        self.setCurrentWidget(shown)

    @cached_property
    def clear_button(self) -> QPushButton:
        made = button(self._theme, "Show everything")
        made.clicked.connect(self.clear_requested)
        return made

    @cached_property
    def empty(self) -> EmptyFeed:
        made = EmptyFeed(self._theme, self._program)
        made.compose_requested.connect(self.compose_requested)
        self.addWidget(made)
        return made

    @cached_property
    def _nothing(self) -> QWidget:
        said = "No event fits this search and filter."
        words = hero(self._theme, "search", "Nothing matches", said, self.clear_button)
        made = host(column(None, words, None, None))
        self.addWidget(made)
        return made

    @cached_property
    def _searching(self) -> QWidget:
        words = in_the_middle(label(self._theme, "Searching older events…", "body", "muted"))
        made = host(column(None, words, None))
        self.addWidget(made)
        return made
