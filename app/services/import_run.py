"""What all imports share: the counts, the file of what was not imported, progress, and the end when a person cancels. Used by
the imports of tables, cards and messages."""

from __future__ import annotations

import csv
import errno
import io
import os
import time
from collections.abc import Sequence
from pathlib import Path

from app.domain.transfer import ImportKind, ImportReport, Progress, Skipped, Stop, Tell
from app.interchange.safe_files import explained
from app.interchange.table import guarded_cell

MOST_LINES = 1_000  # of those skipped, in a report; all are in the file
_BETWEEN = 0.1  # seconds between two words about progress
REASON = "Why it was not imported"


class ImportRun:
    """One import of one file. Close it: then the file of what was not imported is whole."""

    def __init__(self, kind: ImportKind, path: Path, rejected: Path | None, tell: Tell, stop: Stop) -> None:
        self.kind, self.path = kind, path
        self.added = self.changed = self.same = self.skipped = self.read = 0
        self.also: dict[str, int] = {}
        self.notes: dict[str, None] = {}
        self.stopped = False
        self._lines: list[Skipped] = []
        self._tell, self._stop, self._told = tell, stop, 0.0
        self._wanted = rejected
        self._rejected: Path | None = None
        self._out: io.TextIOWrapper | None = None
        self._header: Sequence[str] = ()

    def columns(self, header: Sequence[str]) -> None:
        """Of the file of what was not imported, besides the line and the reason."""
        self._header = [name for name in header if name != REASON]

    def count(self, name: str, number: int = 1) -> None:
        self.also[name] = self.also.get(name, 0) + number

    def note(self, sentence: str) -> None:
        self.notes.setdefault(sentence)

    def skip(self, place: int, what: str, why: str, cells: Sequence[str] = ()) -> None:
        self.skipped += 1
        if len(self._lines) < MOST_LINES:
            self._lines.append(Skipped(place, what[:200], why))
        self._write([*cells[: len(self._header)], *[""] * (len(self._header) - len(cells)), str(place), why])

    def leave(self, place: int, what: str, why: str) -> None:
        """It was not to be imported (a draft, one that is here already): told, and not in the file of what is to be
        mended."""
        self.skipped += 1
        if len(self._lines) < MOST_LINES:
            self._lines.append(Skipped(place, what[:200], why))

    def going_on(self, done: int, total: int, stage: str) -> bool:
        """Tells how far it is, now and then. False: a person has cancelled."""
        if self._stop():
            self.stopped = True
            return False
        moment = time.monotonic()
        if moment - self._told >= _BETWEEN:
            self._told = moment
            self._tell(Progress(min(done, total), total, self.read, stage))
        return True

    def _write(self, cells: Sequence[str]) -> None:
        try:
            if self._out is None:
                self._out = self._begin()
                csv.writer(self._out).writerow([*self._header, "Line", REASON])
            csv.writer(self._out).writerow([guarded_cell(c) for c in cells])
        except OSError as error:
            raise explained(error, self._rejected or self.path) from error

    def _begin(self) -> io.TextIOWrapper:
        """Where the person said; else beside the imported file, or in the home folder where nothing can be written there (a
        disc, somebody else's folder)."""
        beside = self.path.with_name(f"{self.path.stem}.not-imported.csv")
        places = [self._wanted] if self._wanted is not None else [beside, Path.home() / beside.name]
        for place in places:
            self._rejected = self._free(place)
            try:
                handle = os.open(self._rejected, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except OSError as error:
                if place is places[-1] or error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise
                continue
            return io.TextIOWrapper(os.fdopen(handle, "wb"), encoding="utf-8-sig", newline="")
        raise AssertionError("the last place either serves or raises")

    @staticmethod
    def _free(first: Path) -> Path:
        """The same with a number where there is one already."""
        number, name = 1, first
        while name.exists():
            number += 1
            name = first.with_name(f"{first.stem}-{number}{first.suffix}")
        return name

    def close(self) -> None:
        if self._out is not None:
            try:
                self._out.close()
            except OSError as error:
                raise explained(error, self._rejected or self.path) from error
            finally:
                self._out = None

    def report(self) -> ImportReport:
        return ImportReport(
            kind=self.kind,
            file=self.path.name,
            read=self.read,
            added=self.added,
            changed=self.changed,
            same=self.same,
            skipped=self.skipped,
            lines=tuple(self._lines),
            rejected=self._rejected,
            also=dict(self.also),
            notes=tuple(self.notes),
            cancelled=self.stopped,
        )

    def __enter__(self) -> ImportRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
