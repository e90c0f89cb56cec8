"""What somebody wrote above a message that he forwarded here: his own words, and no part of the message. Used by the logging of
forwarded mail, the timeline and the export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LONGEST_NOTE = 20_000  # letters that are kept; that there were more is said at its end


@dataclass(frozen=True)
class ForwardNote:
    """`user_id`: who forwarded it, as far as it is credited to somebody. `copied_id`: the forward's own Message-ID, normalised:
    the same forward brings its note once. `at`: when it was forwarded."""

    user_id: int
    text: str
    at: datetime
    copied_id: str
