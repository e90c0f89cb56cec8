"""Whether, and when, a message that a server has will be read as the rules of today have it: from how far its folder was read,
and what is remembered of it. Used by `explain_found`, which promises nothing else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum

from app.domain.inboxes import Inbox
from app.services.workspace import Workspace
from app.store.fields import now
from app.store.waiting import WaitingPlace


class When(Enum):
    """`ELSEWHERE`: where it lies besides (Gmail's All Mail). `TOO_OLD`: older than a first look goes back. `PASSED`: it was met
    before that was known by which it belongs here, and nothing is remembered of it."""

    NEXT = "with the next look"
    FIRST_LOOK = "when the first look has come to it"
    END = "when the first look ends"
    ASIDE = "when it can be read"
    ELSEWHERE = "in another folder"
    TOO_OLD = "perhaps never"
    PASSED = "never, by itself"


def when_read(
    workspace: Workspace, inbox: Inbox, place: WaitingPlace, arrived: datetime, known: Collection[str], *, deep: bool
) -> When:
    """Of a message that belongs here and is not logged. `known`: which of the ids that it names are known by now; `deep`: see
    `FolderJob`."""
    store = workspace.store
    cursor = store.inboxes.cursor(inbox.id, place.folder)
    if cursor is not None and cursor.uid_validity != place.uid_validity:
        cursor = None  # it is read like a folder that was never met
    if cursor is not None and place.uid in store.inboxes.aside_in(inbox.id, place.folder, place.uid_validity):
        return When.ASIDE
    if cursor is not None and place.uid >= cursor.next_uid:
        return When.NEXT
    days = store.settings.get("sync.first_look_days")
    if cursor is None or place.uid < cursor.low_uid:
        if cursor is None and not deep:
            return When.ELSEWHERE
        if days and arrived < now() - timedelta(days=days):
            return When.TOO_OLD
        return When.NEXT if cursor is None else When.FIRST_LOOK
    waits = store.waiting.of(inbox.id, place)
    if waits is not None and (waits.draft or not set(known).isdisjoint(waits.parents)):
        return When.NEXT
    if place.uid < cursor.first_look_until:
        if not cursor.first_look_done:
            return When.END
        if not deep:
            return When.ELSEWHERE
        if cursor.put_off and store.messages.any_known():  # then it begins with the next look
            return When.TOO_OLD if days and arrived < now() - timedelta(days=days) else When.NEXT
        if days and arrived < inbox.created_at - timedelta(days=days):  # that look went back no further
            return When.TOO_OLD
    return When.PASSED
