"""How the folders of a mailbox stand, followed by what the server tells of changes. Used by `session`.

A folder that is kept up with has a sync state (SyncFolderItems): to ask whether anything came costs one small request, and
the answer names what came. The first state is had by letting the server tell the whole folder once, a few pages at a time;
until that is done, and where the server does not go along, the folder is looked at by its numbers: how many messages it has
and which is the newest.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from exchangelib import Account
from exchangelib.folders import BaseFolder

from app.backends.exchange.changes import MOST_CHANGES, Change, ChangePage, changes_since
from app.backends.exchange.channel import Channel
from app.backends.exchange.faults import state_refused, talking
from app.backends.exchange.listing import LAST_NUMBER, ItemKey, newest_number
from app.backends.protocol import FolderStatus
from app.domain.errors import MailFault
from app.domain.problems import ProblemCode

log = logging.getLogger(__name__)

PAGES = 8  # asked for at one go
REFUSALS = 2  # of a state, after which the folder is looked at by its numbers
_MOST_FRESH = 5000  # messages that came and are kept in memory
_HALF = "half:"  # before a state in the middle of what the server had to tell; base64 has no colon
_NONSENSE = (ProblemCode.PROTOCOL_ERROR, ProblemCode.ANSWER_TOO_LARGE)


@dataclass
class Standing:
    """Of one folder. `uid_next`, `exists`: as of the last look. `version` counts what came and went. `state`: for the next
    question; `current`: it stands for all that the server had to tell. `fresh`: every message numbered `since` or higher,
    where it is current."""

    folder: BaseFolder
    uid_next: int = 0  # 0: not looked at yet
    exists: int = 0
    version: int = 0
    state: str = ""
    current: bool = False
    together: bool = False  # `exists` and `uid_next` are those of the state; else they were found in another way
    since: int = 0
    fresh: dict[int, ItemKey] = field(default_factory=dict)
    refusals: int = 0
    pages: int = 0  # since it was last current
    placed: dict[str, int] = field(default_factory=dict)  # numbers of messages that somebody asks for, by item id
    deleted: set[str] = field(default_factory=set)  # ids that went since somebody asked

    @property
    def validity(self) -> int:
        return validity(self.folder)

    def status(self) -> FolderStatus:
        state = self.state if self.together or not self.state else _HALF + self.state
        return FolderStatus(self.validity, self.uid_next, self.exists, None, state)


def validity(folder: BaseFolder) -> int:
    """A mailbox that is moved or restored gives its folders other ids."""
    return zlib.crc32(folder.id.encode()) or 1


class Standings:
    """Of all folders of a session."""

    def __init__(self, channel: Channel, mailbox: Account) -> None:
        self._channel, self._mailbox = channel, mailbox
        self._standing: dict[str, Standing] = {}  # by folder id
        self._resumed: Mapping[str, FolderStatus] | None = None

    def resume(self, told: Mapping[str, FolderStatus]) -> None:
        """From now on folders are kept up with; `told`: how they stood when they were last read, by path."""
        self._resumed = dict(told)
        self._standing.clear()

    def of(self, path: str, folder: BaseFolder) -> Standing:
        standing = self._standing.get(folder.id)
        if standing is None:
            standing = self._standing[folder.id] = Standing(folder)
            before = None if self._resumed is None else self._resumed.get(path)
            if before is not None and before.sync_state and before.uid_validity == standing.validity:
                standing.together = not before.sync_state.startswith(_HALF)
                standing.state = before.sync_state.removeprefix(_HALF)
                standing.uid_next, standing.exists = before.uid_next, before.exists
                standing.since = before.uid_next
        return standing

    def refresh(self, standing: Standing) -> None:
        """Asks the server. FOLDER_MISSING when the folder is gone."""
        if standing.together and self._follow(standing, counting=True):
            return
        behind = standing.together and bool(standing.state)  # that were as many pages as one look may take
        standing.together = False
        self.count(standing)
        if self._resumed is not None and not behind:
            self._follow(standing, counting=False)

    def count(self, standing: Standing) -> None:
        """By numbers: how many messages there are, and the number after the last one's."""
        with talking(self._channel, ProblemCode.FOLDER_MISSING):
            standing.folder.refresh()
        self.looked(standing, standing.folder.total_count or 0, newest_number(self._channel, standing.folder) + 1)

    def looked(self, standing: Standing, exists: int, uid_next: int) -> None:
        """This was found in another way."""
        if not standing.since:
            standing.since = uid_next
        if (exists, uid_next) != (standing.exists, standing.uid_next):
            standing.version += 1
        standing.exists, standing.uid_next = exists, max(standing.uid_next, uid_next)

    def _follow(self, standing: Standing, *, counting: bool) -> bool:
        """Takes in what the server tells of changes. False: that was not all, or nothing to go by."""
        standing.current = False
        if standing.refusals >= REFUSALS:
            return False
        for _ in range(PAGES):
            page = self._page(standing)
            if page is None:
                return False
            for change in page.changes:
                _take(standing, change, counting=counting)
            standing.state = page.state
            if len(standing.fresh) > _MOST_FRESH:
                standing.fresh.clear()
                standing.since = standing.uid_next
            if page.last:
                standing.current = standing.together = True
                standing.pages = 0
                return True
        return False

    def _page(self, standing: Standing) -> ChangePage | None:
        standing.pages += 1
        try:
            page = changes_since(self._channel, self._mailbox, standing.folder, standing.state)
        except MailFault as fault:
            if state_refused(fault):
                self._begin_again(standing, "the state is not taken any more")
            elif fault.problem.code in _NONSENSE:
                standing.refusals = REFUSALS
                self._begin_again(standing, fault.problem.server_says)
            else:
                raise
            return None
        too_many = standing.pages > 64 + 2 * max(standing.exists, standing.uid_next) // MOST_CHANGES
        endless = not page.last and (not page.changes or page.state == standing.state or too_many)
        if endless or not page.state:
            standing.refusals = REFUSALS
            self._begin_again(standing, "an end that never comes" if page.state else "no usable state")
            return None
        return page

    def _begin_again(self, standing: Standing, why: str) -> None:
        """Without a state. What was read is known by its number: nothing is read twice."""
        log.info("%s: %s is followed anew: %s", self._channel.endpoint.host, standing.folder.name, why)
        standing.refusals += 1
        standing.state, standing.current = "", False
        standing.fresh.clear()
        standing.placed.clear()
        standing.deleted.clear()
        standing.since, standing.pages = 0, 0


def _take(standing: Standing, change: Change, *, counting: bool) -> None:
    if change.kind == "delete":
        number = next((n for n, key in standing.fresh.items() if key[0] == change.item_id), None)
        if number is not None:
            del standing.fresh[number]
            standing.placed[change.item_id] = number
        standing.deleted.add(change.item_id)
        if len(standing.deleted) > _MOST_FRESH:  # nobody asks: then all are looked for again
            standing.deleted.clear()
            standing.placed.clear()
        standing.version += 1
        standing.exists = max(0, standing.exists - counting)
        return
    if change.kind not in ("create", "update") or not 0 < change.number <= LAST_NUMBER:
        return
    known = change.number in standing.fresh
    if change.number >= standing.since:
        standing.fresh.pop(change.number, None)
        if change.draft is None:  # nobody knows: up to there the folder is listed, which asks again
            standing.since = change.number + 1
        elif not change.draft:
            standing.fresh[change.number] = (change.item_id, change.change_key)
    is_news = change.number >= standing.uid_next
    standing.uid_next = max(standing.uid_next, change.number + 1)
    if is_news or (counting and change.kind == "create" and not known):
        standing.version += 1
        standing.exists += counting
