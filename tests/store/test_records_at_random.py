"""Hundreds of additions, edits, removals, merges, undos and deletions for good in any order: after them the tables, their pages
and every search say exactly what the records are, and nobody who was deleted is named."""

from __future__ import annotations

import random

import pytest

from app.domain.errors import UsageError
from app.domain.record_words import phone_key, search_parts, search_text
from app.domain.records import ORDERS, RecordChange, RecordKind
from app.services.delete_permanently import delete_permanently
from app.services.edit_record import add_record, edit_record, remove_record, restore_record, undo_change
from app.services.merge_contacts import merge_contacts
from app.store import Store
from app.store import models as m

KIND = RecordKind.CONTACT
WORDS = ["Åsa", "Berg", "karin", "Öberg", "ÆGIR", "o'neil", 'd"arc', "50%", "a_b", "x*y", "NOT"]
SEARCHES = [*WORDS, "berg kar", "p1", "gmail", "zz", "%", "_", "c1.ex"]


@pytest.mark.parametrize("seed", [1, 4, 7])
def test_tables_and_searches_say_what_the_records_are(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    people: list[int] = []
    changes: list[RecordChange] = []
    for step in range(1, 161):
        try:
            done = _one_change(store, chance, people, changes)
        except UsageError:  # what stands in the way is told; nothing has changed
            continue
        if done is not None:
            changes.append(done)
        if step % 40 == 0:
            _check(store)
    assert len(people) > 10 and len(changes) > 10


def _one_change(
    store: Store, chance: random.Random, people: list[int], changes: list[RecordChange]
) -> RecordChange | None:
    kind = chance.random()
    companies = [pk for (pk,) in m.Company.select(m.Company.id).tuples()]
    deals = [pk for (pk,) in m.Deal.select(m.Deal.id).tuples()]
    name = " ".join(chance.sample(WORDS, 2))
    if kind < 0.3 or len(people) < 3:
        domain = chance.choice(["gmail.com", "c1.example", "c2.example"])
        people.append(add_record(store, KIND, {"addresses": [f"p{len(people)}@{domain}"], "name": name}))
        return None
    if kind < 0.5:
        number = str(chance.randrange(10**6, 10**7))
        return edit_record(store, KIND, chance.choice(people), {"name": name, "phones": [[number, "work"]]})
    if kind < 0.6:
        one = chance.choice(people)
        had = list(store.contacts.addresses(one))
        more = [*had, f"extra{chance.randrange(8)}@c2.example"] if chance.random() < 0.7 else had[1:] or had
        return edit_record(store, KIND, one, {"addresses": chance.sample(more, len(more))})
    if kind < 0.65:
        return edit_record(
            store, KIND, chance.choice(people), {"companies": chance.sample(companies, min(2, len(companies)))}
        )
    if kind < 0.7:
        company = chance.choice(companies or [0])
        if chance.random() < 0.5:
            return edit_record(store, RecordKind.COMPANY, company, {"name": chance.choice(WORDS)})
        return edit_record(store, RecordKind.COMPANY, company, {"removed": chance.random() < 0.5})
    if kind < 0.75:
        if len(deals) < 5:
            add_record(store, RecordKind.DEAL, {"name": name, "contacts": chance.sample(people, 2)})
            return None
        return edit_record(store, RecordKind.DEAL, chance.choice(deals), {"contacts": chance.sample(people, 2)})
    if kind < 0.79:
        return remove_record(store, KIND, chance.choice(people))
    if kind < 0.81:
        return restore_record(store, KIND, chance.choice(people))
    if kind < 0.89:
        return merge_contacts(store, *chance.sample(people, 2))
    if kind < 0.92 and len(people) > 12:
        gone = chance.choice(people)
        delete_permanently(store, gone)
        people[:] = [pk for (pk,) in m.Contact.select(m.Contact.id).order_by(m.Contact.id).tuples()]
        return None
    if changes:
        undo_change(store, changes.pop(chance.randrange(len(changes))).id)
    return None


def _words(store: Store, contact_id: int) -> str:
    """What a contact is found by, made from what its card shows."""
    record = store.contact_record(contact_id)
    assert record is not None
    primary = store.contacts.primary_company(contact_id)
    company = [c.name for c in record.companies if c.id == primary]
    return search_text(
        (record.name, record.title, *company, *record.addresses, *(phone_key(p.number) for p in record.phones))
    )


def _check(store: Store) -> None:
    shown = {row.id: _words(store, row.id) for row in m.Contact.select().where(m.Contact.hidden_at.is_null())}
    for search in [*SEARCHES, *(a for pk in shown for a in store.contacts.addresses(pk))]:
        parts = search_parts(search)
        wanted = {pk for pk, key in shown.items() if all(part in key for part in parts)}
        for order in ORDERS[KIND] if search in SEARCHES else ORDERS[KIND][:1]:
            found: list[int] = []
            after = None
            while True:
                page = store.record_tables.contacts(search, order, after, 7)
                found += [line.id for line in page.lines]
                after = page.next
                if after is None:
                    break
            assert len(found) == len(wanted) and set(found) == wanted, (search, order)
    for search in WORDS:
        deals = {d.id for d in store.record_tables.deals(search).lines}
        assert deals == {pk for (pk,) in m.Deal.select(m.Deal.id).tuples() if _deal_has(store, pk, search)}, search
    for pk in shown:
        primary = m.ContactAddress.select().where((m.ContactAddress.contact == pk) & m.ContactAddress.is_primary)
        assert primary.count() == 1
    deleted = m.ContactAddress.select(m.ContactAddress.address).tuples()
    assert not [a for (a,) in deleted if store.tombstones.holds(a)]
    m.database.execute_sql("INSERT INTO record_search (record_search) VALUES ('integrity-check')")
    assert m.database.execute_sql("PRAGMA foreign_key_check").fetchall() == []


def _deal_has(store: Store, deal_id: int, search: str) -> bool:
    deal = store.deals.record(deal_id)
    assert deal is not None
    people = [m.Contact.get_by_id(person.id).name for person in deal.contacts]
    return search_text([search]) in search_text((deal.name, deal.stage, *people))
