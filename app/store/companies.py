"""Companies, and the domains by which contacts belong to them."""

from __future__ import annotations

from datetime import datetime

from app.domain.addresses import address_key
from app.domain.company_domains import company_domain, is_public_mail_domain, name_from_domain
from app.domain.errors import NotAllowed, UsageError
from app.domain.record_fields import checked_fields
from app.domain.record_words import phone_word, search_text, sort_key
from app.domain.records import CompanyRecord, Fields, Named, RecordKind
from app.store import journal
from app.store import models as m
from app.store.fields import now
from app.store.search import Search

_PLAIN = ("name", "phone", "website", "postal_address")


class Companies:
    _search = Search()

    def add(self, name: str, domains: list[str] | None = None, created_by: str = "user") -> int:
        """Inside a transaction. Raises NotAllowed when a domain is another company's."""
        row = m.Company.create(name=name.strip(), created_by=created_by, created_at=now())
        self.set_domains(row.id, domains or [])
        self.refresh(row.id)
        journal.enter(RecordKind.COMPANY.value, row.id)
        return int(row.id)

    def named(self, name: str) -> int | None:
        """The oldest company of this name, made when there is none; None for an empty name. Inside a transaction. Raises
        UsageError for a name that is too long."""
        if not name.strip():
            return None
        found = self.find_name(name)
        return found[0] if found else self.add(checked_fields(RecordKind.COMPANY, {"name": name})["name"])

    def find_name(self, name: str, *, removed: bool = False) -> tuple[int, ...]:
        """Those of this name, whatever its case and accents, the oldest first: those that stand, or those that were removed
        (not those that became part of another one)."""
        query = m.Company.select(m.Company.id).where(
            (m.Company.sort_name == sort_key(name))
            & m.Company.hidden_at.is_null(not removed)
            & m.Company.merged_into.is_null()
        )
        return tuple(pk for (pk,) in query.order_by(m.Company.id).tuples())

    def find_domain(self, domain: str, *, removed: bool = False) -> int | None:
        """The company that has this domain: one that stands, or one that was removed."""
        query = m.CompanyDomain.select(m.CompanyDomain.company_id).join(m.Company)
        wanted = m.Company.hidden_at.is_null(not removed)
        if removed:  # not one that became part of another
            wanted &= m.Company.merged_into.is_null()
        found = query.where((m.CompanyDomain.domain == domain) & wanted).tuples().first()
        return None if found is None else int(found[0])

    def of_address(self, address: str, *, make: bool) -> int | None:
        """The company of the domain that the address's own domain is registered under, or of that own domain where a company
        has it; made when `make` says so. None for public mail domains, and where the company was removed. Inside a
        transaction."""
        registered = company_domain(address)
        own = address_key(address).rpartition("@")[2]
        if is_public_mail_domain(own):  # also where somebody gave it to a company by hand
            return None
        for domain in (own, registered):
            found = self.find_domain(domain) if domain else None
            if found is not None:
                return found
        taken = m.CompanyDomain.select().where(m.CompanyDomain.domain == registered).exists()
        if not registered or not make or taken:
            return None
        return self.add(name_from_domain(registered), [registered], created_by="domain")

    def exists(self, company_id: int) -> bool:
        """And was not removed."""
        return bool(m.Company.select().where((m.Company.id == company_id) & m.Company.hidden_at.is_null()).exists())

    def domains(self, company_id: int) -> tuple[str, ...]:
        """The primary one first."""
        query = m.CompanyDomain.select(m.CompanyDomain.domain).where(m.CompanyDomain.company == company_id)
        ordered = query.order_by(m.CompanyDomain.is_primary.desc(), m.CompanyDomain.id)
        return tuple(domain for (domain,) in ordered.tuples())

    def set_domains(self, company_id: int, domains: list[str]) -> None:
        for domain in domains:
            other = m.CompanyDomain.get_or_none(m.CompanyDomain.domain == domain)
            if other is not None and other.company_id != company_id:
                holder = m.Company.get_by_id(other.company_id)
                if holder.hidden_at is not None:
                    raise NotAllowed(
                        f"The domain {domain} belongs to {holder.name}, which was removed. Bring that company back first."
                    )
                raise NotAllowed(f"The domain {domain} belongs to {holder.name} already.")
        m.CompanyDomain.delete().where(m.CompanyDomain.company == company_id).execute()
        for position, domain in enumerate(domains):
            m.CompanyDomain.create(company=company_id, domain=domain, is_primary=position == 0)

    def snapshot(self, company_id: int) -> Fields:
        """All fields, as `write` takes them. Raises UsageError when there is no such company."""
        row = m.Company.get_or_none(m.Company.id == company_id)
        if row is None:
            raise UsageError("There is no such company.")
        return {
            **{name: getattr(row, name) for name in _PLAIN},
            "owner": row.owner_user_id,
            "domains": list(self.domains(company_id)),
            "removed": row.hidden_at is not None,
        }

    def write(self, company_id: int, fields: Fields) -> None:
        """Checked fields; what is not named stays. Inside a transaction. Raises NotAllowed."""
        if m.Company.get_by_id(company_id).merged_into_id is not None:
            raise NotAllowed("This company was merged with another one. Undo that to have it back.")
        values = {name: fields[name] for name in _PLAIN if name in fields}
        if "owner" in fields:
            values["owner_user"] = fields["owner"]
        if "removed" in fields:
            values["hidden_at"] = now() if fields["removed"] else None
        if values:
            m.Company.update(**values).where(m.Company.id == company_id).execute()
        if "domains" in fields:
            self.set_domains(company_id, fields["domains"])
        self.refresh(company_id)

    def contacts_of(self, company_id: int) -> tuple[int, ...]:
        query = m.ContactCompany.select(m.ContactCompany.contact_id).where(m.ContactCompany.company == company_id)
        return tuple(pk for (pk,) in query.order_by(m.ContactCompany.contact_id).tuples())

    def record(self, company_id: int) -> CompanyRecord | None:
        """Without its deals, which `Deals.lines_of_company` has."""
        row = m.Company.get_or_none(m.Company.id == company_id)
        if row is None:
            return None
        people = m.ContactCompany.select().join(m.Contact).where(m.ContactCompany.company == company_id)
        return CompanyRecord(
            id=row.id,
            name=row.name,
            phone=row.phone,
            website=row.website,
            postal_address=row.postal_address,
            domains=self.domains(company_id),
            contacts=int(people.where(m.Contact.hidden_at.is_null()).count()),
            deals=(),
            owner=owner_of(row),
            created_at=row.created_at,
            created_by=row.created_by,
            last_at=row.last_message_at,
            removed=row.hidden_at is not None,
            merged_into=row.merged_into_id,
        )

    def met(self, company_id: int, at: datetime) -> None:
        """A message was logged to it. Inside a transaction."""
        older = m.Company.last_message_at.is_null() | (m.Company.last_message_at < at)
        m.Company.update(last_message_at=at).where((m.Company.id == company_id) & older).execute()

    def refresh(self, company_id: int) -> None:
        """What it is sorted and found by. Its contacts and deals are refreshed by whoever renames or removes it."""
        row = m.Company.get_by_id(company_id)
        key = search_text((row.name, *self.domains(company_id), row.website, row.phone, phone_word(row.phone)))
        m.Company.update(sort_name=sort_key(row.name), search_key=key).where(m.Company.id == company_id).execute()
        self._search.put_record(RecordKind.COMPANY, company_id, "" if row.hidden_at is not None else key)


def owner_of(row: m.Contact | m.Company | m.Deal) -> Named | None:
    if row.owner_user_id is None:
        return None
    user = m.User.get_by_id(row.owner_user_id)
    return Named(user.id, user.name or user.login_address)
