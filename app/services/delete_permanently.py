"""Deletes a contact for good (T9), so that it cannot come back: not by sync, BCC, forwarding or import, nor with
the text of the mail that went. What goes is counted before; it cannot be undone. Used by the façade and the command line."""

from __future__ import annotations

import time
from contextlib import suppress

from app.domain.addresses import address_key
from app.domain.changes import Area
from app.domain.errors import NotAllowed, StoreError
from app.domain.records import DeletionPlan
from app.domain.rights import Right
from app.services.forget_recipients import owe_forgetting
from app.services.rights import require
from app.services.unaddress_drafts import keep_drafts
from app.store import Store


def plan_deletion(store: Store, contact_id: int) -> DeletionPlan:
    """What `delete_permanently` would remove; nothing is changed. Raises UsageError when there is no such contact, NotAllowed
    when it was merged with another one."""
    return store.erasing.plan(contact_id)


def delete_permanently(store: Store, contact_id: int, source: str = "user") -> DeletionPlan:
    """Returns what was removed. Raises NotAllowed while a message to the contact is being sent, AdminOnly, UsageError,
    StoreError."""
    require(store, Right.DELETION)
    begun = time.monotonic()
    with store.transaction(*Area, source=source):
        found = store.erasing.traces(contact_id)
        plan = store.erasing.counted(found)
        if store.erasing.being_sent(found):
            raise NotAllowed("A message to this contact is being sent at this moment. Try again in a minute.")
        deals = store.deals.of_contact(contact_id)
        owe_forgetting(store, found)
        store.gone.remember((*found.messages, *found.notices), found.reviews)
        files = store.erasing.erase(found)
        keep_drafts(store, found)
        store.notes.unname({address_key(a) for a in found.addresses}.__contains__)
        for deal_id in deals:
            store.deals.refresh(deal_id)
        store.tombstones.add(found.addresses, store.user_id)
        store.owe_no_trace(files)
    with suppress(StoreError):  # the deletion is done; what is left stays owed, and is tried again
        store.leave_no_trace(
            time.monotonic() - begun
        )  # what a sync keeps anew meanwhile is not removed under its hands
    return plan
