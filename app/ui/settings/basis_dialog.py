"""The dialog that notes a legal basis for one or many addresses. Used by the section Privacy and by the review page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.addresses import is_complete
from app.domain.errors import HitchpostError
from app.domain.privacy import Basis, LegalBasis
from app.ui.kit.fields import Field, combo, entry
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.focus import tab_in_order
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import banner
from app.ui.settings.never_dialog import Lines
from app.ui.settings.never_words import split_typed

if TYPE_CHECKING:
    from app.runtime.program import Program

WHY = {
    Basis.CONSENT: "Note when and where they agreed. They may take it back at any time.",
    Basis.CONTRACT: "Such as an order, or a quote they asked for. Note which.",
    Basis.LEGAL_OBLIGATION: "A law that obliges you to write to them. Note which.",
    Basis.VITAL_INTERESTS: "To protect somebody’s life. Hardly ever with mail of this kind.",
    Basis.PUBLIC_TASK: "For authorities and those who act for them.",
    Basis.LEGITIMATE_INTEREST: "Yours, weighed against theirs. Note what you weighed; they may object.",
}


class BasisDialog(FittingDialog):
    """`known`: the one that is changed. `noted`: after it was kept."""

    noted = Signal()

    def __init__(
        self,
        theme: Theme,
        program: Program,
        parent: QWidget | None,
        typed: str = "",
        known: LegalBasis | None = None,
    ) -> None:
        title = "Change the legal basis" if known else "Note a legal basis"
        super().__init__(theme, title, "For people whose mail you want to log and track.", parent, width=520)
        self.setObjectName("basis")
        self._program = program
        self.lines = Lines(theme, known.address if known else typed)
        self.lines.setPlaceholderText("ada@example.org\nlin@example.net")
        self.lines.setReadOnly(known is not None)
        self.field = Field(theme, "&Addresses", self.lines, "One a line, or with commas between.")
        options: list[tuple[str, object]] = [(basis.words, basis.value) for basis in Basis]
        self.basis = combo(theme, options, "Legal basis")
        self.basis_field = Field(theme, "&Legal basis", self.basis, WHY[Basis.CONSENT])
        self.note = Field(theme, "&Note", entry(theme, known.note if known else "", "Order 1204"))
        self.fault = banner(theme, "bad", "")
        self.fault.hide()
        for part in (self.field, self.basis_field, self.note, self.fault):
            self.add(part)
        self.verb = self.set_verb("Save")
        self.verb.clicked.connect(self._on_save)
        self.basis.currentIndexChanged.connect(self._on_basis)
        self.lines.textChanged.connect(self.field.clear_error)
        if known is not None:
            self.basis.setCurrentIndex(self.basis.findData(known.basis.value))
        foot = (*((self.cancel,) if self.cancel is not None else ()), self.verb)
        tab_in_order(self.lines, self.basis, self.note.edit, *foot)
        first = self.basis if known or typed else self.lines
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_basis(self) -> None:
        self.basis_field.set_help(WHY[Basis(self.basis.currentData())])

    @Slot()
    def _on_save(self) -> None:
        addresses = split_typed(self.lines.toPlainText())
        wrong = [a for a in addresses if not is_complete(a)]
        if wrong or not addresses:
            more = f" The same goes for {len(wrong) - 1} more." if len(wrong) > 1 else ""
            self.field.set_error(
                f"The address {wrong[0]} is not complete, as in ada@example.org.{more}" if wrong else "Type an address."
            )
            self.lines.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        try:
            self._program.put_legal_basis(addresses, Basis(self.basis.currentData()), self.note.edit.text().strip())
        except HitchpostError as fault:
            self.fault.set("bad", "Not noted", str(fault))
            self.fault.show()
            return
        self.noted.emit()
        self.accept()
