"""`send`: one message, written in files, through the durable outbox."""

from __future__ import annotations

import threading
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.cli.checking import reason_of
from app.cli.opening import opened, stop_on_signals
from app.cli.output import emit, read_input, say
from app.cli.parsing import Parser, moment
from app.cli.preflight import tell_preflight, why_nobody
from app.domain.addresses import Address, address_key
from app.domain.errors import Cancelled, HitchpostError, TrackingError, UsageError
from app.domain.events import Tracking
from app.domain.inboxes import InboxState
from app.domain.near_links import NO_SERVER, LinkFate
from app.domain.outbox import CopyState, Draft, OutboxId, OutboxMessage, OutboxState
from app.domain.senders import Sender, senders_of
from app.domain.views import TrackedCopy
from app.mime.addresses import parse_address_list
from app.services.file_sent_copy import file_sent_copies
from app.services.preflight import look_before
from app.services.send_message import send_message
from app.services.tracking_server import find_tracking_for, tracked_copies
from app.services.workspace import Workspace
from app.services.write_message import MAX_ATTACHMENT_BYTES, queue_message, store_attachment
from app.words.problems import explain
from app.words.quoting import said, sentence

MAX_TEXT_BYTES = 10_000_000
_STATES = {
    OutboxState.SENT: "sent",
    OutboxState.PARTLY: "sent",
    OutboxState.QUEUED: "queued",
    OutboxState.SENDING: "queued",
}


def add_send(command: Parser, common: Parser) -> None:
    what = "a connected inbox, or an alias of one"
    command.add_argument("--from", dest="sender", required=True, metavar="ADDRESS", help=what)
    for role, text in (
        ("to", "may be given several times; with a name: 'Ada Berg <ada@example.com>'"),
        ("cc", "a copy that everyone sees"),
        ("bcc", "a copy that nobody else sees"),
    ):
        command.add_argument(
            f"--{role}", action="append", default=[], required=role == "to", metavar="ADDRESS", help=text
        )
    command.add_argument("--subject", required=True, help="'' for none")
    command.add_argument("--text-file", required=True, metavar="FILE", help="the text in UTF-8, - for standard input")
    command.add_argument("--html-file", metavar="FILE", help="the same as HTML, for programs that show it")
    command.add_argument(
        "--attach", type=Path, action="append", default=[], metavar="FILE", help="may be given several times"
    )
    command.add_argument("--track", action="store_true", help="add a picture and counted links")
    command.add_argument("--no-log", action="store_true", help="keep it off the timeline")
    command.add_argument("--at", type=moment, metavar="TIME", help="not before, such as 2026-12-01T08:00")
    command.add_argument(
        "--reply-to-message", default="", metavar="MESSAGE-ID", help="the logged message that this one answers"
    )
    command.add_argument(
        "--preflight",
        action="store_true",
        help="send nothing: say what of it could be measured and logged, and why not",
    )
    command.set_defaults(run=_send)


def _the_sender(workspace: Workspace, address: str) -> Sender:
    """An inbox of this address before an alias of it; of several with the same alias one that works. Raises UsageError
    that names those that there are."""
    store = workspace.store
    inboxes = sorted(store.inboxes.all(), key=lambda i: i.state is not InboxState.CONNECTED)
    user = store.user_name()
    senders = [s for inbox in inboxes for s in senders_of(inbox, store.inboxes.aliases(inbox.id), user)]
    fitting = [s for s in senders if s.address.key == address_key(address)]
    if not fitting:
        others = ", ".join(s.address.addr_spec for s in senders) or "none yet"
        raise UsageError(f"No inbox {address_key(address)} is connected, and none has it as an alias. Known: {others}.")
    return min(fitting, key=lambda s: s.alias)


def _addresses(texts: list[str]) -> tuple[Address, ...]:
    return tuple(address for text in texts for address in parse_address_list(text))


