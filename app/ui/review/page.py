"""The Review page: copied mail that was not logged, by day, and beside it the chosen message with what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStackedWidget, QWidget

from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError
from app.domain.review import ReviewItem, ReviewState
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.body import Body
from app.ui.kit.fields import FilterRow, Search
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label
from app.ui.page import hero, in_the_middle, page_bar
from app.ui.records.toast import Toast
from app.ui.review import words
from app.ui.review.detail import ReviewDetail
from app.ui.review.log_dialog import LogDialog
from app.ui.review.rows import ReviewModel, ReviewView, rows_of
from app.ui.review.words import Mend

if TYPE_CHECKING:
    from app.runtime.program import Program

EMPTY = {
    ReviewState.OPEN: (
        "Nothing waits for you",
        "What you copy or forward to a logging address is logged by itself. What cannot be waits here, with the reason.",
    ),
    ReviewState.LOGGED: ("Nothing was logged by hand yet", "Messages that you log from this list stand here."),
    ReviewState.DISMISSED: ("Nothing was dismissed", "What you dismiss stands here for 30 days, and can be put back."),
    ReviewState.KEPT_OUT: (
        "Nothing was kept out",
        "Mail that the never-log list or a permanent deletion keeps out stands here, without anything of it.",
    ),
}

LEAST_LIST = 400  # px in which a row still tells who, why and when


class ReviewPage(QFrame):
    message_requested = Signal(int)  # message_pk
    section_requested = Signal(str)  # of the settings

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.setProperty("box", "surface")
        self.setup_button = button(theme, "Logging addresses", "quiet", "settings")
        self.search = Search(theme, "Search senders, subjects, reasons", 280)
        self.filters = FilterRow(theme, [(state.value, text) for state, text in words.FILTERS], "What became of it")
        self.model = ReviewModel(program, self)
        self.view = ReviewView(theme, self.model)
        self.detail = ReviewDetail(theme, program)
        self.empty_button = button(theme, "Set up a logging address", "primary")
        self._empties = {
            state: hero(theme, "review", *told, *((self.empty_button,) if state is ReviewState.OPEN else ()))
            for state, told in EMPTY.items()
        }
        self._lists = QStackedWidget()
        self._lists.addWidget(self.view)
        self._pages: dict[ReviewState, QWidget] = {}
        for state, middle in self._empties.items():
            self._pages[state] = host(column(None, middle, None, None))
            self._lists.addWidget(self._pages[state])
        self.clear_button = button(theme, "Show all messages")
        nothing = hero(
            theme, "search", "Nothing matches", "No message in this list fits this search.", self.clear_button
        )
        self._nothing = host(column(None, nothing, None, None))
        self._lists.addWidget(self._nothing)
        busy = in_the_middle(label(theme, "Searching older messages…", "body", "muted"))
        self._busy = host(column(None, busy, None, None))
        self._lists.addWidget(self._busy)
        strip = host(row((self.filters, 1), margins=(k.S6, k.S3, k.S6, k.S2)))
        self._body = Body()
        self._left = box("surface", column(strip, (self._lists, 1), gap=0))
        self._left.setParent(self._body)
        self.detail.setParent(self._body)
        self.setLayout(column(page_bar(theme, "Review", self.search, self.setup_button), (self._body, 1), gap=0))
        self.toast = Toast(theme, self)
        self._narrow = self._open = False
        self._soon = QTimer(self)  # several changes in one breath are one look
        self._soon.setSingleShot(True)
        self._soon.setInterval(60)
        self._soon.timeout.connect(self.refresh)
        self._connect()
        self.model.reload()
        self._show()

    def _connect(self) -> None:
        self._body.resized.connect(self._lay_out)
        self.filters.chosen.connect(self._on_filter)
        self.view.selectionModel().selectionChanged.connect(self._on_selection)
        self.view.clicked.connect(self._on_clicked)
        self.view.log_wished.connect(self.log)
        self.view.doubleClicked.connect(self.log)
        self.view.dismiss_wished.connect(self.dismiss)
        self.detail.log_wished.connect(self.log)
        self.detail.dismiss_wished.connect(self.dismiss)
        self.detail.undo_wished.connect(self.put_back)
        self.detail.message_requested.connect(self.message_requested)
        self.detail.mend_wished.connect(self._on_mend)
        self.detail.closed.connect(self.close_detail)
        self.search.searched.connect(self._on_search)
        self.model.searched.connect(self._show)
        self.model.rowsInserted.connect(self._show)
        self.clear_button.clicked.connect(self.search.clear)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.search.setFocus)
        self.setup_button.clicked.connect(self._on_setup)
        self.empty_button.clicked.connect(self._on_setup)
        self._program.changed.connect(self._on_changed)
        undo = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self)
        undo.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        undo.activated.connect(self.toast.undo)

    # --- what is shown

    @Slot()
    def _show(self) -> None:
        none = self.model.found == 0
        blank = self._nothing if self.model.search else self._pages[self.model.state]
        if self.model.searching:
            blank = self._busy
        self._lists.setCurrentWidget(blank if none else self.view)
        waiting = self._program.review_count()
        first = words.FILTERS[0]
        self.filters.set_text(first[0].value, f"{first[1]} {times.number(waiting)}" if waiting else first[1])
        self.empty_button.setVisible(not self._program.logging_addresses())
        if none:
            self.detail.show_items(())
        self._lay_out()

    @Slot()
    def _lay_out(self) -> None:
        """Beside the list; below 1100 px of window once something was chosen, and over it where too little is left."""
        size = self._body.size()
        width = min(self._theme.px(k.W_DETAIL), size.width())
        self._narrow = self.window().width() < self._theme.px(k.W_NARROW)
        self.detail.set_overlay(self._narrow)
        blank = self.model.found == 0
        shown = not blank and (self._open or not self._narrow)
        self.detail.setVisible(shown)
        beside = shown and (not self._narrow or size.width() - width >= self._theme.px(LEAST_LIST))
        self._left.setGeometry(0, 0, size.width() - (width if beside else 0), size.height())
        self.detail.setGeometry(size.width() - width, 0, width, size.height())
        self.detail.raise_()

    @Slot()
    def refresh(self) -> None:
        """Looks again without losing the choice, or with the next one chosen where it went."""
        kept = [i.id for i in self.detail.items]
        current = self.view.currentIndex().row()
        had_focus = self.view.hasFocus()
        self.model.reload()
        again = [at for number in kept if (at := self.model.position_of(number)) >= 0]
        if not again and kept and (near := self.model.near(current)) >= 0:
            again = [near]
        self._select(again)
        self._show()
        if had_focus:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _select(self, positions: list[int]) -> None:
        chooser = self.view.selectionModel()
        chooser.clear()
        for at in positions:
            chooser.setCurrentIndex(self.model.index(at), QItemSelectionModel.SelectionFlag.Select)
        self._on_selection()

    def show_item(self, item_id: int) -> bool:
        """Makes one entry the chosen one, whatever became of it. False where there is none."""
        try:
            item = self._program.review_item(item_id)
        except HitchpostError:
            return False
        self.filters.choose(item.state.value)
        if self.model.search and not words.matches(item, self.model.search):
            self.search.clear()
        self.model.show(item.state)
        position = self.model.position_of(item_id)
        if position < 0:
            self.detail.show_items((item,))
        else:
            self._select([position])
            self.view.scrollTo(self.model.index(position), QAbstractItemView.ScrollHint.PositionAtCenter)
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._open = True
        self._show()
        return True

    @Slot(str)
    def _on_search(self, text: str) -> None:
        self._open = False
        self.model.set_search(text)
        self.detail.show_items(())
        self._show()

    @Slot(str)
    def _on_filter(self, key: str) -> None:
        self._open = False
        self.model.show(ReviewState(key))
        self.detail.show_items(())
        self._show()

    @Slot()
    def _on_selection(self) -> None:
        items = rows_of(self.view.selectionModel().selectedIndexes(), self.model)
        if items != self.detail.items:
            self.detail.show_items(items)
        self._open = self._open or bool(items)
        self._lay_out()

    @Slot()
    def _on_clicked(self) -> None:
        if self.detail.items and not self._open:  # the same row again, after its panel was closed
            self._open = True
            self._lay_out()

    @Slot()
    def close_detail(self) -> None:
        self._open = False
        self._lay_out()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & {Area.REVIEW, Area.SETTINGS} and not self._soon.isActive():
            self._soon.start()

    # --- wishes

    @Slot()
    def log(self) -> None:
        item = self.detail.items[0] if len(self.detail.items) == 1 else None
        if item is None or not item.can_be_logged:
            return
        dialog = LogDialog(self._theme, self._program, item, self.window())
        dialog.logged.connect(lambda many: self._on_logged(item, many))
        dialog.open()

    def _on_logged(self, item: ReviewItem, many: int) -> None:
        told = f"Logged to {times.count(many, 'contact', 'contacts')}"
        self.toast.done(told, lambda: self._program.undo_review(item.id))

    @Slot()
    def dismiss(self) -> None:
        waiting = [i.id for i in self.detail.items if i.state is ReviewState.OPEN]
        if waiting and self._try(lambda: self._program.dismiss_review(waiting)):
            told = "Dismissed" if len(waiting) == 1 else f"{times.number(len(waiting))} messages dismissed"
            self.toast.done(told, lambda: self._undo_all(waiting))

    def _undo_all(self, items: list[int]) -> None:
        for item_id in items:
            self._program.undo_review(item_id)

    @Slot()
    def put_back(self) -> None:
        items = [i.id for i in self.detail.items if words.undoable(i)]
        if items and self._try(lambda: self._undo_all(items)):
            self.toast.done(f"{times.count(len(items), 'message waits', 'messages wait')} again")

    def _try(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except HitchpostError as fault:
            self.toast.failed(str(fault))
            return False
        return True

    @Slot()
    def _on_setup(self) -> None:
        self.section_requested.emit("logging")

    @Slot(object)
    def _on_mend(self, mend: Mend) -> None:
        if mend is not Mend.BASIS:
            self.section_requested.emit(mend.value)
            return
        from app.ui.settings.basis_dialog import BasisDialog

        item = self.detail.items[0]
        dialog = BasisDialog(self._theme, self._program, self.window(), "\n".join(words.lacking_basis(item)))
        dialog.noted.connect(lambda: self.toast.done("Noted. The message can be logged by hand now."))
        dialog.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._narrow and self._open:
            self.close_detail()
            return
        super().keyPressEvent(event)
