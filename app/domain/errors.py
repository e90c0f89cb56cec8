"""The one exception tree.

    HitchpostError
    ├── MailFault            the mail world's fault, carries a Problem (see `problems`)
    ├── Cancelled            the caller's own cancel event ended a conversation with a server; nothing is wrong
    ├── StoreError           the local database or its folder
    │   ├── NewerDatabase    written by a newer version of the program
    │   └── DiskFull         nothing was written; the last transaction is undone
    ├── SecretError          keyring or passphrase file cannot be used
    │   └── WrongPassphrase
    ├── TrackingError        the tracking server cannot be reached or refuses
    ├── NoMailServer         the servers of an address cannot be found, or are not of a kind that was asked for
    └── UsageError           the person asked for something that cannot be done; the text says what to do
        └── NotAllowed       well asked, but a rule or the state of things forbids it
            └── PermanentlyDeleted  the address was deleted for good, and cannot come back

Library errors are translated where the library is called (`raise … from`). What is none of these is a bug
and reaches the crash dialog or the traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.problems import Problem


class HitchpostError(Exception):
    """Base of every failure that can be explained to a person."""


class MailFault(HitchpostError):
    """A mail server, the network or an account refused; `problem` says which and why. Never holds a secret."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code.value}: {problem.host}:{problem.port} {problem.server_says}".strip())
        self.problem = problem


class Cancelled(HitchpostError):
    """The caller's cancel event was set while a server was spoken to. The connection is closed; nothing is wrong."""


class StoreError(HitchpostError):
    """The local database cannot be used."""


class NewerDatabase(StoreError):
    """The file was written by a newer Hitchpost; it is left as it is."""


class DiskFull(StoreError):
    """No room on the disk: the transaction was undone, nothing is lost."""


class SecretError(HitchpostError):
    """The secret store cannot be read or written."""


class WrongPassphrase(SecretError):
    """The passphrase does not open the encrypted file."""


class TrackingError(HitchpostError):
    """The tracking server cannot be reached, or refuses this workspace's token."""


class NoMailServer(HitchpostError):
    """The mail servers of an address were not found, or cannot be used in the way that was asked for; the text says what
    to do."""


class UsageError(HitchpostError):
    """What was asked for cannot be done; the text says what to do instead."""


class NotAllowed(UsageError):
    """Asked in the right form, and forbidden by a rule of the workspace or by the state that things are in. `by_command`:
    the same for the command line, where the text names buttons or pages of the window."""

    def __init__(self, text: str, by_command: str = "") -> None:
        super().__init__(text)
        self.by_command = by_command or text


class PermanentlyDeleted(NotAllowed):
    """The address belongs to a contact who was deleted for good. No contact is made for it again, by nobody; what logs by
    itself goes on without one."""

    def __init__(self, address: str) -> None:
        super().__init__(f"The address {address} was permanently deleted from this workspace, and cannot come back.")
