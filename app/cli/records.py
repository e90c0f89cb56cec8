"""`timeline`, `ledger`, and how their records and those of the feed look as JSON and as lines. Also used by `feed`, `demo` and
`contacts`."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from app.cli.checking import reason_of
from app.cli.opening import opened
from app.cli.output import counted, emit, instant, local
from app.cli.parsing import Parser
from app.domain.addresses import Address
from app.domain.errors import UsageError
from app.domain.events import EventKind
from app.domain.views import ContactCard, FeedRow, LedgerBody, TimelineMessage
from app.services.connect_inbox import the_inbox
from app.services.workspace import Workspace
from app.words.left_out import left_out_document, left_out_sentence

MOST = 10_000  # records in one answer


def add_timeline(command: Parser, common: Parser) -> None:
    command.add_argument("address", metavar="ADDRESS", help="an address of the contact")
    command.set_defaults(run=_timeline)


def add_ledger(command: Parser, common: Parser) -> None:
    command.add_argument("--inbox", metavar="ADDRESS", help="this one only")
    command.set_defaults(run=_ledger)


def find_contact(workspace: Workspace, address: str) -> int:
    """Raises UsageError when nobody has this address."""
    contact_id = workspace.store.contacts.find(address)
    if contact_id is None:
        raise UsageError(f"There is no contact with the address {address}. See hitchpost contacts.")
    return contact_id


def contact_document(card: ContactCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "name": card.name,
        "address": card.addresses[0] if card.addresses else "",
        "addresses": list(card.addresses),
        "title": card.title,
        "company": card.company,
        "phone": card.phone,
        "created_at": instant(card.created_at),
        "bounced": card.bounced,
        "sent": card.sent,
        "received": card.received,
    }


def message_document(message: TimelineMessage) -> dict[str, Any]:
    """As `timeline` shows it."""
    document = {
        "message_id": message.message_id,
        "direction": message.direction,
        "date": instant(message.date),
        "from": _address(message.sender),
        "to": [_address(a) for a in message.to],
        "cc": [_address(a) for a in message.cc],
        "subject": message.subject,
        "text": message.text,
        "attachments": [{"filename": a.filename, "size": a.size} for a in message.attachments],
        "user": message.user,
        "opens": message.opens,
        "clicks": message.clicks,
        "tracking": message.tracking.value,
        "kind": message.kind,
        "logged_by": message.logged_by,
        "companies": list(message.companies),
        "deals": list(message.deals),
        "match_reason": message.match_reason,
        "files_left_out": left_out_document(message.left_out),
        "notes": [{"by": n.by, "at": instant(n.at), "text": n.text} for n in message.notes],
        "changed_subject": message.changed_subject,
    }
    if message.outbox_state is not None:
        document["sending"] = message.outbox_state.value
        document["reason"] = reason_of(message.problem) if message.problem is not None else ""
    return document


def _address(address: Address) -> dict[str, str]:
    return {"name": address.display_name, "address": address.addr_spec}


def _timeline(options: Namespace) -> int:
    with opened(options) as workspace:
        contact_id = find_contact(workspace, options.address)
        card = workspace.store.contacts.card(contact_id)
        assert card is not None
        messages = workspace.store.timeline.of_contact(contact_id, limit=MOST)
    document = {"contact": contact_document(card), "messages": [message_document(m) for m in messages]}
    emit(options, document, lambda: timeline_lines(card, messages))
    return 0


def timeline_lines(card: ContactCard, messages: tuple[TimelineMessage, ...]) -> list[str]:
    lines = [f"{card.name or card.addresses[0]} <{card.addresses[0]}>"]
    for message in messages:
        arrow = "→" if message.direction == "sent" else "←"
        facts = "" if message.opens is None else f"  opens {message.opens}, clicks {message.clicks}"
        if message.outbox_state is not None:
            facts += f"  [{message.outbox_state.value}]"
        lines.append(f"  {local(message.date)} {arrow} {message.subject}{facts}")
        first = next((line for line in message.visible_text.splitlines() if line.strip()), "")
        if first:
            lines.append(f"      {first.strip()[:100]}")
        lines += [f"      {n.by or 'somebody'}, forwarding it: {' '.join(n.text.split())[:100]}" for n in message.notes]
        lines += [f"      + {a.filename} ({a.size:,} bytes)" for a in message.attachments]
        if message.left_out is not None:
            lines.append(f"      {left_out_sentence(message.left_out)}")
    return lines


def event_document(row: FeedRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind.value,
        "at": instant(row.at),
        "message_id": row.message_id,
        "recipient": row.address,
        "url": row.url,
        "verdict": row.verdict.value if row.kind not in _NOBODYS else None,
        "reason": " ".join(row.reasons),
        "rules": list(row.rules),
        "rule_version": row.rule_version,
        "notified": row.notified,
        "notified_why": row.notified_why,
        "who": row.who,
        "subject": row.subject,
    }


_SAID = {
    EventKind.OPEN: "{who} opened “{subject}”",
    EventKind.CLICK: "{who} clicked {url}",
    EventKind.REPLY: "{who} answered “{subject}”",
    EventKind.BOUNCE: "{who} could not be reached: “{subject}”",
    EventKind.INBOX: "{who} needs you",
    EventKind.UNSUBSCRIBE: "{who} unsubscribed",
    EventKind.RESUBSCRIBE: "{who} wants mail again",
    EventKind.REVIEW: "“{subject}”: {why}",
}
_AUTOMATIC = "automatic reply from {who}: “{subject}”"
_NOBODYS = (EventKind.BOUNCE, EventKind.INBOX, EventKind.REVIEW)  # which a program tells of, whatever a person did
_JUDGED = (EventKind.OPEN, EventKind.CLICK)  # what a machine may have done, too


def feed_lines(rows: tuple[FeedRow, ...]) -> list[str]:
    lines = []
    for row in rows:
        why = " ".join(["Logged without its attachments."] * row.lost_files + list(row.reasons))
        form = _AUTOMATIC if row.automatic else _SAID[row.kind]
        said = form.format(who=row.who, subject=row.subject, url=row.url, why=why)
        judged = row.kind in _JUDGED or row.automatic
        lines.append(f"{local(row.at)}  {said}" + (f"  ({row.verdict.value})" if judged else ""))
        if judged and row.reasons:
            lines.append(f"    {' '.join(row.reasons)}{_by_rules(row)}")
    return lines or ["Nothing has happened yet."]


def _by_rules(row: FeedRow) -> str:
    version = (f"set {row.rule_version}",) if row.rule_version else ()
    return f"  (rules: {', '.join((*row.rules, *version))})" if row.rules else ""


def _read(body: LedgerBody) -> str:
    """Whose message it was, and why it was read."""
    why = f"answers your message “{body.answers}”" if body.answers and body.why.startswith("Answers ") else body.why
    return f"{body.sender} “{body.subject}”: {why}" if body.sender else why


def _ledger(options: Namespace) -> int:
    with opened(options) as workspace:
        inbox_id = the_inbox(workspace, options.inbox).id if options.inbox else None
        ledgers = workspace.store.ledgers.read(inbox_id, MOST)
    bodies = [(ledger.inbox_address, body) for ledger in ledgers for body in ledger.bodies]
    total, asked = sum(ledger.headers_read for ledger in ledgers), sum(ledger.headers_asked for ledger in ledgers)
    document = {
        "headers_read": total,
        "headers_asked_for": asked,
        "bodies": [
            {
                "at": instant(b.at),
                "inbox": address,
                "folder": b.folder,
                "uid": b.uid,
                "message_id": b.message_id,
                "why": b.why,
            }
            for address, b in bodies
        ],
    }
    emit(
        options,
        document,
        lambda: [
            f"{counted(total, 'header')} and {counted(len(bodies), 'body', 'bodies')} were read.",
            *([f"Besides, asked for by you with hitchpost why: {counted(asked, 'header')}."] if asked else []),
            *(f"  {local(b.at)}  {address} {b.folder} {b.uid}: {_read(b)}" for address, b in bodies),
        ],
    )
    return 0
