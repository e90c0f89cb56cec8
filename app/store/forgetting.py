"""Recipients whose hits the tracking servers are to delete, for each server until it has done so: it may be away when a contact
goes. Each is owed to the present server and to all earlier ones: any of them may hold hits of the message."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app.domain.addresses import address_key
from app.domain.earlier_hosts import PRESENT
from app.store import models as m
from app.store.fields import now
from app.store.in_slices import column, slices


class OwedForgetting:
    def add(self, recipient_refs: Iterable[str]) -> None:
        """Inside a transaction."""
        at, table = now(), m.OwedForgetting
        hosts = [PRESENT, *(host for (host,) in m.EarlierHost.select(m.EarlierHost.id).tuples())]
        for ref in recipient_refs:
            for host in hosts:
                table.insert(recipient_ref=ref, host=host, added_at=at).on_conflict_ignore().execute()

    def add_as_to(self, host: int) -> None:
        """The present server is owed what this one is. Inside a transaction."""
        at, table = now(), m.OwedForgetting
        for (ref,) in list(table.select(table.recipient_ref).where(table.host == host).order_by(table.id).tuples()):
            table.insert(recipient_ref=ref, host=PRESENT, added_at=at).on_conflict_ignore().execute()

    def first(self, host: int = PRESENT, limit: int = 100) -> tuple[str, ...]:
        table = m.OwedForgetting
        rows = table.select(table.recipient_ref).where(table.host == host).order_by(table.id).limit(limit)
        return tuple(str(ref) for (ref,) in rows.tuples())

    def count(self, host: int | None = None) -> int:
        """Recipients that this server, or any, has still to forget."""
        found = m.OwedForgetting.select(m.OwedForgetting.recipient_ref).distinct()
        return int((found if host is None else found.where(m.OwedForgetting.host == host)).count())

    def done(self, recipient_ref: str, host: int = PRESENT) -> None:
        """Inside a transaction."""
        table = m.OwedForgetting
        table.delete().where((table.recipient_ref == recipient_ref) & (table.host == host)).execute()

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
