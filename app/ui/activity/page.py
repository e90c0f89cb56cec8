"""The Activity page: plot, filters and feed at the left, the chosen event at the right."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStackedWidget, QWidget

from app.domain.changes import Area, Change
from app.domain.events import EventId, EventKind, Verdict
from app.domain.feed_filter import FeedFilter, FeedTotals
from app.domain.views import FeedRow
from app.ui.activity.detail import EventDetail
from app.ui.activity.empty import FirstRun
from app.ui.activity.feed_lists import FeedLists
from app.ui.activity.feed_view import FeedView
from app.ui.activity.model import FeedModel
from app.ui.activity.narrowing import Narrowing
from app.ui.activity.plot import PlotPanel
from app.ui.activity.scope import NoNotices
from app.ui.kit import tokens as k
from app.ui.kit.body import Body
from app.ui.kit.layout import column, line
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button
from app.ui.page import page_bar

if TYPE_CHECKING:
    from app.runtime.program import Program

W_LEAST = 400  # px at 100 % that the list needs beside the panel


class ActivityPage(QFrame):
    compose_requested = Signal()
    connect_requested = Signal()
    message_requested = Signal(int)  # message_pk
    inboxes_requested = Signal()
    review_requested = Signal(object)  # FeedRow

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.setProperty("box", "surface")

        self.narrowing = Narrowing(theme, self)
        self.search, self.filters = self.narrowing.search, self.narrowing.filters
        self.people_only, self.scope, self.totals = (
            self.narrowing.people_only,
            self.narrowing.scope,
            self.narrowing.totals,
        )
        self.seen_button = button(theme, "Mark all as seen", "quiet", "check")
        self.plot = PlotPanel(theme)
        self.model = FeedModel(program, self)
        self.view = FeedView(theme, self.model)
        self.detail = EventDetail(theme, program)
        self._plot_line = line()
        self.no_notices = NoNotices(theme)
        # from the outside to the inside: what gets another parent is styled anew with all that is in it
        self._stack = QStackedWidget(self)
        self.setLayout(column(self._stack, gap=0))
        self._whole = QWidget(self._stack)
        self._stack.addWidget(self._whole)
        self._body = Body(self._whole)
        self._body.resized.connect(self._lay_out)
        bar = page_bar(theme, "Activity", self.search, self.seen_button)
        self._whole.setLayout(column(bar, (self._body, 1), gap=0))
        self._left = QFrame(self._body)
        self._left.setProperty("box", "surface")
        self.lists = FeedLists(theme, program, self.view, self._left)
        self._left.setLayout(
            column(self.no_notices, self.plot, self._plot_line, self.narrowing.strip, (self.lists, 1), gap=0)
        )
        self.detail.setParent(self._body)
        self._narrow = False
        self._detail_open = False

        self._refresh_soon = QTimer(self)  # several changes in one breath are one look
        self._refresh_soon.setSingleShot(True)
        self._refresh_soon.setInterval(100)
        self._refresh_soon.timeout.connect(self.refresh)
        self._connect()
        self._set_tab_order()
        self.model.reload()
        self._show_state()

    def _connect(self) -> None:
        self.narrowing.changed.connect(self._on_narrowed)
        self.lists.compose_requested.connect(self.compose_requested)
        self.lists.clear_requested.connect(self.clear_filters)
        self.seen_button.clicked.connect(self._on_all_seen)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.activated_by_key.connect(self._on_activated)
        self.view.doubleClicked.connect(self._on_activated)
        self.view.clicked.connect(self._on_clicked)
        self.model.modelReset.connect(self._on_reset)
        self.model.rowsInserted.connect(self._show_lists)
        self.model.searched.connect(self._show_lists)
        self.detail.closed.connect(self.close_detail)
        self.detail.message_requested.connect(self.message_requested)
        self.detail.inboxes_requested.connect(self.inboxes_requested)
        self.detail.review_requested.connect(self.review_requested)
        self.detail.verdict_given.connect(self._on_verdict)
        self.detail.person_chosen.connect(self._on_person)
        self.detail.message_chosen.connect(self._on_message)
        self._program.feed_counted.connect(self._on_counted)
        self._program.notifications_changed.connect(self._on_notifications)
        self._program.changed.connect(self._on_changed)
        self._program.event_arrived.connect(self._on_event_arrived)
        self._program.inbox_state_changed.connect(self._on_inbox_state)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.focus_search)

    def _set_tab_order(self) -> None:
        order: list[QWidget] = [
            self.search,
            self.seen_button,
            self.plot.plot,
            *self.narrowing.by_tab(),
            self.view,
            self.detail.close_button,
            self.detail.open_button,
            self.detail.judge_button,
            self.detail.again_button,
        ]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)

    # --- what is seen seldom, and made then

    @cached_property
    def first_run(self) -> FirstRun:
        made = FirstRun(self._theme)
        made.connect_requested.connect(self.connect_requested)
        self._stack.addWidget(made)
        return made

    # --- what is shown

    @Slot()
    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @Slot()
    def refresh(self) -> None:
        """Looks again at the program without losing the choice or the place."""
        chosen = self.detail.event_row
        self.model.refresh()
        if chosen is not None:
            position = self.model.position_of(chosen.id)
            fresh = self.model.event_at(self.model.index(position)) if position >= 0 else None
            if fresh is not None and (fresh != chosen or fresh.kind is EventKind.UNSUBSCRIBE):
                self.detail.show_event(fresh)
        self._show_state()

    def _show_state(self) -> None:
        nobody = not self._program.inboxes()
        empty = self.model.event_count() == 0
        first = nobody and empty and not self.model.filter.active
        self._stack.setCurrentWidget(self.first_run if first else self._whole)
        self._show_lists()
        blank = empty and not self.model.filter.active
        title, days = self.narrowing.plot_of
        only = self.narrowing.contact, self.narrowing.message
        if self.model.filter.search:
            title += ", whatever is searched for"
        self.plot.set_counts(self._program.feed_counts(days, *only), title)
        self._program.count_feed(self.model.filter)
        self._on_notifications()
        self.plot.setVisible(not blank)
        self._plot_line.setVisible(not blank)
        self.detail.setVisible(self._detail_shown(blank))
        self.narrowing.strip.setVisible(not blank)
        self.search.setVisible(not blank)
        self.seen_button.setVisible(not blank)
        self.seen_button.setEnabled(self._program.unseen() > 0)
        self._lay_out()

    @Slot()
    def _show_lists(self) -> None:
        self.lists.show_state(self.model)

    def _detail_shown(self, blank: bool) -> bool:
        return not blank and (self._detail_open if self._narrow else True)

    @Slot()
    def _lay_out(self) -> None:
        """Beside the list where there is room; below 1100 px of window it can be closed, and in a small one it slides over
        the list."""
        size = self._body.size()
        width = min(self._theme.px(k.W_DETAIL), size.width())
        self._narrow = self.window().width() < self._theme.px(k.W_NARROW)
        self.detail.set_overlay(self._narrow)  # can be closed
        over = self._narrow and size.width() - width < self._theme.px(W_LEAST)
        blank = self.model.event_count() == 0 and not self.model.filter.active
        shown = self._detail_shown(blank)
        self.detail.setVisible(shown)
        beside = shown and not over
        self._left.setGeometry(0, 0, size.width() - (width if beside else 0), size.height())
        self.detail.setGeometry(size.width() - width, 0, width, size.height())
        self.detail.raise_()

    @Slot()
    def close_detail(self) -> None:
        self._detail_open = False
        self._lay_out()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_message_events(self, message_pk: int) -> bool:
        """Shows what happened to one message. False when nothing has."""
        self.clear_filters()
        position = self.model.position_of_message(message_pk)
        if position >= 0:
            index = self.model.index(position)
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
            return True
        story = self._program.message_events(message_pk)
        if story is None or not story.events:
            return False
        self._choose(None)
        self.detail.show_event(story.events[0])
        self._detail_open = True
        self._lay_out()
        return True

    def choose(self, event_id: EventId) -> bool:
        """Makes a loaded event the chosen one, clearing filters that hide it."""
        self.model.refresh()
        if self.model.position_of(event_id) < 0:
            self.clear_filters()
        position = self.model.position_of(event_id)
        if position < 0:
            return False
        index = self.model.index(position)
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def event_of(self, message_pk: int) -> FeedRow | None:
        """The newest loaded event of a message."""
        position = self.model.position_of_message(message_pk)
        return self.model.event_at(self.model.index(position)) if position >= 0 else None

    def _choose(self, event_id: EventId | None) -> None:
        if event_id is None:
            self.view.clearSelection()
            self.view.setCurrentIndex(QModelIndex())
            return
        position = self.model.position_of(event_id)
        if position >= 0:
            self.view.setCurrentIndex(self.model.index(position))

    # --- wishes

    @Slot()
    def _on_narrowed(self) -> None:
        self.detail.set_only(self.narrowing.contact, self.narrowing.message)
        self.model.set_filter(self.narrowing.filter())
        self._show_state()

    def show_contact(self, contact_id: int, name: str) -> None:
        """Narrows the feed and its plot to one contact; `narrowing.leave_scope` takes that back."""
        self.narrowing.show_contact(contact_id, name)

    def show_only_message(self, message_pk: int, subject: str) -> None:
        story = self._program.message_events(message_pk)
        self.narrowing.show_message(message_pk, subject, None if story is None else story.sent_at)

    @Slot(object)
    def _on_person(self, event: FeedRow) -> None:
        if event.contact_id is not None:
            self.show_contact(event.contact_id, event.who or event.address)

    @Slot(object)
    def _on_message(self, event: FeedRow) -> None:
        if event.message_pk is not None:
            self.show_only_message(event.message_pk, event.subject)

    @Slot(object, object)
    def _on_counted(self, wanted: FeedFilter, found: FeedTotals) -> None:
        if wanted == self.model.filter:
            self.narrowing.tell(found)

    @Slot()
    def _on_notifications(self) -> None:
        self.no_notices.setVisible(self._program.lacks_notifications())

    @Slot()
    def clear_filters(self) -> None:
        self.narrowing.clear()

    @Slot()
    def _on_all_seen(self) -> None:
        self.model.mark_all_seen()
        self._program.mark_all_seen()

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        event = self.model.event_at(index)
        if event is None:
            return
        self.detail.show_event(event)
        self._detail_open = True
        self._lay_out()
        if not event.seen and not self.view.choosing_itself:
            self._program.mark_seen(event.id)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if self.model.event_at(index) is not None and self._narrow and not self._detail_open:
            self._detail_open = True  # the same row again, after its panel was closed
            self._lay_out()

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        event = self.model.event_at(index)
        if event is None:
            return
        if event.kind is EventKind.INBOX:
            self.inboxes_requested.emit()
        elif event.kind is EventKind.REVIEW:
            self.review_requested.emit(event)
        elif event.message_pk is not None:
            self.message_requested.emit(event.message_pk)

    @Slot()
    def _on_reset(self) -> None:
        if self.detail.event_row is not None:
            self._choose(self.detail.event_row.id)

    @Slot(object, object)
    def _on_verdict(self, event_id: EventId, verdict: Verdict) -> None:
        self._program.set_verdict(event_id, verdict)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & {Area.EVENTS, Area.INBOXES, Area.MESSAGES} and not self._refresh_soon.isActive():
            self._refresh_soon.start()

    @Slot(object)
    def _on_event_arrived(self, _event: object) -> None:
        if not self._refresh_soon.isActive():
            self._refresh_soon.start()

    @Slot(int)
    def _on_inbox_state(self, _inbox: int) -> None:
        self._refresh_soon.start()
        if (shown := self.detail.event_row) is not None and shown.kind is EventKind.INBOX:
            self.detail.show_event(shown)  # what it says depends on the inbox as it is now

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self._narrow and self._detail_open:
                self.close_detail()
                return
            if self.model.filter.active:
                self.clear_filters()
                return
        super().keyPressEvent(event)
