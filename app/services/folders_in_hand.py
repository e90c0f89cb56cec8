"""The folders of one inbox on one connection: which is selected, and what is remembered of them. Used by `sync_inbox`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app.backends.protocol import FolderStatus, MailBackend
from app.domain.errors import MailFault
from app.domain.folders import FolderJob
from app.domain.inboxes import Inbox
from app.domain.logging_addresses import LoggingAddress
from app.domain.problems import ProblemCode
from app.services.byte_budget import ByteBudget
from app.services.find_folders import Folders
from app.services.folder_in_hand import FolderInHand
from app.services.folder_report import EventListener, FolderReport
from app.services.known_ids import KnownIds
from app.services.meet_copied import serving
from app.services.read_folder import FolderReading
from app.services.workspace import Workspace
from app.store.cursors import FolderCursor


class FoldersInHand:
    """What reading upwards, first looks and settling share."""

    def __init__(
        self,
        workspace: Workspace,
        inbox: Inbox,
        session: MailBackend,
        cancel: threading.Event,
        on_events: EventListener = lambda _events: None,
        may_dig: Callable[[], bool] = lambda: True,
    ) -> None:
        self.workspace, self.inbox, self.session = workspace, inbox, session
        self.cancel, self.on_events = cancel, on_events
        self.folders = Folders(workspace, inbox, session)
        self._store = workspace.store
        session.resume({cursor.path: _stood(cursor) for cursor in self._store.inboxes.cursors(inbox.id)})
        self._known = KnownIds(workspace.store.messages)
        self._reports: dict[str, FolderReport] = {}
        self._breathed = time.monotonic()
        self._may_dig = may_dig
        self._budget = ByteBudget(workspace, inbox, session)
        self._selected: tuple[str, FolderStatus] | None = None
        self._closed: set[str] = set()  # folders that could not be opened in this round
        self._drafts_seen: dict[str, int] = {}  # by folder: its HIGHESTMODSEQ when its drafts were last looked at
        self._fresh: tuple[str, ...] = ()  # ids that turned up, whose answers may wait
        self.wants_sent = False  # something answers a message that is not known here: it may lie in Sent

    def _copies(self) -> tuple[LoggingAddress, ...]:
        """As they are now: a new address takes effect at once, on a connection that stays open, too."""
        return serving(self.workspace, self.inbox)

    def _digs(self) -> bool:
        """Whether first looks may go on now."""
        return self._may_dig() and not self._budget.is_short

    def _unfinished(self, path: str) -> FolderCursor | None:
        cursor = self._store.inboxes.cursor(self.inbox.id, path)
        return None if cursor is None or cursor.first_look_done else cursor

    def _select(self, path: str, *, again: bool = True) -> FolderStatus:
        """`again` False: what the server said when it was selected will do."""
        if again or self._selected is None or self._selected[0] != path:
            self._selected = None
            self._selected = path, self.session.select(path)
        return self._selected[1]

    def _try_select(self, path: str, *, again: bool = True) -> FolderStatus | None:
        """None when this folder cannot be opened: it is passed over then. INBOX is not."""
        try:
            status = self._select(path, again=again)
        except MailFault as fault:
            if path == "INBOX" or fault.problem.code is not ProblemCode.FOLDER_MISSING:
                raise
            self._report(path).note = "It cannot be opened just now."
            self._closed.add(path)
            self.folders.forget_list()
            return None
        self._closed.discard(path)
        return status

    def _reading(self, job: FolderJob, cursor: FolderCursor, status: FolderStatus) -> FolderReading:
        folder = FolderInHand(
            self.workspace, self.inbox, self.session, job.path, job.role, status.uid_validity, self._copies()
        )
        budget, report = self._budget, self._report(job.path)
        return FolderReading(
            folder, cursor, self._known, report, self.cancel, self.on_events, budget.pay, budget.is_ample
        )

    def _report(self, path: str) -> FolderReport:
        return self._reports.setdefault(path, FolderReport(path))


def _stood(cursor: FolderCursor) -> FolderStatus:
    """When it was last read to its end."""
    return FolderStatus(
        cursor.uid_validity, cursor.seen_uid_next, cursor.seen_exists, cursor.seen_modseq, cursor.sync_state
    )
