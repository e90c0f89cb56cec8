"""The dialog that edits the stages of deals: names, order, what each means, and where the deals of a removed one go. Used by
the deals page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from app.domain.errors import HitchpostError
from app.domain.records import Outcome, StageUse
from app.domain.rights import Right
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import combo, entry
from app.ui.kit.layout import box, clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, button, label, tool
from app.ui.records.words import OUTCOME_WORDS

if TYPE_CHECKING:
    from app.runtime.program import Program

SENTENCE = "A deal is in one of them. Mail is logged to deals whose stage is open."


class StagesDialog(Dialog):
    kept = Signal(object)  # RecordChange

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None) -> None:
        super().__init__(theme, "Stages of deals", SENTENCE, parent, width=600)
        self._program = program
        self.stages: list[StageUse] = list(program.stage_list())
        self.gone: dict[int, StageUse] = {}  # with deals, by number
        self.targets: dict[int, int] = {}  # number of a gone stage → place of the one to which its deals go
        self._why_not = program.why_not(Right.STAGES)
        self.trouble = Banner(theme, "bad", "")
        self.trouble.setVisible(bool(self._why_not))
        self.trouble.set("info", "For administrators", self._why_not)
        self.add(self.trouble)
        self._list = column(gap=0)
        self._moving = column(gap=k.S2)
        area = scroll(host(column(box("card", self._list), self._moving, None, gap=k.S3)))
        area.setMinimumHeight(theme.px(340))
        self.add(area, 1)
        self.add_button = button(theme, "Add a stage", "", "plus")
        self.add_button.setEnabled(not self._why_not)
        self.add_button.clicked.connect(self.add_stage)
        self.set_note(self.add_button)
        self.verb = self.set_verb("Save")
        self.verb.setEnabled(not self._why_not)
        if self._why_not and self.cancel is not None:
            self.cancel.set_verb("Close")
        self.verb.clicked.connect(self._on_save)
        self._show()

    def _show(self, focus: int = -1) -> None:
        clear(self._list)
        clear(self._moving)
        for place, stage in enumerate(self.stages):
            if place:
                self._list.addWidget(line())
            self._list.addWidget(self._row(place, stage, place == focus))
        options = [(stage.name, place) for place, stage in enumerate(self.stages)]
        for number, stage in self.gone.items():
            text = f"{times.count(stage.deals, 'deal', 'deals')} of “{stage.name}” {'goes' if stage.deals == 1 else 'go'} to"
            choice = combo(self.theme, options, text)
            self.targets[number] = min(self.targets.get(number, 0), len(self.stages) - 1)
            choice.setCurrentIndex(self.targets[number])
            choice.activated.connect(partial(self.targets.__setitem__, number))
            self._moving.addLayout(row((label(self.theme, text, "body", wrap=True), 1), choice, gap=k.S3))

    def _row(self, place: int, stage: StageUse, focus: bool) -> QWidget:
        t = self.theme
        name = entry(t, stage.name, "Name of the stage")
        name.setAccessibleName(f"Name of stage {place + 1}")
        name.textEdited.connect(partial(self._rename, place))
        outcome = combo(t, [(text, key) for key, text in OUTCOME_WORDS.items()], f"What stage {place + 1} means")
        outcome.setCurrentIndex(list(OUTCOME_WORDS).index(stage.outcome))
        outcome.activated.connect(partial(self._mean, place))
        more = tool(t, "more", f"More for stage {place + 1}")
        menu = QMenu(more)
        for text, act, able in (
            ("Move up", partial(self.move_stage, place, -1), place > 0),
            ("Move down", partial(self.move_stage, place, 1), place < len(self.stages) - 1),
            ("Remove", partial(self.remove_stage, place), len(self.stages) > 1),
        ):
            action = menu.addAction(text)
            action.setEnabled(able)
            action.triggered.connect(act)
        more.setMenu(menu)
        deals = label(t, times.count(stage.deals, "deal", "deals") if stage.deals else "", "small", "muted")
        deals.setMinimumWidth(t.px(64))
        made = host(row((name, 1), outcome, deals, more, gap=k.S3, margins=(k.S4, k.S2, k.S3, k.S2)))
        made.setEnabled(not self._why_not)
        if focus:
            name.setFocus()
        return made

    # --- wishes

    def _rename(self, place: int, text: str) -> None:
        self.stages[place] = replace(self.stages[place], name=text)

    def _mean(self, place: int, index: int) -> None:
        self.stages[place] = replace(self.stages[place], outcome=list(OUTCOME_WORDS)[index])

    @Slot()
    def add_stage(self) -> None:
        open_ones = [at for at, stage in enumerate(self.stages) if stage.outcome is Outcome.OPEN]
        place = open_ones[-1] + 1 if open_ones else 0
        self._shift(place, 1)
        self.stages.insert(place, StageUse(None, "", Outcome.OPEN))
        self._show(place)

    def move_stage(self, place: int, by: int, *_checked: bool) -> None:
        other = place + by
        self.stages[place], self.stages[other] = self.stages[other], self.stages[place]
        swapped = {place: other, other: place}
        self.targets = {number: swapped.get(at, at) for number, at in self.targets.items()}
        self._show(other)

    def remove_stage(self, place: int, *_checked: bool) -> None:
        stage = self.stages.pop(place)
        self._shift(place, -1)
        if stage.id is not None and stage.deals:
            self.gone[stage.id] = stage
        self._show(min(place, len(self.stages) - 1))

    def _shift(self, place: int, by: int) -> None:
        """What stands behind `place` moves."""
        self.targets = {
            number: max(0, at + by) if at > place or (by > 0 and at == place) else at
            for number, at in self.targets.items()
        }

    @Slot()
    def _on_save(self) -> None:
        moves = {number: self.stages[at].name for number, at in self.targets.items() if number in self.gone}
        try:
            change = self._program.set_stages(self.stages, moves)
        except HitchpostError as fault:
            self.trouble.set("bad", "Not saved", str(fault))
            self.trouble.show()
            return
        self.accept()
        if change is not None:
            self.kept.emit(change)
