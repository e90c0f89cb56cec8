"""The never-log lists (L8), and the legal bases of the privacy switch (T9)."""

from __future__ import annotations

from collections.abc import Collection

from app.domain.addresses import address_key
from app.domain.never_log import NeverEntry, NeverKind
from app.domain.privacy import Basis, LegalBasis
from app.store import models as m
from app.store.fields import from_micros, now
from app.store.prepared import Prepared


class NeverLogs:
    """Each method that writes wants to be inside a transaction."""

    def add(self, entry: NeverEntry, by_user: int) -> int | None:
        """None where the list has it already; one that was there without those below it takes the new choice."""
        same = self._same(entry)
        if same is not None:
            m.NeverLog.update(subdomains=entry.subdomains, note=entry.note or same.note).where(
                m.NeverLog.id == same.id
            ).execute()
            return None if same.subdomains == entry.subdomains else int(same.id)
        row = m.NeverLog.create(
            user=entry.user_id,
            kind=entry.kind.value,
            value=entry.value,
            value_key=entry.key,
            subdomains=entry.subdomains,
            note=entry.note,
            created_at=now(),
            created_by=by_user,
        )
        return int(row.id)

    def remove(self, entry_id: int) -> bool:
        return bool(m.NeverLog.delete().where(m.NeverLog.id == entry_id).execute())

    def find(self, entry: NeverEntry) -> NeverEntry | None:
        """The stored entry that says the same, for the same user."""
        row = self._same(entry)
        return None if row is None else _entry(row)

    def any(self) -> bool:
        return _ANY.row() is not None

    def all(self) -> tuple[NeverEntry, ...]:
        """The workspace's first, each list in the order of the alphabet."""
        return tuple(
            NeverEntry(NeverKind(kind), value, key, bool(below), user, pk, note, from_micros(at))
            for pk, user, kind, value, key, below, note, at in _ALL.rows()
        )

    def _same(self, entry: NeverEntry) -> m.NeverLog | None:
        whose = m.NeverLog.user.is_null() if entry.user_id is None else m.NeverLog.user == entry.user_id
        same = (m.NeverLog.kind == entry.kind.value) & (m.NeverLog.value_key == entry.key)
        found: m.NeverLog | None = m.NeverLog.get_or_none(whose & same)
        return found


_ALL = Prepared(
    0,
    lambda: m.NeverLog.select(
        m.NeverLog.id, m.NeverLog.user, m.NeverLog.kind, m.NeverLog.value, m.NeverLog.value_key, m.NeverLog.subdomains,
        m.NeverLog.note, m.NeverLog.created_at,
    ).order_by(m.NeverLog.user.is_null(False), m.NeverLog.user, m.NeverLog.value_key),
)  # fmt: skip
_ANY = Prepared(0, lambda: m.NeverLog.select(m.NeverLog.id).limit(1))


class LegalBases:
    """Each method that writes wants to be inside a transaction."""

    def put(self, address: str, basis: Basis, note: str, user_id: int) -> None:
        key, at = address_key(address), now()
        values = {"basis": basis.value, "note": note.strip(), "at": at, "user": user_id}
        if not m.LegalBasis.update(**values).where(m.LegalBasis.address_key == key).execute():
            m.LegalBasis.create(address_key=key, **values)

    def remove(self, address: str) -> bool:
        return bool(m.LegalBasis.delete().where(m.LegalBasis.address_key == address_key(address)).execute())

    def get(self, address: str) -> LegalBasis | None:
        row = m.LegalBasis.get_or_none(m.LegalBasis.address_key == address_key(address))
        return None if row is None else _basis(row)

    def has(self, key: str) -> bool:
        return bool(m.LegalBasis.select().where(m.LegalBasis.address_key == key).exists())

    def of(self, keys: Collection[str]) -> frozenset[str]:
        """Those of these keys that have one."""
        query = m.LegalBasis.select(m.LegalBasis.address_key).where(m.LegalBasis.address_key.in_(list(keys)))
        return frozenset(key for (key,) in query.tuples())

    def all(self, limit: int = 10_000) -> tuple[LegalBasis, ...]:
        return tuple(_basis(row) for row in m.LegalBasis.select().order_by(m.LegalBasis.address_key).limit(limit))


def _entry(row: m.NeverLog) -> NeverEntry:
    return NeverEntry(
        NeverKind(row.kind), row.value, row.value_key, row.subdomains, row.user_id, row.id, row.note, row.created_at
    )


def _basis(row: m.LegalBasis) -> LegalBasis:
    return LegalBasis(row.address_key, Basis(row.basis), row.note, row.at, row.user_id)
