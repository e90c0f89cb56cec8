"""Addresses that were permanently deleted (T9), as digests: they can be compared, and not read back. Those that an export of
another workspace brings are over that one's number, which is kept beside them as a salt."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable

from app.domain.addresses import address_key
from app.store import models as m
from app.store.fields import now
from app.store.prepared import Prepared
from app.store.settings import Settings

_SALTS = "_erase.salts"
_MOST_SALTS = 50  # each is tried for every address that is looked up
_SALT, _DIGEST = re.compile(r"[\w-]{8,100}"), re.compile(r"[0-9a-f]{64}")


class Tombstones:
    _settings = Settings()

    def add(self, addresses: Iterable[str], user_id: int) -> None:
        """Inside a transaction."""
        for address in addresses:
            digest = _digest(_own_salt(), address)
            m.Tombstone.insert(address_digest=digest, at=now(), user=user_id).on_conflict_ignore().execute()

    def holds(self, address: str) -> bool:
        if _HELD.row(_digest(_own_salt(), address)) is not None:
            return True
        others = str(self._settings.get(_SALTS)).split()
        return any(_HELD.row(_digest(salt, address)) is not None for salt in others)

    def count(self) -> int:
        return int(m.Tombstone.select().count())

    def exported(self) -> dict[str, list[str]]:
        """`salts`, of which one is each digest's, and `digests`."""
        digests = m.Tombstone.select(m.Tombstone.address_digest).order_by(m.Tombstone.id).tuples()
        salts = [_own_salt(), *str(self._settings.get(_SALTS)).split()]
        return {"salts": salts, "digests": [digest for (digest,) in digests]}

    def take(self, salts: Iterable[str], digests: Iterable[str], here: Collection[str], user_id: int) -> int:
        """What `exported` gave in another workspace; returns how many are new. `here`: keys of the addresses that are
        somebody’s in this one, who stays. What is none of either is passed over. Inside a transaction."""
        mine = _own_salt()
        known = [salt for salt in str(self._settings.get(_SALTS)).split() if salt != mine]
        wanted = [salt for salt in dict.fromkeys(salts) if _SALT.fullmatch(salt) and salt != mine]
        kept = list(dict.fromkeys([*known, *wanted]))[:_MOST_SALTS]
        stays = {_digest(salt, address) for salt in (mine, *kept) for address in here}
        before = self.count()
        for digest in digests:
            if _DIGEST.fullmatch(digest) and digest not in stays:
                m.Tombstone.insert(address_digest=digest, at=now(), user=user_id).on_conflict_ignore().execute()
        if self.count() > before:
            self._settings.put(_SALTS, " ".join(kept))
        return self.count() - before


def _own_salt() -> str:
    found = _UID.row()
    assert found is not None  # made with the workspace
    return str(found[0])


def _digest(salt: str, address: str) -> str:
    """Over the workspace's own number too, so that nobody can look addresses up in a table made for all."""
    return hashlib.sha256(f"{salt}\n{address_key(address)}".encode("utf-8", "surrogateescape")).hexdigest()


_UID = Prepared(0, lambda: m.Workspace.select(m.Workspace.uid).order_by(m.Workspace.id).limit(1))
_HELD = Prepared(1, lambda digest: m.Tombstone.select(m.Tombstone.id).where(m.Tombstone.address_digest == digest))
