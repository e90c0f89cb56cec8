"""Keeps an account that passed its checks, and what a person may do with a connected inbox afterwards (X1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.domain.addresses import address_key
from app.domain.changes import Area
from app.domain.errors import NotAllowed, UsageError
from app.domain.inboxes import (
    Account,
    AuthMethod,
    ExchangeAccount,
    ImapAccount,
    Inbox,
    InboxId,
    InboxKind,
    InboxState,
    Provider,
    Secret,
)
from app.services.inbox_rules import refuse_kind
from app.services.workspace import Workspace, secret_name

if TYPE_CHECKING:  # the commands that only look an inbox up need no mail libraries
    from app.services.check_account import CheckResult


def connect_inbox(
    workspace: Workspace,
    account: Account,
    secret: Secret,
    smtp_secret: Secret | None,
    result: CheckResult,
    *,
    kind: InboxKind = InboxKind.PERSONAL,
    disclosure_version: str = "",
    automation: bool = False,
) -> InboxId:
    """The password goes to the secret store first: an inbox without one would only ask for it again. An address that
    is connected already gets the new servers and password and keeps its place in every folder.

    Raises SecretError when the secret store fails, NotAllowed for an address that cannot be of this kind (P2–P4, P6)."""
    if not result.ok:
        raise UsageError("An account is kept only after every check has passed.")
    account = result.account or account  # the check may have found the server
    provider = Provider.EXCHANGE if isinstance(account, ExchangeAccount) else Provider.IMAP
    refuse_kind(workspace, account.address, kind, provider)
    secrets = workspace.secrets.store()
    secrets.set(secret_name(account.address, "imap"), secret)
    if smtp_secret is not None:
        secrets.set(secret_name(account.address, "smtp"), smtp_secret)
    else:
        secrets.delete(secret_name(account.address, "smtp"))
    with workspace.store.transaction(Area.INBOXES, source="connect"):
        inbox_id = workspace.store.inboxes.add(
            account,
            user_id=workspace.store.user_id,
            provider=provider,
            kind=kind,
            automation=automation,
            disclosure_version=disclosure_version,
            files_sent_copies=result.files_sent_copies,
            sent_folder=result.sent_folder,
        )
        if account.from_name and not workspace.store.user_name():
            workspace.store.rename_user(account.from_name)
    return inbox_id


def disable_inbox(workspace: Workspace, inbox_id: InboxId) -> None:
    """Nothing is read or sent until it is enabled again. Its place in every folder stays."""
    with workspace.store.transaction(Area.INBOXES, source="disable"):
        workspace.store.inboxes.set_state(inbox_id, InboxState.DISABLED)


def pause_inbox(workspace: Workspace, inbox_id: InboxId) -> None:
    """Nothing is read until it is resumed; mail still goes out. Its place in every folder stays. Raises NotAllowed for an
    inbox that is not being read anyway."""
    with workspace.store.transaction(Area.INBOXES, source="pause"):
        workspace.store.inboxes.set_state(inbox_id, InboxState.PAUSED)


def resume_inbox(workspace: Workspace, inbox_id: InboxId) -> None:
    """Reading goes on from the same place. Raises NotAllowed for an inbox that is not paused."""
    store = workspace.store
    with store.transaction(Area.INBOXES, source="resume"):
        inbox = store.inboxes.get(inbox_id)
        if inbox.state is not InboxState.PAUSED:
            raise NotAllowed(f"{inbox.address} is not paused.")
        store.inboxes.set_state(inbox_id, InboxState.CONNECTING)


def enable_inbox(workspace: Workspace, inbox_id: InboxId) -> None:
    """Reading and sending go on from the same place. Raises NotAllowed for an inbox that is not disabled."""
    store = workspace.store
    with store.transaction(Area.INBOXES, source="enable"):
        inbox = store.inboxes.get(inbox_id)
        if inbox.state is not InboxState.DISABLED:
            raise NotAllowed(f"{inbox.address} is not disabled.")
        store.inboxes.set_state(inbox_id, InboxState.CONNECTING)


def remove_inbox(workspace: Workspace, inbox_id: InboxId, by_hand: Callable[[str], None] = lambda _page: None) -> None:
    """Forgets the password, or takes the grant back at the provider; logged mail stays. `by_hand` as in `forget_grant`:
    the page where only the person can take it back. Raises SecretError, UsageError, StoreError."""
    inbox = workspace.store.inboxes.get(inbox_id)
    if isinstance(inbox.account, ImapAccount) and inbox.account.auth is AuthMethod.OAUTH:
        from app.services.grants import forget_grant  # the sign-in libraries, which passwords do without

        forget_grant(workspace, inbox, by_hand)
    secrets = workspace.secrets.store()
    for server in ("imap", "smtp"):
        secrets.delete(secret_name(inbox.address, server))
    with workspace.store.transaction(Area.INBOXES, source="remove"):
        workspace.store.inboxes.set_state(inbox_id, InboxState.REMOVED)


def the_inbox(workspace: Workspace, address: str) -> Inbox:
    """By address. Raises UsageError that names the connected ones."""
    found = workspace.store.inboxes.find(address)
    if found is None:
        others = ", ".join(i.address for i in workspace.store.inboxes.all()) or "none yet"
        raise UsageError(f"No inbox {address_key(address)} is connected. Connected: {others}.")
    return found
