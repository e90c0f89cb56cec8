"""Contacts and their addresses."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import reduce
from operator import and_, or_

from peewee import JOIN, SQL, ModelSelect, fn

from app.domain.addresses import Address, address_key, is_complete, plain_spec
from app.domain.errors import PermanentlyDeleted, UsageError
from app.domain.found_words import MOST_WORDS
from app.domain.quoting import quoted
from app.domain.record_words import search_readings
from app.domain.records import ContactRecord, Fields, Named, Phone, RecordKind
from app.domain.views import ContactCard, ContactRow
from app.store import journal
from app.store import models as m
from app.store.companies import Companies, owner_of
from app.store.contact_fields import ContactFields
from app.store.deals import Deals
from app.store.fields import now
from app.store.prepared import Among, Prepared
from app.store.settings import Settings

BUSY = 5_000  # messages


class Contacts(ContactFields):
    _deals = Deals()

    def __init__(self, companies: Companies, settings: Settings) -> None:
        self._company_table, self._settings = companies, settings

    def add(self, address: Address, *, created_by: str) -> int:
        """The contact with this address, made when there is none; an empty name is filled. One that was removed comes back,
        with all it had. A new one is put to the company of its address's domain. The only place where contacts are made.
        Inside a transaction. Raises PermanentlyDeleted, UsageError."""
        found = self._holder(address.key)
        if found is None:
            return self._make(address, created_by)
        row = m.Contact.get_by_id(found)
        fills = bool(address.display_name) and not row.name
        if fills or row.hidden_at is not None:
            name = address.display_name if fills else row.name
            m.Contact.update(name=name, hidden_at=None).where(m.Contact.id == found).execute()
            self.refresh(found)
            for deal_id in self._deals.of_contact(found):
                self._deals.refresh(deal_id)
        return found

    def _make(self, address: Address, created_by: str) -> int:
        if not is_complete(address.addr_spec):
            raise UsageError(f"The address {quoted(address.addr_spec)} is not complete.")
        if self._tombstones.holds(address.addr_spec):
            raise PermanentlyDeleted(address.addr_spec)
        contact = m.Contact.create(name=address.display_name, created_by=created_by, created_at=now())
        m.ContactAddress.create(
            contact=contact, address=plain_spec(address.addr_spec.strip()), address_key=address.key, is_primary=True
        )
        company = self._company_table.of_address(address.addr_spec, make=bool(self._settings.get("create_companies")))
        if company is not None:
            self.set_companies(contact.id, [company])
        self.refresh(contact.id)
        journal.enter(RecordKind.CONTACT.value, contact.id)
        return int(contact.id)

    def _holder(self, key: str) -> int | None:
        """The contact with this address, removed or not."""
        row = m.ContactAddress.get_or_none(m.ContactAddress.address_key == key)
        return None if row is None else int(row.contact_id)

    def find(self, address: str) -> int | None:
        """Not one that was removed."""
        return self.find_many([address]).get(address_key(address))

    def find_removed(self, address: str) -> int | None:
        """The contact of this address that was removed and can be brought back."""
        held = m.ContactAddress.select(m.ContactAddress.contact_id).join(m.Contact)
        gone = m.Contact.hidden_at.is_null(False) & m.Contact.merged_into.is_null()
        found = held.where((m.ContactAddress.address_key == address_key(address)) & gone).tuples().first()
        return None if found is None else int(found[0])

    def find_many(self, addresses: Collection[str]) -> dict[str, int]:
        """Address key → contact, for those that there are."""
        keys = {address_key(a) for a in addresses}
        return dict(_BY_KEY.rows(keys))

    def address_keys(self) -> frozenset[str]:
        """Of all addresses of all contacts."""
        query = m.ContactAddress.select(m.ContactAddress.address_key).join(m.Contact)
        return frozenset(key for (key,) in query.where(m.Contact.hidden_at.is_null()).tuples())

    def held_keys(self) -> frozenset[str]:
        """Of all addresses of all contacts, those that were removed and can be brought back among them."""
        return frozenset(key for (key,) in m.ContactAddress.select(m.ContactAddress.address_key).tuples())

    def edit(self, contact_id: int, *, name: str | None = None, title: str | None = None, phone: str | None = None,
             company: str | None = None) -> None:  # fmt: skip
        """What is None stays. Inside a transaction."""
        self.write(contact_id, self.card_fields(contact_id, name=name, title=title, phone=phone, company=company))

    def card_fields(self, contact_id: int, *, name: str | None = None, title: str | None = None, phone: str | None = None,
                    company: str | None = None) -> Fields:  # fmt: skip
        """The four that a card shows as the fields that `write` takes: the first number, and the primary company by its name,
        which is made when there is none of it. Inside a transaction."""
        fields: Fields = {k: v.strip() for k, v in (("name", name), ("title", title)) if v is not None}
        if phone is not None:
            first = [[phone.strip(), "work"]] if phone.strip() else []
            fields["phones"] = [*first, *(list(other) for other in self.phones(contact_id)[1:])]
        if company is not None:
            found = self._company_table.named(company)
            others = self.companies(contact_id)[1:]
            fields["companies"] = [*([] if found is None else [found]), *(c for c in others if c != found)]
        return fields

    def mark_bounced(self, address: str, at: datetime, reason: str) -> None:
        m.ContactAddress.update(bounced_at=at, bounce_reason=reason).where(
            m.ContactAddress.address_key == address_key(address)
        ).execute()

    def name(self, contact_id: int) -> str:
        """Its name, or its primary address."""
        row = _NAME.row(contact_id)
        return str(row[0] if row is not None and row[0] else self.addresses(contact_id)[0])

    def rows(self, search: str = "", offset: int = 0, limit: int = 200) -> tuple[ContactRow, ...]:
        """Those with the latest mail first, then by name."""
        ordered = m.Contact.select(m.Contact.id).order_by(
            fn.COALESCE(m.Contact.last_message_at, SQL("0")).desc(), m.Contact.sort_name, m.Contact.id
        )
        ids = [pk for (pk,) in _matching(ordered, search).offset(offset).limit(limit).tuples()]
        query = (
            m.Contact.select(
                m.Contact, m.ContactAddress.address.alias("primary_address"), m.Company.name.alias("company_name")
            )
            .join(m.ContactAddress, JOIN.LEFT_OUTER,
                  on=((m.ContactAddress.contact == m.Contact.id) & m.ContactAddress.is_primary))
            .switch(m.Contact)
            .join(m.ContactCompany, JOIN.LEFT_OUTER,
                  on=((m.ContactCompany.contact == m.Contact.id) & m.ContactCompany.is_primary))
            .join(m.Company, JOIN.LEFT_OUTER)
            .where(m.Contact.id.in_(ids))
        )  # fmt: skip
        found = {r["id"]: r for r in query.dicts()}
        rows = [found[pk] for pk in ids if pk in found]
        counts: dict[int, int] = {}
        if ids:
            counted = m.MessageContact.select(m.MessageContact.contact_id, fn.COUNT(m.MessageContact.id))
            counts = dict(
                counted.where(m.MessageContact.contact.in_(ids)).group_by(m.MessageContact.contact_id).tuples()
            )
        return tuple(
            ContactRow(
                id=r["id"],
                name=r["name"],
                address=r["primary_address"] or "",
                company=r["company_name"] or "",
                last_at=r["last_message_at"],
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
            .where((m.DealContact.contact == contact_id) & m.Deal.hidden_at.is_null())
            .order_by(m.Deal.is_open.desc(), m.Deal.changed_at.desc())
        )
        return ContactCard(
            id=row.id,
            name=row.name,
            addresses=self.addresses(contact_id),
            title=row.title,
            company=self.company_name(contact_id),
            phone=next((number for number, _ in self.phones(contact_id)), ""),
            created_at=row.created_at,
            bounced={r.address: r.bounce_reason for r in bounced},
            deals=tuple((d.name, d.stage, d.is_open) for d in deals),
            sent=sent,
            received=received,
            with_files=with_files,
            counted=BUSY if busy else None,
        )

    def record(self, contact_id: int) -> ContactRecord | None:
        """Without its deals, which `Deals.lines_of_contact` has."""
        row = m.Contact.get_or_none(m.Contact.id == contact_id)
        if row is None:
            return None
        bounced = m.ContactAddress.select(m.ContactAddress.address, m.ContactAddress.bounce_reason).where(
            (m.ContactAddress.contact == contact_id) & m.ContactAddress.bounced_at.is_null(False)
        )
        names = dict(m.Company.select(m.Company.id, m.Company.name).where(
            m.Company.id.in_(self.companies(contact_id)) & m.Company.hidden_at.is_null()).tuples())  # fmt: skip
        return ContactRecord(
            id=row.id,
            name=row.name,
            title=row.title,
            postal_address=row.postal_address,
            addresses=self.addresses(contact_id),
            phones=tuple(Phone(number, kind) for number, kind in self.phones(contact_id)),
            companies=tuple(Named(pk, names[pk]) for pk in self.companies(contact_id) if pk in names),
            deals=(),
            owner=owner_of(row),
            bounced=dict(bounced.tuples()),
            sources=self.sources(contact_id),
            created_at=row.created_at,
            created_by=row.created_by,
            last_at=row.last_message_at,
            removed=row.hidden_at is not None,
            merged_into=row.merged_into_id,
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


_BY_KEY = Among(
    lambda keys: (
        m.ContactAddress.select(m.ContactAddress.address_key, m.ContactAddress.contact)
        .join(m.Contact)
        .where(m.ContactAddress.address_key.in_(keys) & m.Contact.hidden_at.is_null())
    )
)
_NAME = Prepared(1, lambda pk: m.Contact.select(m.Contact.name).where(m.Contact.id == pk))


def _matching(query: ModelSelect, search: str) -> ModelSelect:
    query = query.where(m.Contact.hidden_at.is_null())
    readings = [
        reduce(and_, (m.Contact.search_key.contains(word) for word in words))
        for words in search_readings(search, MOST_WORDS)
    ]
    return query.where(reduce(or_, readings)) if readings else query
