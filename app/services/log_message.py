"""Logs one message of a mailbox: onto its thread, its contacts' timelines and the feed (R1–R8). Used by the sync."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.events import EventId, EventKind, Verdict
from app.domain.inboxes import Inbox, InboxKind
from app.domain.logging_rules import Joined
from app.domain.problems import Problem, ProblemCode
from app.domain.subjects import base_subject
from app.mime.headers import HeaderFacts
from app.services.associate import associate_message
from app.services.join_forwarded import join_forwarded
from app.services.kept_files import KeptFiles
from app.services.note_event import note_event
from app.services.note_reply import changes_subject, contacts_of_answer, note_reply
from app.services.take_hits import settle_by_evidence
from app.services.who_may_be_logged import without_refused
from app.services.workspace import Workspace
from app.store.early_answers import BY_CONTACT, WITH_CONTACT
from app.store.events import NewEvent
from app.store.messages import KnownMessage, NewMessage
from app.words.quoting import quoted

if TYPE_CHECKING:
    from app.mime.delivery import DeliveryFailure
    from app.mime.reading import ReadMessage

AREAS = (Area.MESSAGES, Area.CONTACTS, Area.EVENTS, Area.INBOXES, Area.LEDGER)
_PREFIX = re.compile(
    r"^(?:[\w.-]{1,30};\s*)?(?:\d{3}(?=[ -])[ -])?(?:#?\d\.\d{1,3}\.\d{1,3}(?:\s+|$))?"
)  # smtp; 550 5.1.1
UNREADABLE = "This message is encrypted. It can be read in the mail program that has its key."


# why nobody is told of it
EARLIER = "it was there before its folder was read for the first time"
BEFORE = "it came before the inbox was connected"
_SKEW = timedelta(hours=1)
_JUST_NOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Place:
    """Where in a mailbox a message lies, and whether it was there before its folder was first read. `header`: as it was
    read before its body. `another_id`: stands for its Message-ID where its header is another message's, too. `is_old`: it
    came before the inbox was connected, wherever it lies by now."""

    folder: str
    uid_validity: int
    uid: int
    internal_date: datetime
    first_look: bool
    header: HeaderFacts
    another_id: str = ""
    is_old: bool = False

    @property
    def made_up_id(self) -> str:
        """What stands for its Message-ID where it has none."""
        return self.another_id or made_up_id(self.header, self.internal_date)

    @property
    def quiet(self) -> str:
        """Why nobody is told of what lies there. It is in the feed."""
        return EARLIER if self.first_look else BEFORE if self.is_old else ""

    def date_of(self, message: ReadMessage) -> datetime:
        """See `date_told`; now where nothing is told."""
        arrived = self.internal_date if self.internal_date.year > 1970 else datetime.now(UTC)
        return date_told(message.headers.date, arrived)

    def noticed_at(self, message: ReadMessage) -> datetime:
        """For the feed: to the moment when it was seen to come in (headers know whole seconds only), else its date."""
        now = datetime.now(UTC)
        return now if not self.first_look and now - self.internal_date < _JUST_NOW else self.date_of(message)


def date_told(stated: datetime | None, arrived: datetime) -> datetime:
    """The Date header, unless it lies in the future of the moment when the server took the message in, which is 1970 where
    the server does not tell it; or in 1970 itself, which programs write where they know no date."""
    if stated is None or (arrived.year > 1970 and (stated > arrived + _SKEW or stated.year <= 1970)):
        return arrived
    return stated


def came_before(inbox: Inbox, arrived: datetime) -> bool:
    """Whether a message came before an inbox was connected, and has only been moved since. False where nobody knows when it
    came; clocks may differ."""
    return datetime(1971, 1, 1, tzinfo=UTC) < arrived < inbox.created_at - _SKEW


def log_in_thread(
    workspace: Workspace,
    inbox: Inbox,
    message: ReadMessage,
    files: KeptFiles,
    parent: KnownMessage,
    joined: Joined,
    place: Place,
) -> tuple[EventId, ...]:
    """A message that answers one of ours. Inside a transaction; returns its events."""
    store = workspace.store
    headers = message.headers
    sender = headers.sender or Address("", "")
    sent_by_me = is_mine(workspace, sender)
    changed = changes_subject(parent, headers.subject)
    thread = parent.thread_id
    if changed:
        thread = store.messages.new_thread(base_subject(headers.subject), split_from=parent.thread_id)
    people = (*headers.to, *headers.cc)
    contacts = contacts_of_answer(workspace, headers.sender, people, parent, sent_by_me=sent_by_me)
    pk = _add(workspace, inbox, message, files, place, thread, contacts,
              direction="sent" if sent_by_me else "received", kind=message.kind,
              reason=f"joined by {joined.value}", logged_by="reply", changed=changed)  # fmt: skip
    if message.kind == "bounce":
        return _note_failures(workspace, inbox, message, pk, parent, place)
    if sent_by_me:
        return ()
    _take_name(workspace, message, sender)
    return note_reply(workspace, inbox, pk, parent, contacts, sender=sender, kind=message.kind, subject=headers.subject,
                      at=place.noticed_at(message), quiet=place.quiet)  # fmt: skip


def log_report(
    workspace: Workspace,
    inbox: Inbox,
    message: ReadMessage,
    files: KeptFiles,
    original: KnownMessage,
    place: Place,
) -> tuple[EventId, ...]:
    """A delivery report about a message that was sent from here. Inside a transaction."""
    store = workspace.store
    failed = [f.recipient for f in message.failures]
    contacts = list(store.contacts.find_many(failed).values()) or list(store.messages.contacts_of(original.pk))
    pk = _add(workspace, inbox, message, files, place, original.thread_id, contacts, direction="received", kind="bounce",
              reason="a delivery report that names this message", logged_by="reply", changed=False)  # fmt: skip
    return _note_failures(workspace, inbox, message, pk, original, place)


def log_with_contact(
    workspace: Workspace,
    inbox: Inbox,
    message: ReadMessage,
    files: KeptFiles,
    addresses: Sequence[str],
    place: Place,
) -> None:
    """A message from or to known contacts that answers nothing known (R7). Inside a transaction. It is no event: nobody has
    answered. What answers it and was logged before it, as first looks go downwards, shares its thread."""
    store = workspace.store
    headers = message.headers
    sender = headers.sender or Address("", "")
    base = base_subject(headers.subject)
    answers = store.messages.answers_to(headers.message_id or place.made_up_id)
    thread = next((thread for thread, subject in answers if subject == base), None)
    if thread is None:
        thread = store.messages.new_thread(base)
    _add(workspace, inbox, message, files, place, thread, list(store.contacts.find_many(addresses).values()),
         direction="sent" if is_mine(workspace, sender) else "received", kind=message.kind,
         reason=WITH_CONTACT, logged_by=BY_CONTACT, changed=False)  # fmt: skip
    _take_name(workspace, message, sender)


def is_mine(workspace: Workspace, sender: Address) -> bool:
    """Whether an address is one of the connected inboxes', or an alias of one."""
    return sender.key in workspace.store.inboxes.own_addresses()


