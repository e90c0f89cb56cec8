"""What a person does with the review list: log a message by hand to the contacts it belongs to, dismiss it, take that back.
Used by the façade and the command line.

A person may set aside what the program cannot know (whose message it is, whom it belongs to, that it is long), and none of
the rules about people: never-log, permanent deletions and the privacy switch hold here, too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.domain.addresses import Address, is_complete
from app.domain.changes import Area
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.errors import NotAllowed, UsageError
from app.domain.inboxes import Inbox, InboxKind
from app.domain.quoting import quoted
from app.domain.records import RecordKind
from app.domain.review import ReviewItem, ReviewState
from app.mime.reading import ReadMessage, read_message
from app.services.copied_mail import AREAS, CopiedMail, Logged, Plan
from app.services.edit_record import remove_record
from app.services.fetch_again import fetch_again
from app.services.log_copied_message import carry_out
from app.services.log_message import Place
from app.services.logged_before import as_it_was, put_back
from app.services.names_deleted import names_the_deleted
from app.services.plan_copied import content_of, files_to_log, message_to_log, people_of
from app.services.removed_for_good import may_not_come_back
from app.services.take_original import NoOriginal, Original, take_original
from app.services.who_may_be_logged import rules_for, without_refused
from app.services.workspace import Workspace

BY_HAND = "logged by hand"
_AREAS = (Area.REVIEW, Area.MESSAGES, Area.CONTACTS)


def review_item(workspace: Workspace, item_id: int) -> ReviewItem:
    """Raises UsageError where there is none."""
    item = workspace.store.reviews.get(item_id)
    if item is None:
        raise UsageError(f"There is no entry {item_id} in the review list.")
    return item


def log_by_hand(
    workspace: Workspace,
    item_id: int,
    contacts: Sequence[int],
    addresses: Sequence[str] = (),
    cancel: threading.Event | None = None,
) -> Logged:
    """To these contacts, their companies and deals; a forwarded message as its original where that can be told, else as it
    came. It is credited to the user who copied it where that is known, else to the one who logs it. `addresses`: of more
    people, who become contacts where they are none yet. Raises UsageError for an entry that is settled, or of which nothing
    was kept; NotAllowed where a rule about the contact forbids it. What is read from its mailbox again takes seconds, and may
    raise Cancelled and SecretError, too. What is not logged leaves no new contact."""
    store = workspace.store
    item = review_item(workspace, item_id)
    _check_open(item)
    if not contacts and not addresses:
        raise UsageError("Choose the contact that it belongs to.")
    user_id = item.user_id or store.user_id
    _check_user(workspace, user_id)
    inbox = _inbox(workspace, item)
    if item.raw_sha256:
        raw = store.files.read(item.raw_sha256)
    else:  # nobody's mail is read again before it may be logged
        _check_all(workspace, contacts, addresses, (), user_id)
        raw = fetch_again(workspace, inbox, item, cancel or threading.Event())
    message = read_message(raw)
    content = _content(item, message, raw)
    people = (content.sender, *content.to, *content.cc)
    _check_deleted(workspace, item, message, content)
    known = _check_all(workspace, contacts, addresses, people, user_id)
    copied = CopiedMail(item.kind, inbox, _place(item, message))
    files = files_to_log(workspace, copied, content, raw)
    new = message_to_log(workspace, copied, message, content, files, user_id)
    if may_not_come_back(workspace, new, item.message_id):
        raise NotAllowed("This message was removed from this workspace for good, and stays away. Dismiss it.")
    own_id = item.message_id
    theirs = {a for c in known for a in store.contacts.addresses(c)} | set(addresses)
    received = content.sender.key in {Address(a).key for a in theirs}
    plan = Plan(
        message=replace(
            without_refused(workspace, new, team=inbox.kind is InboxKind.TEAM),
            direction="received" if received else new.direction,
            match_reason="Logged by hand",
        ),
        people=(),
        user_id=user_id,
        words=BY_HAND,
        aliases=(own_id,) if own_id and own_id != new.message_id else (),
        files_left_out=False,
        kind=item.kind,
    )
    with store.transaction(*AREAS, source="review"):
        here = store.messages.known([new.message_id, *plan.aliases]).values()
        before = {k.pk: as_it_was(store, k.pk) for k in here}
        chosen = list(dict.fromkeys(known))
        made = []
        for address in addresses:
            contact = store.contacts.find(address.strip())
            if contact is None:
                contact = store.contacts.add(_called(address.strip(), people), created_by="user")
                made.append(contact)
            chosen.append(contact)
        logged = carry_out(workspace, copied, plan, message, raw, contacts=tuple(dict.fromkeys(chosen)))
        undo = before.get(logged.message_pk, {"new": True})
        store.reviews.settle(item_id, ReviewState.LOGGED, logged.message_pk)
        store.reviews.put_facts(item_id, {**item.facts, "undo": {**undo, "made": made}})
    return replace(logged, made=tuple(made))


def about_whom(workspace: Workspace, item_id: int) -> tuple[str, ...]:
    """Addresses of those to whom it would have been logged, where the entry knows them: they lack a legal basis, or are no
    contacts yet. Else, of mail by BCC, its recipients without the workspace's own. Raises UsageError."""
    item = review_item(workspace, item_id)
    named = item.facts.get("addresses")
    if isinstance(named, list) and named:
        return tuple(str(address) for address in named)
    if item.kind is not CopyKind.BCC:
        return ()
    rules = rules_for(workspace, [item.user_id])
    return tuple(a for a in item.recipients if is_complete(a) and not rules.is_own(Address(a).key))


