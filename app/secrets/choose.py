"""Which store a workspace's secrets go to. For bootstrap and the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from app.domain.inboxes import Secret
from app.secrets.protocol import NoUsableKeyring, PassphraseNeeded, SecretStore

PASSPHRASE_VARIABLE = "HITCHPOST_PASSPHRASE"


def secrets_path(home: Path, workspace_uid: str) -> Path:
    """The encrypted file of one workspace."""
    return home / f"secrets-{re.sub(r'[^A-Za-z0-9_-]', '_', workspace_uid)}.json"


def choose_secret_store(home: Path, workspace_uid: str, environ: Mapping[str, str]) -> SecretStore:
    """The store to use, tried out before it is handed over.

    With HITCHPOST_PASSPHRASE the encrypted file in `home` (made at the first `set`), else the keyring that the
    `keyring` library selects. Raises WrongPassphrase, PassphraseNeeded (the file is there, the passphrase is not:
    looking into the keyring would only seem to have lost the passwords) or NoUsableKeyring. May take 15 seconds
    while a locked keyring asks its user."""
    path = secrets_path(home, workspace_uid)
    passphrase = environ.get(PASSPHRASE_VARIABLE, "")
    if passphrase:
        from app.secrets.file_store import FileSecrets  # with its cryptography, which the first window does not need

        store = FileSecrets(path, Secret(passphrase))
        store.probe()
        return store
    if path.exists():
        raise PassphraseNeeded(
            f"The passwords of this workspace are in an encrypted file, {path}. Give its passphrase (set "
            f"{PASSPHRASE_VARIABLE} on the command line). When the passphrase is lost, delete that file and connect "
            "the inboxes again: logged mail stays."
        )
    from app.secrets.keyring_store import KeyringSecrets  # `keyring` looks through all packages when it is imported

    keyring_secrets = KeyringSecrets(workspace_uid)
    try:
        keyring_secrets.probe()
    except NoUsableKeyring as fault:
        raise NoUsableKeyring(
            f"{fault} Or do without a keyring: set {PASSPHRASE_VARIABLE} to a passphrase of your own, and passwords "
            f"are kept in an encrypted file, {path}. They are never kept as plain text."
        ) from fault
    return keyring_secrets
