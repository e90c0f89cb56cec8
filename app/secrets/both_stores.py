"""A workspace's encrypted file beside a keyring that was used before, and the note that it was. For `choose`.

Which of the two is used may change: a passphrase is set in one shell, a keyring is gone one day. What was kept in the
keyring is still found there, where it can be reached, and what is forgotten is forgotten in both."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from app.domain.errors import SecretError
from app.domain.inboxes import Secret
from app.secrets.protocol import NoUsableKeyring, SecretStore

log = logging.getLogger(__name__)


class NotedKeyring:
    """The keyring, with `note` (an empty file) made before the first secret goes into it, or when one is found."""

    def __init__(self, keyring: SecretStore, note: Path) -> None:
        self._keyring, self._note = keyring, note
        self.name = keyring.name

    def get(self, key: str) -> Secret | None:
        found = self._keyring.get(key)
        if found is not None:
            self._remember()
        return found

    def set(self, key: str, secret: Secret) -> None:
        self._remember()
        self._keyring.set(key, secret)

    def delete(self, key: str) -> None:
        self._keyring.delete(key)

    def _remember(self) -> None:
        if self._note.exists():
            return
        try:
            self._note.touch(mode=0o600)
        except OSError as error:
            raise SecretError(f"{self._note} cannot be made: {error.strerror}. Check the folder's rights.") from error


class FileBesideKeyring:
    """New secrets go to the file. `keyring` gives the keyring, tried out, or raises NoUsableKeyring."""

    def __init__(self, file: SecretStore, note: Path, keyring: Callable[[], SecretStore]) -> None:
        self._file, self._note, self._make = file, note, keyring
        self._keyring: SecretStore | None = None
        self.name = file.name

    def get(self, key: str) -> Secret | None:
        found = self._file.get(key)
        if found is None and self._note.exists():
            try:
                found = self._other().get(key)
            except NoUsableKeyring as fault:
                log.warning("the keyring, where this workspace's passwords were before, cannot be asked: %s", fault)
        return found

    def set(self, key: str, secret: Secret) -> None:
        self._file.set(key, secret)

    def delete(self, key: str) -> None:
        """Raises NoUsableKeyring where it cannot be told that it is forgotten everywhere."""
        self._file.delete(key)
        if not self._note.exists():
            return
        try:
            self._other().delete(key)
        except NoUsableKeyring as fault:
            raise NoUsableKeyring(
                f"Passwords of this workspace may still be in the system keyring, and it cannot be asked. {fault} Where "
                f"that keyring is gone for good, delete {self._note} and try again."
            ) from fault

    def _other(self) -> SecretStore:
        if self._keyring is None:
            self._keyring = self._make()
        return self._keyring
