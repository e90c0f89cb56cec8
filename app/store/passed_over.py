"""What unfinished first looks passed over: which ids each message names. Written and read by the sync.

An answer may lie above what it answers, or in another folder, and connections end. So what nobody knew anything about is
remembered in the transaction that moves the folder's cursor past it; when all is read, it is looked up there which of them
name something that turned up meanwhile, and nothing has to be read again to find them. About 20 bytes a message, until then.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence, Set
from itertools import accumulate, pairwise
from zlib import crc32

from peewee import fn

from app.domain.inboxes import InboxId
from app.store import models as m

_ROWS_AT_ONCE = 4


# Of an id 32 bits, the same in every run of the program. Now and then two share one: then a header is read for nothing.
short_hash = crc32


class NamedIds:
    """Which ids some messages of a folder name, by their `short_hash`. A message may stand there several times."""

    __slots__ = ("_ends", "_uids", "hashes")

    def __init__(self) -> None:
        self._uids = array("Q")
        self._ends = array("I")  # of each message its place behind the last of its hashes
        self.hashes = array("I")

    def __len__(self) -> int:
        """Hashes."""
        return len(self.hashes)

    def add(self, uids: Iterable[int], counts: Iterable[int], hashes: Iterable[int]) -> None:
        """Messages, how many ids each of them names, and the hashes of these in that order."""
        ends = accumulate(counts, initial=len(self.hashes))
        next(ends)
        self._ends.extend(ends)
        self._uids.extend(uids)
        self.hashes.extend(hashes)

    def naming(self, wanted: Set[int]) -> list[int]:
        """The UIDs of those that name one of these, ascending."""
        if wanted.isdisjoint(self.hashes):
            return []
        places = (place for place, number in enumerate(self.hashes) if number in wanted)
        return sorted({self._uids[bisect_right(self._ends, place)] for place in places})

    def without(self, uids: Collection[int]) -> NamedIds:
        """What is remembered of the others."""
        left = NamedIds()
        for uid, (start, end) in zip(self._uids, pairwise([0, *self._ends]), strict=True):
            if uid not in uids:
                left.add((uid,), (end - start,), self.hashes[start:end])
        return left

    def packed(self) -> bytes:
        """The number of messages, the lowest UID, of each message its UID's distance from that and its end, then all
        hashes: numbers of 32 bits, the second of 64, the lowest byte first."""
        lowest = min(self._uids, default=0)
        distances = array("I", [uid - lowest for uid in self._uids])
        parts = (array("I", [len(distances)]), array("Q", [lowest]), distances, self._ends, self.hashes)
        return b"".join(_in_order(part).tobytes() for part in parts)

    @classmethod
    def unpacked(cls, data: bytes) -> NamedIds:
        """The inverse of `packed`."""
        names = cls()
        count, lowest = int.from_bytes(data[:4], "little"), int.from_bytes(data[4:12], "little")
        numbers = _in_order(array("I", data[12:]))
        names._uids = array("Q", [lowest + distance for distance in numbers[:count]])
        names._ends, names.hashes = numbers[count : 2 * count], numbers[2 * count :]
        return names


def _in_order(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


class PassedOver:
    """Each method that writes wants to be inside a transaction."""

    def keep(
        self, inbox_id: InboxId, folder: str, uid_validity: int, known_until: int, windows: Sequence[NamedIds]
    ) -> None:
        """In the transaction that moves the cursor past them. Nothing where the first look has ended meanwhile, or the
        folder has other numbers. `known_until`: the row of the last id that was looked for in them."""
        going_on = (
            (m.FolderCursor.inbox == inbox_id)
            & (m.FolderCursor.path == folder)
            & (m.FolderCursor.uid_validity == uid_validity)
            & ~m.FolderCursor.first_look_done
        )
        if not windows or not m.FolderCursor.select().where(going_on).exists():
            return
        for names in windows:
            if len(names):
                m.PassedOver.insert(
                    inbox=inbox_id,
                    folder=folder,
                    uid_validity=uid_validity,
                    known_until=known_until,
                    names=names.packed(),
                ).execute()

    def known_until(self, inbox_id: InboxId, folders: Collection[str]) -> int | None:
        """The row of the last id that was looked for in all that these folders' first looks passed over; None when there
        is nothing."""
        query = (
            m.PassedOver.select(fn.MIN(m.PassedOver.known_until), m.FolderCursor.looked_up_until)
            .join(
                m.FolderCursor,
                on=(m.FolderCursor.inbox == m.PassedOver.inbox) & (m.FolderCursor.path == m.PassedOver.folder),
            )
            .where((m.PassedOver.inbox == inbox_id) & m.PassedOver.folder.in_(list(folders)))
            .group_by(m.PassedOver.folder)
        )
        return min((max(first, later) for first, later in query.tuples()), default=None)

    def some(
        self, inbox_id: InboxId, folder: str, uid_validity: int, before: int, after_row: int
    ) -> tuple[tuple[int, NamedIds], ...]:
        """(row, what is remembered) of what came before all ids up to `before` were known: the next few."""
        query = m.PassedOver.select(m.PassedOver.id, m.PassedOver.names).where(
            _of_folder(inbox_id, folder, uid_validity)
            & (m.PassedOver.known_until < before)
            & (m.PassedOver.id > after_row)
        )
        rows = query.order_by(m.PassedOver.id).limit(_ROWS_AT_ONCE).tuples()
        return tuple((row, NamedIds.unpacked(bytes(names))) for row, names in rows)

    def replace(self, row: int, names: NamedIds) -> None:
        """Some of its messages were looked at again."""
        if len(names):
            m.PassedOver.update(names=names.packed()).where(m.PassedOver.id == row).execute()
        else:
            m.PassedOver.delete().where(m.PassedOver.id == row).execute()

    def looked_up(self, inbox_id: InboxId, folder: str, uid_validity: int, known_until: int) -> None:
        """All ids up to this row were looked for in all of it."""
        m.FolderCursor.update(looked_up_until=known_until).where(
            (m.FolderCursor.inbox == inbox_id)
            & (m.FolderCursor.path == folder)
            & (m.FolderCursor.uid_validity == uid_validity)
            & (m.FolderCursor.looked_up_until < known_until)
        ).execute()


def _of_folder(inbox_id: InboxId, folder: str, uid_validity: int) -> object:
    return (
        (m.PassedOver.inbox == inbox_id) & (m.PassedOver.folder == folder) & (m.PassedOver.uid_validity == uid_validity)
    )
