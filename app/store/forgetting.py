"""Recipients whose hits the tracking server is to delete, kept until it has done so: it may be away when a contact goes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app.domain.addresses import address_key
from app.store import models as m
from app.store.fields import now


class OwedForgetting:
    def add(self, recipient_refs: Iterable[str]) -> None:
        """Inside a transaction."""
        at = now()
        for ref in recipient_refs:
            m.OwedForgetting.insert(recipient_ref=ref, added_at=at).on_conflict_ignore().execute()

    def first(self, limit: int = 100) -> tuple[str, ...]:
        rows = m.OwedForgetting.select(m.OwedForgetting.recipient_ref).order_by(m.OwedForgetting.id).limit(limit)
        return tuple(str(ref) for (ref,) in rows.tuples())

    def done(self, recipient_ref: str) -> None:
        """Inside a transaction."""
        m.OwedForgetting.delete().where(m.OwedForgetting.recipient_ref == recipient_ref).execute()

    def refs_of(self, messages: Collection[int], addresses: Collection[str]) -> tuple[str, ...]:
        """By which the tracking server knows these addresses, in these messages; and whoever is not named in one of them."""
        keys = {address_key(address) for address in addresses}
        found = []
        wanted = sorted(messages)
        for start in range(0, len(wanted), 500):
            rows = m.TrackedRecipient.select(m.TrackedRecipient.recipient_ref, m.TrackedRecipient.address)
            for ref, address in rows.where(m.TrackedRecipient.message.in_(wanted[start : start + 500])).tuples():
                if not address or address_key(address) in keys:
                    found.append(str(ref))
        return tuple(found)