def dismiss(workspace: Workspace, item_ids: Sequence[int]) -> int:
    """Returns how many were open."""
    store = workspace.store
    with store.transaction(Area.REVIEW, source="review"):
        waiting = [i for i in item_ids if review_item(workspace, i).state is ReviewState.OPEN]
        for item_id in waiting:
            store.reviews.settle(item_id, ReviewState.DISMISSED)
    return len(waiting)


def undo_review(workspace: Workspace, item_id: int) -> None:
    """What was dismissed or logged by hand waits again. Raises UsageError where there is nothing to take back."""
    store = workspace.store
    with store.transaction(*_AREAS, source="review"):
        item = review_item(workspace, item_id)
        if item.state is ReviewState.OPEN:
            raise UsageError("This entry waits already.")
        if item.state is ReviewState.KEPT_OUT:
            raise UsageError("Nothing of this message was kept, so there is nothing to take back.")
        undo = item.facts.get("undo")
        if item.state is ReviewState.LOGGED and not isinstance(undo, dict):
            raise UsageError("It was not logged by hand: its message is on the timeline.")
        store.reviews.settle(item_id, ReviewState.OPEN)
        if not isinstance(undo, dict):
            return
        facts = {name: value for name, value in item.facts.items() if name != "undo"}
        store.reviews.put_facts(item_id, facts)
        if item.message_pk is not None and store.messages.exists(item.message_pk):
            put_back(store, item.message_pk, undo)
        for contact in undo.get("made", []):
            if store.copied.has_nothing(contact):
                remove_record(store, RecordKind.CONTACT, contact, "review")


def review_text(workspace: Workspace, item_id: int, most: int = 20_000) -> str:
    """The beginning of its text, to see what it is; empty where nothing was kept. Raises UsageError, StoreError."""
    item = review_item(workspace, item_id)
    return read_message(workspace.store.files.read(item.raw_sha256)).text[:most] if item.raw_sha256 else ""


def _check_open(item: ReviewItem) -> None:
    if item.state in (ReviewState.LOGGED, ReviewState.DISMISSED):
        raise UsageError("This entry is settled already.")
    if not item.can_be_logged:
        raise NotAllowed("Nothing of this message was kept, so it cannot be logged by hand.")


