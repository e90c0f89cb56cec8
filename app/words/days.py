"""A day as sentences name it: in English, whatever the computer's language is. Used by what is told of messages."""

from __future__ import annotations

from datetime import datetime

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(moment: datetime) -> str:
    """``3 March 2026``, in the computer's own time zone; a time without a zone is taken as it is."""
    here = moment.astimezone() if moment.tzinfo else moment
    return f"{here.day} {MONTHS[here.month - 1]} {here.year}"
