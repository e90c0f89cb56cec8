"""What the wizard needs of the program's façade (`app.runtime.program`), and nothing else of it."""

from __future__ import annotations

from typing import Any, Protocol

from app.domain.inboxes import ImapAccount, InboxId, InboxKind, Secret
from app.domain.problems import CertificateFacts, Problem
from app.domain.views import InboxCard


class SecretStatus(Protocol):
    """`kind`: "keyring" (usable), "file" (open), "locked" (the file needs its passphrase), "none" (no keyring, no file
    yet), "checking" (`secrets_checked` tells when it is known). `text` says it to a person."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


class CheckOutcome(Protocol):
    """What `check_finished` carries."""

    @property
    def ok(self) -> bool: ...
    @property
    def problem(self) -> Problem | None: ...
    @property
    def certificate(self) -> CertificateFacts | None: ...
    @property
    def sent_folder(self) -> str: ...
    @property
    def text(self) -> str: ...


class ConnectProgram(Protocol):
    """`check_event` carries a CheckEvent, `check_finished` a CheckOutcome; it comes after each `check_account`, after a
    cancelled one, too. `inbox_kept` comes after each `keep_inbox`: an InboxId, or None and a sentence that says why."""

    @property
    def check_event(self) -> Any: ...
    @property
    def check_finished(self) -> Any: ...
    @property
    def secrets_checked(self) -> Any: ...
    @property
    def inbox_kept(self) -> Any: ...
    def get_setting(self, key: str) -> Any: ...
    def secret_status(self) -> SecretStatus: ...
    def look_at_secrets(self) -> None: ...
    def unlock_secrets(self, passphrase: str, create: bool) -> str: ...
    def inboxes(self) -> tuple[InboxCard, ...]: ...
    def inbox_account(self, inbox_id: InboxId) -> ImapAccount | None: ...
    def check_account(self, account: ImapAccount, secret: Secret, smtp_secret: Secret | None) -> None: ...
    def cancel_check(self) -> None: ...
    def keep_inbox(
        self,
        account: ImapAccount,
        secret: Secret,
        smtp_secret: Secret | None,
        *,
        kind: InboxKind,
        disclosure_version: str,
        automation: bool,
        known: InboxId | None,
    ) -> None: ...
