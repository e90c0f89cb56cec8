"""Two companies become one: which is the other, and what is kept of each. Used by the companies page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.domain.records import CompanyRecord, RecordChange, RecordKind
from app.ui.kit import times
from app.ui.kit.theme import Theme
from app.ui.records.merging import ChooseOtherDialog, Compared, CompareDialog, all_of, one_of
from app.ui.records.words import deal_names, owner_name

if TYPE_CHECKING:
    from app.runtime.program import Program


class MergeWithDialog(ChooseOtherDialog):
    KIND = RecordKind.COMPANY

    def __init__(self, theme: Theme, program: Program, company_id: int, parent: QWidget | None) -> None:
        record = program.company_record(company_id)
        name = record.name if record is not None else ""
        hint = "Type a name or a domain"
        super().__init__(theme, program, company_id, f"Which one is the same company as {name}?", hint, parent)


class MergeDialog(CompareDialog):
    KIND = RecordKind.COMPANY
    SENTENCE = "The people, the deals, the mail and all domains of both stand together afterwards. You can undo it."

    def read(self, record_id: int) -> CompanyRecord | None:
        return self._program.company_record(record_id)

    def name_of(self, record: CompanyRecord) -> str:
        return record.name

    def rows(self, keep: CompanyRecord, other: CompanyRecord) -> Sequence[Compared]:
        return compared(keep, other)

    def merge(self, keep: int, other: int) -> RecordChange:
        return self._program.merge_companies(keep, other)


def compared(keep: CompanyRecord, other: CompanyRecord) -> tuple[Compared, ...]:
    """As `services.merge_companies` does it; only fields that one of the two has. Pure."""
    rows = (
        one_of("Name", keep.name, other.name),
        all_of("Domains", keep.domains, other.domains),
        one_of("Phone", keep.phone, other.phone),
        one_of("Website", keep.website, other.website),
        one_of("Address", keep.postal_address, other.postal_address),
        one_of("Owner", owner_name(keep.owner), owner_name(other.owner)),
        all_of("Deals", deal_names(keep.deals), deal_names(other.deals)),
        Compared("People", _people(keep), _people(other), "All of both"),
    )
    return tuple(r for r in rows if r.keep or r.other)


def _people(record: CompanyRecord) -> str:
    return times.count(record.contacts, "person", "people") if record.contacts else ""
