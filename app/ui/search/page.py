"""The page that searches all logged messages, while one types. Reached by Ctrl+Shift+F, by the glass beside Compose, and from
searches of records that find nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStackedWidget, QWidget

from app.domain.changes import Area, Change
from app.domain.found_words import MOST_WORDS, too_many
from app.domain.record_words import LONGEST_SEARCH
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import Search
from app.ui.kit.layout import column, host
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label
from app.ui.page import hero, in_the_middle, page_bar
from app.ui.search.rows import FoundModel, FoundView

if TYPE_CHECKING:
    from app.runtime.program import Program

AREAS = frozenset({Area.MESSAGES, Area.CONTACTS})
PAUSE = 1_000  # ms in which what a sync logs is one look
TITLE = "Search messages"


class MessageSearchPage(QFrame):
    message_requested = Signal(int)  # message_pk
    closed = Signal()

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.setProperty("box", "surface")
        self.search = Search(theme, "Words in the subject, the people or the text of any message")
        self.search.setMaxLength(LONGEST_SEARCH)
        self.search.installEventFilter(self)
        self.count = label(theme, "", "small", "faint")
        self.model = FoundModel(program, self)
        self.view = FoundView(theme, self.model)
        self.clear_button = button(theme, "Clear the search")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._start = self._middle(
            hero(
                theme,
                "search",
                TITLE,
                "Type words, or their beginnings. Messages in which all of them stand are shown here, the newest first. Case "
                "and accents do not count.",
            )
        )
        self._wordless = self._middle(
            hero(theme, "search", "No word yet", "Signs alone are not searched for. Type a letter or a digit, too.")
        )
        self._nothing = self._middle(
            hero(
                theme,
                "search",
                "Nothing found",
                "No logged message has all of these words. Try fewer of them, or only their beginnings.",
                self.clear_button,
            )
        )
        self._busy = self._middle(in_the_middle(label(theme, "Searching older messages…", "body", "muted")))
        top = column(self.search, self.count, gap=k.S2, margins=(k.S6, k.S4, k.S6, k.S2))
        self.setLayout(column(page_bar(theme, TITLE), top, (self._stack, 1), gap=0))
        self._kept: int | None = None  # the message to choose again once it is loaded
        self._stale = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE)
        self._soon.timeout.connect(self.refresh)
        self._connect()
        self._show()

    def _middle(self, part: QWidget) -> QWidget:
        made = host(column(None, part, None, None))
        self._stack.addWidget(made)
        return made

    def _connect(self) -> None:
        self.search.searched.connect(self._on_search)
        self.search.returnPressed.connect(self._enter_list)
        self.view.opened.connect(self.message_requested)
        self.view.left.connect(self.focus_search)
        self.model.searched.connect(self._show)
        self.model.rowsInserted.connect(self._show)
        self.clear_button.clicked.connect(self._on_clear)
        self._program.changed.connect(self._on_changed)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.focus_search)

    # --- what is shown

    def look_for(self, text: str) -> None:
        """At once, without waiting for a pause in typing."""
        self.search.setText(text)
        self.search.returnPressed.emit()

    @Slot(str)
    def _on_search(self, text: str) -> None:
        self._kept = None
        self.model.set_search(text)
        self.view.scrollToTop()
        self._show()

    @Slot()
    def _show(self) -> None:
        model = self.model
        if model.found:
            shown: QWidget = self.view
        elif model.wanted:
            shown = self._busy if model.searching else self._nothing
        else:
            shown = self._wordless if model.search else self._start
        self._stack.setCurrentWidget(shown)
        self.count.setText("  ·  ".join(self._told()))
        if self._kept is not None and (position := model.position_of(self._kept)) >= 0:
            self._kept = None
            self.view.setCurrentIndex(model.index(position))

    def _told(self) -> list[str]:
        """How many there are, and what is missing."""
        model, told = self.model, []
        if model.found and model.more:
            told.append(f"The newest {times.number(model.found)} messages, and more as you scroll")
        elif model.found:
            told.append(f"{times.count(model.found, 'message', 'messages')} found")
        if too_many(model.search):
            told.append(f"Only the first {MOST_WORDS} words count")
        if not model.complete:
            told.append("Older messages are still being made ready for searching, and may be missing")
        return told

    @Slot()
    def refresh(self) -> None:
        """Looks again; the chosen message stays the chosen one."""
        self._stale = False
        if not self.model.wanted:
            return
        found = self.model.found_at(self.view.currentIndex())
        top = self.view.verticalScrollBar().value()
        self._kept = found.pk if found is not None else self._kept
        self.model.reload()
        self._show()
        self.view.verticalScrollBar().setValue(top)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if not change.areas & AREAS:
            return
        if not self.isVisible():
            self._stale = True
        elif not self._soon.isActive():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    # --- keys

    @Slot()
    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @Slot()
    def _enter_list(self) -> None:
        """From the field to the row that was chosen before, else to the first."""
        if not self.model.found:
            return
        if self.model.found_at(self.view.currentIndex()) is None:
            self.view.setCurrentIndex(self.model.index(1))  # the first row is a year’s head
        self.view.scrollTo(self.view.currentIndex(), QAbstractItemView.ScrollHint.EnsureVisible)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_clear(self) -> None:
        self.search.clear()
        self.focus_search()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down leads from the field into the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            down = event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown)
            if down and event.modifiers() == Qt.KeyboardModifier.NoModifier and self.model.found:
                self._enter_list()
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:  # the field takes it while something stands there
            self.closed.emit()
            return
        super().keyPressEvent(event)
