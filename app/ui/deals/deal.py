"""One deal: stage, amount, company, contacts, and its timeline. Used by the deals page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from app.domain.errors import HitchpostError
from app.domain.records import DealRecord, Outcome, RecordKind
from app.ui.kit.widgets import Chip, menu_button
from app.ui.records.editors import AmountEditor, ChoiceEditor, LineEditor
from app.ui.records.in_place import Choice, Spec
from app.ui.records.lists import Several
from app.ui.records.panel import Add, Part
from app.ui.records.picker import RecordPicker
from app.ui.records.view import RecordView
from app.ui.records.words import OUTCOME_WORDS, amount, day, stage_chip


class DealView(RecordView):
    KIND = RecordKind.DEAL
    ALL = "All deals"

    def head_buttons(self) -> Sequence[QWidget]:
        self._stages = QMenu(self)
        self._stages.aboutToShow.connect(self._fill_stages)
        self.stage_button = menu_button(self._theme, "Change stage", self._stages)
        return (self.stage_button,)

    def read(self, record_id: int) -> DealRecord | None:
        return self._program.deal_record(record_id)

    def line_of(self, record: DealRecord) -> str:
        parts = [amount(record.amount_minor, record.currency), record.company.name if record.company else ""]
        return "  ·  ".join(p for p in parts if p)

    def chips(self, record: DealRecord) -> Sequence[QWidget]:
        return (Chip(self._theme, *stage_chip(record)),)

    def parts(self, record: DealRecord) -> Sequence[Part]:
        people = self._people(record)
        about = [
            Spec(
                "name", "Name", record.name, "", lambda: LineEditor(self._theme, record.name),
                lambda text: self.edit({"name": text}),
            ),
            Spec(
                "amount", "Amount", amount(record.amount_minor, record.currency), "Add an amount",
                lambda: AmountEditor(self._theme, record.amount_minor, record.currency), self._keep_amount,
            ),
            Spec("stage", "Stage", record.stage, "", self._stage_editor, lambda name: self.edit({"stage": name})),
            Spec("outcome", "State", OUTCOME_WORDS[record.outcome]),
            self._company(record),
            self.owner_spec(record.owner),
            Spec("since", "Since", day(record.created_at)),
        ]  # fmt: skip
        if record.closed_at is not None:
            about.append(Spec("closed", "Closed", day(record.closed_at)))
        return (
            Part("About", tuple(about)),
            Part("Contacts", people.specs() or (Spec("nobody", "", "", "Nobody yet"),),
                 add=Add("Add", "Add a contact to this deal", people.new("Contact"))),
        )  # fmt: skip

    def _stage_editor(self) -> ChoiceEditor:
        options: list[tuple[str, object]] = [
            (s.name if s.outcome is Outcome.OPEN else f"{s.name} (closes it)", s.name)
            for s in self._program.deal_stages()
        ]
        return ChoiceEditor(self._theme, options, self._record.stage, "Stage")

    def _keep_amount(self, value: tuple[int | None, str]) -> None:
        minor, currency = value
        self.edit({"amount_minor": minor, "currency": currency if minor is not None else ""})

    def _company(self, record: DealRecord) -> Spec:
        def editor() -> RecordPicker:
            made = RecordPicker(self._theme, self._program, RecordKind.COMPANY, make=self._program.company_named)
            if record.company is not None:
                made.set(record.company.id, record.company.name)
            return made

        opens, menu = None, tuple[Choice, ...]()
        if record.company is not None:
            opens = partial(self.record_requested.emit, RecordKind.COMPANY, record.company.id)
            menu = (Choice("Remove", partial(self._try, {"company": None})),)
        return Spec(
            "company", "Company", record.company.name if record.company else "", "Add a company", editor,
            lambda number: self.edit({"company": number}), opens=opens, menu=menu,
        )  # fmt: skip

    def _people(self, record: DealRecord) -> Several:
        names = {c.id: c.name for c in record.contacts}

        def picker(_item: Any) -> RecordPicker:
            return RecordPicker(self._theme, self._program, RecordKind.CONTACT, without=frozenset(names))

        return Several(
            "contacts", lambda _position, _item: "", list(names), lambda number: names[number], picker,
            lambda items: self.edit({"contacts": items}), self.refused,
            opens=partial(self.record_requested.emit, RecordKind.CONTACT), ordered=False, editable=False,
        )  # fmt: skip

    @Slot()
    def _fill_stages(self) -> None:
        self._stages.clear()
        outcome = None
        for stage in self._program.deal_stages():
            if outcome is not None and stage.outcome is not outcome and outcome is Outcome.OPEN:
                self._stages.addSeparator()
            outcome = stage.outcome
            action = self._stages.addAction(stage.name)
            action.setCheckable(True)
            action.setChecked(stage.name == self._record.stage)
            action.triggered.connect(partial(self._try, {"stage": stage.name}))

    def _try(self, fields: dict[str, Any], _checked: bool = False) -> None:
        try:
            self.edit(fields)
        except HitchpostError as fault:
            self.refused(str(fault))