def _add(
    workspace: Workspace,
    inbox: Inbox,
    message: ReadMessage,
    files: KeptFiles,
    place: Place,
    thread: int,
    contacts: list[int],
    *,
    direction: str,
    kind: str,
    reason: str,
    logged_by: str,
    changed: bool,
) -> int:
    from app.mime.protection import ENCRYPTED

    headers = message.headers
    message_id = headers.message_id or place.made_up_id
    unread = UNREADABLE if message.protection == ENCRYPTED and not message.text.strip() else ""
    new = without_refused(
        workspace,
        NewMessage(
            message_id=message_id,
            raw_message_id=headers.raw_message_id,
            direction=direction,
            kind=kind,
            thread_id=thread,
            inbox_id=inbox.id,
            user_id=inbox.user_id,
            date=place.date_of(message),
            sender=headers.sender or Address("", ""),
            to=headers.to,
            cc=headers.cc,
            subject=headers.subject,
            text=message.text or unread,
            html=message.html,
            visible_text=message.visible_text or unread,
            quoted_lines=message.quoted_lines,
            size=message.size,
            in_reply_to=headers.in_reply_to[-1] if headers.in_reply_to else "",
            references=headers.references,
            logged=True,
            logged_by=logged_by,
            match_reason=reason,
            changed_subject=changed,
            attachments=files.refs,
            left_out=files.left_out,
        ),
        team=inbox.kind is InboxKind.TEAM,
    )
    pk = workspace.store.messages.add(new, contacts)
    workspace.store.messages.locate(pk, inbox.id, place.folder, place.uid_validity, place.uid)
    if contacts:
        associate_message(workspace, pk, contacts, place.date_of(message))
    join_forwarded(workspace, pk)
    return pk


