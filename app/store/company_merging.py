"""What moves between two companies that become one, and back. The rules are in `services.merge_companies`."""

from __future__ import annotations

from typing import Any

from peewee import fn

from app.store import models as m
from app.store.fields import now
from app.store.in_slices import slices


class CompanyMerging:
    """Inside a transaction."""

    def move(self, keep_id: int, other_id: int) -> dict[str, Any]:
        """Domains, people, deals and mail of the other, which is hidden then. Returns what `move_back` needs: numbers that
        moved, and those that both had."""
        domains = m.CompanyDomain.select().where(m.CompanyDomain.company == other_id).order_by(m.CompanyDomain.id)
        moved: dict[str, Any] = {"domains": [[row.domain, bool(row.is_primary)] for row in domains]}
        has = m.CompanyDomain.select().where((m.CompanyDomain.company == keep_id) & m.CompanyDomain.is_primary).exists()
        changes = {"company": keep_id, **({"is_primary": False} if has else {})}
        m.CompanyDomain.update(**changes).where(m.CompanyDomain.company == other_id).execute()
        theirs = dict(
            m.ContactCompany.select(m.ContactCompany.contact_id, m.ContactCompany.is_primary)
            .where(m.ContactCompany.company == other_id)
            .tuples()
        )
        had = dict(
            m.ContactCompany.select(m.ContactCompany.contact_id, m.ContactCompany.is_primary)
            .where(m.ContactCompany.company == keep_id)
            .tuples()
        )
        moved["contacts"] = sorted(pk for pk in theirs if pk not in had)
        moved["contacts_of_both"] = [[pk, bool(theirs[pk]), bool(had[pk])] for pk in sorted(theirs) if pk in had]
        for contact_id, was_primary, _ in moved["contacts_of_both"]:
            self._unlink(contact_id, other_id)
            if was_primary:
                self._make_primary(contact_id, keep_id)
        m.ContactCompany.update(company=keep_id).where(m.ContactCompany.company == other_id).execute()
        moved["deals"] = _numbers(m.Deal.select(m.Deal.id).where(m.Deal.company == other_id))
        m.Deal.update(company=keep_id).where(m.Deal.company == other_id).execute()
        of_keep = set(
            _numbers(m.MessageCompany.select(m.MessageCompany.message_id).where(m.MessageCompany.company == keep_id))
        )
        mail = _numbers(
            m.MessageCompany.select(m.MessageCompany.message_id).where(m.MessageCompany.company == other_id)
        )
        moved["messages"] = [pk for pk in mail if pk not in of_keep]
        moved["messages_of_both"] = both = [pk for pk in mail if pk in of_keep]
        for some in slices(both):
            m.MessageCompany.delete().where(
                (m.MessageCompany.company == other_id) & m.MessageCompany.message.in_(some)
            ).execute()
        m.MessageCompany.update(company=keep_id).where(m.MessageCompany.company == other_id).execute()
        m.Company.update(hidden_at=now(), merged_into=keep_id).where(m.Company.id == other_id).execute()
        return moved

    def move_back(self, keep_id: int, other_id: int, moved: dict[str, Any]) -> None:
        """What is still there of it."""
        m.Company.update(hidden_at=None, merged_into=None).where(m.Company.id == other_id).execute()
        for domain, is_primary in moved["domains"]:
            here = (m.CompanyDomain.domain == domain) & (m.CompanyDomain.company == keep_id)
            m.CompanyDomain.update(company=other_id, is_primary=is_primary).where(here).execute()
        for company_id in (keep_id, other_id):
            self._one_primary_domain(company_id)
        for some in slices(moved["contacts"]):
            m.ContactCompany.update(company=other_id).where(
                (m.ContactCompany.company == keep_id) & m.ContactCompany.contact.in_(some)
            ).execute()
        for contact_id, was_primary, kept_primary in moved["contacts_of_both"]:
            link = m.ContactCompany.get_or_none(
                (m.ContactCompany.company == keep_id) & (m.ContactCompany.contact == contact_id)
            )
            if link is None:  # taken from the contact since
                continue
            m.ContactCompany.create(contact=contact_id, company=other_id, is_primary=False)
            if was_primary and link.is_primary and not kept_primary:
                self._make_primary(contact_id, other_id)
        for some in slices(moved["deals"]):
            m.Deal.update(company=other_id).where((m.Deal.company == keep_id) & m.Deal.id.in_(some)).execute()
        for some in slices(moved["messages"]):
            m.MessageCompany.update(company=other_id).where(
                (m.MessageCompany.company == keep_id) & m.MessageCompany.message.in_(some)
            ).execute()
        for some in slices(moved["messages_of_both"]):
            rows = m.MessageCompany.select(m.MessageCompany.message_id, m.MessageCompany.date).where(
                (m.MessageCompany.company == keep_id) & m.MessageCompany.message.in_(some)
            )
            copies = [{"message": pk, "company": other_id, "date": date} for pk, date in rows.tuples()]
            m.MessageCompany.insert_many(copies).on_conflict_ignore().execute()

    def is_merged(self, other_id: int, keep_id: int) -> bool:
        return bool(m.Company.select().where((m.Company.id == other_id) & (m.Company.merged_into == keep_id)).exists())

    def refresh_latest(self, company_id: int) -> None:
        """The date by which the table is in order, after mail came or went."""
        last = m.MessageCompany.select(fn.MAX(m.MessageCompany.date)).where(m.MessageCompany.company == company_id)
        m.Company.update(last_message_at=last).where(m.Company.id == company_id).execute()

    def _unlink(self, contact_id: int, company_id: int) -> None:
        m.ContactCompany.delete().where(
            (m.ContactCompany.contact == contact_id) & (m.ContactCompany.company == company_id)
        ).execute()

    def _make_primary(self, contact_id: int, company_id: int) -> None:
        m.ContactCompany.update(is_primary=False).where(m.ContactCompany.contact == contact_id).execute()
        m.ContactCompany.update(is_primary=True).where(
            (m.ContactCompany.contact == contact_id) & (m.ContactCompany.company == company_id)
        ).execute()

    def _one_primary_domain(self, company_id: int) -> None:
        rows = list(
            m.CompanyDomain.select()
            .where(m.CompanyDomain.company == company_id)
            .order_by(m.CompanyDomain.is_primary.desc(), m.CompanyDomain.id)
        )
        for position, row in enumerate(rows):
            m.CompanyDomain.update(is_primary=position == 0).where(m.CompanyDomain.id == row.id).execute()


def standing_company(company_id: int | None) -> int | None:
    """Which company it is now, where it was merged into another one."""
    row = None if company_id is None else m.Company.get_or_none(m.Company.id == company_id)
    while row is not None and row.merged_into_id is not None:
        row = m.Company.get_by_id(row.merged_into_id)
    return company_id if row is None else int(row.id)


def _numbers(query: Any) -> list[int]:
    return sorted(pk for (pk,) in query.tuples())
