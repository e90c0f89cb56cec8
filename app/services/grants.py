"""The kept sign-ins of Gmail and Outlook inboxes: a fresh access token when one is needed, renewed before its end. Used by
`Workspace.credential`, by connecting and removing an inbox.

The key lies in the secret store, the tokens encrypted beside the database. A renewed refresh token is on the disk before
the access token that came with it is used, and only one process at a time renews (a provider that rotates ends every
token of a grant when an old one comes back)."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from app.domain.errors import MailFault
from app.domain.inboxes import AccessToken, Inbox, Provider, Secret
from app.domain.problems import Problem, ProblemCode
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth.clients import client_for
from app.oauth.grants import Grant
from app.oauth.provider_data import FIELDS, OAuthProvider, load_provider
from app.oauth.token_store import TokenStore, fresh_key
from app.secrets.file_lock import exclusive

if TYPE_CHECKING:
    from app.services.workspace import Workspace

log = logging.getLogger(__name__)

KEY_NAME = "oauth:key"  # in the secret store
FOLDER = "sign-ins"  # in the workspace's
_LOCK_TIMEOUT = 100.0  # seconds; longer than one renewal takes at most

_CODES = {
    SignInTrouble.SERVER_BUSY: ProblemCode.AUTH_UNAVAILABLE,
    SignInTrouble.BAD_ANSWER: ProblemCode.AUTH_UNAVAILABLE,
    SignInTrouble.UNREACHABLE: ProblemCode.CONNECT_TIMEOUT,
}


def provider_data(workspace: Workspace, provider: Provider) -> OAuthProvider:
    """With the workspace's settings. Raises UsageError for a setting that cannot be used."""
    stored = workspace.store.settings.all()
    return load_provider(provider, {name: str(stored.get(f"oauth.{provider.value}.{name}", "")) for name in FIELDS})


def access_token(workspace: Workspace, inbox: Inbox, audience: str, refused: AccessToken | None = None) -> AccessToken:
    """Good for five minutes at least. `refused`: a token that the mail server did not take; another one is asked for.

    Raises MailFault: NO_SECRET, GRANT_ENDED, AUTH_UNAVAILABLE, CONNECT_TIMEOUT; SecretError, StoreError."""
    store = _token_store(workspace)
    grant = store.get(inbox.address) if store is not None else None
    if store is None or grant is None:
        raise MailFault(Problem(ProblemCode.NO_SECRET, inbox.account.read_host))
    if (token := _usable(grant, audience, refused)) is not None:
        return token
    data = provider_data(workspace, inbox.provider)
    try:
        with exclusive(store.lock_path(inbox.address), _LOCK_TIMEOUT):
            grant = store.get(inbox.address) or grant  # another process may have renewed it meanwhile
            if (token := _usable(grant, audience, refused)) is not None:
                return token
            renewed = client_for(data, inbox.account.trust.ca_pem).renew(grant, audience)
            store.put(inbox.address, renewed)
    except SignInFault as fault:
        code = _CODES.get(fault.trouble, ProblemCode.GRANT_ENDED)
        raise MailFault(Problem(code, fault.host or data.host, 443, fault.says)) from fault
    except TimeoutError as error:
        raise MailFault(Problem(ProblemCode.AUTH_UNAVAILABLE, data.host, 443)) from error
    return AccessToken(renewed.access[audience].token)


def _usable(grant: Grant, audience: str, refused: AccessToken | None) -> AccessToken | None:
    access = grant.access.get(audience)
    if access is None or not access.fresh or (refused is not None and access.token == refused.reveal()):
        return None
    return AccessToken(access.token)


def keep_grant(workspace: Workspace, address: str, grant: Grant) -> None:
    """Raises SecretError, StoreError. The secret store is tried out: written, and read back."""
    secrets = workspace.secrets.store()
    if secrets.get(KEY_NAME) is None:
        secrets.set(KEY_NAME, Secret(fresh_key()))
    store = _token_store(workspace)
    if store is None:
        raise MailFault(Problem(ProblemCode.NO_SECRET))
    with exclusive(store.lock_path(address), _LOCK_TIMEOUT):
        store.put(address, grant)


def forget_grant(workspace: Workspace, inbox: Inbox) -> None:
    """Deletes what is kept here at once, and takes the grant back at the provider, in a thread of its own: it may take a
    minute, and what is forgotten here must not wait for it. Raises SecretError, UsageError."""
    store = _token_store(workspace)
    if store is None:
        return
    grant = store.get(inbox.address)
    store.delete(inbox.address)
    if grant is None:
        return
    data = provider_data(workspace, inbox.provider)
    threading.Thread(target=_revoke, args=(data, inbox.account.trust.ca_pem, grant), name="revoke").start()


def _revoke(data: OAuthProvider, ca_pem: str, grant: Grant) -> None:
    try:
        client_for(data, ca_pem).revoke(grant)
    except SignInFault as fault:  # offline, say; the person can withdraw it at the provider
        log.warning("%s: the grant could not be taken back: %s", grant.account, fault)


def _token_store(workspace: Workspace) -> TokenStore | None:
    """None before the first sign-in was kept, or when the secret store has lost the key."""
    key = workspace.secrets.store().get(KEY_NAME)
    return None if key is None else TokenStore(workspace.folder / FOLDER, key.reveal())
