"""Logs what was copied here: a message by BCC to each recipient's contact, a forwarded one to its original sender's (L2–L8).
What may not be logged goes into the review list with its reason. Used by the sync, and by hand from the review list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.domain.copied_mail import CopyKind, Refusal, Refused
from app.domain.errors import PermanentlyDeleted
from app.domain.events import EventId
from app.domain.inboxes import InboxKind
from app.domain.review import ReviewState
from app.domain.subjects import base_subject
from app.mime.reading import ReadMessage, read_message
from app.services.associate import associate_message
from app.services.copied_mail import AREAS, CopiedMail, CopyOutcome, Logged, Plan
from app.services.keep_for_review import keep_for_review, review_of, tell
from app.services.names_deleted import names_kept_out, names_the_deleted
from app.services.notify_too_large import queue_notice
from app.services.plan_copied import plan_copied
from app.services.removed_for_good import was_removed
from app.services.who_may_be_logged import may_be_named, rules_for
from app.services.workspace import Workspace
from app.store.messages import KnownMessage


def log_copied_message(
    workspace: Workspace, copied: CopiedMail, raw: bytes, also: Callable[[], None] = lambda: None
) -> CopyOutcome:
    """`also` is called in the transaction that stores it. What was removed for good stays away: the review list tells that, and
    nothing of it. Raises DiskFull, StoreError: then nothing was stored."""
    message = read_message(raw)
    own_id = message.headers.message_id or copied.place.made_up_id
    if not _is_logged(workspace, own_id) and was_removed(workspace, message, copied.place.date_of(message), own_id):
        return keep_for_review(workspace, copied, message, raw, Refused(Refusal.REMOVED), (), also)
    planned = plan_copied(workspace, copied, message, raw)
    if isinstance(planned, Plan):
        try:
            return carry_out(workspace, copied, planned, message, raw, also)
        except PermanentlyDeleted:  # while it was read
            planned = plan_copied(workspace, copied, message, raw)
    if isinstance(planned, Plan):
        return carry_out(workspace, copied, planned, message, raw, also)
    refused, users = planned
    if refused.keeps_content and _names_kept_out(workspace, copied, message, users):
        refused = replace(refused, without_content=True)  # what is kept whole would keep them, too
    return keep_for_review(workspace, copied, message, raw, refused, users, also)


def _is_logged(workspace: Workspace, message_id: str) -> bool:
    store = workspace.store
    known = store.messages.known([message_id]).get(message_id)
    return known is not None and store.copied.is_logged(known.pk)


def _names_kept_out(workspace: Workspace, copied: CopiedMail, message: ReadMessage, users: Sequence[int]) -> bool:
    """Whether what is kept of it would name somebody who may not be named: by BCC beside those whom it was written to, or, who
    was deleted for good, anywhere; of a forward anywhere, since its text names the people of the original."""
    if copied.kind is CopyKind.FORWARD and copied.inbox.kind is not InboxKind.TEAM:
        return names_kept_out(workspace, message, users)
    named = (*message.headers.to, *message.headers.cc)
    team = copied.inbox.kind is InboxKind.TEAM
    rules = rules_for(workspace, users)
    listed = not team and any(rules.never.entry_for(p.key) and not rules.is_own(p.key) for p in named)
    return listed or names_the_deleted(workspace, message)


def carry_out(
    workspace: Workspace,
    copied: CopiedMail,
    plan: Plan,
    message: ReadMessage,
    raw: bytes,
    also: Callable[[], None] = lambda: None,
    contacts: Sequence[int] | None = None,
) -> Logged:
    """In one transaction. A message that is here already, however it came, is not logged a second time: it goes onto the
    timelines where it is missing, and its tracking stays as it is. `contacts`: chosen by a person, instead of `people`. Raises
    PermanentlyDeleted where one of the people was deleted for good since the plan was made."""
    store, place = workspace.store, copied.place
    with store.transaction(*AREAS, source="sync"):
        known = _find(workspace, plan)
        made: tuple[int, ...] = ()
        if contacts is None:
            for person in plan.people:
                if store.tombstones.holds(person.addr_spec):
                    raise PermanentlyDeleted(person.addr_spec)
            contacts, made = _contacts(workspace, plan)
        if known is None:
            pk, before, was_logged = _add(workspace, plan, contacts), tuple[int, ...](), False
        else:
            pk, before, was_logged = known.pk, store.messages.contacts_of(known.pk), store.copied.is_logged(known.pk)
            if not was_logged:
                store.copied.log_after_all(pk, plan.message)
            store.messages.link_contacts(pk, contacts, known.date)
            store.copied.add_hidden(pk, plan.message.bcc)
            store.notes.add(pk, plan.message.notes)
        if not was_logged:
            store.copied.credit(pk, plan.user_id, plan.words)
        date = known.date if known is not None else plan.message.date
        associate_message(workspace, pk, contacts, date)
        for alias in plan.aliases:
            if alias not in store.messages.known([alias]):
                store.messages.add_alias(pk, alias)
        if place.uid:
            store.messages.locate(pk, copied.inbox.id, place.folder, place.uid_validity, place.uid)
        events: tuple[EventId, ...] = ()
        if plan.files_left_out and not was_logged:
            events = _note_files(workspace, copied, plan, pk, message, raw)
        also()
    added = tuple(c for c in contacts if c not in before)
    return Logged(pk, not was_logged, tuple(contacts), added, made, events)


def _find(workspace: Workspace, plan: Plan) -> KnownMessage | None:
    store, new = workspace.store, plan.message
    known = store.messages.known([new.message_id, *plan.aliases])
    found = known.get(new.message_id) or next((known[a] for a in plan.aliases if a in known), None)
    if found is None and plan.kind is CopyKind.FORWARD and new.direction == "received":
        same = store.copied.same_letter(new.sender.key, new.date, new.subject, new.text)
        found = None if same is None else store.messages.get(same)
    return found


def _contacts(workspace: Workspace, plan: Plan) -> tuple[list[int], tuple[int, ...]]:
    """(the people's contacts, those of them that are new). People who are none yet become contacts where the workspace makes
    them by itself (L3)."""
    store = workspace.store
    known = store.contacts.find_many([p.addr_spec for p in plan.people])
    create = bool(store.settings.get("create_contacts"))
    found: dict[int, None] = {}
    made = []
    for person in plan.people:
        contact = known.get(person.key)
        if contact is None and create:
            contact = store.contacts.add(person, created_by=plan.kind.value)
            made.append(contact)
        if contact is not None:
            found.setdefault(contact)
    return list(found), tuple(made)


def _add(workspace: Workspace, plan: Plan, contacts: Sequence[int]) -> int:
    """In the thread of what it answers, or of what answers it and was logged before."""
    store, new = workspace.store, plan.message
    base = base_subject(new.subject)
    named = [i for i in (new.in_reply_to, *reversed(new.references)) if i]
    known = store.messages.known(named)
    thread = next((known[i].thread_id for i in named if i in known and known[i].base_subject == base), None)
    if thread is None:
        thread = next((t for t, subject in store.messages.answers_to(new.message_id) if subject == base), None)
    if thread is None:
        thread = store.messages.new_thread(base)
    return store.messages.add(replace(new, thread_id=thread), contacts)


def _note_files(
    workspace: Workspace, copied: CopiedMail, plan: Plan, pk: int, message: ReadMessage, raw: bytes
) -> tuple[EventId, ...]:
    notice = queue_notice(workspace, plan.notice) if plan.notice is not None else None
    team = copied.inbox.kind is InboxKind.TEAM
    users = [plan.user_id]
    to, cc = (may_be_named(workspace, p, team=team, users=users) for p in (message.headers.to, message.headers.cc))
    facts = replace(message.headers, to=to, cc=cc)
    new = review_of(copied, facts, message.size, Refused(Refusal.FILES_LEFT_OUT), plan.user_id)
    item = replace(new, state=ReviewState.LOGGED, message_pk=pk, notice_outbox_id=notice)
    workspace.store.reviews.add(item)
    return tell(workspace, copied, item)
