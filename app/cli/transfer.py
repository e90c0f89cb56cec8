"""`import`, `export`, and the same for one kind of record: `contacts import`, `deals export` … (X3).

The use cases bring the readers of mail with them: they are imported by the command that needs them, as `contacts` alone does
without."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any

from app.cli.opening import opened, stop_on_signals
from app.cli.output import counted, emit, local, say
from app.cli.parsing import Parser
from app.cli.record_documents import change_document
from app.domain.addresses import is_complete
from app.domain.errors import UsageError
from app.domain.money import exponent
from app.domain.transfer import (
    MAIL,
    TABLES,
    Existing,
    ExportReport,
    ImportKind,
    ImportOptions,
    ImportReport,
    NewPeople,
    Progress,
    TablePreview,
    UnreadableFile,
)

_ALL = 1_000_000  # imports
_MANY = {"company": "companies"}
_TOLD = 20  # lines of those skipped, for people


def add_import(command: Parser, common: Parser) -> None:
    kinds = command.add_subparsers(dest="kind", metavar="KIND", required=True)
    texts = {
        "csv": "a table: contacts, companies, deals or users",
        "vcard": "cards of an address book (.vcf)",
        "mbox": "a mailbox file, or a folder or zip archive of such",
        "eml": "one message, or a folder or zip archive of messages",
        "export": "a folder that `hitchpost export` has written",
    }
    for word, text in texts.items():
        parser: Parser = kinds.add_parser(word, parents=[common], help=text)
        parser.add_argument("file", metavar="DIR" if word == "export" else "FILE", help=text)
        if word == "csv":
            parser.add_argument(
                "--as",
                dest="what",
                choices=[k.value for k in TABLES],
                default="contacts",
                help="what the table holds (default: contacts)",
            )
            _add_table(parser)
        if word in ("mbox", "eml"):
            _add_mail(parser)
        _add_common(parser)
        parser.set_defaults(run=_import, word=word, makes_workspace=True)
    kinds.add_parser("list", parents=[common], help="the last imports").set_defaults(run=_imports)
    undo: Parser = kinds.add_parser(
        "undo",
        parents=[common],
        help="take an import back",
        description="Takes back what an import made and changed. What somebody changed or used since stays, and is told.",
    )
    undo.add_argument(
        "number", metavar="NUMBER", nargs="?", type=_number, help="of `import list`; without it the last one"
    )
    undo.set_defaults(run=_undo_import)


def add_export(command: Parser, common: Parser) -> None:
    command.add_argument("folder", metavar="DIR", help="made when it is not there")
    command.add_argument("--force", action="store_true", help="replace an export that is there already")
    command.set_defaults(run=_export)


def add_record_transfer(actions: Any, common: Parser, kind: ImportKind) -> None:
    """`import` and `export` beside the other actions of a kind of record."""
    word = kind.value
    cards = " or .vcf" if kind is ImportKind.CONTACTS else ""
    come: Parser = actions.add_parser("import", parents=[common], help=f"{word} out of a table (.csv{cards})")
    come.add_argument("file", metavar="FILE", help=f"a table (.csv{cards})")
    _add_table(come)
    _add_common(come)
    come.set_defaults(run=_import, word="csv", what=word)
    go: Parser = actions.add_parser("export", parents=[common], help=f"all {word} into a table (.csv or .json)")
    go.add_argument("file", metavar="FILE", help="ends in .csv or .json")
    go.add_argument("--force", action="store_true", help="replace a file that is there already")
    go.set_defaults(run=_export_table, what=word)


def _add_common(parser: Parser) -> None:
    parser.add_argument(
        "--existing",
        choices=[e.value for e in Existing],
        default=Existing.FILL.value,
        help="records that are there already: fill what is empty (default), overwrite it, or skip them",
    )
    parser.add_argument("--rejected", type=Path, metavar="FILE", help="where what was not imported is written to")


def _add_table(parser: Parser) -> None:
    parser.add_argument(
        "--preview", action="store_true", help="show what the columns are taken for, and import nothing"
    )
    parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD", help="a column by name or number")
    parser.add_argument("--encoding", default="", help="of the file; found without")
    parser.add_argument("--delimiter", default="", help="between columns; found without")
    parser.add_argument("--currency", type=_currency, help="of amounts that name none")
    parser.add_argument(
        "--stage",
        action="append",
        type=_stage,
        default=[],
        metavar="THERE=HERE",
        help="of deals: the stage here that one in the file becomes; may be given several times",
    )


def _add_mail(parser: Parser) -> None:
    parser.add_argument("--me", action="append", default=[], metavar="ADDRESS", help="one of your own addresses in it")
    parser.add_argument(
        "--people",
        choices=[p.value for p in NewPeople],
        default=NewPeople.ALL.value,
        help="who becomes a contact: everybody but machines (default), whom you wrote to, or nobody",
    )


def _stage(text: str) -> tuple[str, str]:
    there, sign, here = text.rpartition("=")
    if not sign or not there.strip() or not here.strip():
        raise ArgumentTypeError(f"{text!r} is not THERE=HERE, such as 'Qualified To Buy=Offer'")
    return there.strip(), here.strip()


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ArgumentTypeError(f"{text!r} is not the number of an import")
    return int(text)


def _imports(options: Namespace) -> int:
    from app.services.undo_import import imports

    with opened(options) as workspace:
        found = imports(workspace.store)
    emit(
        options,
        {"imports": [change_document(change) for change in found]},
        lambda: (
            [f"{c.id:>4}  {local(c.at)}  {c.what}{' (taken back)' if c.undone_at else ''}" for c in found]
            or ["Nothing was imported yet."]
        ),
    )
    return 0


def _undo_import(options: Namespace) -> int:
    from app.services.undo_import import imports, undo_import

    with opened(options) as workspace, stop_on_signals() as stop:
        last = next((c.id for c in imports(workspace.store) if c.undone_at is None), None)
        number = options.number if options.number is not None else last
        if number is None:
            raise UsageError("There is no import to take back.")
        if number not in {change.id for change in imports(workspace.store, _ALL)}:
            raise UsageError(f"There is no import with the number {number}. See hitchpost import list.")
        done = undo_import(workspace.store, number, _teller(), stop.is_set)
    document = {
        "what": done.what,
        "removed": dict(done.removed),
        "restored": done.restored,
        "kept": [{"kind": k.kind, "id": k.id, "name": k.name, "why": k.why} for k in done.kept],
        "kept_count": done.kept_count,
        "cancelled": done.stopped,
    }
    gone = ", ".join(counted(number, kind, _MANY.get(kind, "")) for kind, number in done.removed.items())
    lines = [
        f"{'Stopped. ' if done.stopped else ''}Taken back: {done.what}.",
        f"  removed: {gone or 'nothing'}; {done.restored:,} have the fields again that they had before",
        *(f"  stays: {k.name} ({k.kind}). {k.why}" for k in done.kept[:_TOLD]),
    ]
    if done.kept_count > _TOLD:
        lines.append(f"  and {done.kept_count - _TOLD:,} more stay")
    emit(options, document, lambda: lines)
    return 1 if done.stopped else 0


def _currency(text: str) -> str:
    try:
        exponent(text.upper())
    except UsageError as error:
        raise ArgumentTypeError(str(error)) from error
    return text.upper()


def _kind(options: Namespace) -> ImportKind:
    if options.word == "csv":
        if options.what == "contacts" and Path(options.file).suffix.lower() in (".vcf", ".vcard"):
            return ImportKind.VCARD
        return ImportKind(options.what)
    return ImportKind(options.word)


def _import(options: Namespace) -> int:
    from app.services.import_file import import_file

    kind, path = _kind(options), Path(options.file).expanduser()
    if not path.exists():
        raise UnreadableFile(f"There is no file {options.file}.")
    if kind in TABLES and options.preview:
        return _preview(options, kind, path)
    for text in getattr(options, "me", ()):
        if not is_complete(text):
            raise UsageError(f"--me {text!r} is no complete address, such as jonas@example.com.")
    wishes = ImportOptions(
        existing=Existing(options.existing),
        mapping=_mapping(options, kind, path) if kind in TABLES else None,
        encoding=getattr(options, "encoding", ""),
        delimiter=getattr(options, "delimiter", ""),
        own=tuple(getattr(options, "me", ())),
        people=NewPeople(options.people) if kind in MAIL else NewPeople.ALL,
        currency=getattr(options, "currency", None) or "",
        rejected=options.rejected,
        stages=tuple(getattr(options, "stage", ())),
    )
    with opened(options) as workspace, stop_on_signals() as stop:
        report = import_file(workspace, kind, path, wishes, _teller(), stop.is_set)
    emit(options, report_document(report), lambda: report_lines(report))
    return 1 if report.cancelled else 0


def _mapping(options: Namespace, kind: ImportKind, path: Path) -> tuple[str, ...] | None:
    """What was recognised, with what `--map` says instead. Raises UsageError."""
    if not options.map:
        return None
    from app.services.import_table import preview_table

    preview = preview_table(path, kind, options.encoding, options.delimiter)
    mapping = list(preview.mapping)
    for text in options.map:
        column, sign, key = text.rpartition("=")
        place = int(column) - 1 if column.isascii() and column.isdigit() else -1
        if column in preview.header:
            place = preview.header.index(column)
        if not sign or not 0 <= place < len(mapping):
            raise UsageError(f"{text!r} is not COLUMN=FIELD with a column of the file: {', '.join(preview.header)}.")
        if key:
            mapping = ["" if m == key and n != place else m for n, m in enumerate(mapping)]
        mapping[place] = key
    return tuple(mapping)


def _preview(options: Namespace, kind: ImportKind, path: Path) -> int:
    from app.interchange.columns import field_names
    from app.services.import_table import preview_table

    found = preview_table(path, kind, options.encoding, options.delimiter)
    names = field_names(kind)
    mapping = _mapping(options, kind, path) or found.mapping
    first = found.rows[0] if found.rows else ()
    document = {
        "encoding": found.encoding,
        "guessed": found.guessed,
        "delimiter": found.delimiter,
        "columns": [
            {"column": name, "field": key, "first": first[n] if n < len(first) else ""}
            for n, (name, key) in enumerate(zip(found.header, mapping, strict=True))
        ],
        "fields": names,
    }
    unknown = _unknown_stages(options, found, path, mapping) if kind is ImportKind.DEALS else ()
    if kind is ImportKind.DEALS:
        document["unknown_stages"] = list(unknown)
    lines = [f"{path.name}: {found.encoding}, columns parted by {found.delimiter!r}"]
    lines += [
        f"  {c['column']} → {names[str(c['field'])] if c['field'] else 'not imported'}   {c['first']}"
        for c in document["columns"]  # type: ignore[attr-defined]
    ]
    if unknown:
        lines.append(f"  stages that are none here: {', '.join(unknown)}. Say with --stage which ones they become.")
    emit(options, document, lambda: lines)
    return 0


def _unknown_stages(options: Namespace, found: TablePreview, path: Path, mapping: tuple[str, ...]) -> tuple[str, ...]:
    from app.services.import_stages import unknown_stages

    with opened(options) as workspace:
        return unknown_stages(workspace, path, found.encoding, found.delimiter, mapping)


def _teller() -> Any:
    """How far it is, on one line of standard error at a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        return lambda _progress: None

    def tell(progress: Progress) -> None:
        share = f"{100 * progress.done // progress.total} %" if progress.total else ""
        say(f"{progress.stage}: {progress.records:,} {share}")

    return tell


