"""Grants on the disk, one encrypted file an account (AES-256-GCM, NIST SP 800-38D). Used by services, which keep the key in
the secret store: Windows' takes 2,560 bytes at most, less than the tokens of one account.

The account's name is bound to its file as associated data: one cannot be put in another's place."""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.addresses import address_key
from app.domain.errors import SecretError, StoreError
from app.oauth.grants import Grant

log = logging.getLogger(__name__)

_FORMAT = b"hitchpost-grant-1\n"
_NONCE = 12


def fresh_key() -> str:
    """As it is kept in the secret store."""
    return base64.b64encode(AESGCM.generate_key(256)).decode()


class TokenStore:
    """`folder` is made when first written to. Writes are atomic and on the disk when they return."""

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._cipher = AESGCM(base64.b64decode(key))

    def get(self, address: str) -> Grant | None:
        """None when there is none that can be read: a damaged one, or one of another key, is as good as lost, and signing
        in again replaces it. Raises SecretError when the disk refuses."""
        try:
            raw = self._path(address).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SecretError(f"The sign-in of {address} cannot be read: {error.strerror}.") from error
        head, body = raw[: len(_FORMAT)], raw[len(_FORMAT) :]
        try:
            if head != _FORMAT:
                raise ValueError("another format")
            plain = self._cipher.decrypt(body[:_NONCE], body[_NONCE:], self._bound(address))
            return Grant.from_json(plain.decode())
        except (InvalidTag, ValueError, KeyError, TypeError) as error:
            log.warning("the kept sign-in of %s cannot be read: %s", address, type(error).__name__)
            return None

    def put(self, address: str, grant: Grant) -> None:
        """Raises StoreError when the disk takes nothing; the earlier one stays then."""
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, grant.to_json().encode(), self._bound(address))
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")  # 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_FORMAT + nonce + sealed)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self._path(address))
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            raise StoreError(f"The sign-in of {address} cannot be kept: {error.strerror}.") from error

    def delete(self, address: str) -> None:
        try:
            self._path(address).unlink(missing_ok=True)
        except OSError as error:
            raise SecretError(f"The sign-in of {address} cannot be deleted: {error.strerror}.") from error

    def lock_path(self, address: str) -> Path:
        """Beside the grant; held by who renews it, so that no two use the same refresh token."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._path(address).with_suffix(".lock")

    def _path(self, address: str) -> Path:
        return self._folder / f"{hashlib.sha256(address_key(address).encode()).hexdigest()[:32]}.grant"

    @staticmethod
    def _bound(address: str) -> bytes:
        return _FORMAT + address_key(address).encode()
