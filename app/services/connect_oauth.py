"""Connects a Gmail or Outlook inbox: sign-in in the browser, the ladder of checks with the new token, then it is kept (C4,
C5), with the addresses that it may send as. Connecting a known address again mends it; its place in every folder stays.
Used by `connect gmail|outlook` and by the wizard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.domain.addresses import is_complete
from app.domain.changes import Area
from app.domain.checks import CheckEvent, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.errors import NotAllowed, UsageError
from app.domain.inboxes import (
    AccessToken,
    AuthMethod,
    ImapAccount,
    Inbox,
    InboxId,
    InboxKind,
    InboxState,
    Provider,
    ServerTrust,
    state_for,
)
from app.domain.problems import Problem, ProblemCode
from app.domain.quoting import quoted
from app.domain.senders import has_aliases
from app.domain.sign_in import SignInFault
from app.oauth.clients import client_for
from app.oauth.faults import require_scopes
from app.oauth.grants import Grant, OAuthClient
from app.oauth.provider_data import GRAPH, MAIL, OAuthProvider
from app.oauth.sign_in import TIMEOUT, sign_in
from app.services.check_account import CheckResult, check_account
from app.services.grants import keeping_grant, problem_of, provider_data, take_back
from app.services.inbox_rules import refuse_kind
from app.services.inbox_state import mark_trouble, refuse_if_stopped
from app.services.refresh_aliases import why_not_refreshed
from app.services.stoppable_sign_in import StoppableClient
from app.services.workspace import Workspace


@dataclass(frozen=True)
class Wish:
    """What is to be connected. `username`: as whom to sign in, where that is another address (a Microsoft 365 sign-in
    name)."""

    provider: Provider
    address: str
    kind: InboxKind = InboxKind.PERSONAL
    username: str = ""
    from_name: str = ""
    trust: ServerTrust = ServerTrust()  # noqa: RUF009 - frozen
    disclosure_version: str = ""
    automation: bool = False


@dataclass(frozen=True)
class Connected:
    """`inbox_id` is None when a check failed; nothing was kept then. `note`: why the addresses that it may send as were
    not to be had, in a sentence; without them the inbox works, too."""

    account: ImapAccount
    result: CheckResult
    inbox_id: InboxId | None = None
    note: str = ""


def connect_by_sign_in(
    workspace: Workspace,
    wish: Wish,
    *,
    open_browser: Callable[[str], None],
    on_event: Callable[[CheckEvent], None],
    cancel: threading.Event,
    on_signed_in: Callable[[str], None] = lambda _account: None,
    timeout: float = TIMEOUT,
) -> Connected:
    """`open_browser` gets the address to open, `on_signed_in` the account's name, `on_event` the steps of the check.

    Raises SignInFault when the sign-in did not come about, UsageError (NotAllowed also for an inbox that was removed or
    disabled meanwhile), SecretError (before the browser is opened), StoreError, Cancelled."""
    if not is_complete(wish.address):
        raise UsageError(f"The address {quoted(wish.address)} is not complete.")
    refuse_kind(workspace, wish.address, wish.kind, wish.provider)
    data = provider_data(workspace, wish.provider)
    client = StoppableClient(client_for(data, wish.trust.ca_pem), cancel)
    before = workspace.store.inboxes.find(wish.address)
    workspace.secrets.store()
    try:
        grant = sign_in(data, client, wish.address, open_browser, cancel, username=wish.username, timeout=timeout)
    except SignInFault as fault:
        _note_refusal(workspace, wish, problem_of(fault))
        raise
    on_signed_in(grant.account)
    account, grant, result = _checked(_account(data, wish, grant), grant, data, client, on_event, cancel)
    if not result.ok:
        if result.problem is not None:
            _note_refusal(workspace, wish, result.problem)
        return Connected(account, result)
    try:
        inbox_id = _keep(workspace, wish, account, grant, result, before)
    except NotAllowed:
        take_back(workspace, grant, wish.trust.ca_pem)
        raise
    return Connected(account, result, inbox_id, _take_aliases(workspace, inbox_id, cancel))


def _take_aliases(workspace: Workspace, inbox_id: InboxId, cancel: threading.Event) -> str:
    """Whatever comes of it, the inbox is connected. Returns a note where there are none."""
    if not has_aliases(workspace.store.inboxes.get(inbox_id)):
        return ""
    why = why_not_refreshed(workspace, inbox_id, cancel)
    return f"Your aliases at Gmail were not read; the inbox works without them. {why}" if why else ""


def _note_refusal(workspace: Workspace, wish: Wish, problem: Problem) -> None:
    """An inbox that waits for a new sign-in, which was refused because somebody has to allow it first, says so from now
    on. One that works is left alone: its earlier sign-in is as good as before."""
    known = workspace.store.inboxes.find(wish.address)
    waits = known is not None and known.state in (InboxState.NEEDS_SIGN_IN, InboxState.NEEDS_PERMISSION)
    if known is not None and waits and state_for(problem) is InboxState.NEEDS_PERMISSION:
        mark_trouble(workspace, known.id, problem)


def _account(data: OAuthProvider, wish: Wish, grant: Grant) -> ImapAccount:
    return ImapAccount(
        address=wish.address,
        imap=data.imap,
        smtp=data.smtp,
        username=grant.account,
        trust=wish.trust,
        from_name=wish.from_name,
        auth=AuthMethod.OAUTH,
    )


def _checked(
    account: ImapAccount,
    grant: Grant,
    data: OAuthProvider,
    client: OAuthClient,
    on_event: Callable[[CheckEvent], None],
    cancel: threading.Event,
) -> tuple[ImapAccount, Grant, CheckResult]:
    """Where the organisation has switched authenticated SMTP off (535 5.7.139), the check goes on with Graph."""
    token = AccessToken(grant.access[MAIL].token)
    told = _Told(on_event, hold_back=GRAPH in data.scopes)
    result = check_account(account, token, on_event=told.take, cancel=cancel)
    if told.held is None:
        return account, grant, result
    grant = client.renew(grant, GRAPH)
    require_scopes(data, GRAPH, grant)
    account = replace(account, graph_url=data.api_url)
    graph_token = AccessToken(grant.access[GRAPH].token)
    return account, grant, check_account(account, token, graph_token, on_event=told.take, cancel=cancel)


class _Told:
    """Passes the check's events on, each step once; holds back that SMTP is switched off, which Graph makes up for."""

    def __init__(self, on_event: Callable[[CheckEvent], None], hold_back: bool) -> None:
        self._on_event = on_event
        self._hold_back = hold_back
        self._passed: set[CheckStep] = set()
        self.held: StepFailed | None = None

    def take(self, event: CheckEvent) -> None:
        if not isinstance(event, StepFailed) and event.step in self._passed:
            return
        if self.held is None and self._hold_back and _smtp_switched_off(event):
            assert isinstance(event, StepFailed)
            self.held = event
            return
        if self.held is not None and event == StepStarted(CheckStep.SMTP_LOGIN):
            return
        if isinstance(event, StepPassed):
            self._passed.add(event.step)
        self._on_event(event)