def made_up_id(facts: HeaderFacts, internal_date: datetime) -> str:
    """A message without Message-ID gets one that is the same wherever and whenever it is met: in another inbox, in
    another folder, under another number. Without a Date it is the moment when the server took it in that counts."""
    people = [f"{role}:{p.key}" for role, group in (("to", facts.to), ("cc", facts.cc)) for p in group]
    parts = [
        (facts.date or internal_date).isoformat(),
        facts.sender.key if facts.sender else "",
        *people,
        facts.subject,
        *facts.in_reply_to,
        *facts.references,
    ]
    return f"{hashlib.sha256(chr(0).join(parts).encode('utf-8', 'replace')).hexdigest()[:32]}@no-id.invalid"


def _take_name(workspace: Workspace, message: ReadMessage, sender: Address) -> None:
    """A contact of whom only the address is known is called as it calls itself in its answer."""
    says = sender.display_name
    if message.kind == "normal" and says and "@" not in says and workspace.store.contacts.find(sender.addr_spec):
        workspace.store.contacts.add(sender, created_by="reply")  # there is one: only an empty name is filled


def _note_failures(
    workspace: Workspace, inbox: Inbox, message: ReadMessage, pk: int, original: KnownMessage, place: Place
) -> tuple[EventId, ...]:
    """A bounce marks the sent message and the address (R8). Delays and other reports that are no failure do not."""
    store = workspace.store
    at = place.noticed_at(message)
    made: list[EventId] = []
    for failure in message.failures:
        reason = failure_text(failure)
        if store.extra_bcc.is_copied(original.pk, failure.recipient):
            if failure.final:
                store.extra_bcc.copy_came_back(original.pk, failure.recipient, _came_back(reason))
            continue  # another system's copy, lost or late: nobody whom it was written to is concerned
        settle_by_evidence(workspace, original.pk, failure.recipient)
        if failure.final:
            key = Address(failure.recipient).key
            store.messages.mark_bounced(original.pk, key, at)
            if failure.hard:
                store.contacts.mark_bounced(failure.recipient, at, reason)
        made.extend(
            note_event(
                workspace,
                NewEvent(
                    kind=EventKind.BOUNCE,
                    at=at,
                    user_id=inbox.user_id,
                    verdict=Verdict.PERSON,
                    reasons=(reason,),
                    who=failure.recipient or "A recipient",
                    recipient=failure.recipient,
                    subject=original.subject,
                    message_pk=original.pk if original.pk else pk,
                    contact_id=store.contacts.find(failure.recipient) if failure.recipient else None,
                    quiet=place.quiet,
                ),
            )
        )
    return () if place.quiet else tuple(made)


def _came_back(reason: str) -> Problem:
    return Problem(ProblemCode.RECIPIENT_REFUSED, server_says=reason, own_words=True)


def failure_text(failure: DeliveryFailure) -> str:
    """One sentence for people."""
    words = {
        "5.1.1": "The mailbox does not exist",
        "5.1.2": "The domain does not exist or takes no mail",
        "5.2.1": "The mailbox is switched off",
        "5.2.2": "The mailbox is full",
        "5.3.4": "The message is too large for the recipient’s server",
        "5.7.1": "The recipient’s server refused the message",
    }
    fallback = "The message could not be delivered" if failure.final else "The message is not delivered yet"
    said = _PREFIX.sub("", " ".join(failure.diagnostic.split()))[:200]
    text = f"{words.get(failure.status, fallback)} ({failure.status})" if failure.status else fallback
    return f"{text}. The server says: {quoted(said)}" if said else f"{text}."
