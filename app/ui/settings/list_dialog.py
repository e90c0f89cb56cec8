"""A dialog that edits a list: one input with Add, the list, Remove, Save and Cancel. Nothing is kept before Save. Used by the
dialogs of additional BCC addresses and of blocked addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QBoxLayout, QListWidget, QListWidgetItem, QWidget

from app.domain.errors import HitchpostError
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.focus import tab_in_order
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import banner, button, label

ROWS = 5  # of the list that are seen at least


@dataclass(frozen=True)
class Read:
    """What was typed or pasted: entries, and (what was written, why it is none)."""

    entries: tuple[Any, ...]
    faults: tuple[tuple[str, str], ...] = ()


class ListDialog(FittingDialog):
    """A base: `read`, `key`, `shown` and `save` say what the entries are. Open it with `open()`."""

    one, many = "entry", "entries"

    def __init__(
        self,
        theme: Theme,
        title: str,
        text: str,
        kept: Sequence[Any],
        field: str,
        hint: str,
        parent: QWidget | None,
        help_text: str = "",
    ) -> None:
        super().__init__(theme, title, text, parent, width=560)
        self._kept = tuple(kept)
        self.entries: list[Any] = list(kept)
        self._sure = False
        self.add_button = button(theme, "Add", name=f"Add to the list: {field.replace('&', '').lower()}")
        self.edit = entry(theme, hint=hint)
        self.edit.installEventFilter(self)
        self.field = Field(theme, field, self.edit, help_text, self.add_button)
        self.list = QListWidget()
        self.list.setProperty("kind", "boxed")
        self.list.setFont(theme.font("body"))
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setMinimumHeight(theme.px(32) * ROWS + 10)
        self.list.setAccessibleName(title)
        self.list.installEventFilter(self)
        self.remove_button = button(theme, "Remove", "danger", name=f"Remove the chosen {self.many}")
        self.count = label(theme, "", "small", "faint")
        self.told = banner(theme, "bad", "")
        self.told.hide()
        self.below: QBoxLayout = row(self.remove_button, None, self.count, gap=k.S3)
        self.add(self.field)
        self.add(self.list, 1)
        self.add(self.below)
        self.add(self.told)
        self.verb = self.set_verb("Save")
        self.verb.clicked.connect(self.on_save)
        if self.cancel is not None:
            self.cancel.clicked.disconnect(self.reject)
            self.cancel.clicked.connect(self._leave)
        self.add_button.clicked.connect(self.on_add)
        self.remove_button.clicked.connect(self.on_remove)
        self.list.itemSelectionChanged.connect(self._on_chosen)
        self.edit.textEdited.connect(self._on_typed)
        self.show_entries()
        tab_in_order(self.edit, self.add_button, self.list, self.remove_button, *self._foot_buttons())
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _foot_buttons(self) -> tuple[QWidget, ...]:
        return (*((self.cancel,) if self.cancel is not None else ()), self.verb)

    # --- what the entries are

    def read(self, text: str) -> Read:
        raise NotImplementedError

    def key(self, one: Any) -> str:
        raise NotImplementedError

    def shown(self, one: Any) -> str:
        return self.key(one)

    def save(self) -> None:
        """Raises HitchpostError, and then nothing has changed."""
        raise NotImplementedError

    def entries_changed(self) -> None:
        """The list is another one than a moment ago."""

    def may_save_typed(self) -> bool:
        """Whether Save may keep what stands in the field at once, or only put it on the list."""
        return True

    # --- the list

    @property
    def changed(self) -> bool:
        """Whether Save would change anything."""
        return [self.key(e) for e in self.entries] != [self.key(e) for e in self._kept]

    def show_entries(self) -> None:
        self.list.clear()
        for one in self.entries:
            item = QListWidgetItem(self.shown(one), self.list)
            item.setToolTip(self.shown(one))
        self.count.setText(times.count(len(self.entries), self.one, self.many))
        self._on_chosen()

    @Slot()
    def _on_chosen(self) -> None:
        self.remove_button.setEnabled(bool(self.list.selectedIndexes()))

    @Slot()
    def _on_typed(self) -> None:
        self.told.hide()

    @Slot()
    def on_add(self) -> bool:
        """What is typed goes into the list; what is wrong of it stays in the field, with the reason. Whether nothing is
        wrong."""
        text = self.edit.text()
        if not text.strip():
            self.field.set_error(f"Type {'an' if self.one[0] in 'aeiou' else 'a'} {self.one} first.")
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
            return False
        return self.take(self.read(text))

    def take(self, read: Read) -> bool:
        there = {self.key(e): place for place, e in enumerate(self.entries)}
        new = [e for e in read.entries if self.key(e) not in there]
        twice = [e for e in read.entries if self.key(e) in there]
        self.entries += new
        if new:
            self.show_entries()
            self.entries_changed()
        wanted = new or twice
        if wanted:
            rows = {self.key(e): n for n, e in enumerate(self.entries)}
            self.list.clearSelection()
            for one in wanted:
                self.list.item(rows[self.key(one)]).setSelected(True)
            self.list.scrollToItem(self.list.item(rows[self.key(wanted[-1])]))
        self.edit.setText(", ".join(text for text, _ in read.faults))
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        if read.faults:
            more = f" The same goes for {len(read.faults) - 1} more." if len(read.faults) > 1 else ""
            self.field.set_error(read.faults[0][1] + more)
        elif twice and not new:
            self.field.set_error(
                f"{self.shown(twice[0])} is on the list already."
                if len(twice) == 1
                else f"All {len(twice)} are on the list already."
            )
        else:
            self.field.clear_error()
        return not read.faults

    @Slot()
    def on_remove(self) -> None:
        chosen = sorted({index.row() for index in self.list.selectedIndexes()})
        if not chosen:
            return
        self.entries = [e for n, e in enumerate(self.entries) if n not in set(chosen)]
        self.show_entries()
        if self.entries:
            self.list.setCurrentRow(min(chosen[0], len(self.entries) - 1))
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.entries_changed()

    # --- the end

    @Slot()
    def on_save(self) -> None:
        """What is still typed counts, too: Save never drops it in silence."""
        if self.edit.text().strip():
            known = self.may_save_typed()
            if not self.on_add():
                return
            if not known:
                self.told.set(
                    "info",
                    "Not saved yet",
                    "What was typed is on the list now, and below stands what it changes. Save once more to keep it.",
                )
                self.told.show()
                return
        if not self.changed:
            self._leave()
            return
        try:
            self.save()
        except HitchpostError as fault:
            self.told.set("bad", "Not saved", str(fault))
            self.told.show()
            return
        self._sure = True
        self.accept()

    def reject(self) -> None:
        """Cancel discards, which the button says. Escape and closing ask first."""
        if self._sure or not (self.changed or self.edit.text().strip()):
            super().reject()
            return
        ask = ConfirmDialog(
            self.theme,
            "Discard the changes?",
            "The list has changes that are not saved.",
            "Discard",
            self,
            keep="Go on editing",
            danger=True,
        )
        ask.accepted.connect(self._leave)
        ask.open()

    @Slot()
    def _leave(self) -> None:
        self._sure = True
        super().reject()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in the field adds; several lines that are pasted are several entries; Delete in the list removes."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if watched is self.edit:
                if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.edit.text().strip():
                    self.on_add()
                    return True
                if event.matches(QKeySequence.StandardKey.Paste):
                    return self.paste(QGuiApplication.clipboard().mimeData())
            if watched is self.list and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.on_remove()
                return True
        return super().eventFilter(watched, event)

    def paste(self, data: QMimeData) -> bool:
        """Whether it was more than one line, which a one-line input would run together."""
        text = data.text()
        if len(text.strip().splitlines()) < 2:
            return False
        self.take(self.read(text))
        return True