def _smtp_switched_off(event: CheckEvent) -> bool:
    return (
        isinstance(event, StepFailed)
        and event.step is CheckStep.SMTP_LOGIN
        and event.problem.code is ProblemCode.LOGIN_DISABLED
    )


def _keep(
    workspace: Workspace, wish: Wish, account: ImapAccount, grant: Grant, result: CheckResult, before: Inbox | None
) -> InboxId:
    """The grant and the inbox, or none of them."""
    with (
        keeping_grant(workspace, account.address, account.trust.ca_pem) as keep,
        workspace.store.transaction(Area.INBOXES, source="connect"),
    ):
        refuse_if_stopped(workspace, account.address, before)
        inbox_id = workspace.store.inboxes.add(
            account,
            user_id=workspace.store.user_id,
            provider=wish.provider,
            kind=wish.kind,
            automation=wish.automation,
            disclosure_version=wish.disclosure_version,
            files_sent_copies=result.files_sent_copies,
            sent_folder=result.sent_folder,
        )
        name = account.from_name or grant.name
        if name and wish.kind is InboxKind.PERSONAL and not workspace.store.user_name():
            workspace.store.rename_user(name)
        if before is None or before.provider is not wish.provider or not has_aliases(before):
            workspace.store.inboxes.replace_aliases(inbox_id, ())  # another provider's
        keep(grant)
    workspace.passwords(account.address).drop_others(None)  # of an earlier connection by password
    return inbox_id
