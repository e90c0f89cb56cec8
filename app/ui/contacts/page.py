"""The Contacts page: the table with search, and behind it the page of the chosen contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStackedWidget, QWidget

from app.domain.changes import Area, Change
from app.ui.contacts.add import AddContactDialog
from app.ui.contacts.contact import ContactView
from app.ui.contacts.model import ContactsModel
from app.ui.contacts.table import ContactsDelegate, TableHead
from app.ui.kit import times
from app.ui.kit.fields import Search
from app.ui.kit.layout import box, column, host
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label
from app.ui.page import hero, page_bar

if TYPE_CHECKING:
    from app.runtime.program import Program


class ContactsView(QListView):
    chosen = Signal(QModelIndex)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class ContactsPage(QFrame):
    compose_requested = Signal(object, object)  # tuple[Address, ...], TimelineMessage | None
    draft_requested = Signal(int)  # outbox_id
    events_requested = Signal(int)  # message_pk

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.setProperty("box", "surface")
        self.model = ContactsModel(program, self)
        self.search = Search(theme, "Search people and companies", 280)
        self.add_button = button(theme, "Add a contact", "", "plus")
        self.count = label(theme, "", "body", "faint")
        self.view = ContactsView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(ContactsDelegate(theme, self.view))
        self.view.setMouseTracking(True)
        self.view.setUniformItemSizes(True)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.verticalScrollBar().setSingleStep(theme.px(28))
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName("Contacts")
        theme.follow(self.view, self.view.viewport().update)

        self.empty_add = button(theme, "Add a contact", "primary", "plus")
        nobody = hero(
            theme,
            "contacts",
            "Nobody here yet",
            "People you write to from Hitchpost become contacts by themselves. You can add someone first, too.",
            self.empty_add,
        )
        self.clear_button = button(theme, "Show everyone")
        nothing = hero(theme, "search", "Nobody matches", "No contact fits this search.", self.clear_button)
        self._lists = QStackedWidget()
        for page in (
            host(column(TableHead(theme), (self.view, 1), gap=0)),
            self._middle(nobody),
            self._middle(nothing),
        ):
            self._lists.addWidget(page)
        bar = page_bar(theme, "Contacts", self.count, self.search, self.add_button)
        self.contact = ContactView(theme, program)
        self._stack = QStackedWidget()
        self._stack.addWidget(box("surface", column(bar, (self._lists, 1), gap=0)))
        self._stack.addWidget(self.contact)
        self.setLayout(column(self._stack, gap=0))

        self._refresh_soon = QTimer(self)
        self._refresh_soon.setSingleShot(True)
        self._refresh_soon.setInterval(60)
        self._refresh_soon.timeout.connect(self.refresh)
        self._connect()
        self.model.reload()
        self._show_state()

    @staticmethod
    def _middle(part: QWidget) -> QWidget:
        return host(column(None, part, None, None))

    def _connect(self) -> None:
        self.search.searched.connect(self._on_search)
        self.add_button.clicked.connect(self.add_contact)
        self.empty_add.clicked.connect(self.add_contact)
        self.clear_button.clicked.connect(self.search.clear)
        self.view.clicked.connect(self._on_chosen)
        self.view.chosen.connect(self._on_chosen)
        self.contact.back_requested.connect(self.show_table)
        self.contact.compose_requested.connect(self.compose_requested)
        self.contact.draft_requested.connect(self.draft_requested)
        self.contact.events_requested.connect(self.events_requested)
        self._program.changed.connect(self._on_changed)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.focus_search)

    @Slot()
    def focus_search(self) -> None:
        target = self.search if self._stack.currentIndex() == 0 else self.contact.search
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        target.selectAll()

    def showing_contact(self) -> bool:
        return self._stack.currentIndex() == 1

    def open_contact(self, contact_id: int, message_pk: int | None = None) -> bool:
        """Shows a contact, and brings one of its messages into view. False when there is no such contact."""
        if not self.contact.show_contact(contact_id, message_pk):
            return False
        self._stack.setCurrentIndex(1)
        self.contact.take_focus()
        return True

    @Slot()
    def show_table(self) -> None:
        self._stack.setCurrentIndex(0)
        self.refresh()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def refresh(self) -> None:
        chosen = self.model.row_at(self.view.currentIndex())
        if self.model.refresh() and chosen is not None:
            position = self.model.position_of(chosen.id)
            if position >= 0:
                self.view.setCurrentIndex(self.model.index(position))
        self._show_state()

    def _show_state(self) -> None:
        total = self.model.total
        self._lists.setCurrentIndex(0 if total else 2 if self.model.search else 1)
        self.count.setText(times.count(total, "person", "people") if total else "")
        nobody = not total and not self.model.search
        self.search.setVisible(not nobody)
        self.add_button.setVisible(not nobody)

    @Slot()
    def add_contact(self) -> None:
        dialog = AddContactDialog(self._theme, self._program, self)
        dialog.added.connect(self.open_contact)
        dialog.open()

    @Slot(str)
    def _on_search(self, text: str) -> None:
        self.model.set_search(text)
        self._show_state()

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        row = self.model.row_at(index)
        if row is not None:
            self.open_contact(row.id)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & {Area.CONTACTS, Area.MESSAGES}:
            self._refresh_soon.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.showing_contact():
            self.show_table()
            return
        super().keyPressEvent(event)