def _check_deleted(workspace: Workspace, item: ReviewItem, message: ReadMessage, content: Original) -> None:
    """Nobody's timeline takes in what somebody who was deleted for good has written, or was alone written to. Raises
    NotAllowed."""
    store = workspace.store
    about = people_of(workspace, item.kind, content)
    gone = [p.addr_spec for p in about if p.addr_spec and store.tombstones.holds(p.addr_spec)]
    own = rules_for(workspace, ()).is_own
    others = [p for p in about if p.addr_spec and p.addr_spec not in gone and not own(p.key)]
    unknown = item.reason is Refusal.NOT_A_FORWARD  # nobody can tell who wrote it
    if (gone and not others) or (unknown and names_the_deleted(workspace, message)):
        who = gone[0] if gone else "somebody in this message"
        raise NotAllowed(
            f"{who} was permanently deleted from this workspace, so this message is not logged. Dismiss it."
        )


def _check_user(workspace: Workspace, user_id: int) -> None:
    if not workspace.store.credit.rights(user_id).personal_email_access:
        raise NotAllowed(
            "The user to whom it would be credited has no personal e-mail access. An administrator gives it under Users."
        )


def _called(address: str, people: Sequence[Address]) -> Address:
    """As the message calls them."""
    return next((p for p in people if p.key == Address(address).key), Address(address))


def _check_all(
    workspace: Workspace, contacts: Sequence[int], addresses: Sequence[str], people: Sequence[Address], user_id: int
) -> list[int]:
    """Each contact by those of its addresses that the message names, else by all of them. Returns those that are contacts
    already. Raises UsageError, NotAllowed."""
    store = workspace.store
    named = {p.key for p in people}
    known = list(contacts)
    for address in (a.strip() for a in addresses):
        found = store.contacts.find(address)
        if found is not None:
            known.append(found)
        elif not is_complete(address):
            raise UsageError(f"The address {quoted(address)} is not complete.")
        else:
            key = Address(address).key
            _check_addresses(workspace, address, {key}, {key}, user_id)
    for contact_id in known:
        keys = {Address(a).key for a in store.contacts.addresses(contact_id)}
        if not keys:
            raise UsageError(f"There is no contact {contact_id}.")
        _check_addresses(workspace, store.contacts.name(contact_id), (keys & named) or keys, keys, user_id)
    return known


def _check_addresses(workspace: Workspace, name: str, counted: set[str], keys: set[str], user_id: int) -> None:
    """Raises NotAllowed with what to do. `counted`: keys that no rule may forbid; `keys`: one of these needs a basis."""
    rules = rules_for(workspace, [user_id])
    checks: list[tuple[Refusal, Callable[[], bool], str]] = [
        (Refusal.NEVER_LOG, lambda: any(rules.never.entry_for(k) is not None for k in counted),
         f"{name} is on the never-log list. Remove the entry first."),
        (Refusal.DELETED, lambda: any(rules.deleted(k) for k in counted),
         f"{name} was permanently deleted from this workspace: nothing is logged to them any more."),
        (Refusal.NO_LEGAL_BASIS, lambda: rules.privacy_on and not any(rules.has_basis(k) for k in keys),
         f"The privacy switch is on, and there is no legal basis for {name}. Note it first."),
    ]  # fmt: skip
    for _, forbids, text in checks:
        if forbids():
            raise NotAllowed(text)


def _content(item: ReviewItem, message: ReadMessage, raw: bytes) -> Original:
    if item.kind is CopyKind.FORWARD:
        found = take_original(message, raw, both_forms=False, by_hand=True)
        if not isinstance(found, NoOriginal):
            return found
    return content_of(message, raw)


def _inbox(workspace: Workspace, item: ReviewItem) -> Inbox:
    if item.inbox_id is None:
        raise UsageError("The inbox that it came to is not known any more.")
    return workspace.store.inboxes.get(item.inbox_id)


def _place(item: ReviewItem, message: ReadMessage) -> Place:
    at = item.date or datetime.now(UTC)
    uid = item.uid or 0
    return Place(item.folder, item.uid_validity or 0, uid, at, False, message.headers)
