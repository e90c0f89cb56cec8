"""What both databases do with the same SQL; they differ in how a transaction is made and in how rows are inserted."""

from __future__ import annotations

import base64
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from app.tracking.server.addresses import network_of
from app.tracking.server.database import PRESENT_FOR, SigningKey, Workspace
from app.tracking.server.rows import HitRow, NumberedHit
from app.tracking.server.sketches import BLOCK, make_sketch, may_hold

MAX_KEYS = 1_000  # of one workspace
MAX_NUMBER = 2**63 - 1
RENEW_AGAIN = 3600 * 1_000_000  # microseconds
DELETED_AT_ONCE = 200  # hits, in one transaction
SKETCHES_AT_ONCE = 100

COLUMNS = ", ".join(HitRow._fields)
_OWN = f"""(own = 1 OR EXISTS (SELECT 1 FROM presence p WHERE p.workspace = hit.workspace AND p.network = hit.network
    AND p.last_seen >= hit.at - {PRESENT_FOR} AND p.first_seen <= hit.at))"""  # noqa: S608
_HITS = f"""SELECT number, {COLUMNS}, {_OWN} FROM hit WHERE workspace = ? AND number > ? ORDER BY number LIMIT ?"""  # noqa: S608

_HITS_OF = "SELECT number FROM hit WHERE number > ? AND number <= ? AND +workspace = ? AND recipient_ref = ?"
_SKETCHES = "SELECT above, last, sketch FROM hit_sketch WHERE above >= ? ORDER BY above LIMIT ?"
_END_OF_BLOCK = "SELECT number FROM hit WHERE number > ? ORDER BY number LIMIT 1 OFFSET ?"


class Session(Protocol):
    """Statements inside one transaction; `?` stands for a value."""

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]: ...

    def change(self, statement: str, *values: object) -> int:
        """How many rows it concerned."""


