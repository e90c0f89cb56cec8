"""Which addresses the user blocked (T4), and which ones this computer had (T5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from peewee import fn

from app.domain.blocked_networks import BlockedNetwork, blocked_set, read_blocked
from app.domain.hit_facts import OwnSpan
from app.domain.networks import Ranges, range_of_network
from app.store import models as m
from app.store.fields import now
from app.store.prepared import Prepared


class BlockedNetworks:
    def __init__(self) -> None:
        self._built: tuple[tuple[int, int], Ranges[BlockedNetwork]] | None = None

    def all(self) -> tuple[BlockedNetwork, ...]:
        """In the order in which they were added."""
        rows = m.BlockedNetwork.select().order_by(m.BlockedNetwork.added_at, m.BlockedNetwork.id)
        return tuple(_entry(row) for row in rows)

    def ranges(self) -> Ranges[BlockedNetwork]:
        """To look up an address in; made anew only when the list has changed."""
        count, newest = _STAMP.rows()[0]
        stamp = (count, newest or 0)
        if self._built is None or self._built[0] != stamp:
            self._built = (stamp, blocked_set(self.all()))
        return self._built[1]

    def replace(self, entries: Sequence[BlockedNetwork]) -> bool:
        """These and no others; notes of those that stay are taken over. Inside a transaction. Whether the addresses changed."""
        wanted = {entry.text: entry for entry in entries}
        kept = {entry.text: entry for entry in self.all()}
        for text in kept.keys() - wanted.keys():
            m.BlockedNetwork.delete().where(m.BlockedNetwork.network == text).execute()
        for text, entry in wanted.items():
            if text not in kept:
                m.BlockedNetwork.create(network=text, note=entry.note, added_at=entry.added_at or now())
            elif kept[text].note != entry.note:
                m.BlockedNetwork.update(note=entry.note).where(m.BlockedNetwork.network == text).execute()
        return wanted.keys() != kept.keys()


class OwnAddresses:
    def spans(self, since: datetime) -> tuple[OwnSpan, ...]:
        """Those that ended after `since`."""
        rows = m.OwnAddress.select().where(m.OwnAddress.until >= since).order_by(m.OwnAddress.id)
        return tuple(OwnSpan(range_of_network(row.network), row.since, row.until) for row in rows)

    def note(self, network: str, at: datetime, gap: timedelta) -> bool:
        """It is ours at `at`; where it was so less than `gap` ago, it was so all the time between. Whether it is a new one, or
        one that comes back. Inside a transaction."""
        row = (
            m.OwnAddress.select()
            .where((m.OwnAddress.network == network) & (m.OwnAddress.until >= at - gap))
            .order_by(m.OwnAddress.id.desc())
            .first()
        )
        if row is None:
            m.OwnAddress.create(network=network, since=at, until=at)
            return True
        if row.until < at:
            m.OwnAddress.update(until=at).where(m.OwnAddress.id == row.id).execute()
        return False

    def forget_before(self, at: datetime) -> None:
        m.OwnAddress.delete().where(m.OwnAddress.until < at).execute()


def _entry(row: m.BlockedNetwork) -> BlockedNetwork:
    read = read_blocked(row.network)
    return BlockedNetwork(read.text, read.range, row.note, row.added_at)


_STAMP = Prepared(0, lambda: m.BlockedNetwork.select(fn.COUNT(m.BlockedNetwork.id), fn.MAX(m.BlockedNetwork.id)))
