"""Addresses that were permanently deleted (T9), as digests: they can be compared, and not read back. Those that an export of
another workspace brings are over that one's number, which is kept beside them as a salt."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable

from app.domain.addresses import address_key, quoted_spelling
from app.store import models as m
from app.store.fields import now
from app.store.prepared import Prepared
from app.store.settings import Settings

_SALTS = "_erase.salts"
_MOST_SALTS = 50  # each is tried for every address that is looked up
_SALT, _DIGEST = re.compile(r"[\w-]{8,100}"), re.compile(r"[0-9a-f]{64}")


class Salts:
    """The workspace's own number, and those of the workspaces whose deletions were imported."""

    _settings = Settings()

    def own(self) -> str:
        found = _UID.row()
        assert found is not None  # made with the workspace
        return str(found[0])

    def all(self) -> tuple[str, ...]:
        """Its own first."""
        return self.own(), *str(self._settings.get(_SALTS)).split()

    def add(self, salts: Iterable[str]) -> tuple[str, ...]:
        """Returns all that count from now on; what is none is passed over. Inside a transaction."""
        mine, *known = self.all()
        wanted = [salt for salt in dict.fromkeys(salts) if _SALT.fullmatch(salt) and salt != mine]
        kept = list(dict.fromkeys([*known, *wanted]))[:_MOST_SALTS]
        self._settings.put(_SALTS, " ".join(kept))
        return mine, *kept


class Tombstones:
    _salts = Salts()

    def add(self, addresses: Iterable[str], user_id: int) -> None:
        """Inside a transaction."""
        for address in addresses:
            digest = _digest(self._salts.own(), address_key(address))
            m.Tombstone.insert(address_digest=digest, at=now(), user=user_id).on_conflict_ignore().execute()

    def holds(self, address: str) -> bool:
        """Also one that an older version, which took it for another address, kept in quotation marks or in
        apostrophes."""
        key = address_key(address)
        forms = (key, quoted_spelling(key), f"'{key}'")
        return any(_HELD.row(_digest(salt, form)) is not None for salt in self._salts.all() for form in forms)

    def count(self) -> int:
        return int(m.Tombstone.select().count())

    def exported(self) -> dict[str, list[str]]:
        """`salts`, of which one is each digest's, and `digests`."""
        digests = m.Tombstone.select(m.Tombstone.address_digest).order_by(m.Tombstone.id).tuples()
        return {"salts": list(self._salts.all()), "digests": [digest for (digest,) in digests]}

    def take(self, salts: Iterable[str], digests: Iterable[str], here: Collection[str], user_id: int) -> int:
        """What `exported` gave in another workspace; returns how many are new. `here`: keys of the addresses that are
        somebody’s in this one, who stays. What is none of either is passed over. Inside a transaction."""
        before = self.count()
        wanted = {digest for digest in digests if _DIGEST.fullmatch(digest)}
        if not wanted:
            return 0
        stays = {_digest(salt, address_key(a)) for salt in self._salts.add(salts) for a in here}
        for digest in sorted(wanted - stays):
            m.Tombstone.insert(address_digest=digest, at=now(), user=user_id).on_conflict_ignore().execute()
        return self.count() - before


def _digest(salt: str, key: str) -> str:
    """Over the workspace's own number too, so that nobody can look addresses up in a table made for all."""
    return hashlib.sha256(f"{salt}\n{key}".encode("utf-8", "surrogateescape")).hexdigest()


_UID = Prepared(0, lambda: m.Workspace.select(m.Workspace.uid).order_by(m.Workspace.id).limit(1))
_HELD = Prepared(1, lambda digest: m.Tombstone.select(m.Tombstone.id).where(m.Tombstone.address_digest == digest))
