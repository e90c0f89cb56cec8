"""Companies that may be one: by domain, website, number and name; and those of which a person said that they are two."""

from __future__ import annotations

import pytest

from app.domain.errors import NotAllowed, UsageError
from app.domain.records import RecordKind
from app.services.edit_record import add_record, edit_record, remove_record, undo_change
from app.services.merge_companies import merge_companies
from app.store import Store
from app.store.company_duplicates import NEAR_NAME, SAME_DOMAIN, SAME_NAME, SAME_PHONE


def company(store: Store, name: str, **fields: object) -> int:
    return add_record(store, RecordKind.COMPANY, {"name": name, **fields})


def found(store: Store) -> dict[tuple[int, int], tuple[str, ...]]:
    return {(p.keep.id, p.other.id): p.reasons for p in store.company_duplicates.pairs()}


def test_each_reason_is_told_and_more_of_them_come_first(store: Store) -> None:
    north = company(store, "Northlight Cargo AB", domains=["northlight.example.com"], phone="+46 31 555 01 00")
    again = company(store, "Northlight Cargo Ltd", website="https://www.example.com/about", phone="0046 31 555 01 00")
    havn = company(store, "Havn og Sø Rederi")
    typo = company(store, "Havn & So Rederri")
    company(store, "Depot 1"), company(store, "Depot 2"), company(store, "Ost"), company(store, "Öst Trading")
    assert found(store) == {(north, again): (SAME_DOMAIN, SAME_PHONE, SAME_NAME), (havn, typo): (NEAR_NAME,)}
    assert next(iter(found(store))) == (north, again)


def test_a_public_mail_domain_makes_nobody_one(store: Store) -> None:
    company(store, "Anna's flowers", domains=["gmail.com"])
    company(store, "Bo's bikes", website="https://mail.gmail.com")
    assert found(store) == {}


def test_the_one_with_more_people_is_kept(store: Store) -> None:
    one, other = company(store, "Northlight Cargo"), company(store, "Northlight Cargo AB")
    person = add_record(store, RecordKind.CONTACT, {"addresses": ["ann@example.net"], "companies": [other]})
    assert list(found(store)) == [(other, one)]
    edit_record(store, RecordKind.CONTACT, person, {"companies": [one]})
    assert list(found(store)) == [(one, other)]


def test_removed_and_merged_ones_are_not_suggested(store: Store) -> None:
    one, two, three = (company(store, f"Northlight Cargo {form}") for form in ("AB", "Ltd", "Inc"))
    merge_companies(store, one, two)
    assert list(found(store)) == [(one, three)]
    remove_record(store, RecordKind.COMPANY, three)
    assert found(store) == {}


def test_a_person_says_that_they_are_two_and_takes_it_back(store: Store) -> None:
    one, other = company(store, "Northlight Cargo AB"), company(store, "Northlight Cargo Ltd")
    with store.transaction():
        change = store.company_duplicates.not_duplicates(other, one, store.user_id)
    assert (change.record_id, change.what) == (one, "Not the same company as Northlight Cargo Ltd")
    assert found(store) == {}
    edit_record(store, RecordKind.COMPANY, one, {"name": "Northlight Cargo GmbH"})
    undo_change(store, change.id)
    assert list(found(store)) == [(one, other)]
    assert store.companies.snapshot(one)["name"] == "Northlight Cargo GmbH"


def test_one_is_not_two(store: Store) -> None:
    one = company(store, "Northlight")
    with pytest.raises(NotAllowed), store.transaction():
        store.company_duplicates.not_duplicates(one, one, store.user_id)
    with pytest.raises(UsageError), store.transaction():
        store.company_duplicates.not_duplicates(one, 999, store.user_id)
