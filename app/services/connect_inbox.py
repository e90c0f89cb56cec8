"""Keeps an account that passed its checks, and what a person may do with a connected inbox afterwards (X1)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from app.domain.addresses import address_key
from app.domain.changes import Area
from app.domain.errors import NotAllowed, SecretError, StoreError, UsageError
from app.domain.inboxes import (
    Account,
    ExchangeAccount,
    Inbox,
    InboxId,
    InboxKind,
    InboxState,
    Provider,
    Secret,
)
from app.services.inbox_rules import refuse_kind
from app.services.inbox_state import refuse_if_stopped
from app.services.workspace import Workspace

if TYPE_CHECKING:  # the commands that only look an inbox up need no mail libraries
    from app.services.check_account import CheckResult


log = logging.getLogger(__name__)


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
    """The password goes to the secret store first: an inbox without one would only ask for it again. That of an address
    which is connected already stays beside it until the new servers are kept, too; see `account_passwords`. Such an
    address keeps its place in every folder.

    Raises SecretError when the secret store fails, NotAllowed for an address that cannot be of this kind (P2–P4, P6)."""
    if not result.ok:
        raise UsageError("An account is kept only after every check has passed.")
    account = result.account or account  # the check may have found the server
    provider = Provider.EXCHANGE if isinstance(account, ExchangeAccount) else Provider.IMAP
    refuse_kind(workspace, account.address, kind, provider)
    before = workspace.store.inboxes.find(account.address)
    current = before.account if before is not None else None
    passwords = workspace.passwords(account.address)
    passwords.settle(current)
    with _undone_on_failure(workspace, account.address):
        passwords.put(account, "imap", secret, current)
        if smtp_secret is not None:
            passwords.put(account, "smtp", smtp_secret, current)
        else:
            passwords.drop(account, "smtp")
        with workspace.store.transaction(Area.INBOXES, source="connect"):
            refuse_if_stopped(workspace, account.address, before)
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
            if kind is InboxKind.PERSONAL and account.from_name and not workspace.store.user_name():
                workspace.store.rename_user(account.from_name)
            workspace.store.inboxes.replace_aliases(inbox_id, ())  # of an earlier connection by sign-in, as the grant
    forget_other_passwords(workspace, account)
    if before is not None:
        try:
            _forget_sign_in(workspace, before)
        except (SecretError, StoreError) as error:  # the inbox is connected all the same; `remove` tries again
            log.warning("the earlier sign-in of %s is still kept: %s", account.address, error)
    return inbox_id


@contextmanager
def _undone_on_failure(workspace: Workspace, address: str) -> Iterator[None]:
    """Forgets the new password, if it was kept, where the account was not. It would be for nobody."""
    try:
        yield
    except BaseException:
        with suppress(SecretError, StoreError):
            known = workspace.store.inboxes.find(address)
            workspace.passwords(address).drop_others(known.account if known is not None else None)
        raise


def forget_other_passwords(workspace: Workspace, account: Account) -> None:
    """Those of the address's earlier accounts. The inbox is connected by now, whatever becomes of it."""
    try:
        workspace.passwords(account.address).drop_others(account)
    except SecretError as fault:
        log.warning("%s: an earlier password was not forgotten: %s", account.address, fault)


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
    _forget_sign_in(workspace, inbox, by_hand)
    workspace.passwords(inbox.address).drop_others(None)
    with workspace.store.transaction(Area.INBOXES, source="remove"):
        workspace.store.inboxes.set_state(inbox_id, InboxState.REMOVED)
        workspace.store.inboxes.replace_aliases(inbox_id, ())
    _forget_sign_in(workspace, inbox, by_hand)  # one that came to its end while it was removed


def _forget_sign_in(workspace: Workspace, inbox: Inbox, by_hand: Callable[[str], None] = lambda _page: None) -> None:
    """Whichever way the inbox is connected now: what is kept of an earlier one must not stay."""
    if (workspace.folder / "sign-ins").is_dir():
        from app.services.grants import forget_grant  # the sign-in libraries, which passwords do without

        forget_grant(workspace, inbox.address, inbox.account.trust.ca_pem, by_hand)


def the_inbox(workspace: Workspace, address: str) -> Inbox:
    """By address. Raises UsageError that names the connected ones."""
    found = workspace.store.inboxes.find(address)
    if found is None:
        others = ", ".join(i.address for i in workspace.store.inboxes.all())
        if not others:
            raise UsageError("No inbox is connected yet. See hitchpost connect --help.")
        raise UsageError(f"No inbox {address_key(address)} is connected. Connected: {others}.")
    return found
