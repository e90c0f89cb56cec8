"""What is known about a company, as fields to edit in place, with its people and deals. Used by the company's page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.domain.errors import UsageError
from app.domain.hosts import ascii_domain
from app.domain.records import CompanyRecord, ContactPage, RecordKind
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Avatar, ClickableRow, Elided, button, initials, label
from app.ui.records.deal_rows import deal_rows
from app.ui.records.editors import BlockEditor, LineEditor
from app.ui.records.in_place import Spec
from app.ui.records.lists import Several
from app.ui.records.panel import Add, Part
from app.ui.records.words import day, name_of, spoken
from app.words.public_domains import public_domain_note

if TYPE_CHECKING:
    from app.ui.companies.company import CompanyView


def check_domain(text: str) -> None:
    if not ascii_domain(text.strip().removeprefix("@")):
        raise UsageError("This is no domain. Write it as example.com.")


class CompanyAbout:
    """The parts of the panel, of one record at a time."""

    def __init__(self, theme: Theme, view: CompanyView) -> None:
        self._theme, self._view = theme, view

    def parts(self, record: CompanyRecord, people: ContactPage) -> Sequence[Part]:
        domains = Several(
            "domains",
            lambda position, _: "Also" if position else "Domain",
            record.domains,
            str,
            lambda item: LineEditor(self._theme, item or "", "example.com"),
            lambda items: self._view.edit({"domains": items}),
            self._view.refused,
            check_domain,
            note=public_domain_note,
        )
        about = (
            self._line("name", "Name", record.name, "Add a name"),
            *domains.specs(),
            self._line("phone", "Phone", record.phone, "Add a number"),
            self._line("website", "Website", record.website, "Add a website"),
            Spec(
                "postal_address",
                "Address",
                record.postal_address,
                "Add an address",
                lambda: BlockEditor(self._theme, record.postal_address),
                lambda text: self._view.edit({"postal_address": text}),
            ),
            self._view.owner_spec(record.owner),
            Spec("since", "Known since", day(record.created_at)),
        )
        count = f"People  {times.number(record.contacts)}" if record.contacts else "People"
        return (
            Part("About", about, adds=(Add("+ Domain", "Add a domain", domains.new("Domain")),)),
            Part(count, add=Add("Add", "Add a person to this company", act=self._view.add_person),
                 extra=partial(self._people, people)),
            Part("Deals", add=Add("Add deal", "Add a deal with this company", act=self._view.add_deal),
                 extra=partial(self._deals, record)),
        )  # fmt: skip

    def _line(self, key: str, title: str, text: str, hint: str) -> Spec:
        return Spec(
            key, title, text, hint, lambda: LineEditor(self._theme, text), lambda value: self._view.edit({key: value})
        )

    def _people(self, people: ContactPage) -> Sequence[QWidget]:
        theme = self._theme
        if not people.lines:
            return [
                label(
                    theme,
                    "Nobody yet. Who writes from a domain of this company is put here.",
                    "small",
                    "faint",
                    wrap=True,
                )
            ]
        rows: list[QWidget] = []
        for line in people.lines:
            words = column(Elided(theme, name_of(line), "medium"), gap=0)
            below = line.title or (line.address if line.name else "")
            if below:
                words.addWidget(Elided(theme, below, "small", "muted"))
            inner = row(Avatar(theme, initials(name_of(line)), 28), (words, 1), gap=k.S3, margins=(6, 4, 6, 4))
            made = ClickableRow("field", inner, spoken(name_of(line), below))
            made.pressed.connect(partial(self._view.record_requested.emit, RecordKind.CONTACT, line.id))
            rows.append(made)
        if people.next is not None:
            more = button(theme, "Show more people", "link")
            more.clicked.connect(self._view.show_more_people)
            rows.append(more)
        return rows

    def _deals(self, record: CompanyRecord) -> Sequence[QWidget]:
        return deal_rows(
            self._theme, record.deals, "No deals yet", partial(self._view.record_requested.emit, RecordKind.DEAL)
        )
