"""The decision about one message that a mail server has and the timeline has not: as the sync decides, told step by step.
Used by `explain_message`; from its header and the store alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from app.backends.protocol import FetchedHeader
from app.domain.copied_mail import Refusal
from app.domain.folders import FolderChoice
from app.domain.inboxes import Inbox
from app.domain.logging_rules import (
    AlreadyStored,
    FolderRole,
    LogInThread,
    LogWithContact,
    ReadReport,
    decide_logging,
)
from app.domain.trace import Mark, TraceStep
from app.mime.headers import HeaderFacts
from app.services.explain_logged import on_timelines
from app.services.log_message import date_told, made_up_id
from app.services.removed_for_good import REMOVED
from app.services.when_read import When, when_read
from app.services.who_may_be_logged import kept_out
from app.services.with_contacts import contacts_met, wished_contacts
from app.services.workspace import Workspace
from app.store.waiting import KEPT_FOR, WaitingPlace
from app.words.days import day
from app.words.review import review_words

_NAMED = 30  # ids of one message that are told one by one
DRAFT = "It is a draft: never read, wherever it lies. Once it is sent it is a message like any other."
_MAYBE_DRAFT = (
    "The server does not say whether it is a draft (it tells of no flags): it is not read, and waits until it does."
)
WAITS = "It waits"
LOGGED = "It is logged"
COMES = "It comes when the folder is read next"
COMES_LATER = "It comes when the first look at this folder"
PASSED = "An earlier look has passed it over, when that was not known or not wished for"
TOO_OLD = "It is older than a first look goes back"
ABOUT_NOTHING = "It is a delivery report. Its beginning was read: it is about no message that was sent from here"
KEPT_OUT = {
    Refusal.NEVER_LOG: "everyone it would be logged to is on the never-log list",
    Refusal.DELETED: "everyone it would be logged to was permanently deleted from this workspace",
    Refusal.NO_LEGAL_BASIS: "the privacy switch is on, and there is no legal basis for those it would be logged to",
}


@dataclass(frozen=True)
class Met:
    """A message as a server showed it. `role` None: its folder is never read."""

    inbox: Inbox
    place: WaitingPlace
    header: FetchedHeader
    facts: HeaderFacts
    role: FolderRole | None
    choice: FolderChoice


def explain_found(workspace: Workspace, met: Met) -> Iterator[TraceStep]:
    """First which one it is, then what speaks for it and what against."""
    written = date_told(met.facts.date, met.header.internal_date)
    when = f" of {day(written)}" if written.year > 1970 else ""
    where = f"in {met.place.folder} of {met.inbox.address}"
    yield TraceStep(Mark.NOTE, f"“{met.facts.subject or '(no subject)'}”{when}, {where}:")
    if met.header.draft and met.role is not None:
        yield TraceStep(Mark.NO, DRAFT if met.header.flags_told else _MAYBE_DRAFT)
        return
    unnamed = made_up_id(met.facts, met.header.internal_date)
    yield from _judge(
        workspace, met.inbox, met.facts, unnamed, met.place, met.role, met.choice, met.header.internal_date
    )


def _judge(
    workspace: Workspace,
    inbox: Inbox,
    facts: HeaderFacts,
    unnamed: str,
    place: WaitingPlace,
    role: FolderRole | None,
    choice: FolderChoice,
    arrived: datetime,
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
            yield TraceStep(
                Mark.YES, f"It names {named} in its {field} field, which is known here: “{known[named].subject}”."
            )
        else:
            yield TraceStep(Mark.NO, f"It names {named} in its {field} field, which is not known here.")
    if not ids:
        yield TraceStep(Mark.NO, "It names no message that it answers.")
    yield from _of_waiting(workspace, inbox, place)
    item = store.reviews.find(facts.message_id or unnamed)
    if item is not None:
        words = review_words(item.reason, item.facts, item.sender)
        yield TraceStep(Mark.NO, f"It was copied here to be logged, and is in the review list. {words.sentence}")
    if facts.message_id not in known and store.gone.holds(facts.message_id or unnamed):
        yield TraceStep(Mark.NO, f"{REMOVED}. Its body is not read.")
        return
    if item is not None and item.reason is Refusal.REMOVED:  # told above
        return
    out = kept_out(workspace, inbox, facts)
    if out is not None:
        yield TraceStep(Mark.NO, f"Its body is not read, and it is not logged: {KEPT_OUT[out]}.")
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
            yield TraceStep(Mark.YES, f"{LOGGED}, {on_timelines(workspace, known[facts.message_id or unnamed].pk)}.")
        case LogInThread():
            yield TraceStep(Mark.YES, "So it belongs to a known conversation.")
            yield _of_reading(workspace, inbox, place, arrived, known, choice)
        case LogWithContact(addresses):
            yield TraceStep(Mark.YES, f"It is with {', '.join(addresses)}, and all mail with known contacts is logged.")
            yield _of_reading(workspace, inbox, place, arrived, known, choice)
        case ReadReport():
            yield from _of_report(cursor is not None and cursor.low_uid <= uid < cursor.next_uid)
        case _ if item is not None:
            kept = "its body was read, and is kept there" if item.raw_sha256 else "nothing of its content is kept there"
            yield TraceStep(Mark.NOTE, f"In the review list it waits for you: {kept}. Nothing else asks for it.")
        case _:
            if met:
                yield TraceStep(
                    Mark.NOTE,
                    f"It is with {', '.join(met)}, a contact, but answers alone are logged, as the settings have it.",
                )
            waits = store.waiting.of(inbox.id, place) is not None
            kept = "only where it lies and what it answers is remembered" if waits else "nothing of it is kept"
            yield TraceStep(Mark.NO, f"So it was judged by its header alone. Its body was not read, and {kept}.")


def _of_reading(
    workspace: Workspace,
    inbox: Inbox,
    place: WaitingPlace,
    arrived: datetime,
    known: Collection[str],
    choice: FolderChoice,
) -> TraceStep:
    """When it comes, of what belongs here."""
    deep = all(job.deep for job in choice.jobs if job.path == place.folder)
    match when_read(workspace, inbox, place, arrived, known, deep=deep):
        case When.NEXT:
            return TraceStep(Mark.YES, f"{COMES}.")
        case When.FIRST_LOOK:
            return TraceStep(Mark.YES, f"{COMES_LATER} has come to it.")
        case When.END:
            return TraceStep(Mark.YES, f"{COMES_LATER} ends, which reads again what answers a message that turned up.")
        case When.ASIDE:
            return TraceStep(Mark.YES, "It comes once it can be read.")
        case When.ELSEWHERE:
            return TraceStep(Mark.NOTE, "It is read in the folder of all mail, where it lies, too.")
        case When.TOO_OLD:
            days = workspace.store.settings.get("sync.first_look_days")
            return TraceStep(Mark.NO, f"{TOO_OLD} ({days} days, as the settings have it), so that it may be left out.")
        case When.PASSED:
            again = f"To have it looked at again, remove {inbox.address} and connect it anew; nothing is logged twice by that"
            return TraceStep(Mark.NO, f"{PASSED}, and it is not read again by itself. {again}.")


def _of_waiting(workspace: Workspace, inbox: Inbox, place: WaitingPlace) -> Iterable[TraceStep]:
    found = workspace.store.waiting.of(inbox.id, place)
    if found is None:
        return
    until = found.since + KEPT_FOR
    if found.draft:
        yield TraceStep(
            Mark.NOTE,
            f"It was a draft when it was met on {day(found.since)}. It is no draft any more: the next full look at all "
            "folders takes it.",
        )
    else:
        yield TraceStep(
            Mark.NOTE,
            f"{WAITS} for what it answers since {day(found.since)}. When that is sent or logged here before "
            f"{day(until)}, this message is logged by itself with the next look; after that day it is forgotten.",
        )


def _of_report(was_read: bool) -> Iterator[TraceStep]:
    """One that is not logged: it is so after its beginning was read, too, where it is about nobody's message here."""
    if was_read:
        yield TraceStep(Mark.NO, f"{ABOUT_NOTHING}, so nothing of it is kept.")
    else:
        yield TraceStep(
            Mark.NOTE,
            "It is a delivery report: its beginning is read with the next look, to see which message it is about.",
        )
