"""A page of records: the table with search, and behind it the chosen one. A base of the three pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QMenu, QStackedWidget, QWidget

from app.domain.changes import Area, Change
from app.domain.records import ORDERS, RecordKind, RecordOrder
from app.ui.kit import times
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import Search
from app.ui.kit.layout import box, column, host
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import ToolButton, button, label, tool
from app.ui.page import hero, page_bar
from app.ui.records.cell_editing import CellEdit, CellEditing
from app.ui.records.chosen import Chosen
from app.ui.records.chosen_bar import ChosenBar
from app.ui.records.columns import Column
from app.ui.records.editors import Editor
from app.ui.records.model import MOST_AGAIN, Read, RecordsModel
from app.ui.records.removed import RemovedDialog
from app.ui.records.table import RecordsDelegate, RecordsView, TableHead
from app.ui.records.toast import Toast
from app.ui.records.view import RecordView
from app.ui.records.words import KIND_WORDS, told
from app.ui.records.work_bar import WorkBar

if TYPE_CHECKING:
    from app.runtime.program import Program

AREAS = frozenset({Area.CONTACTS, Area.COMPANIES, Area.DEALS, Area.MESSAGES})


class RecordsPage(QFrame):
    """A subclass names its kind, its words and its parts, and then calls `build`."""

    KIND: RecordKind
    TITLE = ""
    COUNTED = ("", "")  # one, many
    SEARCH = ""
    EMPTY = ("", "", "")  # icon, title, sentence
    ADD = ""

    compose_requested = Signal(object, object)  # tuple[Address, ...], TimelineMessage | None
    draft_requested = Signal(int)  # outbox_id
    events_requested = Signal(int)  # message_pk
    record_requested = Signal(object, int)  # RecordKind, number: shown on its own page
    messages_requested = Signal(str)  # the search, to be looked for in messages

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.setProperty("box", "surface")
        order = ORDERS[self.KIND][0]
        self.model = RecordsModel(self.pages(), order, self.spoken, self)
        self.search = Search(theme, self.SEARCH, 280)
        self.add_button = button(theme, self.ADD, "", "plus")
        self.more_button: ToolButton = tool(theme, "more", f"More for {KIND_WORDS[self.KIND][1]}")
        self.count = label(theme, "", "body", "faint")
        columns = self.columns()
        self.head = TableHead(theme, columns, order)
        self.view = RecordsView(theme, self.TITLE)
        self.view.setModel(self.model)
        self.view.setItemDelegate(RecordsDelegate(theme, columns, self.mark, self.view))
        self.chosen_bar = ChosenBar(theme, self.TITLE.lower(), self.chosen_actions())
        self.detail = self.make_detail()
        self.toast = Toast(theme, self)
        self.work = WorkBar(theme, self.COUNTED[1])
        self.cells = CellEditing(theme, self.view, columns, self._cell_edit)
        self.chosen = Chosen(theme, program, self.KIND, self.COUNTED, self.name_of)
        self.chosen.setParent(self)
        self.chosen.attach(self.view, self.model, self.chosen_bar, self.work, self.toast)
        self._lists = QStackedWidget()
        self._stack = QStackedWidget()
        self._build()
        self._refresh_soon = QTimer(self)
        self._refresh_soon.setSingleShot(True)
        self._refresh_soon.setInterval(60)
        self._refresh_soon.timeout.connect(self.refresh)
        self._count_soon = QTimer(self)  # counting takes longer than showing
        self._count_soon.setSingleShot(True)
        self._count_soon.setInterval(0)
        self._count_soon.timeout.connect(self._count)
        self._connect()
        self.model.reload()
        self._show_state()
        self._count()

    def _build(self) -> None:
        theme = self._theme
        self.empty_add = button(theme, self.ADD, "primary", "plus")
        self.empty_removed = button(theme, "")
        blank = hero(theme, *self.EMPTY, self.empty_add, self.empty_removed)
        self.clear_button = button(theme, f"Show all {KIND_WORDS[self.KIND][1]}")
        self.messages_button = button(theme, "Search messages for it", icon="search")
        missed = f"No {self.KIND.value} fits this search."
        nothing = hero(theme, "search", "Nothing matches", missed, self.clear_button, self.messages_button)
        table = host(column(self.head, (self.view, 1), self.chosen_bar, gap=0))
        for part in (table, self._middle(blank), self._middle(nothing)):
            self._lists.addWidget(part)
        bar = page_bar(theme, self.TITLE, self.count, self.search, self.add_button, self.more_button)
        self._stack.addWidget(box("surface", column(bar, (self._lists, 1), self.work, gap=0)))
        self._stack.addWidget(self.detail)
        self.setLayout(column(self._stack, gap=0))
        menu = QMenu(self)
        for text, act in self.more_choices():
            menu.addAction(text).triggered.connect(act)
        self.more_button.setMenu(menu)

    @staticmethod
    def _middle(part: QWidget) -> QWidget:
        return host(column(None, part, None, None))

    def _connect(self) -> None:
        self.search.searched.connect(self._on_search)
        self.head.ordered.connect(self._on_ordered)
        self.add_button.clicked.connect(self.add_record)
        self.empty_add.clicked.connect(self.add_record)
        self.clear_button.clicked.connect(self.search.clear)
        self.messages_button.clicked.connect(self._on_messages)
        self.view.resized.connect(self.head.set_room)
        self.view.clicked.connect(self._on_clicked)
        self.view.opened.connect(self._on_opened)
        self.view.edit_requested.connect(self._on_edit)
        self.cells.ended.connect(self.refresh)
        self.work.ended.connect(self._on_worked)
        self.work.focus_left.connect(self.take_focus)
        self.toast.focus_left.connect(self.take_focus)
        self.empty_removed.clicked.connect(self.show_removed)
        self.detail.back_requested.connect(self.show_table)
        self.detail.compose_requested.connect(self.compose_requested)
        self.detail.draft_requested.connect(self.draft_requested)
        self.detail.events_requested.connect(self.events_requested)
        self.detail.record_requested.connect(self.record_requested)
        self.detail.told.connect(self.toast.done)
        self._program.changed.connect(self._on_changed)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.focus_search)

    # --- what a subclass says

    def pages(self) -> Read:
        raise NotImplementedError

    def columns(self) -> Sequence[Column]:
        raise NotImplementedError

    def mark(self, line: Any) -> str:
        """What the disc of a row is made of: a name, or an icon as `:name`."""
        raise NotImplementedError

    def spoken(self, line: Any) -> str:
        raise NotImplementedError

    def cell_editor(self, key: str, line: Any) -> Editor:
        """What edits the field of a column in its row."""
        raise NotImplementedError

    def cell_fields(self, key: str, _line: Any, value: Any) -> Mapping[str, Any]:
        """What `edit_record` gets for the editor's value. Raises what is told beside the cell."""
        return {key: value}

    def cell_note(self, _key: str, _value: Any) -> str:
        """What is to be known about what was just typed."""
        return ""

    def make_detail(self) -> RecordView:
        raise NotImplementedError

    def make_adder(self) -> Dialog:
        """With a signal `added(int)`."""
        raise NotImplementedError

    def chosen_actions(self) -> Sequence[tuple[str, Callable[[], None], str]]:
        """Buttons for several chosen lines: text, act, kind."""
        return (("Remove", self.remove_chosen, "danger"),)

    def more_choices(self) -> Sequence[tuple[str, Callable[[], None]]]:
        return ((f"Removed {KIND_WORDS[self.KIND][1]}…", self.show_removed),)

    # --- showing

    @Slot()
    def focus_search(self) -> None:
        target = self.search if not self.showing_record() else getattr(self.detail, "search", self.search)
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        target.selectAll()

    @Slot()
    def take_focus(self) -> None:
        """So that the keys of the page are heard."""
        if self.showing_record():
            self.detail.take_focus()
        elif self._stack.currentIndex() == 0:
            part = (self.view, self.empty_add, self.clear_button)[self._lists.currentIndex()]
            part.setFocus(Qt.FocusReason.OtherFocusReason)

    def showing_record(self) -> bool:
        return self._stack.currentWidget() is self.detail

    def open_record(self, record_id: int, message_pk: int | None = None) -> bool:
        """Shows one, and brings one of its messages into view. False when it is not there."""
        if not self.detail.show_record(record_id, message_pk):
            return False
        self._stack.setCurrentWidget(self.detail)
        self.detail.take_focus()
        return True

    @Slot()
    def show_table(self) -> None:
        self._stack.setCurrentIndex(0)
        self.detail.timeline.let_go()
        self.refresh()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def refresh(self) -> None:
        if self.cells.editing or self.work.working:  # it is looked at when that ends
            return
        line = self.model.line_at(self.view.currentIndex())
        chosen = self.chosen.marked()
        at_top = self.view.verticalScrollBar().value() == 0
        if not self.model.refresh() and at_top and self.model.rowCount() > MOST_AGAIN:
            self.model.reload()
        if line is not None and self.model.line_at(self.view.currentIndex()) is None:
            position = self.model.position_of(line.id)
            if position >= 0:
                self.view.setCurrentIndex(self.model.index(position))
            self.chosen.mark_again(chosen)
        self._show_state()
        self._count_soon.start()

    def _show_state(self) -> None:
        some = self.model.rowCount() > 0
        self._lists.setCurrentIndex(0 if some else 2 if self.model.search else 1)
        blank = not some and not self.model.search
        self.search.setVisible(not blank)
        self.add_button.setVisible(not blank)
        removed = self._program.removed_count(self.KIND) if blank else 0
        words = times.count(removed, *(f"removed {word}" for word in KIND_WORDS[self.KIND]))
        self.empty_removed.set_verb(f"{words}…")
        self.empty_removed.setAccessibleName(words)
        self.empty_removed.setVisible(removed > 0)

    @Slot()
    def _count(self) -> None:
        total = self.chosen.count_again()
        self.count.setText(times.count(total, *self.COUNTED) if total else "")

    def chosen_lines(self) -> list[Any]:
        """Of those that are loaded."""
        return self.chosen.lines()

    # --- wishes

    def _cell_edit(self, column: Column, line: Any) -> CellEdit:
        return CellEdit(
            lambda: self.cell_editor(column.key, line), lambda value: self._save_cell(column.key, line, value)
        )

    def _save_cell(self, key: str, line: Any, value: Any) -> None:
        change = self._program.edit_record(self.KIND, line.id, self.cell_fields(key, line, value))
        if change is not None:
            name = value if key == "name" and value else self.name_of(line)
            note = self.cell_note(key, value)
            text = f"{told(change, name)}. {note}" if note else told(change, name)
            self.toast.done(text, partial(self._program.undo_change, change.id))

    @Slot()
    def _on_worked(self) -> None:
        self.model.reload()
        self._show_state()
        self._count()

    @Slot()
    def add_record(self) -> None:
        dialog = self.make_adder()
        dialog.added.connect(self.open_record)  # type: ignore[attr-defined]
        dialog.open()

    @Slot()
    def remove_chosen(self) -> None:
        self.chosen.remove()

    def name_of(self, line: Any) -> str:
        return str(line.name)

    @Slot()
    def show_removed(self) -> None:
        dialog = RemovedDialog(self._theme, self._program, self.KIND, self.window())
        dialog.restored.connect(self._on_restored)
        dialog.all_restored.connect(self._on_all_restored)
        dialog.open()

    @Slot(int, str)
    def _on_restored(self, _record_id: int, name: str) -> None:
        self.toast.done(f"{name} is back")

    @Slot(int)
    def _on_all_restored(self, count: int) -> None:
        one, many = self.COUNTED
        self.toast.done(f"{times.count(count, f'{one} is', f'{many} are')} back")

    @Slot()
    def _on_messages(self) -> None:
        self.messages_requested.emit(self.search.text().strip())

    @Slot(str)
    def _on_search(self, text: str) -> None:
        self.chosen.forget()
        self.model.set_search(text)
        self.view.scrollToTop()
        self._show_state()
        self._count_soon.start()

    @Slot(object)
    def _on_ordered(self, order: RecordOrder) -> None:
        chosen = self.chosen.marked()
        self.model.set_order(order)
        self.chosen.mark_again(chosen)
        self.view.scrollToTop()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        """With Ctrl or Shift lines are chosen, without one is opened."""
        held = self._theme.app.keyboardModifiers()
        if not held & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            self._on_opened(index)

    @Slot(QModelIndex)
    def _on_opened(self, index: QModelIndex) -> None:
        line = self.model.line_at(index)
        if line is not None:
            self.open_record(line.id)

    @Slot(QModelIndex)
    def _on_edit(self, index: QModelIndex) -> None:
        line = self.model.line_at(index)
        if line is not None and not self.cells.begin(index) and self.open_record(line.id):
            self.detail.edit_first()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & AREAS:
            self._refresh_soon.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo) and self.toast.can_undo and not self.work.working:
            self.toast.undo()
        elif event.key() == Qt.Key.Key_Escape and self._stack.currentIndex() != 0:
            self.show_table()
        else:
            super().keyPressEvent(event)
