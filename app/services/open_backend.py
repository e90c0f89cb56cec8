"""Opens an inbox for reading and for sending, whatever protocol stands behind it. Used by sync, sending, and checks."""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.backends.imap import open_imap
from app.backends.protocol import MailBackend, MailSender
from app.backends.smtp import open_smtp
from app.domain.checks import CheckEvent
from app.domain.inboxes import Account, Credential, ExchangeAccount, Inbox
from app.services.workspace import Workspace

OnStep = Callable[[CheckEvent], None]


def open_reading(workspace: Workspace, inbox: Inbox, cancel: threading.Event) -> MailBackend:
    """A signed-in session. Raises MailFault, Cancelled, SecretError."""
    return open_account_reading(inbox.account, workspace.credential(inbox, "imap"), cancel)


def open_sending(workspace: Workspace, inbox: Inbox, cancel: threading.Event) -> MailSender:
    """A signed-in way out. Raises MailFault, Cancelled, SecretError."""
    return open_account_sending(inbox.account, workspace.credential(inbox, "smtp"), cancel)


def open_account_reading(
    account: Account, credential: Credential, cancel: threading.Event, on_step: OnStep | None = None
) -> MailBackend:
    if isinstance(account, ExchangeAccount):
        raise NotImplementedError
    return open_imap(account, credential, cancel=cancel, on_step=on_step)


def open_account_sending(
    account: Account, credential: Credential, cancel: threading.Event, on_step: OnStep | None = None
) -> MailSender:
    if isinstance(account, ExchangeAccount):
        raise NotImplementedError
    return open_smtp(account, credential, cancel=cancel, on_step=on_step)
