"""What earlier mail tells of an address: that it came back, that its owner wants no more, by which way its opens came. Used
before a message goes out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.domain.addresses import address_key
from app.domain.events import EventKind
from app.store import models as m

MESSAGES = 20  # the newest ones of a contact, whose opens are looked at
UNSUBSCRIBES = 5_000  # the newest ones


@dataclass(frozen=True)
class AddressHistory:
    """`bounced`: why mail came back. `proxies`: google, yahoo, apple. `scanned`: a mail scanner followed links."""

    bounced: str = ""
    unsubscribed_at: datetime | None = None
    proxies: frozenset[str] = frozenset()
    scanned: bool = False


class RecipientHistory:
    def of(self, addresses: Collection[str]) -> dict[str, AddressHistory]:
        """By address key; those of whom nothing is known are left out."""
        keys = {address_key(a) for a in addresses}
        if not keys:
            return {}
        known = m.ContactAddress.select(
            m.ContactAddress.address_key,
            m.ContactAddress.contact,
            m.ContactAddress.bounced_at,
            m.ContactAddress.bounce_reason,
        ).where(m.ContactAddress.address_key.in_(keys))
        bounced: dict[str, str] = {}
        contacts = []
        for row in known:
            contacts.append(row.contact_id)
            if row.bounced_at is not None:
                bounced[row.address_key] = row.bounce_reason or "Mail to this address came back."
        gone = self._unsubscribed(keys)
        proxies, scanned = self._ways(keys, contacts)
        return {
            key: AddressHistory(bounced.get(key, ""), gone.get(key), frozenset(proxies.get(key, ())), key in scanned)
            for key in keys
            if key in bounced or key in gone or key in proxies or key in scanned
        }

    def _unsubscribed(self, keys: set[str]) -> dict[str, datetime]:
        """Those of whom nobody noted later that they want mail again."""
        kinds = (EventKind.UNSUBSCRIBE.value, EventKind.RESUBSCRIBE.value)
        newest = (
            m.Event.select(m.Event.recipient, m.Event.kind, m.Event.at)
            .where(m.Event.kind.in_(kinds))
            .order_by(m.Event.at.desc(), m.Event.id.desc())
            .limit(UNSUBSCRIBES)
        )
        found: dict[str, tuple[str, datetime]] = {}
        for recipient, kind, at in newest.tuples():
            key = address_key(recipient)
            if key in keys:
                found.setdefault(key, (kind, at))
        return {key: at for key, (kind, at) in found.items() if kind == EventKind.UNSUBSCRIBE.value}

    def _ways(self, keys: set[str], contacts: Collection[int]) -> tuple[dict[str, set[str]], set[str]]:
        proxies: dict[str, set[str]] = {}
        scanned: set[str] = set()
        for contact in contacts:
            links = m.MessageContact
            newest = (
                links.select(links.message).where(links.contact == contact).order_by(links.date.desc()).limit(MESSAGES)
            )
            pks = [pk for (pk,) in newest.tuples()]
            events = m.Event.select(m.Event.recipient, m.Event.kind, m.Event.proxy, m.Event.verdict).where(
                m.Event.message.in_(pks) & m.Event.kind.in_([EventKind.OPEN.value, EventKind.CLICK.value])
            )
            for recipient, kind, proxy, verdict in events.tuples():
                key = address_key(recipient)
                if key not in keys:
                    continue
                if proxy:
                    proxies.setdefault(key, set()).add(proxy)
                if kind == EventKind.CLICK.value and verdict == "machine":
                    scanned.add(key)
        return proxies, scanned
