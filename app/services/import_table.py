"""Contacts, companies, deals and users out of a table (X3). Used by the façade and the command line.

A row is a record. Contacts are known by any of their addresses, companies by a domain or their name, deals by their name,
users by their login address. Rows go in by some hundreds, each time in one transaction: who cancels, or starts anew after a
fault, imports the same file again and finds what is in already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.records import RecordKind
from app.domain.transfer import (
    ImportKind,
    ImportOptions,
    ImportReport,
    RecordDates,
    Stop,
    TablePreview,
    Tell,
    UnreadableFile,
)
from app.interchange.columns import checked_mapping, field_names, looks_like_header, recognised
from app.interchange.table import Row, TableReader, look_at_table
from app.services.import_rows import RecordTaker
from app.services.import_run import ImportRun
from app.services.imported_people import PeopleTaker
from app.services.row_fields import person_of, row_values
from app.services.workspace import Workspace

BATCH = 300  # rows of a transaction
_PREVIEW = 20
AREAS = (Area.CONTACTS, Area.COMPANIES, Area.DEALS, Area.USERS)
_KINDS = {
    ImportKind.COMPANIES: RecordKind.COMPANY,
    ImportKind.DEALS: RecordKind.DEAL,
    ImportKind.USERS: RecordKind.USER,
}


def preview_table(path: Path, kind: ImportKind, encoding: str = "", delimiter: str = "") -> TablePreview:
    """The first rows and what the columns are taken for. Raises UnreadableFile."""
    table = look_at_table(path, encoding, delimiter)
    rows: list[Row] = []
    with TableReader(table) as reader:
        for row in reader:
            rows.append(row)
            if len(rows) > _PREVIEW:
                break
    if not rows:
        raise UnreadableFile(f"{path.name} holds no rows.")
    if rows[0].problem:
        raise UnreadableFile(f"{path.name}: {rows[0].problem}")
    header, rest = _header(kind, rows)
    return TablePreview(
        encoding=table.encoding.name,
        delimiter=table.delimiter,
        header=header,
        rows=tuple(row.cells for row in rest),
        mapping=_mapping(kind, header, rest),
        guessed=table.encoding.guessed,
    )


def _header(kind: ImportKind, rows: Sequence[Row]) -> tuple[tuple[str, ...], Sequence[Row]]:
    """(names of the columns, the rows below): made up where the first row is data already."""
    if looks_like_header(kind, rows[0].cells):
        return rows[0].cells, rows[1:]
    return tuple(f"Column {n}" for n in range(1, len(rows[0].cells) + 1)), rows


def _mapping(kind: ImportKind, header: Sequence[str], rows: Sequence[Row]) -> tuple[str, ...]:
    """By name; where no column is known, the one with addresses in it."""
    found = recognised(kind, header)
    address = {ImportKind.CONTACTS: "email", ImportKind.USERS: "login_address"}.get(kind, "")
    if address and address not in found and not (kind is ImportKind.CONTACTS and "emails" in found):
        for place, key in enumerate(found):
            cells = [row.cells[place] for row in rows if place < len(row.cells) and row.cells[place]]
            if not key and cells and all("@" in cell for cell in cells):
                return (*found[:place], address, *found[place + 1 :])
    return found


def import_table(
    workspace: Workspace,
    kind: ImportKind,
    path: Path,
    options: ImportOptions,
    tell: Tell,
    stop: Stop,
    numbers: dict[str, int] | None = None,
    known: dict[str, dict[str, int]] | None = None,
    dates: Mapping[str, RecordDates] | None = None,
) -> ImportReport:
    """`numbers` takes the file's own number of each record → the record here; `known`: of other tables of the same export.
    `dates`, by the file's own number: what is new keeps them.
    Raises UnreadableFile, UsageError before anything is in; DiskFull, StoreError: what was in by then stays."""
    preview = preview_table(path, kind, options.encoding, options.delimiter)
    table = look_at_table(path, preview.encoding, preview.delimiter)
    mapping = preview.mapping if options.mapping is None else options.mapping
    mapping = checked_mapping(kind, mapping, len(preview.header))
    _check_needed(kind, mapping)
    with ImportRun(kind, path, options.rejected, tell, stop) as run:
        run.columns(preview.header)
        if preview.guessed and not options.encoding:
            run.note(f"The file says nothing about its encoding; it was read as {preview.encoding}.")
        people = PeopleTaker(workspace, options.existing, run, dates or {}) if kind is ImportKind.CONTACTS else None
        taker = (
            None if people is not None else RecordTaker(workspace, _KINDS[kind], options, run, known or {}, dates or {})
        )
        with TableReader(table) as reader:
            rows = iter(reader)
            if preview.header != tuple(f"Column {n}" for n in range(1, len(preview.header) + 1)):
                next(rows, None)
            done = False
            while not done and run.going_on(reader.place, table.size, f"Importing {kind.value}"):
                batch: list[Row] = []
                while len(batch) < BATCH and (row := next(rows, None)) is not None:
                    batch.append(row)
                done = len(batch) < BATCH
                run.read += len(batch)
                good = [row for row in batch if _readable(row, run, len(mapping))]
                with workspace.store.transaction(*AREAS, source="import"):
                    if people is not None:
                        people.take([person_of(row, mapping) for row in good])
                    elif taker is not None:
                        for row in good:
                            taker.take(row, row_values(row, mapping))
        if numbers is not None:
            numbers.update(people.numbers if people is not None else taker.numbers if taker is not None else {})
        return run.report()


def _readable(row: Row, run: ImportRun, width: int) -> bool:
    problem = row.problem
    if not problem and any("\ufffd" in cell for cell in row.cells):
        run.note("Some letters could not be read: another encoding may be right. They stand as \ufffd.")
    if not problem and len(row.cells) > width and any(row.cells[width:]):
        problem = (
            f"It has {len(row.cells)} columns, and the first row {width}: a comma or quotation mark may be missing."
        )
    if problem:
        run.skip(row.line, " ".join(row.cells[:3]), problem, row.cells)
    return not problem


def _check_needed(kind: ImportKind, mapping: Sequence[str]) -> None:
    needed = {
        ImportKind.CONTACTS: ("email", "emails"),
        ImportKind.COMPANIES: ("name", "domain"),
        ImportKind.DEALS: ("name",),
        ImportKind.USERS: ("login_address",),
    }[kind]
    if not set(needed) & set(mapping):
        names = " or ".join(f"“{field_names(kind)[key]}”" for key in needed)
        raise UsageError(f"No column fills {names}. Choose which one does.")
