"""Events that were stored while no window was open to tell of them: found, and written down once they are told. Used by
`Program`, off the main thread but for `came_in_absence`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.domain.changes import Area
from app.domain.events import EventId, EventKind

if TYPE_CHECKING:
    from app.domain.views import FeedRow
    from app.services.workspace import Workspace

_LOOKED_BELOW = "_notify.looked_below"
_SETTLING = timedelta(minutes=2)  # in which the inboxes catch up
_BY_MAIL = frozenset({EventKind.REPLY, EventKind.BOUNCE})


def find_untold(workspace: Workspace) -> tuple[EventId, ...]:
    """Oldest first. Of those that came after the last look, or the first one ever; remembers that it has looked."""
    store = workspace.store
    newest = store.feed.newest_id()
    looked = int(store.settings.get(_LOOKED_BELOW))
    if looked == newest + 1:
        return ()
    untold = store.feed.untold(looked - 1) if looked else ()
    with store.transaction(source="notifier"):
        store.settings.put(_LOOKED_BELOW, min(untold, default=newest + 1))
    return untold


def mark_notified(workspace: Workspace, noted: tuple[tuple[EventId, bool, str], ...]) -> None:
    with workspace.store.transaction(Area.EVENTS, source="notifier"):
        for event_id, shown, why in noted:
            workspace.store.events.mark_notified(event_id, shown, why)


def came_in_absence(row: FeedRow, here_since: datetime) -> bool:
    """Mail is read again some time after the start; the mail says when it came. Its sender's clock may be wrong: later than
    two minutes after it, mail is told as it comes."""
    if row.kind not in _BY_MAIL or row.at >= here_since:
        return False
    return datetime.now(here_since.tzinfo) - here_since < _SETTLING
