"""The façade that screens talk to: quick reads of the store, and wishes that workers carry out. Lives on the main thread;
only frozen values and ids leave it.

The use cases behind wishes bring the mail and web libraries with them, which the first window does not need: they are
imported by the method that needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.addresses import Address
from app.domain.changes import Area, Change
from app.domain.errors import StoreError
from app.domain.events import EventId, EventKind, Verdict
from app.domain.near_links import LinkFate, others
from app.domain.notices import FEED
from app.domain.records import RecordKind
from app.runtime.connecting import SecretStatus
from app.runtime.feed_counting import FeedCounter
from app.runtime.jobs import hear_no_more
from app.runtime.notifier import Notifier
from app.runtime.untold import came_in_absence, find_untold, mark_notified
from app.runtime.writing import Writing

if TYPE_CHECKING:
    from app.domain.feed_filter import FeedFilter
    from app.domain.inboxes import InboxId
    from app.services.workspace import Workspace

ELSEWHERE_MILLISECONDS = 1000  # between looks for what other processes changed
LOOKS_IN_DOUBT = 4  # until screens look at everything though it may have been ourselves who changed something
NOT_SAVED = "It could not be saved"
EVENTS_AT_ONCE = 20  # that are told before the window lives again


@dataclass(frozen=True)
class TrackingStatus:
    """`local_only`: links lead to this computer or network only; see `fate_of_links`."""

    available: bool
    url: str
    local_only: bool
    checked_at: datetime | None
    text: str


class Program(Writing):
    changed = Signal(object)  # Change
    event_arrived = Signal(object)  # FeedRow
    message_requested = Signal(int)  # a notification about this message was clicked
    feed_counted = Signal(object, object)  # FeedFilter, FeedTotals
    feed_requested = Signal()  # a notification about several was clicked
    notifications_changed = Signal()  # whether this desktop shows any
    inbox_requested = Signal()  # a notification about an inbox was clicked
    review_requested = Signal(object)  # FeedRow: a notification about a message that was not logged was clicked
    passphrase_needed = Signal()  # an inbox waits for its password, which is in the encrypted file
    quit_requested = Signal()
    workspace_change_requested = Signal(str)  # the name of another one, which is already noted as the chosen one
    tracking_changed = Signal()
    rescored = Signal(object)  # Rescored: how far past opens and clicks are judged again
    aliases_refreshed = Signal(int, str)  # InboxId, and why it did not come about
    _committed = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(workspace, parent)
        self._tracking = TrackingStatus(False, "", False, None, "Looking for the tracking server")
        self._inside = False  # whether that server runs in a desktop program, rather than as one that a person started
        self._own_commits = 0
        self._noted: list[tuple[EventId, bool, str]] = []  # whether each was told, and why; not written down yet
        self._writing_down = False
        self._made: list[tuple[EventId, bool]] = []  # new ones that were not told yet; whether they came in an absence
        self._met: set[EventId] = set()  # those of `_made` since the start
        self._here_since = datetime.now(UTC)
        self._tell_on = QTimer(self)
        self._tell_on.setSingleShot(True)
        self._tell_on.timeout.connect(self._tell_events)
        self._looks_in_doubt = 0
        self._counter = FeedCounter(self._store, self._jobs, self)
        self._counter.counted.connect(self.feed_counted)
        self.notifier = Notifier(workspace, self)
        self.notifier.clicked.connect(self._on_notice_clicked)
        self.notifier.settled.connect(self._on_settled)
        self.notifier.availability_changed.connect(self.notifications_changed)
        self.changed.connect(self.notifier.second_looks.look_again)
        self.background.events_made.connect(self._on_events_made)
        self.background.caught_up.connect(self._on_caught_up)
        self.background.inbox_state_changed.connect(self.inbox_state_changed)
        self.background.pace_changed.connect(self._on_pace_changed)
        self.background.outbox_worked_on.connect(self.outbox_changed)
        self.background.faulted.connect(self.failed)
        self.background.rescored.connect(self.rescored)
        self.background.secrets_needed.connect(self._on_secrets_needed)
        self.background.availability.connect(self._on_availability)
        self._committed.connect(self._on_committed)
        self._tell_commit = self._committed.emit  # one object, so that it can be taken back
        self._elsewhere = QTimer(self)
        self._elsewhere.setInterval(ELSEWHERE_MILLISECONDS)
        self._elsewhere.timeout.connect(self._look_elsewhere)

    def start(self) -> None:
        """Begins all background work."""
        self._store.add_listener(self._tell_commit)
        self._store.changed_elsewhere()
        self._elsewhere.start()
        self.notifier.start()
        self._on_caught_up(())
        self.background.start()

    def load(self, modules: Sequence[str], then: Callable[[], None]) -> None:
        """Imports them on another thread, for imports take longer than a window may stand still. `then` is called on the main
        thread, unless the program ends before."""

        def load_all() -> None:
            for name in modules:
                import_module(name)

        def loaded(_done: object, _why: str) -> None:  # what cannot be loaded says so where it is needed
            then()

        self._jobs.run("load-modules", load_all, loaded)

    @Slot()
    def quit(self) -> None:
        """The person wants to end the program: whoever runs the event loop hears of it."""
        self.quit_requested.emit()

    def shut_down(self) -> bool:
        """Ends every thread. True when all ended in time. May be called twice."""
        self._elsewhere.stop()
        self._counter.stop()
        self._end_connecting()
        ended = self.background.stop()
        ended = self._end_workers() and ended
        ended = self.notifier.stop() and ended
        if self._noted:
            noted, self._noted = tuple(self._noted), []
            with suppress(StoreError):  # told once more after the next start, then
                mark_notified(self.workspace, noted)
        self._store.remove_listener(self._tell_commit)
        self._jobs.forget()
        hear_no_more(self)
        return ended

    # -- what happened

    @Slot(object)
    def _on_committed(self, change: Change) -> None:
        self._own_commits += 1
        self.changed.emit(change)

    @Slot(int)
    def _on_pace_changed(self, _inbox_id: int) -> None:
        self.changed.emit(Change(frozenset({Area.INBOXES}), "pace"))

    @Slot()
    def _look_elsewhere(self) -> None:
        """Workers' commits and other processes' look alike. So the workers are put in order after each; screens, which
        are told of our own commits anyway, look at everything when others must have made one, and every few looks while
        they may have."""
        with self.wish("What changed could not be read"):
            changed, own, self._own_commits = self._store.changed_elsewhere(), self._own_commits, 0
            if changed:
                self.background.reconcile()
            if changed and not own:
                self._find_untold(away=False)  # another process may have taken in what we would have told
            self._looks_in_doubt += bool(self._looks_in_doubt or (changed and own))
            if (changed and not own) or self._looks_in_doubt > LOOKS_IN_DOUBT:
                self._looks_in_doubt = 0
                self.changed.emit(Change(frozenset(Area), "elsewhere"))

    @Slot(object)
    def _on_events_made(self, ids: tuple[EventId, ...]) -> None:
        self._put_made(ids, away=False)

    @Slot(object)
    def _on_caught_up(self, ids: tuple[EventId, ...]) -> None:
        """Nobody was here, or the tracking server could not be reached. Also what was stored meanwhile by `hitchpost sync`,
        or before a crash, is told: it is looked for."""
        self._here_since = datetime.now(UTC)
        self._put_made(ids, away=True)
        self._find_untold(away=True)

    def _find_untold(self, *, away: bool) -> None:
        self._jobs.run("find-untold", partial(find_untold, self.workspace), partial(self._on_untold, away))

    def _on_untold(self, away: bool, ids: tuple[EventId, ...] | None, why: str) -> None:
        if why:
            self.failed.emit("What happened meanwhile could not be read", why)
        self._put_made(ids or (), away=away)

    def _put_made(self, ids: tuple[EventId, ...], *, away: bool) -> None:
        """Each once; but an inferred open may turn into the real one, in its place."""
        new = [event_id for event_id in ids if event_id not in self._met]
        self._met.update(new)
        self._made.extend((event_id, away) for event_id in new)
        if self._made and not self._tell_on.isActive():
            self._tell_on.start(0)

    @Slot()
    def _tell_events(self) -> None:
        """Some at a time, and written down on another thread: a burst of a thousand never stops the window."""
        some, self._made = self._made[:EVENTS_AT_ONCE], self._made[EVENTS_AT_ONCE:]
        if self._made:
            self._tell_on.start(0)
        rows = {row.id: row for row in self._store.feed.rows(ids=[event_id for event_id, _ in some], limit=len(some))}
        noted: list[tuple[EventId, bool, str]] = []
        for event_id, away in some:
            row = rows.pop(event_id, None)
            if row is None or row.notified:
                continue  # nothing is told twice
            if row.verdict is Verdict.INFERRED:
                self._met.discard(event_id)
            shown, why = self.notifier.show(row, away=away or came_in_absence(row, self._here_since))
            if why:
                noted.append((event_id, shown, why))
            self.event_arrived.emit(replace(row, notified=shown, notified_why=why or row.notified_why))
        self._on_settled(tuple(noted))

    @Slot(object)
    def _on_settled(self, noted: tuple[tuple[EventId, bool, str], ...]) -> None:
        self._noted.extend(noted)
        self._write_down()

    def _write_down(self) -> None:
        """One at a time: what was found out later of an event is written later."""
        if self._noted and not self._writing_down:
            self._writing_down = True
            noted, self._noted = tuple(self._noted), []
            self._jobs.run("mark-notified", partial(mark_notified, self.workspace, noted), self._on_written_down)

    def _on_written_down(self, _done: object, why: str) -> None:
        self._writing_down = False
        if why:
            self.failed.emit(NOT_SAVED, why)
        self._write_down()

    @Slot(str, bool)
    def _on_secrets_needed(self, text: str, locked: bool) -> None:
        if locked:
            self._secrets = SecretStatus("locked", text)
            self.passphrase_needed.emit()
        else:
            self.failed.emit("Passwords cannot be read", text)

    @Slot(str)
    def _on_notice_clicked(self, key: str) -> None:
        if key == FEED:
            self.feed_requested.emit()
            return
        row = self._store.feed.get(EventId(int(key)))
        if row is None:
            return
        self.mark_seen(row.id)
        if row.kind is EventKind.REVIEW:
            self.review_requested.emit(row)
        elif row.message_pk is not None:
            self.message_requested.emit(row.message_pk)
        else:
            self.inbox_requested.emit()

    @Slot(bool, str, str)
    def _on_availability(self, available: bool, url: str, trouble: str) -> None:
        from app.services.tracking_server import is_local

        local = available and is_local(url)
        if not available:
            text = self.background.tracking.trouble or trouble or "No tracking server answers."
        elif local:
            allowed = bool(self._store.settings.get("tracking.local"))
            text = f"Only this computer or network can reach the tracking server. {others(allowed)}"
        else:
            text = "The tracking server answers."
        self._tracking = TrackingStatus(available, url, local, datetime.now(UTC), text)
        note = self.workspace.tracking.read_serving()
        self._inside = note is not None and note.inside and note.url == url
        self.tracking_changed.emit()
        self.changed.emit(Change(frozenset({Area.SETTINGS}), "tracking"))

    def tell(self, title: str, text: str) -> None:
        """A notice of the program itself, no event."""
        self.notifier.tell(title, text)

    def shows_notifications(self) -> bool:
        """Whether this desktop has a service or a tray for them; known a moment after the start."""
        return self.notifier.available

    def lacks_notifications(self) -> bool:
        """Known to have neither."""
        return self.notifier.probed and not self.notifier.available

    def tracking_status(self) -> TrackingStatus:
        return self._tracking

    def fate_of_links(self, inbox_id: InboxId, recipients: Sequence[Address]) -> LinkFate:
        """What becomes of picture and links in a message of this inbox to these people while the server that answers now is
        used: as it is decided when it goes out."""
        from app.services.tracking_server import fate_of_links

        if not self._tracking.available:
            return LinkFate()
        inbox = self._store.inboxes.get(inbox_id)
        return fate_of_links(self.workspace, self._tracking.url, self._inside, inbox, recipients)

    # -- feed

    def count_feed(self, wanted: FeedFilter) -> None:
        """`feed_counted` brings the totals of this filter, unless another one is asked for before."""
        self._counter.count(wanted)

    def mark_all_seen(self) -> None:
        with self.wish(NOT_SAVED), self._store.transaction(Area.EVENTS, source="feed"):
            self._store.events.mark_seen()

    def mark_seen(self, event_id: EventId) -> None:
        with self.wish(NOT_SAVED), self._store.transaction(Area.EVENTS, source="feed"):
            self._store.events.mark_seen(event_id)

    def set_verdict(self, event_id: EventId, verdict: Verdict) -> None:
        from app.services.note_event import mark_verdict

        with self.wish(NOT_SAVED), self._store.transaction(Area.EVENTS, Area.MESSAGES, source="feed"):
            mark_verdict(self.workspace, event_id, verdict)

    # -- contacts and timeline

    def add_contact(self, name: str, address: str) -> int:
        with self._store.transaction(Area.CONTACTS, source="contacts"):
            return self._store.contacts.add(Address(address, name), created_by="user")

    def edit_contact(
        self,
        contact_id: int,
        name: str | None = None,
        title: str | None = None,
        phone: str | None = None,
        company: str | None = None,
    ) -> None:
        """What is None stays; `undo_change` takes it back."""
        from app.services.edit_record import edit_record

        with self._store.transaction(Area.CONTACTS, source="contacts"):
            fields = self._store.contacts.card_fields(contact_id, name=name, title=title, phone=phone, company=company)
            edit_record(self._store, RecordKind.CONTACT, contact_id, fields, source="contacts")

    # -- inboxes

    def refresh_aliases(self, inbox_id: InboxId) -> None:
        """Asks Gmail which addresses the inbox may send as; `aliases_refreshed` tells the end."""
        from app.services.refresh_aliases import why_not_refreshed

        def refreshed(said: str | None, why: str) -> None:
            self.aliases_refreshed.emit(inbox_id, said or why)

        self._jobs.run("refresh-aliases", partial(why_not_refreshed, self.workspace, inbox_id), refreshed)

    # -- settings

    def get_setting(self, key: str) -> object:
        return self._store.user_name() if key == "user_name" else self._store.settings.get(key)

    def set_setting(self, key: str, value: object) -> None:
        """Takes effect at once. Raises UsageError for what the setting cannot be, AdminOnly for one of the whole workspace."""
        if key == "user_name":
            self._store.rename_user(str(value).strip())
            return
        if key == "tracking.token":
            from app.services.change_tracking import keep_token

            keep_token(self.workspace, str(value).strip())
        elif key == "tracking.url":
            from app.services.change_tracking import use_address

            use_address(self.workspace, str(value))
        elif key.startswith("oauth."):
            from app.services.sign_in_clients import set_client_field

            set_client_field(self.workspace, key, str(value))
        else:
            from app.services.settings import put_setting

            put_setting(self._store, key, value)
        if key.startswith("tracking."):
            self.background.look_for_tracking()
