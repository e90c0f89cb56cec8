"""All that a workspace holds, in files that other programs read: tables (CSV), JSON, and a mailbox file (mbox) with the
messages and their attachments (X3). Used by the façade and the command line. `import_export` takes such a folder in again.

Secrets are never in it: no passwords, no tokens. The files get their names when all of them are whole on the disk."""

from __future__ import annotations

import io
import json
import secrets as random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from app import __version__
from app.domain.addresses import Address
from app.domain.errors import StoreError
from app.domain.transfer import ExportReport, ImportKind, Progress, Stop, Tell
from app.interchange.mbox import mbox_entry
from app.interchange.safe_files import FileSet
from app.interchange.table import TableWriter
from app.mime.composing import ComposeAttachment, ComposeInput, compose
from app.services.exported_marks import marks_of
from app.services.exported_review import COPIES, kept_copies
from app.services.exported_rows import HEADERS, ExportedRows, Pair, instant
from app.services.workspace import Workspace
from app.store.exporting import StoredMessage
from app.words.left_out import left_out_document

CONTENTS, MESSAGES, SETTINGS, STAGES = "hitchpost-export.json", "messages.mbox", "settings.json", "deal-stages.json"
DELETIONS = "deletions.json"  # digests of the addresses and messages that were deleted for good
FORMAT = 1
_SECRET = ("token", "secret", "password")
_MESSAGE_HEADER = ("Date", "Direction", "From", "To", "Cc", "Subject", "Attachments", "Logged by", "Message-ID")
_BETWEEN = 0.1  # seconds between two words about progress


class _Stopped(Exception):
    """A person cancelled: never leaves this module."""


def file_names() -> tuple[str, ...]:
    """All that an export writes."""
    both = [f"{name}.{ending}" for name in (*HEADERS, "messages") for ending in ("csv", "json")]
    return (CONTENTS, *both, MESSAGES, COPIES, SETTINGS, STAGES, DELETIONS)


def export_workspace(
    workspace: Workspace, folder: Path, tell: Tell, stop: Stop, *, force: bool = False
) -> ExportReport:
    """Raises NotAllowed when an export is there already and `force` does not say to replace it; DiskFull, StoreError: then
    nothing was left there."""
    with FileSet(folder, file_names(), force=force) as files:
        run = _Export(workspace, files, tell, stop)
        try:
            with workspace.store.exporting.one_moment():
                run.everything()
        except _Stopped:
            return ExportReport(folder, cancelled=True)
        files.keep()
    return ExportReport(folder, tuple(run.written.items()), tuple(run.notes))


def export_table(
    workspace: Workspace, kind: ImportKind, path: Path, tell: Tell, stop: Stop, *, force: bool
) -> ExportReport:
    """Contacts, companies, deals or users alone, in one file: JSON where its name ends so, else CSV."""
    with FileSet(path.parent, (path.name,), force=force) as files:
        run = _Export(workspace, files, tell, stop)
        try:
            with workspace.store.exporting.one_moment():
                run.total = workspace.store.exporting.counts()[kind.value]
                rows = run.rows.of_kind(kind)
                if path.suffix.lower() == ".json":
                    run.write_json(path.name, (document for document, _ in rows))
                else:
                    run.write_csv(path.name, HEADERS[kind.value], (cells for _, cells in rows))
        except _Stopped:
            return ExportReport(path.parent, cancelled=True)
        files.keep()
    return ExportReport(path.parent, tuple(run.written.items()))


