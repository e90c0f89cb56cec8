"""One selected folder, what became of its messages, and those that could not be read: they are suspected, set aside, and
tried again. Used by all that takes messages out of a folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.backends.protocol import FetchedHeader, MailBackend
from app.domain.changes import Area
from app.domain.errors import MailFault
from app.domain.events import EventId
from app.domain.inboxes import Inbox
from app.domain.logging_addresses import LoggingAddress
from app.domain.logging_rules import FolderRole
from app.domain.problems import ProblemCode
from app.mime.headers import SYNC_FIELDS
from app.services.meet_copied import copied_fields
from app.services.workspace import Workspace
from app.store.fields import now

log = logging.getLogger(__name__)

_TRY_AGAIN = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=12), timedelta(days=2), timedelta(days=14))
_SET_ASIDE = frozenset({ProblemCode.ANSWER_TOO_LARGE, ProblemCode.BROKEN_MESSAGE, ProblemCode.PROTOCOL_ERROR})
# Servers that come upon a damaged message hang up, or say that something is wrong with themselves.
HANGING_UP = frozenset({ProblemCode.CONNECTION_LOST, ProblemCode.READ_TIMEOUT, ProblemCode.SERVER_BUSY})
NOT_KEPT = "Read together with other answers, and not kept: it was here already, or its turn did not come"
PATIENCE = 3  # times in a row that a connection may end at one message before it is set aside


@dataclass(frozen=True)
class Taken:
    """`stored` False: judged by its header alone, nothing was kept and nothing committed. `set_aside`: it could not be
    read. `draft`: it would be logged, were it finished. `waits`: it is logged, and answers what is not known here."""

    stored: bool = False
    draft: bool = False
    waits: bool = False
    set_aside: bool = False
    body_read: bool = False
    logged: bool = False
    events: tuple[EventId, ...] = ()


@dataclass(frozen=True)
class FolderInHand:
    workspace: Workspace
    inbox: Inbox
    session: MailBackend
    path: str
    role: FolderRole
    uid_validity: int
    copies: tuple[LoggingAddress, ...] = ()  # addresses whose mail is logged, where the inbox serves one

    @property
    def fields(self) -> tuple[str, ...]:
        """Of a message's header, all that decide."""
        return SYNC_FIELDS + copied_fields(self.copies)


def not_fetched(
    folder: FolderInHand,
    header: FetchedHeader,
    number: int,
    fault: MailFault,
    advance: Callable[[], None],
    *,
    again: bool,
) -> Taken:
    """A body that was asked for did not come. Raises `fault` where the message is to come again; else it is set aside."""
    hung_up = fault.problem.code in HANGING_UP
    if not hung_up:
        leave_bodies(folder, not_read=[number])
    if not hung_up and fault.problem.code not in _SET_ASIDE:
        raise fault
    if not again and (not hung_up or suspect(folder, header.uid) >= PATIENCE):
        set_aside(folder, header.uid, fault, advance)
    if hung_up:
        raise fault  # this connection reads nothing more
    return Taken(stored=True, set_aside=True)


def ask_bodies(folder: FolderInHand, bodies: Mapping[int, str]) -> dict[int, int]:
    """Into the ledger, before these (UID: id) are asked for. Gives the number under which each stands there, by UID."""
    store = folder.workspace.store
    with store.transaction(Area.LEDGER, source="sync"):
        return store.ledgers.ask_bodies(folder.inbox.id, folder.path, folder.uid_validity, bodies)


def leave_bodies(folder: FolderInHand, *, read: Iterable[int] = (), not_read: Collection[int] = ()) -> None:
    """What became of bodies that were asked for, of which nothing was kept: by their numbers in the ledger."""
    store = folder.workspace.store
    with store.transaction(Area.LEDGER, source="sync"):
        for number in read:
            store.ledgers.body_read(number, NOT_KEPT)
        store.ledgers.bodies_not_read(not_read)


def suspect(folder: FolderInHand, uid: int) -> int:
    """Notes that the connection ended while messages up to this one were read. Returns how often."""
    store = folder.workspace.store
    with store.transaction(source="sync"):
        return store.inboxes.suspect(folder.inbox.id, folder.path, folder.uid_validity, uid)


def set_aside(folder: FolderInHand, uid: int, fault: MailFault, advance: Callable[[], None]) -> None:
    """It stops the folder no longer, and is tried again later."""
    log.warning("%s %s UID %d is set aside: %s", folder.inbox.address, folder.path, uid, fault)
    store, reason = folder.workspace.store, fault.problem.code.value
    with store.transaction(Area.INBOXES, source="sync"):
        again = now() + next_look(0)
        store.inboxes.set_aside(folder.inbox.id, folder.path, folder.uid_validity, uid, reason, again)
        advance()


def next_look(tries: int) -> timedelta:
    """How long a message that could not be read `tries` times before is left alone."""
    return _TRY_AGAIN[min(tries, len(_TRY_AGAIN) - 1)]
