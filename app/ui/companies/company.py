"""One company: its timeline, domains, people and deals. Used by the companies page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal, Slot

from app.domain.records import CompanyRecord, ContactPage, Named, RecordKind
from app.ui.companies.about import CompanyAbout
from app.ui.companies.add import AddPersonDialog
from app.ui.deals.add import AddDealDialog
from app.ui.kit import times
from app.ui.records.in_place import Choice
from app.ui.records.panel import Part
from app.ui.records.view import RecordView

PEOPLE = 20  # shown at first, and more at each wish


class CompanyView(RecordView):
    KIND = RecordKind.COMPANY
    ALL = "All companies"

    merge_requested = Signal(int)

    _wanted = PEOPLE
    _people = ContactPage((), None)

    def _connect(self) -> None:
        super()._connect()
        self._about = CompanyAbout(self._theme, self)

    def read(self, record_id: int) -> CompanyRecord | None:
        record = self._program.company_record(record_id)
        if record is not None:
            people = self._program.company_contacts(record_id, None, self._wanted)
            if people != self._people:
                self._people = people
                if self.record_id == record_id and record == self._record and not self.about.editing:
                    self.about.show_parts(self.parts(record))
        return record

    def line_of(self, record: CompanyRecord) -> str:
        people = times.count(record.contacts, "person", "people") if record.contacts else ""
        return "  ·  ".join(p for p in (next(iter(record.domains), ""), people) if p)

    def parts(self, record: CompanyRecord) -> Sequence[Part]:
        return self._about.parts(record, self._people)

    def choices(self, record: CompanyRecord) -> Sequence[Choice]:
        if record.removed:
            return ()
        return (Choice("Merge with another company…", partial(self.merge_requested.emit, record.id)),)

    def start_over(self) -> None:
        self._wanted = PEOPLE

    @Slot()
    def show_more_people(self) -> None:
        self._wanted += 5 * PEOPLE
        self.refresh()

    @Slot()
    def add_person(self) -> None:
        dialog = AddPersonDialog(self._theme, self._program, self._record, self.window())
        dialog.chosen.connect(self._on_person)
        dialog.open()

    @Slot(object, str)
    def _on_person(self, change: object, text: str) -> None:
        self.told.emit(text, change)
        self._refresh_soon.start()

    @Slot()
    def add_deal(self) -> None:
        company = Named(self._record.id, self._record.name)
        dialog = AddDealDialog(self._theme, self._program, self.window(), company=company)
        dialog.added.connect(self._on_deal)
        dialog.open()

    @Slot(int)
    def _on_deal(self, _deal_id: int) -> None:
        self._refresh_soon.start()
