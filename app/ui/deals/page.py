"""The Deals page: the table with search, and behind it the chosen deal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Slot

from app.domain.records import DealLine, RecordChange, RecordKind, RecordOrder
from app.ui.deals.add import AddDealDialog
from app.ui.deals.deal import DealView
from app.ui.deals.stages import StagesDialog
from app.ui.records.columns import Cell, Column
from app.ui.records.editors import AmountEditor, ChoiceEditor, Editor, LineEditor
from app.ui.records.model import Read
from app.ui.records.page import RecordsPage
from app.ui.records.picker import RecordPicker
from app.ui.records.words import OUTCOME_WORDS, amount, moment, spoken, stage_chip


def _stage(deal: DealLine) -> Cell:
    text, tone, icon = stage_chip(deal)
    return Cell(text, tone=tone, icon=icon)


COLUMNS = (
    Column("Name", lambda d: Cell(d.name), RecordOrder.NAME, share=58, key="name"),
    Column("Stage", _stage, RecordOrder.STAGE, width=144, key="stage"),
    Column("Company", lambda d: Cell(d.company), RecordOrder.COMPANY, share=42, key="company"),
    Column("Amount", lambda d: Cell(amount(d.amount_minor, d.currency)), RecordOrder.AMOUNT, width=152, right=True,
           key="amount"),
    Column("Changed", lambda d: Cell(moment(d.changed_at), color="muted"), RecordOrder.CHANGED, width=104, right=True,
           least=680),
)  # fmt: skip


class DealsPage(RecordsPage):
    KIND = RecordKind.DEAL
    TITLE = "Deals"
    COUNTED = ("deal", "deals")
    SEARCH = "Search deals, companies, people"
    EMPTY = (
        "deal",
        "No deals yet",
        "A deal has a stage, an amount and contacts. Mail with them is logged to it while it is open.",
    )
    ADD = "Add a deal"

    detail: DealView

    def pages(self) -> Read:
        return self._program.deal_table

    def columns(self) -> Sequence[Column]:
        return COLUMNS

    def mark(self, _line: DealLine) -> str:
        return ":deal"

    def spoken(self, line: DealLine) -> str:
        value = amount(line.amount_minor, line.currency)
        return spoken(line.name, line.stage, OUTCOME_WORDS[line.outcome], value, line.company)

    def cell_editor(self, key: str, line: DealLine) -> Editor:
        theme = self._theme
        if key == "stage":
            stages: list[tuple[str, object]] = [(s.name, s.name) for s in self._program.deal_stages()]
            return ChoiceEditor(theme, stages, line.stage, "Stage")
        if key == "amount":
            return AmountEditor(theme, line.amount_minor, line.currency)
        if key == "name":
            return LineEditor(theme, line.name)
        made = RecordPicker(theme, self._program, RecordKind.COMPANY, make=self._program.company_named)
        made.set(line.company_id, line.company)
        return made

    def cell_fields(self, key: str, _line: DealLine, value: Any) -> Mapping[str, Any]:
        if key != "amount":
            return {key: value}
        minor, currency = value
        return {"amount_minor": minor, "currency": currency if minor is not None else ""}

    def make_detail(self) -> DealView:
        return DealView(self._theme, self._program)

    def make_adder(self) -> AddDealDialog:
        return AddDealDialog(self._theme, self._program, self)

    def more_choices(self) -> Sequence[tuple[str, Callable[[], None]]]:
        return (("Edit stages…", self.edit_stages), *super().more_choices())

    @Slot()
    def edit_stages(self) -> None:
        dialog = StagesDialog(self._theme, self._program, self.window())
        dialog.kept.connect(self._on_stages)
        dialog.open()

    @Slot(object)
    def _on_stages(self, change: RecordChange) -> None:
        self.toast.done("The stages were changed", partial(self._program.undo_change, change.id))
