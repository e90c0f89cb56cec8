"""The folders of an inbox that are read, kept in step with what the server lists: new ones, renamed ones, and those that
are gone. Used by `sync_inbox`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta

from app.backends.protocol import FolderInfo, FolderStatus, MailBackend
from app.domain.changes import Area
from app.domain.folders import FolderChoice, FolderFacts, FolderJob, LeftOut, choose_folders
from app.domain.inboxes import Inbox
from app.domain.logging_addresses import AddressState, Way
from app.domain.logging_rules import FolderRole
from app.services.workspace import Workspace
from app.store.cursors import FolderCursor
from app.store.fields import now

log = logging.getLogger(__name__)

LIST_AGAIN = 1800.0  # seconds
GONE_FOR = timedelta(days=30)  # after that a folder that the server lists no more is forgotten


class Folders:
    """One connection's view. The list is asked for once in a while, how the folders stand in few round trips."""

    def __init__(self, workspace: Workspace, inbox: Inbox, session: MailBackend) -> None:
        self._store, self._inbox, self._session = workspace.store, inbox, session
        self._choice: FolderChoice | None = None
        self._listed_at = 0.0
        self._states: dict[str, FolderStatus] = {}

    def jobs(self) -> tuple[FolderJob, ...]:
        """INBOX first, then Sent. Asks the server when the last list is old."""
        if self._choice is None or time.monotonic() - self._listed_at > LIST_AGAIN:
            self._choice = self._list()
            self._listed_at = time.monotonic()
        return self._choice.jobs

    @property
    def pushed(self) -> tuple[FolderJob, ...]:
        """INBOX and Sent, as of the last list: to ask for another one may select a folder."""
        jobs = self._choice.jobs if self._choice is not None else ()
        return tuple(job for job in jobs if job.path == "INBOX" or job.role is FolderRole.SENT)

    @property
    def too_many(self) -> int:
        """Folders that are not read because there are so many, as of the last list."""
        return self._choice.too_many if self._choice is not None else 0

    @property
    def never_read(self) -> tuple[tuple[str, LeftOut], ...]:
        """Path and reason of folders that are left out whatever their number, as of the last list."""
        left_out = self._choice.left_out if self._choice is not None else {}
        return tuple((path, why) for path, why in left_out.items() if why is not LeftOut.TOO_MANY)

    def forget_list(self) -> None:
        """A folder is not what it was: the next look asks again."""
        self._choice = None

    def look(self, *, sent_only: bool = False) -> None:
        """Asks how the folders stand, all at once and without opening them."""
        wanted = [job.path for job in self.jobs()[1:] if job.role is FolderRole.SENT or not sent_only]
        self._states = self._session.states(wanted) if wanted else {}

    def state(self, path: str) -> FolderStatus | None:
        """As `look` found it; None when the server does not tell."""
        return self._states.get(path)

    def _list(self) -> FolderChoice:
        listed = self._session.folders()
        gmail = "X-GM-EXT-1" in self._session.capabilities()
        sent = self._session.find_sent_folder() or ""
        choice = choose_folders([folder_facts(f) for f in listed], sent, gmail=gmail)
        self._reconcile(listed, choice)
        for path, why in choice.left_out.items():
            log.debug("%s: %s is not read: %s", self._inbox.address, path, why.value)
        return choice

    def _reconcile(self, listed: Sequence[FolderInfo], choice: FolderChoice) -> None:
        cursors = {cursor.path: cursor for cursor in self._store.inboxes.cursors(self._inbox.id)}
        there = {folder.path for folder in listed} | {"INBOX"}
        missing = [cursor for path, cursor in cursors.items() if path not in there]
        new = [job for job in choice.jobs if job.path not in cursors]
        renamed: set[str] = set()
        if missing and new:
            states = self._session.states([job.path for job in new])
            for job in new:
                state = states.get(job.path)
                before = [c for c in missing if c.path not in renamed and _may_be(c, state)]
                found = next((c for c in before if self._is_same(c, job.path)), None)
                if found is not None:
                    renamed.add(found.path)
                    log.info("%s: %s is called %s now", self._inbox.address, found.path, job.path)
                    with self._store.transaction(Area.INBOXES, source="sync"):
                        self._store.inboxes.rename_folder(self._inbox.id, found.path, job.path, job.role.value)
        self._miss_logging_folders({f.path for f in listed if f.selectable} | {"INBOX"} | cursors.keys())
        gone = [c for c in missing if c.path not in renamed]
        back = [c.path for c in cursors.values() if c.path in there and c.missing_since is not None]
        if not gone and not back:
            return
        with self._store.transaction(Area.INBOXES, source="sync"):
            self._store.inboxes.miss_folders(self._inbox.id, [c.path for c in gone if c.missing_since is None], now())
            for path in back:
                self._store.inboxes.find_folder_again(self._inbox.id, path)
            for cursor in gone:
                if cursor.missing_since is not None and now() - cursor.missing_since > GONE_FOR:
                    self._store.inboxes.drop_folder(self._inbox.id, cursor.path)

    def _miss_logging_folders(self, known: set[str]) -> None:
        """A folder that was to serve a logging address, and that the server never had."""
        addresses = self._store.logging_addresses.all()
        here = [a for a in addresses if a.way is Way.FOLDER and a.inbox_id == self._inbox.id]
        lost = {a.folder for a in here if a.folder not in known and a.state is not AddressState.BROKEN}
        if not lost:
            return
        with self._store.transaction(Area.SETTINGS, source="sync"):
            for path in lost:
                self._store.logging_addresses.lose_folder(self._inbox.id, path)

    def _is_same(self, cursor: FolderCursor, path: str) -> bool:
        """Many servers give folders that were made in the same second the same UIDVALIDITY: the message that was the newest
        one has to be where it was. When it is gone, the folder is read like a new one, which doubles nothing."""
        if not cursor.mark_uid or not cursor.mark_id:
            return False
        self._session.select(path)
        found = list(self._session.fetch_headers([cursor.mark_uid], ("Message-ID",)))
        return len(found) == 1 and found[0].header.decode("ascii", "replace").strip()[:998] == cursor.mark_id


def _may_be(cursor: FolderCursor, state: FolderStatus | None) -> bool:
    if state is None or state.uid_validity != cursor.uid_validity:
        return False
    return state.uid_next == 0 or state.uid_next >= cursor.mark_uid


def folder_facts(folder: FolderInfo) -> FolderFacts:
    """What the choice needs of it."""
    return FolderFacts(folder.path, folder.special_use, folder.selectable, folder.delimiter, folder.personal)
