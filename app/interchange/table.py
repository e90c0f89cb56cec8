"""Tables in text files (CSV, RFC 4180 and what programs write instead): the delimiter is found, rows are read one at a time,
and nothing that a file holds makes the work or the memory grow without bounds. Used by the services that import tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.transfer import UnreadableFile
from app.interchange.encodings import FoundEncoding, find_encoding, known_encoding

DELIMITERS = (",", ";", "\t", "|")
MOST_COLUMNS = 1_000
LONGEST_LINE = 1_000_000  # letters
LONGEST_CELL = 131_072  # the csv module's own limit
_SAMPLE_ROWS = 60
_SAMPLE_LETTERS = 200_000
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# A cell that a spreadsheet would run as a formula is written with an apostrophe before it (OWASP, CSV injection).
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


@dataclass(frozen=True)
class Row:
    """`line`: where it begins, from 1. `problem`: why it cannot be read; then `cells` may be cut."""

    line: int
    cells: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True)
class TableFile:
    """A table that was looked at. `delimiter` is one character."""

    path: Path
    encoding: FoundEncoding
    delimiter: str
    size: int


def look_at_table(path: Path, encoding: str = "", delimiter: str = "") -> TableFile:
    """What is "" is found. Raises UnreadableFile."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise UnreadableFile(f"{path} is not an ordinary file.")
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}.") from error
    found = FoundEncoding(known_encoding(encoding)) if encoding else find_encoding(path)
    if delimiter and len(delimiter) != 1:
        raise UnreadableFile(f"{delimiter!r} cannot part columns: one character can.")
    return TableFile(path, found, delimiter or _delimiter(path, found.name), size)


class TableReader:
    """Iterate over it for the rows, the header among them; `place` is how many bytes were read. Close it. Raises
    UnreadableFile while it is read, too."""

    def __init__(self, table: TableFile) -> None:
        self._table = table
        try:
            self._raw = table.path.open("rb")
        except OSError as error:
            raise UnreadableFile(f"{table.path.name} cannot be read: {error.strerror}.") from error
        self._text = io.TextIOWrapper(self._raw, encoding=table.encoding.name, errors="replace", newline="")
        self._lines = _Lines(self._text)

    @property
    def place(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._text.close()

    def __enter__(self) -> TableReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Row]:
        reader = csv.reader(self._lines, delimiter=self._table.delimiter)
        while True:
            line = self._lines.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(line, (), _explained(error))
                continue
            except UnicodeError as error:
                raise UnreadableFile(
                    f"{self._table.path.name} is not in {self._table.encoding.name}. Choose another encoding."
                ) from error
            except OSError as error:
                raise UnreadableFile(f"{self._table.path.name} cannot be read: {error.strerror}.") from error
            if line == 1 and len(cells) <= 2 and re.fullmatch(r"sep=.?", "".join(cells), re.IGNORECASE):
                continue  # Excel's own way to name the delimiter
            if not any(cell.strip() for cell in cells):
                continue
            problem = ""
            if self._lines.ended_within and len(cells[-1].splitlines()) > 1:
                problem = (
                    "A quotation mark is opened in the last column here and never closed: the lines from this one to the last, "
                    f"{self._lines.number:,}, were not read."
                )
            elif len(cells) > MOST_COLUMNS:
                many = "more than " if self._lines.cut else ""
                problem = f"It has {many}{len(cells):,} columns; at most {MOST_COLUMNS:,} can be read."
            elif self._lines.cut:
                problem = f"The line is longer than {LONGEST_LINE:,} letters."
            elif any("\0" in cell for cell in cells):
                problem = (
                    "A cell holds a character that no text has (NUL): the file is damaged, or in another encoding."
                )
            yield Row(line, tuple(plain_cell(cell) for cell in cells[:MOST_COLUMNS]), problem)


class _Lines:
    """Lines for the csv module, which asks for more of them where a cell holds line breaks."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.number = 0
        self.cut = False
        self.ended_within = False  # the file ended while a cell was open
        self._row = 0  # lines before the row that is read

    def begin_row(self) -> int:
        """The line on which the next row begins, from 1."""
        self.cut = self.ended_within = False
        self._row = self.number
        return self.number + 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            self.ended_within = self.number > self._row
            raise StopIteration
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            self.cut = True
            while (more := self._text.readline(LONGEST_LINE)) and not more.endswith(("\n", "\r")):
                pass
        self.number += 1
        return line


def _explained(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"A cell has more than {LONGEST_CELL:,} letters, or a quotation mark is opened on this line and never closed."
    return f"The line cannot be read ({error})."


def plain_cell(cell: str) -> str:
    """Trimmed, without control characters, and without the apostrophe that guards a formula."""
    text = _CONTROL.sub("", cell).strip()
    return text[1:] if _GUARDED.match(text) else text


def guarded_cell(value: str) -> str:
    """What a spreadsheet shows and does not run; `plain_cell` gives it back."""
    return f"'{value}" if _FORMULA.match(value) else value


def _delimiter(path: Path, encoding: str) -> str:
    """The one by which the most rows have as many columns as the first, and more than one."""
    try:
        with path.open("r", encoding=encoding, errors="replace", newline="") as file:
            text = file.read(_SAMPLE_LETTERS)
    except (OSError, UnicodeError) as error:
        raise UnreadableFile(f"{path.name} cannot be read in {encoding}.") from error
    first = text.splitlines()[0] if text.strip() else ""
    if (named := re.fullmatch(r"sep=(.)", first, re.IGNORECASE)) is not None:
        return named[1]
    best, score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = _widths(text, delimiter)
        if not widths or widths[0] < 2:
            continue
        same = sum(1 for width in widths if width == widths[0]) / len(widths)
        if (same, widths[0]) > score and same >= 0.5:
            best, score = delimiter, (same, widths[0])
    if score[1] == 0:  # ragged rows: the one that the first line has most of
        counts = {d: first.count(d) for d in DELIMITERS}
        best = max(counts, key=lambda d: counts[d]) if any(counts.values()) else ","
    return best


def _widths(text: str, delimiter: str) -> list[int]:
    found: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append(len(cells))
            if len(found) == _SAMPLE_ROWS:
                return found
    except csv.Error:
        return found
    return found[:-1] if len(text) == _SAMPLE_LETTERS else found


class TableWriter:
    """Rows into an open text file, formulas guarded."""

    def __init__(self, file: Any, header: Sequence[str]) -> None:
        self._writer = csv.writer(file, lineterminator="\r\n")
        self.write(header)

    def write(self, cells: Sequence[str]) -> None:
        self._writer.writerow([guarded_cell(_CONTROL.sub("", cell)) for cell in cells])
