"""Which store a workspace's secrets go to. For bootstrap, the façade and the command line."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from app.domain.inboxes import Secret
from app.secrets.protocol import NoUsableKeyring, PassphraseNeeded, SecretStore

PASSPHRASE_VARIABLE = "HITCHPOST_PASSPHRASE"

log = logging.getLogger(__name__)


def secrets_path(home: Path, workspace_uid: str) -> Path:
    """The encrypted file of one workspace."""
    return home / f"secrets-{re.sub(r'[^A-Za-z0-9_-]', '_', workspace_uid)}.json"


def keyring_note(home: Path, workspace_uid: str) -> Path:
    """An empty file that is there once the workspace has used the system keyring."""
    return secrets_path(home, workspace_uid).with_suffix(".keyring")


def choose_secret_store(
    home: Path,
    workspace_uid: str,
    environ: Mapping[str, str],
    names: Callable[[], Iterable[str]] = tuple,
) -> SecretStore:
    """The store to use, tried out before it is handed over.

    The encrypted file in `home` where there is one. Else the keyring where the workspace has used it, as its note or one
    of `names` in it (those of the secrets that there should be) shows. Else, with HITCHPOST_PASSPHRASE, the file, made at
    the first `set`, and without the keyring that the `keyring` library selects.

    Raises WrongPassphrase, PassphraseNeeded (the file is there, the passphrase is not: looking into the keyring would only
    seem to have lost the passwords) or NoUsableKeyring. May take 15 seconds while a locked keyring asks its user."""
    path = secrets_path(home, workspace_uid)
    passphrase = environ.get(PASSPHRASE_VARIABLE, "")
    if path.exists() and not passphrase:
        raise PassphraseNeeded(
            f"The passwords of this workspace are in an encrypted file, {path}. Give its passphrase (set "
            f"{PASSPHRASE_VARIABLE} on the command line). When the passphrase is lost, delete that file and connect "
            "the inboxes again: logged mail stays."
        )
    if passphrase and (path.exists() or not _in_keyring(home, workspace_uid, names)):
        return open_file(home, workspace_uid, Secret(passphrase))
    try:
        store = _keyring(home, workspace_uid)
    except NoUsableKeyring as fault:
        raise NoUsableKeyring(f"{fault} {_other_way(home, workspace_uid, passphrase)}") from fault
    if passphrase:
        log.error(
            "%s is set, but the passwords of this workspace are in the system keyring, which is used as before. The "
            "variable is passed over; unset it.",
            PASSPHRASE_VARIABLE,
        )
    return store


def open_file(home: Path, workspace_uid: str, passphrase: Secret) -> SecretStore:
    """The encrypted file, tried out; what it does not hold is looked for in a keyring that was used before. Raises
    WrongPassphrase, SecretError."""
    from app.secrets.both_stores import FileBesideKeyring
    from app.secrets.file_store import FileSecrets  # with its cryptography, which the first window does not need

    file = FileSecrets(secrets_path(home, workspace_uid), passphrase)
    file.probe()
    return FileBesideKeyring(file, keyring_note(home, workspace_uid), lambda: _keyring(home, workspace_uid))


def _keyring(home: Path, workspace_uid: str) -> SecretStore:
    from app.secrets.both_stores import NotedKeyring
    from app.secrets.keyring_store import KeyringSecrets  # `keyring` looks through all packages when it is imported

    keyring = KeyringSecrets(workspace_uid)
    keyring.probe()
    return NotedKeyring(keyring, keyring_note(home, workspace_uid))


def _in_keyring(home: Path, workspace_uid: str, names: Callable[[], Iterable[str]]) -> bool:
    """The note, or for workspaces from before there was one: a secret that is found."""
    if keyring_note(home, workspace_uid).exists():
        return True
    wanted = tuple(names())
    if not wanted:
        return False
    try:
        store = _keyring(home, workspace_uid)
        return any(store.get(name) is not None for name in wanted)
    except NoUsableKeyring:
        return False


def _other_way(home: Path, workspace_uid: str, passphrase: str) -> str:
    path = secrets_path(home, workspace_uid)
    if passphrase:
        return (
            f"The passwords of this workspace are in that keyring, so {PASSPHRASE_VARIABLE} does not begin an empty file "
            f"beside it. Where the keyring is gone for good, delete {keyring_note(home, workspace_uid)}: an encrypted file, "
            f"{path}, takes its place, and the inboxes are connected again."
        )
    return (
        f"Or do without a keyring: set {PASSPHRASE_VARIABLE} to a passphrase of your own, and passwords are kept in an "
        f"encrypted file, {path}. They are never kept as plain text."
    )