def _export(options: Namespace) -> int:
    from app.services.export_workspace import export_workspace

    with opened(options) as workspace, stop_on_signals() as stop:
        folder = Path(options.folder).expanduser().absolute()
        report = export_workspace(workspace, folder, _teller(), stop.is_set, force=options.force)
    return _exported(options, report)


def _export_table(options: Namespace) -> int:
    from app.services.export_workspace import export_table

    with opened(options) as workspace, stop_on_signals() as stop:
        path = Path(options.file).expanduser().absolute()
        if path.suffix.lower() not in (".csv", ".json"):
            raise UsageError(f"{path.name} has to end in .csv or .json: {options.what} are written as one of these.")
        kind = ImportKind(options.what)
        report = export_table(workspace, kind, path, _teller(), stop.is_set, force=options.force)
    return _exported(options, report)


def _exported(options: Namespace, report: ExportReport) -> int:
    document = {
        "folder": str(report.folder),
        "files": dict(report.files),
        "notes": list(report.notes),
        "cancelled": report.cancelled,
    }
    lines = ["Cancelled; nothing was written."] if report.cancelled else [f"Written to {report.folder}:"]
    lines += [f"  {name}  {number:,}" for name, number in report.files]
    emit(options, document, lambda: [*lines, *report.notes])
    return 1 if report.cancelled else 0


