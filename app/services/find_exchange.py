"""Makes the account of an Exchange mailbox out of what a person knows of it (C6). Used by `hitchpost connect`."""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.backends.exchange import ews_url, find_exchange
from app.domain.checks import CheckEvent, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.errors import MailFault
from app.domain.inboxes import ExchangeAccount, Secret, ServerTrust


def find_exchange_account(
    address: str,
    secret: Secret,
    *,
    username: str = "",
    url: str = "",
    trust: ServerTrust = ServerTrust(),  # noqa: B008 - frozen
    from_name: str = "",
    on_event: Callable[[CheckEvent], None],
    cancel: threading.Event | None = None,
) -> ExchangeAccount:
    """`url`: the EWS address, the webmail's or the server's name; empty: found by autodiscover, which is a step of its
    own. Raises MailFault as `find_exchange` does, Cancelled, UsageError for a `url` that is no https address."""
    username = username.strip() or address
    if url.strip():
        return ExchangeAccount(address, ews_url(url), username, trust, from_name)
    on_event(StepStarted(CheckStep.EWS_DISCOVER))
    try:
        found = find_exchange(address, username, secret, trust=trust, cancel=cancel)
    except MailFault as fault:
        on_event(StepFailed(CheckStep.EWS_DISCOVER, fault.problem))
        raise
    on_event(StepPassed(CheckStep.EWS_DISCOVER, found))
    return ExchangeAccount(address, found, username, trust, from_name)
