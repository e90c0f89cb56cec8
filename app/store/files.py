"""Attachments on disk, each under the SHA-256 of its content: the same file is kept once."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from pathlib import Path

from app.domain.errors import DiskFull, StoreError


class FileStore:
    """A folder of files named `ab/abcdef…`. Files are 0600 and never change; writing one twice is harmless."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not all(c in "0123456789abcdef" for c in sha256):
            raise ValueError("not a SHA-256 in lower-case hex")
        return self._folder / sha256[:2] / sha256

    def add(self, content: bytes) -> str:
        """Returns the SHA-256. The file is whole on the disk before the answer. Raises DiskFull, StoreError."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if target.exists() and target.stat().st_size == len(content):
            return sha256
        temporary = ""
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=target.parent)
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(target)
        except OSError as error:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull("There is no room left on the disk for an attachment. Free some space.") from error
            raise StoreError(f"An attachment cannot be kept in {self._folder}: {error.strerror}.") from error
        return sha256

    def read(self, sha256: str) -> bytes:
        """Raises StoreError when the file is gone or was changed."""
        try:
            content = self.path(sha256).read_bytes()
        except OSError as error:
            raise StoreError(f"The attachment {self.path(sha256)} cannot be read: {error.strerror}.") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreError(f"The attachment {self.path(sha256)} was changed on the disk.")
        return content
