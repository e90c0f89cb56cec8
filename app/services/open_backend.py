"""Opens an inbox for reading and for sending, whatever protocol stands behind it. Used by sync, sending, and checks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from app.backends.imap import open_imap
from app.backends.protocol import MailBackend, MailSender
from app.backends.smtp import open_smtp
from app.domain.checks import CheckEvent
from app.domain.errors import MailFault
from app.domain.inboxes import AccessToken, Account, Credential, ExchangeAccount, Inbox
from app.domain.problems import ProblemCode
from app.providers.catalogue import load_catalogue
from app.services.workspace import Workspace

OnStep = Callable[[CheckEvent], None]
_Session = TypeVar("_Session")


def open_reading(workspace: Workspace, inbox: Inbox, cancel: threading.Event) -> MailBackend:
    """A signed-in session. Raises MailFault, Cancelled, SecretError."""
    return _signed_in(workspace, inbox, "imap", lambda found: open_account_reading(inbox.account, found, cancel))


def open_sending(workspace: Workspace, inbox: Inbox, cancel: threading.Event) -> MailSender:
    """A signed-in way out. Raises MailFault, Cancelled, SecretError."""
    return _signed_in(workspace, inbox, "smtp", lambda found: open_account_sending(inbox.account, found, cancel))


def _signed_in(workspace: Workspace, inbox: Inbox, server: str, opened: Callable[[Credential], _Session]) -> _Session:
    """A token may end before its time (a changed password, a clock that is wrong): a refused one is renewed, once."""
    credential = workspace.credential(inbox, server)
    try:
        return opened(credential)
    except MailFault as fault:
        if not isinstance(credential, AccessToken) or fault.problem.code is not ProblemCode.WRONG_CREDENTIALS:
            raise
    return opened(workspace.credential(inbox, server, refused=credential))


def open_account_reading(
    account: Account, credential: Credential, cancel: threading.Event, on_step: OnStep | None = None
) -> MailBackend:
    if isinstance(account, ExchangeAccount):
        from app.backends.exchange import open_exchange  # a large library, which other accounts do without

        return open_exchange(account, credential, cancel=cancel, on_step=on_step)
    known = load_catalogue().of_host(account.imap.host)
    if known is not None and known.idle_seconds:
        return open_imap(account, credential, cancel=cancel, on_step=on_step, longest_idle=known.idle_seconds)
    return open_imap(account, credential, cancel=cancel, on_step=on_step)


def open_account_sending(
    account: Account, credential: Credential, cancel: threading.Event, on_step: OnStep | None = None
) -> MailSender:
    if isinstance(account, ExchangeAccount):
        from app.backends.exchange import open_exchange_sending

        return open_exchange_sending(account, credential, cancel=cancel)  # the steps were told when it was read
    if account.graph_url and isinstance(credential, AccessToken):
        from app.backends.graph import open_graph

        return open_graph(account, credential, cancel=cancel, on_step=on_step)
    return open_smtp(account, credential, cancel=cancel, on_step=on_step)


def found_by_autodiscover(account: ExchangeAccount, credential: Credential, cancel: threading.Event) -> ExchangeAccount:
    """The account with the address of its server. Raises MailFault as `find_exchange` does, Cancelled."""
    from app.backends.exchange import find_exchange

    url = find_exchange(account.address, account.username, credential, trust=account.trust, cancel=cancel)
    return replace(account, url=url)
