"""Records that an import has made: whether somebody changed or uses them since, and how they go again. Used by
`services.undo_import`, inside a transaction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from app.domain.records import RecordKind
from app.store import models as m
from app.store.deals import Deals
from app.store.journal import MESSAGE
from app.store.search import Search

_TABLES: dict[str, Any] = {"contact": m.Contact, "company": m.Company, "deal": m.Deal, "user": m.User}


class Made:
    _search = Search()
    _deals = Deals()

    def name(self, kind: str, pk: int) -> str | None:
        """By which a person knows it; None where it is gone."""
        if kind == MESSAGE:
            row = m.Message.get_or_none(m.Message.id == pk)
            return None if row is None else row.subject or "(no subject)"
        row = _TABLES[kind].get_or_none(_TABLES[kind].id == pk)
        if row is None or row.name:
            return None if row is None else str(row.name)
        first = m.ContactAddress.get_or_none((m.ContactAddress.contact == pk) & m.ContactAddress.is_primary)
        return str(first.address) if kind == "contact" and first is not None else str(pk)

    def changed_since(self, kind: RecordKind, pk: int, own: Collection[int], change_id: int) -> bool:
        """Whether somebody edited, merged or removed it, and did not take that back. `own`: changes of the import itself, whose
        own number is `change_id`."""
        x = m.RecordChange
        query = x.select(x.id).where((x.kind == kind.value) & (x.record_id == pk) & x.undone_at.is_null())
        if any(number not in own for (number,) in query.tuples()):
            return True
        table = _TABLES[kind.value]
        if kind is RecordKind.USER:
            return False
        row = table.get_by_id(pk)
        merged = kind is not RecordKind.DEAL and (
            row.merged_into_id is not None or table.select().where(table.merged_into == pk).exists()
        )
        return bool(merged or row.hidden_at is not None)

    def in_use(self, kind: RecordKind, pk: int) -> bool:
        """Whether mail, a deal, a contact or an event belongs to it."""
        links: dict[RecordKind, tuple[Any, ...]] = {
            RecordKind.CONTACT: (m.MessageContact.contact, m.DealContact.contact, m.Event.contact),
            RecordKind.COMPANY: (m.MessageCompany.company, m.ContactCompany.company, m.Deal.company),
            RecordKind.DEAL: (m.MessageDeal.deal,),
        }
        return any(link.model.select().where(link == pk).exists() for link in links[kind])

    def drop(self, kind: RecordKind, pk: int) -> None:
        """As if it had never been made. Nothing may use it."""
        rows: dict[RecordKind, tuple[Any, ...]] = {
            RecordKind.CONTACT: (m.ContactAddress.contact, m.ContactPhone.contact, m.ContactCompany.contact,
                                 m.ContactFieldSource.contact, m.NotDuplicate.contact_a, m.NotDuplicate.contact_b),
            RecordKind.COMPANY: (m.CompanyDomain.company,),
            RecordKind.DEAL: (m.DealContact.deal,),
        }  # fmt: skip
        for link in rows[kind]:
            link.model.delete().where(link == pk).execute()
        m.RecordChange.delete().where((m.RecordChange.kind == kind.value) & (m.RecordChange.record_id == pk)).execute()
        self._search.forget_record(kind, pk)
        table = _TABLES[kind.value]
        table.delete().where(table.id == pk).execute()
