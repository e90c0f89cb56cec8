"""Search, list and answer beside each other. The help page and the dialog that banners open both show it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStackedWidget

from app.ui.help.answer import Answer
from app.ui.help.rows import RowsDelegate, RowsModel
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import Search
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label
from app.ui.page import hero
from app.words.lookup import find

HINT = "Paste an error message, or type a code or words"


class TroubleshootingView(QFrame):
    """`look_up` puts a text into the search and shows the row that fits best. `inboxes_requested`: to run Diagnose."""

    inboxes_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.search = Search(theme, HINT)
        self.search.setMaxLength(4_000)
        self.search.installEventFilter(self)
        self.count = label(theme, "", "small", "faint")
        self.model = RowsModel(self)
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(RowsDelegate(theme, self.view))
        self.view.setMouseTracking(True)
        self.view.setUniformItemSizes(True)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.verticalScrollBar().setSingleStep(theme.px(28))
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName("Known errors")
        theme.follow(self.view, self.view.viewport().update)
        self.answer = Answer(theme)
        self.clear_button = button(theme, "Show everything")
        self.inboxes_button = button(theme, "Show inboxes")
        nothing = hero(
            theme,
            "search",
            "Nothing is known about this",
            "Shorten the text to its code, such as 535 5.7.8, or to a few words. When it is about an inbox: Diagnose, in the "
            "inbox’s menu, runs every check again and gives a report for whoever runs the mail server.",
            self.clear_button,
            self.inboxes_button,
        )
        top = column(self.search, self.count, gap=k.S2, margins=(k.S6, k.S4, k.S6, k.S2))
        both = row((box("surface", column((self.view, 1))), 5), (self.answer, 6), gap=0)
        self._stack = QStackedWidget()
        self._stack.addWidget(host(both))
        self._stack.addWidget(host(column(None, nothing, None, None)))
        self.setLayout(column(top, (self._stack, 1), gap=0))
        self.search.searched.connect(self.show_found)
        self.clear_button.clicked.connect(self._on_clear)
        self.inboxes_button.clicked.connect(self.inboxes_requested)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        find_keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find_keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find_keys.activated.connect(self.focus_search)
        self.show_found("")

    def look_up(self, text: str) -> None:
        """At once, without waiting for a pause in typing."""
        self.search.setText(" ".join(text.split()))
        self.search.setCursorPosition(0)
        self.search.returnPressed.emit()

    @Slot(str)
    def show_found(self, text: str) -> None:
        rows = find(text)
        self.model.set_rows(rows)
        counted = times.count(len(rows), "error", "errors")
        if not text.strip():
            self.count.setText(f"{counted} known, with cause and remedy")
        else:
            self.count.setText(f"{counted} found" if rows else "No error found")
        self._stack.setCurrentIndex(0 if rows else 1)
        if rows:
            self.view.setCurrentIndex(self.model.index(0))
            self.view.scrollToTop()
        else:
            self.answer.show_row(None)

    def nothing_found(self) -> bool:
        return self._stack.currentIndex() == 1

    @Slot()
    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down leads from the search into the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            down = event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown)
            if down and event.modifiers() == Qt.KeyboardModifier.NoModifier and not self.nothing_found():
                self.view.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return super().eventFilter(watched, event)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _before: QModelIndex) -> None:
        self.answer.show_row(self.model.row_at(current))

    @Slot()
    def _on_clear(self) -> None:
        self.search.clear()
        self.focus_search()
