"""The dialogs that add a company, and a person to one. Used by the companies page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.errors import HitchpostError
from app.domain.records import CompanyRecord, RecordKind
from app.ui.companies.about import check_domain
from app.ui.kit.fields import Field, entry
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.theme import Theme
from app.ui.records.picker import RecordPicker
from app.words.public_domains import public_domain_note

if TYPE_CHECKING:
    from app.runtime.program import Program

DOMAIN = "Contacts with an address there are put to this company. Leave it empty when there is none."


class AddCompanyDialog(FittingDialog):
    """`added` tells the number of the company, or of the one that has the name already."""

    added = Signal(int)

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None) -> None:
        super().__init__(theme, "Add a company", "Its timeline shows the mail with its people.", parent)
        self._program = program
        self.name = Field(theme, "Name", entry(theme, hint="Northlight Cargo AB"))
        self.domain = Field(theme, "Domain", entry(theme, hint="example.com"), DOMAIN)
        self.add(self.name)
        self.add(self.domain)
        self.verb = self.set_verb("Add")
        self.verb.clicked.connect(self._on_add)
        self.domain.edit.editingFinished.connect(self._on_left)
        self.name.edit.setFocus()

    def _check(self) -> bool:
        typed = self.domain.edit.text().strip()
        try:
            if typed:
                check_domain(typed)
        except HitchpostError as fault:
            self.domain.set_error(str(fault))
            return False
        self.domain.set_help(public_domain_note(typed) or DOMAIN)
        return True

    @Slot()
    def _on_left(self) -> None:
        self._check()

    @Slot()
    def _on_add(self) -> None:
        name, domain = self.name.edit.text().strip(), self.domain.edit.text().strip()
        if not name:
            self.name.set_error("A company needs a name.")
            self.name.edit.setFocus()
            return
        if not self._check():
            self.domain.edit.setFocus()
            return
        fields = {"name": name, "domains": [domain] if domain else []}
        try:
            number = self._program.add_record(RecordKind.COMPANY, fields)
        except HitchpostError as fault:
            (self.domain if domain and domain in str(fault) else self.name).set_error(str(fault))
            return
        self.added.emit(number)
        self.accept()


class AddPersonDialog(FittingDialog):
    chosen = Signal(object, str)  # the call that takes it back, what was done

    def __init__(self, theme: Theme, program: Program, company: CompanyRecord, parent: QWidget | None) -> None:
        super().__init__(theme, f"Add a person to {company.name}", "Who is a contact already.", parent, width=440)
        self._program, self._company = program, company
        self.picker = RecordPicker(theme, program, RecordKind.CONTACT)
        self.person = Field(theme, "Person", self.picker)
        self.picker.set_name("Person")
        self.add(self.person)
        self.verb = self.set_verb("Add")
        self.verb.clicked.connect(self._on_add)
        self.picker.done.connect(self._on_add)
        self.picker.given_up.connect(self.reject)
        self.picker.edit.textEdited.connect(self.person.clear_error)
        self.picker.take_focus()

    @Slot()
    def _on_add(self) -> None:
        try:
            number = self.picker.value()
            record = self._program.contact_record(number) if number is not None else None
            if record is None:
                self.person.set_error("Type a name or an address, and choose from the list.")
                return
            companies = [c.id for c in record.companies if c.id != self._company.id]
            change = self._program.edit_record(
                RecordKind.CONTACT, record.id, {"companies": [*companies, self._company.id]}
            )
        except HitchpostError as fault:
            self.person.set_error(str(fault))
            return
        self.accept()
        if change is not None:
            name = record.name or record.addresses[0]
            self.chosen.emit(partial(self._program.undo_change, change.id), f"{name} is with {self._company.name}")
