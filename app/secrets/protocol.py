"""What every secret store can do, and the two faults that ask a person for something. For services, runtime and ui.

SecretError (app.domain.errors)
├── WrongPassphrase     the passphrase does not open the encrypted file
├── NoUsableKeyring     missing, locked, or forgetful keyring; the text says what to do
└── PassphraseNeeded    this workspace keeps its passwords in an encrypted file, and no passphrase was given
"""

from __future__ import annotations

from typing import Protocol

from app.domain.errors import SecretError
from app.domain.inboxes import Secret


class NoUsableKeyring(SecretError):
    """The system keyring cannot be used now."""


class PassphraseNeeded(SecretError):
    """There is an encrypted file, and nobody gave its passphrase."""


class SecretStore(Protocol):
    """Secrets by name. All methods raise SecretError with a text for people; none may be called with a lock held,
    for a keyring may ask its user first (15 seconds at most)."""

    @property
    def name(self) -> str:
        """For people: "system keyring", "encrypted file"."""

    def get(self, key: str) -> Secret | None:
        """The secret, or None when there is none of that name."""

    def set(self, key: str, secret: Secret) -> None:
        """Keep it, in place of an earlier one; it is on the disk when this returns."""

    def delete(self, key: str) -> None:
        """Forget it; a name that is not there is no error."""
