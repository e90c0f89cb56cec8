"""`timeline`, `feed`, `ledger`, `contacts`."""

from __future__ import annotations

import argparse
from argparse import Namespace
from datetime import UTC, datetime
from typing import Any

from app.bootstrap import open_workspace
from app.cli.output import emit, instant, local
from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.views import ContactCard, FeedRow, TimelineMessage
from app.services.connect_inbox import the_inbox
from app.words.problems import explain

MOST = 10_000


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    timeline = commands.add_parser("timeline", parents=[common], help="the messages of a contact")
    timeline.add_argument("address")
    timeline.set_defaults(run=_timeline)

    feed = commands.add_parser("feed", parents=[common], help="opens, clicks, replies, bounces")
    feed.add_argument("--since", type=_time, metavar="TIME")
    feed.set_defaults(run=_feed)

    ledger = commands.add_parser("ledger", parents=[common], help="what was read of the mailbox, and why")
    ledger.add_argument("--inbox", metavar="ADDRESS")
    ledger.set_defaults(run=_ledger)

    contacts = commands.add_parser("contacts", parents=[common], help="the contacts")
    contacts.add_argument("--search", default="")
    contacts.set_defaults(run=_contacts)
    actions = contacts.add_subparsers(dest="action", metavar="ACTION")
    new = actions.add_parser("add", parents=[common], help="a new contact")
    new.add_argument("address")
    new.add_argument("--name", default="")
    new.set_defaults(run=_add_contact)
    show = actions.add_parser("show", parents=[common], help="one contact")
    show.add_argument("address")
    show.set_defaults(run=_show_contact)
    edit = actions.add_parser("edit", parents=[common], help="change a contact")
    edit.add_argument("address")
    for field in ("name", "title", "phone", "company"):
        edit.add_argument(f"--{field}")
    edit.add_argument("--add-address", metavar="ADDRESS", help="another address of the same person")
    edit.set_defaults(run=_edit_contact)


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-12-01T08:00") from None


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
        "changed_subject": message.changed_subject,
    }
    if message.outbox_state is not None:
        document["sending"] = message.outbox_state.value
        document["reason"] = explain(message.problem).title if message.problem is not None else ""
    return document


def _address(address: Address) -> dict[str, str]:
    return {"name": address.display_name, "address": address.addr_spec}


def _timeline(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        contact_id = workspace.store.contacts.find(options.address)
        if contact_id is None:
            raise UsageError(f"There is no contact with the address {options.address}. See hitchpost contacts.")
        card = workspace.store.contacts.card(contact_id)
        assert card is not None
        messages = workspace.store.timeline.of_contact(contact_id, limit=MOST)
    finally:
        workspace.store.close()
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
        lines += [f"      + {a.filename} ({a.size:,} bytes)" for a in message.attachments]
    return lines


def event_document(row: FeedRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind.value,
        "at": instant(row.at),
        "message_id": row.message_id,
        "recipient": row.address,
        "url": row.url,
        "verdict": row.verdict.value,
        "reason": " ".join(row.reasons),
        "notified": row.notified,
        "notified_why": row.notified_why,
        "who": row.who,
        "subject": row.subject,
    }


def _feed(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        rows = workspace.store.feed.rows(since=options.since, limit=MOST)
    finally:
        workspace.store.close()
    emit(options, {"events": [event_document(r) for r in rows]}, lambda: feed_lines(rows))
    return 0


_DID = {
    "open": "opened",
    "click": "clicked",
    "reply": "replied to",
    "bounce": "could not be reached by",
    "inbox": "needs you",
}


def feed_lines(rows: tuple[FeedRow, ...]) -> list[str]:
    return [
        f"{local(row.at)}  {row.who} {_DID[row.kind.value]} {row.url or row.subject}  ({row.verdict.value})"
        for row in rows
    ] or ["Nothing has happened yet."]


def _ledger(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        inbox_id = the_inbox(workspace, options.inbox).id if options.inbox else None
        ledgers = workspace.store.ledgers.read(inbox_id, MOST)
    finally:
        workspace.store.close()
    bodies = [(ledger.inbox_address, body) for ledger in ledgers for body in ledger.bodies]
    total = sum(ledger.headers_read for ledger in ledgers)
    document = {
        "headers_read": total,
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
            f"{total:,} headers and {len(bodies):,} bodies were read.",
            *(f"  {local(b.at)}  {address} {b.folder} {b.uid}: {b.why}" for address, b in bodies),
        ],
    )
    return 0


def _contacts(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        rows = workspace.store.contacts.rows(options.search, limit=MOST)
    finally:
        workspace.store.close()
    document = {
        "contacts": [
            {
                "id": r.id,
                "name": r.name,
                "address": r.address,
                "company": r.company,
                "last_at": instant(r.last_at),
                "messages": r.messages,
            }
            for r in rows
        ]
    }
    emit(
        options,
        document,
        lambda: [f"{r.name or '—'} <{r.address}>  {r.messages} messages" for r in rows] or ["No contacts."],
    )
    return 0


def _add_contact(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        with workspace.store.transaction(Area.CONTACTS, source="command line"):
            contact_id = workspace.store.contacts.add(Address(options.address, options.name), created_by="user")
        card = workspace.store.contacts.card(contact_id)
    finally:
        workspace.store.close()
    assert card is not None
    emit(options, {"contact": contact_document(card)}, lambda: [f"{card.name or card.addresses[0]} is a contact."])
    return 0


def _find(options: Namespace, workspace: Any) -> int:
    contact_id = workspace.store.contacts.find(options.address)
    if contact_id is None:
        raise UsageError(f"There is no contact with the address {options.address}.")
    return int(contact_id)


def _show_contact(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        card = workspace.store.contacts.card(_find(options, workspace))
    finally:
        workspace.store.close()
    assert card is not None
    document = contact_document(card)
    emit(options, {"contact": document}, lambda: [f"{name}: {value}" for name, value in document.items() if value])
    return 0


def _edit_contact(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        contact_id = _find(options, workspace)
        with workspace.store.transaction(Area.CONTACTS, source="command line"):
            workspace.store.contacts.edit(
                contact_id, name=options.name, title=options.title, phone=options.phone, company=options.company
            )
            if options.add_address:
                workspace.store.contacts.add_address(contact_id, options.add_address)
        card = workspace.store.contacts.card(contact_id)
    finally:
        workspace.store.close()
    assert card is not None
    emit(options, {"contact": contact_document(card)}, lambda: [f"{card.name or card.addresses[0]} is changed."])
    return 0
