"""The section Team inboxes of the settings: which providers they may have (P4), and addresses that are for meetings (P6)."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from app.domain.errors import HitchpostError
from app.domain.rights import Right
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.layout import column
from app.ui.kit.widgets import button, label
from app.ui.settings.entries import Action, Entries, Entry
from app.ui.settings.rows import group, setting
from app.ui.settings.section import Section, keep_from
from app.words.inbox_kinds import ANY_PROVIDER

MEETINGS = (
    "Addresses by which meetings are booked. A team inbox cannot be connected to one of them: invitations and their answers "
    "would be taken for mail that somebody has to answer."
)


class TeamSection(Section):
    RIGHT = Right.PRESETS

    def groups(self) -> list[QVBoxLayout]:
        t = self.theme
        kinds = group(
            t,
            "Providers",
            setting(
                t,
                "Allow every provider",
                ANY_PROVIDER,
                self.switch("team.any_provider"),
            ),
        )
        self.entries = Entries(t, "No address is marked as one for meetings.")
        self.add = button(t, "Add")
        self.add.clicked.connect(self._on_add)
        self.address = Field(t, "Address", entry(t, hint="meetings@example.com"), side=self.add)
        self.address.edit.returnPressed.connect(self._on_add)
        head = column(label(t, "Meetings addresses", "strong"), label(t, MEETINGS, "small", "muted", wrap=True), gap=2)
        return [kinds, column(head, self.entries, self.address, gap=k.S3)]

    @Slot()
    def refresh(self) -> None:
        keep_from(self.add, self.why_not)
        keep_from(self.address.edit, self.why_not)
        self.entries.show_entries(tuple(map(self._entry, self.program.meetings_addresses())))

    def _entry(self, address: str) -> Entry:
        remove = Action("Remove", f"Remove {address}", partial(self._remove, address), "danger", self.why_not)
        return Entry(address, (), (remove,))

    @Slot()
    def _on_add(self) -> None:
        try:
            self.program.add_meetings_address(self.address.edit.text())
        except HitchpostError as fault:
            self.address.set_error(str(fault))
            self.address.edit.setFocus()
            return
        self.address.edit.clear()
        self.address.clear_error()
        self.refresh()

    def _remove(self, address: str) -> None:
        try:
            self.program.remove_meetings_address(address)
        except HitchpostError as fault:
            self.refused.emit(str(fault))
        self.refresh()
        self.address.edit.setFocus()
