"""Where hits wait while the database cannot be written: a file of JSON lines, on the disk before a hit is answered.
Used by the writer thread only.

Room for about 5,000 hits is taken from the disk beforehand, so that a disk that runs full does not cost a hit. Each
process has a spool of its own (locked while it lives); what a killed process left behind is taken over by the next.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.tracking.server.rows import HitRow

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

RESERVE = 2 * 1024 * 1024  # bytes
LIMIT = 256 * 1024 * 1024
MAX_PROCESSES = 1_000

_log = logging.getLogger(__name__)


class SpoolFull(OSError):
    """As much is waiting as may wait."""


class Spool:
    """One file. Lines begin at 0 and end before the first that begins with NUL; one that was cut has no line end."""

    def __init__(self, path: Path, *, reserve: int = RESERVE, limit: int = LIMIT) -> None:
        self.path = path
        self._reserve = reserve
        self._limit = limit
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        self._end = 0  # where the next line goes
        self._taken = 0  # up to where lines are in the database
        try:
            self._recover()
        except OSError:
            self._file.close()
            raise

    @property
    def empty(self) -> bool:
        return self._taken >= self._end

    def append(self, rows: Sequence[HitRow]) -> None:
        """The rows are on the disk when this returns. Raises SpoolFull or OSError, and then holds none of them."""
        lines = b"".join(row.to_line() for row in rows)
        if self._end + len(lines) > self._limit:
            raise SpoolFull(f"{self.path} is full")
        try:
            self._write(self._end, lines)
            os.fsync(self._file.fileno())
        except OSError:
            # Half a batch may be there. It was not answered for; the end mark hides it.
            with contextlib.suppress(OSError):
                self._write(self._end, b"\0")
            raise
        self._end += len(lines)

    def waiting(self, limit: int) -> tuple[list[HitRow], int]:
        """Up to `limit` rows that wait, oldest first, and the place to give to `taken` once they are stored."""
        rows: list[HitRow] = []
        for row, end in self._lines(self._taken, self._end):
            rows.append(row)
            if len(rows) == limit:
                return rows, end
        return rows, self._end

    def taken(self, place: int) -> None:
        """All lines before `place` are in the database. When that is the last one, the file starts anew."""
        self._taken = place
        if not self.empty:
            return
        # Overwritten, not cut: the room that was reserved stays ours.
        kept = min(self._end, self._reserve)
        self._write(0, b"\0" * kept)
        if self._end > self._reserve:
            self._file.truncate(self._reserve)
        os.fsync(self._file.fileno())
        self._end = self._taken = 0

    def close(self) -> None:
        self._file.close()

    def _recover(self) -> None:
        size = os.fstat(self._file.fileno()).st_size
        for _, end in self._lines(0, size):
            self._end = end
        kept = max(self._end, min(size, self._reserve))
        self._file.truncate(kept)
        self._file.seek(self._end)
        if self._file.read(kept - self._end).strip(b"\0"):  # a line that was cut; it was never answered for
            self._write(self._end, b"\0" * (kept - self._end))
        with contextlib.suppress(OSError):  # a disk that is full already: the spool does without its reserve
            self._take_room(self._reserve - kept, kept)

    def _take_room(self, amount: int, at: int) -> None:
        if amount <= 0:
            return
        if sys.platform == "linux":
            os.posix_fallocate(self._file.fileno(), at, amount)
        else:
            self._write(at, b"\0" * amount)
        os.fsync(self._file.fileno())

    def _lines(self, at: int, end: int) -> Iterator[tuple[HitRow, int]]:
        self._file.seek(at)
        left = b""
        while at + len(left) < end:
            block = self._file.read(min(1 << 20, end - at - len(left)))
            if not block:
                return
            *lines, left = (left + block).split(b"\n")
            for line in lines:
                if line.startswith(b"\0"):
                    return
                at += len(line) + 1
                row = HitRow.from_line(line)
                if row is not None:
                    yield row, at
                else:
                    _log.error("a damaged line in %s is left out", self.path)
            if left.startswith(b"\0"):
                return

    def _write(self, at: int, content: bytes) -> None:
        self._file.seek(at)
        view = memoryview(content)
        while view:
            view = view[self._file.write(view) :]


class SpoolPlace:
    """The right to one of the spool files in a folder, for as long as this process lives."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._locks: list[int] = []
        places = (folder / f"{i}.jsonl" for i in range(MAX_PROCESSES))
        free = next((path for path in places if self._lock(path)), None)
        if free is None:
            raise OSError(f"{MAX_PROCESSES} servers use {folder} already")
        self.path = free

    def orphans(self) -> list[Path]:
        """Spool files that a killed process left behind; they are ours from here on."""
        files = sorted(self._folder.glob("*.jsonl"))
        return [path for path in files if path != self.path and self._lock(path)]

    def close(self) -> None:
        for lock in self._locks:
            os.close(lock)
        self._locks.clear()

    def _lock(self, path: Path) -> bool:
        lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._locks.append(lock)
        return True
