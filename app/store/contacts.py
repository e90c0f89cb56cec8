"""Contacts and their addresses."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from peewee import JOIN, ModelSelect, fn

from app.domain.addresses import Address, address_key, is_complete
from app.domain.errors import NotAllowed, UsageError
from app.domain.views import ContactCard, ContactRow
from app.store import models as m
from app.store.fields import now
from app.store.prepared import Among, Prepared

BUSY = 5_000  # messages


class Contacts:
    def add(self, address: Address, *, created_by: str) -> int:
        """The contact with this address, made when there is none; an empty name is filled. Inside a transaction."""
        found = self.find(address.addr_spec)
        if found is not None:
            if address.display_name:
                m.Contact.update(name=address.display_name).where(
                    (m.Contact.id == found) & (m.Contact.name == "")
                ).execute()
                self._refresh_search(found)
            return found
        if not is_complete(address.addr_spec):
            raise UsageError(f"The address {address.addr_spec!r} is not complete.")
        contact = m.Contact.create(name=address.display_name, created_by=created_by, created_at=now())
        m.ContactAddress.create(
            contact=contact, address=address.addr_spec.strip(), address_key=address.key, is_primary=True
        )
        self._refresh_search(contact.id)
        return int(contact.id)

    def find(self, address: str) -> int | None:
        return self.find_many([address]).get(address_key(address))

    def find_many(self, addresses: Collection[str]) -> dict[str, int]:
        """Address key → contact, for those that there are."""
        keys = {address_key(a) for a in addresses}
        return dict(_BY_KEY.rows(keys))

    def address_keys(self) -> frozenset[str]:
        """Of all addresses of all contacts."""
        return frozenset(key for (key,) in m.ContactAddress.select(m.ContactAddress.address_key).tuples())

    def edit(self, contact_id: int, *, name: str | None = None, title: str | None = None, phone: str | None = None,
             company: str | None = None) -> None:  # fmt: skip
        """What is None stays. Inside a transaction."""
        values: dict[str, object] = {
            k: v.strip() for k, v in (("name", name), ("title", title), ("phone", phone)) if v is not None
        }
        if company is not None:
            values["company"] = self._company(company.strip())
        if values:
            m.Contact.update(**values).where(m.Contact.id == contact_id).execute()
        self._refresh_search(contact_id)

    def add_address(self, contact_id: int, address: str) -> None:
        if not is_complete(address):
            raise UsageError(f"The address {address!r} is not complete.")
        other = self.find(address)
        if other is not None and other != contact_id:
            raise NotAllowed(f"The address {address} belongs to another contact already.")
        if other is None:
            m.ContactAddress.create(
                contact=contact_id, address=address.strip(), address_key=address_key(address), is_primary=False
            )
            self._refresh_search(contact_id)

    def mark_bounced(self, address: str, at: datetime, reason: str) -> None:
        m.ContactAddress.update(bounced_at=at, bounce_reason=reason).where(
            m.ContactAddress.address_key == address_key(address)
        ).execute()

    def name(self, contact_id: int) -> str:
        """Its name, or its primary address."""
        row = _NAME.row(contact_id)
        return str(row[0] if row is not None and row[0] else self.addresses(contact_id)[0])

    def addresses(self, contact_id: int) -> tuple[str, ...]:
        query = m.ContactAddress.select().where(m.ContactAddress.contact == contact_id)
        ordered = query.order_by(m.ContactAddress.is_primary.desc(), m.ContactAddress.id)
        return tuple(row.address for row in ordered)

    def rows(self, search: str = "", offset: int = 0, limit: int = 200) -> tuple[ContactRow, ...]:
        """Those with the latest mail first, then by name."""
        ordered = m.Contact.select(m.Contact.id).order_by(
            m.Contact.last_message_at.desc(), m.Contact.name, m.Contact.id
        )
        ids = [pk for (pk,) in _matching(ordered, search).offset(offset).limit(limit).tuples()]
        query = (
            m.Contact.select(
                m.Contact, m.ContactAddress.address.alias("primary_address"), m.Company.name.alias("company_name")
            )
            .join(m.ContactAddress, JOIN.LEFT_OUTER,
                  on=((m.ContactAddress.contact == m.Contact.id) & m.ContactAddress.is_primary))
            .switch(m.Contact)
            .join(m.Company, JOIN.LEFT_OUTER)
            .where(m.Contact.id.in_(ids))
        )  # fmt: skip
        found = {r["id"]: r for r in query.dicts()}
        rows = [found[pk] for pk in ids if pk in found]
        counts: dict[int, int] = {}
        subjects: dict[int, str] = {}
        if ids:
            counted = m.MessageContact.select(m.MessageContact.contact_id, fn.COUNT(m.MessageContact.id))
            counts = dict(
                counted.where(m.MessageContact.contact.in_(ids)).group_by(m.MessageContact.contact_id).tuples()
            )
            link = m.MessageContact.alias()
            last = (
                link.select(link.message_id)
                .where(link.contact == m.Contact.id)
                .order_by(link.date.desc(), link.message_id.desc())
                .limit(1)
            )
            newest = dict(m.Contact.select(m.Contact.id, last).where(m.Contact.id.in_(ids)).tuples())
            asked = [pk for pk in newest.values() if pk is not None]
            named = dict(m.Message.select(m.Message.id, m.Message.subject).where(m.Message.id.in_(asked)).tuples())
            subjects = {contact_id: named.get(pk, "") for contact_id, pk in newest.items()}
        return tuple(
            ContactRow(
                id=r["id"],
                name=r["name"],
                address=r["primary_address"] or "",
                company=r["company_name"] or "",
                last_at=r["last_message_at"],
                last_subject=subjects[r["id"]],
                messages=counts.get(r["id"], 0),
            )
            for r in rows
        )

    def count(self, search: str = "") -> int:
        return int(_matching(m.Contact.select(), search).count())

    def card(self, contact_id: int) -> ContactCard | None:
        row = m.Contact.get_or_none(m.Contact.id == contact_id)
        if row is None:
            return None
        bounced = m.ContactAddress.select().where(
            (m.ContactAddress.contact == contact_id) & m.ContactAddress.bounced_at.is_null(False)
        )
        busy = self.is_busy(contact_id)
        sent, received, with_files = self.totals(contact_id, BUSY if busy else None)
        deals = (
            m.Deal.select()
            .join(m.DealContact)
            .where(m.DealContact.contact == contact_id)
            .order_by(m.Deal.is_open.desc(), m.Deal.changed_at.desc())
        )
        return ContactCard(
            id=row.id,
            name=row.name,
            addresses=self.addresses(contact_id),
            title=row.title,
            company=row.company.name if row.company_id else "",
            phone=row.phone,
            created_at=row.created_at,
            bounced={r.address: r.bounce_reason for r in bounced},
            deals=tuple((d.name, d.stage, d.is_open) for d in deals),
            sent=sent,
            received=received,
            with_files=with_files,
            counted=BUSY if busy else None,
        )

    def is_busy(self, contact_id: int) -> bool:
        """Whether there are so many messages that counting their kinds takes a while."""
        some = m.MessageContact.select(m.MessageContact.id).where(m.MessageContact.contact == contact_id)
        return some.offset(BUSY).limit(1).tuples().first() is not None

    def totals(self, contact_id: int, newest: int | None = None) -> tuple[int, int, int]:
        """(sent, received, with files); of all messages, which takes seconds for a contact with a million of them, or of so
        many of the newest."""
        theirs = m.MessageContact.select(m.MessageContact.message).where(m.MessageContact.contact == contact_id)
        if newest is not None:
            theirs = theirs.order_by(m.MessageContact.date.desc(), m.MessageContact.message.desc()).limit(newest)
        query = (
            m.Message.select(m.Message.direction, m.Message.has_files, fn.COUNT(m.Message.id))
            .where(m.Message.id.in_(theirs) & m.Message.logged)
            .group_by(m.Message.direction, m.Message.has_files)
            .tuples()
        )
        counts = [(direction, bool(files), int(number)) for direction, files, number in query]
        return (
            sum(n for direction, _, n in counts if direction == "sent"),
            sum(n for direction, _, n in counts if direction == "received"),
            sum(n for _, files, n in counts if files),
        )

    def _company(self, name: str) -> int | None:
        if not name:
            return None
        row = m.Company.get_or_none(fn.LOWER(m.Company.name) == name.lower())
        return int(row.id) if row else int(m.Company.create(name=name, created_at=now()).id)

    def _refresh_search(self, contact_id: int) -> None:
        row = m.Contact.get_by_id(contact_id)
        words = [row.name, row.title, row.company.name if row.company_id else "", *self.addresses(contact_id)]
        m.Contact.update(search_key=" ".join(w for w in words if w).casefold()).where(
            m.Contact.id == contact_id
        ).execute()


_BY_KEY = Among(
    lambda keys: m.ContactAddress.select(m.ContactAddress.address_key, m.ContactAddress.contact).where(
        m.ContactAddress.address_key.in_(keys)
    )
)
_NAME = Prepared(1, lambda pk: m.Contact.select(m.Contact.name).where(m.Contact.id == pk))


def _matching(query: ModelSelect, search: str) -> ModelSelect:
    for word in search.casefold().split()[:10]:
        query = query.where(m.Contact.search_key.contains(word))
    return query
