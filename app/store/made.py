"""Records that an import has made: whether somebody changed or uses them since, and how they go again. Used by
`services.undo_import`, inside a transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from peewee import SQL

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
        return self.names(kind, [pk]).get(pk)

    def names(self, kind: str, pks: Sequence[int]) -> dict[int, str]:
        """Of those records that are still there."""
        table = _TABLES[kind]
        names = dict(table.select(table.id, table.name).where(table.id.in_(_ids(pks))).tuples())
        nameless = [pk for pk, name in names.items() if not name]
        x = m.ContactAddress
        first = x.select(x.contact_id, x.address).where(x.contact.in_(_ids(nameless)) & x.is_primary)
        known: dict[int, str] = dict(first.tuples()) if nameless and kind == RecordKind.CONTACT.value else {}
        return {pk: str(name or known.get(pk, pk)) for pk, name in names.items()}

    def changed_since(self, kind: RecordKind, pk: int, own: Collection[int], change_id: int) -> bool:
        """Whether somebody edited, merged or removed it, and did not take that back. `own`: changes of the import itself, whose
        own number is `change_id`."""
        return pk in self.changed_among(kind, [pk], own, change_id)

    def changed_among(self, kind: RecordKind, pks: Sequence[int], own: Collection[int], change_id: int) -> set[int]:
        """As `changed_since`, of several."""
        x = m.RecordChange
        query = x.select(x.id, x.record_id).where(
            (x.kind == kind.value) & x.record_id.in_(_ids(pks)) & x.undone_at.is_null()
        )
        found = {pk for number, pk in query.tuples() if number not in own}
        if kind is RecordKind.USER:
            return found
        table = _TABLES[kind.value]
        gone = table.hidden_at.is_null(False)
        if kind is not RecordKind.DEAL:
            gone |= table.merged_into.is_null(False)
            into = table.select(table.merged_into_id).where(table.merged_into.in_(_ids(pks)))
            found |= {pk for (pk,) in into.tuples()}
        return found | {pk for (pk,) in table.select(table.id).where(table.id.in_(_ids(pks)) & gone).tuples()}

    def used_among(self, kind: RecordKind, pks: Sequence[int]) -> set[int]:
        """To which of these mail, a deal, a contact or an event belongs."""
        links: dict[RecordKind, tuple[Any, ...]] = {
            RecordKind.CONTACT: (m.MessageContact.contact, m.DealContact.contact, m.Event.contact),
            RecordKind.COMPANY: (m.MessageCompany.company, m.ContactCompany.company, m.Deal.company),
            RecordKind.DEAL: (m.MessageDeal.deal,),
        }
        return {
            pk
            for link in links[kind]
            for (pk,) in link.model.select(link).where(link.in_(_ids(pks))).distinct().tuples()
        }

    def drop(self, kind: RecordKind, pk: int) -> None:
        """As if it had never been made. Nothing may use it."""
        self.drop_all(kind, [pk])

    def drop_all(self, kind: RecordKind, pks: Sequence[int]) -> None:
        """As `drop`, of several."""
        rows: dict[RecordKind, tuple[Any, ...]] = {
            RecordKind.CONTACT: (m.ContactAddress.contact, m.ContactPhone.contact, m.ContactCompany.contact,
                                 m.ContactFieldSource.contact, m.NotDuplicate.contact_a, m.NotDuplicate.contact_b),
            RecordKind.COMPANY: (m.CompanyDomain.company,),
            RecordKind.DEAL: (m.DealContact.deal,),
        }  # fmt: skip
        for link in rows[kind]:
            link.model.delete().where(link.in_(_ids(pks))).execute()
        m.RecordChange.delete().where(
            (m.RecordChange.kind == kind.value) & m.RecordChange.record_id.in_(_ids(pks))
        ).execute()
        self._search.forget_records(kind, pks)
        table = _TABLES[kind.value]
        table.delete().where(table.id.in_(_ids(pks))).execute()


def _ids(pks: Sequence[int]) -> SQL:
    """As one argument of a statement: to list hundreds takes Peewee longer than SQLite takes to find them."""
    return SQL("(SELECT value FROM json_each(?))", [json.dumps(list(pks))])
