"""Many records are removed by a search and brought back as one: in slices, stopped between, with what others show of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.errors import NotAllowed, UsageError
from app.domain.records import ManyChosen, ManyDone, RecordKind
from app.domain.transfer import Progress
from app.services.edit_record import add_record, edit_record, remove_record, restore_record, undo_change
from app.services.merge_contacts import merge_contacts
from app.services.remove_many import bring_all_back, bring_many_back, remove_many
from app.store import Store

CONTACT, COMPANY, DEAL = RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "home" / "workspace.sqlite3", "Northlight Sales")
    yield opened
    opened.close()


def people(store: Store, count: int, domain: str = "example.com") -> list[int]:
    with store.transaction():
        return [
            add_record(store, CONTACT, {"name": f"Person {i:04}", "addresses": [f"p{i}@{domain}"]})
            for i in range(count)
        ]


def shown(store: Store, search: str = "", kind: RecordKind = CONTACT) -> int:
    return store.record_tables.count(kind, search)


def test_all_that_a_search_finds_go_and_come_back(store: Store) -> None:
    people(store, 30)
    people(store, 5, "example.org")
    done = remove_many(store, CONTACT, ManyChosen("example.com"))
    assert (done.done, done.total) == (30, 30) and shown(store) == 5
    assert shown(store, "example.com") == 0 and store.record_tables.found("person 0001", [CONTACT], 5)[0].detail
    back = bring_many_back(store, done.change_id)
    assert (back.done, back.total) == (30, 30) and shown(store, "example.com") == 30
    with pytest.raises(NotAllowed, match="undone already"):
        bring_many_back(store, done.change_id)


def test_those_that_were_taken_out_stay(store: Store) -> None:
    ids = people(store, 6)
    remove_many(store, CONTACT, ManyChosen(without=frozenset(ids[:2])))
    assert [line.id for line in store.record_tables.contacts().lines] == ids[:2]
    bring_all_back(store, CONTACT)
    done = remove_many(store, CONTACT, ManyChosen(ids=tuple(ids[:2])))
    assert done.done == 2 and shown(store) == 4


def test_it_is_stopped_between_slices_and_undone_in_two_goes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.remove_many._AT_ONCE", 10)
    people(store, 35)
    told: list[Progress] = []
    done = remove_many(store, CONTACT, ManyChosen(), told.append, lambda: len(told) == 2)
    assert (done.done, done.total) == (20, 35) and [p.done for p in told] == [10, 20]
    assert shown(store) == 15
    half: list[Progress] = []
    back = bring_many_back(store, done.change_id, half.append, lambda: len(half) == 1)
    assert (back.done, back.total) == (10, 20)
    rest = bring_many_back(store, done.change_id)
    assert (rest.done, rest.total) == (10, 10) and shown(store) == 35


def test_what_was_brought_back_and_removed_again_since_stays_removed(store: Store) -> None:
    ids = people(store, 4)
    done = remove_many(store, CONTACT, ManyChosen())
    restore_record(store, CONTACT, ids[0])
    remove_record(store, CONTACT, ids[0])
    restore_record(store, CONTACT, ids[1])
    assert bring_many_back(store, done.change_id) == ManyDone(done.change_id, 2, 2)
    assert {line.id for line in store.record_tables.contacts().lines} == set(ids[1:])


def test_who_was_removed_before_or_became_part_of_another_does_not_come_back_with_them(store: Store) -> None:
    ids = people(store, 4)
    remove_record(store, CONTACT, ids[0])
    merge_contacts(store, ids[1], ids[2])
    done = remove_many(store, CONTACT, ManyChosen())
    assert done.done == 2
    bring_many_back(store, done.change_id)
    assert {line.id for line in store.record_tables.contacts().lines} == {ids[1], ids[3]}
    bring_all_back(store, CONTACT)
    assert {line.id for line in store.record_tables.contacts().lines} == {ids[0], ids[1], ids[3]}


def test_deals_and_people_show_it(store: Store) -> None:
    company = add_record(store, COMPANY, {"name": "Northlight", "domains": ["example.com"]})
    (person,) = people(store, 1)
    deal = add_record(store, DEAL, {"name": "Depot", "company": company, "contacts": [person]})
    gone = remove_many(store, COMPANY, ManyChosen())
    assert store.record_tables.contacts().lines[0].company == ""
    assert shown(store, "northlight", DEAL) == 0 and shown(store, "northlight") == 0
    bring_many_back(store, gone.change_id)
    assert store.record_tables.contacts().lines[0].company == "Northlight" and shown(store, "northlight", DEAL) == 1
    remove_many(store, CONTACT, ManyChosen())
    assert shown(store, "person", DEAL) == 0
    bring_all_back(store, CONTACT)
    assert shown(store, "person", DEAL) == 1
    again = remove_many(store, DEAL, ManyChosen("depot"))
    assert store.deals.record(deal).removed
    bring_many_back(store, again.change_id)
    assert shown(store, "depot", DEAL) == 1


def test_nothing_found_is_no_change(store: Store) -> None:
    assert remove_many(store, DEAL, ManyChosen("nobody")) == ManyDone(None, 0, 0)


def test_it_is_not_taken_for_a_change_of_one_record(store: Store) -> None:
    ids = people(store, 2)
    done = remove_many(store, CONTACT, ManyChosen())
    with pytest.raises(UsageError, match="brought back as a whole"):
        undo_change(store, done.change_id)
    bring_many_back(store, done.change_id)
    change = edit_record(store, CONTACT, ids[0], {"title": "Director"})
    with pytest.raises(UsageError, match="not about many"):
        bring_many_back(store, change.id)


def test_addresses_are_read_by_name_and_so_many_at_most(store: Store) -> None:
    people(store, 12)
    found = store.record_tables.addresses(ManyChosen("person"), 5)
    assert found == [(f"p{i}@example.com", f"Person {i:04}") for i in range(5)]