class _Export:
    def __init__(self, workspace: Workspace, files: FileSet, tell: Tell, stop: Stop) -> None:
        self._workspace, self._files, self._tell, self._stop = workspace, files, tell, stop
        self.rows = ExportedRows(workspace.store)
        self.written: dict[str, int] = {}
        self.notes: dict[str, None] = {}
        self.total = self._done = 0
        self._told = 0.0
        self._token = random.token_urlsafe(24)

    def everything(self) -> None:
        counts = self._workspace.store.exporting.counts()
        self.total = sum(counts.values()) + counts["messages"]
        for name, header in HEADERS.items():
            self._both(name, header)
        self._messages()
        with self._files.file(COPIES) as file:
            self.written[COPIES] = 0
            for copy in kept_copies(self._workspace.store):
                self._step(COPIES)
                file.write(copy)
                self.written[COPIES] += 1
        self._document(SETTINGS, self._settings())
        stages = self._workspace.store.exporting.stages()
        self._document(STAGES, [{"name": s["name"], "outcome": s["outcome"]} for s in stages])
        store = self._workspace.store
        self._document(DELETIONS, {**store.tombstones.exported(), "messages": store.gone.exported()})
        about = {
            "format": FORMAT,
            "program": f"Hitchpost {__version__}",
            "workspace": self._workspace.store.workspace_name,
            "made_at": instant(datetime.now(UTC)),
            "token": self._token,
            "records": dict(self.written),
        }
        self._document(CONTENTS, about)

    def _step(self, stage: str) -> None:
        self._done += 1
        if self._stop():
            raise _Stopped
        moment = monotonic()
        if moment - self._told > _BETWEEN:
            self._told = moment
            self._tell(Progress(min(self._done, self.total), self.total, self._done, f"Writing {stage}"))

    def _both(self, name: str, header: tuple[str, ...]) -> None:
        """JSON and CSV side by side, in one pass."""
        with self._files.file(f"{name}.json") as json_file, self._files.file(f"{name}.csv") as csv_file:
            documents, table = _Array(json_file), _table(csv_file, header)
            for document, cells in self.rows.rows(name):
                self._step(name)
                documents.add(document)
                table[0].write(cells)
            table[1].flush()
            table[1].detach()
            documents.end()
        self.written[f"{name}.csv"] = self.written[f"{name}.json"] = documents.count

    def write_json(self, name: str, documents: Iterator[dict[str, Any]]) -> None:
        with self._files.file(name) as file:
            array = _Array(file)
            for document in documents:
                self._step(name)
                array.add(document)
            array.end()
        self.written[name] = array.count

    def write_csv(self, name: str, header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> None:
        count = 0
        with self._files.file(name) as file:
            writer, text = _table(file, header)
            for cells in rows:
                self._step(name)
                writer.write(cells)
                count += 1
            text.flush()
            text.detach()
        self.written[name] = count

    def _document(self, name: str, document: object) -> None:
        with self._files.file(name) as file:
            file.write(json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n")
        self.written[name] = len(document) if isinstance(document, list) else 1

    def _settings(self) -> dict[str, Any]:
        stored = self._workspace.store.settings.all()
        return {name: value for name, value in stored.items() if not any(word in name for word in _SECRET)}

    # -- messages

    def _messages(self) -> None:
        users = {pk: user.login_address for pk, user in self.rows.users_by_id.items()}
        with (
            self._files.file(MESSAGES) as mbox,
            self._files.file("messages.json") as json_file,
            self._files.file("messages.csv") as csv_file,
        ):
            documents, table = _Array(json_file), _table(csv_file, _MESSAGE_HEADER)
            for stored in self._workspace.store.exporting.messages():
                self._step("messages")
                new = stored.message
                sender = self._sender(stored).addr_spec
                mbox.write(mbox_entry(self._composed(stored, users), sender, new.date))
                document, cells = _described(stored, users)
                documents.add(document)
                table[0].write(cells)
            table[1].flush()
            table[1].detach()
            documents.end()
        for name in (MESSAGES, "messages.json", "messages.csv"):
            self.written[name] = documents.count

    def _sender(self, stored: StoredMessage) -> Address:
        """Of a forward that names its sender without an address the address of the contact whom a person chose: without one it
        could not be taken in again."""
        sender = stored.message.sender
        if sender.addr_spec or not sender.display_name or stored.message.direction != "received" or not stored.contacts:
            return sender
        addresses = self._workspace.store.contacts.addresses(stored.contacts[0])
        return Address(addresses[0], sender.display_name) if addresses else sender

    def _composed(self, stored: StoredMessage, users: dict[int, str]) -> bytes:
        """The message as it may have been (RFC 5322): what was stored of it, with its attachments."""
        new = stored.message
        sender = self._sender(stored)
        files = []
        for file in new.attachments:
            try:
                content = self._workspace.store.files.read(file.sha256)
            except StoreError:
                self.notes.setdefault("Some attachments are missing on the disk, and in the export.")
                continue
            files.append(ComposeAttachment(file.filename, file.content_type, content, file.content_id))
        return compose(
            ComposeInput(
                message_id=new.message_id,
                date=new.date,
                sender=sender,
                to=new.to,
                cc=new.cc,
                bcc=new.bcc,
                subject=new.subject,
                text=new.text,
                html=new.html,
                attachments=tuple(files),
                in_reply_to=new.in_reply_to,
                references=new.references,
                extra_headers=marks_of(stored, self._token, users),
            )
        )


class _Array:
    """A JSON array, written object by object, each on a line."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.count = file, 0

    def add(self, document: dict[str, Any]) -> None:
        text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        self._file.write((b",\n" if self.count else b"[\n") + text)
        self.count += 1

    def end(self) -> None:
        self._file.write(b"\n]\n" if self.count else b"[]\n")


def _table(file: BinaryIO, header: tuple[str, ...]) -> tuple[TableWriter, io.TextIOWrapper]:
    """With a byte order mark, without which Excel reads UTF-8 as something else."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    return TableWriter(text, header), text


def _described(stored: StoredMessage, users: dict[int, str]) -> Pair:
    new = stored.message

    def people(addresses: tuple[Any, ...]) -> list[dict[str, str]]:
        return [{"name": a.display_name, "address": a.addr_spec} for a in addresses]

    document = {
        "message_id": new.message_id,
        "direction": new.direction,
        "date": instant(new.date),
        "from": people((new.sender,))[0],
        "to": people(new.to),
        "cc": people(new.cc),
        "bcc": people(new.bcc),
        "subject": new.subject,
        "text": new.text,
        "attachments": [
            {"filename": a.filename, "content_type": a.content_type, "size": a.size} for a in new.attachments
        ],
        "files_left_out": left_out_document(new.left_out),
        "notes": [{"user": users.get(n.user_id, ""), "at": instant(n.at), "text": n.text} for n in new.notes],
        "kind": new.kind,
        "logged_by": new.logged_by,
        "user": users.get(new.user_id, ""),
        "thread": new.thread_id,
        "in_reply_to": new.in_reply_to,
        "references": list(new.references),
        "contacts": list(stored.contacts),
        "companies": list(stored.companies),
        "deals": list(stored.deals),
    }
    cells = (instant(new.date), new.direction, str(new.sender), "; ".join(map(str, new.to)), "; ".join(map(str, new.cc)),
             new.subject, "; ".join(a.filename for a in new.attachments), new.logged_by, new.message_id)  # fmt: skip
    return document, cells
