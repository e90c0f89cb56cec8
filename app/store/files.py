"""Attachments on disk, each under the SHA-256 of its content: the same file is kept once."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Collection
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
        temporary = ""
        try:
            if target.exists() and target.stat().st_size == len(content):
                os.utime(target)  # for `older_than`: somebody is about to name it
                return sha256
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

    def older_than(self, seconds: float) -> set[str]:
        """Which files were kept, or kept again, longer ago than that. Raises StoreError."""
        limit = time.time() - seconds
        try:
            files = [p for p in self._folder.glob("[0-9a-f][0-9a-f]/*") if len(p.name) == 64]
            return {p.name for p in files if p.stat().st_mtime < limit}
        except OSError as error:
            raise StoreError(f"The attachments in {self._folder} cannot be read: {error.strerror}.") from error

    def remove(self, names: Collection[str], seconds: float) -> int:
        """Deletes those of these files that are still older than that. Returns how many."""
        removed = 0
        for name in names:
            path = self.path(name)
            try:
                if path.stat().st_mtime < time.time() - seconds:
                    path.unlink()
                    removed += 1
            except OSError:
                continue  # in use, or gone already: the next time
        return removed

    def read(self, sha256: str) -> bytes:
        """Raises StoreError when the file is gone or was changed."""
        try:
            content = self.path(sha256).read_bytes()
        except OSError as error:
            raise StoreError(f"The attachment {self.path(sha256)} cannot be read: {error.strerror}.") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreError(f"The attachment {self.path(sha256)} was changed on the disk.")
        return content
