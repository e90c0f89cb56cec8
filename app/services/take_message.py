"""One message of a folder: decide from its header, read its body if it may be read, store it. Used by `sync_inbox`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.backends.protocol import FetchedHeader
from app.domain.changes import Area
from app.domain.errors import MailFault
from app.domain.events import EventId
from app.domain.left_out import WhyLeftOut
from app.domain.logging_rules import (
    LARGE_MESSAGE,
    AlreadyStored,
    FolderRole,
    Ignore,
    LogDecision,
    LogInThread,
    LogWithContact,
    ReadReport,
    decide_logging,
)
from app.mime.headers import HeaderFacts
from app.services.folder_in_hand import NOT_KEPT, FolderInHand, Taken, ask_bodies, leave_bodies, not_fetched
from app.services.join_later import join_later, wait_for_original
from app.services.kept_files import KeptFiles, keep_files, never_fetched
from app.services.known_ids import KnownIds, waits_for
from app.services.log_message import (
    AREAS,
    Place,
    came_before,
    log_in_thread,
    log_report,
    log_with_contact,
    made_up_id,
)
from app.services.meet_copied import meet_copied
from app.services.removed_for_good import REMOVED, was_removed
from app.services.who_may_be_logged import kept_out
from app.services.with_contacts import wished_contacts
from app.services.without_id import another_id, says_the_same
from app.services.workspace import Workspace
from app.store.messages import KnownMessage
from app.store.waiting import WaitingPlace

if TYPE_CHECKING:
    from app.mime.reading import ReadMessage

REPORT_HEAD = 65_536  # bytes of a delivery report that are read to see whom it is about
_BEGINNING = "Delivery report, of which the beginning was read; it is about no message sent from here, and was not kept"

_TWIN = "Without a Message-ID, and with the header of a logged message: read to see whether it is that one, which it is"


@dataclass(frozen=True)
class ReadBody:
    """`number`: where the ledger tells of it. `files`: of the message, where they were kept already."""

    number: int
    message: ReadMessage
    files: KeptFiles | None = None


def _read(raw: bytes) -> ReadMessage:
    from app.mime.reading import read_message  # large, and most looks at a mailbox find nothing to read

    return read_message(raw)


def read_body(workspace: Workspace, number: int, raw: bytes) -> ReadBody:
    """Of a message that answers one of ours, before its turn comes. Raises DiskFull."""
    return _with_files(workspace, ReadBody(number, _read(raw)))


def _with_files(workspace: Workspace, body: ReadBody) -> ReadBody:
    if body.files is not None:
        return body
    kept = keep_files(workspace, body.message.attachments)
    return replace(body, message=replace(body.message, attachments=()), files=kept)


def ids_in(
    workspace: Workspace, met: Iterable[tuple[HeaderFacts, FetchedHeader]], known: KnownIds
) -> dict[str, KnownMessage]:
    """Of all ids that these headers name, and of those that stand for a missing one, the stored ones."""
    ids = [
        i
        for facts, header in met
        for i in (facts.message_id or made_up_id(facts, header.internal_date), *facts.in_reply_to, *facts.references)
        if known.holds(i)
    ]
    return workspace.store.messages.known(ids) if ids else {}


def take_message(
    folder: FolderInHand,
    header: FetchedHeader,
    facts: HeaderFacts,
    known: Mapping[str, KnownMessage],
    *,
    first_look: bool,
    advance: Callable[[], None],
    again: bool = False,
    body: ReadBody | None = None,
) -> Taken:
    """`advance` moves the folder's cursor past the message, in the transaction that stores it. `again`: it is one that
    was set aside, and stays so when it still cannot be read. `body`: where it was read already, because the header says
    that it may be; never of a draft. Raises MailFault when the server is lost, DiskFull and StoreError: then nothing of
    this message was stored and it comes again; the ledger tells that its body was asked for."""
    store = folder.workspace.store
    old = came_before(folder.inbox, header.internal_date)
    place = Place(folder.path, folder.uid_validity, header.uid, header.internal_date, first_look, facts, is_old=old)
    message_id = facts.message_id or place.made_up_id
    decision = _decide(folder, place, facts, known)
    gone = store.gone.holds(message_id) and not _stands(folder, decision)
    if gone and not isinstance(decision, AlreadyStored):
        decision = Ignore()
    if header.draft:  # R9, wherever it lies
        return Taken(draft=not isinstance(decision, Ignore | AlreadyStored))
    copied = folder.copies and meet_copied(
        folder.workspace, folder.inbox, folder.path, folder.role, header.header, facts, decision, folder.copies
    )
    if copied:
        if body is not None:
            leave_bodies(folder, read=[body.number])
        from app.services.take_copied import take_copied  # brings all that judges and writes copied mail

        return take_copied(folder, header, facts, place, copied, advance, again=again, removed=gone)
    twin = None  # a stored one with the same header, where neither has a Message-ID
    if isinstance(decision, AlreadyStored) and _may_be_another(folder, place, facts):
        twin, wanted = (
            decision.message_pk,
            _decide(folder, place, facts, {i: k for i, k in known.items() if i != message_id}),
        )
        decision = decision if isinstance(wanted, Ignore) else wanted
    match decision:
        case Ignore():
            if body is not None:
                leave_bodies(folder, read=[body.number])
            return Taken(body_read=body is not None)
        case AlreadyStored(message_pk):
            return _met_again(folder, header, place, message_pk, advance, body)
    if body is None:
        number = ask_bodies(folder, {header.uid: message_id})[header.uid]
        try:
            found = _fetch(folder, header, number, is_report=isinstance(decision, ReadReport))
        except MailFault as fault:
            return not_fetched(folder, header, number, fault, advance, again=again)
        if found is None:  # a report about other people's mail, or what calls itself one
            with store.transaction(Area.LEDGER, Area.INBOXES, source="sync"):
                store.ledgers.body_read(number, _BEGINNING)
                advance()
            return Taken(stored=True, body_read=True)
        body = found
    if twin is not None:
        body = _with_files(folder.workspace, body)
        files = [file.sha256 for file in body.files.refs] if body.files is not None else []
        if not says_the_same(folder.workspace, twin, body.message, files):
            place = replace(place, another_id=another_id(place.made_up_id, body.message, files))
            stored = store.messages.known([place.made_up_id]).get(place.made_up_id)
            twin = stored.pk if stored is not None else None
        if twin is not None:
            return _met_again(folder, header, place, twin, advance, body, _TWIN)
    waits = False

    def settled() -> None:
        nonlocal waits
        advance()
        if isinstance(decision, LogWithContact):
            waits = _wait_for_original(folder, header, facts, first_look)

    return replace(_store(folder, body, decision, place, settled), waits=waits)


def _stands(folder: FolderInHand, decision: LogDecision) -> bool:
    """Whether a message is here with its text, though one with its id was removed for good elsewhere."""
    return isinstance(decision, AlreadyStored) and folder.workspace.store.copied.is_logged(decision.message_pk)


def _may_be_another(folder: FolderInHand, place: Place, facts: HeaderFacts) -> bool:
    """Whether a message that is known by its header alone may be another one with the same header."""
    if facts.message_id or facts.copy_mark:
        return False
    key = (folder.inbox.id, folder.path, folder.uid_validity)
    return not folder.workspace.store.messages.located_among(*key, [place.uid])


def _met_again(
    folder: FolderInHand,
    header: FetchedHeader,
    place: Place,
    message_pk: int,
    advance: Callable[[], None],
    body: ReadBody | None,
    why: str = NOT_KEPT,
) -> Taken:
    """A stored message in one more place. `why`: for the ledger, what its body was read for."""
    store, facts = folder.workspace.store, place.header
    is_early = bool(facts.in_reply_to or facts.references) and store.waiting.early_answer(message_pk) is not None
    waits, events = False, None
    with store.transaction(*(AREAS if is_early else ()), source="sync"):
        store.messages.add_alias(message_pk, facts.message_id or place.made_up_id)
        store.messages.locate(message_pk, folder.inbox.id, folder.path, folder.uid_validity, header.uid)
        if folder.role == FolderRole.SENT:
            from app.services.file_sent_copy import note_server_copy  # brings all that writes messages

            note_server_copy(folder.workspace, folder.inbox, message_pk, facts.copy_mark)
        if body is not None:
            store.ledgers.body_read(body.number, why)
        advance()
        if is_early:
            early, named = place.first_look, waits_for(facts)
            events = join_later(folder.workspace, folder.inbox, message_pk, quiet=place.quiet, named=named)
            waits = events is None and _wait_for_original(folder, header, facts, early)
    return Taken(stored=True, waits=waits, body_read=body is not None, events=events or ())


def _wait_for_original(folder: FolderInHand, header: FetchedHeader, facts: HeaderFacts, first_look: bool) -> bool:
    place = WaitingPlace(folder.path, folder.uid_validity, header.uid)
    return wait_for_original(folder.workspace, folder.inbox, place, header, facts, early=first_look)


def _may_be_about_ours(workspace: Workspace, report: ReadMessage) -> bool:
    """Whether the beginning of a delivery report names a message that was sent from here, or somebody written to."""
    if _reported(workspace, report) is not None:
        return True
    return workspace.store.messages.was_sent_to([f.recipient for f in report.failures if f.recipient])


def _decide(folder: FolderInHand, place: Place, facts: HeaderFacts, known: Mapping[str, KnownMessage]) -> LogDecision:
    if folder.role != FolderRole.INBOX and facts.copy_mark and facts.message_id not in known:
        # what was sent from here, filed by a provider that gave it another Message-ID
        sent = folder.workspace.store.outbox.logged_by_copy(facts.copy_mark)
        if sent is not None:
            return AlreadyStored(sent)
    decision = decide_logging(
        message_id=facts.message_id or place.made_up_id,
        in_reply_to=facts.in_reply_to,
        references=facts.references,
        is_delivery_report=facts.is_delivery_report,
        role=folder.role,
        known={i: k.pk for i, k in known.items()},
        anything_sent=facts.is_delivery_report and folder.workspace.store.messages.any_sent(),
        contacts=wished_contacts(folder.workspace, facts),
    )
    logs = isinstance(decision, LogInThread | LogWithContact)
    return Ignore() if logs and kept_out(folder.workspace, folder.inbox, facts) else decision


def _fetch(folder: FolderInHand, header: FetchedHeader, number: int, *, is_report: bool) -> ReadBody | None:
    """R4: of a message of 50 MB and more only the text. None: a delivery report whose beginning tells that it is about
    nobody here."""
    session = folder.session
    head = session.fetch_head(header.uid, REPORT_HEAD) if is_report else b""
    if head and not _may_be_about_ours(folder.workspace, _read(head)):
        return None
    if head and len(head) < REPORT_HEAD:
        return ReadBody(number, _read(head))
    if header.size >= LARGE_MESSAGE:
        raw = session.fetch_text_parts(header.uid)
        return ReadBody(number, _read(raw), never_fetched(WhyLeftOut.LARGE_MESSAGE, raw))
    return ReadBody(number, _read(session.fetch_body(header.uid)))


def _store(
    folder: FolderInHand, body: ReadBody, decision: LogDecision, place: Place, advance: Callable[[], None]
) -> Taken:
    workspace, inbox, store, message = folder.workspace, folder.inbox, folder.workspace.store, body.message
    message_id = message.headers.message_id or place.made_up_id
    original = None
    if isinstance(decision, ReadReport):
        original = _reported(workspace, message)
    files = body.files
    if files is None:
        kept = isinstance(decision, LogInThread | LogWithContact) or original is not None
        files = keep_files(workspace, message.attachments) if kept else KeptFiles()
    with store.transaction(*AREAS, source="sync"):
        events: tuple[EventId, ...] = ()
        logged = False
        already = store.messages.known([message_id]).get(message_id)
        if already is not None:  # another process was faster, or the same message in another inbox
            store.messages.locate(already.pk, inbox.id, folder.path, folder.uid_validity, place.uid)
        elif was_removed(workspace, message, place.date_of(message), message_id):
            store.ledgers.body_read(body.number, REMOVED, message_id)
            advance()
            return Taken(stored=True, body_read=True)
        elif _gone_meanwhile(folder, message, decision, original):
            store.ledgers.body_read(body.number, NOT_KEPT)
            advance()
            return Taken(stored=True, body_read=True)
        elif isinstance(decision, LogInThread):
            parent = store.messages.get(decision.parent_pk)
            events = log_in_thread(workspace, inbox, message, files, parent, decision.joined, place)
            logged = True
        elif isinstance(decision, LogWithContact):
            log_with_contact(workspace, inbox, message, files, decision.addresses, place)
            logged = True
        elif original is not None:
            events = log_report(workspace, inbox, message, files, original, place)
            logged = True
        store.ledgers.body_read(body.number, _why(decision, original is not None), message_id)
        advance()
    return Taken(stored=True, body_read=True, logged=logged, events=events)


def _gone_meanwhile(
    folder: FolderInHand, message: ReadMessage, decision: LogDecision, original: KnownMessage | None
) -> bool:
    """Whether somebody was deleted for good while the body came: the sender, or all that it answers. Inside a transaction."""
    store = folder.workspace.store
    if isinstance(decision, LogInThread) and not store.messages.exists(decision.parent_pk):
        return True
    if original is not None:
        return not store.messages.exists(original.pk)
    logs = isinstance(decision, LogInThread | LogWithContact)
    return logs and kept_out(folder.workspace, folder.inbox, message.headers) is not None


def _reported(workspace: Workspace, report: ReadMessage) -> KnownMessage | None:
    """The message of ours that a delivery report is about."""
    original = report.original_message_id
    return workspace.store.messages.known([original]).get(original) if original else None


def _why(decision: LogDecision, about_ours: bool) -> str:
    """For the ledger: why this body was read."""
    if isinstance(decision, LogInThread):
        return f"Answers {decision.parent_id}, named in its {decision.joined.value}"
    if isinstance(decision, LogWithContact):
        return f"With {', '.join(decision.addresses[:3])}: all mail with known contacts is logged"
    if about_ours:
        return "Delivery report about a message sent from here"
    return "Delivery report; it is about no message sent from here, and was not kept"
