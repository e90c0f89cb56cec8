"""Addresses and domains whose mail is never logged (L8): what an entry is, and whom it covers. Pure; used by logging, by
the settings and by the dry run.

One list counts for the whole workspace, and each user has one besides. An address is that address alone; a domain is
every address in it, and in the domains below it unless the entry says otherwise. All are compared in the form of
`address_key`: in any case, and international names in ASCII, so that what looks the same is the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property

from app.domain.addresses import address_key, is_complete, plain_spec
from app.domain.errors import UsageError
from app.domain.hosts import ascii_domain, within
from app.domain.quoting import quoted


class NeverKind(Enum):
    ADDRESS = "address"
    DOMAIN = "domain"


@dataclass(frozen=True)
class NeverEntry:
    """`value` as typed, `key` as compared. `user_id` None: it counts for everybody. `subdomains`: of a domain, whether those
    below it are meant, too."""

    kind: NeverKind
    value: str
    key: str
    subdomains: bool = True
    user_id: int | None = None
    id: int = 0
    note: str = ""
    created_at: datetime | None = None

    def covers(self, key: str) -> bool:
        """`key`: of an address."""
        if self.kind is NeverKind.ADDRESS:
            return key == self.key
        domain = key.rpartition("@")[2]
        return within(domain, self.key) if self.subdomains else domain == self.key

    @property
    def words(self) -> str:
        """As it stands in a list."""
        if self.kind is NeverKind.ADDRESS:
            return self.value
        return f"{self.value} and the domains below it" if self.subdomains else self.value


def read_entry(typed: str, *, subdomains: bool = True, user_id: int | None = None, note: str = "") -> NeverEntry:
    """`ada@example.org`, `example.org`, `@example.org` or `*.example.org`. Raises UsageError for what is neither an address
    nor a domain."""
    text = plain_spec(typed.strip().strip("<>").strip())
    bare = text.removeprefix("*").removeprefix("@").removeprefix(".")
    if "@" not in bare:
        key = ascii_domain(bare)
        if not key:
            raise UsageError(
                f"{quoted(typed.strip())} is neither an address nor a domain, as in ada@example.org or example.org."
            )
        return NeverEntry(NeverKind.DOMAIN, bare.rstrip("."), key, subdomains, user_id, note=note.strip())
    if not is_complete(bare) or not ascii_domain(bare.rpartition("@")[2]):
        raise UsageError(f"The address {quoted(typed.strip())} is not complete, as in ada@example.org.")
    return NeverEntry(NeverKind.ADDRESS, bare, address_key(bare), False, user_id, note=note.strip())


@dataclass(frozen=True)
class CoveredMessage:
    """A logged message with an address that a rule is about."""

    pk: int
    direction: str
    date: datetime
    subject: str
    sender: str
    people: tuple[str, ...]  # keys of its sender and recipients
    sent_here: bool


@dataclass(frozen=True)
class NeverTrial:
    """What an entry is about. `would_go`: logged messages that it would have kept out, as nobody is left to log them to, and
    that removing takes away; `would_stay`: those that leave the timelines of whom it covers and stay on those of others;
    `would_unname`: those that only name them beside others, and no longer do. Newest first. `near`: addresses that were seen
    here, are not covered, and are the same person's by practice, such as those with a detail behind a plus sign. `own`: the
    workspace's own addresses that it covers, to which nothing is logged anyway. `waiting_go`, `waiting_unname`: entries of
    the review list that wait, of which nothing would be kept, and that would no longer name them."""

    entry: NeverEntry
    would_go: tuple[CoveredMessage, ...]
    would_stay: tuple[CoveredMessage, ...]
    contacts: tuple[str, ...]  # addresses of contacts whom it covers
    exists: bool
    would_unname: tuple[CoveredMessage, ...] = ()
    near: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    waiting_go: tuple[int, ...] = ()
    waiting_unname: tuple[int, ...] = ()


@dataclass(frozen=True)
class NeverRemoved:
    """Messages that were taken away, and that stay with others. What stays anywhere names nobody any more whom the entry
    covers: `unnamed` counts those that only named them. `waiting_gone`, `waiting_unnamed`: of the review list."""

    gone: int
    stayed: int
    unnamed: int = 0
    waiting_gone: int = 0
    waiting_unnamed: int = 0

    def and_also(self, other: NeverRemoved) -> NeverRemoved:
        return NeverRemoved(
            self.gone + other.gone,
            self.stayed + other.stayed,
            self.unnamed + other.unnamed,
            self.waiting_gone + other.waiting_gone,
            self.waiting_unnamed + other.waiting_unnamed,
        )


class NeverList:
    """All entries that count for these users: the workspace's and their own."""

    def __init__(self, entries: Iterable[NeverEntry], *users: int | None) -> None:
        self.entries = tuple(e for e in entries if e.user_id is None or e.user_id in users)

    @cached_property
    def _addresses(self) -> dict[str, NeverEntry]:
        return {e.key: e for e in reversed(self.entries) if e.kind is NeverKind.ADDRESS}

    @cached_property
    def _domains(self) -> dict[str, tuple[NeverEntry, ...]]:
        found: dict[str, tuple[NeverEntry, ...]] = {}
        for entry in self.entries:
            if entry.kind is NeverKind.DOMAIN:
                found[entry.key] = (*found.get(entry.key, ()), entry)
        return found

    def entry_for(self, key: str) -> NeverEntry | None:
        """The entry that keeps an address out: that of the address itself before those of its domains, nearest first. Quick
        with long lists."""
        if (exact := self._addresses.get(key)) is not None:
            return exact
        domain = key.rpartition("@")[2]
        while domain:
            for entry in self._domains.get(domain, ()):
                if entry.covers(key):
                    return entry
            domain = domain.partition(".")[2]
        return None
