"""“Why is this message (not) here?”: the decision about any message or address, from what is stored, and where that says
nothing, from the message's header at the server. Used by the façade and the command line. Reads no body; the headers that it
reads are in the ledger, apart from those that a sync reads: a person may ask about mail in a folder that is never read
otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.backends.protocol import MailBackend
from app.domain.addresses import is_complete
from app.domain.changes import Area
from app.domain.copied_mail import Refusal
from app.domain.errors import Cancelled, HitchpostError, MailFault, UsageError
from app.domain.folders import LeftOut, choose_folders
from app.domain.inboxes import SYNCING_STATES, Inbox, InboxState
from app.domain.message_ids import normalise_message_id
from app.domain.review import ReviewItem, ReviewState
from app.domain.trace import Mark, Trace, TraceStep
from app.mime.addresses import parse_address_list
from app.mime.headers import SYNC_FIELDS, parse_header_block
from app.services.explain_found import (
    ABOUT_NOTHING,
    COMES,
    COMES_LATER,
    DRAFT,
    KEPT_OUT,
    LOGGED,
    PASSED,
    TOO_OLD,
    WAITS,
    Met,
    explain_found,
)
from app.services.explain_logged import explain_logged
from app.services.find_folders import folder_facts
from app.services.open_backend import open_reading
from app.services.removed_for_good import REMOVED
from app.services.workspace import Workspace
from app.store.ledger import ASKED_FOR
from app.store.waiting import WaitingPlace
from app.words.days import day
from app.words.quoting import sentence
from app.words.review import review_words

MOST = 20  # messages of an address that are told, newest first, unless more are wished for
_GONE = "It is not here because it was removed from this workspace for good."
_OF_REVIEW = {
    ReviewState.OPEN: "It is in the review list, and was not logged.",
    ReviewState.DISMISSED: "It was in the review list, and was dismissed there.",
    ReviewState.KEPT_OUT: "It was copied here to be logged, and was kept out.",
    ReviewState.LOGGED: "It was in the review list; what was logged of it is not here any more.",
}
EVERY = 1_000_000_000
_NOT_LOOKED_INTO = frozenset({LeftOut.VIRTUAL, LeftOut.NO_MAIL, LeftOut.NOT_OPEN})
_NOT_READ = {
    InboxState.PAUSED: "it is paused",
    InboxState.DISABLED: "it is disabled",
    InboxState.REMOVED: "it was removed",
    InboxState.NEEDS_SIGN_IN: "its server wants you to sign in again",
    InboxState.NEEDS_PERMISSION: "its provider has to allow it first",
    InboxState.CERTIFICATE: "the certificate of its server has changed",
}


@dataclass
class _Answers:
    """What the servers had. `found`: how many messages, of which `met` are the newest of every folder."""

    steps: list[TraceStep] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)
    found: int = 0


def explain_message(
    workspace: Workspace, asked: str, cancel: threading.Event | None = None, *, look: bool = True, most: int = MOST
) -> Trace:
    """`asked`: a Message-ID, with or without brackets, or an address, of which the `most` newest messages are told. `look`:
    also at the servers, where the store does not know the message. What a server does not answer becomes a step, no error.
    Raises UsageError for what is neither."""
    message_id, address = _understood(workspace, asked.strip())
    known = workspace.store.messages.known([message_id]).get(message_id)
    if known is not None:
        return explain_logged(workspace, message_id, known)
    contact = workspace.store.contacts.find(address) if address else None
    deleted = bool(address) and workspace.store.tombstones.holds(address)
    waits = workspace.store.reviews.find(message_id)
    steps = [*_from_ledger(workspace, message_id), *_of_original(workspace, message_id)]
    if deleted:
        steps.append(TraceStep(Mark.NO, f"{address} was permanently deleted from this workspace."))
    if contact is not None:
        steps += _of_contact(workspace, contact, address)
    cancel = cancel or threading.Event()
    answers = _Answers()
    for inbox in workspace.store.inboxes.all() if look else ():
        if cancel.is_set():
            break
        _ask(workspace, inbox, message_id, address, most, cancel, answers)
    told = sorted(answers.met, key=lambda met: met.header.internal_date, reverse=True)[:most]
    steps += answers.steps
    if not answers.found:
        steps += _of_what_is_here(workspace, message_id, waits)
    if not look and not steps:
        steps += _of_those_that_wait(workspace)
    for met in told:
        steps += explain_found(workspace, met)
    verdict = _verdict(steps, answers.found, len(told), contact, look)
    if look and not answers.found:
        verdict = _of_asking(len(workspace.store.inboxes.all()), len(answers.steps), contact) or verdict
    if (waits is not None and waits.reason is Refusal.REMOVED) or (
        not answers.found and REMOVED in " ".join(step.text for step in steps)
    ):
        verdict = _GONE
    elif not answers.found and waits is not None:
        verdict = _OF_REVIEW[waits.state]
    if deleted:
        verdict = "Nothing with this address is logged: it was permanently deleted from this workspace."
    return Trace(asked.strip(), verdict, tuple(steps), None, contact, found=answers.found, told=len(told))


def _understood(workspace: Workspace, text: str) -> tuple[str, str]:
    """(as an id, as an address, which is empty where it can be none)."""
    message_id = normalise_message_id(text)
    if text.startswith("<") or workspace.store.messages.known([message_id]):
        return message_id, ""
    people = parse_address_list(text) if " " in text or "<" in text else ()
    address = people[0].addr_spec if len(people) == 1 else text
    if is_complete(address):
        return normalise_message_id(address), address
    if "@" in text and not any(c.isspace() for c in text):
        return message_id, text
    raise UsageError(
        f"“{text[:80]}” is neither an address, such as ann@example.com, nor the id of a message, such as "
        "<abc123@example.com>. The id stands in the message’s header behind “Message-ID:”; mail programs show it with its "
        "source."
    )


def _from_ledger(workspace: Workspace, message_id: str) -> tuple[TraceStep, ...]:
    return tuple(
        TraceStep(
            Mark.NO, f"It was {'asked for' if why == ASKED_FOR else 'read'} on {day(at)} in {folder}. {sentence(why)}"
        )
        for at, folder, why in workspace.store.ledgers.bodies_of(message_id)
    )


def _of_contact(workspace: Workspace, contact: int, address: str) -> tuple[TraceStep, ...]:
    card = workspace.store.contacts.card(contact)
    if card is None:
        return ()
    sent, received, _ = workspace.store.contacts.totals(contact)
    counted = f"{_messages(sent)} to them and {_messages(received)} from them are logged"
    steps = [TraceStep(Mark.YES, f"{address} is a contact: {counted}.")]
    if address in card.bounced:
        steps.append(TraceStep(Mark.NOTE, f"Mail to this address came back: {sentence(card.bounced[address])}"))
    return tuple(steps)


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count or 'no'} messages"


def _ask(
    workspace: Workspace,
    inbox: Inbox,
    message_id: str,
    address: str,
    most: int,
    cancel: threading.Event,
    answers: _Answers,
) -> None:
    """One inbox; what it has goes into `answers`."""
    if inbox.state not in SYNCING_STATES:
        why = f"{inbox.address} is not read at present: {_NOT_READ[inbox.state]}."
        answers.steps.append(TraceStep(Mark.NO, why))
        return
    try:
        with workspace.errand(inbox.id, cancel), open_reading(workspace, inbox, cancel) as session:
            _search(workspace, inbox, session, message_id, address, most, cancel, answers)
    except MailFault as fault:
        from app.words.problems import explain

        told = explain(fault.problem, worked=inbox.last_sync_at is not None)
        answers.steps.append(
            TraceStep(Mark.NOTE, f"{inbox.address} could not be asked: {sentence(told.title)} {told.cause}")
        )
    except HitchpostError as error:
        answers.steps.append(TraceStep(Mark.NOTE, f"{inbox.address} could not be asked: {error}"))
    except Cancelled:
        pass


def _search(
    workspace: Workspace,
    inbox: Inbox,
    session: MailBackend,
    message_id: str,
    address: str,
    most: int,
    cancel: threading.Event,
    answers: _Answers,
) -> None:
    listed = [folder_facts(f) for f in session.folders()]
    choice = choose_folders(listed, session.find_sent_folder() or "", gmail="X-GM-EXT-1" in session.capabilities())
    roles = {job.path: job.role for job in choice.jobs if job.deep or not address}
    never = [
        f.path for f in listed if f.selectable and choice.left_out.get(f.path, LeftOut.VIRTUAL) not in _NOT_LOOKED_INTO
    ]
    read: dict[str, int] = {}
    for path in [*roles, *never]:
        if cancel.is_set():
            break
        try:
            status = session.select(path)
            uids = session.search_message_id(message_id) if "@" in message_id or not address else []
            if not uids and address:
                uids = session.search_header("From", address)
        except MailFault as fault:
            if fault.problem.code.value in ("connection_lost", "read_timeout", "protocol_error"):
                raise
            continue
        answers.found += len(uids)
        for header in session.fetch_headers(sorted(uids)[-most:], SYNC_FIELDS):
            place = WaitingPlace(path, status.uid_validity, header.uid)
            facts = parse_header_block(header.header)
            answers.met.append(Met(inbox, place, header, facts, roles.get(path), choice))
            read[path] = read.get(path, 0) + 1
    with workspace.store.transaction(Area.LEDGER, source="explain"):
        for path, number in read.items():
            workspace.store.ledgers.add_asked(inbox.id, path, number)


def _of_what_is_here(workspace: Workspace, message_id: str, waits: ReviewItem | None) -> Iterator[TraceStep]:
    """Of a message that is on no timeline, without a mail server."""
    if waits is not None:
        words = review_words(waits.reason, waits.facts, waits.sender)
        yield TraceStep(
            Mark.NO, f"It was copied here to be logged, and is entry {waits.id} of the review list. {words.sentence}"
        )
        if words.remedy and waits.state in (ReviewState.OPEN, ReviewState.KEPT_OUT):
            yield TraceStep(Mark.NOTE, words.remedy)
    elif workspace.store.gone.holds(message_id):
        yield TraceStep(Mark.NO, f"{REMOVED}.")


def _of_original(workspace: Workspace, message_id: str) -> tuple[TraceStep, ...]:
    """Of an id that is not known here: who waits for it."""
    waiting = sum(len(workspace.store.waiting.answering(i.id, [message_id])) for i in workspace.store.inboxes.all())
    if not waiting:
        return ()
    who = "One message that answers it was met and waits" if waiting == 1 else f"{waiting} messages wait"
    return (TraceStep(Mark.NOTE, f"{who} for it: once it is logged, so are its answers."),)


def _of_those_that_wait(workspace: Workspace) -> tuple[TraceStep, ...]:
    """Of these only the place is kept and what they answer, so that their own ids say nothing here."""
    if not any(workspace.store.waiting.count(inbox.id) for inbox in workspace.store.inboxes.all()):
        return ()
    return (
        TraceStep(
            Mark.NOTE,
            "There are messages that wait for the one that they answer. Of these only the place in the mailbox is kept, and "
            "no id: ask the mail servers, too, to learn whether this is one of them.",
        ),
    )


def _of_asking(inboxes: int, not_asked: int, contact: int | None) -> str:
    """Where nothing was found: the verdict when not every server could say so; empty when all did."""
    if inboxes and not not_asked:
        return ""
    if contact is None:
        if not inboxes:
            return "It is not here, and no inbox is connected that could have it."
        return "It is not here, and not every inbox could be asked."
    if not_asked < inboxes:
        return "No mail from this address was found, and not every inbox could be asked."
    return "Only what is logged of them is known: no mail server could be asked."


def _verdict(steps: list[TraceStep], found: int, told: int, contact: int | None, look: bool) -> str:
    texts = " ".join(step.text for step in steps)
    if found == 1 and any(step.text.startswith(f"{LOGGED}, ") for step in steps):
        return "It is here."
    if found == 0:
        if contact is not None:
            return (
                "This is what is logged of them; the mail servers were not asked." if not look
                else "No mail from this address was found at the servers."
            )  # fmt: skip
        return (
            "It is not here, and none of the connected inboxes has it." if look
            else "Nothing is known of it here; the servers were not asked."
        )  # fmt: skip
    if found > 1:
        if told < found:
            newest = (
                "the newest is told here" if told == 1 else f"the {told} newest are told here, each judged on its own"
            )
            return f"{found} messages were found; {newest}."
        return f"{found} messages were found, newest first; each is judged on its own."
    if REMOVED in texts:
        return _GONE
    for out in KEPT_OUT.values():
        if out in texts:
            return f"It is not here because {out}."
    if COMES in texts:
        return "It belongs here, and comes with the next look."
    if COMES_LATER in texts:
        return "It belongs here, and comes with the first look, which is going on."
    if PASSED in texts:
        return "It is not here because it was passed over before it belonged here."
    if TOO_OLD in texts:
        return "It is not here because it is older than the first look goes back."
    if DRAFT in texts:
        return "It is not here because it is a draft, and drafts are never read."
    if WAITS in texts:
        return "It is not here yet: it waits for the message that it answers."
    if "never read" in texts:
        return "It is not here because it lies in a folder that is never read."
    if ABOUT_NOTHING in texts:
        return "It is not here because it reports about no message that was sent from here."
    return "It is not here because it answers no message that is known here."
