"""Recipients whose hits the tracking server is to delete, kept until it has done so: it may be away when a contact goes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app.domain.addresses import address_key
from app.store import models as m
from app.store.fields import now
from app.store.in_slices import column, slices


class OwedForgetting:
    def add(self, recipient_refs: Iterable[str]) -> None:
        """Inside a transaction."""
        at = now()
        for ref in recipient_refs:
            m.OwedForgetting.insert(recipient_ref=ref, added_at=at).on_conflict_ignore().execute()

    def first(self, limit: int = 100) -> tuple[str, ...]:
        rows = m.OwedForgetting.select(m.OwedForgetting.recipient_ref).order_by(m.OwedForgetting.id).limit(limit)
        return tuple(str(ref) for (ref,) in rows.tuples())

    def count(self) -> int:
        return int(m.OwedForgetting.select().count())

    def done(self, recipient_ref: str) -> None:
        """Inside a transaction."""
        m.OwedForgetting.delete().where(m.OwedForgetting.recipient_ref == recipient_ref).execute()

    def refs_of(
        self, messages: Collection[int], mentions: Collection[int], addresses: Collection[str]
    ) -> tuple[str, ...]:
        """By which the tracking server knows whom `messages`, which go, were sent to: all of them, for with a message goes what
        would name the others later. And, in `mentions`, which stay, these addresses and whoever is not named in one of them."""
        keys = {address_key(address) for address in addresses}
        table = m.TrackedRecipient
        found = column(table.recipient_ref, table.message, sorted(messages))
        for some in slices(sorted(set(mentions) - set(messages))):
            for ref, address in (
                table.select(table.recipient_ref, table.address).where(table.message.in_(some)).tuples()
            ):
                if not address or address_key(address) in keys:
                    found.append(ref)
        return tuple(map(str, found))
