"""The pages of contacts, companies and deals in the main window, the search among messages, and the ways to them. A base of
`MainWindow`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget

from app.domain.records import RecordKind
from app.ui.closing_window import ClosingWindow

if TYPE_CHECKING:
    from app.domain.addresses import Address
    from app.domain.views import TimelineMessage
    from app.runtime.program import Program
    from app.ui.activity.page import ActivityPage
    from app.ui.companies.page import CompaniesPage
    from app.ui.contacts.page import ContactsPage
    from app.ui.deals.page import DealsPage
    from app.ui.kit.theme import Theme
    from app.ui.records.page import RecordsPage
    from app.ui.search.page import MessageSearchPage

PAGE_OF = {RecordKind.CONTACT: "contacts", RecordKind.COMPANY: "companies", RecordKind.DEAL: "deals"}


class RecordPages(ClosingWindow):
    """Each page is built when it is first wanted."""

    activity: ActivityPage
    _stack: QStackedWidget

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__(theme, program)
        self._records: dict[str, RecordsPage] = {}
        self._search: MessageSearchPage | None = None
        self._before_search = "activity"

    def show_page(self, name: str) -> None:
        raise NotImplementedError

    def page(self) -> str:
        raise NotImplementedError

    @property
    def contacts(self) -> ContactsPage:
        if "contacts" not in self._records:
            from app.ui.contacts.page import ContactsPage

            self._take("contacts", ContactsPage(self._theme, self._program))
        return self._records["contacts"]  # type: ignore[return-value]

    @property
    def companies(self) -> CompaniesPage:
        if "companies" not in self._records:
            from app.ui.companies.page import CompaniesPage

            self._take("companies", CompaniesPage(self._theme, self._program))
        return self._records["companies"]  # type: ignore[return-value]

    @property
    def deals(self) -> DealsPage:
        if "deals" not in self._records:
            from app.ui.deals.page import DealsPage

            self._take("deals", DealsPage(self._theme, self._program))
        return self._records["deals"]  # type: ignore[return-value]

    @property
    def search(self) -> MessageSearchPage:
        if self._search is None:
            from app.ui.search.page import MessageSearchPage

            self._search = MessageSearchPage(self._theme, self._program)
            self._search.message_requested.connect(self.show_message)
            self._search.closed.connect(self._on_search_closed)
            self._stack.addWidget(self._search)
        return self._search

    @Slot()
    @Slot(str)
    def show_search(self, text: str = "") -> None:
        """The search among messages: as it was left, or for these words."""
        if self.page() != "search":
            self._before_search = self.page()
        self.show_page("search")
        self.search.focus_search()
        if text:
            self.search.look_for(text)

    @Slot()
    def _on_search_closed(self) -> None:
        self.show_page(self._before_search)

    def _take(self, name: str, page: RecordsPage) -> None:
        self._records[name] = page
        page.compose_requested.connect(self._on_compose_to)
        page.draft_requested.connect(self._on_draft)
        page.events_requested.connect(self.show_events)
        page.record_requested.connect(self.show_record)
        page.messages_requested.connect(self.show_search)
        self._stack.addWidget(page)

    @Slot(object, object)
    def _on_compose_to(self, to: tuple[Address, ...], parent: TimelineMessage | None) -> None:
        raise NotImplementedError

    @Slot(int)
    def _on_draft(self, outbox_id: int) -> None:
        raise NotImplementedError

    @Slot(int)
    def show_events(self, message_pk: int) -> None:
        self.show_page("activity")
        self.activity.show_message_events(message_pk)

    @Slot(object, int)
    def show_record(self, kind: RecordKind, record_id: int) -> None:
        """A contact, company or deal on its page."""
        name = PAGE_OF[kind]
        page: RecordsPage = getattr(self, name)
        if page.open_record(record_id):
            self.show_page(name)

    @Slot(int)
    def show_message(self, message_pk: int) -> None:
        """Opens a message on its contact's timeline; where there is no contact, what happened to it in the feed."""
        for contact_id in self._contacts_of(message_pk):
            if self.contacts.open_record(contact_id, message_pk):
                self.show_page("contacts")
                return
        self.show_events(message_pk)

    def _contacts_of(self, message_pk: int) -> list[int]:
        """Whose timelines carry the message; first the one that its newest event is about."""
        event = self.activity.event_of(message_pk)
        first = [event.contact_id] if event is not None and event.contact_id is not None else []
        return list(dict.fromkeys([*first, *self._program.message_contacts(message_pk)]))

    @Slot(str)
    def show_address(self, address: str) -> None:
        contact_id = self._program.find_contact(address)
        if contact_id is not None and self.contacts.open_record(contact_id):
            self.show_page("contacts")
