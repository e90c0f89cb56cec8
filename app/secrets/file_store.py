"""Secrets in one encrypted file, for computers without a keyring. Chosen by `choose_secret_store` or offered by the
wizard's dialog."""

from __future__ import annotations

import errno
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.domain.errors import SecretError, WrongPassphrase
from app.domain.inboxes import Secret
from app.secrets.envelope import (
    EnvelopeClosed,
    EnvelopeDamaged,
    EnvelopeTooNew,
    KeyRecipe,
    derive_key,
    read_envelope,
    seal,
    unseal,
)
from app.secrets.file_lock import exclusive

LOCK_SECONDS = 10.0
MAX_BYTES = 8_000_000


class FileSecrets:
    """AES-256-GCM with a key from the passphrase by scrypt; the file has mode 0600.

    Every `set` and `delete` takes a lock, reads the file again, and puts a complete new file in its place, so several
    processes lose nothing of each other's, and a crash at any moment leaves either the old file or the new one. A
    file that cannot be opened (another passphrase, damage, a newer version) is never written over."""

    name = "encrypted file"

    def __init__(self, path: Path, passphrase: Secret) -> None:
        if not passphrase.reveal():
            raise SecretError("The passphrase is empty. Choose one that is hard to guess: four or more words.")
        self.path = path
        self._passphrase = passphrase
        self._key: tuple[KeyRecipe, bytes] | None = None  # the last one made; scrypt takes its time on purpose

    def probe(self) -> None:
        """Raises WrongPassphrase or SecretError unless the file can be opened, or is not there yet."""
        self._read()

    def get(self, key: str) -> Secret | None:
        value = self._read()[1].get(key)
        return None if value is None else Secret(value)

    def set(self, key: str, secret: Secret) -> None:
        with self._writing():
            recipe, values = self._read()
            if values.get(key) != secret.reveal():
                self._write(recipe, values | {key: secret.reveal()})

    def delete(self, key: str) -> None:
        with self._writing():
            recipe, values = self._read()
            if values.pop(key, None) is not None:
                self._write(recipe, values)

    def _read(self) -> tuple[KeyRecipe, dict[str, str]]:
        try:
            with self.path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077 and os.name == "posix":
                    with suppress(PermissionError):  # another's file: readable to us, not ours to close to others
                        os.fchmod(file.fileno(), 0o600)
        except FileNotFoundError:
            return self._key[0] if self._key else KeyRecipe.fresh(), {}
        except OSError as error:
            raise SecretError(f"The file of passwords cannot be read. {_advice(self.path, error)}") from error
        try:
            envelope = read_envelope(raw)
            return envelope.recipe, unseal(envelope, self._key_for(envelope.recipe))
        except EnvelopeClosed as error:
            raise WrongPassphrase(
                f"The passphrase does not open {self.path}. Try again with the passphrase that was set when the first "
                "inbox was connected. When it is lost, delete that file and connect the inboxes again: logged mail "
                "stays."
            ) from error
        except EnvelopeTooNew as error:
            raise SecretError(
                f"{self.path} was written by a newer version of Hitchpost. Update this one; the file is left as it is."
            ) from error
        except EnvelopeDamaged as error:
            raise SecretError(
                f"{self.path} is damaged and cannot be opened. Put back a backup of it, or move it away and connect "
                "the inboxes again: logged mail stays. The file is left as it is."
            ) from error

    def _write(self, recipe: KeyRecipe, values: dict[str, str]) -> None:
        raw = seal(values, self._key_for(recipe), recipe)
        if len(raw) > MAX_BYTES:
            raise SecretError("The password is too large for the encrypted file; nothing was changed.")
        target = self.path.resolve()  # a link stays a link
        for left_over in target.parent.glob(f".{target.name}.*.tmp"):  # of a writer that died; we hold the lock
            left_over.unlink(missing_ok=True)
        fresh = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
        try:
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
        except OSError:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with exclusive(self.path.with_name(self.path.name + ".lock"), LOCK_SECONDS):
                yield
        except TimeoutError as error:
            raise SecretError(
                "Another Hitchpost is busy writing the file of passwords. Close the other one and try again."
            ) from error
        except OSError as error:
            raise SecretError(
                f"The password was not kept; what was stored before is unchanged. {_advice(self.path, error)}"
            ) from error

    def _key_for(self, recipe: KeyRecipe) -> bytes:
        if self._key is None or self._key[0] != recipe:
            self._key = (recipe, derive_key(self._passphrase, recipe))
        return self._key[1]


def _sync_folder(folder: Path) -> None:
    """Makes the renaming itself durable; Windows has no such call and needs none."""
    if os.name == "posix":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _advice(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no room on the disk of {path.parent}: free some space and try again."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Access to {path} is denied: make sure that the file and its folder belong to you."
    if error.errno == errno.EROFS:
        return f"{path.parent} is read-only: set HITCHPOST_HOME to a folder that can be written."
    return f"{path}: {error.strerror or type(error).__name__}."
