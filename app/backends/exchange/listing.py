"""The messages of one folder: their numbers, and the ids under which the server hands them out. Used by `session`.

Drafts have neither here, wherever they lie (R9): what is not listed can be read by nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exchangelib.folders import BaseFolder

from app.backends.exchange.channel import Channel
from app.backends.exchange.faults import talking

LAST_NUMBER = 2**32 - 1  # as of IMAP's UIDs
PAGE = 500
AT_ONCE = 20  # numbers in one question
ItemKey = tuple[str, str]  # item id, change key


class Listing:
    """`ids`: what is known so far, by number."""

    def __init__(self, channel: Channel, folder: BaseFolder) -> None:
        self._channel, self.folder = channel, folder
        self.ids: dict[int, ItemKey] = {}

    def numbers(
        self, wanted: dict[str, Any], first: int = 1, limit: int | None = None, *, below: int = LAST_NUMBER + 1
    ) -> list[int]:
        """From `first` on, ascending; `below`: where nothing more is to be expected. Each page begins after the number
        at which the last one ended: offsets shift when a message is deleted meanwhile."""
        listed: list[int] = []
        while first < below and (limit is None or len(listed) < limit):
            most = PAGE if limit is None else min(PAGE, limit - len(listed))
            page, last = self._page({**wanted, "imap_number__gte": first}, most)
            if not last:
                break
            listed += page
            first = last + 1
        return listed

    def _page(self, wanted: dict[str, Any], most: int) -> tuple[list[int], int]:
        """Numbers, ascending, and the highest one that was met, be it a draft's; 0: none."""
        with talking(self._channel):
            found = self.folder.filter(**wanted).order_by("imap_number")
            found.page_size = most
            rows = list(found.values_list("id", "changekey", "imap_number", "is_draft")[:most])
        numbered = [row for row in rows if row[2] and 0 < row[2] <= LAST_NUMBER]
        listed = {row[2]: (row[0], row[1]) for row in numbered if row[3] is False}
        self.ids.update(listed)
        return sorted(listed), max((row[2] for row in numbered), default=0)

    def items(self, uids: Sequence[int]) -> dict[int, ItemKey]:
        """Their ids; messages that are gone have none."""
        unknown = [uid for uid in uids if uid not in self.ids]
        for start in range(0, len(unknown), AT_ONCE):
            self._page({"imap_number__in": unknown[start : start + AT_ONCE]}, AT_ONCE)
        return {uid: self.ids[uid] for uid in uids if uid in self.ids}


def newest_number(channel: Channel, folder: BaseFolder) -> int:
    """Of all messages in the folder; 0 when it is empty."""
    with talking(channel):
        newest = list(folder.all().order_by("-imap_number").values_list("imap_number", flat=True)[:1])
    return int(newest[0] or 0) if newest else 0
