"""The façade that screens talk to: quick reads of the store, and wishes that workers carry out. Lives on the main thread;
only frozen values and ids leave it.

The use cases behind wishes bring the mail and web libraries with them, which the first window does not need: they are
imported by the method that needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.addresses import Address
from app.domain.changes import Area, Change
from app.domain.checks import CheckEvent
from app.domain.errors import HitchpostError
from app.domain.events import EventId, Verdict
from app.domain.inboxes import ImapAccount, InboxId, InboxKind, Secret
from app.domain.outbox import AttachmentRef, Draft, OutboxId
from app.domain.problems import CertificateFacts, Problem
from app.runtime.background import Background
from app.runtime.notifier import Notifier
from app.runtime.reads import Reads
from app.secrets.protocol import PassphraseNeeded
from app.services.workspace import Workspace

if TYPE_CHECKING:
    from app.runtime.check_worker import CheckWorker
    from app.services.check_account import CheckResult

ELSEWHERE_MILLISECONDS = 1000  # between looks for what other processes changed


@dataclass(frozen=True)
class CheckOutcome:
    """How the wizard's check ended. `certificate`: the one that was refused, for a person to judge."""

    ok: bool
    inbox_address: str
    problem: Problem | None
    certificate: CertificateFacts | None
    sent_folder: str
    files_sent_copies: bool


@dataclass(frozen=True)
class SecretStatus:
    """`kind`: keyring, file (open), locked (the file needs its passphrase), none (no keyring, no file)."""

    kind: str
    text: str


@dataclass(frozen=True)
class TrackingStatus:
    """`local_only`: links lead to this computer only, so mail that leaves it is not tracked."""

    available: bool
    url: str
    local_only: bool
    checked_at: datetime | None
    text: str


