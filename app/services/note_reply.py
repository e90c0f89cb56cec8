"""What an answer in a known thread means, whenever it is seen to be one: whose it is, where it belongs, and its event (R5, R6).
Used by `log_message` and `join_later`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.domain.addresses import Address
from app.domain.events import EventId, EventKind, Verdict
from app.domain.inboxes import Inbox
from app.domain.subjects import base_subject
from app.services.note_event import note_event
from app.services.take_hits import settle_by_evidence
from app.services.workspace import Workspace
from app.store.events import NewEvent
from app.store.messages import KnownMessage

_AUTOMATIC = ("auto_reply", "automated", "feedback", "bounce")


def changes_subject(parent: KnownMessage, subject: str) -> bool:
    """Whether an answer is about something else. A person may have moved the parent into a thread about something else: what
    it is about is its answers' subject, too."""
    base = base_subject(subject)
    return bool(base) and bool(parent.base_subject) and base not in (parent.base_subject, base_subject(parent.subject))


def contacts_of_answer(
    workspace: Workspace, sender: Address | None, people: Sequence[Address], parent: KnownMessage, *, sent_by_me: bool
) -> list[int]:
    """R5: an answer goes to the sender's contact, else to the thread's; nobody is created. `people`, those in To and Cc, are
    linked when they belong to the thread already; whom the user wrote to, when they are contacts. What a person decided
    about this sender in this thread comes first. Mail that was imported before its sender's address was known to be one's
    own lies on a timeline of oneself: what others answer to it does not follow it there."""
    store = workspace.store
    if sender is not None:
        decided = store.overrides.for_sender(parent.thread_id, sender.key)
        if decided is not None and decided.after["contacts"]:
            return list(decided.after["contacts"])
    of_thread = store.messages.contacts_of(parent.pk)
    if parent.direction != "sent" and sender is not None and not sent_by_me:
        own, writer = store.inboxes.own_addresses(), Address(store.messages.sender(parent.pk))
        if writer.key in own and sender.key not in own:
            myself = store.contacts.find_many([writer.addr_spec]).values()
            of_thread = tuple(c for c in of_thread if c not in myself)
    senders = [sender] if sender is not None and not sent_by_me else []
    known = store.contacts.find_many([p.addr_spec for p in (*senders, *people)])
    others = list(dict.fromkeys(known[p.key] for p in people if p.key in known))
    if sent_by_me:
        return others or list(of_thread)
    who = known.get(senders[0].key) if senders else None
    return [who, *(c for c in others if c in of_thread)] if who is not None else list(of_thread)


def note_reply(
    workspace: Workspace,
    inbox: Inbox,
    pk: int,
    parent: KnownMessage,
    contacts: Sequence[int],
    *,
    sender: Address,
    kind: str,
    subject: str,
    at: datetime,
    quiet: str,
) -> tuple[EventId, ...]:
    """Somebody answered: message `pk` answers `parent`. Inside a transaction; returns the events that may notify. `quiet`: see
    `NewEvent`."""
    store = workspace.store
    recipient = _written_to(workspace, parent, sender)
    settle_by_evidence(workspace, parent.pk, recipient)
    automatic = kind in _AUTOMATIC
    reasons = (
        "This answer was sent automatically. It does not show that anybody has read your message."
        if automatic
        else "An answer in a known thread.",
    )
    contact = contacts[0] if contacts else None
    made = note_event(
        workspace,
        NewEvent(
            kind=EventKind.REPLY,
            at=at,
            user_id=inbox.user_id,
            verdict=Verdict.MACHINE if automatic else Verdict.PERSON,
            reasons=reasons,
            who=sender.display_name or (store.contacts.name(contact) if contact is not None else sender.addr_spec),
            recipient=recipient,
            subject=subject,
            message_pk=pk,
            contact_id=contact,
            quiet=quiet,
        ),
        tracked_pk=parent.pk,
    )
    return () if quiet else made


def _written_to(workspace: Workspace, parent: KnownMessage, sender: Address) -> str:
    """Which of a message's recipients has answered. From another address than the one written to: when only one person
    was written to, it was that one."""
    if parent.direction != "sent":
        return sender.addr_spec
    people = {p.key: p.addr_spec for p in workspace.store.messages.parties(parent.pk, "to", "cc", "bcc") if p.addr_spec}
    return people.get(sender.key) or (next(iter(people.values())) if len(people) == 1 else sender.addr_spec)
