"""Where a message is to go: a contact, and there a thread or none. Used by `why_dialog`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import Search
from app.ui.kit.layout import box, column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label

if TYPE_CHECKING:
    from app.runtime.program import Program

MOST = 50  # contacts, and messages of one, to choose among
STAYS = "Only onto this timeline; it stays in its thread"
_VALUE = Qt.ItemDataRole.UserRole


class MoveView(QWidget):
    chosen = Signal(object, object)  # contact_id, message_pk of the thread or None
    left = Signal()

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self.search = Search(theme, "Search people and companies", 0)
        self.people = self._list("People")
        self.threads = self._list("Where on the timeline")
        self.back_button = button(theme, "Back", "quiet", "chevron-left")
        self.move_button = button(theme, "Move", "primary")
        self.search.searched.connect(self._fill_people)
        self.people.currentItemChanged.connect(self._fill_threads)
        self.back_button.clicked.connect(self.left)
        self.move_button.clicked.connect(self._on_move)
        whose = column(
            label(theme, "Whose timeline", "medium"),
            self.search,
            (box("card", column(self.people, gap=0, margins=(4, 4, 4, 4))), 1),
            gap=k.S2,
        )
        where = column(
            label(theme, "Into which thread", "medium"),
            (box("card", column(self.threads, gap=0, margins=(4, 4, 4, 4))), 1),
            gap=k.S2,
        )
        self.setLayout(
            column(
                (row((whose, 1), (where, 1), gap=k.S4), 1),
                row(self.back_button, None, self.move_button, gap=k.S2),
                gap=k.S3,
            )
        )

    def _list(self, name: str) -> QListWidget:
        made = QListWidget()
        made.setFont(self._theme.font("body"))
        made.setAccessibleName(name)
        made.setTextElideMode(Qt.TextElideMode.ElideRight)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return made

    def _put(self, where: QListWidget, item: QListWidgetItem) -> None:
        item.setSizeHint(QSize(0, self._theme.px(28)))
        where.addItem(item)

    def start(self) -> None:
        self.search.clear()
        self._fill_people("")
        self.search.setFocus()

    @Slot(str)
    def _fill_people(self, text: str) -> None:
        self.people.clear()
        for contact in self._program.contacts(search=text.strip(), limit=MOST):
            item = QListWidgetItem(f"{contact.name} · {contact.address}" if contact.name else contact.address)
            item.setData(_VALUE, contact.id)
            self._put(self.people, item)
        self.people.setCurrentRow(0)
        self.move_button.setEnabled(self.people.count() > 0)

    @Slot()
    def _fill_threads(self) -> None:
        self.threads.clear()
        if self.people.currentRow() < 0:
            return
        contact = self.people.currentItem()
        self._put(self.threads, QListWidgetItem(STAYS))
        today = times.today()
        for message in self._program.timeline_page(contact.data(_VALUE), limit=MOST).messages:
            item = QListWidgetItem(f"{message.subject or '(no subject)'} · {times.moment_short(message.date, today)}")
            item.setData(_VALUE, message.pk)
            self._put(self.threads, item)
        self.threads.setCurrentRow(0)

    @Slot()
    def _on_move(self) -> None:
        if self.people.currentRow() >= 0 and self.threads.currentRow() >= 0:
            thread = self.threads.currentItem().data(_VALUE)
            self.chosen.emit(self.people.currentItem().data(_VALUE), thread)
