"""The dialog that adds a deal. Used by the deals page, and by the pages of a contact and a company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.errors import HitchpostError
from app.domain.records import Named, Outcome, RecordKind
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import Field, combo, entry
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.records.editors import AmountEditor
from app.ui.records.picker import RecordPicker

if TYPE_CHECKING:
    from app.runtime.program import Program

SENTENCE = "While it is open, mail with its contacts is logged to it, too."


class AddDealDialog(Dialog):
    """`contact`: whose deal it is, too. `company`: stands in its field already."""

    added = Signal(int)

    def __init__(
        self,
        theme: Theme,
        program: Program,
        parent: QWidget | None,
        *,
        contact: int | None = None,
        company: Named | None = None,
    ) -> None:
        super().__init__(theme, "Add a deal", SENTENCE, parent)
        self._program, self._contact = program, contact
        self.name = Field(theme, "Name", entry(theme, hint="Hamnen depot, phase 2"))
        self.amount_editor = AmountEditor(theme)
        self.amount = Field(theme, "Amount", self.amount_editor)
        self.amount_editor.set_name("Amount")
        stages = [(s.name, s.name) for s in program.deal_stages() if s.outcome is Outcome.OPEN]
        self.stage = Field(theme, "Stage", combo(theme, stages, "Stage"))
        self.company_picker = RecordPicker(theme, program, RecordKind.COMPANY, make=program.company_named)
        self.company = Field(theme, "Company", self.company_picker)
        self.company_picker.set_name("Company")
        if company is not None:
            self.company_picker.set(company.id, company.name)
        self.contact_picker = RecordPicker(theme, program, RecordKind.CONTACT)
        self.contact = Field(theme, "Contact", self.contact_picker)
        self.contact_picker.set_name("Contact")
        record = program.contact_record(contact) if contact is not None else None
        if record is not None:
            self.contact_picker.set(record.id, record.name or record.addresses[0])
        self.add(self.name)
        self.add(row((self.amount, 3), (self.stage, 2), gap=k.S3))
        self.add(row((self.company, 1), (self.contact, 1), gap=k.S3))
        self.verb = self.set_verb("Add")
        self.verb.clicked.connect(self._on_add)
        for editor, field in (
            (self.amount_editor, self.amount),
            (self.company_picker, self.company),
            (self.contact_picker, self.contact),
        ):
            editor.edit.textEdited.connect(field.clear_error)
            editor.given_up.connect(self.reject)
        self.amount_editor.done.connect(self._on_add)
        self.name.edit.setFocus()

    @Slot()
    def _on_add(self) -> None:
        name = self.name.edit.text().strip()
        if not name:
            self.name.set_error("A deal needs a name.")
            self.name.edit.setFocus()
            return
        fields: dict[str, Any] = {"name": name, "stage": self.stage.edit.currentData()}
        for key, editor, field in (
            ("amount", self.amount_editor, self.amount),
            ("company", self.company_picker, self.company),
            ("contacts", self.contact_picker, self.contact),
        ):
            try:
                fields[key] = editor.value()
            except HitchpostError as fault:
                field.set_error(str(fault))
                editor.take_focus()
                return
        minor, currency = fields.pop("amount")
        if minor is not None:
            fields.update(amount_minor=minor, currency=currency)
        fields["contacts"] = [fields["contacts"]] if fields["contacts"] is not None else []
        try:
            number = self._program.add_record(RecordKind.DEAL, fields)
        except HitchpostError as fault:
            self.name.set_error(str(fault))
            return
        self.added.emit(number)
        self.accept()
