"""Answers that were logged as mail with a contact before what they answer was known (R7, the setting `log.mode`): they wait for
it as others do, and join it when it turns up. Used by `take_message` and `settle_answers`.

Their text is here already: nothing of them is read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from app.backends.protocol import FetchedHeader
from app.domain.events import EventId
from app.domain.inboxes import Inbox
from app.domain.logging_rules import FolderRole, LogInThread, decide_logging
from app.mime.headers import HeaderFacts
from app.services.arrange_messages import with_answers
from app.services.associate import associate_message
from app.services.known_ids import waits_for
from app.services.log_message import AREAS, EARLIER
from app.services.note_reply import changes_subject, contacts_of_answer, note_reply
from app.services.workspace import Workspace
from app.store.early_answers import EarlyAnswer
from app.store.fields import now
from app.store.messages import KnownMessage
from app.store.waiting import KEPT_FOR, MOST_WAITING, WaitingPlace

_JUST_NOW = timedelta(minutes=1)


def wait_for_original(
    workspace: Workspace, inbox: Inbox, place: WaitingPlace, header: FetchedHeader, facts: HeaderFacts, *, early: bool
) -> bool:
    """Remembers what a message that was logged as mail with a contact answers. Inside a transaction; False where it answers
    nothing. `early`: it is of a first look, which remembers no old ones and leaves room for those that come."""
    named = waits_for(facts)
    if not named:
        return False
    waiting = workspace.store.waiting
    if early and (header.internal_date < now() - KEPT_FOR or waiting.count(inbox.id) >= MOST_WAITING // 2):
        return False
    waiting.remember(inbox.id, place.folder, place.uid_validity, [(place.uid, named)])
    return True


def join_logged(
    workspace: Workspace, inbox: Inbox, pk: int, *, first_look: bool, named: Sequence[str] = ()
) -> tuple[EventId, ...]:
    """As `join_later`, in a transaction of its own where there is something to be written."""
    answer = workspace.store.waiting.early_answer(pk)
    if answer is None or _decide(workspace, answer, named) is None:
        return ()
    with workspace.store.transaction(*AREAS, source="sync"):
        return join_later(workspace, inbox, pk, first_look=first_look, named=named) or ()


def join_later(
    workspace: Workspace, inbox: Inbox, pk: int, *, first_look: bool, named: Sequence[str] = ()
) -> tuple[EventId, ...] | None:
    """Puts a logged message to what it answers, if that is known by now: as if it had been known when it came. Inside a
    transaction. `named`: more ids that its header names, the nearest first. Gives the events that may notify; None where it
    is none of those that wait, or still waits."""
    store = workspace.store
    answer = store.waiting.early_answer(pk)
    if answer is None:
        return None
    decision = _decide(workspace, answer, named)
    if decision is None or answer.kind == "bounce":  # of what failed a report's text tells, which is not kept
        return None
    parent = store.messages.get(decision.parent_pk)
    sent_by_me = answer.direction == "sent"
    people = store.messages.parties(pk, "to", "cc")
    contacts = contacts_of_answer(workspace, answer.sender, people, parent, sent_by_me=sent_by_me)
    changed = False
    if store.overrides.last(pk) is None:
        changed = changes_subject(parent, answer.subject)
        if not changed and answer.thread_id != parent.thread_id:
            _follow(workspace, pk, parent)
        new = [c for c in contacts if c not in store.messages.contacts_of(pk)]
        store.messages.link_contacts(pk, new, answer.date)
        associate_message(workspace, pk, new, answer.date)
    store.waiting.join(pk, f"joined by {decision.joined.value}", changed_subject=changed)
    if sent_by_me:
        return ()
    at = answer.date
    if not first_look and timedelta(0) <= datetime.now(UTC) - at < _JUST_NOW:
        at = datetime.now(UTC)
    return note_reply(workspace, inbox, pk, parent, contacts, sender=answer.sender, kind=answer.kind,
                      subject=answer.subject, at=at, quiet=EARLIER if first_look else "")  # fmt: skip


def _decide(workspace: Workspace, answer: EarlyAnswer, named: Sequence[str]) -> LogInThread | None:
    """Which one it answers; itself is none."""
    more = [i for i in reversed(named) if i not in answer.references and i not in answer.in_reply_to]
    in_reply_to = (*more, *answer.in_reply_to)
    known = workspace.store.messages.known([*in_reply_to, *answer.references])
    decision = decide_logging(
        message_id="",
        in_reply_to=in_reply_to,
        references=answer.references,
        is_delivery_report=False,
        role=FolderRole.OTHER,
        known={i: k.pk for i, k in known.items() if k.pk != answer.pk},
        anything_sent=False,
    )
    return decision if isinstance(decision, LogInThread) else None


def _follow(workspace: Workspace, pk: int, parent: KnownMessage) -> None:
    """Into the thread of what it answers, with the answers to it; what a person put somewhere stays there."""
    store = workspace.store
    for number in with_answers(store, pk):
        if store.overrides.last(number) is None:
            store.messages.arrange(number, parent.thread_id, store.messages.contacts_of(number))
