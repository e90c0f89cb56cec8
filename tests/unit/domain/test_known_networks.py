"""A list of networks from a file is taken whole or refused with what is wrong and where."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import UsageError
from app.domain.known_networks import KnownNetwork, NetworkRole, bots_date, built_in, read_list
from app.domain.networks import address_of

GOOD = {"owner": "Northlight", "role": "gateway", "of": ["192.0.2.0/24", "2001:db8::/32"]}


def listed(*entries: object, date: object = "2026-12-01") -> str:
    return json.dumps({"date": date, "networks": list(entries)})


def test_a_good_one_is_looked_up() -> None:
    found = read_list(listed(GOOD, {"owner": "Other", "role": "proxy", "of": ["192.0.2.128/25"]}))
    assert (found.date, found.owners, found.networks) == ("2026-12-01", 2, 3)
    for text, owner in (("192.0.2.1", "Northlight"), ("192.0.2.200", "Other"), ("2001:db8::9", "Northlight")):
        address = address_of(text)
        assert address is not None
        known = found.ranges.find(address)
        assert known is not None and known.owner == owner  # the narrowest
    nobody = address_of("198.51.100.1")
    assert nobody is not None and found.ranges.find(nobody) is None
    assert read_list(listed(GOOD)).ranges.find(address_of("192.0.2.1")) == KnownNetwork(
        "Northlight", NetworkRole.GATEWAY
    )  # type: ignore[arg-type]


def test_the_built_in_ones_have_their_dates() -> None:
    assert built_in().date.startswith("20") and built_in().networks > 100 and built_in().owners > 5
    assert bots_date().startswith("20")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON"),
        ("[]", "lacks “networks”"),
        (json.dumps({"networks": [GOOD]}), "lacks its “date”"),
        (listed(GOOD, date="yesterday"), "lacks its “date”"),
        (listed(GOOD, date="2026-13"), "lacks its “date”"),
        (listed(), "has no networks"),
        (listed(GOOD, "x"), "Entry 2 is no object"),
        (listed({**GOOD, "owner": ""}), "Entry 1 lacks its “owner”"),
        (listed({**GOOD, "owner": "a\nb"}), "Entry 1 lacks its “owner”"),
        (listed({**GOOD, "role": "friend"}), r"Entry 1 \(Northlight\): “role” is one of privacy, proxy, mail, gateway"),
        (listed({**GOOD, "of": []}), "lacks “of”"),
        (listed({**GOOD, "of": ["192.0.2.0/33"]}), "'192.0.2.0/33' is no network"),
        (listed({**GOOD, "of": [7]}), "'7' is no network"),
        (listed({**GOOD, "of": ["0.0.0.0/0"]}), "too wide"),
        (listed({**GOOD, "of": ["2000::/3"]}), "too wide"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_list(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["10.0.0.0/8", "proxy"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["date", "networks", "owner", "role", "of"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(JSON)
def test_nothing_but_a_list_or_a_sentence_comes_of_it(value: object) -> None:
    try:
        found = read_list(json.dumps(value))
    except UsageError as fault:
        assert str(fault)
    else:
        assert found.networks
