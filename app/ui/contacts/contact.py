"""One contact: header, filters and search, timeline, and the panel About. Used by the contacts page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.addresses import Address
from app.domain.records import ContactRecord, RecordKind
from app.domain.rights import Right
from app.domain.views import ContactCard
from app.ui.contacts.about import ContactAbout, first_company
from app.ui.contacts.timeline import TimelineFilter
from app.ui.deals.add import AddDealDialog
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import FilterRow, Search
from app.ui.kit.layout import box, row
from app.ui.kit.widgets import Chip, button
from app.ui.records.in_place import Choice
from app.ui.records.panel import Part
from app.ui.records.view import RecordView


class ContactView(RecordView):
    KIND = RecordKind.CONTACT
    ALL = "All contacts"

    merge_requested = Signal(int)
    deletion_requested = Signal(int)

    _card: ContactCard | None = None

    def head_buttons(self) -> Sequence[QWidget]:
        self.write_button = button(self._theme, "Write e-mail", "primary", "compose")
        self.write_button.clicked.connect(self._on_write)
        return (self.write_button,)

    def strip(self) -> QWidget:
        self.filters = FilterRow(
            self._theme,
            [("all", "All"), ("sent", "Sent"), ("received", "Received"), ("files", "With files")],
            "Which messages",
        )
        self.search = Search(self._theme, "Search this timeline", 220)
        return box("bar", row((self.filters, 1), self.search, gap=6, margins=(k.S6, k.S2, k.S4, k.S2)))

    def _connect(self) -> None:
        super()._connect()
        self._about = ContactAbout(self._theme, self._program, self)
        self.filters.chosen.connect(self._on_filter)
        self.search.searched.connect(self._on_filter)
        self.timeline.clear_requested.connect(self.clear_filters)

    def take_focus(self) -> None:
        self.write_button.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what it shows

    def read(self, record_id: int) -> ContactRecord | None:
        record = self._program.contact_record(record_id)
        if record is not None:
            card = self._program.contact(record_id)
            if card != self._card and self.record_id == record_id:
                self._show_counts(card)
            self._card = card
        return record

    def title_of(self, record: ContactRecord) -> str:
        return record.name or next(iter(record.addresses), "Nobody")

    def line_of(self, record: ContactRecord) -> str:
        company, address = first_company(record), next(iter(record.addresses), "")
        parts = [record.title, company.name if company else "", address if record.name else ""]
        return "  ·  ".join(p for p in parts if p)

    def chips(self, record: ContactRecord) -> Sequence[QWidget]:
        count = sum(deal.outcome.value == "open" for deal in record.deals)
        return (
            [Chip(self._theme, "Open deal" if count == 1 else f"{count} open deals", "accent", "deal")] if count else []
        )

    def besides(self, record: ContactRecord) -> object:
        return self._program.unsubscribed_at(record.id)

    def above(self, record: ContactRecord) -> Sequence[QWidget]:
        return self._about.above(record)

    def parts(self, record: ContactRecord) -> Sequence[Part]:
        return self._about.parts(record)

    def choices(self, record: ContactRecord) -> Sequence[Choice]:
        if record.removed:
            return ()
        return (Choice("Merge with another contact…", partial(self.merge_requested.emit, record.id)),)

    def last_choices(self, record: ContactRecord) -> Sequence[Choice]:
        why_not = self._program.why_not(Right.DELETION)
        return (Choice("Delete for good…", partial(self.deletion_requested.emit, record.id), why_not),)

    def _show(self) -> None:
        super()._show()
        name = self.title_of(self._record)
        self.write_button.setAccessibleName(f"Write e-mail to {name}")
        self.write_button.setEnabled(bool(self._record.addresses))
        self.timeline.set_address(next(iter(self._record.addresses), ""))
        self._show_counts(self._card)

    def _show_counts(self, card: ContactCard | None) -> None:
        if card is None:
            return
        for key, text, count in (
            ("sent", "Sent", card.sent),
            ("received", "Received", card.received),
            ("files", "With files", card.with_files),
        ):
            more = card.counted is not None
            self.filters.set_text(key, f"{text} {times.number(count)}{'+' if more else ''}")
            tip = f"So many among the newest {times.number(card.counted)} messages" if card.counted is not None else ""
            self.filters.pill(key).setToolTip(tip)

    def wanted(self) -> TimelineFilter:
        key = self.filters.key()
        direction = key if key in ("sent", "received") else None
        return TimelineFilter(direction, key == "files", self.search.text().strip())

    def start_over(self) -> None:
        self.clear_filters()

    # --- wishes

    @Slot()
    def clear_filters(self) -> None:
        self.search.clear()
        self.filters.choose("all")

    @Slot()
    def _on_filter(self) -> None:
        if self.record_id is not None:
            self.timeline.show_record(self.record_id, self.wanted())

    @Slot()
    def _on_write(self) -> None:
        if self._record is not None and self._record.addresses:
            self.compose_requested.emit((Address(self._record.addresses[0], self._record.name),), None)

    @Slot()
    def add_deal(self) -> None:
        dialog = AddDealDialog(
            self._theme, self._program, self.window(), contact=self._record.id, company=first_company(self._record)
        )
        dialog.added.connect(self._on_deal)
        dialog.open()

    @Slot(int)
    def _on_deal(self, _deal_id: int) -> None:
        self._refresh_soon.start()
