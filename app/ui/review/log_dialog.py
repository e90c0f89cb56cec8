"""The dialog that logs a message of the review list by hand: to contacts that are chosen, or become ones. Used by the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget
from shiboken6 import isValid

from app.domain.addresses import address_key, is_complete
from app.domain.records import RecordKind
from app.domain.review import ReviewItem
from app.ui.kit import times
from app.ui.kit.fields import Search
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.focus import tab_in_order
from app.ui.kit.layout import box, column
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import banner, label
from app.ui.review import words

if TYPE_CHECKING:
    from app.runtime.program import Program

_KEY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Candidate:
    """`contact_id` None: one who becomes a contact, by `address`."""

    key: str
    name: str
    address: str
    contact_id: int | None

    @property
    def text(self) -> str:
        if self.contact_id is None:
            return f"{self.address} · becomes a contact"
        return " · ".join(dict.fromkeys(part for part in (self.name, self.address) if part))


class CandidateList(QListWidget):
    """Enter ticks and unticks the current one, as Space does."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and current is not None:
            on = current.checkState() == Qt.CheckState.Checked
            current.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)
            return
        super().keyPressEvent(event)


class LogDialog(FittingDialog):
    """`logged`: to how many. Those whom the message names are offered first, and ticked where it came by BCC."""

    logged = Signal(int)

    def __init__(self, theme: Theme, program: Program, item: ReviewItem, parent: QWidget | None) -> None:
        about = f"“{item.subject}”" if item.subject else "A message without a subject"
        super().__init__(
            theme, "Log by hand", f"{about}, from {item.sender or 'an unknown sender'}.", parent, width=520
        )
        self.setObjectName("log-by-hand")
        self._program, self._item = program, item
        self._chosen: dict[str, Candidate] = {}
        self._named = self._people()
        for one in self._named:
            self._chosen[one.key] = one
        self.search = Search(theme, "Search contacts, or type a new address")
        self.list = CandidateList()
        self.list.setProperty("kind", "ticks")
        self.list.setFont(theme.font("body"))
        self.list.setAccessibleName("Contacts")
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(theme.px(232))
        self.none = label(theme, "", "small", "muted", wrap=True)
        self.count = label(theme, "", "small", "faint")
        self.told = banner(theme, "bad", "")
        self.told.hide()
        self.add(column(label(theme, "To whom it belongs", "medium"), self.search, gap=6))
        self.add(box("card", column(self.list, gap=0, margins=(4, 4, 4, 4))))
        self.add(self.none)
        self.add(self.told)
        self.set_note(self.count)
        self.verb = self.set_verb("Log")
        self.verb.clicked.connect(self._on_log)
        self.search.searched.connect(self._fill)
        self.list.itemChanged.connect(self._on_ticked)
        self.list.itemClicked.connect(self._on_clicked)
        foot = (*((self.cancel,) if self.cancel is not None else ()), self.verb)
        tab_in_order(self.search, self.list, *foot)
        self._pressed: QListWidgetItem | None = None
        self._fill("")
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _people(self) -> tuple[Candidate, ...]:
        own = {address_key(card.address) for card in self._program.inboxes()}
        own |= {a.key for a in self._program.logging_addresses()}
        own |= {address_key(a) for user in self._program.users() for a in (user.login_address, *user.aliases) if a}
        return tuple(self._candidate(address) for address in words.people_of(self._item, frozenset(own)))

    def _candidate(self, address: str) -> Candidate:
        number = self._program.find_contact(address)
        record = self._program.contact_record(number) if number is not None else None
        if record is None:
            return Candidate(f"new:{address_key(address)}", "", address, None)
        return Candidate(f"id:{record.id}", record.name, address, record.id)

    # --- the list

    @Slot(str)
    def _fill(self, text: str) -> None:
        """The ticked ones and those whom the message names first, then what the search found."""
        typed = text.strip()
        shown = dict(self._chosen) | {one.key: one for one in self._named}
        found = 0
        if typed and is_complete(typed):
            one = self._candidate(typed)
            shown.setdefault(one.key, one)
            found += 1
        for record in self._program.find_records(typed, (RecordKind.CONTACT,)) if typed else ():
            shown.setdefault(f"id:{record.id}", Candidate(f"id:{record.id}", record.name, record.detail, record.id))
            found += 1
        self.list.blockSignals(True)
        self.list.clear()
        self._all = shown
        for one in shown.values():
            item = QListWidgetItem(one.text)
            item.setData(_KEY, one.key)
            item.setToolTip(one.text)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if one.key in self._chosen else Qt.CheckState.Unchecked)
            item.setSizeHint(QSize(0, self.theme.px(30)))
            self.list.addItem(item)
        if self.list.count():
            self.list.setCurrentRow(self.list.count() - found if found else 0)
        self.list.blockSignals(False)
        if typed and not found:
            self.none.setText(f"No contact fits “{typed}”. Type a whole address to make a new one.")
        elif not shown:
            self.none.setText("Type a name or an address to find the contact.")
        else:
            self.none.setText("")
        self.none.setVisible(bool(self.none.text()))
        self._show_count()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """In the search Enter ticks what was found, and Down goes to the list. With an empty search Enter logs."""
        typing = self.focusWidget() is self.search
        if typing and self.search.text().strip() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            current = self.list.currentItem()
            if current is not None and not self.none.text():
                current.setCheckState(Qt.CheckState.Checked)
                self.search.clear()
            return
        if typing and event.key() == Qt.Key.Key_Down:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        super().keyPressEvent(event)

    @Slot(QListWidgetItem)
    def _on_ticked(self, item: QListWidgetItem) -> None:
        key = str(item.data(_KEY))
        self._pressed = item
        if item.checkState() == Qt.CheckState.Checked:
            self._chosen[key] = self._all[key]
        else:
            self._chosen.pop(key, None)
        self.told.hide()
        self._show_count()

    @Slot(QListWidgetItem)
    def _on_clicked(self, item: QListWidgetItem) -> None:
        """A click anywhere in the row ticks it; one on its box has done so already."""
        if self._pressed is item:
            self._pressed = None
            return
        on = item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)
        self._pressed = None

    def _show_count(self) -> None:
        self.count.setText(f"{times.number(len(self._chosen))} chosen")
        self.verb.setEnabled(bool(self._chosen))

    # --- logging

    @Slot()
    def _on_log(self) -> None:
        chosen = tuple(self._chosen.values())
        self.told.hide()
        self.verb.set_busy("Logging…")
        contacts = [one.contact_id for one in chosen if one.contact_id is not None]

        def then(done: object | None, why: str) -> None:
            if not isValid(self):
                return
            if done is None:
                self.verb.set_ready()
                self.told.set("bad", "Not logged", why)
                self.told.show()
                return
            self.logged.emit(len(chosen))
            self.accept()

        self._program.log_by_hand(
            self._item.id, contacts, then, addresses=[one.address for one in chosen if one.contact_id is None]
        )
