"""What is to be done about a folder, from what the server says of it and how far it was read before. Pure.

A folder is read from both ends. Upwards from `next_uid`, whatever came since; downwards from `low_uid`, newest first, what
was there when it was first met (the first look). Everything between the two is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

RESETS_BEARABLE = 3  # times that a folder may be numbered anew within RESETS_WITHIN
RESETS_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class ServerFolder:
    """`uid_next` 0 where the server does not tell it (RFC 3501 6.3.1 lets it). `highest_modseq`: RFC 7162."""

    uid_validity: int
    uid_next: int
    exists: int
    highest_modseq: int | None = None


@dataclass(frozen=True)
class LocalFolder:
    """`seen_…`: the server's words when the folder was last read to its end; `seen_exists` -1: never. `resets`: how often
    in a row it was numbered anew, the last time at `reset_at`."""

    uid_validity: int
    next_uid: int
    low_uid: int
    first_look_done: bool
    seen_uid_next: int = 0
    seen_exists: int = -1
    seen_modseq: int | None = None
    resets: int = 0
    reset_at: datetime | None = None


@dataclass(frozen=True)
class NothingNew:
    pass


@dataclass(frozen=True)
class Begin:
    """Never read. `deep` False: nothing is known here that an older message could answer, so begin with what comes now."""

    uid_validity: int
    deep: bool


@dataclass(frozen=True)
class BeginAgain:
    """The server numbered its messages anew: the old UIDs mean nothing any more (UIDVALIDITY changed, RFC 3501 2.3.1.1).
    Read as at first, quietly; what is logged is recognised by its Message-ID."""

    uid_validity: int
    resets: int


@dataclass(frozen=True)
class Hold:
    """Numbered anew again and again: reading it each time would fetch the whole folder for ever. Left alone until then."""

    until: datetime


@dataclass(frozen=True)
class ReadOn:
    """From the cursor, in the directions that are due."""

    up: bool
    down: bool


FolderPlan = NothingNew | Begin | BeginAgain | Hold | ReadOn


def plan_folder_sync(
    server: ServerFolder, local: LocalFolder | None, *, anything_known: bool, at: datetime
) -> FolderPlan:
    if local is None:
        return Begin(server.uid_validity, anything_known)
    if local.uid_validity != server.uid_validity:
        recent = local.reset_at is not None and at - local.reset_at < RESETS_WITHIN
        resets = local.resets if recent else 0
        if resets >= RESETS_BEARABLE and local.reset_at is not None:
            return Hold(local.reset_at + RESETS_WITHIN)
        return BeginAgain(server.uid_validity, resets + 1)
    up, down = has_news(server, local), not local.first_look_done
    return ReadOn(up, down) if up or down else NothingNew()


def has_news(server: ServerFolder, local: LocalFolder) -> bool:
    """Whether there may be messages from `next_uid` on. UIDNEXT is compared with what it was, never with what was read:
    some servers tell it too low or too high, or not at all, or never another one; then the number of messages and
    HIGHESTMODSEQ decide."""
    if local.seen_exists < 0 or server.uid_next != local.seen_uid_next or server.exists > local.seen_exists:
        return True
    if server.uid_next > 0:  # flags raise HIGHESTMODSEQ, too; it is a search for what lies above that finds none
        return server.highest_modseq is not None and server.highest_modseq > (
            local.seen_modseq or server.highest_modseq
        )
    return server.highest_modseq is None or server.highest_modseq != local.seen_modseq


def has_come(server: ServerFolder, local: LocalFolder) -> bool:
    """Whether there are new messages, as far as UIDNEXT and the number of messages tell, which no flag changes. For a quick
    look beside other work: what only `has_news` would find is left to the next full look."""
    if server.uid_validity != local.uid_validity or local.seen_exists < 0:
        return True
    return server.uid_next != local.seen_uid_next or server.exists > local.seen_exists
