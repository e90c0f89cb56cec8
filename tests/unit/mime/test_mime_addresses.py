"""Address lists as typed and as in headers."""

from __future__ import annotations

import email.utils

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.addresses import Address, is_complete
from app.mime.addresses import format_address, header_addresses, parse_address_list, wire_spec


def pairs(text: str) -> list[tuple[str, str]]:
    return [(a.display_name, a.addr_spec) for a in parse_address_list(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("anna@example.com", [("", "anna@example.com")]),
        ("<anna@example.com>", [("", "anna@example.com")]),
        ("Anna <anna@example.com>", [("Anna", "anna@example.com")]),
        ('"Berg, Anna" <anna@example.com>', [("Berg, Anna", "anna@example.com")]),
        ("Berg, Anna <anna@example.com>", [("Berg, Anna", "anna@example.com")]),
        ("Berg, Anna <a@example.com>, Bo <b@example.com>", [("Berg, Anna", "a@example.com"), ("Bo", "b@example.com")]),
        ("a@example.com, b@example.com; c@example.com", [("", f"{x}@example.com") for x in "abc"]),
        ("a@example.com b@example.com", [("", "a@example.com"), ("", "b@example.com")]),
        ("a@example.com\nb@example.com", [("", "a@example.com"), ("", "b@example.com")]),
        ("Anna anna@example.com", [("Anna", "anna@example.com")]),
        ("anna@example.com (Anna Berg)", [("Anna Berg", "anna@example.com")]),
        ("anna @ example . com", [("", "anna@example.com")]),
        (r'"A \"B\" C" <a@example.com>', [('A "B" C', "a@example.com")]),
        ("'Anna' <anna@example.com>", [("Anna", "anna@example.com")]),
        ('"Anna Berg"@example.com', [("", '"Anna Berg"@example.com')]),
        ('"anna@example.com" <anna@example.com>', [("anna@example.com", "anna@example.com")]),
        (
            "Team: a@example.com, Bo <b@example.com>;, c@example.com",
            [("", "a@example.com"), ("Bo", "b@example.com"), ("", "c@example.com")],
        ),
        ("undisclosed-recipients:;", []),
        ("mailto:anna@example.com", [("", "anna@example.com")]),
        ("<mailto:anna@example.com>", [("", "anna@example.com")]),
        ("Anna <anna@example.com", [("Anna", "anna@example.com")]),
        ("Anna <<anna@example.com>>", [("Anna", "anna@example.com")]),
        ("<@relay.example.com:anna@example.com>", [("", "anna@example.com")]),
        ("=?utf-8?q?J=C3=BCrgen?= <j@example.com>", [("Jürgen", "j@example.com")]),
        ('"=?utf-8?q?Berg=2C_J=C3=BCrgen?=" <j@example.com>', [("Berg, Jürgen", "j@example.com")]),
        ("anna@bücher.example", [("", "anna@bücher.example")]),
        ("anna@[192.0.2.1]", [("", "anna@[192.0.2.1]")]),
        ("Anna (the (very) best) <anna@example.com>", [("Anna", "anna@example.com")]),
        (",, ;a@example.com;;", [("", "a@example.com")]),
        ("张伟 <z@example.com>", [("张伟", "z@example.com")]),
    ],
)
def test_lists(text, expected):
    assert pairs(text) == expected


def test_what_is_no_address_is_given_back_to_be_pointed_at():
    found = parse_address_list("Bob, anna@example.com; Carol Smith")
    assert [a.addr_spec for a in found] == ["Bob", "anna@example.com", "Carol Smith"]
    assert [is_complete(a.addr_spec) for a in found] == [False, True, False]


def test_headers_keep_local_names_and_leave_out_words():
    assert header_addresses("MAILER-DAEMON (Mail System)") == (Address("MAILER-DAEMON"),)
    assert header_addresses("undisclosed recipients") == ()


def test_domains_on_the_wire_are_ascii():
    assert wire_spec("anna@bücher.example") == "anna@xn--bcher-kva.example"
    assert wire_spec("anna@example.com") == "anna@example.com"
    assert wire_spec("änna@example.com") == "änna@example.com"
    assert wire_spec("anna@\ud800.example") == "anna@\ud800.example"
    assert wire_spec("anna@example.com\r\nRCPT TO:<evil@example.com>").isascii()
    assert "\n" not in wire_spec("anna@example.com\r\nRCPT TO:<evil@example.com>")


_NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")), max_size=40)


@settings(max_examples=300)
@given(st.lists(_NAMES, max_size=5))
def test_every_name_survives_writing_and_reading(names):
    def plain(name: str) -> str:
        return name[1:-1] if len(name) > 2 and name[0] == name[-1] == "'" else name

    people = tuple(Address(f"p{number}@example.com", plain(name)) for number, name in enumerate(names))
    people = tuple(
        p for p in people if not (len(p.display_name) > 2 and p.display_name[0] == p.display_name[-1] == "'")
    )
    written = ", ".join(" ".join(format_address(person)) for person in people)
    assert parse_address_list(written) == people


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.text("abc ,;\"'()\\", max_size=12), st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.com", fullmatch=True)),
        max_size=4,
    )
)
def test_the_same_addresses_as_the_standard_library(people):
    written = ", ".join(email.utils.formataddr(person) for person in people)
    assert [a.addr_spec for a in parse_address_list(written)] == [address for _, address in people]


@settings(max_examples=400)
@given(st.text("<>()[]\",;:@\\ =?.ab\r\n\t'\x00é", max_size=300))
def test_anything_typed_will_do(text):
    for address in parse_address_list(text):
        assert address.addr_spec.strip() and "\n" not in address.addr_spec and "\r" not in address.display_name
