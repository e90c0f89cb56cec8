"""Names with angle brackets of their own, as spam and jokers write them: the address is the one that is an address."""

from __future__ import annotations

import pytest

from app.domain.addresses import Address
from app.mime.addresses import parse_address_list
from app.mime.forward_parties import parties, party

SCRIPT = "<script>alert(1)</script> Mallory <mal@x.example>"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (SCRIPT, "<script>alert</script> Mallory"),  # what stands in parentheses is a comment (RFC 5322 3.2.2)
        ("<b>Bo</b> <bo@example.org>", "<b>Bo</b>"),
        ("Bo <x> Berg <bo@example.org>", "Bo <x> Berg"),
    ],
)
def test_in_a_header(text: str, name: str) -> None:
    (found, last) = parse_address_list(f"{text}, Ada <ada@example.com>")
    assert found.display_name == name and "@" in found.addr_spec
    assert last == Address("ada@example.com", "Ada")


def test_a_local_name_alone_stays() -> None:
    assert parse_address_list("Mail System <MAILER-DAEMON>") == (Address("MAILER-DAEMON", "Mail System"),)
    assert parse_address_list("<a@b.example> <c@d.example>")[0].addr_spec == "a@b.example"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (SCRIPT, "<script>alert(1)</script> Mallory"),
        ("<b>Bo</b> <bo@example.org>", "<b>Bo</b>"),
        ("<Bo Berg> <bo@example.org>", "Bo Berg"),
        ("Bo < <bo@example.org>", "Bo"),
        ("Bo <bo@example.org>", "Bo"),
        ("> Bo <bo@example.org>", "Bo"),
    ],
)
def test_in_a_forward(text: str, name: str) -> None:
    assert party(text).display_name == name


def test_several_in_a_forward() -> None:
    assert [p.display_name for p in parties(f"{SCRIPT}; Ada <ada@example.com>")] == [
        "<script>alert</script> Mallory",
        "Ada",
    ]
