"""What the secret store says, fit for a window: it speaks to the command line, too. Used by the dialogs and the main
window."""

from __future__ import annotations

import re

LOCKED = ("Your passwords are locked", "Inboxes are not read and nothing goes out until they are unlocked.")
WRONG = "This is not the passphrase. Try again."

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_COMMAND_LINE = ("HITCHPOST_PASSPHRASE", "delete that file", "never kept as plain text")


def for_window(text: str) -> str:
    """Without the sentences that only a terminal has a use for."""
    kept = [s for s in _SENTENCE.split(text) if not any(word in s for word in _COMMAND_LINE)]
    return " ".join(kept)


def why_not_opened(text: str) -> str:
    """Why a passphrase did not open the file, short enough for below its field."""
    return WRONG if text.startswith("The passphrase does not open") else for_window(text)


def about_passphrase(text: str) -> bool:
    return "passphrase" in text.lower()
