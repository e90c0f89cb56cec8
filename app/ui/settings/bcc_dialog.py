"""The dialog *Manage additional BCC addresses* (S2): other systems that get a copy of whatever is sent. Used by the section
E-mail of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from app.domain.additional_bcc import MOST, read_extra, read_extras
from app.domain.errors import UsageError
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import label
from app.ui.settings.list_dialog import ListDialog, Read

if TYPE_CHECKING:
    from app.runtime.program import Program

TITLE = "Manage additional BCC addresses"
TEXT = "Added to every message you send from Hitchpost, so that another system logs it too. Recipients do not see them."


class BccDialog(ListDialog):
    one, many = "address", "addresses"

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None) -> None:
        self._program = program
        super().__init__(
            theme, TITLE, TEXT, program.additional_bcc(), "&Address", "emailtosalesforce@crm.example.com", parent
        )
        self.setObjectName("additional-bcc")
        self.set_note(label(theme, "Takes effect with the next message", "small", "faint"))

    def read(self, text: str) -> Read:
        given = text.strip()
        entries, faults = read_extras(given)
        try:
            entries, faults = (read_extra(given),), ()
        except UsageError as fault:
            if not entries and len(faults) < 2:
                faults = ((given, str(fault)),)
        good = []
        room = MOST - len(self.entries)
        there = {e.key for e in self.entries}
        for one in entries:
            why = self._program.why_not_extra(one)
            if not why and one.key not in there and room <= 0:
                why = f"There can be {MOST} additional addresses at most: each gets a copy of every message."
            if why:
                faults = (*faults, (one.address, why))
            else:
                good.append(one)
                room -= one.key not in there
        return Read(tuple(good), faults)

    def key(self, one: Any) -> str:
        return str(one.key)

    def shown(self, one: Any) -> str:
        return f"{one.address}  ({one.note})" if one.note else str(one.address)

    def save(self) -> None:
        self._program.save_additional_bcc(self.entries)
