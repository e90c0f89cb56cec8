"""Many new records at once, with statements that are made once: for imports. What a record is found and sorted by is worked
out before it is written, so that each is written once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from app.domain.addresses import address_key
from app.domain.money import comparable
from app.domain.record_words import phone_key, phone_word, search_text, sort_key, sort_key_or_last
from app.domain.records import Outcome, RecordKind, Stage
from app.domain.transfer import RecordDates
from app.store import journal
from app.store import models as m
from app.store.fields import now
from app.store.prepared import Among, Inserted, Prepared
from app.store.search import Search


@dataclass(frozen=True)
class Holder:
    """Who has an address. `removed`: out of all tables; `merged`: it is part of another contact."""

    contact_id: int
    removed: bool
    merged: bool


@dataclass(frozen=True)
class NewContact:
    """Checked values (`checked_fields`). `companies`: the primary one first; `company`: that one's name."""

    name: str
    addresses: Sequence[str]
    title: str = ""
    postal_address: str = ""
    phones: Sequence[tuple[str, str]] = ()
    companies: Sequence[int] = ()
    company: str = ""
    owner: int | None = None
    created_by: str = "import"
    dates: RecordDates | None = None  # of an export


class BulkRecords:
    """Inside a transaction."""

    _search = Search()

    def holders(self, keys: Collection[str]) -> dict[str, Holder]:
        """Of these keys of addresses those that a contact has, removed or not."""
        rows = _HOLDERS.rows(keys) if keys else []
        return {key: Holder(pk, hidden is not None, merged is not None) for key, pk, hidden, merged in rows}

    def add_contact(self, new: NewContact) -> int:
        """None of its addresses may be anybody's, or permanently deleted."""
        numbers = [phone_key(number) for number, _ in new.phones]
        dialled = [phone_word(number) for number, _ in new.phones]
        key = search_text((new.name, new.title, new.company, *new.addresses, *dialled))
        at = now()
        pk = _CONTACT.add(
            {
                "name": new.name,
                "title": new.title,
                "postal_address": new.postal_address,
                "owner_user": new.owner,
                "created_by": new.created_by,
                "created_at": at if new.dates is None else new.dates.created,
                "sort_name": sort_key(new.name or new.addresses[0]),
                "sort_company": sort_key_or_last(new.company),
                "search_key": key,
            }
        )
        _ADDRESS.add_all(
            {"contact": pk, "address": a, "address_key": address_key(a), "is_primary": not place}
            for place, a in enumerate(new.addresses)
        )
        _PHONE.add_all(
            {"contact": pk, "number": number, "number_key": digits, "kind": kind, "position": place}
            for place, ((number, kind), digits) in enumerate(zip(new.phones, numbers, strict=True))
        )
        _BELONGS.add_all(
            {"contact": pk, "company": c, "is_primary": not place} for place, c in enumerate(new.companies)
        )
        filled = {"name": new.name, "title": new.title, "postal_address": new.postal_address, "addresses": new.addresses,
                  "phones": new.phones, "companies": new.companies}  # fmt: skip
        _SOURCE.add_all(
            {"contact": pk, "field": field, "source": "import", "at": at} for field, value in filled.items() if value
        )
        self._search.put_record(RecordKind.CONTACT, pk, key)
        journal.enter(RecordKind.CONTACT.value, pk)
        return pk

    def company_named(self, name: str) -> int | None:
        """As `Companies.find_name`."""
        row = _COMPANY_NAMED.row(sort_key(name))
        return None if row is None else int(row[0])

    def removed_named(self, kind: RecordKind, name: str) -> int | None:
        """A company or deal of this name that was removed, and can be brought back."""
        row = (_REMOVED_COMPANY if kind is RecordKind.COMPANY else _REMOVED_DEAL).row(sort_key(name))
        return None if row is None else int(row[0])

    def company_with(self, domain: str) -> tuple[int, bool] | None:
        """(the company that has this domain, whether it was removed)"""
        row = _COMPANY_WITH.row(domain)
        return None if row is None else (int(row[0]), row[1] is not None)

    def add_company(self, fields: dict[str, Any], created_by: str = "import", dates: RecordDates | None = None) -> int:
        """Checked fields with a name; none of its domains may be another company's."""
        domains = list(fields.get("domains", ()))
        values = {name: fields.get(name, "") for name in ("name", "phone", "website", "postal_address")}
        key = search_text((values["name"], *domains, values["website"], values["phone"], phone_word(values["phone"])))
        pk = _COMPANY.add(
            {
                **values,
                "owner_user": fields.get("owner"),
                "created_by": created_by,
                "created_at": now() if dates is None else dates.created,
                "sort_name": sort_key(values["name"]),
                "search_key": key,
            }
        )
        _DOMAIN.add_all({"company": pk, "domain": d, "is_primary": not place} for place, d in enumerate(domains))
        self._search.put_record(RecordKind.COMPANY, pk, key)
        journal.enter(RecordKind.COMPANY.value, pk)
        return pk

    def deals_named(self, name: str) -> list[tuple[int, int | None]]:
        """(deal, its company) of those that are there."""
        return [(int(pk), company) for pk, company in _DEALS_NAMED.rows(sort_key(name))]

    def stages(self) -> list[tuple[Stage, int]]:
        """With their positions, in order."""
        return [(Stage(name, Outcome(outcome)), int(position)) for name, outcome, position in _STAGES.rows()]

    def add_deal(
        self,
        fields: dict[str, Any],
        stage: Stage,
        position: int,
        company: str,
        people: Sequence[str],
        dates: RecordDates | None = None,
    ) -> int:
        """Checked fields with a name, and with a currency where they have an amount. `company`, `people`: the names of those
        that the fields give by number."""
        at, amount, currency = now(), fields.get("amount_minor"), fields.get("currency", "")
        dates = dates or RecordDates(at, at)
        key = search_text((fields["name"], stage.name, company, *people[:20]))
        pk = _DEAL.add(
            {
                "name": fields["name"],
                "stage": stage.name,
                "amount_minor": amount,
                "currency": currency,
                "is_open": stage.outcome is Outcome.OPEN,
                "changed_at": dates.changed,
                "owner_user": fields.get("owner"),
                "company": fields.get("company"),
                "closed_at": None if stage.outcome is Outcome.OPEN else dates.closed or at,
                "created_at": dates.created,
                "sort_name": sort_key(fields["name"]),
                "sort_amount": comparable(amount, currency),
                "sort_stage": position,
                "sort_company": sort_key_or_last(company),
                "search_key": key,
            }
        )
        _DEAL_CONTACT.add_all({"deal": pk, "contact": contact} for contact in fields.get("contacts", ()))
        self._search.put_record(RecordKind.DEAL, pk, key)
        journal.enter(RecordKind.DEAL.value, pk)
        return pk

    def add_stage(self, name: str, outcome: str) -> None:
        """After the others."""
        last = _LAST_STAGE.row()
        position = 1 + int(last[0] or 0) if last is not None else 0
        _STAGE.add({"name": name, "position": position, "outcome": outcome})