class SqlDatabase(ABC):
    """See `HitDatabase`."""

    uid = ""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Session]:
        """For one statement. Raises DatabaseAway, from within the block too."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Session]:
        """One at a time over all processes; committed at the end. Raises DatabaseAway and RowsRefused, as above."""

    def _beside(self) -> AbstractContextManager[Session]:
        """As `_writing`, for what is done in many steps, with hits to be written in between."""
        return self._writing()

    @abstractmethod
    def close(self) -> None: ...

    def hits_after(self, workspace: int, number: int, limit: int) -> list[NumberedHit]:
        with self._reading() as session:
            found = session.rows(_HITS, workspace, number, limit)
        return [NumberedHit(row[0], HitRow._make(row[1:-1]), bool(row[-1])) for row in found]

    @abstractmethod
    def newest(self) -> int: ...

    def names(self) -> tuple[str, str]:
        with self._reading() as session:
            found = session.rows("SELECT uid, former FROM server")
        return found[0][0], found[0][1]

    def renew(self, at: int, *, beyond: int | None = None) -> bool:
        if beyond is not None and self.newest() >= beyond:
            return False
        since = MAX_NUMBER if beyond is None else at - RENEW_AGAIN
        change = "UPDATE server SET former = uid, uid = ?, renewed = ? WHERE renewed <= ? OR renewed > ?"
        with self._writing() as session:
            return bool(session.change(change, secrets.token_hex(16), at, since, at))

    def probe(self) -> None:
        with self._writing() as session:
            session.rows("SELECT uid FROM server")

    def workspaces(self) -> list[Workspace]:
        with self._reading() as session:
            return _workspaces(session)

    def signing_keys(self) -> list[SigningKey]:
        with self._reading() as session:
            return _keys(session)

    def workspace_of(self, token_hash: str) -> Workspace | None:
        with self._reading() as session:
            found = session.rows(f"{_WORKSPACE} WHERE token_hash = ? AND revoked IS NULL", token_hash)
        return Workspace(*found[0]) if found else None

    def add_workspace(self, name: str, token_hash: str, at: int) -> Workspace | None:
        with self._writing() as session:
            known = _workspaces(session)
            if any(workspace.name == name for workspace in known):
                return None
            made = Workspace(max((workspace.id for workspace in known), default=0) + 1, name, token_hash, at)
            session.change("INSERT INTO workspace VALUES (?, ?, ?, ?, NULL)", made.id, name, token_hash, at)
        return made

    def set_token(self, workspace: int, token_hash: str) -> None:
        with self._writing() as session:
            session.change("UPDATE workspace SET token_hash = ?, revoked = NULL WHERE id = ?", token_hash, workspace)

    def revoke(self, workspace: int, at: int) -> None:
        with self._writing() as session:
            session.change("UPDATE workspace SET revoked = ? WHERE id = ? AND revoked IS NULL", at, workspace)

    def add_key(self, workspace: int, secret: bytes, at: int, seals_from: int) -> SigningKey | None:
        with self._writing() as session:
            known = _keys(session)
            own = [key for key in known if key.workspace == workspace]
            if len(own) >= MAX_KEYS or any(key.seals_from > at for key in own):
                return None
            taken = {key.id for key in known}
            free = [number for number in range(65_536) if number not in taken]
            if not free:
                return None
            made = SigningKey(secrets.choice(free), workspace, secret, at, seals_from)
            _put_key(session, made)
        return made

    def take_in(self, keys: Sequence[SigningKey]) -> list[int]:
        with self._writing() as session:
            known = {key.id: key for key in _keys(session)}
            for key in keys:
                if key.id not in known:
                    _put_key(session, key)
        return [
            key.id
            for key in keys
            if key.id in known and (known[key.id].secret, known[key.id].workspace) != (key.secret, key.workspace)
        ]

    def note_presence(self, workspace: int, program: str, network: str, at: int) -> None:
        with self._writing() as session:
            going_on = session.change(
                "UPDATE presence SET last_seen = ? WHERE workspace = ? AND program = ? AND network = ? "
                "AND last_seen >= ? AND first_seen <= ?",
                at, workspace, program, network, at - PRESENT_FOR, at,
            )  # fmt: skip
            if not going_on:
                session.change(
                    "INSERT INTO presence VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    workspace, program, network, at, at,
                )  # fmt: skip

    def forget(self, workspace: int, recipient_ref: str, at: int) -> int:
        with self._writing() as session:
            session.change(
                "INSERT INTO forgotten VALUES (?, ?, ?) ON CONFLICT DO NOTHING", workspace, recipient_ref, at
            )
        # From here on none is added, so all is read and deleted in short steps, between which others have their turn.
        count = 0
        for above, last in self._where(workspace, recipient_ref):
            with self._reading() as session:
                found = session.rows(_HITS_OF, above, last, workspace, recipient_ref)
            for start in range(0, len(found), DELETED_AT_ONCE):
                began = time.monotonic()
                with self._beside() as session:
                    for (number,) in found[start : start + DELETED_AT_ONCE]:
                        count += session.change("DELETE FROM hit WHERE number = ?", number)
                time.sleep(min(1.0, time.monotonic() - began))  # hits that came meanwhile are written first
        return count

    def _where(self, workspace: int, recipient_ref: str) -> Iterator[tuple[int, int]]:
        """(above, last) of the numbers among which the recipient may have hits."""
        above = 0
        while True:
            with self._reading() as session:
                page = session.rows(_SKETCHES, above, SKETCHES_AT_ONCE)
            yield from ((row[0], row[1]) for row in page if may_hold(row[2], (workspace, recipient_ref)))
            if not page:
                break
            above = page[-1][1]
        while (last := self._end_of_block(above)) is not None:
            yield above, last
            above = last
        yield above, MAX_NUMBER

    def _end_of_block(self, above: int) -> int | None:
        """None where it is not full."""
        with self._reading() as session:
            found = session.rows(_END_OF_BLOCK, above, BLOCK - 1)
        return found[0][0] if found else None

    def sketch(self) -> bool:
        with self._reading() as session:
            above = session.rows("SELECT coalesce(max(last), 0) FROM hit_sketch")[0][0]
        last = self._end_of_block(above)
        if last is None:
            return False
        with self._reading() as session:
            whose = session.rows(
                "SELECT DISTINCT workspace, recipient_ref FROM hit WHERE number > ? AND number <= ?", above, last
            )
        made = make_sketch((workspace, recipient_ref) for workspace, recipient_ref in whose)
        with self._beside() as session:  # of several processes the first one's stays
            session.change("INSERT INTO hit_sketch VALUES (?, ?, ?) ON CONFLICT DO NOTHING", above, last, made)
        return True

    def cut_addresses(self, before: int, limit: int) -> int:
        with self._writing() as session:
            (cut_to,) = session.rows("SELECT cut_to FROM server")[0]
            # A clock that ran ahead for a while gave times that are still to come: they tell nothing, but what has a higher
            # number came in later.
            page = session.rows(
                "SELECT number, at FROM hit WHERE number > ? AND at <= ? ORDER BY number LIMIT ?",
                cut_to, time.time_ns() // 1000, limit,
            )  # fmt: skip
            old = 0
            while old < len(page) and page[old][1] < before:
                old += 1
            if old:
                end = page[old - 1][0]
                session.change(
                    f"UPDATE hit SET own = CASE WHEN {_OWN} THEN 1 ELSE 0 END, "  # noqa: S608
                    "ip = '', network = '', user_agent = '', headers = '{}' WHERE number > ? AND number <= ?",
                    cut_to,
                    end,
                )
                session.change("UPDATE server SET cut_to = ?", end)
            session.change("DELETE FROM presence WHERE last_seen < ?", before - 2 * PRESENT_FOR)
        return old


_WORKSPACE = "SELECT id, name, token_hash, created, revoked FROM workspace"


def _workspaces(session: Session) -> list[Workspace]:
    return [Workspace(*row) for row in session.rows(f"{_WORKSPACE} ORDER BY id")]


def _keys(session: Session) -> list[SigningKey]:
    found = session.rows("SELECT id, workspace, secret, created, seals_from FROM signing_key ORDER BY place")
    return [SigningKey(row[0], row[1], base64.b64decode(row[2]), *row[3:]) for row in found]


def _put_key(session: Session, key: SigningKey) -> None:
    session.change(
        "INSERT INTO signing_key SELECT ?, ?, ?, ?, ?, coalesce(max(place), 0) + 1 FROM signing_key",
        key.id, key.workspace, base64.b64encode(key.secret).decode(), key.created, key.seals_from,
    )  # fmt: skip


def insertable(rows: Sequence[HitRow]) -> list[tuple[object, ...]]:
    """The values of the rows, and behind them the network of each."""
    return [(*row, network_of(row.ip)) for row in rows]
