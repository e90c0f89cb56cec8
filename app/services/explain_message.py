"""“Why is this message (not) here?”: the decision about any message or address, from what is stored, and where that says
nothing, from the message's header at the server. Used by the façade and the command line. Reads no body; the headers that it
reads are in the ledger, be it that a person asks about mail in a folder that is never read otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from app.backends.protocol import MailBackend
from app.domain.changes import Area
from app.domain.copied_mail import Refusal
from app.domain.errors import Cancelled, HitchpostError, MailFault
from app.domain.folders import FolderChoice, choose_folders
from app.domain.inboxes import SYNCING_STATES, Inbox
from app.domain.logging_rules import (
    AlreadyStored,
    FolderRole,
    LogInThread,
    LogWithContact,
    ReadReport,
    decide_logging,
)
from app.domain.message_ids import normalise_message_id
from app.domain.trace import Mark, Trace, TraceStep
from app.mime.headers import SYNC_FIELDS, HeaderFacts, parse_header_block
from app.services.find_folders import folder_facts
from app.services.log_message import made_up_id
from app.services.open_backend import open_reading
from app.services.who_may_be_logged import kept_out
from app.services.with_contacts import contacts_met, wished_contacts
from app.services.workspace import Workspace
from app.store.ledger import ASKED_FOR
from app.store.messages import KnownMessage
from app.store.waiting import KEPT_FOR, WaitingPlace
from app.words.review import review_words

MOST = 20  # messages of an address that are looked at, newest first
_NAMED = 30  # ids of one message that are told one by one
_DRAFT = "It is a draft: never read, wherever it lies. Once it is sent it is a message like any other."
_MAYBE_DRAFT = (
    "The server does not say whether it is a draft (it tells of no flags): it is not read, and waits until it does."
)
_WAITS = "It waits"


def explain_message(
    workspace: Workspace, asked: str, cancel: threading.Event | None = None, *, look: bool = True
) -> Trace:
    """`asked`: a Message-ID, with or without brackets, or an address. `look`: also at the servers, where the store does not
    know the message. What a server does not answer becomes a step, no error."""
    text = asked.strip()
    message_id = normalise_message_id(text)
    known = workspace.store.messages.known([message_id]).get(message_id)
    if known is not None:
        return _of_logged(workspace, message_id, known)
    contact = None if text.startswith("<") else workspace.store.contacts.find(text)
    stored = (*_from_ledger(workspace, message_id), *_of_original(workspace, message_id))
    if contact is not None:
        stored = (*stored, *_of_contact(workspace, contact, text))
    steps = list(stored)
    cancel = cancel or threading.Event()
    found = 0
    for inbox in workspace.store.inboxes.all() if look else ():
        if cancel.is_set():
            break
        made, number = _at_server(workspace, inbox, message_id, "" if text.startswith("<") else text, cancel)
        steps += made
        found += number
    return Trace(text, _verdict(steps, found, contact, look), tuple(steps), None, contact)


_KEPT_OUT = {
    Refusal.NEVER_LOG: "everyone it would be logged to is on the never-log list",
    Refusal.DELETED: "everyone it would be logged to was permanently deleted from this workspace",
    Refusal.NO_LEGAL_BASIS: "the privacy switch is on, and there is no legal basis for those it would be logged to",
}


def _of_logged(workspace: Workspace, message_id: str, known: KnownMessage) -> Trace:
    store = workspace.store
    message = store.timeline.message(known.pk)
    assert message is not None
    names = [store.contacts.name(c) or "a contact without a name" for c in store.messages.contacts_of(known.pk)]
    whose = f"on the timeline of {', '.join(names)}" if names else "on no contact's timeline"
    steps = [TraceStep(Mark.YES, f"It is logged, {whose}: “{message.subject}”.")]
    if message.logged_by == "sent":
        steps.append(TraceStep(Mark.YES, "It was sent from here."))
    elif message.match_reason:
        steps.append(TraceStep(Mark.YES, f"Why: {message.match_reason}."))
    if credited := store.copied.credited_by(known.pk):
        steps.append(TraceStep(Mark.YES, f"Credited to {store.credit.name(known.user_id) or 'you'}: {credited}."))
    others = [a for a in store.messages.aliases(known.pk) if a != known.message_id]
    if message_id != known.message_id or others:
        steps.append(TraceStep(Mark.NOTE, f"It is also known as {', '.join([known.message_id, *others])}."))
    if message.changed_subject:
        steps.append(TraceStep(Mark.NOTE, "Its subject is another than that of what it answers: it stands apart."))
    addresses = {int(inbox.id): inbox.address for inbox in store.inboxes.all()}
    for inbox_id, folder, uid in store.messages.locations(known.pk):
        steps.append(
            TraceStep(Mark.NOTE, f"It lies in {folder} of {addresses.get(inbox_id, 'a removed inbox')} (UID {uid}).")
        )
    decided = store.overrides.last(known.pk)
    if decided is not None:
        done = {"split": "split it off", "associate": "said where it is logged"}.get(decided.kind, "moved it")
        steps.append(TraceStep(Mark.YES, f"You {done} on {decided.made_at:%d %B %Y}; that counts before every rule."))
    contact = next(iter(store.messages.contacts_of(known.pk)), None)
    verdict = "It is here because " + (
        "you put it there." if decided is not None
        else "it was sent from here." if message.logged_by == "sent"
        else "all mail with known contacts is logged." if message.logged_by == "contact"
        else "it was copied here to be logged." if message.logged_by in ("bcc", "forward")
        else "it answers a message that is known here." if message.kind != "bounce"
        else "it reports about a message that was sent from here."
    )  # fmt: skip
    return Trace(message_id, verdict, tuple(steps), known.pk, contact, decided is not None)


def _from_ledger(workspace: Workspace, message_id: str) -> tuple[TraceStep, ...]:
    return tuple(
        TraceStep(Mark.NO, f"It was {'asked for' if why == ASKED_FOR else 'read'} on {at:%d %B %Y} in {folder}. {why}.")
        for at, folder, why in workspace.store.ledgers.bodies_of(message_id)
    )


def _of_contact(workspace: Workspace, contact: int, address: str) -> tuple[TraceStep, ...]:
    card = workspace.store.contacts.card(contact)
    if card is None:
        return ()
    sent, received, _ = workspace.store.contacts.totals(contact)
    steps = [
        TraceStep(Mark.YES, f"{address} is a contact: {sent} messages sent to them are logged, {received} received.")
    ]
    if address in card.bounced:
        steps.append(TraceStep(Mark.NOTE, f"Mail to this address came back: {card.bounced[address]}"))
    return tuple(steps)


def _at_server(
    workspace: Workspace, inbox: Inbox, message_id: str, address: str, cancel: threading.Event
) -> tuple[list[TraceStep], int]:
    """Steps, and how many messages were found."""
    if inbox.state not in SYNCING_STATES:
        return [
            TraceStep(Mark.NO, f"{inbox.address} is not read at present ({inbox.state.value.replace('_', ' ')}).")
        ], 0
    try:
        with workspace.errand(inbox.id, cancel), open_reading(workspace, inbox, cancel) as session:
            return _search(workspace, inbox, session, message_id, address, cancel)
    except (MailFault, HitchpostError) as error:
        return [TraceStep(Mark.NOTE, f"{inbox.address} could not be asked: {error}")], 0
    except Cancelled:
        return [], 0


def _search(
    workspace: Workspace, inbox: Inbox, session: MailBackend, message_id: str, address: str, cancel: threading.Event
) -> tuple[list[TraceStep], int]:
    listed = [folder_facts(f) for f in session.folders()]
    choice = choose_folders(listed, session.find_sent_folder() or "", gmail="X-GM-EXT-1" in session.capabilities())
    roles = {job.path: job.role for job in choice.jobs}
    steps: list[TraceStep] = []
    found = 0
    read: dict[str, int] = {}
    for path in [*roles, *(f.path for f in listed if f.path in choice.left_out and f.selectable)]:
        if cancel.is_set() or found >= MOST:
            break
        try:
            status = session.select(path)
            uids = session.search_message_id(message_id) if "@" in message_id or not address else []
            if not uids and address:
                uids = session.search_header("From", address)[-(MOST - found) :]
        except MailFault as fault:
            if fault.problem.code.value in ("connection_lost", "read_timeout", "protocol_error"):
                raise
            continue
        for header in session.fetch_headers(uids, SYNC_FIELDS):
            facts = parse_header_block(header.header)
            unnamed = made_up_id(facts, header.internal_date)
            where = f"“{facts.subject or '(no subject)'}” in {path} of {inbox.address}"
            steps.append(TraceStep(Mark.NOTE, f"{where}:"))
            if header.draft and path in roles:
                steps.append(TraceStep(Mark.NO, _DRAFT if header.flags_told else _MAYBE_DRAFT))
            else:
                place = WaitingPlace(path, status.uid_validity, header.uid)
                steps += _judge(workspace, inbox, facts, unnamed, place, roles.get(path), choice)
            found += 1
            read[path] = read.get(path, 0) + 1
    with workspace.store.transaction(Area.LEDGER, source="explain"):
        for path, number in read.items():
            workspace.store.ledgers.add_headers(inbox.id, path, number)
    return steps, found


def _judge(
    workspace: Workspace,
    inbox: Inbox,
    facts: HeaderFacts,
    unnamed: str,
    place: WaitingPlace,
    role: FolderRole | None,
    choice: FolderChoice,
) -> Iterable[TraceStep]:
    """As the sync decides, told step by step."""
    store, path, uid = workspace.store, place.folder, place.uid
    if role is None:
        yield TraceStep(Mark.NO, f"The folder {path} is never read: {choice.left_out[path].value}.")
        return
    cursor = store.inboxes.cursor(inbox.id, path)
    if cursor is None:
        yield TraceStep(Mark.NO, f"{path} was not read yet.")
    elif uid >= cursor.next_uid:
        yield TraceStep(Mark.NO, "It came after the last look; the next one reads it.")
    elif uid < cursor.low_uid:
        yield TraceStep(
            Mark.NO, "The first look at this folder, which goes from the newest message down, has not come so far."
        )
    reason = next((r for folder, number, r in store.inboxes.aside(inbox.id) if (folder, number) == (path, uid)), None)
    if reason is not None:
        yield TraceStep(
            Mark.NO, f"It could not be read ({reason.replace('_', ' ')}) and is set aside; it is tried again."
        )
    ids = list(dict.fromkeys((*facts.in_reply_to, *facts.references)))
    known = store.messages.known([facts.message_id or unnamed, *ids])
    for named in ids[-_NAMED:]:
        field = "In-Reply-To" if named in facts.in_reply_to else "References"
        if named in known:
            yield TraceStep(Mark.YES, f"Its {field} names {named}, which is known here: “{known[named].subject}”.")
        else:
            yield TraceStep(Mark.NO, f"Its {field} names {named}, which is not known here.")
    if not ids:
        yield TraceStep(Mark.NO, "It names no message that it answers.")
    yield from _of_waiting(workspace, inbox, place)
    item = store.reviews.find(facts.message_id or unnamed)
    if item is not None:
        words = review_words(item.reason, item.facts, item.sender)
        yield TraceStep(Mark.NO, f"It was copied here to be logged, and is in the review list. {words.sentence}")
    out = kept_out(workspace, inbox, facts)
    if out is not None:
        yield TraceStep(Mark.NO, f"Its body is not read, and it is not logged: {_KEPT_OUT[out]}.")
        return
    decision = decide_logging(
        message_id=facts.message_id or unnamed,
        in_reply_to=facts.in_reply_to,
        references=facts.references,
        is_delivery_report=facts.is_delivery_report,
        role=role,
        known={i: k.pk for i, k in known.items()},
        anything_sent=store.messages.any_sent(),
        contacts=wished_contacts(workspace, facts),
    )
    met = contacts_met(workspace, facts)
    match decision:
        case AlreadyStored():
            yield TraceStep(Mark.YES, "It is logged.")
        case LogInThread():
            yield TraceStep(Mark.YES, "So it belongs to a known thread: it is logged when the folder is read next.")
        case LogWithContact(addresses):
            yield TraceStep(
                Mark.YES,
                f"It is with {', '.join(addresses)}, and all mail with known contacts is logged: it is logged when the "
                "folder is read next.",
            )
        case ReadReport():
            yield TraceStep(Mark.NOTE, "It is a delivery report: its beginning is read to see whom it is about.")
        case _:
            if met:
                yield TraceStep(
                    Mark.NOTE,
                    f"It is with {', '.join(met)}, a contact, but answers alone are logged (setting log.mode).",
                )
            waits = store.waiting.of(inbox.id, place) is not None
            kept = "only where it lies and what it answers is remembered" if waits else "nothing of it is kept"
            yield TraceStep(Mark.NO, f"So it was judged by its header alone. Its body was not read, and {kept}.")


def _of_waiting(workspace: Workspace, inbox: Inbox, place: WaitingPlace) -> Iterable[TraceStep]:
    found = workspace.store.waiting.of(inbox.id, place)
    if found is None:
        return
    until = found.since + KEPT_FOR
    if found.draft:
        yield TraceStep(
            Mark.NOTE,
            f"It was a draft when it was met on {found.since:%d %B %Y}. It is no draft any more: the next full look at all "
            "folders takes it.",
        )
    else:
        yield TraceStep(
            Mark.NOTE,
            f"{_WAITS} for what it answers since {found.since:%d %B %Y}. When that is sent or logged here before "
            f"{until:%d %B %Y}, this message is logged by itself with the next look; after that day it is forgotten.",
        )


def _of_original(workspace: Workspace, message_id: str) -> tuple[TraceStep, ...]:
    """Of an id that is not known here: who waits for it."""
    waiting = sum(len(workspace.store.waiting.answering(i.id, [message_id])) for i in workspace.store.inboxes.all())
    if not waiting:
        return ()
    who = "One message that answers it was met and waits" if waiting == 1 else f"{waiting} messages wait"
    return (TraceStep(Mark.NOTE, f"{who} for it: once it is logged, so are its answers."),)


def _verdict(steps: list[TraceStep], found: int, contact: int | None, look: bool) -> str:
    texts = " ".join(step.text for step in steps)
    if "It is logged" in texts and contact is None:
        return "It is here."
    if found == 0:
        if contact is not None:
            return (
                "This is what is logged of them." if not look else "No mail from this address was found at the servers."
            )
        return (
            "It is not here, and none of the connected inboxes has it." if look
            else "Nothing is known of it here; the servers were not asked."
        )  # fmt: skip
    if "it is logged when the folder is read next" in texts:
        return "It belongs here, and comes with the next look."
    if _DRAFT in texts and found == 1:
        return "It is not here because it is a draft, and drafts are never read."
    if _WAITS in texts and found == 1:
        return "It is not here yet: it waits for the message that it answers."
    if "never read" in texts and found == 1:
        return "It is not here because it lies in a folder that is never read."
    if found == 1:
        return "It is not here because it answers no message that is known here."
    return f"{found} messages were found; each is judged on its own."