def _read_text(name: str) -> str:
    try:
        return read_input(name, MAX_TEXT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{'Standard input' if name == '-' else name} is not UTF-8 text.") from error


def _refuse_attachments(paths: list[Path]) -> None:
    """All of them, before the first one is copied. Raises UsageError."""
    total = 0
    for path in paths:
        try:
            if not path.is_file():
                raise UsageError(f"{path} is not a file." if path.exists() else f"{path} is not there.")
            total += path.stat().st_size
        except (OSError, ValueError) as error:
            raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if total > MAX_ATTACHMENT_BYTES:
        raise UsageError(
            f"The attachments have {total // 1_000_000} MB together; mail takes at most "
            f"{MAX_ATTACHMENT_BYTES // 1_000_000} MB. Send a link instead."
        )


def _send(options: Namespace) -> int:
    text = _read_text(options.text_file)
    html = _read_text(options.html_file) if options.html_file else ""
    _refuse_attachments(options.attach)
    with opened(options) as workspace, stop_on_signals() as stop:
        sender = _the_sender(workspace, options.sender)
        if options.preflight:
            return tell_preflight(options, workspace, sender, text, html, stop)
        if options.at is None or options.at <= datetime.now(UTC):
            workspace.secrets.store()  # no password can be had: said before the message is in the outbox
        draft = Draft(
            inbox_id=sender.inbox_id,
            sender=sender.wanted,
            to=_addresses(options.to),
            cc=_addresses(options.cc),
            bcc=_addresses(options.bcc),
            subject=options.subject,
            text=text,
            html=html,
            attachments=tuple(store_attachment(workspace, path) for path in options.attach),
            log=not options.no_log,
            track=options.track,
            parent_message_id=options.reply_to_message.strip().strip("<>"),
            send_at=options.at,
        )
        document, failed = _send_now(workspace, queue_message(workspace, draft), stop)
    emit(options, document, lambda: _lines(document))
    return 1 if failed else 0


def _send_now(workspace: Workspace, outbox_id: OutboxId, stop: threading.Event) -> tuple[dict[str, Any], bool]:
    """As far as it can go now, and what became of it."""
    trouble = ""
    people = _people(workspace, outbox_id)
    try:
        send_message(workspace, outbox_id, stop)
        file_sent_copies(workspace, stop)
    except HitchpostError as error:
        trouble = str(error)
    message = workspace.store.outbox.get(outbox_id)
    assert message is not None
    if trouble and message.state == OutboxState.QUEUED:  # nobody should send it a second time
        trouble += " The message stays in the outbox; Hitchpost or hitchpost sync sends it later."
    tracked = _tracked(workspace, message, people, stop)
    state = "sent" if message.extras_waiting else _STATES.get(message.state, "failed")
    document: dict[str, Any] = {
        "message_id": message.message_id,
        "state": state,
        "reason": reason_for(message) or trouble or ("Stopped before it was sent." if stop.is_set() else ""),
        "tracked": [
            {
                "recipient": copy.recipient,
                "pixel_url": copy.pixel_url,
                "links": [{"url": url, "tracked_url": tracked_url} for url, tracked_url in copy.links],
            }
            for copy in tracked
        ],
    }
    return document, state == "failed" or bool(trouble)


def _people(workspace: Workspace, outbox_id: OutboxId) -> list[Address]:
    """Whom it is for, asked before it goes: nobody who was deleted for good is named by what is kept of it."""
    message = workspace.store.outbox.get(outbox_id)
    assert message is not None
    return [Address(copy.recipient) for copy in message.copies if not copy.extra]


def _tracked(
    workspace: Workspace, message: OutboxMessage, people: list[Address], stop: threading.Event
) -> tuple[TrackedCopy, ...]:
    """The tracked addresses of every copy, once the message is prepared."""
    if not message.draft.track or message.logged_pk is None:
        return ()
    try:
        tracked = tracked_copies(workspace, message.logged_pk)
    except TrackingError as error:
        say(str(error))
        return ()
    if not tracked:
        say(_why_untracked(workspace, message, people, stop))
    return tracked


def _why_untracked(workspace: Workspace, message: OutboxMessage, people: list[Address], stop: threading.Event) -> str:
    assert message.logged_pk is not None
    inbox = workspace.store.inboxes.get(message.draft.inbox_id)
    if workspace.store.messages.get(message.logged_pk).tracking is not Tracking.UNAVAILABLE:
        return why_nobody(look_before(workspace, inbox.id, people, track=True, log=False, links=1, why_not=""))
    try:
        _, fate = find_tracking_for(workspace, inbox, people, stop)
    except Cancelled:
        fate = LinkFate()
    return f"Tracking unavailable. {fate.untracked or NO_SERVER} The message goes out untracked."


def reason_for(message: OutboxMessage) -> str:
    """Why it did not simply go out to everyone; empty when it did."""
    if message.extras_waiting:
        why = f": {explain(message.problem).title.rstrip('.')}" if message.problem is not None else ""
        waits = f"The additional BCC to {', '.join(message.extras_waiting)} waits and is tried again by itself{why}."
        return f"The recipients have it. {waits}"
    if message.problem is not None:
        concerned = [c.recipient for c in message.copies if c.problem is not None and c.state != CopyState.ACCEPTED]
        if not concerned:
            return reason_of(message.problem)
        words = explain(message.problem)
        title = words.title.rstrip(".")
        return f"{sentence(f'{title}: ' + ', '.join(concerned))} {words.cause}{said(message.problem)} {words.remedy}".strip()
    if message.state == OutboxState.QUEUED and message.draft.send_at is not None:
        when = message.not_before.astimezone().strftime("%Y-%m-%d %H:%M")
        return f"Goes out at {when}, when Hitchpost or hitchpost sync runs."
    missed = [c for c in message.copies if c.extra and c.state in (CopyState.REFUSED, CopyState.UNKNOWN)]
    if missed:
        why = said(missed[0].problem) if missed[0].problem is not None else ""
        return f"The additional BCC to {', '.join(c.recipient for c in missed)} did not go out.{why}"
    if message.state == OutboxState.SENDING:
        return "Another Hitchpost on this computer is sending it."
    return ""


def _lines(document: dict[str, Any]) -> list[str]:
    lines = [f"{document['state']}: {document['message_id']} {document['reason']}".rstrip()]
    for copy in document["tracked"]:
        lines.append(f"  {copy['recipient']}")
        lines.append(f"    picture {copy['pixel_url']}")
        lines += [f"    {link['url']} → {link['tracked_url']}" for link in copy["links"]]
    return lines
