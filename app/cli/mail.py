"""`send` and `sync`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.backends.imap import open_imap
from app.bootstrap import open_workspace
from app.cli.output import emit, say
from app.domain.addresses import Address
from app.domain.errors import Cancelled, HitchpostError, MailFault, TrackingError, UsageError
from app.domain.inboxes import SYNCING_STATES, Inbox
from app.domain.outbox import Draft, OutboxMessage, OutboxState
from app.mime.addresses import parse_address_list
from app.services.connect_inbox import the_inbox
from app.services.file_sent_copy import file_sent_copies
from app.services.inbox_state import mark_connected, mark_trouble
from app.services.send_message import send_message
from app.services.sync_inbox import FolderReport, sync_folders
from app.services.take_hits import pull_hits
from app.services.tracking_server import find_tracking, tracked_copies
from app.services.workspace import Workspace
from app.services.write_message import queue_message, store_attachment
from app.words.problems import explain

SYNC_EVERY = 30.0  # seconds between two rounds of `sync` without --once
EVENTS_SECONDS = 10.0


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    send = commands.add_parser("send", parents=[common], help="send one message")
    send.add_argument("--from", dest="sender", required=True, metavar="ADDRESS", help="a connected inbox")
    for role in ("to", "cc", "bcc"):
        send.add_argument(f"--{role}", action="append", default=[], required=role == "to", metavar="ADDRESS")
    send.add_argument("--subject", required=True)
    send.add_argument("--text-file", required=True, metavar="FILE", help="the text, - for standard input")
    send.add_argument("--html-file", type=Path, metavar="FILE")
    send.add_argument("--attach", type=Path, action="append", default=[], metavar="FILE")
    send.add_argument("--track", action="store_true", help="add a picture and counted links")
    send.add_argument("--no-log", action="store_true", help="keep no copy on the timeline")
    send.add_argument("--at", type=_time, metavar="TIME", help="ISO 8601, such as 2026-12-01T08:00")
    send.add_argument(
        "--reply-to-message", default="", metavar="MESSAGE-ID", help="the logged message that this one answers"
    )
    send.set_defaults(run=_send)

    sync = commands.add_parser("sync", parents=[common], help="read new mail and new events")
    sync.add_argument("--once", action="store_true", help="one round; without it, until stopped")
    sync.add_argument("--inbox", metavar="ADDRESS")
    sync.set_defaults(run=_sync)


def _time(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time such as 2026-12-01T08:00 or 2026-12-01T08:00+01:00"
        ) from None
    return value.astimezone(UTC)  # a time without a zone is the computer's own


def _addresses(texts: list[str]) -> tuple[Address, ...]:
    return tuple(address for text in texts for address in parse_address_list(text))


def _read_text(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text.") from error


def _send(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        inbox = the_inbox(workspace, options.sender)
        html = _read_text(str(options.html_file)) if options.html_file else ""
        draft = Draft(
            inbox_id=inbox.id,
            to=_addresses(options.to),
            cc=_addresses(options.cc),
            bcc=_addresses(options.bcc),
            subject=options.subject,
            text=_read_text(options.text_file),
            html=html,
            attachments=tuple(store_attachment(workspace, path) for path in options.attach),
            log=not options.no_log,
            track=options.track,
            parent_message_id=options.reply_to_message.strip().strip("<>"),
            send_at=options.at,
        )
        outbox_id = queue_message(workspace, draft)
        cancel = threading.Event()
        send_message(workspace, outbox_id, cancel)
        file_sent_copies(workspace, cancel)
        message = workspace.store.outbox.get(outbox_id)
        assert message is not None
        document = _sent_document(workspace, message)
    finally:
        workspace.store.close()
    emit(options, document, lambda: [f"{document['state']}: {document['message_id']} {document['reason']}".rstrip()])
    return 1 if document["state"] == "failed" else 0


_STATES = {
    OutboxState.SENT: "sent",
    OutboxState.PARTLY: "sent",
    OutboxState.QUEUED: "queued",
    OutboxState.SENDING: "queued",
}


def _sent_document(workspace: Workspace, message: OutboxMessage) -> dict[str, Any]:
    reason = ""
    if message.problem is not None:
        words = explain(message.problem)
        said = f" The server says: {message.problem.server_says}" if message.problem.server_says else ""
        refused = [c.recipient for c in message.copies if c.problem is not None]
        reason = (
            f"{words.title}: {', '.join(refused)}. {words.remedy}{said}"
            if refused
            else f"{words.title}. {words.remedy}{said}"
        )
    elif message.draft.send_at is not None and message.state == OutboxState.QUEUED:
        reason = f"goes out at {message.not_before.astimezone():%Y-%m-%d %H:%M}, when Hitchpost or hitchpost sync runs"
    tracked = tracked_copies(workspace, message.logged_pk) if message.logged_pk is not None else ()
    if message.draft.track and not tracked and message.logged_pk is not None:
        say("Tracking unavailable: no tracking server that the recipients can reach. The message goes out untracked.")
    return {
        "message_id": message.message_id,
        "state": _STATES.get(message.state, "failed"),
        "reason": reason,
        "tracked": [
            {
                "recipient": copy.recipient,
                "pixel_url": copy.pixel_url,
                "links": [{"url": url, "tracked_url": tracked_url} for url, tracked_url in copy.links],
            }
            for copy in tracked
        ],
    }


def _sync(options: Namespace) -> int:
    stop = threading.Event()
    if not options.once:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    workspace = open_workspace(name=options.workspace)
    try:
        inboxes = [the_inbox(workspace, options.inbox)] if options.inbox else list(workspace.store.inboxes.all())
        while True:
            status, document = _round(workspace, [workspace.store.inboxes.get(i.id) for i in inboxes], stop)
            emit(options, document, lambda document=document: _sync_lines(document))  # type: ignore[misc]
            if options.once or stop.wait(SYNC_EVERY):
                return status if options.once else 0
    finally:
        workspace.store.close()


def _round(workspace: Workspace, inboxes: list[Inbox], stop: threading.Event) -> tuple[int, dict[str, Any]]:
    """What is due in the outbox, then mail, then events."""
    from app.services.send_message import send_due

    failed = False
    send_due(workspace, stop)
    documents: list[dict[str, Any]] = []
    for inbox in inboxes:
        if inbox.state not in SYNCING_STATES:
            documents.append(_inbox_document(inbox, [], f"The inbox is {inbox.state.value}."))
            failed = True
            continue
        folders: list[FolderReport] = []
        error: str | None = None
        try:
            with open_imap(inbox.account, workspace.password(inbox), cancel=stop) as session:
                folders = sync_folders(workspace, inbox, session, stop)
            mark_connected(workspace, inbox.id)
        except Cancelled:
            break
        except MailFault as fault:
            mark_trouble(workspace, inbox.id, fault.problem)
            words = explain(fault.problem)
            error = f"{words.title}. {words.cause} {words.remedy}".strip()
        except HitchpostError as fault:
            error = str(fault)
        failed = failed or error is not None
        documents.append(_inbox_document(inbox, folders, error))
    file_sent_copies(workspace, stop)
    document: dict[str, Any] = {"inboxes": documents, "events": 0}
    try:
        target = find_tracking(workspace)
        if target is not None:
            document["events"] = len(pull_hits(workspace, target, EVENTS_SECONDS))
    except TrackingError as error:
        document["tracking_error"] = str(error)
        failed = True
    return (1 if failed else 0), document


def _inbox_document(inbox: Inbox, folders: list[FolderReport], error: str | None) -> dict[str, Any]:
    return {"address": inbox.address, "folders": [_folder(f) for f in folders], "error": error}


def _folder(report: FolderReport) -> dict[str, Any]:
    return {
        "path": report.path,
        "headers_read": report.headers_read,
        "bodies_read": report.bodies_read,
        "logged": report.logged,
    }


def _sync_lines(document: dict[str, Any]) -> list[str]:
    lines = []
    for inbox in document["inboxes"]:
        lines.append(inbox["address"] + (f"  {inbox['error']}" if inbox["error"] else ""))
        lines += [
            f"  {f['path']}: {f['headers_read']} headers, {f['bodies_read']} bodies read, {f['logged']} logged"
            for f in inbox["folders"]
        ]
    lines.append(f"{document['events']} new tracking events" + (f"  {document.get('tracking_error', '')}"))
    return lines
