"""Chooses a contact, company or deal while one types. Used in place, in the dialogs that add, and where a message is logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QWidget

from app.domain.errors import UsageError
from app.domain.records import FoundRecord, RecordKind
from app.ui.kit.fields import entry
from app.ui.kit.layout import column
from app.ui.kit.theme import Theme
from app.ui.records.editors import Editor

if TYPE_CHECKING:
    from app.runtime.program import Program

PAUSE = 120  # ms of rest in typing before it is looked for
NUMBER = Qt.ItemDataRole.UserRole + 1
KINDS = {RecordKind.CONTACT: "contact", RecordKind.COMPANY: "company", RecordKind.DEAL: "deal"}
MAKE = -1  # the entry that makes a new record of what was typed


class RecordPicker(Editor):
    """`value()`: the number of what was chosen, or None while the input is empty. `make`: offers to make a record of a name
    that is not there, and gives its number."""

    chosen = Signal(int, str)  # number, name

    def __init__(
        self,
        theme: Theme,
        program: Program,
        kind: RecordKind,
        *,
        hint: str = "",
        make: Callable[[str], int | None] | None = None,
        without: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__()
        self._program, self._kind, self._make, self.without = program, kind, make, without
        self._number: int | None = None
        self._name = ""
        self.edit = entry(theme, hint=hint or f"Type to find a {KINDS[kind]}")
        self._finds = QStandardItemModel(self)
        self._completer = QCompleter(self._finds, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(8)
        self._completer.setWidget(self.edit)
        popup = self._completer.popup()
        assert popup is not None
        self._popup = popup
        self._popup.setFont(theme.font("body"))
        self._completer.activated[QModelIndex].connect(self._on_activated)  # type: ignore[index]
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE)
        self._soon.timeout.connect(self.look_up)
        self.edit.textEdited.connect(self._on_edited)
        self.setLayout(column(self.edit, gap=0))
        self.watch()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.edit,)

    def set(self, number: int | None, name: str) -> None:
        self._number, self._name = number, name
        self.edit.setText(name)
        self.edit.setCursorPosition(0)

    def finds(self) -> list[str]:
        """What is offered, as it reads."""
        return [self._finds.item(i).text() for i in range(self._finds.rowCount())]

    def value(self) -> int | None:
        """Raises UsageError when something is typed that was not found."""
        typed = self.edit.text().strip()
        if not typed:
            return None
        if self._number is not None and typed == self._name:
            return self._number
        found = [f for f in self._found(typed) if f.name.casefold() == typed.casefold()]
        if len(found) == 1:
            return found[0].id
        if not found and self._make is not None:
            return self._make(typed)
        raise UsageError(
            "There are several of this name. Choose one of the list."
            if found
            else f"There is no {KINDS[self._kind]} of this name. Choose one of the list."
        )

    def _found(self, text: str) -> list[FoundRecord]:
        return [f for f in self._program.find_records(text, (self._kind,)) if f.id not in self.without]

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        self._number = None
        if text.strip():
            self._soon.start()
        else:
            self._soon.stop()
            self._popup.hide()

    @Slot()
    def look_up(self) -> None:
        """Looks now, and shows what it finds below the input."""
        typed = self.edit.text().strip()
        found = self._found(typed)
        self._finds.clear()
        for record in found:
            item = QStandardItem(f"{record.name}   {record.detail}" if record.detail else record.name)
            item.setData(record.id, NUMBER)
            item.setData(record.name, Qt.ItemDataRole.UserRole)
            self._finds.appendRow(item)
        if self._make is not None and typed and all(f.name.casefold() != typed.casefold() for f in found):
            item = QStandardItem(f"Add “{typed}” as a new {KINDS[self._kind]}")
            item.setData(MAKE, NUMBER)
            item.setData(typed, Qt.ItemDataRole.UserRole)
            self._finds.appendRow(item)
        if self._finds.rowCount() and self.edit.hasFocus():
            self._completer.complete()
        else:
            self._popup.hide()

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        number, name = int(index.data(NUMBER)), str(index.data(Qt.ItemDataRole.UserRole))
        self.choose(number, name)

    def choose(self, number: int, name: str) -> None:
        if number == MAKE:
            made = self._make(name) if self._make is not None else None
            if made is None:
                return
            number = made
        self.set(number, name)
        self.chosen.emit(number, name)
        self.done.emit()
