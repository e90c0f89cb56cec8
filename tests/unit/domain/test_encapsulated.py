"""Addresses of people whom an Exchange server knows by another than an internet address."""

from __future__ import annotations

import pytest

from app.domain.addresses import Address
from app.domain.encapsulated import reachable, reachable_ones


@pytest.mark.parametrize(
    ("written", "behind"),
    [
        ("IMCEAEX-_O=EXCH_OU=EUROPE_CN=RECIPIENTS_CN=KIM@acme.example", ""),
        ("imceaex-_o=exch@acme.example", ""),
        ('"IMCEAEX-_O=EXCH+20ORG"@acme.example', ""),
        ("IMCEAFAX-Kim+40+2B46+2031@acme.example", ""),
        ("IMCEASMTP-kim+40kim+2Eexample@acme.example", "kim@kim.example"),
        ("IMCEASMTP-kim+2Blist+40kim+2Eexample@acme.example", "kim+list@kim.example"),
        ("IMCEASMTP-kim@acme.example", ""),
        ("IMCEASMTP-kim+40kim+2Eexample+0D+0A@acme.example", ""),
    ],
)
def test_what_is_behind_it(written: str, behind: str) -> None:
    assert reachable(Address(written, "Kim")) == Address(behind, "Kim")


@pytest.mark.parametrize("address", ["kim@kim.example", "imcea@kim.example", "imceaex@kim.example", ""])
def test_others_are_left_as_they_are(address: str) -> None:
    person = Address(address, "Kim")
    assert reachable(person) is person


def test_of_several_those_stay_who_have_a_name_or_an_address() -> None:
    inside = "IMCEAEX-_O=EXCH@acme.example"
    ada = Address("ada@kim.example")
    assert reachable_ones([Address(inside, "Kim"), Address(inside), ada]) == (Address("", "Kim"), ada)
