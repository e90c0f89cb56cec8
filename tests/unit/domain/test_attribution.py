"""Who is credited with a copied message (L7): every rule, every tie, and the order in which the rules stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.attribution import Attribution, Credited, Holders, Rule, SignIn, Undecided, WhyNot, attribute

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA, BO, CARL, DORA = 1, 2, 3, 4


Users = tuple[int, ...]


def who(connected: Users = (), login: Users = (), alias: Users = (), team: int | None = None) -> Holders:
    return Holders(frozenset(connected), frozenset(login), frozenset(alias), team)


def signed(user: int, since: datetime, until: datetime | None = None) -> SignIn:
    return SignIn(user, since, until)


ALL_DAY = signed(ANNA, NOON - HOUR)
TABLE: list[tuple[str, Holders, tuple[SignIn, ...], int | None, Attribution]] = [
    # rule 1
    ("one connected", who((ANNA,)), (), None, Credited(ANNA, Rule.CONNECTED)),
    ("one connected before one login", who((ANNA,), (BO,)), (), None, Credited(ANNA, Rule.CONNECTED)),
    ("one connected before one alias", who((ANNA,), (), (BO,)), (), None, Credited(ANNA, Rule.CONNECTED)),
    ("one connected before several logins", who((ANNA,), (BO, CARL)), (), None, Credited(ANNA, Rule.CONNECTED)),
    ("one connected, whoever is signed in", who((ANNA,)), (signed(BO, NOON - HOUR),), None, Credited(ANNA, Rule.CONNECTED)),
    ("one connected, whoever sent it here", who((ANNA,)), (), BO, Credited(ANNA, Rule.CONNECTED)),
    # rule 2
    ("one login", who((), (BO,)), (), None, Credited(BO, Rule.LOGIN)),
    ("one login before one alias", who((), (BO,), (CARL,)), (), None, Credited(BO, Rule.LOGIN)),
    ("one login before several aliases", who((), (BO,), (CARL, DORA)), (), None, Credited(BO, Rule.LOGIN)),
    ("one login before several connected", who((ANNA, CARL), (BO,)), (ALL_DAY,), None, Credited(BO, Rule.LOGIN)),
    ("one login of one of several connected", who((ANNA, BO), (BO,)), (ALL_DAY,), None, Credited(BO, Rule.LOGIN)),
    # rule 3
    ("one alias", who((), (), (CARL,)), (), None, Credited(CARL, Rule.ALIAS)),
    ("one alias after several logins", who((), (ANNA, BO), (CARL,)), (), None, Credited(CARL, Rule.ALIAS)),
    ("one alias before several connected", who((ANNA, BO), (), (CARL,)), (ALL_DAY,), None, Credited(CARL, Rule.ALIAS)),
    ("one alias after both", who((ANNA, BO), (ANNA, BO), (CARL,)), (), None, Credited(CARL, Rule.ALIAS)),
    # rule 4
    ("one of several is signed in", who((ANNA, BO)), (ALL_DAY,), None, Credited(ANNA, Rule.SIGNED_IN)),
    ("signed in exactly then", who((ANNA, BO)), (signed(BO, NOON),), None, Credited(BO, Rule.SIGNED_IN)),
    ("signed out exactly then", who((ANNA, BO)), (signed(ANNA, NOON - HOUR, NOON), signed(BO, NOON)), None,
     Credited(BO, Rule.SIGNED_IN)),
    ("signed in twice", who((ANNA, BO)), (ALL_DAY, signed(ANNA, NOON)), None, Credited(ANNA, Rule.SIGNED_IN)),
    ("a stranger is signed in, too", who((ANNA, BO)), (ALL_DAY, signed(CARL, NOON)), None, Credited(ANNA, Rule.SIGNED_IN)),
    ("several logins and aliases do not help", who((ANNA, BO), (CARL, DORA), (CARL, DORA)), (ALL_DAY,), None,
     Credited(ANNA, Rule.SIGNED_IN)),
    ("sent here", who((ANNA, BO)), (ALL_DAY,), BO, Credited(BO, Rule.SENT_HERE)),
    ("sent here by a third", who((ANNA, BO)), (ALL_DAY,), CARL, Credited(CARL, Rule.SENT_HERE)),
    ("sent here, nobody else signed in", who((ANNA, BO)), (), ANNA, Credited(ANNA, Rule.SENT_HERE)),
    ("nobody was signed in", who((BO, ANNA)), (), None, Undecided(WhyNot.NOBODY_SIGNED_IN, (ANNA, BO))),
    ("signed in later", who((ANNA, BO)), (signed(ANNA, NOON + HOUR),), None, Undecided(WhyNot.NOBODY_SIGNED_IN, (ANNA, BO))),
    ("signed out before", who((ANNA, BO)), (signed(ANNA, NOON - HOUR, NOON),), None,
     Undecided(WhyNot.NOBODY_SIGNED_IN, (ANNA, BO))),
    ("two were signed in", who((ANNA, BO, CARL)), (ALL_DAY, signed(BO, NOON)), None,
     Undecided(WhyNot.SEVERAL_SIGNED_IN, (ANNA, BO))),
    # rule 5
    ("a team inbox", who(team=DORA), (), None, Credited(DORA, Rule.TEAM)),
    ("a team inbox, whoever is signed in", who(team=DORA), (ALL_DAY,), None, Credited(DORA, Rule.TEAM)),
    ("a team inbox always", who((), (BO,), (CARL,), team=DORA), (), None, Credited(DORA, Rule.TEAM)),
    ("a team inbox, sent here", who(team=DORA), (ALL_DAY,), BO, Credited(BO, Rule.TEAM_SENT_HERE)),
    # nothing decides
    ("nobody", who(), (ALL_DAY,), None, Undecided(WhyNot.NOBODY)),
    ("nobody, though sent here", who(), (), ANNA, Undecided(WhyNot.NOBODY)),
    ("two logins", who((), (BO, ANNA)), (ALL_DAY,), None, Undecided(WhyNot.SEVERAL_LOGINS, (ANNA, BO))),
    ("two logins and two aliases", who((), (ANNA, BO), (CARL, DORA)), (), None,
     Undecided(WhyNot.SEVERAL_LOGINS, (ANNA, BO))),
    ("two aliases", who((), (), (BO, ANNA)), (ALL_DAY,), None, Undecided(WhyNot.SEVERAL_ALIASES, (ANNA, BO))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("holders", "sign_ins", "sent_here_by", "expected"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_table(holders: Holders, sign_ins: tuple[SignIn, ...], sent_here_by: int | None, expected: Attribution) -> None:
    assert attribute(holders, NOON, sign_ins, sent_here_by) == expected


def test_every_rule_and_every_tie_is_in_the_table() -> None:
    outcomes = [row[-1] for row in TABLE]
    assert {o.rule for o in outcomes if isinstance(o, Credited)} == set(Rule)
    assert {o.reason for o in outcomes if isinstance(o, Undecided)} == set(WhyNot)


def test_each_rule_says_why_in_words() -> None:
    assert len({rule.value for rule in Rule}) == len(Rule)
    assert Credited(ANNA, Rule.TEAM).words == "the user who connected this team inbox"
    assert all(reason.value.endswith(".") for reason in WhyNot)


_some = st.frozensets(st.integers(1, 4), max_size=3)


@given(
    _some,
    _some,
    _some,
    st.none() | st.integers(1, 4),
    st.none() | st.integers(1, 4),
    st.lists(st.integers(1, 4), max_size=4),
)
def test_only_somebody_with_a_reason_is_credited(
    connected: frozenset[int], login: frozenset[int], alias: frozenset[int], team: int | None, here: int | None,
    there: list[int],
) -> None:  # fmt: skip
    holders = Holders(connected, login, alias, team)
    found = attribute(holders, NOON, [signed(user, NOON) for user in there], here)
    if isinstance(found, Credited):
        assert found.user_id in connected | login | alias | {team, here}
    else:
        assert team is None and 1 not in (len(connected), len(login), len(alias))
        assert set(found.candidates) <= connected | login | alias
