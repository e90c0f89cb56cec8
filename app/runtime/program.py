"""The façade that screens talk to: quick reads of the store, and wishes that workers carry out. Lives on the main thread;
only frozen values and ids leave it.

The use cases behind wishes bring the mail and web libraries with them, which the first window does not need: they are
imported by the method that needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.addresses import Address
from app.domain.changes import Area, Change
from app.domain.checks import CheckEvent
from app.domain.detection import Detected, Finding, Unsupported
from app.domain.errors import HitchpostError, UsageError
from app.domain.events import EventId, Verdict
from app.domain.inboxes import Account, InboxId, InboxKind, Provider, Secret
from app.domain.outbox import AttachmentRef, Draft, OutboxId
from app.domain.problems import CertificateFacts, Problem
from app.domain.sign_in import SignInEnded, SignInEvent
from app.runtime.background import Background
from app.runtime.jobs import Jobs, Workers, end_all
from app.runtime.notifier import Notifier
from app.runtime.reads import Reads
from app.secrets.protocol import PassphraseNeeded
from app.services.workspace import Workspace

if TYPE_CHECKING:
    from app.runtime.check_worker import CheckWorker
    from app.runtime.find_worker import FindWorker
    from app.runtime.sign_in_worker import SignInWorker
    from app.services.check_account import CheckResult

ELSEWHERE_MILLISECONDS = 1000  # between looks for what other processes changed
LOOKS_IN_DOUBT = 4  # until screens look at everything though it may have been ourselves who changed something
NOT_SAVED = "It could not be saved"
CHECKING = "Looking for your system’s keyring"


@dataclass(frozen=True)
class CheckOutcome:
    """How the wizard's check ended. `certificate`: the one that was refused, for a person to judge."""

    ok: bool
    inbox_address: str
    problem: Problem | None
    certificate: CertificateFacts | None
    sent_folder: str
    files_sent_copies: bool
    text: str = ""  # what ended the check where that was no server


