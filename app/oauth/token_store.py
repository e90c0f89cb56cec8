"""Grants on the disk, one encrypted file an account (AES-256-GCM, NIST SP 800-38D). Used by services, which keep the key in
the secret store: Windows' takes 2,560 bytes at most, less than the tokens of one account.

The account's name and the grant's issuer are bound to the file as associated data: one cannot be put in another's place, or
pass as another provider's."""

from __future__ import annotations

import base64
import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.addresses import address_key
from app.domain.errors import SecretError, StoreError
from app.oauth.grants import Grant, Issuer

log = logging.getLogger(__name__)

_FORMAT = b"hitchpost-grant-2\n"  # then the issuer in one line, the nonce, the sealed grant
_NONCE = 12
_ROOM = 1 << 15  # bytes; a grant has some thousand


def fresh_key() -> str:
    """As it is kept in the secret store."""
    return base64.b64encode(AESGCM.generate_key(256)).decode()


def grant_path(folder: Path, address: str) -> Path:
    return folder / f"{hashlib.sha256(address_key(address).encode()).hexdigest()[:32]}.grant"


def lock_path(folder: Path, address: str) -> Path:
    """Beside the grant; held by who renews, replaces or deletes it: no two use the same refresh token."""
    return grant_path(folder, address).with_suffix(".lock")


def delete_grant(folder: Path, address: str) -> None:
    """Whoever can or cannot read it. Its lock is held. Raises SecretError."""
    path = grant_path(folder, address)
    try:
        for name in (path, path.with_suffix(".new")):
            name.unlink(missing_ok=True)
    except OSError as error:
        raise SecretError(f"The sign-in of {address} cannot be deleted: {error.strerror}.") from error


class TokenStore:
    """`folder` is there. `key` as `fresh_key` makes it; raises ValueError for one that is none. Writes are atomic and on the
    disk when they return; the account's lock is held meanwhile."""

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._cipher = AESGCM(base64.b64decode(key, validate=True))

    def get(self, address: str) -> Grant | None:
        """None when there is none that can be read: a damaged one, or one of another key, is as good as lost, and signing
        in again replaces it. Raises SecretError when the disk refuses."""
        try:
            raw = grant_path(self._folder, address).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SecretError(f"The sign-in of {address} cannot be read: {error.strerror}.") from error
        try:
            if not raw.startswith(_FORMAT):
                raise ValueError("another format")
            line, _, body = raw[len(_FORMAT) :].partition(b"\n")
            plain = self._cipher.decrypt(body[:_NONCE], body[_NONCE:], _bound(address, line))
            grant = Grant.from_json(plain.decode())
            if grant.issuer != Issuer.from_json(line.decode()):
                raise ValueError("another issuer")
            return grant
        except (InvalidTag, ValueError, LookupError, TypeError, AttributeError) as error:
            log.warning("the kept sign-in of %s cannot be read: %s", address, type(error).__name__)
            return None

    def put(self, address: str, grant: Grant) -> None:
        """Raises StoreError when the disk takes nothing; the earlier one stays then."""
        with self.room(address) as write:
            write(grant)

    @contextmanager
    def room(self, address: str) -> Iterator[Callable[[Grant], None]]:
        """Room on the disk for a grant, taken before the provider is asked: an answer that ends the earlier refresh token
        must not be lost for want of it. Gives what writes the grant; raises StoreError as that does."""
        path = grant_path(self._folder, address)
        new = path.with_suffix(".new")
        with _ending_in_store_error(address):
            file: BinaryIO = os.fdopen(os.open(new, _OPEN, 0o600), "wb")
        try:
            with _ending_in_store_error(address):
                _write(file, bytes(_ROOM))

            def write(grant: Grant) -> None:
                line, nonce = grant.issuer.to_json().encode(), os.urandom(_NONCE)
                sealed = self._cipher.encrypt(nonce, grant.to_json().encode(), _bound(address, line))
                with _ending_in_store_error(address):
                    _write(file, _FORMAT + line + b"\n" + nonce + sealed)
                    file.close()  # Windows replaces no open file
                    new.replace(path)

            yield write
        finally:
            with suppress(OSError):
                file.close()
            with suppress(OSError):
                new.unlink(missing_ok=True)


_OPEN = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def _write(file: BinaryIO, data: bytes) -> None:
    """From the beginning, over the same blocks; it is on the disk afterwards."""
    file.seek(0)
    file.write(data)
    file.flush()
    file.truncate()
    os.fsync(file.fileno())


@contextmanager
def _ending_in_store_error(address: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"The sign-in of {address} cannot be kept: {error.strerror or error}.") from error


def _bound(address: str, issuer: bytes) -> bytes:
    return b"\n".join((_FORMAT.strip(), address_key(address).encode(), issuer))
