"""What a new version of the program does once: messages that were set aside are read again."""

from __future__ import annotations

from datetime import timedelta

from app.domain.inboxes import InboxId
from app.services.after_update import look_again_after_update
from app.store import Store
from app.store.fields import now


def aside(store: Store, inbox_id: InboxId, uid: int) -> None:
    with store.transaction():
        store.inboxes.set_aside(inbox_id, "INBOX", 7, uid, "broken_message", now() + timedelta(days=14))


def due(store: Store, inbox_id: InboxId) -> list[int]:
    return [uid for uid, _, _ in store.inboxes.due_again(inbox_id, "INBOX", 7, now())]


def test_a_new_version_looks_again_at_what_the_old_one_could_not_read(store: Store, inbox_id: InboxId) -> None:
    look_again_after_update(store, "1.0")
    aside(store, inbox_id, 3)
    aside(store, inbox_id, 4)
    assert look_again_after_update(store, "1.0") == 0
    assert due(store, inbox_id) == []
    assert look_again_after_update(store, "1.1") == 2
    assert due(store, inbox_id) == [3, 4]


def test_it_does_so_once(store: Store, inbox_id: InboxId) -> None:
    look_again_after_update(store, "1.1")
    aside(store, inbox_id, 5)
    assert look_again_after_update(store, "1.1") == 0
    assert due(store, inbox_id) == []
