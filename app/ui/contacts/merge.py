"""Two contacts become one: who is the other, and what is kept of each. Used by the contacts page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.domain.records import ContactRecord, RecordChange, RecordKind
from app.ui.contacts.merging_words import compared
from app.ui.kit import times
from app.ui.kit.theme import Theme
from app.ui.records.merging import ChooseOtherDialog, Compared, CompareDialog

if TYPE_CHECKING:
    from app.runtime.program import Program


def name_of(record: ContactRecord) -> str:
    return record.name or next(iter(record.addresses), "Nobody")


class MergeWithDialog(ChooseOtherDialog):
    KIND = RecordKind.CONTACT

    def __init__(self, theme: Theme, program: Program, contact_id: int, parent: QWidget | None) -> None:
        record = program.contact_record(contact_id)
        name = name_of(record) if record is not None else ""
        hint = "Type a name or an address"
        super().__init__(theme, program, contact_id, f"Who is the same person as {name}?", hint, parent)


class MergeDialog(CompareDialog):
    KIND = RecordKind.CONTACT
    SENTENCE = "The mail, the deals and all addresses of both stand together afterwards. You can undo it."

    def read(self, record_id: int) -> ContactRecord | None:
        return self._program.contact_record(record_id)

    def name_of(self, record: ContactRecord) -> str:
        return name_of(record)

    def rows(self, keep: ContactRecord, other: ContactRecord) -> Sequence[Compared]:
        return (*compared(keep, other), Compared("Mail", self._mail(keep), self._mail(other), "All of both"))

    def _mail(self, record: ContactRecord) -> str:
        card = self._program.contact(record.id)
        if card is None:
            return "No messages"
        if card.counted is not None:
            return f"More than {times.number(card.counted)} messages"
        return times.count(card.sent + card.received, "message", "messages")

    def merge(self, keep: int, other: int) -> RecordChange:
        return self._program.merge_contacts(keep, other)
