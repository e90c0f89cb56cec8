"""That files of a logged message were not kept, and why. Used by whatever logs mail, the timeline and the export."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

# In a message that was read without its files: how many it has.
COUNT_FIELD = "X-Hitchpost-Files-Left-Out"


class WhyLeftOut(Enum):
    """Stored by value."""

    OVER_LIMIT = "over_limit"  # of a copied message: the files together are over the limit (L4)
    LARGE_MESSAGE = "large_message"  # of an answer or an imported message: all of it is (R4)
    REMOVED = (
        "removed"  # attached messages that were removed from this workspace for good (T9, L8); other files are there
    )
    SWITCHED_OFF = "switched_off"  # attachments are not logged in this workspace (S4)


@dataclass(frozen=True)
class FilesLeftOut:
    """`count` 0: there were some, and nobody counted them."""

    why: WhyLeftOut
    count: int = 0


def left_out_from(why: str, count: int) -> FilesLeftOut | None:
    """As it is stored, or stands in an export; None where nothing was left out, or for a reason that is none."""
    known = {reason.value: reason for reason in WhyLeftOut}
    return FilesLeftOut(known[why], max(0, count)) if why in known else None
