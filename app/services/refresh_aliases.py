"""The addresses that a Gmail inbox may send as, as Gmail lists them now (C4). Used after connecting, by the façade, and by
`hitchpost aliases --refresh`."""

from __future__ import annotations

import logging
import threading
from functools import partial

from app.domain.addresses import address_key
from app.domain.changes import Area
from app.domain.errors import Cancelled, HitchpostError, MailFault, NotAllowed
from app.domain.inboxes import AccessToken, Inbox, InboxId, InboxKind, InboxState, SendAs
from app.domain.problems import ProblemCode
from app.domain.senders import has_aliases
from app.oauth.send_as import list_send_as
from app.services.cancellable import unless_cancelled
from app.services.grants import provider_data
from app.services.workspace import Workspace
from app.words.aliases import why_no_aliases

log = logging.getLogger(__name__)


def refresh_aliases(
    workspace: Workspace, inbox_id: InboxId, cancel: threading.Event | None = None
) -> tuple[SendAs, ...]:
    """Asks Gmail and keeps the answer; what was kept before stays when there is none. The default address first.

    Raises MailFault as `list_send_as` and `Workspace.credential` do, NotAllowed for an inbox that has no such list,
    SecretError, StoreError, Cancelled."""
    store = workspace.store
    inbox = store.inboxes.get(inbox_id)
    if not has_aliases(inbox):
        raise NotAllowed(
            f"Only a Gmail inbox that signs in at Google tells the addresses that it may send as; {inbox.address} does not."
        )
    if inbox.state in (InboxState.DISABLED, InboxState.REMOVED):
        raise NotAllowed(f"The inbox {inbox.address} is {inbox.state.value}. Connect it again first.")
    found = _asked(workspace, inbox, cancel)
    if set(found) != set(store.inboxes.aliases(inbox_id)):
        with store.transaction(Area.INBOXES, source="aliases"):
            store.inboxes.replace_aliases(inbox_id, found)
            name = next((a.name for a in found if address_key(a.address) == address_key(inbox.address)), "")
            if name and inbox.kind is InboxKind.PERSONAL and not store.user_name():
                store.rename_user(name)
    return store.inboxes.aliases(inbox_id)


def why_not_refreshed(workspace: Workspace, inbox_id: InboxId, cancel: threading.Event | None = None) -> str:
    """The same for those who only tell a person: empty when it went well, else what is the matter and what to do."""
    try:
        refresh_aliases(workspace, inbox_id, cancel)
    except Cancelled:
        return "You stopped it."
    except MailFault as fault:
        log.warning("the aliases of inbox %s were not read: %s", inbox_id, fault)
        return why_no_aliases(fault.problem)
    except HitchpostError as error:
        log.warning("the aliases of inbox %s were not read: %s", inbox_id, error)
        return str(error)
    return ""


def _asked(workspace: Workspace, inbox: Inbox, cancel: threading.Event | None) -> tuple[SendAs, ...]:
    """With a token that is good for minutes; one that is refused all the same is renewed, once."""
    api_url, ca_pem = provider_data(workspace, inbox.provider).api_url, inbox.account.trust.ca_pem
    token = workspace.credential(inbox)
    assert isinstance(token, AccessToken)
    try:
        return unless_cancelled(partial(list_send_as, api_url, token, ca_pem), cancel)
    except MailFault as fault:
        if fault.problem.code is not ProblemCode.WRONG_CREDENTIALS:
            raise
    other = workspace.credential(inbox, refused=token)
    assert isinstance(other, AccessToken)
    return unless_cancelled(partial(list_send_as, api_url, other, ca_pem), cancel)
