"""A folder that Hitchpost has exported is taken in again: users, companies, contacts, deals, the never-log list, legal bases,
settings, messages and the review list. Used by the façade and the command line. What happened to messages (opens, clicks)
stays where it happened: their tracking belongs to the workspace that sent them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.never_log import NeverKind, read_entry
from app.domain.privacy import Basis
from app.domain.records import Outcome, RecordKind
from app.domain.transfer import ImportKind, ImportOptions, ImportReport, Stop, Tell, UnreadableFile
from app.services.edit_record import edit_record, remove_record
from app.services.export_workspace import CONTENTS, DELETIONS, FORMAT, MESSAGES, SETTINGS, STAGES
from app.services.exported_dates import dates_of
from app.services.exported_marks import Exported
from app.services.exported_review import COPIES, REVIEW, take_review
from app.services.import_messages import import_messages
from app.services.import_table import import_table
from app.services.who_may_be_logged import own_rules
from app.services.workspace import Workspace
from app.store.settings import DEFAULTS

_ORDER = (ImportKind.USERS, ImportKind.COMPANIES, ImportKind.CONTACTS, ImportKind.DEALS)
_LARGEST = 200_000_000  # bytes of a list that is read at once
_OF_THIS_COMPUTER = ("tracking.", "oauth.")
_KINDS = {
    ImportKind.COMPANIES: RecordKind.COMPANY,
    ImportKind.CONTACTS: RecordKind.CONTACT,
    ImportKind.DEALS: RecordKind.DEAL,
}


def import_export(workspace: Workspace, folder: Path, options: ImportOptions, tell: Tell, stop: Stop) -> ImportReport:
    """Raises UnreadableFile for what is no such folder; DiskFull, StoreError: what was in by then stays."""
    about = _read(folder, CONTENTS)
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise UnreadableFile(f"{folder.name} was exported by another version of Hitchpost.")
    store = workspace.store
    records: dict[str, dict[str, int]] = {"users": _first_user(workspace, folder)}
    with store.transaction(Area.SETTINGS, Area.DEALS, source="import"):
        _stages(workspace, folder)
        _deletions(workspace, folder)
    parts: list[ImportReport] = []
    plain = replace(options, mapping=None, encoding="", delimiter="")
    for kind in _ORDER:
        path = folder / f"{kind.value}.csv"
        if path.exists() and not stop():
            known = records.setdefault(kind.value, {})
            dates = dates_of(_rows(folder, f"{kind.value}.json"))
            parts.append(import_table(workspace, kind, path, plain, tell, stop, known, records, dates))
    _remove_again(workspace, folder, records)
    own = own_rules(workspace)
    rules = _rules(workspace, folder)
    if (folder / MESSAGES).exists() and (folder / MESSAGES).stat().st_size and not stop():
        exported = Exported(workspace, str(about.get("token", "")), records, own)
        parts.append(import_messages(workspace, ImportKind.MBOX, folder / MESSAGES, plain, tell, stop, exported))
    entries = 0
    if not stop():
        entries = take_review(workspace, _rows(folder, f"{REVIEW}.json"), folder / COPIES, records["users"])
    return ImportReport(
        kind=ImportKind.EXPORT,
        file=folder.name,
        read=sum(p.read for p in parts),
        added=sum(p.added for p in parts),
        changed=sum(p.changed for p in parts),
        same=sum(p.same for p in parts),
        skipped=sum(p.skipped for p in parts),
        notes=tuple(dict.fromkeys(note for p in parts for note in p.notes)),
        also={"rules": rules, "review": entries},
        cancelled=stop() or any(p.cancelled for p in parts),
        parts=tuple(parts),
    )


def _read(folder: Path, name: str) -> Any:
    path = folder / name
    try:
        if path.stat().st_size > _LARGEST:
            raise UnreadableFile(f"{name} is too large.")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(
            f"{folder} is no export of Hitchpost: {name} cannot be read ({error.strerror})."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"{name} in {folder} is damaged: it is no JSON.") from error


def _rows(folder: Path, name: str) -> list[dict[str, Any]]:
    if not (folder / name).exists():
        return []
    found = _read(folder, name)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise UnreadableFile(f"{name} in {folder} is damaged: it is no list of objects.")
    return found


def _first_user(workspace: Workspace, folder: Path) -> dict[str, int]:
    """Who was signed in there is who is signed in here, where nobody is known by an address here yet."""
    store, numbers = workspace.store, {}
    for row in _rows(folder, "users.json"):
        mine = store.users.snapshot(store.user_id)
        login = str(row.get("login_address", ""))
        free = store.users.find(login) is None and not store.tombstones.holds(login)
        if row.get("signed_in") and not mine["login_address"] and free:
            listed = row.get("aliases")
            aliases = [a for a in listed if isinstance(a, str)] if isinstance(listed, list) else []
            aliases = [a for a in aliases if not store.tombstones.holds(a)]
            fields = {"login_address": login, "name": str(row.get("name", "")), "aliases": aliases}
            edit_record(store, RecordKind.USER, store.user_id, fields, "import")
            numbers[str(row.get("id"))] = store.user_id
        elif not login:
            numbers[str(row.get("id"))] = store.user_id
    return numbers


def _stages(workspace: Workspace, folder: Path) -> None:
    known = {stage.name for stage in workspace.store.deals.stages()}
    for row in _rows(folder, STAGES):
        name, outcome = str(row.get("name", "")).strip()[:100], str(row.get("outcome", ""))
        if name and name not in known and outcome in {o.value for o in Outcome}:
            workspace.store.bulk.add_stage(name, outcome)


def _deletions(workspace: Workspace, folder: Path) -> None:
    """Who was deleted for good there cannot come back here either; who is a contact or a user here stays."""
    found = _read(folder, DELETIONS) if (folder / DELETIONS).exists() else {}
    if not isinstance(found, dict):
        raise UnreadableFile(f"{DELETIONS} in {folder} is damaged: it is no object.")
    salts, digests, messages = (
        [text for text in listed if isinstance(text, str)] if isinstance(listed := found.get(name), list) else []
        for name in ("salts", "digests", "messages")
    )
    store = workspace.store
    here = store.contacts.held_keys() | store.inboxes.own_addresses() | store.credit.own_keys()
    store.tombstones.take(salts, digests, here, store.user_id)
    store.gone.take(salts, messages)


def _remove_again(workspace: Workspace, folder: Path, records: dict[str, dict[str, int]]) -> None:
    """What was removed there and can be brought back is so here, too."""
    for kind, of_kind in _KINDS.items():
        for row in _rows(folder, f"{kind.value}.json"):
            here = records.get(kind.value, {}).get(str(row.get("id")))
            if row.get("removed") is True and here is not None:
                remove_record(workspace.store, of_kind, here, "import")


def _rules(workspace: Workspace, folder: Path) -> int:
    """Never-log entries and legal bases; settings that nobody has changed here. Returns how many of the first two."""
    store, count = workspace.store, 0
    with store.transaction(Area.SETTINGS, source="import"):
        for row in _rows(folder, "never-log.json"):
            user = store.users.find(str(row["user"])) if row.get("user") else None
            if row.get("user") is not None and user is None:
                user = store.user_id
            try:
                entry = read_entry(str(row.get("value", "")), subdomains=bool(row.get("subdomains", True)), user_id=user,
                                   note=str(row.get("note", "")))  # fmt: skip
            except UsageError:
                continue
            if entry.kind is NeverKind.ADDRESS and store.tombstones.holds(entry.key):
                continue  # nothing of it is logged anyway
            count += store.never.add(entry, store.user_id) is not None
        for row in _rows(folder, "legal-bases.json"):
            address, basis = str(row.get("address", "")), str(row.get("basis", ""))
            if "@" not in address or store.tombstones.holds(address):
                continue
            if basis in {b.value for b in Basis} and store.bases.get(address) is None:
                store.bases.put(address, Basis(basis), str(row.get("note", "")), store.user_id)
                count += 1
        settings = _read(folder, SETTINGS) if (folder / SETTINGS).exists() else {}
        for name, value in settings.items() if isinstance(settings, dict) else ():
            if name not in DEFAULTS or name.startswith(("_", *_OF_THIS_COMPUTER)) or name == "user_name":
                continue
            if store.settings.get(name) == DEFAULTS[name] != value:
                try:
                    store.settings.put(name, value)
                except UsageError:
                    continue
    return count
