"""Blocked addresses as people write them, and looking one up among many ranges."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.blocked_networks import blocked_set, enter_blocked, read_blocked, read_many
from app.domain.errors import UsageError
from app.domain.networks import Range, Ranges, address_of, near_network


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7/32 ", "192.0.2.7"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1/64", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("192.0.2.10-192.0.2.20", "192.0.2.10-192.0.2.20"),
        ("192.0.2.10 – 192.0.2.20", "192.0.2.10-192.0.2.20"),
        ("192.0.2.0-192.0.2.255", "192.0.2.0/24"),
        ("192.0.2.9-192.0.2.9", "192.0.2.9"),
        ("::ffff:192.0.2.1-192.0.2.3", "192.0.2.1-192.0.2.3"),
        ("2001:db8::5-2001:db8::9", "2001:db8::5-2001:db8::9"),
    ],
)
def test_one_form_for_what_means_the_same(text: str, kept: str) -> None:
    read = read_blocked(text, "the office")
    assert (read.text, read.note) == (kept, "the office")
    assert read_blocked(read.text).range == read.range


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not an address"),
        ("office", "is not an address"),
        ("192.0.2.300", "is not an address"),
        ("192.0.2.0/33", "An IPv4 network ends in /1 to /32. For one address, leave the slash out."),
        ("2001:db8::/129", "An IPv6 network ends in /1 to /128."),
        ("192.0.2.300/24", "is not an address"),
        ("192.0.2.0/", "is not an address"),
        ("192.0.2.9-", "is not an address"),
        ("192.0.2.9-192.0.2.1", "ends before it begins"),
        ("192.0.2.9-2001:db8::1", "begins with IPv4 and ends with IPv6"),
        ("0.0.0.0/0", "the whole internet"),
        ("::/0", "the whole internet"),
        ("0.0.0.0-255.255.255.255", "the whole internet"),
    ],
)
def test_what_is_none(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_blocked(text)


def test_many_pasted_at_once() -> None:
    found, faults = read_many("192.0.2.1, 192.0.2.2;2001:db8::/32 # the office\n\n192.0.2.1\nours\n# nothing\n")
    assert [(f.text, f.note) for f in found] == [
        ("192.0.2.1", "the office"), ("192.0.2.2", "the office"), ("2001:db8::/32", "the office"),
    ]  # fmt: skip
    assert [given for given, _ in faults] == ["ours"]


def test_an_ipv6_address_stands_for_its_network() -> None:
    assert [near_network(a) for a in (IPv4Address("192.0.2.7"), IPv6Address("2001:db8::1:2:3:4"))] == [
        "192.0.2.7/32", "2001:db8::/64",
    ]  # fmt: skip


def test_of_several_the_narrowest_is_named() -> None:
    ranges = blocked_set([read_blocked(t) for t in ("192.0.0.0/16", "192.0.2.0/24", "192.0.2.7", "2001:db8::/32")])
    named = {ip: ranges.find(address_of(ip)) for ip in ("192.0.2.7", "192.0.2.8", "192.0.9.1", "192.1.0.0", "::1")}  # type: ignore[arg-type]
    assert [found.text if found else None for found in named.values()] == [
        "192.0.2.7", "192.0.2.0/24", "192.0.0.0/16", None, None,
    ]  # fmt: skip


_SPANS = st.tuples(st.integers(0, 200), st.integers(0, 60)).map(lambda p: Range(4, p[0], p[0] + p[1]))


@given(st.lists(_SPANS, max_size=8), st.integers(0, 270))
def test_finding_is_as_looking_at_each(spans: list[Range], number: int) -> None:
    address = IPv4Address(number)
    holding = sorted((s for s in spans if s.holds(address)), key=lambda s: s.last - s.first)
    found = Ranges((s, s) for s in spans).find(address)
    assert (found is None) == (not holding)
    if found is not None:
        assert found.holds(address) and found.last - found.first == holding[0].last - holding[0].first


@given(st.text(max_size=80))
def test_anything_typed_is_read_or_explained(text: str) -> None:
    try:
        read = read_blocked(text)
    except UsageError as error:
        assert str(error).startswith("“")
    else:
        assert read.range.first <= read.range.last


@pytest.mark.parametrize(
    "text",
    ["0.0.0.0/1", "128.0.0.0/1", "64.0.0.0/7", "0.0.0.1-255.255.255.255", "10.0.0.0-11.0.0.0", "::/1", "2000::/3",
     "::ffff:0:0/97"],
)  # fmt: skip
def test_what_is_wider_than_anybodys_network_is_not_added(text: str) -> None:
    """And is read where an earlier version kept it."""
    with pytest.raises(UsageError, match="wider than anybody’s network"):
        enter_blocked(text)
    assert read_many(text)[0] == () and read_blocked(text).text


@pytest.mark.parametrize("text", ["10.0.0.0/8", "2a00::/12", "198.51.100.1-198.60.0.9", "192.0.2.1"])
def test_what_somebody_may_have_is_added(text: str) -> None:
    assert enter_blocked(text, "Office").text == text
