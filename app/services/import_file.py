"""One way in for every kind of import. Used by the façade and the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.domain.rights import Right
from app.domain.transfer import MAIL, ImportKind, ImportOptions, ImportReport, Stop, Tell, UnreadableFile
from app.services.import_cards import import_cards
from app.services.import_export import import_export
from app.services.import_messages import import_messages
from app.services.import_table import import_table
from app.services.note_import import ImportNote
from app.services.rights import require
from app.services.workspace import Workspace
from app.store.journal import keep_journal

_BY_ENDING = {
    ".csv": ImportKind.CONTACTS, ".tsv": ImportKind.CONTACTS, ".txt": ImportKind.CONTACTS, ".vcf": ImportKind.VCARD,
    ".vcard": ImportKind.VCARD, ".mbox": ImportKind.MBOX, ".eml": ImportKind.EML, ".emlx": ImportKind.EML,
    ".zip": ImportKind.MBOX,
}  # fmt: skip
_HEAD = 4_096
# What an export holds is also of the workspace itself: its users, stages, lists and settings.
_KEPT_FOR_ADMINS = {ImportKind.USERS: Right.USERS, ImportKind.EXPORT: Right.SETTINGS}


def import_file(
    workspace: Workspace, kind: ImportKind, path: Path, options: ImportOptions, tell: Tell, stop: Stop
) -> ImportReport:
    """Raises UnreadableFile, UsageError, AdminOnly before anything is in; DiskFull, StoreError: what was in by then stays."""
    if kind in _KEPT_FOR_ADMINS:
        require(workspace.store, _KEPT_FOR_ADMINS[kind])
    path = path.expanduser().absolute()
    note = ImportNote(workspace.store, kind, path.name)
    with keep_journal(lambda lines, first: note.add(lines, first=first)) as made:
        try:
            report = _import(workspace, kind, path, options, tell, stop)
        except BaseException:
            note.finish_quietly(made)
            raise
        return replace(report, change_id=note.finish(made))


def _import(
    workspace: Workspace, kind: ImportKind, path: Path, options: ImportOptions, tell: Tell, stop: Stop
) -> ImportReport:
    if kind is ImportKind.EXPORT:
        return import_export(workspace, path, options, tell, stop)
    if kind in MAIL:
        return import_messages(workspace, kind, path, options, tell, stop)
    if kind is ImportKind.VCARD:
        return import_cards(workspace, path, options, tell, stop)
    return import_table(workspace, kind, path, options, tell, stop)


def kind_of_file(path: Path) -> ImportKind:
    """By its beginning, then by its name. Raises UnreadableFile."""
    from app.services.export_workspace import CONTENTS

    try:
        if path.is_dir():
            return ImportKind.EXPORT if (path / CONTENTS).exists() else ImportKind.MBOX
        with path.open("rb") as file:
            head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}.") from error
    if path.name == CONTENTS:
        return ImportKind.EXPORT
    if head.startswith(b"From "):
        return ImportKind.MBOX
    if head[:11].upper() == b"BEGIN:VCARD":
        return ImportKind.VCARD
    found = _BY_ENDING.get(path.suffix.lower())
    if found is None:
        raise UnreadableFile(
            f"It cannot be told what {path.name} holds. Files may be .csv, .vcf, .mbox, .eml, or a .zip of mail."
        )
    return found
