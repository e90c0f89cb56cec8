"""A page of records of which two can become one. A base of the pages of contacts and of companies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.domain.records import RecordChange
from app.ui.kit.theme import Theme
from app.ui.records.duplicates import DuplicatesView
from app.ui.records.merging import ChooseOtherDialog, CompareDialog
from app.ui.records.page import RecordsPage
from app.ui.records.words import told

if TYPE_CHECKING:
    from app.runtime.program import Program


class MergingPage(RecordsPage):
    """The view of one record wishes it by its signal `merge_requested(int)`."""

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(theme, program, parent)
        self.detail.merge_requested.connect(self.merge_with)  # type: ignore[attr-defined]
        self.duplicates = self.make_duplicates()
        self.duplicates.back_requested.connect(self.show_table)
        self.duplicates.merge_requested.connect(self.compare)
        self.duplicates.told.connect(self.toast.done)
        self._stack.addWidget(self.duplicates)

    def make_duplicates(self) -> DuplicatesView:
        raise NotImplementedError

    def make_chooser(self, record_id: int) -> ChooseOtherDialog:
        raise NotImplementedError

    def make_comparison(self, keep: int, other: int) -> CompareDialog:
        raise NotImplementedError

    def chosen_actions(self) -> Sequence[tuple[str, Callable[[], None], str]]:
        return (("Merge…", self.merge_chosen, ""), *super().chosen_actions())

    def more_choices(self) -> Sequence[tuple[str, Callable[[], None]]]:
        return (("Find duplicates…", self.show_duplicates), *super().more_choices())

    @Slot()
    def show_duplicates(self) -> None:
        self._stack.setCurrentWidget(self.duplicates)
        self.duplicates.look()
        self.duplicates.take_focus()

    @Slot()
    def merge_chosen(self) -> None:
        lines = self.chosen_lines()
        if len(lines) == 2:
            self.compare(lines[0].id, lines[1].id)

    @Slot(int)
    def merge_with(self, record_id: int) -> None:
        """Asks with which, then compares."""
        dialog = self.make_chooser(record_id)
        dialog.chosen.connect(partial(self.compare, record_id))
        dialog.open()

    @Slot(int, int)
    def compare(self, keep: int, other: int) -> None:
        dialog = self.make_comparison(keep, other)
        dialog.merged.connect(self._on_merged)
        dialog.open()

    @Slot(object, int)
    def _on_merged(self, change: RecordChange, keep: int) -> None:
        record = self.detail.read(keep)
        name = self.detail.title_of(record) if record is not None else ""
        self.view.clearSelection()
        self.show_merged(keep)
        self.toast.done(told(change, name), partial(self._program.undo_change, change.id))

    def show_merged(self, keep: int) -> None:
        if self._stack.currentWidget() is self.duplicates:
            self.duplicates.look()
        else:
            self.open_record(keep)
