"""What is known about a contact, as fields to edit in place. Used by the contact's page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.domain.addresses import is_complete
from app.domain.errors import UsageError
from app.domain.records import ContactRecord, DealLine, Named, Phone, RecordKind
from app.ui.activity.plot import PERIOD, PlotPanel
from app.ui.contacts.add import what_is_missing
from app.ui.dialogs.wants_mail import VERB, ask_wants_mail
from app.ui.kit.layout import host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, button
from app.ui.records.deal_rows import deal_rows
from app.ui.records.editors import PHONE_WORDS, BlockEditor, LineEditor, PhoneEditor
from app.ui.records.in_place import Spec
from app.ui.records.lists import Several
from app.ui.records.panel import Add, Part
from app.ui.records.picker import RecordPicker
from app.ui.records.words import day

if TYPE_CHECKING:
    from app.runtime.program import Program
    from app.ui.contacts.contact import ContactView


def check_address(text: str) -> None:
    if not is_complete(text):
        raise UsageError(what_is_missing(text))


class ContactAbout:
    """The parts of the panel, of one record at a time."""

    def __init__(self, theme: Theme, program: Program, view: ContactView) -> None:
        self._theme, self._program, self._view = theme, program, view

    def above(self, record: ContactRecord) -> Sequence[QWidget]:
        why_not = "The server said that the mailbox does not exist."
        marks: list[QWidget] = [
            Banner(self._theme, "warn", why or why_not, title=f"{address} bounces")
            for address, why in record.bounced.items()
        ]
        if (asked := self._program.unsubscribed_at(record.id)) is not None:
            when = day(asked)
            again = button(self._theme, VERB, "link")
            again.clicked.connect(partial(self._ask_again, record))
            marks.append(Banner(self._theme, "warn", f"Asked for no more mail on {when}.", title="Unsubscribed"))
            marks.append(host(row(again, None, gap=0)))
        return marks

    def _ask_again(self, record: ContactRecord) -> None:
        name = record.name or record.addresses[0]
        ask_wants_mail(self._theme, self._program, record.id, name, self._view.window())

    def parts(self, record: ContactRecord) -> Sequence[Part]:
        addresses, phones, companies = self._addresses(record), self._phones(record), self._companies(record)
        about = (
            self._line("name", "Name", record.name, "Add a name"),
            self._line("title", "Title", record.title, "Add a title"),
            *addresses.specs(),
            *phones.specs(),
            *companies.specs(),
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
        return (
            Part(
                "About",
                about,
                adds=(
                    Add("+ E-mail", "Add an e-mail address", addresses.new("E-mail")),
                    Add("+ Phone", "Add a telephone number", phones.new("Phone")),
                    Add("+ Company", "Add a company", companies.new("Company")),
                ),
            ),
            Part(
                "Deals",
                add=Add("Add", "Add a deal with this contact", act=self._view.add_deal),
                extra=partial(self._deals, record.deals),
            ),
            Part("Opens and clicks", extra=partial(self._plot, record.id)),
        )

    def _line(self, key: str, title: str, text: str, hint: str) -> Spec:
        return Spec(
            key, title, text, hint, lambda: LineEditor(self._theme, text), lambda value: self._view.edit({key: value})
        )

    def _addresses(self, record: ContactRecord) -> Several:
        return Several(
            "addresses",
            lambda position, _: "Also" if position else "E-mail",
            record.addresses,
            str,
            lambda item: LineEditor(self._theme, item or "", "name@example.com"),
            lambda items: self._view.edit({"addresses": items}),
            self._view.refused,
            check_address,
        )

    def _phones(self, record: ContactRecord) -> Several:
        def editor(item: list[str] | None) -> PhoneEditor:
            return PhoneEditor(self._theme, *(item or ("", "work")))

        return Several(
            "phones",
            lambda _, item: PHONE_WORDS[item[1]] if item[1] != "work" else "Phone",
            [list(_plain(phone)) for phone in record.phones],
            lambda item: str(item[0]),
            editor,
            lambda items: self._view.edit({"phones": items}),
            self._view.refused,
        )

    def _companies(self, record: ContactRecord) -> Several:
        def picker(_item: int | None) -> RecordPicker:
            return RecordPicker(
                self._theme, self._program, RecordKind.COMPANY, make=self._program.company_named,
                without=frozenset(c.id for c in record.companies),
            )  # fmt: skip

        names = {c.id: c.name for c in record.companies}
        return Several(
            "companies",
            lambda position, _: "Also at" if position else "Company",
            list(names),
            lambda number: names[number],
            picker,
            lambda items: self._view.edit({"companies": items}),
            self._view.refused,
            opens=lambda number: self._view.record_requested.emit(RecordKind.COMPANY, number),
            editable=False,
        )

    def _plot(self, contact_id: int) -> Sequence[QWidget]:
        made = PlotPanel(self._theme, (0, 0, 0, 0))
        counts = self._program.feed_counts(PERIOD * 7, contact_id)
        made.set_counts(counts, f"Last {PERIOD} weeks", brief=True)
        return [made]

    def _deals(self, deals: Sequence[DealLine]) -> Sequence[QWidget]:
        return deal_rows(
            self._theme, deals, "No deals yet", lambda number: self._view.record_requested.emit(RecordKind.DEAL, number)
        )


def _plain(phone: Phone) -> tuple[str, str]:
    return phone.number, phone.kind


def first_company(record: ContactRecord) -> Named | None:
    return record.companies[0] if record.companies else None
