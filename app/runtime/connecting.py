"""The part of the façade by which an inbox is connected: where passwords are kept, finding the servers, the check, signing in.
The base of `Program`; what the wizard talks to.

The use cases bring the mail and web libraries with them, which the first window does not need: they are imported by the
method that needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.errors import HitchpostError
from app.domain.inboxes import Account, InboxId, InboxKind, Provider, Secret
from app.runtime.arranging import Arranging
from app.runtime.background import Background
from app.runtime.jobs import Jobs, Workers, end_all
from app.runtime.logging_rules import LoggingRules
from app.runtime.mail_settings import MailSettings
from app.runtime.recording import Recording
from app.runtime.shared_settings import SharedSettings
from app.runtime.transferring import Transferring
from app.secrets.protocol import PassphraseNeeded

if TYPE_CHECKING:
    from app.domain.checks import CheckEvent
    from app.domain.detection import Detected, Finding, Unsupported
    from app.domain.problems import CertificateFacts, Problem
    from app.domain.sign_in import SignInEvent
    from app.runtime.check_worker import CheckWorker
    from app.runtime.find_worker import FindWorker
    from app.runtime.sign_in_worker import SignInWorker
    from app.services.check_account import CheckResult
    from app.services.workspace import Workspace

LOOKING = "Looking for your system’s keyring"


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


class Connecting(Arranging, Recording, SharedSettings, LoggingRules, MailSettings, Transferring, QObject):
    failed = Signal(str, str)  # title, text
    inbox_state_changed = Signal(int)  # InboxId
    check_event = Signal(object)  # CheckEvent
    check_finished = Signal(object)  # CheckOutcome
    provider_found = Signal(object)  # Detected
    sign_in_event = Signal(object)  # SignInEvent
    secrets_checked = Signal()  # `secret_status` knows
    inbox_kept = Signal(object, str)  # InboxId, or None and why: what became of `keep_inbox`

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        QObject.__init__(self, parent)
        self.workspace = workspace
        self._store = workspace.store
        self.background = Background(workspace, self)
        self._check: CheckWorker | None = None
        self._check_replaced = False  # somebody else asks now
        self._next_check: tuple[Account, Secret | None, Secret | None] | None = None
        self._find: FindWorker | None = None
        self._sign_in: SignInWorker | None = None
        self._checked: tuple[Account, CheckResult] | None = None
        self._secrets = SecretStatus("checking", LOOKING)
        self._looking_at_secrets = False
        self._jobs = Jobs(workspace.store, self)
        self._checks = Workers(self)

    def _end_connecting(self) -> None:
        """Asks everything here to end; `_end_workers` waits for it."""
        self._next_check = None
        self.cancel_check()
        self.cancel_find()
        self.cancel_sign_in()

    def _end_workers(self) -> bool:
        """Whether every thread ended in time."""
        return end_all([*self._jobs.workers.all(), *self._checks.all()])

    @contextmanager
    def wish(self, title: str) -> Iterator[None]:
        """A fault that can be explained (a full disk) is told in the window and ends only what was wished for."""
        try:
            yield
        except HitchpostError as error:
            self.failed.emit(title, str(error))

    # -- where passwords are kept

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
        from app.secrets.choose import open_file

        try:
            store = open_file(self.workspace.home, self._store.workspace_uid, Secret(passphrase))
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

    def kind_refusal(self, address: str, kind: InboxKind, provider: Provider) -> str:
        """Why the address cannot be connected as such an inbox, and what to do; empty where it can be (P2–P4, P6). Quick.
        An inbox of one's own that is connected again as what it is passes."""
        from app.services.inbox_rules import kind_refusal

        return kind_refusal(self.workspace, address, kind, provider)

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
        if self._find is None or self.sender() is not self._find:  # told before it was cancelled, and delivered after
            return
        self._find = None  # it has ended by itself
        self.provider_found.emit(found)

    def check_account(self, account: Account, secret: Secret | None, smtp_secret: Secret | None) -> None:
        """Ends one that is running, of which nothing more is told; the new one begins when that has ended. `secret` None:
        the passwords that the connected inbox has."""
        self._next_check = (account, secret, smtp_secret)
        if self._check is None:
            self._begin_check()
        else:
            self._check_replaced = True
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
        if not self._check_replaced:
            self.check_event.emit(event)

    @Slot(object)
    def _on_check_done(self, result: CheckResult) -> None:
        worker, self._check = self._check, None
        replaced, self._check_replaced = self._check_replaced, False
        if not replaced:
            self._tell_outcome(worker, result)
        if self._check is None:
            self._begin_check()

    def _tell_outcome(self, worker: CheckWorker | None, result: CheckResult) -> None:
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
        secret: Secret | None,
        smtp_secret: Secret | None,
        *,
        kind: InboxKind = InboxKind.PERSONAL,
        disclosure_version: str = "",
        automation: bool = False,
        known: InboxId | None = None,
    ) -> None:
        """After a passed check of this very account; `inbox_kept` tells the end. `known`: an inbox that signs in again
        keeps its kind. `secret` None: its passwords stay as they are."""

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
        secret: Secret | None,
        smtp_secret: Secret | None,
        kind: InboxKind,
        disclosure_version: str,
        automation: bool,
    ) -> Callable[[], InboxId]:
        from app.services import connect_inbox as inboxes
        from app.services.check_account import CheckResult
        from app.services.kept_passwords import kept_passwords

        workspace = self.workspace
        result = self._checked[1] if self._checked and self._checked[0] == account else CheckResult(False)

        def keep() -> InboxId:
            passwords = kept_passwords(workspace, account.address) if secret is None else (secret, smtp_secret)
            return inboxes.connect_inbox(
                workspace,
                account,
                *passwords,
                result,
                kind=kind,
                disclosure_version=disclosure_version,
                automation=automation,
            )

        return keep

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
        from_name: str = "",
        username: str = "",
    ) -> None:
        """At Google or Microsoft, as `username` where that is not the address, then the check; the inbox is connected when it
        has passed. `sign_in_event` tells each
        part, and comes with a SignInEnded at last. An address that is connected signs in again, and keeps its place."""
        from app.runtime.sign_in_worker import SignInWorker

        if self._sign_in is not None:
            self._sign_in.happened.disconnect(self._on_sign_in_event)
            self._sign_in.request_stop()
        names = from_name, username
        worker = SignInWorker(self.workspace, provider, address, kind, disclosure_version, automation, *names, self)
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
        from app.domain.sign_in import SignInEnded

        if isinstance(event, SignInEnded):
            self._sign_in = None
            if event.inbox_id is not None:
                self._begin_inbox(event.inbox_id)
        self.sign_in_event.emit(event)


def _look_at_secrets(workspace: Workspace) -> SecretStatus:
    """Off the main thread: a keyring may ask its user first."""
    try:
        kept = workspace.secrets.store()
    except PassphraseNeeded as error:
        return SecretStatus("locked", str(error))
    except HitchpostError as error:
        return SecretStatus("none", str(error))
    return SecretStatus("keyring" if "keyring" in kept.name else "file", kept.name)
