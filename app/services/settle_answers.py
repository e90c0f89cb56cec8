"""Answers that came before what they answer: passed over in a first look, or waiting; and drafts. Used by `sync_inbox`.

A draft that is sent is another message, as a rule: it comes with a UID of its own and is met like any other. Some programs
take the flag away where the message lies instead, which no cursor sees. So drafts that would be logged are remembered for
as long as answers are (`KEPT_FOR`), and each full round asks about those of them whose folder changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from itertools import islice

from app.backends.protocol import FolderStatus
from app.domain.changes import Area
from app.domain.folders import FolderJob
from app.services.folder_in_hand import Taken
from app.services.folders_in_hand import FoldersInHand
from app.services.join_later import LATE, join_logged
from app.services.log_message import EARLIER
from app.store.cursors import FolderCursor
from app.store.passed_over import NamedIds, short_hash
from app.store.waiting import DRAFT, WaitingPlace

_ROUNDS = 20  # of settling; each finds at least one more message
_IDS_AT_ONCE = 50_000  # that are looked for in what was passed over


Breathe = Callable[[FolderJob, FolderStatus], bool]  # see `Downwards`


class Settling(FoldersInHand):
    """Reads what names a message that turned up since."""

    def _settle_first_looks(self, jobs: list[FolderJob], breathe: Breathe) -> None:
        """All is read; what turned up on the way may have answers that were passed over above it, or in other folders. It
        may be left at any place: the store knows how far it came."""
        left = {job.path: job for job in jobs}
        while left and (found := self._turned_up_since(left)) is not None:
            for job in tuple(left.values()):
                if not self._look_again(job, *found, breathe):
                    del left[job.path]
                if self.cancel.is_set() or not self._digs():
                    return
        self._end_first_looks(path for path in left if (cursor := self._unfinished(path)) and cursor.low_uid <= 1)
        self._settle_turned_up()

    def _end_first_looks(self, paths: Iterable[str], *, in_vain: bool = False) -> None:
        with self._store.transaction(Area.INBOXES, source="sync"):
            for path in paths:
                cursor = self._unfinished(path)
                if cursor is not None:
                    self._store.inboxes.end_first_look(self.inbox.id, path, cursor.uid_validity, in_vain=in_vain)

    def _turned_up_since(self, paths: Collection[str]) -> tuple[set[int], int] | None:
        """Of the ids that turned up since something in these folders was passed over, and were not looked for there: short
        hashes, and up to which row these are all. Not too many at once; None when there are none."""
        self._turned_up()
        since = self._store.passed_over.known_until(self.inbox.id, paths)
        if since is None:
            return None
        some = list(islice(self._store.messages.aliases_after(since), _IDS_AT_ONCE))
        return ({short_hash(i.encode("utf-8", "surrogateescape")) for _, i in some}, some[-1][0]) if some else None

    def _look_again(self, job: FolderJob, wanted: set[int], until: int, breathe: Breathe) -> bool:
        """Reads what names one of these ids among what a folder's first look passed over. False where the folder has to
        wait for another time."""
        cursor = self._unfinished(job.path)
        if cursor is None or job.path in self._closed:
            return False
        since = self._store.passed_over.known_until(self.inbox.id, [job.path])
        if since is None or since >= until:
            return True
        key = (self.inbox.id, job.path, cursor.uid_validity)
        row = 0
        while some := self._store.passed_over.some(*key, before=until, after_row=row):
            for row, names in some:
                if not self._settle_passed_over(job, cursor, row, names, wanted, breathe):
                    return False
        with self._store.transaction(source="sync"):
            self._store.passed_over.looked_up(*key, until)
        return True

    def _settle_passed_over(
        self,
        job: FolderJob,
        cursor: FolderCursor,
        row: int,
        names: NamedIds,
        wanted: set[int],
        breathe: Breathe,
    ) -> bool:
        """One row of it: of each chunk is forgotten what was read again, and then what came is looked at."""
        uids = names.naming(wanted)
        while uids:
            status = self._try_select(job.path, again=False)
            if status is None or cursor.uid_validity != status.uid_validity:
                return False
            reading = self._reading(job, cursor, status)
            some, uids = uids[-reading.CHUNK :], uids[: -reading.CHUNK]
            names = names.without(frozenset(some))
            if not reading.again(some, partial(self._store.passed_over.replace, row, names)):
                return False
            if not breathe(job, status):
                return False
        return True

    def _turned_up(self) -> tuple[str, ...]:
        self._known.refresh()
        found = self._known.turned_up()
        self._fresh = (*self._fresh, *found)
        return found

    # -- answers that came before what they answer

    def _settle_due(self) -> None:
        """What waited for a message that is known by now, by whatever way it came."""
        for _ in range(_ROUNDS):
            read = {job.path for job in self.folders.jobs()} - self._closed
            places = [p for p in self._store.waiting.due(self.inbox.id) if p.folder in read]
            if not places or self.cancel.is_set():
                return
            waits = [self._store.waiting.of(self.inbox.id, place) for place in places]
            self._settle_waiting(places)
            self._join_moved([parent for found in waits if found is not None for parent in found.parents])

    def _settle_turned_up(self) -> None:
        for _ in range(_ROUNDS):
            self._turned_up()
            fresh, self._fresh = self._fresh, ()
            if not fresh or self.cancel.is_set():
                return
            self._settle_waiting(self._store.waiting.answering(self.inbox.id, fresh))
            self._join_moved(fresh)

    def _settle_drafts(self) -> None:
        """Those that are drafts no more, or gone. A folder whose HIGHESTMODSEQ is the same (RFC 7162) holds none."""
        by_folder: dict[str, list[WaitingPlace]] = {}
        for place in self._store.waiting.drafts(self.inbox.id):
            by_folder.setdefault(place.folder, []).append(place)
        read = {job.path for job in self.folders.jobs()}
        for path, places in by_folder.items():
            if self.cancel.is_set():
                return
            if path not in read:
                continue  # it is away just now, or what lies there is read no more
            state, seen = self.folders.state(path), self._drafts_seen.get(path)
            if path in self._closed or (state is not None and seen is not None and state.highest_modseq == seen):
                continue
            status = self._try_select(path, again=False)  # if it is selected, then since this round
            if status is None or (seen is not None and status.highest_modseq == seen):
                continue
            there = [place.uid for place in places if place.uid_validity == status.uid_validity]
            drafts = {h.uid for h in self.session.fetch_headers(there, ("Message-ID",)) if h.draft}
            self._settle_waiting(place for place in places if place.uid not in drafts)
            if status.highest_modseq is not None and not self.cancel.is_set():
                self._drafts_seen[path] = status.highest_modseq

    def _settle_waiting(self, places: Iterable[WaitingPlace]) -> None:
        jobs = {job.path: job for job in self.folders.jobs()}
        self._selected = None  # to list folders may select one
        for place in places:
            if self.cancel.is_set():
                return
            if place.folder in self._closed:
                continue  # it stays due
            is_draft = False
            job = jobs.get(place.folder)
            cursor = self._store.inboxes.cursor(self.inbox.id, place.folder)
            is_here = self._join_logged(place, cursor)  # then nothing of it has to be read again
            if job is None and not is_here:
                continue  # a folder that is away: the message is there when it is listed again
            if job is not None and not is_here and cursor is not None and cursor.uid_validity == place.uid_validity:
                status = self._try_select(job.path, again=False)
                if status is None:
                    continue
                if status.uid_validity == place.uid_validity:
                    is_draft = self._reading(job, cursor, status).one(place.uid)
            if not self.cancel.is_set():
                with self._store.transaction(source="sync"):
                    self._store.waiting.settle(self.inbox.id, place)
                    key = (self.inbox.id, place.folder, place.uid_validity)
                    self._store.inboxes.clear_suspects(*key, place.uid, place.uid + 1)
                    if is_draft:
                        self._store.waiting.remember(*key, [(place.uid, (DRAFT,))])

    def _join_logged(self, place: WaitingPlace, cursor: FolderCursor | None) -> bool:
        """One that is logged already, as mail with a contact, joins what it answers. False where it is none of these."""
        key = (self.inbox.id, place.folder, place.uid_validity)
        pk = self._store.waiting.early_answers_at(*key, [place.uid]).get(place.uid)
        if pk is None:
            return False
        waits = self._store.waiting.of(self.inbox.id, place)
        early = cursor is None or place.uid < cursor.first_look_until
        named = waits.parents if waits is not None else ()
        events = join_logged(self.workspace, self.inbox, pk, quiet=EARLIER if early else "", named=named)
        self._report(place.folder).count(Taken(stored=True, events=events), self.on_events)
        return True

    def _join_moved(self, fresh: Collection[str]) -> None:
        """Answers that were logged as mail with a contact, and lie no more where they waited; quietly, as what is old."""
        for pk in self._store.waiting.early_answers_to(self.inbox.id, fresh):
            if self.cancel.is_set():
                return
            join_logged(self.workspace, self.inbox, pk, quiet=LATE)
