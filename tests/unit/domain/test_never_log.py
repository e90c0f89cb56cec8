"""Whom an entry of the never-log lists covers (L8)."""

from __future__ import annotations

import pytest

from app.domain.addresses import address_key
from app.domain.errors import UsageError
from app.domain.never_log import NeverEntry, NeverKind, NeverList, read_entry


def entry_for(typed: str, address: str, **options: bool) -> NeverEntry | None:
    return NeverList([read_entry(typed, **options)]).entry_for(address_key(address))


@pytest.mark.parametrize(
    ("typed", "address", "covered"),
    [
        ("ada@example.org", "ada@example.org", True),
        ("ada@example.org", "ADA@Example.ORG", True),
        (" <ada@example.org> ", "ada@example.org", True),
        ("ada@example.org", "ada2@example.org", False),
        ("ada@example.org", "ada@mail.example.org", False),
        ("example.org", "ada@example.org", True),
        ("@example.org", "ada@example.org", True),
        ("*.example.org", "ada@example.org", True),
        ("*@example.org", "ada@example.org", True),
        ("example.org.", "ada@example.org", True),
        ("example.org", "ada@mail.example.org", True),
        ("example.org", "ada@a.b.example.org", True),
        ("example.org", "ada@notexample.org", False),
        ("example.org", "ada@example.org.example.net", False),
        ("mail.example.org", "ada@example.org", False),
        ("bücher.example", "eva@xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "eva@BÜCHER.example", True),
        ("eva@bücher.example", "eva@xn--bcher-kva.example", True),
        ("straße.example", "eva@strasse.example", False),
        ("jörg@example.org", "JÖRG@example.org", True),
    ],
)
def test_covers(typed: str, address: str, covered: bool) -> None:
    assert (entry_for(typed, address) is not None) is covered


def test_a_domain_without_those_below_it() -> None:
    assert entry_for("example.org", "ada@example.org", subdomains=False) is not None
    assert entry_for("example.org", "ada@mail.example.org", subdomains=False) is None


@pytest.mark.parametrize("typed", ["", "   ", "@", "*", "example", "ada@", "@@example.org", "ada@example", "a b@example.org",
                                   "http://example.org", "192.0.2.1", "ada@exa_mple..org"])  # fmt: skip
def test_what_is_neither_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        read_entry(typed)


def test_kind_and_words() -> None:
    assert read_entry("Ada@Example.org").kind is NeverKind.ADDRESS
    assert read_entry("Ada@Example.org").words == "Ada@Example.org"
    assert read_entry("example.org").words == "example.org and the domains below it"
    assert read_entry("example.org", subdomains=False).words == "example.org"


def test_the_workspace_s_entries_count_for_everybody_and_a_user_s_for_that_user() -> None:
    entries = [
        read_entry("example.org"),
        read_entry("ada@example.net", user_id=1),
        read_entry("eve@example.net", user_id=2),
    ]
    for user, covered in ((1, {"ada"}), (2, {"eve"}), (None, set())):
        found = NeverList(entries, user)
        assert found.entry_for("x@example.org") is not None
        assert {name for name in ("ada", "eve") if found.entry_for(f"{name}@example.net")} == covered


def test_the_nearest_entry_is_named() -> None:
    listed = NeverList([read_entry("example.org"), read_entry("mail.example.org"), read_entry("ada@mail.example.org")])
    named = {a: found.key for a in ("ada@mail.example.org", "bo@mail.example.org", "bo@example.org", "bo@x.example.org")
             if (found := listed.entry_for(a)) is not None}  # fmt: skip
    assert named == {
        "ada@mail.example.org": "ada@mail.example.org", "bo@mail.example.org": "mail.example.org",
        "bo@example.org": "example.org", "bo@x.example.org": "example.org",
    }  # fmt: skip


def test_long_lists_answer_at_once() -> None:
    listed = NeverList([read_entry(f"d{n}.example.org") for n in range(5_000)])
    assert listed.entry_for("ada@x.d4999.example.org") is not None
    assert listed.entry_for("ada@" + "a." * 120 + "example.net") is None
