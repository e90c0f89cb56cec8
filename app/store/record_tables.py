"""The tables of contacts, companies and deals, a page at a time in any of their orders, and searched.

Each order is an index that holds what is searched, too. A page begins where the one before ended (`Place`), never by
counting rows. A search with few finds takes these from the trigrams and puts them in order; one with many goes along the order,
where the next find is never far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from peewee import SQL, ModelSelect, Tuple, fn

from app.domain.errors import UsageError
from app.domain.found_words import MOST_WORDS
from app.domain.record_words import search_readings
from app.domain.records import (
    ORDERS,
    CompanyLine,
    CompanyPage,
    ContactLine,
    ContactPage,
    DealPage,
    FoundRecord,
    ManyChosen,
    Place,
    RecordKind,
    RecordOrder,
)
from app.store import models as m
from app.store.deals import Deals
from app.store.fields import to_micros
from app.store.search import TRIGRAM, Search

_FEW = 1_000  # finds that are put in order by themselves
_TABLES: dict[RecordKind, Any] = {
    RecordKind.CONTACT: m.Contact, RecordKind.COMPANY: m.Company, RecordKind.DEAL: m.Deal
}  # fmt: skip


def _mail(table: Any) -> Any:
    return fn.COALESCE(table.last_message_at, SQL("0")).coerce(False)  # as in the index, which knows no parameters


class RecordTables:
    _search = Search()
    _deals = Deals()

    def contacts(
        self, search: str = "", order: RecordOrder = RecordOrder.MAIL, after: Place | None = None, limit: int = 100
    ) -> ContactPage:
        pks, place = self._page(RecordKind.CONTACT, search, order, after, limit)
        return ContactPage(self.contact_lines(pks), place)

    def companies(
        self, search: str = "", order: RecordOrder = RecordOrder.NAME, after: Place | None = None, limit: int = 100
    ) -> CompanyPage:
        pks, place = self._page(RecordKind.COMPANY, search, order, after, limit)
        return CompanyPage(self.company_lines(pks), place)

    def deals(
        self, search: str = "", order: RecordOrder = RecordOrder.CHANGED, after: Place | None = None, limit: int = 100
    ) -> DealPage:
        pks, place = self._page(RecordKind.DEAL, search, order, after, limit)
        return DealPage(self._deals.lines(pks), place)

    def count(self, kind: RecordKind, search: str = "") -> int:
        """Some milliseconds for each ten thousand lines."""
        table = _TABLES[kind]
        return int(self._matching(kind, table.select(), _wanted(search)).count())

    def chosen(self, kind: RecordKind, chosen: ManyChosen) -> list[int]:
        """Their numbers. By a search among a hundred thousand it takes a tenth of a second."""
        if chosen.ids is not None:
            return list(chosen.ids)
        query = self._matching(kind, _TABLES[kind].select(_TABLES[kind].id), _wanted(chosen.search))
        return [pk for (pk,) in query.tuples() if pk not in chosen.without]

    def addresses(self, chosen: ManyChosen, most: int) -> list[tuple[str, str]]:
        """(address, name) of chosen contacts, by name: so many at most."""
        table, ids = m.Contact, self.chosen(RecordKind.CONTACT, chosen)
        found: list[tuple[str, str, str]] = []
        for start in range(0, len(ids), _FEW):
            some = table.id.in_(ids[start : start + _FEW]) & m.ContactAddress.is_primary
            query = table.select(table.sort_name, m.ContactAddress.address, table.name).join(m.ContactAddress)
            found = sorted([*found, *query.where(some).tuples()])[:most]
        return [(address, name) for _, address, name in found]

    def found(self, search: str, kinds: Sequence[RecordKind], most: int) -> tuple[FoundRecord, ...]:
        """The first ones of each kind, by name; none for an empty search."""
        finds: list[FoundRecord] = []
        if not _wanted(search):
            return ()
        for kind in kinds:
            pks, _ = self._page(kind, search, RecordOrder.NAME, None, most)
            finds += self._named(kind, pks)
        return tuple(finds)

    def contacts_of_company(self, company_id: int, after: Place | None = None, limit: int = 100) -> ContactPage:
        """By name. Removed contacts are not among them."""
        query = (
            m.Contact.select(m.Contact.id, m.Contact.sort_name)
            .join(m.ContactCompany)
            .where((m.ContactCompany.company == company_id) & m.Contact.hidden_at.is_null())
            .order_by(m.Contact.sort_name, m.Contact.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(Tuple(m.Contact.sort_name, m.Contact.id) > tuple(after))
        rows = list(query.tuples())
        place = (rows[-1][1], rows[-1][0]) if len(rows) == limit else None
        return ContactPage(self.contact_lines([pk for pk, _ in rows]), place)

    def removed(self, kind: RecordKind, most: int) -> tuple[FoundRecord, ...]:
        """What was removed and can be brought back, the latest first."""
        table = _TABLES[kind]
        query = table.select(table.id).where(table.hidden_at.is_null(False))
        if kind is not RecordKind.DEAL:  # deals are not merged
            query = query.where(table.merged_into.is_null())
        return self._named(kind, [pk for (pk,) in query.order_by(table.hidden_at.desc()).limit(most).tuples()])

    def _named(self, kind: RecordKind, pks: Sequence[int]) -> tuple[FoundRecord, ...]:
        if kind is RecordKind.CONTACT:
            people = self.contact_lines(pks)
            return tuple(
                FoundRecord(kind, c.id, c.name or c.address, c.address if c.name else c.company) for c in people
            )
        if kind is RecordKind.COMPANY:
            return tuple(FoundRecord(kind, c.id, c.name, c.domain) for c in self.company_lines(pks))
        return tuple(FoundRecord(kind, d.id, d.name, d.stage) for d in self._deals.lines(pks))

    def contact_lines(self, pks: Sequence[int]) -> tuple[ContactLine, ...]:
        """These contacts, in this order."""
        if not pks:
            return ()
        ids = list(pks)
        rows = {r.id: r for r in m.Contact.select().where(m.Contact.id.in_(ids))}
        primary = m.ContactAddress.select(m.ContactAddress.contact_id, m.ContactAddress.address).where(
            m.ContactAddress.contact.in_(ids) & m.ContactAddress.is_primary
        )
        addresses = dict(primary.tuples())
        linked = (
            m.ContactCompany.select(m.ContactCompany.contact_id, m.Company.id, m.Company.name)
            .join(m.Company)
            .where(m.ContactCompany.contact.in_(ids) & m.ContactCompany.is_primary & m.Company.hidden_at.is_null())
        )
        companies = {contact: (pk, name) for contact, pk, name in linked.tuples()}
        return tuple(
            ContactLine(
                id=pk,
                name=rows[pk].name,
                address=addresses.get(pk, ""),
                company=companies.get(pk, (None, ""))[1],
                company_id=companies.get(pk, (None, ""))[0],
                title=rows[pk].title,
                last_at=rows[pk].last_message_at,
            )
            for pk in ids
            if pk in rows
        )

    def company_lines(self, pks: Sequence[int]) -> tuple[CompanyLine, ...]:
        """These companies, in this order."""
        if not pks:
            return ()
        ids = list(pks)
        rows = {r.id: r for r in m.Company.select().where(m.Company.id.in_(ids))}
        first = m.CompanyDomain.select(m.CompanyDomain.company_id, m.CompanyDomain.domain).where(
            m.CompanyDomain.company.in_(ids) & m.CompanyDomain.is_primary
        )
        domains = dict(first.tuples())
        counted = m.ContactCompany.select(m.ContactCompany.company_id, fn.COUNT(m.ContactCompany.id)).where(
            m.ContactCompany.company.in_(ids)
        )
        people = dict(counted.group_by(m.ContactCompany.company_id).tuples())
        return tuple(
            CompanyLine(pk, rows[pk].name, domains.get(pk, ""), people.get(pk, 0), rows[pk].last_message_at)
            for pk in ids
            if pk in rows
        )

    def _page(
        self, kind: RecordKind, search: str, order: RecordOrder, after: Place | None, limit: int
    ) -> tuple[list[int], Place | None]:
        table = _TABLES[kind]
        if order not in ORDERS[kind]:
            raise UsageError(f"The table of this kind ({kind.value}) has no order {order.value}.")
        query = self._matching(kind, table.select(table.id, *_keys(table, kind, order)), _wanted(search))
        rows = list(_ordered(kind, query, order, after).limit(limit).tuples())
        place = tuple(map(_stored, rows[-1][1:])) if len(rows) == limit else None
        return [row[0] for row in rows], place

    def _matching(self, kind: RecordKind, query: ModelSelect, readings: Sequence[Sequence[str]]) -> ModelSelect:
        table = _TABLES[kind]
        query = query.where(table.hidden_at.is_null())
        if not readings:
            return query
        finds = [self._search.few_records(kind, words, _FEW) for words in readings]
        if None not in finds:  # said at once, or SQLite goes through the whole table
            query = query.where(table.id.in_(sorted({pk for few in finds for pk in few or ()})))
        return query.where(reduce(or_, (_has(table, words, few) for words, few in zip(readings, finds, strict=True))))


def _has(table: Any, wanted: Sequence[str], few: Sequence[int] | None) -> Any:
    """That a record has all of these words. `few`: those that have the longer ones, where they are few."""
    terms = [] if few is None else [table.id.in_(few)]
    return reduce(and_, [*terms, *(table.search_key.contains(w) for w in wanted if few is None or len(w) < TRIGRAM)])


def _wanted(search: str) -> list[list[str]]:
    return search_readings(search, MOST_WORDS)


def _ordered(kind: RecordKind, query: ModelSelect, order: RecordOrder, after: Place | None) -> ModelSelect:
    keys = _keys(_TABLES[kind], kind, order)
    if order is RecordOrder.MAIL:  # the latest first, then by name
        mail, *rest = keys
        query = query.order_by(mail.desc(), *rest)
        if after is None:
            return query
        if after[0] == 0:  # those without mail may be nearly all
            return query.where((mail == SQL("0")) & (Tuple(*rest) > tuple(after[1:])))
        return query.where((mail <= after[0]) & ((mail < after[0]) | (Tuple(*rest) > tuple(after[1:]))))
    if order in (RecordOrder.AMOUNT, RecordOrder.CHANGED):
        query = query.order_by(*(key.desc() for key in keys))
        return query if after is None else query.where(Tuple(*keys) < tuple(after))
    query = query.order_by(*keys)
    return query if after is None else query.where(Tuple(*keys) > tuple(after))


def _keys(table: Any, kind: RecordKind, order: RecordOrder) -> list[Any]:
    """What makes a line's place, the same as in the index."""
    if order is RecordOrder.MAIL:
        return [_mail(table), table.sort_name, table.id]
    if order is RecordOrder.COMPANY and kind is RecordKind.CONTACT:
        return [table.sort_company, table.sort_name, table.id]
    column = {
        RecordOrder.NAME: "sort_name", RecordOrder.COMPANY: "sort_company", RecordOrder.AMOUNT: "sort_amount",
        RecordOrder.STAGE: "sort_stage", RecordOrder.CHANGED: "changed_at",
    }[order]  # fmt: skip
    return [getattr(table, column), table.id]


def _stored(value: Any) -> Any:
    return to_micros(value) if isinstance(value, datetime) else value
