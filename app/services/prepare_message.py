"""What is settled once when a message leaves the outbox: its thread, its place on the timeline, its tracking; and the
bytes of each recipient's copy, which come out the same every time they are made. Used by `send_message`."""

from __future__ import annotations

import threading
from collections.abc import Container, Sequence
from datetime import UTC, datetime

from app.domain.additional_bcc import ROLE as EXTRA
from app.domain.addresses import Address, address_key
from app.domain.changes import Area
from app.domain.copied_mail import Rules
from app.domain.events import HONEYPOT_LINK, Tracking
from app.domain.inboxes import Inbox, InboxKind
from app.domain.message_ids import references_for_reply
from app.domain.outbox import Draft, OutboxCopy, OutboxMessage
from app.domain.senders import draft_sender
from app.domain.subjects import base_subject
from app.mime.composing import ComposeAttachment, ComposeInput, compose
from app.mime.html_text import html_to_text, text_to_html
from app.mime.quoting import split_reply
from app.services.associate import associate_message
from app.services.tracking_server import TrackingTarget, link_address, pixel_address, sealing_keys, unsubscribe_address
from app.services.who_may_be_logged import reason_against, rules_for, without_refused
from app.services.workspace import Workspace
from app.services.write_message import read_attachment, recipients
from app.store.messages import NewMessage
from app.tracking.rewrite import instrument_html
from app.tracking.tokens import new_ref

# Marks the sender's own copy among those that a server may file by itself, and tells those apart.
SENT_COPY_HEADER = "X-Hitchpost-Copy"
OWN_COPY = "sender"


def record_message(workspace: Workspace, message: OutboxMessage, target: TrackingTarget | None) -> int:
    """Puts the message on the timeline before its first byte goes out, so that an answer is recognised whatever
    happens in between. Returns its row; done once, however often it is called."""
    if message.logged_pk is not None:
        return message.logged_pk
    store, draft = workspace.store, message.draft
    inbox = store.inboxes.get(draft.inbox_id)
    sender, _ = sender_of(workspace, inbox, draft)
    html = outgoing_html(message)
    rules = rules_for(workspace, [message.user_id])
    team = inbox.kind is InboxKind.TEAM
    # for team inboxes no rule but one counts (P5): who was deleted for good stays away
    may_be = [p for _, p in recipients(draft) if not (rules.deleted(p.key) if team else reason_against(rules, p))]
    others = {e.key for e in store.extra_bcc.of(message.user_id)}
    tracked = [c for c in message.copies if not c.extra and _may_be_tracked(rules, others, c.recipient)]
    tracking, urls = Tracking.OFF, tuple[str, ...]()
    if draft.track and tracked:
        tracking = Tracking.ON if target else Tracking.UNAVAILABLE
        if target:
            _, urls = instrument_html(html, pixel_url=target.public_url, wrap=lambda _i, url: url)
    text = draft.text or html_to_text(draft.html)
    visible, quoted = split_reply(text)
    with store.transaction(Area.MESSAGES, Area.CONTACTS, Area.OUTBOX, source="send"):
        current = store.outbox.get(message.id)
        if current is not None and current.logged_pk is not None:
            return current.logged_pk
        parent = store.messages.known([draft.parent_message_id]).get(draft.parent_message_id)
        base = base_subject(draft.subject)
        follows = parent is not None and parent.base_subject == base
        thread = parent.thread_id if parent and follows else store.messages.new_thread(base)
        contacts = _contacts(workspace, message, may_be)
        new = without_refused(
            workspace,
            NewMessage(
                message_id=message.message_id,
                raw_message_id=f"<{message.message_id}>",
                message_ref=message.message_ref,
                direction="sent",
                thread_id=thread,
                inbox_id=inbox.id,
                user_id=message.user_id,
                date=message.date or datetime.now(UTC),
                sender=sender,
                to=draft.to,
                cc=draft.cc,
                bcc=draft.bcc,
                subject=draft.subject,
                text=text,
                html=draft.html,
                visible_text=visible,
                quoted_lines=len(quoted.splitlines()),
                in_reply_to=draft.parent_message_id,
                references=_references(workspace, draft.parent_message_id),
                logged=draft.log and bool(may_be),
                logged_by="sent",
                match_reason="Sent from Hitchpost",
                tracking=tracking,
                tracking_url=target.public_url if target and draft.track else "",
                attachments=draft.attachments,
            ),
            team=team,
        )
        pk = store.messages.add(new, contacts)
        if tracking == Tracking.ON:
            names = {person.key: person for _, person in recipients(draft)}
            store.messages.add_tracking(
                pk,
                [(c.recipient_ref, names.get(Address(c.recipient).key, Address(c.recipient))) for c in tracked],
                urls,
            )
        if contacts:
            associate_message(workspace, pk, contacts, message.date or datetime.now(UTC))
        store.outbox.set_logged(message.id, pk)
        store.outbox.add_copies(message.id, _extra_copies(workspace, message))
    return pk


def _extra_copies(workspace: Workspace, message: OutboxMessage) -> list[tuple[str, Address, str]]:
    """For the user's additional BCC addresses as they are now, when it goes out (S2): once each, and not to those who get it
    anyway. What the program writes by itself concerns nobody else."""
    if message.draft.notice:
        return []
    there = {person.key for _, person in recipients(message.draft)}
    extras = workspace.store.extra_bcc.of(message.user_id)
    return [(EXTRA, Address(e.address), new_ref()) for e in extras if e.key not in there]


