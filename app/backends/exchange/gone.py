"""Which of some messages an Exchange folder holds no more. Used by `session`.

SyncFolderItems tells of a deletion by the id of the message, and an id tells no number: so it is remembered, as long as the
session, under which id each message of interest lies. Those whose ids are not known yet are looked for, once.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.backends.exchange.listing import AT_ONCE, Listing
from app.backends.exchange.standing import Standing

LOOKS = 25  # questions at one go, of `AT_ONCE` messages each; the newest first, others the next time


def gone(standing: Standing, listing: Listing, uids: Sequence[int], most: int) -> set[int]:
    """`uids`: ascending; `most`: how many messages are missing in all. Raises MailFault, Cancelled."""
    if not standing.current:  # then deletions are counted, but not told
        standing.placed.clear()
    placed = standing.placed
    wanted = set(uids)
    placed.update({key[0]: uid for uid, key in standing.fresh.items() if uid in wanted})
    lost = wanted & {placed.pop(item_id) for item_id in standing.deleted if item_id in placed}
    standing.deleted.clear()
    known = lost.union(placed.values())
    unknown = [uid for uid in reversed(uids) if uid not in known]
    for start in range(0, min(len(unknown), LOOKS * AT_ONCE), AT_ONCE):
        if len(lost) >= most:
            break
        some = unknown[start : start + AT_ONCE]
        there = listing.items(some)
        placed.update({key[0]: uid for uid, key in there.items()})
        lost.update(uid for uid in some if uid not in there)
    return lost
