"""What `contacts`, `companies`, `deals` and `users` have in common: add, show, edit, remove, restore, undo, changes. Used
by their files."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import Any

from app.cli.opening import opened
from app.cli.output import emit, local
from app.cli.parsing import Parser
from app.cli.record_documents import change_document, document_of, removed_of, shown_fields
from app.domain.errors import UsageError
from app.domain.records import Fields, Place, RecordKind
from app.services.edit_record import add_record, edit_record, remove_record, restore_record, undo_last
from app.store import Store
from app.words.public_domains import public_domain_note

Find = Callable[[Store, str], int]
SOURCE = "command line"
PAGE = 10_000  # lines that are read at a time


# how a record is named, by the word that stands for it
_WHICH = {
    "ADDRESS": "an address of the contact, or its number",
    "COMPANY": "its name, its domain or its number",
    "DEAL": "its name or its number",
    "USER": "the address that the user signs in with, or the number",
}


def add_common(
    actions: Any,
    common: Parser,
    kind: RecordKind,
    find: Find,
    shape: str,
    fields_of: Callable[[Store, Namespace], Fields],
) -> Parser:
    """The actions that all kinds have; returns the parser of `edit`, for its options. `shape`: how a record is named."""
    word = kind.value
    show = actions.add_parser("show", parents=[common], help=f"one {word}, with all its fields")
    edit: Parser = actions.add_parser("edit", parents=[common], help=f"change a {word}; what is not named stays")
    remove = actions.add_parser("remove", parents=[common], help=f"take a {word} away; it can be brought back")
    restore = actions.add_parser("restore", parents=[common], help=f"bring a removed {word} back")
    undo = actions.add_parser("undo", parents=[common], help="take the last change back")
    changes = actions.add_parser("changes", parents=[common], help="what was changed, newest first")
    for parser in (show, edit, remove, restore, undo, changes):
        parser.add_argument("record", metavar=shape, help=_WHICH[shape])
    show.set_defaults(run=lambda options: _show(options, kind, find))
    edit.set_defaults(run=lambda options: _edit(options, kind, find, fields_of))
    remove.set_defaults(
        run=lambda options: _change(options, kind, find, remove_record, "is removed", "was removed already")
    )
    restore.set_defaults(
        run=lambda options: _change(
            options, kind, _removed_or(kind, find), restore_record, "is back", "was not removed"
        )
    )
    undo.set_defaults(run=lambda options: _undo(options, kind, _or_removed(kind, find)))
    changes.set_defaults(run=lambda options: _changes(options, kind, find))
    return edit


def add_by_name(
    actions: Any, common: Parser, kind: RecordKind, fields_of: Callable[[Store, Namespace], Fields]
) -> Parser:
    """`add`, for what is known by its name; returns its parser, for its options."""
    word = kind.value
    new: Parser = actions.add_parser("add", parents=[common], help=f"a new {word}")
    new.add_argument("name", metavar="NAME", help=f"what the {word} is called")
    new.set_defaults(run=lambda options: _add(options, kind, fields_of))
    return new


def every_line(page_after: Callable[[Place | None], Any]) -> list[Any]:
    """The lines of a table, page after page, until there are no more."""
    page = page_after(None)
    lines = list(page.lines)
    while page.next is not None:
        page = page_after(page.next)
        lines += page.lines
    return lines


def told(document: dict[str, Any]) -> str:
    """By what a person knows the record."""
    return str(document.get("name") or document.get("address") or document.get("login_address") or document["id"])


def yes_or_no(text: str) -> bool:
    known = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
    if text.casefold() not in known:
        raise ArgumentTypeError(f"{text!r} is neither on nor off")
    return known[text.casefold()]


def _show(options: Namespace, kind: RecordKind, find: Find) -> int:
    with opened(options) as workspace:
        document = document_of(workspace.store, kind, find(workspace.store, options.record))
    emit(options, {kind.value: document}, lambda: shown_fields(document))
    return 0


def _add(options: Namespace, kind: RecordKind, fields_of: Callable[[Store, Namespace], Fields]) -> int:
    with opened(options) as workspace:
        record_id = add_record(workspace.store, kind, fields_of(workspace.store, options), SOURCE)
        document = document_of(workspace.store, kind, record_id)
    notes = _notes(options)
    emit(
        options,
        {kind.value: document, "notes": notes},
        lambda: [f"{told(document)} is a {kind.value} now.", *notes],
    )
    return 0


def _edit(options: Namespace, kind: RecordKind, find: Find, fields_of: Callable[[Store, Namespace], Fields]) -> int:
    with opened(options) as workspace:
        store = workspace.store
        record_id = find(store, options.record)
        options.record_id = record_id
        with store.transaction():
            change = edit_record(store, kind, record_id, fields_of(store, options), SOURCE)
        document = document_of(store, kind, record_id)
    said = f"{told(document)} is as it was." if change is None else f"{change.what}: {told(document)}."
    notes = _notes(options)
    emit(options, {kind.value: document, "notes": notes}, lambda: [said, *notes])
    return 0


def _notes(options: Namespace) -> list[str]:
    """What is to be said of domains that were named."""
    return [note for domain in getattr(options, "domain", ()) if (note := public_domain_note(domain))]


def _change(options: Namespace, kind: RecordKind, find: Find, call: Any, done: str, nothing: str) -> int:
    with opened(options) as workspace:
        record_id = find(workspace.store, options.record)
        change = call(workspace.store, kind, record_id, SOURCE)
        document = document_of(workspace.store, kind, record_id)
    back = f" To bring it back: hitchpost {options.command} restore {record_id}." if call is remove_record else ""
    emit(options, {kind.value: document}, lambda: [f"{told(document)} {done if change else nothing}.{back}"])
    return 0


def _removed_or(kind: RecordKind, find: Find) -> Find:
    """What was removed comes first: it is found here and by `_or_removed` alone."""

    def found(store: Store, text: str) -> int:
        removed = removed_of(store, kind, text)
        try:
            return find(store, text) if removed is None else removed
        except UsageError as error:
            raise UsageError(f"{error} None that was removed is called so, either.") from error

    return found


def _or_removed(kind: RecordKind, find: Find) -> Find:
    """What stands comes first."""

    def found(store: Store, text: str) -> int:
        try:
            return find(store, text)
        except UsageError:
            removed = removed_of(store, kind, text)
            if removed is None:
                raise
            return removed

    return found


def _undo(options: Namespace, kind: RecordKind, find: Find) -> int:
    with opened(options) as workspace:
        record_id = find(workspace.store, options.record)
        change = undo_last(workspace.store, kind, record_id, SOURCE)
        document = document_of(workspace.store, kind, record_id)
    emit(
        options, {kind.value: document, "undone": change_document(change)},
        lambda: [f"Taken back: {change.what[:1].lower()}{change.what[1:]} ({local(change.at)})."],
    )  # fmt: skip
    return 0


def _changes(options: Namespace, kind: RecordKind, find: Find) -> int:
    with opened(options) as workspace:
        found = workspace.store.record_changes.of(kind, find(workspace.store, options.record))
    emit(
        options,
        {"changes": [change_document(change) for change in found]},
        lambda: [f"{local(c.at)}  {c.what}{' (taken back)' if c.undone_at else ''}" for c in found] or ["Nothing yet."],
    )
    return 0
