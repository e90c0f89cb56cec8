"""Which records of a table are chosen, and how they are removed: the lines that were marked, or, after Ctrl+A, all that the
table's search finds, loaded or not. Used by `page`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelection, QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.errors import HitchpostError
from app.domain.records import ManyChosen, ManyDone, RecordChange, RecordKind
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit import times
from app.ui.kit.theme import Theme
from app.ui.records.chosen_bar import ChosenBar
from app.ui.records.model import RecordsModel
from app.ui.records.table import RecordsView
from app.ui.records.toast import UNDER_WAY, Toast
from app.ui.records.words import KIND_WORDS
from app.ui.records.work_bar import WorkBar

if TYPE_CHECKING:
    from app.runtime.program import Program

MOST_UNASKED = 10  # records that are removed at once without a question


class Chosen(QObject):
    """`everything`: all that the search finds, but for what was taken out of it by Ctrl and a click since (`without`). A new
    search, a plain click or an arrow ends that."""

    changed = Signal()

    def __init__(
        self, theme: Theme, program: Program, kind: RecordKind, counted: tuple[str, str], name_of: Callable[[Any], str]
    ) -> None:
        super().__init__()
        self._theme, self._program, self._kind = theme, program, kind
        self._counted, self._name_of = counted, name_of
        self.everything = False
        self.without: set[int] = set()
        self._total = 0

    def attach(self, view: RecordsView, model: RecordsModel, bar: ChosenBar, work: WorkBar, toast: Toast) -> None:
        self._view, self._model, self._bar, self._work, self._toast = view, model, bar, work, toast
        view.all_requested.connect(self.choose_all)
        view.chosen_anew.connect(self._on_chosen_anew)
        view.remove_requested.connect(self.remove)
        view.selectionModel().selectionChanged.connect(self._on_selected)
        model.rowsInserted.connect(self._on_rows)
        bar.cleared.connect(view.clearSelection)

    # --- which

    def lines(self) -> list[Any]:
        """The marked ones that are loaded, from above."""
        rows = sorted(self._view.selectionModel().selectedRows(), key=lambda index: index.row())
        return [self._model.line_at(index) for index in rows]

    @property
    def count(self) -> int:
        return self._total - len(self.without) if self.everything else len(self._view.selectionModel().selectedRows())

    def chosen(self) -> ManyChosen:
        if self.everything:
            return ManyChosen(self._model.search, frozenset(self.without))
        return ManyChosen(ids=tuple(line.id for line in self.lines()))

    @Slot()
    def choose_all(self) -> None:
        if not self._work.working:
            self.without.clear()
            self.count_again()
            self.everything = self._total > 1
            self._view.selectAll()
            self._show()

    def count_again(self) -> int:
        """How many the search finds now."""
        self._total = self._program.record_count(self._kind, self._model.search)
        if self.everything:
            self._show()
        return self._total

    def forget(self) -> None:
        """Another search: what was chosen in the last one is not any more."""
        self._end()
        self._view.clearSelection()
        self._show()

    def marked(self) -> set[int]:
        """The numbers of the lines, to be marked again after the table was read anew."""
        return set() if self.everything else {line.id for line in self.lines()}

    def mark_again(self, ids: set[int]) -> None:
        chooser = self._view.selectionModel()
        flag = chooser.SelectionFlag.Select
        if self.everything:
            found = QItemSelection()
            for position in range(self._model.rowCount()):
                index = self._model.index(position)
                if self._model.line_at(index).id not in self.without:
                    found.select(index, index)
            chooser.select(found, flag)
        elif len(ids) > 1:
            for position in range(self._model.rowCount()):
                index = self._model.index(position)
                if self._model.line_at(index).id in ids:
                    chooser.select(index, flag)
        self._show()

    def _show(self) -> None:
        self._bar.show_count(self.count, self.everything and not self.without, bool(self._model.search))
        self.changed.emit()

    def _end(self) -> None:
        self.everything = False
        self.without.clear()

    @Slot()
    def _on_chosen_anew(self) -> None:
        self._end()

    @Slot(QItemSelection, QItemSelection)
    def _on_selected(self, now: QItemSelection, before: QItemSelection) -> None:
        if self.everything:
            self.without |= {self._model.line_at(i).id for i in before.indexes()}
            self.without -= {self._model.line_at(i).id for i in now.indexes()}
            if not self._view.selectionModel().hasSelection():
                self._end()
        self._show()

    @Slot(object, int, int)
    def _on_rows(self, _parent: object, first: int, last: int) -> None:
        """What is loaded while one scrolls is chosen, too."""
        if self.everything:
            found = QItemSelection(self._model.index(first), self._model.index(last))
            self._view.selectionModel().select(found, self._view.selectionModel().SelectionFlag.Select)

    # --- removing

    @Slot()
    def remove(self) -> None:
        """Many only after a question, as Ctrl+A and a slip are quick."""
        if self._work.working:
            return
        count, chosen = self.count, self.chosen()
        if count <= MOST_UNASKED and not self.everything:
            self._remove_lines()
            return
        what = times.count(count, *self._counted)
        where = " Some of them are not loaded in the table." if count > self._model.rowCount() else ""
        text = f"They leave all tables and every search.{where} What was logged is kept."
        safe = f"Ctrl+Z brings them back, and so does “Removed {KIND_WORDS[self._kind][1]}…” at any time."
        ask = ConfirmDialog(
            self._theme, f"Remove {what}?", text, f"Remove {what}", self._window(), danger=True, safe=safe
        )
        ask.accepted.connect(partial(self._remove_many, chosen))
        ask.open()

    def _window(self) -> QWidget:
        return self._view.window()

    def _remove_lines(self) -> None:
        lines = self.lines()
        changes: list[RecordChange] = []
        try:
            for line in lines:
                change = self._program.remove_record(self._kind, line.id)
                if change is not None:
                    changes.append(change)
        except HitchpostError as fault:
            self._toast.failed(str(fault))
            return
        name = self._name_of(lines[0]) if len(lines) == 1 else ""
        text = f"{name} was removed" if name else f"{times.count(len(changes), *self._counted)} were removed"
        self._view.clearSelection()

        def undo() -> None:
            for change in reversed(changes):
                self._program.undo_change(change.id)

        self._toast.done(text, undo)

    def _remove_many(self, chosen: ManyChosen) -> None:
        self._toast.hide()
        self._bar.hide()
        self._work.run(self._program.remove_many(self._kind, chosen), "Removing", self._on_removed)

    def _on_removed(self, done: ManyDone | None, why: str) -> None:
        self._end()
        self._view.clearSelection()
        if done is None:
            self._toast.failed(why)
        elif done.change_id is not None:
            stopped = f" of {times.number(done.total)}" if done.done < done.total else ""
            text = f"{times.number(done.done)}{stopped} {self._word(done.total)} were removed"
            self._toast.done(text, partial(self.bring_back, done.change_id))

    def bring_back(self, change_id: int) -> object:
        """Undoes a removal of many. It tells itself when it is done."""
        if self._work.working:
            return UNDER_WAY
        worker = self._program.bring_many_back(change_id)
        self._work.run(worker, "Bringing back", partial(self._on_back, change_id))
        return UNDER_WAY

    def _on_back(self, change_id: int, done: ManyDone | None, why: str) -> None:
        if done is None:
            self._toast.failed(why)
            return
        if done.done < done.total:
            text = f"{times.number(done.done)} of {times.number(done.total)} {self._word(done.total)} are back"
            self._toast.done(text, partial(self.bring_back, change_id), "Bring back the rest")
            return
        self._toast.done("Taken back")

    def _word(self, count: int) -> str:
        return self._counted[0] if count == 1 else self._counted[1]
