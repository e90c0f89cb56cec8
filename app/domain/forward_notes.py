"""What somebody wrote above a message that he forwarded here: his own words, and no part of the message. Used by the logging of
forwarded mail, the timeline and the export."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.domain.addresses import address_key

LONGEST_NOTE = 20_000  # letters that are kept; that there were more is said at its end

ADDRESS_IN_TEXT = re.compile(r"(?:\"[^\"\s@]{1,64}\"|[^\s<>()\[\],;:\"'&@]{1,64})@[^\s<>()\[\],;:\"'&@/?]{1,255}")
_NOT_NAMED = "[address removed]"


@dataclass(frozen=True)
class ForwardNote:
    """`user_id`: who forwarded it, as far as it is credited to somebody. `copied_id`: the forward's own Message-ID, normalised:
    the same forward brings its note once. `at`: when it was forwarded."""

    user_id: int
    text: str
    at: datetime
    copied_id: str


def without_addresses(text: str, meant: Callable[[str], bool]) -> str:
    """A note that does not tell the addresses which are `meant`, by their keys; the very same where there are none."""
    return ADDRESS_IN_TEXT.sub(lambda found: _NOT_NAMED if meant(address_key(found[0])) else found[0], text)
