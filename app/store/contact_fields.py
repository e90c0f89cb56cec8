"""What can be edited in a contact, read as a whole and written in parts. `Contacts` is built on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from peewee import fn

from app.domain.addresses import address_key, is_complete
from app.domain.errors import NotAllowed, PermanentlyDeleted, UsageError
from app.domain.quoting import quoted
from app.domain.record_words import phone_key, phone_word, search_text, sort_key, sort_key_or_last
from app.domain.records import Fields, RecordKind
from app.store import models as m
from app.store.company_merging import standing_company
from app.store.fields import now
from app.store.prepared import Prepared
from app.store.search import Search
from app.store.tombstones import Tombstones

_PLAIN = ("name", "title", "postal_address")
_AT_ONCE = 500  # contacts in a statement


class ContactFields:
    _search = Search()
    _tombstones = Tombstones()

    def snapshot(self, contact_id: int) -> Fields:
        """All fields, as `write` takes them. Raises UsageError when there is no such contact."""
        row = m.Contact.get_or_none(m.Contact.id == contact_id)
        if row is None:
            raise UsageError("There is no such contact.")
        return {
            "name": row.name,
            "title": row.title,
            "postal_address": row.postal_address,
            "owner": row.owner_user_id,
            "addresses": list(self.addresses(contact_id)),
            "phones": [list(phone) for phone in self.phones(contact_id)],
            "companies": list(self.companies(contact_id)),
            "removed": row.hidden_at is not None,
        }

    def write(self, contact_id: int, fields: Fields, source: str = "hand") -> None:
        """Checked fields (`checked_fields`); what is not named stays. `source`: hand, import, reply, signature. Inside a
        transaction. Raises NotAllowed, PermanentlyDeleted, UsageError."""
        if m.Contact.get_by_id(contact_id).merged_into_id is not None:
            raise NotAllowed("This contact was merged with another one. Undo that to have it back.")
        values = {name: fields[name] for name in _PLAIN if name in fields}
        if "owner" in fields:
            values["owner_user"] = fields["owner"]
        if "removed" in fields:
            values["hidden_at"] = now() if fields["removed"] else None
        if values:
            m.Contact.update(**values).where(m.Contact.id == contact_id).execute()
        if "addresses" in fields:
            self.set_addresses(contact_id, fields["addresses"])
        if "phones" in fields:
            self.set_phones(contact_id, [(number, kind) for number, kind in fields["phones"]])
        if "companies" in fields:
            self.set_companies(contact_id, fields["companies"])
        for field in fields.keys() - {"removed", "owner"}:
            self.note_source(contact_id, field, source)
        self.refresh(contact_id)

    def note_source(self, contact_id: int, field: str, source: str) -> None:
        m.ContactFieldSource.insert(contact=contact_id, field=field, source=source, at=now()).on_conflict(
            conflict_target=[m.ContactFieldSource.contact, m.ContactFieldSource.field],
            preserve=[m.ContactFieldSource.source, m.ContactFieldSource.at],
        ).execute()

    def sources(self, contact_id: int) -> dict[str, str]:
        """Field → hand, import, reply or signature; not of those that nobody has filled."""
        query = m.ContactFieldSource.select(m.ContactFieldSource.field, m.ContactFieldSource.source)
        return dict(query.where(m.ContactFieldSource.contact == contact_id).tuples())

    # -- addresses

    def addresses(self, contact_id: int) -> tuple[str, ...]:
        """The primary one first."""
        query = m.ContactAddress.select().where(m.ContactAddress.contact == contact_id)
        ordered = query.order_by(m.ContactAddress.is_primary.desc(), m.ContactAddress.id)
        return tuple(row.address for row in ordered)

    def add_address(self, contact_id: int, address: str) -> None:
        """Inside a transaction. Raises NotAllowed when it is another contact's, PermanentlyDeleted, UsageError."""
        self.set_addresses(contact_id, [*self.addresses(contact_id), address])
        self.refresh(contact_id)

    def set_addresses(self, contact_id: int, addresses: Iterable[str]) -> None:
        wanted = {address_key(a): a.strip() for a in reversed(list(addresses))}
        wanted = dict(reversed(wanted.items()))
        if not wanted:
            raise NotAllowed("A contact needs an address.")
        had = {row.address_key: row for row in m.ContactAddress.select().where(m.ContactAddress.contact == contact_id)}
        for key, address in wanted.items():
            if key not in had:
                self._check_free(contact_id, address)
        m.ContactAddress.update(is_primary=False).where(m.ContactAddress.contact == contact_id).execute()
        gone = [row.id for key, row in had.items() if key not in wanted]
        m.ContactAddress.delete().where(m.ContactAddress.id.in_(gone)).execute()
        for position, (key, address) in enumerate(wanted.items()):
            if key in had:
                m.ContactAddress.update(address=address, is_primary=position == 0).where(
                    m.ContactAddress.id == had[key].id
                ).execute()
            else:
                m.ContactAddress.create(contact=contact_id, address=address, address_key=key, is_primary=position == 0)

    def _check_free(self, contact_id: int, address: str) -> None:
        if not is_complete(address):
            raise UsageError(f"The address {quoted(address)} is not complete.")
        if self._tombstones.holds(address):
            raise PermanentlyDeleted(address)
        other = m.ContactAddress.get_or_none(m.ContactAddress.address_key == address_key(address))
        if other is None or other.contact_id == contact_id:
            return
        if m.Contact.get_by_id(other.contact_id).hidden_at is not None:
            raise NotAllowed(f"The address {address} belongs to a contact that was removed. Bring that one back first.")
        raise NotAllowed(f"The address {address} belongs to another contact already.")

    # -- phones

    def phones(self, contact_id: int) -> tuple[tuple[str, str], ...]:
        """(number as typed, kind)."""
        query = m.ContactPhone.select().where(m.ContactPhone.contact == contact_id).order_by(m.ContactPhone.position)
        return tuple((row.number, row.kind) for row in query)

    def set_phones(self, contact_id: int, phones: Collection[tuple[str, str]]) -> None:
        m.ContactPhone.delete().where(m.ContactPhone.contact == contact_id).execute()
        for position, (number, kind) in enumerate(phones):
            m.ContactPhone.create(
                contact=contact_id, number=number, number_key=phone_key(number), kind=kind, position=position
            )

    # -- companies

    def companies(self, contact_id: int) -> tuple[int, ...]:
        """The primary one first."""
        query = m.ContactCompany.select(m.ContactCompany.company_id).where(m.ContactCompany.contact == contact_id)
        ordered = query.order_by(m.ContactCompany.is_primary.desc(), m.ContactCompany.id)
        return tuple(pk for (pk,) in ordered.tuples())

    def set_companies(self, contact_id: int, companies: Collection[int]) -> None:
        m.ContactCompany.delete().where(m.ContactCompany.contact == contact_id).execute()
        for position, company_id in enumerate(dict.fromkeys(map(standing_company, companies))):
            m.ContactCompany.create(contact=contact_id, company=company_id, is_primary=position == 0)

    def primary_company(self, contact_id: int) -> int | None:
        """None where there is none, or where it was removed."""
        query = m.ContactCompany.select(m.ContactCompany.company_id).join(m.Company)
        found = query.where(
            (m.ContactCompany.contact == contact_id) & m.ContactCompany.is_primary & m.Company.hidden_at.is_null()
        )
        row = found.tuples().first()
        return None if row is None else int(row[0])

    def company_name(self, contact_id: int) -> str:
        """Of the primary company; empty where there is none."""
        found = self.primary_company(contact_id)
        return "" if found is None else str(m.Company.get_by_id(found).name)

    # -- what it is sorted and found by

    def refresh(self, contact_id: int) -> None:
        """After every change of what it is sorted or found by."""
        self.refresh_many([contact_id])

    def refresh_many(self, contacts: Sequence[int]) -> None:
        """The same for many of them, with few statements: ten thousand take a second."""
        for start in range(0, len(contacts), _AT_ONCE):
            self._refresh_some(contacts[start : start + _AT_ONCE])

    def _refresh_some(self, ids: Sequence[int]) -> None:
        addresses, numbers = defaultdict(list), defaultdict(list)
        mine = m.ContactAddress.select(m.ContactAddress.contact_id, m.ContactAddress.address).where(
            m.ContactAddress.contact.in_(ids)
        )
        for pk, address in mine.order_by(m.ContactAddress.is_primary.desc(), m.ContactAddress.id).tuples():
            addresses[pk].append(address)
        phones = m.ContactPhone.select(m.ContactPhone.contact_id, m.ContactPhone.number).where(
            m.ContactPhone.contact.in_(ids)
        )
        for pk, number in phones.order_by(m.ContactPhone.position).tuples():
            numbers[pk].append(phone_word(number))
        primary = (
            m.ContactCompany.select(m.ContactCompany.contact_id, m.Company.name)
            .join(m.Company)
            .where(m.ContactCompany.contact.in_(ids) & m.ContactCompany.is_primary & m.Company.hidden_at.is_null())
        )
        companies = dict(primary.tuples())
        rows = m.Contact.select(m.Contact.id, m.Contact.name, m.Contact.title, m.Contact.hidden_at)
        for pk, name, title, hidden_at in rows.where(m.Contact.id.in_(ids)).tuples():
            company = companies.get(pk, "")
            key = search_text((name, title, company, *addresses[pk], *numbers[pk]))
            first = addresses[pk][0] if addresses[pk] else ""
            _KEYS.run(sort_key(name or first), sort_key_or_last(company), key, pk)
            self._search.put_record(RecordKind.CONTACT, pk, "" if hidden_at is not None else key)

    def refresh_latest(self, contact_id: int) -> None:
        """After messages have left its timeline."""
        last = m.MessageContact.select(fn.MAX(m.MessageContact.date)).where(m.MessageContact.contact == contact_id)
        m.Contact.update(last_message_at=last).where(m.Contact.id == contact_id).execute()


_KEYS = Prepared(
    4,
    lambda name, company, search, pk: m.Contact.update(sort_name=name, sort_company=company, search_key=search).where(
        m.Contact.id == pk
    ),
)
