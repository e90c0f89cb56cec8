"""Writing files so that nothing is ever half there: under a temporary name, whole on the disk, then renamed. Used by exports
and by the files of what was not imported."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import DiskFull, NotAllowed, StoreError


def explained(error: OSError, path: Path) -> StoreError:
    """The same in a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"There is no room left on the disk of {path}. Nothing was left behind there; free some space.")
    return StoreError(f"{path} cannot be written: {error.strerror}.")


class FileSet:
    """Files that belong together: all of them get their names at the end, or none. `keep` does that; without it everything is
    removed. Files have mode 0600: they hold people's mail."""

    def __init__(self, folder: Path, names: tuple[str, ...], *, force: bool) -> None:
        """Makes the folder. Raises NotAllowed when one of the files exists and `force` does not say to replace it."""
        self.folder = folder
        self._made: dict[str, Path] = {}
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            there = [name for name in names if (folder / name).exists()]
        except OSError as error:
            raise explained(error, folder) from error
        if there and not force:
            more = f"{there[0]} and {len(there) - 1:,} more {'file' if len(there) == 2 else 'files'}"
            said = f"{there[0]} is" if len(there) == 1 else f"{more} of an export are"
            other = "Choose another name" if len(names) == 1 else "Choose an empty folder"
            them = "it" if len(there) == 1 else "them"
            raise NotAllowed(
                f"{said} in {folder} already. {other}.",
                f"{said} in {folder} already. {other}, or add --force to replace {them}.",
            )

    @contextmanager
    def file(self, name: str) -> Iterator[BinaryIO]:
        target = self.folder / name
        try:
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".part")
            self._made[name] = Path(temporary)
            with os.fdopen(handle, "wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise explained(error, target) from error

    def keep(self) -> None:
        try:
            for name, temporary in list(self._made.items()):
                temporary.replace(self.folder / name)
                del self._made[name]
        except OSError as error:
            raise explained(error, self.folder) from error

    def __enter__(self) -> FileSet:
        return self

    def __exit__(self, *_: object) -> None:
        for temporary in self._made.values():
            temporary.unlink(missing_ok=True)
