"""Companies that may be one: by domain, website, number and name; and those of which a person said that they are two."""

from __future__ import annotations

import pytest

from app.domain.duplicates import MOST_BESIDE
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


def test_a_large_group_of_one_name_is_shown_beside_its_first(store: Store) -> None:
    names = ("Acme AB", "ACME", "Acme Inc.", "Acme Ltd", "Acme GmbH")
    first, second, *rest = (company(store, name) for name in names)
    assert found(store) == {(first, n): (SAME_NAME, "5 have this in common.") for n in (second, *rest)}
    with store.transaction():
        store.company_duplicates.not_duplicates(first, rest[0], store.user_id)
    assert set(found(store)) == {(first, second), (second, rest[0]), (first, rest[1]), (first, rest[2])}


def test_of_a_very_large_group_some_are_shown_and_it_is_said(store: Store) -> None:
    for _ in range(30):
        company(store, "Acme")
    pairs = found(store)
    assert len(pairs) == MOST_BESIDE
    assert set(pairs.values()) == {
        (SAME_NAME, "30 have this in common. 20 of them are shown; merge these, and look again.")
    }


def test_companies_of_one_domain_are_shown_however_many(store: Store) -> None:
    for number in range(6):
        name = f"Office {chr(97 + number) * 6}"
        company(store, name, domains=[f"d{number}.example.com"])
    assert len(found(store)) == 5 and all(reasons[0] == SAME_DOMAIN for reasons in found(store).values())
