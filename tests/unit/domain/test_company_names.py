"""When the names of two companies are one, or nearly."""

from __future__ import annotations

import random

import pytest

from app.domain.duplicates import company_key, near_pairs, nearly_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Northlight Cargo AB", "NORTHLIGHT CARGO, Ltd."),
        ("Northlight Cargo AB", "AB Northlight Cargo"),
        ("Håkansson & Söner", "Hakansson och Soner AB (publ)"),
        ("Fiat S.p.A.", "Fiat"),
        ("Drutex Sp. z o.o.", "DRUTEX"),
        ("The Body Shop", "Body Shop Inc."),
        ("日本郵船", "日本郵船"),
        ("ООО «Ромашка»", "Ромашка"),
        ("Ромашка О.О.О.", "РОМАШКА АО"),
        ("ЗАО Ромашка", "Ромашка ОАО"),
        ("ПАО Ромашка", "ТОВ Ромашка"),
        ("Роза ЕООД", "Роза ООД"),
        ("Роза АД", "роза"),
        ("Ελληνικός Όμιλος Α.Ε.", "ΕΛΛΗΝΙΚΟΣ ΟΜΙΛΟΣ"),
        ("Ελληνικός Όμιλος Ε.Π.Ε.", "Ελληνικός Όμιλος ΑΕ"),
    ],
)
def test_the_form_of_a_firm_makes_no_other_company(one: str, other: str) -> None:
    assert company_key(one) == company_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("AB", "Ltd"), ("3M Co", "3I Co"), ("A & B", "C & D"), ("Northlight North", "Northlight South"), ("S.A.", "S.E.")],
)
def test_what_is_left_is_never_nothing(one: str, other: str) -> None:
    assert company_key(one) and company_key(other) and company_key(one) != company_key(other)


def test_a_name_of_signs_has_no_key() -> None:
    assert company_key("…!") == company_key("") == ""


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("northlight", "nortlight", True),  # one is missing
        ("northlight", "northligth", True),  # changed over
        ("northlight", "northlighd", True),  # another one
        ("northlight", "northlight", False),  # the same
        ("northlight", "nortligth", False),  # two things
        ("depot1", "depot2", False),
        ("depotgoteborg", "depotgoteborg2", False),
        ("volvo", "volva", False),  # too short
        ("northlight", "eastlight", False),
    ],
)
def test_nearly_the_same(one: str, other: str, near: bool) -> None:
    assert nearly_same(one, other) is near is nearly_same(other, one)


def test_halves_miss_none_that_comparing_all_would_find() -> None:
    rng = random.Random(7)
    names = ["".join(rng.choices("abcde", k=rng.randint(5, 9))) for _ in range(60)]
    for name in list(names):
        at = rng.randrange(len(name))
        names += [name[:at] + name[at + 1 :], name[:at] + "x" + name[at:], name[:at] + "y" + name[at + 1 :]]
        names.append(name[:at] + name[at : at + 2][::-1] + name[at + 2 :])
    keys = list(enumerate(names))
    every = {(i, j) for i, a in keys for j, b in keys if i < j and nearly_same(a, b)}
    assert every and set(near_pairs(keys)) == every
