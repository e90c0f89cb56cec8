"""The dialog that adds a contact. Used by the contacts page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.addresses import is_complete
from app.domain.errors import HitchpostError
from app.domain.records import RecordKind
from app.ui.kit.fields import Field, entry
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.theme import Theme
from app.ui.records.picker import RecordPicker

if TYPE_CHECKING:
    from app.runtime.program import Program


OF_DOMAIN = "Left empty, it is found by the domain of the address."
WHAT_IS_LOGGED = "What you send to this address from here, and the answers to it, are logged on its timeline."


def what_is_missing(address: str) -> str:
    """Why this is no address; it is known that it is none."""
    if not address.strip():
        return "Type the e-mail address, as in name@example.com."
    name, at, domain = address.strip().rpartition("@")
    if not at:
        return "This address has no @, as in name@example.com."
    if not name:
        return "The name before the @ is missing, as in name@example.com."
    if not domain:
        return "What comes after the @ is missing, as in name@example.com."
    if any(c in address for c in " ,;<>\t"):
        return "Type one address only, without spaces, as in name@example.com."
    if "." not in domain.strip("."):
        return "This address is not complete. It ends as in example.com."
    return "This is not an address, as name@example.com is one."


class AddContactDialog(FittingDialog):
    """`added` tells the id of the contact, or of the one who has the address already."""

    added = Signal(int)

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None) -> None:
        super().__init__(theme, "Add a contact", WHAT_IS_LOGGED, parent)
        self._program = program
        self.name = Field(theme, "Name", entry(theme))
        self.address = Field(theme, "E-mail address", entry(theme, hint="name@example.com"))
        self.company_picker = RecordPicker(theme, program, RecordKind.COMPANY, make=program.company_named)
        self.company = Field(theme, "Company", self.company_picker, OF_DOMAIN)
        self.company_picker.set_name("Company")
        self.add(self.name)
        self.add(self.address)
        self.add(self.company)
        self.verb = self.set_verb("Add")
        self.verb.clicked.connect(self._on_add)
        self.address.edit.editingFinished.connect(self._on_left)
        self.company_picker.edit.textEdited.connect(self.company.clear_error)
        self.company_picker.given_up.connect(self.reject)
        self.name.edit.setFocus()

    def _typed(self) -> tuple[str, str]:
        return self.name.edit.text().strip(), self.address.edit.text().strip()

    @Slot()
    def _on_left(self) -> None:
        address = self._typed()[1]
        if address and not is_complete(address):
            self.address.set_error(what_is_missing(address))

    @Slot()
    def _on_add(self) -> None:
        name, address = self._typed()
        if not is_complete(address):
            self.address.set_error(what_is_missing(address))
            self.address.edit.setFocus()
            return
        known = self._program.find_contact(address)
        if known is not None:
            self.added.emit(known)
            self.accept()
            return
        try:
            company = self.company_picker.value()
        except HitchpostError as fault:
            self.company.set_error(str(fault))
            return
        fields = {"name": name, "addresses": [address]} | ({"companies": [company]} if company is not None else {})
        try:
            number = self._program.add_record(RecordKind.CONTACT, fields)
        except HitchpostError as fault:
            self.address.set_error(str(fault))
            return
        self.added.emit(number)
        self.accept()
