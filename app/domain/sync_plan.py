"""What is to be read of a folder, from what the server says of it and how far it was read before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerFolder:
    """`uid_next` 0 where the server does not tell it (RFC 3501 6.3.1 lets it)."""

    uid_validity: int
    uid_next: int
    exists: int


@dataclass(frozen=True)
class LocalFolder:
    uid_validity: int
    next_uid: int
    first_look_until: int
    first_look_done: bool


@dataclass(frozen=True)
class NothingNew:
    pass


@dataclass(frozen=True)
class StartAtEnd:
    """The first time, and nothing is known here that an older message could answer: begin with what comes now."""

    uid_validity: int
    next_uid: int


@dataclass(frozen=True)
class ReadFrom:
    """Read every UID from `first_uid` on. UIDs below `first_look_until` were there when the inbox was connected, or
    when the server numbered its messages anew: they are logged, and notify nobody. `renumbered`: the old UIDs mean
    nothing any more (UIDVALIDITY changed, RFC 3501 2.3.1.1); messages are recognised by Message-ID."""

    uid_validity: int
    first_uid: int
    first_look_until: int
    renumbered: bool = False


FolderPlan = NothingNew | StartAtEnd | ReadFrom


def plan_folder_sync(server: ServerFolder, local: LocalFolder | None, *, anything_known: bool) -> FolderPlan:
    if local is None:
        if not anything_known and server.uid_next > 0:
            return StartAtEnd(server.uid_validity, server.uid_next)
        return ReadFrom(server.uid_validity, 1, server.uid_next or _ALL)
    if local.uid_validity != server.uid_validity:
        return ReadFrom(server.uid_validity, 1, server.uid_next or _ALL, renumbered=True)
    if 0 < server.uid_next <= local.next_uid:
        return NothingNew()
    return ReadFrom(server.uid_validity, local.next_uid, local.first_look_until)


_ALL = 2**32  # one more than the largest UID (RFC 3501 9, nz-number)
