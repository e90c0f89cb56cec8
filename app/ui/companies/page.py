"""The Companies page: the table with search, behind it the chosen company, and the list of duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.records import CompanyLine, RecordKind, RecordOrder
from app.ui.companies.about import check_domain
from app.ui.companies.add import AddCompanyDialog
from app.ui.companies.company import CompanyView
from app.ui.companies.duplicates import CompanyDuplicates
from app.ui.companies.merge import MergeDialog, MergeWithDialog
from app.ui.kit import times
from app.ui.records.columns import Cell, Column
from app.ui.records.editors import Editor, LineEditor
from app.ui.records.merging_page import MergingPage
from app.ui.records.model import Read
from app.ui.records.words import last_mail, moment, spoken
from app.words.public_domains import public_domain_note

COLUMNS = (
    Column("Name", lambda c: Cell(c.name), RecordOrder.NAME, share=55, key="name"),
    Column("Domain", lambda c: Cell(c.domain, color="muted"), share=45, key="domains"),
    Column("People", lambda c: Cell(times.number(c.contacts), color="muted"), width=72, right=True),
    Column("Last mail", lambda c: Cell(moment(c.last_at), color="muted"), RecordOrder.MAIL, width=104, right=True),
)


class CompaniesPage(MergingPage):
    KIND = RecordKind.COMPANY
    TITLE = "Companies"
    COUNTED = ("company", "companies")
    SEARCH = "Search names and domains"
    EMPTY = (
        "company",
        "No companies yet",
        "Companies come by themselves from the domains of your contacts. You can add one first, too.",
    )
    ADD = "Add a company"

    detail: CompanyView

    def pages(self) -> Read:
        return self._program.company_table

    def columns(self) -> Sequence[Column]:
        return COLUMNS

    def mark(self, _line: CompanyLine) -> str:
        return ":company"

    def spoken(self, line: CompanyLine) -> str:
        return spoken(line.name, line.domain, times.count(line.contacts, "person", "people"), last_mail(line.last_at))

    def cell_editor(self, key: str, line: CompanyLine) -> Editor:
        return (
            LineEditor(self._theme, line.domain, "example.com")
            if key == "domains"
            else LineEditor(self._theme, line.name)
        )

    def cell_fields(self, key: str, line: CompanyLine, value: Any) -> Mapping[str, Any]:
        """The primary domain takes the place of the one before; the others stay."""
        if key != "domains":
            return {key: value}
        if value:
            check_domain(value)
        record = self._program.company_record(line.id)
        others = [d for d in record.domains[1:] if d != value] if record is not None else []
        return {"domains": [*([value] if value else []), *others]}

    def cell_note(self, key: str, value: Any) -> str:
        return public_domain_note(value) if key == "domains" else ""

    def make_detail(self) -> CompanyView:
        return CompanyView(self._theme, self._program)

    def make_adder(self) -> AddCompanyDialog:
        return AddCompanyDialog(self._theme, self._program, self)

    def make_chooser(self, record_id: int) -> MergeWithDialog:
        return MergeWithDialog(self._theme, self._program, record_id, self.window())

    def make_comparison(self, keep: int, other: int) -> MergeDialog:
        return MergeDialog(self._theme, self._program, keep, other, self.window())

    def make_duplicates(self) -> CompanyDuplicates:
        return CompanyDuplicates(self._theme, self._program)
