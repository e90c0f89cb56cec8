"""What the secret store says, fit for a window: it speaks to the command line, too. Used by the dialogs and the main
window."""

from __future__ import annotations

import re
from typing import Protocol

LOCKED = ("Your passwords are locked", "Inboxes are not read and nothing goes out until they are unlocked.")
WRONG = "This is not the passphrase. Try again."

_WRONG, _KEYRING_LOCKED = "The passphrase does not open", "The system keyring is locked"
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_COMMAND_LINE = ("HITCHPOST_PASSPHRASE", "delete that file", "never kept as plain text")


class Status(Protocol):
    """`app.runtime.connecting.SecretStatus`."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


def opens_by_passphrase(status: Status) -> bool:
    """Whether there is an encrypted file that waits for its passphrase, or was given a wrong one."""
    return status.kind == "locked" or (status.kind == "none" and status.text.startswith(_WRONG))


def can_be_unlocked(text: str, status: Status) -> bool:
    """Whether something can be done here about the fault that the secret store explains in `text`."""
    if status.kind == "locked" and about_passphrase(text):
        return True
    return text.startswith((_WRONG, _KEYRING_LOCKED))


def for_window(text: str) -> str:
    """Without the sentences that only a terminal has a use for."""
    kept = [s for s in _SENTENCE.split(text) if not any(word in s for word in _COMMAND_LINE)]
    return " ".join(kept)


def why_not_opened(text: str) -> str:
    """Why a passphrase did not open the file, short enough for below its field."""
    return WRONG if text.startswith(_WRONG) else for_window(text)


def about_passphrase(text: str) -> bool:
    return "passphrase" in text.lower()
