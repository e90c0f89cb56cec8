"""What every use case needs at hand: the store, the secrets, the tracking folder. Built in `app.bootstrap` only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import AccessToken, AuthMethod, Credential, ImapAccount, Inbox, InboxId, Secret
from app.domain.problems import Problem, ProblemCode
from app.services.account_passwords import AccountPasswords

if TYPE_CHECKING:
    from app.secrets.protocol import SecretStore
    from app.store import Store
    from app.tracking.folder import TrackingFolder

_TURN = 0.1  # seconds between two looks at whether a wait is cancelled


@dataclass
class Secrets:
    """The secret store, chosen at first use: asking a keyring may open a window, so nobody asks before it is needed."""

    choose: Callable[[], SecretStore]
    _chosen: SecretStore | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def store(self) -> SecretStore:
        """Raises SecretError (NoUsableKeyring, PassphraseNeeded, WrongPassphrase)."""
        with self._lock:
            if self._chosen is None:
                self._chosen = self.choose()
            return self._chosen

    def use(self, store: SecretStore) -> None:
        with self._lock:
            self._chosen = store


@dataclass
class Workspace:
    """One open workspace. `folder` holds its database, attachments and tracking files."""

    name: str
    home: Path
    folder: Path
    store: Store
    secrets: Secrets
    tracking: TrackingFolder
    _errands: dict[InboxId, threading.Lock] = field(default_factory=dict, repr=False)

    @contextmanager
    def errand(self, inbox_id: InboxId, cancel: threading.Event) -> Iterator[None]:
        """One at a time for each inbox: what looks at a mailbox beside its sync, which has two connections of its own, so
        that an inbox never has more than three. Waits for its turn. Raises Cancelled."""
        lock = self._errands.setdefault(inbox_id, threading.Lock())
        while not lock.acquire(timeout=_TURN):
            if cancel.is_set():
                raise Cancelled("waiting for another connection to the mailbox to end")
        try:
            yield
        finally:
            lock.release()

    def credential(self, inbox: Inbox, server: str = "imap", refused: AccessToken | None = None) -> Credential:
        """What signs in to "imap" or "smtp": the kept password, or a fresh access token of a granted account; another one
        than `refused`. Raises as `password` and `grants.access_token` do."""
        account = inbox.account
        if isinstance(account, ImapAccount) and account.auth is AuthMethod.OAUTH:
            from app.services.grants import access_token  # the sign-in libraries, which passwords do without

            audience = "graph" if server == "smtp" and account.graph_url else "mail"
            return access_token(self, inbox, audience, refused)
        return self.password(inbox, server)

    def password(self, inbox: Inbox, server: str = "imap") -> Secret:
        """The password for "imap" or "smtp"; for smtp the incoming one where it has none of its own.
        Raises MailFault NO_SECRET when the secret store has none for these very servers and user names, SecretError when
        it cannot be read."""
        found = self.smtp_password(inbox) if server == "smtp" else None
        found = found or self.passwords(inbox.address).get(inbox.account, "imap")
        if found is None:
            host = inbox.account.read_host if server == "imap" else inbox.account.send_host
            raise MailFault(Problem(ProblemCode.NO_SECRET, host))
        return found

    def smtp_password(self, inbox: Inbox) -> Secret | None:
        """That of outgoing mail alone; None where it signs in like incoming mail. Raises SecretError."""
        return self.passwords(inbox.address).get(inbox.account, "smtp")

    def passwords(self, address: str) -> AccountPasswords:
        """Raises SecretError."""
        return AccountPasswords(self.secrets.store(), address)
