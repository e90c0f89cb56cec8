"""`sync`: sends what is due, reads new mail and new tracking events; once, or until stopped."""

from __future__ import annotations

import threading
from argparse import Namespace
from contextlib import suppress
from typing import Any

from app.cli.checking import reason_of
from app.cli.earlier_hosts import earlier_documents, trouble_lines
from app.cli.opening import opened, stop_on_signals
from app.cli.output import counted, emit, owed_lines, say
from app.cli.parsing import Parser
from app.domain.errors import Cancelled, HitchpostError, MailFault, TrackingError
from app.domain.folders import LeftOut
from app.domain.inboxes import SYNCING_STATES, Inbox, InboxState
from app.domain.problems import ProblemCode
from app.domain.retry import still_asked
from app.services.ask_earlier import ask_earlier
from app.services.byte_budget import check_budget
from app.services.connect_inbox import the_inbox
from app.services.file_sent_copy import file_sent_copies
from app.services.folder_report import FolderReport
from app.services.forget_recipients import forget_owed
from app.services.inbox_state import mark_connected, mark_trouble
from app.services.keep_addresses import cut_old_addresses
from app.services.open_backend import open_reading
from app.services.presence import signed_in
from app.services.send_message import send_due
from app.services.sync_inbox import InboxSync
from app.services.take_hits import pull_hits
from app.services.tell_presence import tell_presence
from app.services.tracking_server import find_tracking
from app.services.workspace import Workspace
from app.store.fields import now

SYNC_EVERY = 30.0  # seconds between two rounds without --once
EVENTS_SECONDS = 10.0
NeverRead = tuple[tuple[str, LeftOut], ...]  # path and reason
_MOST_NAMED = 4  # folders that are not read for the same reason
_COUNTS = ("headers_read", "bodies_read", "logged")


def add_sync(command: Parser, common: Parser) -> None:
    command.add_argument(
        "--once", action="store_true", help="one round; without it, a round every 30 seconds until Ctrl+C"
    )
    command.add_argument("--inbox", metavar="ADDRESS", help="this inbox only")
    command.set_defaults(run=_sync)


def _sync(options: Namespace) -> int:
    with opened(options) as workspace, stop_on_signals() as stop, signed_in(workspace.store) as presence:
        total: dict[str, Any] = {"inboxes": [], "events": 0, "owed_to_tracking": 0}
        while True:
            ok, document = _round(workspace, _chosen(workspace, options.inbox), stop)
            total = _added(total, document)
            if options.once or stop.is_set():
                break
            presence.beat()
            for line in _lines(document):
                say(line)
            if stop.wait(SYNC_EVERY):
                break
    emit(options, total, lambda: _lines(total))
    return 0 if ok or not options.once else 1


def _chosen(workspace: Workspace, address: str | None) -> list[Inbox]:
    """The one that was asked for, else all but those that their user disabled."""
    if address:
        return [the_inbox(workspace, address)]
    return [inbox for inbox in workspace.store.inboxes.all() if inbox.state != InboxState.DISABLED]


def _round(workspace: Workspace, inboxes: list[Inbox], stop: threading.Event) -> tuple[bool, dict[str, Any]]:
    """What is due in the outbox; events, then mail (an open that is known need not be inferred from an answer). The tracking
    server is told that somebody is here, and whom to forget; addresses that were kept long enough go. What fails is in the
    document; the rest goes on."""
    document: dict[str, Any] = {"inboxes": [], "events": 0, "owed_to_tracking": 0}
    try:
        send_due(workspace, stop)
    except HitchpostError as error:
        document["sending_error"] = str(error)
    try:
        target = find_tracking(workspace)
        if target is not None:
            document["events"] = len(pull_hits(workspace, target, EVENTS_SECONDS))
            tell_presence(workspace, target, stop)
            forget_owed(workspace, target, stop)
        cut_old_addresses(workspace, stop)
    except Cancelled:
        pass  # what is not done comes with the next round
    except TrackingError as error:
        document["tracking_error"] = str(error)
    with suppress(Cancelled):  # after the present one, which never waits for them
        document["events"] += len(ask_earlier(workspace, stop))
    if earlier := workspace.store.earlier_hosts.all():
        document["earlier_hosts"] = earlier_documents(earlier)
    document["owed_to_tracking"] = workspace.store.owed_forgetting.count()
    for inbox in inboxes:
        folders: list[FolderReport] = []
        never: NeverRead = ()
        error_text: str | None = None
        if inbox.state is InboxState.PAUSED:
            passed_over = f"It is paused and was not read. To read it again: hitchpost resume {inbox.address}"
            document["inboxes"].append({**_inbox_document(inbox, [], None), "passed_over": passed_over})
            continue
        try:
            folders, never = _read(workspace, inbox, stop)
        except Cancelled:
            break
        except MailFault as fault:
            error_text = reason_of(fault.problem, worked=inbox.last_sync_at is not None)
        except HitchpostError as error:
            error_text = str(error)
        document["inboxes"].append(_inbox_document(inbox, folders, error_text, never))
    try:
        file_sent_copies(workspace, stop)
    except HitchpostError as error:
        document["sending_error"] = str(error)
    failed = any(i["error"] for i in document["inboxes"]) or "sending_error" in document or "tracking_error" in document
    return not failed, document


