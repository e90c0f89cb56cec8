"""The kept sign-ins of Gmail and Outlook inboxes: a fresh access token when one is needed, renewed before its end. Used by
`Workspace.credential`, by connecting and removing an inbox.

The key lies in the secret store, the tokens encrypted beside the database. A renewed refresh token is on the disk before
the access token that came with it is used, and only one process at a time renews (a provider that rotates ends every
token of a grant when an old one comes back). A grant is used for the provider and the client that got it, and no other:
`Issuer`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.addresses import address_key
from app.domain.errors import MailFault, SecretError, StoreError, UsageError
from app.domain.inboxes import AccessToken, Inbox, Provider, Secret
from app.domain.problems import Problem, ProblemCode
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth.clients import client_for
from app.oauth.faults import require_scopes
from app.oauth.grants import Grant, Issuer
from app.oauth.provider_data import FIELDS, OAuthProvider, load_provider
from app.oauth.token_store import TokenStore, delete_grant, fresh_key, grant_path, lock_path
from app.secrets.file_lock import exclusive
from app.services.revocations import ByHand, revoke_later, take_back_by_hand

if TYPE_CHECKING:
    from app.services.workspace import Workspace

log = logging.getLogger(__name__)

KEY_NAME = "oauth:key"  # in the secret store
FOLDER = "sign-ins"  # in the workspace's
_LOCK_TIMEOUT = 100.0  # seconds; longer than one renewal takes at most

# Renewed, and not on the disk yet, which took nothing: path → (the refresh token it came from, the grant).
# Looked at with the account's lock held.
_unkept: dict[Path, tuple[str, Grant]] = {}

_CODES = {
    SignInTrouble.SERVER_BUSY: ProblemCode.AUTH_UNAVAILABLE,
    SignInTrouble.BAD_ANSWER: ProblemCode.AUTH_UNAVAILABLE,
    SignInTrouble.UNREACHABLE: ProblemCode.CONNECT_TIMEOUT,
    SignInTrouble.CERTIFICATE: ProblemCode.CERTIFICATE_UNTRUSTED,
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

    Raises MailFault: NO_SECRET (also where what is kept was given by another provider, or to another client), GRANT_ENDED,
    PERMISSION_MISSING, AUTH_UNAVAILABLE, CONNECT_TIMEOUT; SecretError, StoreError, UsageError."""
    store = _token_store(workspace)
    if store is None:
        raise MailFault(Problem(ProblemCode.NO_SECRET, inbox.account.read_host))
    data = provider_data(workspace, inbox.provider)
    if grant_path(_folder(workspace), inbox.address) not in _unkept:
        token = _usable(_good(store, inbox, data.issuer), audience, refused)
        if token is not None:
            return token
    try:
        with _locked(_lock(workspace, inbox.address)):
            grant = _good(store, inbox, data.issuer)  # another process may have renewed it meanwhile, or removed it
            grant = _newest(workspace, store, inbox.address, grant)
            if (token := _usable(grant, audience, refused)) is not None:
                return token
            return _renewed(workspace, store, inbox, grant, audience, data)
    except SignInFault as fault:
        raise MailFault(problem_of(fault)) from fault
    except TimeoutError as error:
        raise MailFault(Problem(ProblemCode.AUTH_UNAVAILABLE, data.host, 443)) from error


def _good(store: TokenStore, inbox: Inbox, issuer: Issuer) -> Grant:
    grant = store.get(inbox.address)
    if grant is None or grant.issuer != issuer:
        raise MailFault(Problem(ProblemCode.NO_SECRET, inbox.account.read_host))
    return grant


def _usable(grant: Grant, audience: str, refused: AccessToken | None) -> AccessToken | None:
    access = grant.access.get(audience)
    if access is None or not access.fresh or (refused is not None and access.token == refused.reveal()):
        return None
    return AccessToken(access.token)


def _newest(workspace: Workspace, store: TokenStore, address: str, kept: Grant) -> Grant:
    """`kept`, or what came of it and did not find its way to the disk; that is tried again."""
    path = grant_path(_folder(workspace), address)
    origin, grant = _unkept.get(path, ("", kept))
    if origin != kept.refresh_token:  # signed in again meanwhile, or renewed elsewhere
        _unkept.pop(path, None)
        return kept
    try:
        store.put(address, grant)
        del _unkept[path]
    except StoreError as error:
        log.warning("the renewed sign-in of %s is still not kept: %s", address, error)
    return grant


def _renewed(
    workspace: Workspace, store: TokenStore, inbox: Inbox, grant: Grant, audience: str, data: OAuthProvider
) -> AccessToken:
    """What comes is kept before anything else: the provider may have ended the earlier one. An access token that does not
    allow enough is left out of it, so that the next one is asked for."""
    with store.room(inbox.address) as write:
        renewed = client_for(data, inbox.account.trust.ca_pem).renew(grant, audience)
        refusal = None
        try:
            require_scopes(data, audience, renewed)
        except SignInFault as fault:
            refusal = fault
        to_keep = renewed if refusal is None else renewed.without(audience)
        try:
            write(to_keep)
        except StoreError as error:
            log.warning("the renewed sign-in of %s is not kept yet: %s", inbox.address, error)
            path = grant_path(_folder(workspace), inbox.address)
            origin = _unkept[path][0] if path in _unkept else grant.refresh_token
            _unkept[path] = origin, to_keep
        else:
            _unkept.pop(grant_path(_folder(workspace), inbox.address), None)
    if refusal is not None:
        raise refusal
    return AccessToken(renewed.access[audience].token)