def report_document(report: ImportReport) -> dict[str, Any]:
    """As `--json` shows it."""
    return {
        "kind": report.kind.value,
        "file": report.file,
        "read": report.read,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.same,
        "skipped": report.skipped,
        "skipped_lines": [{"line": s.place, "what": s.what, "why": s.why} for s in report.lines],
        "rejected_file": str(report.rejected) if report.rejected is not None else None,
        "also": dict(report.also),
        "notes": list(report.notes),
        "cancelled": report.cancelled,
        "number": report.change_id,
        "parts": [report_document(part) for part in report.parts],
    }


def report_lines(report: ImportReport) -> list[str]:
    """For people."""
    head = "Cancelled. Until then:" if report.cancelled else f"{report.file}:"
    lines = [
        f"{head} {report.read:,} read, {report.added:,} added, {report.changed:,} changed, {report.same:,} as they were, "
        f"{report.skipped:,} skipped."
    ]
    lines += [f"  {name.replace('_', ' ')}: {number:,}" for name, number in report.also.items() if number]
    lines += list(report.notes)
    lines += [f"  {s.place}: {f'{s.what}: ' if s.what.strip() else ''}{s.why}" for s in report.lines[:_TOLD]]
    if report.skipped > _TOLD:
        lines.append(f"  … and {report.skipped - _TOLD:,} more")
    if report.rejected is not None:
        lines.append(f"What was not imported is in {report.rejected}, with the reasons.")
    for part in report.parts:
        lines += report_lines(part)
    return lines
