"""Addresses that were permanently deleted (T9), as digests: they can be compared, and not read back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from app.domain.addresses import address_key
from app.store import models as m
from app.store.fields import now
from app.store.prepared import Prepared


class Tombstones:
    def add(self, addresses: Iterable[str], user_id: int) -> None:
        """Inside a transaction."""
        for address in addresses:
            digest = _digest(address)
            m.Tombstone.insert(address_digest=digest, at=now(), user=user_id).on_conflict_ignore().execute()

    def holds(self, address: str) -> bool:
        return _HELD.row(_digest(address)) is not None

    def count(self) -> int:
        return int(m.Tombstone.select().count())


def _digest(address: str) -> str:
    """Over the workspace's own number too, so that nobody can look addresses up in a table made for all."""
    found = _UID.row()
    assert found is not None  # made with the workspace
    return hashlib.sha256(f"{found[0]}\n{address_key(address)}".encode("utf-8", "surrogateescape")).hexdigest()


_UID = Prepared(0, lambda: m.Workspace.select(m.Workspace.uid).order_by(m.Workspace.id).limit(1))
_HELD = Prepared(1, lambda digest: m.Tombstone.select(m.Tombstone.id).where(m.Tombstone.address_digest == digest))
