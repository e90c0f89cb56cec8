"""Many records that are removed and brought back at once, some hundred at a time. Used by `services.remove_many`, inside a
transaction.

All that one person removes at once carries one moment in `hidden_at`, by which it is found again: what was brought back since
has none, and what was removed again has another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from app.domain.records import RecordKind
from app.store import models as m
from app.store.contacts import Contacts
from app.store.deals import Deals
from app.store.fields import now
from app.store.search import Search

_TABLES: dict[RecordKind, Any] = {
    RecordKind.CONTACT: m.Contact, RecordKind.COMPANY: m.Company, RecordKind.DEAL: m.Deal
}  # fmt: skip


class ManyRecords:
    _search = Search()
    _deals = Deals()

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts

    def hide(self, kind: RecordKind, ids: Sequence[int], at: datetime) -> int:
        """Out of all tables. Returns how many were not removed before."""
        table = _TABLES[kind]
        shown = table.select(table.id).where(table.id.in_(list(ids)) & table.hidden_at.is_null())
        found = [pk for (pk,) in shown.tuples()]
        table.update(**self._changed(kind, at)).where(table.id.in_(found)).execute()
        for pk in found:
            self._search.forget_record(kind, pk)
        self._refresh_around(kind, found)
        return len(found)

    def show(self, kind: RecordKind, ids: Sequence[int], at: datetime | None = None) -> int:
        """Back into the tables, but not those that became part of another one. `at`: only what was removed in that moment.
        Returns how many."""
        table = _TABLES[kind]
        hidden = table.select(table.id).where(table.id.in_(list(ids)) & self._gone(kind, at))
        found = [pk for (pk,) in hidden.tuples()]
        table.update(**self._changed(kind, None)).where(table.id.in_(found)).execute()
        if kind is RecordKind.CONTACT:
            self._contacts.refresh_many(found)
        else:
            keys = table.select(table.id, table.search_key).where(table.id.in_(found))
            for pk, key in list(keys.tuples()):
                self._search.put_record(kind, pk, key)
        self._refresh_around(kind, found)
        return len(found)

    def hidden(self, kind: RecordKind, at: datetime | None = None) -> list[int]:
        """The numbers of what can be brought back: all, or what was removed in one moment."""
        table = _TABLES[kind]
        return [pk for (pk,) in table.select(table.id).where(self._gone(kind, at)).order_by(table.id).tuples()]

    def hidden_count(self, kind: RecordKind) -> int:
        """How many can be brought back."""
        return int(_TABLES[kind].select().where(self._gone(kind, None)).count())

    def _gone(self, kind: RecordKind, at: datetime | None) -> Any:
        table = _TABLES[kind]
        gone = table.hidden_at.is_null(False) if at is None else table.hidden_at == at
        return gone if kind is RecordKind.DEAL else gone & table.merged_into.is_null()

    def _changed(self, kind: RecordKind, hidden_at: datetime | None) -> dict[str, Any]:
        values: dict[str, Any] = {"hidden_at": hidden_at}
        return {**values, "changed_at": now()} if kind is RecordKind.DEAL else values

    def _refresh_around(self, kind: RecordKind, ids: list[int]) -> None:
        """What others show of these: a contact's name is found in its deals, a company's in its people and deals."""
        if kind is RecordKind.CONTACT:
            link = m.DealContact
            self._refresh_deals(link.select(link.deal_id).where(link.contact.in_(ids)).distinct().tuples())
        elif kind is RecordKind.COMPANY:
            people = m.ContactCompany.select(m.ContactCompany.contact_id).where(m.ContactCompany.company.in_(ids))
            self._contacts.refresh_many([pk for (pk,) in people.distinct().tuples()])
            self._refresh_deals(m.Deal.select(m.Deal.id).where(m.Deal.company.in_(ids)).tuples())

    def _refresh_deals(self, rows: Iterable[tuple[int]]) -> None:
        for deal_id in [pk for (pk,) in rows]:
            self._deals.refresh(deal_id)