class Program(Reads, QObject):
    changed = Signal(object)  # Change
    event_arrived = Signal(object)  # FeedRow
    inbox_state_changed = Signal(int)  # InboxId
    check_event = Signal(object)  # CheckEvent
    check_finished = Signal(object)  # CheckOutcome
    outbox_changed = Signal(int)  # OutboxId
    failed = Signal(str, str)  # title, text
    message_requested = Signal(int)  # a notification about this message was clicked
    inbox_requested = Signal()  # a notification about an inbox was clicked
    passphrase_needed = Signal()  # an inbox waits for its password, which is in the encrypted file
    quit_requested = Signal()
    tracking_changed = Signal()
    _committed = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        QObject.__init__(self, parent)
        self.workspace = workspace
        self._store = workspace.store
        self._tracking = TrackingStatus(False, "", False, None, "Looking for the tracking server")
        self._check: CheckWorker | None = None
        self._checked: tuple[ImapAccount, CheckResult] | None = None
        self._own_commits = 0
        self.notifier = Notifier(workspace, self)
        self.notifier.clicked.connect(self._on_notice_clicked)
        self.background = Background(workspace, self)
        self.background.events_made.connect(self._on_events_made)
        self.background.inbox_state_changed.connect(self.inbox_state_changed)
        self.background.outbox_worked_on.connect(self.outbox_changed)
        self.background.faulted.connect(self.failed)
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
        self.background.start()

    @Slot()
    def quit(self) -> None:
        """The person wants to end the program: whoever runs the event loop hears of it."""
        self.quit_requested.emit()

    def shut_down(self) -> bool:
        """Ends every thread. True when all ended in time. May be called twice."""
        self._elsewhere.stop()
        self.cancel_check()
        if self._check is not None:
            self._check.stop()
        ended = self.background.stop()
        ended = self.notifier.stop() and ended
        self._store.remove_listener(self._tell_commit)
        return ended

    # -- what happened

    @Slot(object)
    def _on_committed(self, change: Change) -> None:
        self._own_commits += 1
        self.changed.emit(change)

    @Slot()
    def _look_elsewhere(self) -> None:
        elsewhere = self._store.changed_elsewhere() and self._own_commits == 0
        self._own_commits = 0
        if elsewhere:
            self.background.reconcile()
            self.changed.emit(Change(frozenset(Area), "elsewhere"))

    @Slot(object)
    def _on_events_made(self, ids: tuple[EventId, ...]) -> None:
        for event_id in ids:
            row = self._store.feed.get(event_id)
            if row is None:
                continue
            shown, why = self.notifier.show(row)
            with self._store.transaction(Area.EVENTS, source="notifier"):
                self._store.events.mark_notified(event_id, shown, why)
            self.event_arrived.emit(replace(row, notified=shown, notified_why=why))

    @Slot(str)
    def _on_secrets_needed(self, text: str) -> None:
        if self.secret_status().kind == "locked":
            self.passphrase_needed.emit()
        else:
            self.failed.emit("Passwords cannot be read", text)

    @Slot(int)
    def _on_notice_clicked(self, event_id: int) -> None:
        row = self._store.feed.get(EventId(event_id))
        if row is None:
            return
        self.mark_seen(row.id)
        if row.message_pk is not None:
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
            text = "Only this computer can reach the tracking server. Mail to other people goes out untracked."
        else:
            text = "The tracking server answers."
        self._tracking = TrackingStatus(available, url, local, datetime.now(UTC), text)
        self.tracking_changed.emit()
        self.changed.emit(Change(frozenset({Area.SETTINGS}), "tracking"))

    def tell(self, title: str, text: str) -> None:
        """A notice of the program itself, no event."""
        self.notifier.tell(title, text)

    def tracking_status(self) -> TrackingStatus:
        return self._tracking

    def tracks_locally(self, inbox_id: InboxId) -> bool:
        """Whether mail of this inbox is tracked although the links lead to this computer or network only."""
        from app.services.tracking_server import is_local_host

        if self._store.settings.get("tracking.local"):
            return True
        near = is_local_host(self._store.inboxes.get(inbox_id).account.smtp.host)
        return near and not self.background.tracking.running

    # -- feed

    def mark_all_seen(self) -> None:
        with self._store.transaction(Area.EVENTS, source="feed"):
            self._store.events.mark_seen()

    def mark_seen(self, event_id: EventId) -> None:
        with self._store.transaction(Area.EVENTS, source="feed"):
            self._store.events.mark_seen(event_id)

    def set_verdict(self, event_id: EventId, verdict: Verdict) -> None:
        with self._store.transaction(Area.EVENTS, Area.MESSAGES, source="feed"):
            self._store.events.set_verdict(event_id, verdict, f"You marked this as {verdict.value}.")

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
        with self._store.transaction(Area.CONTACTS, source="contacts"):
            self._store.contacts.edit(contact_id, name=name, title=title, phone=phone, company=company)

    # -- inboxes

    def sync_now(self, inbox_id: InboxId | None = None) -> None:
        self.background.sync_now(inbox_id)

    def disable(self, inbox_id: InboxId) -> None:
        from app.services import connect_inbox as inboxes

        inboxes.disable_inbox(self.workspace, inbox_id)
        self.background.stop_inbox(inbox_id)
        self.inbox_state_changed.emit(inbox_id)

    def enable(self, inbox_id: InboxId) -> None:
        from app.services import connect_inbox as inboxes

        inboxes.enable_inbox(self.workspace, inbox_id)
        self.background.reconcile()
        self.inbox_state_changed.emit(inbox_id)

    def remove(self, inbox_id: InboxId) -> None:
        """Raises SecretError when the password cannot be taken out of the secret store."""
        from app.services import connect_inbox as inboxes

        self.background.stop_inbox(inbox_id)
        inboxes.remove_inbox(self.workspace, inbox_id)
        self.inbox_state_changed.emit(inbox_id)

    # -- connecting

    def secret_status(self) -> SecretStatus:
        try:
            kept = self.workspace.secrets.store()
        except PassphraseNeeded as error:
            return SecretStatus("locked", str(error))
        except HitchpostError as error:
            return SecretStatus("none", str(error))
        return SecretStatus("keyring" if "keyring" in kept.name else "file", kept.name)

    def unlock_secrets(self, passphrase: str, create: bool) -> str:
        """Opens or makes the encrypted file. Returns what is wrong, or nothing."""
        from app.secrets.choose import secrets_path
        from app.secrets.file_store import FileSecrets

        store = FileSecrets(secrets_path(self.workspace.home, self._store.workspace_uid), Secret(passphrase))
        try:
            store.probe()
        except HitchpostError as error:
            return str(error)
        self.workspace.secrets.use(store)
        self.background.reconcile()
        self.background.wake_outbox()
        return ""

    def check_account(self, account: ImapAccount, secret: Secret, smtp_secret: Secret | None) -> None:
        from app.runtime.check_worker import CheckWorker

        self.cancel_check()
        if self._check is not None:
            self._check.stop()
        worker = CheckWorker(self.workspace, account, secret, smtp_secret, self)
        worker.check_event.connect(self._on_check_event)
        worker.check_done.connect(self._on_check_done)
        worker.finished.connect(worker.deleteLater)
        self._check = worker
        worker.start()

    def cancel_check(self) -> None:
        """`check_finished` still comes, with `ok` False."""
        if self._check is not None:
            self._check.request_stop()

    @Slot(object)
    def _on_check_event(self, event: CheckEvent) -> None:
        self.check_event.emit(event)

    @Slot(object)
    def _on_check_done(self, result: CheckResult) -> None:
        worker, self._check = self._check, None
        address = worker.account.address if worker is not None else ""
        self._checked = (worker.account, result) if worker is not None else None
        certificate = result.problem.certificate if result.problem else None
        self.check_finished.emit(
            CheckOutcome(result.ok, address, result.problem, certificate, result.sent_folder, result.files_sent_copies)
        )

    def connect_inbox(
        self,
        account: ImapAccount,
        secret: Secret,
        smtp_secret: Secret | None,
        *,
        kind: InboxKind = InboxKind.PERSONAL,
        disclosure_version: str = "",
        automation: bool = False,
    ) -> InboxId:
        """After a passed check of this very account. Raises SecretError, UsageError, StoreError."""
        from app.services import connect_inbox as inboxes
        from app.services.check_account import CheckResult

        result = self._checked[1] if self._checked and self._checked[0] == account else CheckResult(False)
        inbox_id = inboxes.connect_inbox(
            self.workspace,
            account,
            secret,
            smtp_secret,
            result,
            kind=kind,
            disclosure_version=disclosure_version,
            automation=automation,
        )
        self.background.restart(inbox_id)
        self.inbox_state_changed.emit(inbox_id)
        return inbox_id

    def reconnect_inbox(
        self, inbox_id: InboxId, account: ImapAccount, secret: Secret, smtp_secret: Secret | None
    ) -> InboxId:
        known = self._store.inboxes.get(inbox_id)
        return self.connect_inbox(account, secret, smtp_secret, kind=known.kind)

    # -- settings

    def get_setting(self, key: str) -> object:
        return self._store.user_name() if key == "user_name" else self._store.settings.get(key)

    def set_setting(self, key: str, value: object) -> None:
        """Takes effect at once. Raises UsageError for what the setting cannot be."""
        if key == "user_name":
            self._store.rename_user(str(value).strip())
            return
        if key == "tracking.token":
            from app.services.tracking_server import keep_token

            keep_token(self.workspace, str(value).strip())
        else:
            with self._store.transaction(Area.SETTINGS, source="settings"):
                self._store.settings.put(key, value)
        if key.startswith("tracking."):
            self.background.look_for_tracking()

    # -- writing

    def clean_html(self, html: str) -> str:
        """Pasted or quoted HTML without tracking; our own links lead to their destinations again."""
        from app.services.clean_body import clean_html

        return clean_html(self.workspace, html)

    def save_draft(self, draft: Draft, outbox_id: OutboxId | None = None) -> OutboxId:
        from app.services import write_message as writing

        return writing.save_draft(self.workspace, draft, outbox_id)

    def discard_draft(self, outbox_id: OutboxId) -> None:
        from app.services import write_message as writing

        writing.discard_draft(self.workspace, outbox_id)

    def store_attachment(self, path: Path) -> AttachmentRef:
        from app.services import write_message as writing

        return writing.store_attachment(self.workspace, path)

    def store_content(self, filename: str, content_type: str, content: bytes, content_id: str = "") -> AttachmentRef:
        from app.services import write_message as writing

        return writing.store_content(self.workspace, filename, content_type, content, content_id)

    def send(self, draft: Draft, outbox_id: OutboxId | None = None) -> OutboxId:
        """Queued, with the seconds for undoing. Raises UsageError with what is to be mended."""
        from app.services import write_message as writing

        seconds = int(self._store.settings.get("undo_seconds"))
        queued = writing.queue_message(self.workspace, draft, outbox_id, undo_seconds=seconds)
        self.background.wake_outbox()
        self.outbox_changed.emit(queued)
        return queued

    def undo_send(self, outbox_id: OutboxId) -> bool:
        from app.services import write_message as writing

        undone = writing.undo_send(self.workspace, outbox_id)
        self.outbox_changed.emit(outbox_id)
        return undone

    def settle_unknown(self, outbox_id: OutboxId, sent: bool) -> None:
        from app.services import write_message as writing

        writing.settle_unknown(self.workspace, outbox_id, sent=sent)
        self.background.wake_outbox()
        self.outbox_changed.emit(outbox_id)

    def retry(self, outbox_id: OutboxId) -> None:
        from app.services import write_message as writing

        writing.retry(self.workspace, outbox_id)
        self.background.wake_outbox()
        self.outbox_changed.emit(outbox_id)