_DEAL = Inserted(
    m.Deal, "name", "stage", "amount_minor", "currency", "is_open", "changed_at", "owner_user", "company", "closed_at",
    "created_at", "sort_name", "sort_amount", "sort_stage", "sort_company", "search_key",
)  # fmt: skip
_DEAL_CONTACT = Inserted(m.DealContact, "deal", "contact")
_DEALS_NAMED = Prepared(
    1,
    lambda key: (
        m.Deal.select(m.Deal.id, m.Deal.company)
        .where((m.Deal.sort_name == key) & m.Deal.hidden_at.is_null())
        .order_by(m.Deal.id)
    ),
)
_STAGES = Prepared(
    0,
    lambda: m.DealStage.select(m.DealStage.name, m.DealStage.outcome, m.DealStage.position).order_by(
        m.DealStage.position
    ),
)
_LAST_STAGE = Prepared(0, lambda: m.DealStage.select(fn.MAX(m.DealStage.position)))
_STAGE = Inserted(m.DealStage, "name", "position", "outcome")
_HOLDERS = Among(
    lambda keys: (
        m.ContactAddress.select(
            m.ContactAddress.address_key, m.ContactAddress.contact, m.Contact.hidden_at, m.Contact.merged_into
        )
        .join(m.Contact)
        .where(m.ContactAddress.address_key.in_(keys))
    )
)
_CONTACT = Inserted(m.Contact, "name", "title", "postal_address", "owner_user", "created_by", "created_at", "sort_name",
                     "sort_company", "search_key")  # fmt: skip
_ADDRESS = Inserted(m.ContactAddress, "contact", "address", "address_key", "is_primary")
_PHONE = Inserted(m.ContactPhone, "contact", "number", "number_key", "kind", "position")
_BELONGS = Inserted(m.ContactCompany, "contact", "company", "is_primary")
_SOURCE = Inserted(m.ContactFieldSource, "contact", "field", "source", "at")
_COMPANY = Inserted(m.Company, "name", "phone", "website", "postal_address", "owner_user", "created_by", "created_at",
                     "sort_name", "search_key")  # fmt: skip
_DOMAIN = Inserted(m.CompanyDomain, "company", "domain", "is_primary")
_COMPANY_NAMED = Prepared(
    1,
    lambda key: (
        m.Company.select(m.Company.id)
        .where((m.Company.sort_name == key) & m.Company.hidden_at.is_null())
        .order_by(m.Company.id)
        .limit(1)
    ),
)
_REMOVED_COMPANY = Prepared(
    1,
    lambda key: m.Company.select(m.Company.id).where((m.Company.sort_name == key) & m.Company.hidden_at.is_null(False)),
)
_REMOVED_DEAL = Prepared(
    1, lambda key: m.Deal.select(m.Deal.id).where((m.Deal.sort_name == key) & m.Deal.hidden_at.is_null(False))
)
_COMPANY_WITH = Prepared(
    1,
    lambda domain: (
        m.CompanyDomain.select(m.CompanyDomain.company, m.Company.hidden_at)
        .join(m.Company)
        .where(m.CompanyDomain.domain == domain)
    ),
)