@dataclass(frozen=True)
class SecretStatus:
    """`kind`: keyring, file (open), locked (the file needs its passphrase), none (no keyring, no file), checking (it is
    being found out; `secrets_checked` tells when)."""

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
    provider_found = Signal(object)  # Detected
    sign_in_event = Signal(object)  # SignInEvent
    outbox_changed = Signal(int)  # OutboxId
    failed = Signal(str, str)  # title, text
    message_requested = Signal(int)  # a notification about this message was clicked
    inbox_requested = Signal()  # a notification about an inbox was clicked
    passphrase_needed = Signal()  # an inbox waits for its password, which is in the encrypted file
    quit_requested = Signal()
    tracking_changed = Signal()
    secrets_checked = Signal()  # `secret_status` knows
    inbox_kept = Signal(object, str)  # InboxId, or None and why: what became of `keep_inbox`
    file_taken = Signal(int, object, str)  # the number given to `take_file`, AttachmentRef, or None and why
    _committed = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        QObject.__init__(self, parent)
        self.workspace = workspace
        self._store = workspace.store
        self._tracking = TrackingStatus(False, "", False, None, "Looking for the tracking server")
        self._check: CheckWorker | None = None
        self._next_check: tuple[Account, Secret, Secret | None] | None = None
        self._find: FindWorker | None = None
        self._sign_in: SignInWorker | None = None
        self._checked: tuple[Account, CheckResult] | None = None
        self._own_commits = 0
        self._looks_in_doubt = 0
        self._secrets = SecretStatus("checking", CHECKING)
        self._looking_at_secrets = False
        self._jobs = Jobs(workspace.store, self)
        self._checks = Workers(self)
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
        self._next_check = None
        self.cancel_check()
        self.cancel_find()
        self.cancel_sign_in()
        ended = self.background.stop()
        ended = end_all([*self._jobs.workers.all(), *self._checks.all()]) and ended
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
        """Workers' commits and other processes' look alike. So the workers are put in order after each; screens, which
        are told of our own commits anyway, look at everything when others must have made one, and every few looks while
        they may have."""
        with self.wish("What changed could not be read"):
            changed, own, self._own_commits = self._store.changed_elsewhere(), self._own_commits, 0
            if changed:
                self.background.reconcile()
            self._looks_in_doubt += bool(self._looks_in_doubt or (changed and own))
            if (changed and not own) or self._looks_in_doubt > LOOKS_IN_DOUBT:
                self._looks_in_doubt = 0
                self.changed.emit(Change(frozenset(Area), "elsewhere"))

    @contextmanager
    def wish(self, title: str) -> Iterator[None]:
        """A fault that can be explained (a full disk) is told in the window and ends only what was wished for."""
        try:
            yield
        except HitchpostError as error:
            self.failed.emit(title, str(error))

    @Slot(object)
    def _on_events_made(self, ids: tuple[EventId, ...]) -> None:
        for event_id in ids:
            row = self._store.feed.get(event_id)
            if row is None:
                continue
            shown, why = self.notifier.show(row)
            with self.wish(NOT_SAVED), self._store.transaction(Area.EVENTS, source="notifier"):
                self._store.events.mark_notified(event_id, shown, why)
            self.event_arrived.emit(replace(row, notified=shown, notified_why=why))

    @Slot(str, bool)
    def _on_secrets_needed(self, text: str, locked: bool) -> None:
        if locked:
            self._secrets = SecretStatus("locked", text)
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
        near = is_local_host(self._store.inboxes.get(inbox_id).account.send_host)
        return near and not self.background.tracking.running

    # -- feed

    def mark_all_seen(self) -> None:
        with self.wish(NOT_SAVED), self._store.transaction(Area.EVENTS, source="feed"):
            self._store.events.mark_seen()

    def mark_seen(self, event_id: EventId) -> None:
        with self.wish(NOT_SAVED), self._store.transaction(Area.EVENTS, source="feed"):
            self._store.events.mark_seen(event_id)

    def set_verdict(self, event_id: EventId, verdict: Verdict) -> None:
        with self.wish(NOT_SAVED), self._store.transaction(Area.EVENTS, Area.MESSAGES, source="feed"):
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

        with self.wish("The inbox was not disabled"):
            inboxes.disable_inbox(self.workspace, inbox_id)
            self.background.stop_inbox(inbox_id)
        self.inbox_state_changed.emit(inbox_id)

    def enable(self, inbox_id: InboxId) -> None:
        from app.services import connect_inbox as inboxes

        with self.wish("The inbox was not enabled"):
            inboxes.enable_inbox(self.workspace, inbox_id)
            self.background.reconcile()
        self.inbox_state_changed.emit(inbox_id)

    def remove(self, inbox_id: InboxId) -> None:
        """Returns before the password is out of the secret store; `failed` when it cannot be taken out, and the inbox
        stays."""
        from app.services import connect_inbox as inboxes

        def removed(_result: object, why: str) -> None:
            if why:
                self.failed.emit("The inbox was not removed", why)
                self.background.reconcile()
            self.inbox_state_changed.emit(inbox_id)

        self.background.stop_inbox(inbox_id)
        self._jobs.run("remove-inbox", partial(inboxes.remove_inbox, self.workspace, inbox_id), removed)

    # -- connecting

    def secret_status(self) -> SecretStatus:
        """What is known: asking a keyring may take seconds, and opens a window where it is locked."""
        if self._secrets.kind == "checking":
            self.look_at_secrets()
        return self._secrets

    def look_at_secrets(self) -> None:
        """Looks anew where passwords cannot be kept yet; `secrets_checked` tells the end of that."""
        if self._secrets.kind not in ("keyring", "file") and not self._looking_at_secrets:
            self._looking_at_secrets = True
            self._jobs.run("look-at-secrets", partial(_look_at_secrets, self.workspace), self._on_secrets_looked_at)

    def _on_secrets_looked_at(self, found: SecretStatus | None, why: str) -> None:
        self._looking_at_secrets = False
        if self._secrets.kind != "file":  # opened meanwhile
            self._secrets = found or SecretStatus("none", why)
        self.secrets_checked.emit()

    def unlock_secrets(self, passphrase: str, create: bool) -> str:
        """Opens or makes the encrypted file. Returns what is wrong, or nothing."""
        from app.secrets.choose import secrets_path
        from app.secrets.file_store import FileSecrets

        try:
            store = FileSecrets(secrets_path(self.workspace.home, self._store.workspace_uid), Secret(passphrase))
            store.probe()
        except HitchpostError as error:
            return str(error)
        self.workspace.secrets.use(store)
        self._secrets = SecretStatus("file", store.name)
        self.background.reconcile()
        self.background.sync_now()  # those that waited for it go on at once
        self.background.wake_outbox()
        return ""

    def known_provider(self, address: str) -> Finding | Unsupported | None:
        """Quick, asks nobody. Presets that cannot be read are told of and left out."""
        from app.services.find_provider import known_provider

        try:
            return known_provider(self.workspace, address)
        except HitchpostError as error:
            self.failed.emit("The presets cannot be read", str(error))
            return None

    def find_provider(self, address: str) -> None:
        """`provider_found` comes within 12 s, unless another search or `cancel_find` ends this one."""
        from app.runtime.find_worker import FindWorker

        self.cancel_find()
        worker = FindWorker(self.workspace, address, self)
        worker.found.connect(self._on_provider_found)
        self._find = worker
        self._jobs.workers.keep(worker)
        worker.start()

    def cancel_find(self) -> None:
        worker, self._find = self._find, None
        if worker is not None:
            worker.found.disconnect(self._on_provider_found)
            worker.request_stop()

    @Slot(object)
    def _on_provider_found(self, found: Detected) -> None:
        self._find = None  # it has ended by itself
        self.provider_found.emit(found)

    def check_account(self, account: Account, secret: Secret, smtp_secret: Secret | None) -> None:
        """Ends one that is running; the new one begins when that has ended."""
        self._next_check = (account, secret, smtp_secret)
        if self._check is None:
            self._begin_check()
        else:
            self._check.request_stop()

    def _begin_check(self) -> None:
        from app.runtime.check_worker import CheckWorker

        wanted, self._next_check = self._next_check, None
        if wanted is None:
            return
        worker = CheckWorker(self.workspace, *wanted, self)
        worker.check_event.connect(self._on_check_event)
        worker.check_done.connect(self._on_check_done)
        self._check = worker
        self._checks.keep(worker)
        worker.start()

    def cancel_check(self) -> None:
        """`check_finished` still comes, with `ok` False."""
        self._next_check = None
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
            CheckOutcome(
                result.ok,
                address,
                result.problem,
                certificate,
                result.sent_folder,
                result.files_sent_copies,
                result.text,
            )
        )
        if self._check is None:
            self._begin_check()

    def connect_inbox(
        self,
        account: Account,
        secret: Secret,
        smtp_secret: Secret | None,
        *,
        kind: InboxKind = InboxKind.PERSONAL,
        disclosure_version: str = "",
        automation: bool = False,
    ) -> InboxId:
        """After a passed check of this very account. Waits for the secret store: not for windows, which call
        `keep_inbox`. Raises SecretError, UsageError, StoreError."""
        inbox_id = self._keeping(account, secret, smtp_secret, kind, disclosure_version, automation)()
        self._begin_inbox(inbox_id)
        return inbox_id

    def keep_inbox(
        self,
        account: Account,
        secret: Secret,
        smtp_secret: Secret | None,
        *,
        kind: InboxKind = InboxKind.PERSONAL,
        disclosure_version: str = "",
        automation: bool = False,
        known: InboxId | None = None,
    ) -> None:
        """After a passed check of this very account; `inbox_kept` tells the end. `known`: an inbox that signs in again
        keeps its kind."""

        def kept(inbox_id: InboxId | None, why: str) -> None:
            if inbox_id is not None:
                self._begin_inbox(inbox_id)
            self.inbox_kept.emit(inbox_id, why)

        if known is not None:
            kind = self._store.inboxes.get(known).kind
        call = self._keeping(account, secret, smtp_secret, kind, disclosure_version, automation)
        self._jobs.run("keep-inbox", call, kept)

    def _keeping(
        self,
        account: Account,
        secret: Secret,
        smtp_secret: Secret | None,
        kind: InboxKind,
        disclosure_version: str,
        automation: bool,
    ) -> Callable[[], InboxId]:
        from app.services import connect_inbox as inboxes
        from app.services.check_account import CheckResult

        result = self._checked[1] if self._checked and self._checked[0] == account else CheckResult(False)
        return partial(
            inboxes.connect_inbox,
            self.workspace,
            account,
            secret,
            smtp_secret,
            result,
            kind=kind,
            disclosure_version=disclosure_version,
            automation=automation,
        )

    def _begin_inbox(self, inbox_id: InboxId) -> None:
        self.background.restart(inbox_id)
        self.inbox_state_changed.emit(inbox_id)

    def sign_in(
        self,
        provider: Provider,
        address: str,
        *,
        kind: InboxKind = InboxKind.PERSONAL,
        disclosure_version: str = "",
        automation: bool = False,
    ) -> None:
        """At Google or Microsoft, then the check; the inbox is connected when it has passed. `sign_in_event` tells each
        part, and comes with a SignInEnded at last. An address that is connected signs in again, and keeps its place."""
        from app.runtime.sign_in_worker import SignInWorker

        if self._sign_in is not None:
            self._sign_in.happened.disconnect(self._on_sign_in_event)
            self._sign_in.request_stop()
        worker = SignInWorker(self.workspace, provider, address, kind, disclosure_version, automation, self)
        worker.happened.connect(self._on_sign_in_event)
        self._sign_in = worker
        self._jobs.workers.keep(worker)
        worker.start()

    def cancel_sign_in(self) -> None:
        """A SignInEnded still comes."""
        if self._sign_in is not None:
            self._sign_in.request_stop()

    @Slot(object)
    def _on_sign_in_event(self, event: SignInEvent) -> None:
        if isinstance(event, SignInEnded):
            self._sign_in = None
            if event.inbox_id is not None:
                self._begin_inbox(event.inbox_id)
        self.sign_in_event.emit(event)

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

    def take_file(self, number: int, path: Path) -> None:
        """As `store_attachment`, off the main thread; `file_taken` brings what became of it."""

        def taken(ref: AttachmentRef | None, why: str) -> None:
            self.file_taken.emit(number, ref, why)

        self._jobs.run("take-file", partial(_store_attachment, self.workspace, path), taken)

    def save_draft(self, draft: Draft, outbox_id: OutboxId | None = None) -> OutboxId:
        from app.services import write_message as writing

        return writing.save_draft(self.workspace, draft, outbox_id)

    def discard_draft(self, outbox_id: OutboxId) -> bool:
        """False, and `failed`, when it could not be written down: the draft is still there."""
        from app.services import write_message as writing

        done = False
        with self.wish("The draft was not discarded"):
            writing.discard_draft(self.workspace, outbox_id)
            done = True
        return done

    def store_attachment(self, path: Path) -> AttachmentRef:
        """Reads the file where it is called: a window calls `take_file`. Raises UsageError, StoreError."""
        return _store_attachment(self.workspace, path)

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


def _look_at_secrets(workspace: Workspace) -> SecretStatus:
    """Off the main thread: a keyring may ask its user first."""
    try:
        kept = workspace.secrets.store()
    except PassphraseNeeded as error:
        return SecretStatus("locked", str(error))
    except HitchpostError as error:
        return SecretStatus("none", str(error))
    return SecretStatus("keyring" if "keyring" in kept.name else "file", kept.name)


def _store_attachment(workspace: Workspace, path: Path) -> AttachmentRef:
    from app.services import write_message as writing

    with suppress(OSError):  # what cannot be looked at cannot be read either, and that is told then
        if path.exists() and not path.is_file():  # a pipe or a device would be read for ever
            raise UsageError(f"{path.name} is not a file. Folders can be attached as an archive (zip).")
    return writing.store_attachment(workspace, path)
