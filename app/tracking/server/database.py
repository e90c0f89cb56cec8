"""What the tracking server wants of a database, whichever stands behind it: SQLite for one machine, PostgreSQL for any
number of them. Used by the writer, the feed, the keeper, the API and the command line, each with a connection of its own.

Numbers of hits grow in the order of commits: a reader that has seen number n has seen all below it. They keep up with the
clock, in microseconds since 1970: a database that is restored from a backup goes on above all that it gave before, so that
nobody takes a new hit for one that was seen. Where the clock cannot be trusted to have gone on, it takes another name
(`renew`), and programs hear all again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.domain.errors import TrackingError
from app.tracking.server.rows import HitRow, NumberedHit

PRESENT_FOR = (
    10 * 60 * 1_000_000
)  # microseconds after a program was last heard of in which its address still is its own


class DatabaseAway(Exception):
    """The database cannot be used just now: gone, locked, full, unreachable, too slow. What was asked was not done, or is
    in doubt; every write here can be repeated."""


class DatabaseDamaged(TrackingError):
    """The database is there and cannot be read, now or later."""


class RowsRefused(Exception):
    """The database is there and will never take these rows."""


@dataclass(frozen=True)
class Workspace:
    """Who uses the server: one database of contacts. `token_hash` is the SHA-256 of its API token, hex. Times are
    microseconds since 1970 UTC. A revoked one is refused by the API; links in its mail lead on."""

    id: int
    name: str
    token_hash: str = field(repr=False)
    created: int
    revoked: int | None = None


@dataclass(frozen=True)
class SigningKey:
    """`id` 0..65535, unique among all workspaces of a server: by it a token tells whose it is. `secret` 64 bytes. Before
    `seals_from` no program is given it, so that by then every process of the server knows it."""

    id: int
    workspace: int
    secret: bytes = field(repr=False)
    created: int
    seals_from: int


class HitDatabase(Protocol):
    """One connection, opened at first use and again after a failure; for one thread at a time. Every call raises
    DatabaseAway when the database cannot be used just now. `uid` names the database once one call has succeeded."""

    uid: str

    def insert(self, rows: Sequence[HitRow]) -> None:
        """All rows in one transaction, on the disk when this returns. Rows that are there already stay as they are; those
        of recipients who are to be forgotten are left out. Raises RowsRefused."""

    def hits_after(self, workspace: int, number: int, limit: int) -> list[NumberedHit]:
        """The hits of one workspace above `number`, in order."""

    def newest(self) -> int:
        """A number that no hit is above; 0 when there was none ever. Below what a reader has seen: the database went back."""

    def names(self) -> tuple[str, str]:
        """Its uid, and the one before."""

    def renew(self, at: int, *, beyond: int | None = None) -> bool:
        """Gives it another uid. `beyond`: only where that number is still above `newest`, and not twice within an hour.
        Whether it was done."""

    def version(self) -> tuple[object, ...]:
        """Changes whenever another connection, of whatever process, has committed hits."""

    def workspaces(self) -> list[Workspace]: ...

    def signing_keys(self) -> list[SigningKey]:
        """Of all workspaces, in the order in which they seal."""

    def workspace_of(self, token_hash: str) -> Workspace | None:
        """The workspace that has this token and is not revoked."""

    def add_workspace(self, name: str, token_hash: str, at: int) -> Workspace | None:
        """None where there is one of this name."""

    def set_token(self, workspace: int, token_hash: str) -> None:
        """The one before is refused from then on; a revoked workspace is admitted again."""

    def revoke(self, workspace: int, at: int) -> None: ...

    def add_key(self, workspace: int, secret: bytes, at: int, seals_from: int) -> SigningKey | None:
        """With an id that nobody has. None where the workspace has `MAX_KEYS`, or one that does not seal yet."""

    def take_in(self, keys: Sequence[SigningKey]) -> list[int]:
        """Keys that were made elsewhere; what is there stays. Gives the ids that were taken by other keys."""

    def note_presence(self, workspace: int, program: str, network: str, at: int) -> None:
        """A program is signed in there. Hits from there are the workspace's own as long as it is heard of."""

    def forget(self, workspace: int, recipient_ref: str, at: int) -> int:
        """Deletes the recipient's hits, and keeps none that come later. How many there were."""

    def sketch(self) -> bool:
        """Notes who is in the oldest full block of hits that was not noted yet, for `forget`. False where there is none."""

    def cut_addresses(self, before: int, limit: int) -> int:
        """Takes address, agent and headers from hits older than that; how many were looked at, up to `limit`."""

    def probe(self) -> None:
        """Returns when the database would take rows now."""

    def close(self) -> None: ...
