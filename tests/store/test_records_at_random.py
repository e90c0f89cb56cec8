"""Hundreds of additions, edits, removals, merges and undos in any order: after them the tables, their pages and every search
say exactly what the records are."""

from __future__ import annotations

import random

import pytest

from app.domain.errors import UsageError
from app.domain.record_words import search_parts
from app.domain.records import ORDERS, RecordChange, RecordKind
from app.services.edit_record import add_record, edit_record, remove_record, undo_change
from app.services.merge_contacts import merge_contacts
from app.store import Store
from app.store import models as m

KIND = RecordKind.CONTACT
WORDS = ["Åsa", "Berg", "karin", "Öberg", "ÆGIR", "o'neil", 'd"arc', "50%", "a_b", "x*y", "NOT"]
SEARCHES = [*WORDS, "berg kar", "p1", "gmail", "zz", "%", "_", "c1.ex"]


@pytest.mark.parametrize("seed", [1, 2, 9])
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
    assert len(people) > 30 and len(changes) > 10


def _one_change(
    store: Store, chance: random.Random, people: list[int], changes: list[RecordChange]
) -> RecordChange | None:
    kind = chance.random()
    name = " ".join(chance.sample(WORDS, 2))
    if kind < 0.3 or len(people) < 3:
        domain = chance.choice(["gmail.com", "c1.example", "c2.example"])
        people.append(add_record(store, KIND, {"addresses": [f"p{len(people)}@{domain}"], "name": name}))
        return None
    if kind < 0.6:
        number = str(chance.randrange(10**6, 10**7))
        return edit_record(store, KIND, chance.choice(people), {"name": name, "phones": [[number, "work"]]})
    if kind < 0.7:
        return remove_record(store, KIND, chance.choice(people))
    if kind < 0.8:
        return merge_contacts(store, *chance.sample(people, 2))
    if changes:
        undo_change(store, changes.pop(chance.randrange(len(changes))).id)
    return None


def _check(store: Store) -> None:
    shown = {row.id: row.search_key for row in m.Contact.select().where(m.Contact.hidden_at.is_null())}
    for search in SEARCHES:
        parts = search_parts(search)
        wanted = {pk for pk, key in shown.items() if all(part in key for part in parts)}
        for order in ORDERS[KIND]:
            found: list[int] = []
            after = None
            while True:
                page = store.record_tables.contacts(search, order, after, 7)
                found += [line.id for line in page.lines]
                after = page.next
                if after is None:
                    break
            assert len(found) == len(wanted) and set(found) == wanted, (search, order)
    for pk in shown:
        primary = m.ContactAddress.select().where((m.ContactAddress.contact == pk) & m.ContactAddress.is_primary)
        assert primary.count() == 1
    m.database.execute_sql("INSERT INTO record_search (record_search) VALUES ('integrity-check')")
    assert m.database.execute_sql("PRAGMA foreign_key_check").fetchall() == []