def sender_of(workspace: Workspace, inbox: Inbox, draft: Draft) -> tuple[Address, bool]:
    """(what stands in From, whether the inbox may still send as it)."""
    return draft_sender(inbox, workspace.store.inboxes.aliases(inbox.id), workspace.store.user_name(), draft.sender)


def _may_be_tracked(rules: Rules, others: Container[str], address: str) -> bool:
    """Nobody who was deleted for good; with the privacy switch on, only who has a legal basis (T9). `others`: the user's
    additional BCC addresses; a system that logs is no reader, also where it was written to (S2)."""
    key = address_key(address)
    if key in others:
        return False
    return not rules.deleted(key) and (not rules.privacy_on or rules.has_basis(key))


def _contacts(workspace: Workspace, message: OutboxMessage, may_be: Sequence[Address]) -> list[int]:
    """Those written to become contacts (S4); those in copy are linked when they are contacts already. `may_be`: to whom mail
    may be logged (L8, T9)."""
    store, draft = workspace.store, message.draft
    if not draft.log:
        return []
    create = bool(store.settings.get("create_contacts"))
    found = []
    allowed = {person.key for person in may_be}
    for role, person in recipients(draft):
        if person.key not in allowed:
            continue
        if role == "to" and create:
            found.append(store.contacts.add(person, created_by="sent"))
        elif (known := store.contacts.find(person.addr_spec)) is not None:
            found.append(known)
    return found


def _references(workspace: Workspace, parent_id: str) -> tuple[str, ...]:
    return references_for_reply(parent_id, workspace.store.messages.references_of(parent_id)) if parent_id else ()


def outgoing_html(message: OutboxMessage) -> str:
    """The HTML body before tracking: what was written, or made from the text when the message is tracked."""
    draft = message.draft
    return draft.html or (text_to_html(draft.text) if draft.track else "")


def recipient_copy(
    workspace: Workspace, message: OutboxMessage, copy: OutboxCopy, cancel: threading.Event | None = None
) -> bytes:
    """One recipient's message, with a picture and links of its own where it is tracked."""
    html = outgoing_html(message)
    base = ""
    headers: tuple[tuple[str, str], ...] = ()
    if message.logged_pk is not None:
        message_ref, base = workspace.store.messages.tracking_of(message.logged_pk)
    if base and html and workspace.store.messages.tracked_recipient(message_ref, copy.recipient_ref) is not None:
        keys = sealing_keys(workspace, cancel)
        html, _ = instrument_html(
            html,
            pixel_url=pixel_address(keys, base, message_ref, copy.recipient_ref),
            wrap=lambda i, url: link_address(keys, base, message_ref, copy.recipient_ref, i, url),
            trap=lambda url: link_address(keys, base, message_ref, copy.recipient_ref, HONEYPOT_LINK, url),
        )
        if workspace.store.settings.get("tracking.unsubscribe"):
            headers = unsubscribe_fields(unsubscribe_address(keys, base, message_ref, copy.recipient_ref))
    if workspace.store.inboxes.get(message.draft.inbox_id).files_sent_copies:
        headers = (*headers, (SENT_COPY_HEADER, copy.recipient_ref))
    return _compose(workspace, message, html, headers)


def unsubscribe_fields(address: str) -> tuple[tuple[str, str], ...]:
    """By which a mail program offers to ask for no more mail (RFC 2369 3.2); in one step where the address is encrypted, as
    RFC 8058 3.1 wants it."""
    fields = (("List-Unsubscribe", f"<{address}>"),)
    if not address.startswith("https://"):
        return fields
    return (*fields, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))


def sender_copy(workspace: Workspace, message: OutboxMessage) -> bytes:
    """What is kept in Sent: as it was written, without picture and wrapped links, and with its Bcc (M3)."""
    headers = ((SENT_COPY_HEADER, OWN_COPY),)
    return _compose(workspace, message, message.draft.html, headers, bcc=message.draft.bcc)


def _compose(
    workspace: Workspace,
    message: OutboxMessage,
    html: str,
    headers: tuple[tuple[str, str], ...] = (),
    bcc: tuple[Address, ...] = (),
) -> bytes:
    draft = message.draft
    inbox = workspace.store.inboxes.get(draft.inbox_id)
    if draft.notice:
        headers = (*headers, ("Auto-Submitted", "auto-replied"))  # RFC 3834 5: nobody answers it by a program
    return compose(
        ComposeInput(
            message_id=message.message_id,
            date=message.date or datetime.now(UTC),
            sender=sender_of(workspace, inbox, draft)[0],
            to=draft.to,
            cc=draft.cc,
            subject=draft.subject,
            text=draft.text or html_to_text(draft.html),
            html=html,
            attachments=tuple(
                ComposeAttachment(a.filename, a.content_type, read_attachment(workspace, a), a.content_id)
                for a in draft.attachments
            ),
            in_reply_to=draft.parent_message_id,
            references=_references(workspace, draft.parent_message_id),
            extra_headers=headers,
            bcc=bcc,
            report_type="delivery-status" if draft.notice else "",
        )
    )