def _read(workspace: Workspace, inbox: Inbox, stop: threading.Event) -> tuple[list[FolderReport], NeverRead]:
    """What was read, and the folders that never are. Raises MailFault, which is the inbox's state then, and what else
    HitchpostError is."""
    if inbox.state not in SYNCING_STATES:
        if inbox.problem is not None:
            raise MailFault(inbox.problem)
        state = inbox.state.value.replace("_", " ")
        raise HitchpostError(f"The inbox is {state}. Connect it again: hitchpost reconnect {inbox.address}.")
    problem = inbox.problem
    if problem is not None and still_asked(inbox.since, problem.retry_after, now()):
        if problem.code is not ProblemCode.DAILY_LIMIT:
            raise MailFault(problem)  # the server named a time before which it does not want to be asked
        check_budget(workspace, inbox)
    try:
        with open_reading(workspace, inbox, stop) as session:
            sync = InboxSync(workspace, inbox, session, stop)
            folders = sync.everything()
            never = sync.folders.never_read
    except MailFault as fault:
        mark_trouble(workspace, inbox.id, fault.problem)
        raise
    mark_connected(workspace, inbox.id)
    return folders, never


def _inbox_document(
    inbox: Inbox, folders: list[FolderReport], error: str | None, never: NeverRead = ()
) -> dict[str, Any]:
    return {
        "address": inbox.address,
        "folders": [{"path": f.path, **{name: getattr(f, name) for name in _COUNTS}} for f in folders],
        "never_read": [{"path": path, "reason": why.value} for path, why in never],
        "error": error,
    }


def _added(total: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Counts of all rounds; errors of the last one."""
    before = {i["address"]: {f["path"]: f for f in i["folders"]} for i in total["inboxes"]}
    for inbox in document["inboxes"]:
        folders = before.get(inbox["address"], {})
        for folder in inbox["folders"]:
            old = folders.get(folder["path"], dict.fromkeys(_COUNTS, 0))
            folders[folder["path"]] = {"path": folder["path"], **{n: old[n] + folder[n] for n in _COUNTS}}
        before[inbox["address"]] = folders
    errors = {i["address"]: i["error"] for i in document["inboxes"]}
    never = {i["address"]: i["never_read"] for i in (*total["inboxes"], *document["inboxes"]) if i["never_read"]}
    passed = {i["address"]: {"passed_over": i["passed_over"]} for i in document["inboxes"] if "passed_over" in i}
    inboxes = [
        {
            "address": address,
            "folders": list(folders.values()),
            "never_read": never.get(address, []),
            "error": errors.get(address),
            **passed.get(address, {}),
        }
        for address, folders in before.items()
    ]
    return {**document, "inboxes": inboxes, "events": total["events"] + document["events"]}


def _lines(document: dict[str, Any]) -> list[str]:
    """What stops all of them, such as a missing passphrase, is told once."""
    lines = []
    told: set[str] = set()
    for inbox in document["inboxes"]:
        error = inbox["error"]
        said = "Not read, for the same reason." if error in told else error or inbox.get("passed_over", "")
        told |= {error} if error else set()
        lines.append(inbox["address"] + (f"  {said}" if said else ""))
        lines += [
            f"  {f['path']}: {counted(f['headers_read'], 'header')} and {counted(f['bodies_read'], 'body', 'bodies')} read, "
            f"{f['logged']} logged"
            for f in inbox["folders"]
        ]
        lines += _never_read(inbox["never_read"])
    if not document["inboxes"]:
        lines.append("No inbox is connected, or all of them are disabled. See hitchpost inboxes.")
    lines.append(counted(document["events"], "new tracking event"))
    lines += trouble_lines(document.get("earlier_hosts", ()))
    lines += owed_lines(document["owed_to_tracking"])
    lines += [
        document[key] for key in ("sending_error", "tracking_error") if document.get(key, "") not in (told | {""})
    ]
    return lines


def _never_read(folders: list[dict[str, str]]) -> list[str]:
    """So that nobody waits for an answer which lies in one of them."""
    by_reason: dict[str, list[str]] = {}
    for folder in folders:
        by_reason.setdefault(folder["reason"], []).append(folder["path"])
    lines = []
    for reason, paths in by_reason.items():
        lines += [f"  {path}: never read, because {reason}" for path in paths[:_MOST_NAMED]]
        if len(paths) > _MOST_NAMED:
            lines.append(f"  and {len(paths) - _MOST_NAMED} more, for the same reason")
    return lines