@contextmanager
def keeping_grant(workspace: Workspace, address: str, ca_pem: str = "") -> Iterator[Callable[[Grant], None]]:
    """Gives what keeps a grant for `address`, in place of the earlier one; nobody renews or deletes that meanwhile. One that
    was for another provider or person is taken back there. The secret store is tried out first: written, and read back.

    Raises SecretError, StoreError, as what it gives does."""
    store = _with_key(workspace)
    kept: list[Grant] = []
    with _locked_for_a_person(_lock(workspace, address)):
        earlier = store.get(address)

        def keep(grant: Grant) -> None:
            store.put(address, grant)
            kept.append(grant)
            _unkept.pop(grant_path(_folder(workspace), address), None)

        try:
            yield keep
        except BaseException:
            if kept:  # what it was kept for did not come about
                with suppress(SecretError, StoreError):
                    _put_back(workspace, store, address, earlier)
            raise
    if earlier is not None and kept and _whose(earlier) != _whose(kept[-1]):
        take_back(workspace, earlier, ca_pem)


def _whose(grant: Grant) -> tuple[Issuer, str]:
    return grant.issuer, address_key(grant.account)


def _put_back(workspace: Workspace, store: TokenStore, address: str, earlier: Grant | None) -> None:
    if earlier is None:
        delete_grant(_folder(workspace), address)
    else:
        store.put(address, earlier)


def forget_grant(workspace: Workspace, address: str, ca_pem: str = "", by_hand: ByHand = lambda _page: None) -> None:
    """Deletes what is kept here for `address`, once a renewal that is under way has ended, and takes the grant back at the
    provider, in a thread of its own: what is forgotten here must not wait for it. `by_hand` is called with the page where a
    person takes it back, when the provider does not. Raises SecretError, StoreError."""
    folder = _folder(workspace)
    if not folder.is_dir():
        return
    store = _token_store(workspace)
    with _locked_for_a_person(_lock(workspace, address)):
        grant = store.get(address) if store is not None else None
        origin, unkept = _unkept.pop(grant_path(folder, address), ("", grant))
        if grant is not None and origin == grant.refresh_token:
            grant = unkept
        delete_grant(folder, address)
    if grant is not None:
        take_back(workspace, grant, ca_pem, by_hand)


def take_back(workspace: Workspace, grant: Grant, ca_pem: str, by_hand: ByHand = lambda _page: None) -> None:
    """Later, at the provider that gave it, and nowhere else: the settings may name another by now."""
    try:
        data = provider_data(workspace, Provider(grant.issuer.provider))
    except (UsageError, ValueError) as error:
        log.warning("%s: the grant cannot be taken back: %s", grant.account, error)
        return
    if data.issuer.host == grant.issuer.host and data.client_id:
        revoke_later(data, ca_pem, grant, by_hand)
    else:
        take_back_by_hand(data, grant, by_hand)


def kept_tokens(workspace: Workspace, address: str) -> tuple[str, ...]:
    """All that are kept of one sign-in, so that none of them is shown. Raises SecretError."""
    store = _token_store(workspace)
    grant = store.get(address) if store is not None else None
    _, unkept = _unkept.get(grant_path(_folder(workspace), address), ("", None))
    return tuple(token for found in (grant, unkept) if found is not None for token in found.tokens)


def _folder(workspace: Workspace) -> Path:
    return workspace.folder / FOLDER


def _lock(workspace: Workspace, address: str) -> Path:
    return lock_path(_folder(workspace), address)


def _token_store(workspace: Workspace) -> TokenStore | None:
    """None before the first sign-in was kept, or when the secret store has lost the key, or holds none that is whole."""
    key = workspace.secrets.store().get(KEY_NAME)
    if key is None:
        return None
    try:
        return TokenStore(_folder(workspace), key.reveal())
    except ValueError:
        log.warning("%s in the secret store is damaged: everybody who signed in has to do so again", KEY_NAME)
        return None


def _with_key(workspace: Workspace) -> TokenStore:
    """Two first sign-ins at once agree on one key."""
    with _locked_for_a_person(workspace.home / "sign-in-key.lock"):  # the secret store is that of all workspaces
        store = _token_store(workspace)
        if store is None:
            workspace.secrets.store().set(KEY_NAME, Secret(fresh_key()))
            store = _token_store(workspace)
    if store is None:
        raise SecretError("The secret store did not keep what was put into it.")
    return store


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Raises StoreError, TimeoutError."""
    with ExitStack() as stack:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(exclusive(path, _LOCK_TIMEOUT))
        except TimeoutError:
            raise
        except OSError as error:
            raise StoreError(f"Sign-ins cannot be kept: {error.strerror or error}.") from error
        yield


@contextmanager
def _locked_for_a_person(path: Path) -> Iterator[None]:
    """The same, with a sentence for who waits. Raises SecretError, StoreError."""
    with ExitStack() as stack:
        try:
            stack.enter_context(_locked(path))
        except TimeoutError as error:
            raise SecretError(
                "A sign-in is being renewed, which takes long just now. Try again in a minute."
            ) from error
        yield
