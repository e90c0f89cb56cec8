"""A person puts a logged message where it belongs: onto another thread, another contact, or apart; and takes that back. What
was decided so counts for what follows: answers go where the message is, and the same sender's further messages in
that thread go to the same contacts. Used by the façade.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.subjects import base_subject
from app.services.join_forwarded import part_forwarded
from app.services.workspace import Workspace
from app.store import Store

_AREAS = (Area.MESSAGES, Area.CONTACTS, Area.COMPANIES, Area.DEALS)


def move_message(
    workspace: Workspace, message_pk: int, *, to_message: int | None = None, to_contacts: Sequence[int] = ()
) -> None:
    """Into the thread of another message, with the answers to it; or onto other contacts' timelines, which stay in its
    thread; or both. UsageError when nothing would change."""
    store = workspace.store
    with store.transaction(*_AREAS, source="arrange"):
        message = store.messages.get(message_pk)
        thread = store.messages.get(to_message).thread_id if to_message is not None else message.thread_id
        contacts = tuple(dict.fromkeys(to_contacts))
        if to_message is not None and not contacts:
            contacts = store.messages.contacts_of(to_message)
        if thread == message.thread_id and set(contacts) <= set(store.messages.contacts_of(message_pk)):
            raise UsageError("The message is there already.")
        moved = [message_pk] if thread == message.thread_id else with_answers(workspace.store, message_pk)
        _arrange(workspace, "move", message_pk, moved, thread, contacts)


def split_message(workspace: Workspace, message_pk: int) -> None:
    """Begins a thread of its own with a message and the answers to it. UsageError when it is alone already."""
    store = workspace.store
    with store.transaction(*_AREAS, source="arrange"):
        message = store.messages.get(message_pk)
        moved = with_answers(workspace.store, message_pk)
        if set(store.messages.of_thread(message.thread_id)) <= set(moved):
            raise UsageError("The message begins a thread of its own already.")
        thread = store.messages.new_thread(base_subject(message.subject), split_from=message.thread_id)
        _arrange(workspace, "split", message_pk, moved, thread, ())


def undo_arrangement(workspace: Workspace, message_pk: int) -> bool:
    """Takes the last decision about a message back; where there is none, parts it from the forward that it was joined with.
    False when there is neither."""
    store = workspace.store
    with store.transaction(*_AREAS, source="arrange"):
        last = store.overrides.last(message_pk)
        if last is None:
            return part_forwarded(workspace, message_pk) is not None
        for number, before in last.before["messages"].items():
            if store.messages.exists(int(number)):
                store.messages.arrange(int(number), before["thread"], before["contacts"])
        if "records" in last.before:  # services.associate_message
            store.copied.put_records(message_pk, last.before["records"]["companies"], last.before["records"]["deals"])
        store.overrides.undo(last.id)
    return True


def with_answers(store: Store, message_pk: int) -> list[int]:
    """The message, and what answers it in its thread, directly or not, whatever their dates say. Used by `join_later`, too."""
    found = [message_pk]
    ids = set(store.messages.aliases(message_pk))
    others = store.messages.links_in_thread(store.messages.get(message_pk).thread_id)
    while answers := [link for link in others if link[0] not in found and ids & link[1]]:
        found += [pk for pk, _, _ in answers]
        ids.update(*(aliases for _, _, aliases in answers))
    return found


def _arrange(
    workspace: Workspace, kind: str, message_pk: int, moved: Sequence[int], thread: int, contacts: Sequence[int]
) -> None:
    store = workspace.store
    before: dict[str, Any] = {}
    for pk in moved:
        now_at = store.messages.contacts_of(pk)
        before[str(pk)] = {"thread": store.messages.get(pk).thread_id, "contacts": list(now_at)}
        store.messages.arrange(pk, thread, contacts or now_at)
    sender = store.messages.sender(message_pk)
    after = {"thread": thread, "contacts": list(contacts)}
    key = Address(sender).key if sender else ""
    store.overrides.add(message_pk, store.user_id, kind, key, thread, {"messages": before}, after)
