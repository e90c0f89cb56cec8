"""Quick reads of the store for screens, on the main thread. The half of the façade that changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.inboxes import Account, InboxId, InboxState, SendAs
from app.domain.outbox import Draft, OutboxId, OutboxMessage, OutboxState
from app.domain.senders import Sender, senders_of

if TYPE_CHECKING:
    from app.domain.events import EventId, EventKind
    from app.domain.views import (
        ContactCard,
        ContactRow,
        Conversation,
        DayCount,
        FeedPage,
        FeedRow,
        InboxCard,
        Ledger,
        LedgerFolder,
        LedgerPage,
        MessageEvents,
        OutboxRow,
        TimelineMessage,
        TimelinePage,
    )
    from app.store import Store


class Reads:
    """What `Program` can be asked. Each answer is a frozen value; each takes a few milliseconds at most."""

    _store: Store

    def feed(
        self,
        kinds: frozenset[EventKind] | None = None,
        people_only: bool = False,
        search: str = "",
        before: EventId | None = None,
        limit: int = 200,
    ) -> tuple[FeedRow, ...]:
        return self._store.feed.rows(kinds, people_only=people_only, search=search, before=before, limit=limit)

    def feed_page(
        self,
        kinds: frozenset[EventKind] | None = None,
        people_only: bool = False,
        search: str = "",
        before: EventId | None = None,
        limit: int = 200,
        contact_id: int | None = None,
        message_pk: int | None = None,
    ) -> FeedPage:
        """As `feed`, but a search stops after some thousand events, found or not, and tells where it goes on."""
        return self._store.feed.page(
            kinds, people_only=people_only, search=search, before=before, limit=limit,
            contact_id=contact_id, message_pk=message_pk,
        )  # fmt: skip

    def feed_counts(
        self, days: int, contact_id: int | None = None, message_pk: int | None = None
    ) -> tuple[DayCount, ...]:
        midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight.astimezone(UTC)
        return self._store.feed.counts(days, midnight.date(), at, contact_id=contact_id, message_pk=message_pk)

    def unsubscribed_at(self, contact_id: int) -> datetime | None:
        return self._store.feed.unsubscribed_at(contact_id)

    def unseen(self) -> int:
        return self._store.events.unseen()

    def message_events(self, message_pk: int) -> MessageEvents | None:
        return self._store.feed.message_events(message_pk)

    def contacts(self, search: str = "", offset: int = 0, limit: int = 200) -> tuple[ContactRow, ...]:
        return self._store.contacts.rows(search, offset, limit)

    def contact(self, contact_id: int) -> ContactCard | None:
        return self._store.contacts.card(contact_id)

    def find_contact(self, address: str) -> int | None:
        return self._store.contacts.find(address)

    def timeline(
        self,
        contact_id: int,
        *,
        direction: str | None = None,
        with_files: bool = False,
        search: str = "",
        limit: int = 200,
        before: datetime | None = None,
    ) -> tuple[TimelineMessage, ...]:
        return self._store.timeline.of_contact(
            contact_id, direction=direction, with_files=with_files, search=search, limit=limit, before=before
        )

    def timeline_page(
        self,
        contact_id: int,
        *,
        direction: str | None = None,
        with_files: bool = False,
        search: str = "",
        limit: int = 30,
        before: tuple[datetime, int] | None = None,
    ) -> TimelinePage:
        """As `timeline`, but looks at some thousand messages at a time, and tells where it goes on."""
        return self._store.timeline.page(
            contact_id, direction=direction, with_files=with_files, search=search, limit=limit, before=before
        )

    def conversations(
        self, contact_id: int, *, without: int | None = None, search: str = "", limit: int = 50
    ) -> tuple[Conversation, ...]:
        """Threads on a contact's timeline, newest first. `without`: a message whose own thread is left out."""
        return self._store.conversations.of_contact(contact_id, without=without, search=search, limit=limit)

    def message(self, message_pk: int) -> TimelineMessage | None:
        return self._store.timeline.message(message_pk)

    def message_contacts(self, message_pk: int) -> tuple[int, ...]:
        return self._store.messages.contacts_of(message_pk)

    def attachment_path(self, sha256: str) -> Path:
        return self._store.files.path(sha256)

    def inboxes(self) -> tuple[InboxCard, ...]:
        return self._store.inboxes.cards()

    def inbox_account(self, inbox_id: InboxId) -> Account | None:
        return self._store.inboxes.get(inbox_id).account

    def agreed(self, inbox_id: InboxId) -> tuple[str, bool]:
        """The version of the disclosure that was accepted last, and whether inbox automation was wished for."""
        return self._store.inboxes.agreed(inbox_id)

    def aliases(self, inbox_id: InboxId) -> tuple[SendAs, ...]:
        """Addresses besides its own that the inbox may send as."""
        return self._store.inboxes.aliases(inbox_id)

    def senders(self) -> tuple[Sender, ...]:
        """Addresses that mail can be sent from, those of inboxes that work first; of each inbox its first choice first."""
        usable = [i for i in self._store.inboxes.all() if i.state != InboxState.DISABLED]
        usable.sort(key=lambda i: i.state not in (InboxState.CONNECTED, InboxState.CONNECTING))
        user = self._store.user_name()
        aliases = self._store.inboxes.aliases
        return tuple(sender for i in usable for sender in senders_of(i, aliases(i.id), user))

    def ledger(self, inbox_id: InboxId | None = None, limit: int = 500) -> tuple[Ledger, ...]:
        return self._store.ledgers.read(inbox_id, limit)

    def ledger_page(
        self, inbox_id: InboxId | None = None, search: str = "", before: int | None = None, limit: int = 200
    ) -> LedgerPage:
        """Bodies that were read, newest first. A search stops after some thousand, found or not, and tells where it goes on."""
        return self._store.ledgers.page(inbox_id, search=search, before=before, limit=limit)

    def ledger_folders(self) -> tuple[LedgerFolder, ...]:
        return self._store.ledgers.folders()

    def set_aside(self, inbox_id: InboxId) -> tuple[tuple[str, int, str], ...]:
        return self._store.inboxes.aside(inbox_id)

    def drafts(self) -> tuple[OutboxRow, ...]:
        return self._store.outbox.rows(OutboxState.DRAFT)

    def waiting(self) -> tuple[OutboxRow, ...]:
        """What is on its way, or needs a decision."""
        states = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.FAILED, OutboxState.PARTLY, OutboxState.UNKNOWN)
        return self._store.outbox.rows(*states)

    def draft(self, outbox_id: OutboxId) -> Draft:
        return self.outbox(outbox_id).draft

    def outbox(self, outbox_id: OutboxId) -> OutboxMessage:
        message = self._store.outbox.get(outbox_id)
        if message is None:
            raise KeyError(outbox_id)
        return message
