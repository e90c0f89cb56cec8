"""The kept sign-ins of Gmail and Outlook inboxes: a fresh access token when one is needed, renewed before its end. Used by
`Workspace.credential`, by connecting and removing an inbox.

The key lies in the secret store, the tokens encrypted beside the database. A renewed refresh token is on the disk before
the access token that came with it is used, and only one process at a time renews (a provider that rotates ends every
token of a grant when an old one comes back)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
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
    # a new sign-in alone mends none of these: somebody has to allow it first
    SignInTrouble.ADMIN_APPROVAL: ProblemCode.PERMISSION_MISSING,
    SignInTrouble.MAIL_NOT_ALLOWED: ProblemCode.PERMISSION_MISSING,
    SignInTrouble.ADVANCED_PROTECTION: ProblemCode.PERMISSION_MISSING,
    SignInTrouble.POLICY: ProblemCode.PERMISSION_MISSING,
}


def problem_of(fault: SignInFault) -> Problem:
    """What a refusal at the provider's door means for an inbox that is connected."""
    return Problem(_CODES.get(fault.trouble, ProblemCode.GRANT_ENDED), fault.host, 443, fault.says)


def provider_data(workspace: Workspace, provider: Provider) -> OAuthProvider:
    """With the workspace's settings. Raises UsageError for a setting that cannot be used."""
    stored = workspace.store.settings.all()
    return load_provider(provider, {name: str(stored.get(f"oauth.{provider.value}.{name}", "")) for name in FIELDS})


def access_token(workspace: Workspace, inbox: Inbox, audience: str, refused: AccessToken | None = None) -> AccessToken:
    """Good for five minutes at least. `refused`: a token that the mail server did not take; another one is asked for.

    Raises MailFault: NO_SECRET, GRANT_ENDED, PERMISSION_MISSING, AUTH_UNAVAILABLE, CONNECT_TIMEOUT; SecretError,
    StoreError."""
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
        raise MailFault(problem_of(fault)) from fault
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


def forget_grant(workspace: Workspace, inbox: Inbox, by_hand: Callable[[str], None] = lambda _page: None) -> None:
    """Deletes what is kept here at once, and takes the grant back at the provider, in a thread of its own: it may take a
    minute, and what is forgotten here must not wait for it. `by_hand` is called there with the page where a person takes
    it back, when the provider does not. Raises SecretError, UsageError."""
    store = _token_store(workspace)
    if store is None:
        return
    grant = store.get(inbox.address)
    store.delete(inbox.address)
    if grant is None:
        return
    data = provider_data(workspace, inbox.provider)
    threading.Thread(target=_revoke, args=(data, inbox.account.trust.ca_pem, grant, by_hand), name="revoke").start()


def _revoke(data: OAuthProvider, ca_pem: str, grant: Grant, by_hand: Callable[[str], None]) -> None:
    try:
        if client_for(data, ca_pem).revoke(grant):
            return
    except SignInFault as fault:  # offline, say
        log.warning("%s: the grant could not be taken back: %s", grant.account, fault)
    by_hand(data.grants_url)


def kept_tokens(workspace: Workspace, address: str) -> tuple[str, ...]:
    """All that are kept of one sign-in, so that none of them is shown. Raises SecretError."""
    store = _token_store(workspace)
    grant = store.get(address) if store is not None else None
    return () if grant is None else (grant.refresh_token, *(access.token for access in grant.access.values()))


def _token_store(workspace: Workspace) -> TokenStore | None:
    """None before the first sign-in was kept, or when the secret store has lost the key."""
    key = workspace.secrets.store().get(KEY_NAME)
    return None if key is None else TokenStore(workspace.folder / FOLDER, key.reveal())
