"""One message of a folder: decide from its header, read its body if it may be read, store it. Used by `sync_inbox`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.backends.imap import ImapSession
from app.backends.protocol import FetchedHeader
from app.domain.changes import Area
from app.domain.errors import MailFault
from app.domain.events import EventId
from app.domain.inboxes import Inbox
from app.domain.logging_rules import (
    LARGE_MESSAGE,
    AlreadyStored,
    FolderRole,
    Ignore,
    LogDecision,
    LogInThread,
    ReadReport,
    decide_logging,
)
from app.domain.problems import ProblemCode
from app.mime.headers import HeaderFacts
from app.mime.reading import ReadMessage, read_message
from app.services.log_message import AREAS, Place, keep_files, log_in_thread, log_report, made_up_id
from app.services.workspace import Workspace
from app.store.fields import now
from app.store.messages import KnownMessage

log = logging.getLogger(__name__)

_TRY_AGAIN = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=12), timedelta(days=2), timedelta(days=14))
_SET_ASIDE = frozenset({ProblemCode.ANSWER_TOO_LARGE, ProblemCode.BROKEN_MESSAGE, ProblemCode.PROTOCOL_ERROR})


@dataclass(frozen=True)
class Taken:
    """`stored` False: judged by its header alone, nothing was kept and nothing committed."""

    stored: bool = False
    body_read: bool = False
    logged: bool = False
    events: tuple[EventId, ...] = ()


@dataclass(frozen=True)
class FolderInHand:
    workspace: Workspace
    inbox: Inbox
    session: ImapSession
    path: str
    role: FolderRole
    uid_validity: int


def known_ids(workspace: Workspace, facts: Iterable[HeaderFacts]) -> dict[str, KnownMessage]:
    """Of all ids that these headers name, the stored ones."""
    ids = [i for f in facts for i in (f.message_id, *f.in_reply_to, *f.references)]
    return workspace.store.messages.known(ids)


def take_message(
    folder: FolderInHand,
    header: FetchedHeader,
    facts: HeaderFacts,
    known: Mapping[str, KnownMessage],
    *,
    first_look: bool,
    advance: Callable[[], None],
    tries: int = 0,
) -> Taken:
    """`advance` moves the folder's cursor past the message, in the transaction that stores it. Raises MailFault when
    the server is lost, DiskFull and StoreError: then nothing of this message was stored and it comes again."""
    store = folder.workspace.store
    place = Place(folder.path, folder.uid_validity, header.uid, header.internal_date, first_look)
    decision = _decide(folder, place, facts, known)
    match decision:
        case Ignore():
            return Taken()
        case AlreadyStored(message_pk):
            with store.transaction(source="sync"):
                store.messages.locate(message_pk, folder.inbox.id, folder.path, folder.uid_validity, header.uid)
                advance()
            return Taken(stored=True)
    try:
        message = _read(folder, header)
    except MailFault as fault:
        if fault.problem.code not in _SET_ASIDE:
            raise
        again = now() + _TRY_AGAIN[min(tries, len(_TRY_AGAIN) - 1)]
        log.warning("%s %s UID %d is set aside: %s", folder.inbox.address, folder.path, header.uid, fault)
        with store.transaction(Area.INBOXES, source="sync"):
            reason = fault.problem.code.value
            store.inboxes.set_aside(folder.inbox.id, folder.path, folder.uid_validity, header.uid, reason, again)
            advance()
        return Taken(stored=True)
    return _store(folder, message, decision, place, advance)


def _decide(folder: FolderInHand, place: Place, facts: HeaderFacts, known: Mapping[str, KnownMessage]) -> LogDecision:
    return decide_logging(
        message_id=facts.message_id or made_up_id(folder.inbox, place),
        in_reply_to=facts.in_reply_to,
        references=facts.references,
        is_delivery_report=facts.is_delivery_report,
        role=folder.role,
        known={i: k.pk for i, k in known.items()},
        anything_sent=folder.workspace.store.messages.any_sent(),
    )


def _read(folder: FolderInHand, header: FetchedHeader) -> ReadMessage:
    """R4: of a message of 50 MB and more only the text."""
    if header.size >= LARGE_MESSAGE:
        return read_message(folder.session.fetch_text_parts(header.uid))
    return read_message(folder.session.fetch_body(header.uid))


def _store(
    folder: FolderInHand, message: ReadMessage, decision: LogDecision, place: Place, advance: Callable[[], None]
) -> Taken:
    workspace, inbox, store = folder.workspace, folder.inbox, folder.workspace.store
    message_id = message.headers.message_id or made_up_id(inbox, place)
    original = None
    if isinstance(decision, ReadReport):
        original = _reported(workspace, message)
    files = keep_files(workspace, message) if isinstance(decision, LogInThread) or original else ()
    with store.transaction(*AREAS, source="sync"):
        events: tuple[EventId, ...] = ()
        logged = False
        already = store.messages.known([message_id]).get(message_id)
        if already is not None:  # another process was faster, or the same message in another inbox
            store.messages.locate(already.pk, inbox.id, folder.path, folder.uid_validity, place.uid)
        elif isinstance(decision, LogInThread):
            parent = store.messages.get(decision.parent_pk)
            events = log_in_thread(workspace, inbox, message, files, parent, decision.joined, place)
            logged = True
        elif original is not None:
            events = log_report(workspace, inbox, message, files, original, place)
            logged = True
        store.ledgers.add_body(
            inbox.id, folder.path, folder.uid_validity, place.uid, message_id, _why(decision, original is not None)
        )
        advance()
    return Taken(stored=True, body_read=True, logged=logged, events=events)


def _reported(workspace: Workspace, report: ReadMessage) -> KnownMessage | None:
    """The message of ours that a delivery report is about."""
    original = report.original_message_id
    return workspace.store.messages.known([original]).get(original) if original else None


def _why(decision: LogDecision, about_ours: bool) -> str:
    """For the ledger: why this body was read."""
    if isinstance(decision, LogInThread):
        return f"Answers {decision.parent_id}, named in its {decision.joined.value}"
    if about_ours:
        return "Delivery report about a message sent from here"
    return "Delivery report; it is about no message sent from here, and was not kept"
