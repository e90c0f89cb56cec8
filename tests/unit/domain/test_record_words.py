"""Folding, words, telephone numbers, near-equal addresses, amounts and companies' domains."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.company_domains import company_domain, is_public_mail_domain, name_from_domain, registered_domain
from app.domain.duplicates import near_key, pairs_of
from app.domain.errors import UsageError
from app.domain.money import amount_in_minor, amount_text, comparable, currencies, exponent
from app.domain.record_fields import checked_fields
from app.domain.record_words import (
    folded,
    phone_key,
    phone_word,
    same_phone,
    search_parts,
    search_readings,
    sort_key,
    words,
)
from app.domain.records import RecordKind


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Ångström", "angstrom"), ("ØRSTED", "orsted"), ("Łódź", "lodz"), ("ﬁne", "fine"), ("STRASSE", "strasse"),
     ("Straße", "strasse"), ("Æsir", "aesir"), ("İstanbul", "istanbul"), ("ÉCOLE", "ecole"),
     ("Ｆｕｌｌ", "full"), ("日本", "日本")],
)  # fmt: skip
def test_folded(text: str, plain: str) -> None:
    assert folded(text) == plain


@given(st.text())
def test_folding_twice_changes_nothing_and_words_are_folded(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert sort_key(sort_key(text)) == sort_key(text)
    for word in words(text):
        assert words(word) == [word]
    for part in search_parts(text):
        part.encode("utf-8")
        assert "\x00" not in part


@pytest.mark.parametrize(
    ("number", "key"),
    [("+46 8 123 45 67", "+4681234567"), ("+46 (0)8-123 45 67", "+4681234567"), ("0046 8 1234567", "+4681234567"),
     ("08-123 45 67", "081234567"), ("08-123 45 67 ext. 12", "081234567"), ("(212) 555-0142 x9", "2125550142"), ("112", ""),
     ("", ""), ("call me", ""), ("٠٨١٢٣٤٥٦٧", "081234567"), ("(+46) 8 1234567", "+4681234567")],
)  # fmt: skip
def test_phone_keys(number: str, key: str) -> None:
    assert phone_key(number) == key


def test_a_national_number_is_the_international_one() -> None:
    assert same_phone("+4681234567", "081234567") and same_phone("081234567", "+4681234567")
    assert not same_phone("+4681234567", "091234567")
    assert not same_phone("+4681234567", "+4781234567")
    assert not same_phone("081234567", "81234567")
    assert not same_phone("", "")


@pytest.mark.parametrize(
    ("address", "domain"),
    [("ada@mail.example.co.uk", "example.co.uk"), ("ada@EXAMPLE.com", "example.com"), ("ada@gmail.com", ""),
     ("ada@hotmail.fi", ""), ("ada@telia.com", ""), ("ada@wp.pl", ""), ("ada@mail.gmx.net", ""), ("ada@[192.0.2.1]", ""),
     ("ada@co.uk", ""), ("ada@ada.github.io", "ada.github.io"), ("ada", ""), ("", ""), ("ada@onmicrosoft.com", ""),
     ("ada@blåbär.example", "xn--blbr-noae.example")],
)  # fmt: skip
def test_the_domain_that_names_a_company(address: str, domain: str) -> None:
    assert company_domain(address) == domain


def test_public_domains_and_names() -> None:
    assert is_public_mail_domain("yahoo.co.jp") and is_public_mail_domain("Proton.me")
    assert not is_public_mail_domain("yahoo-consulting.example") and not is_public_mail_domain("")
    assert registered_domain("a.b.example.se") == "example.se"
    assert name_from_domain("northlight.example") == "Northlight"
    assert name_from_domain("xn--blbr-noae.example") == "Blåbär"


@given(st.text(max_size=40))
def test_any_text_has_a_company_domain_or_none(text: str) -> None:
    domain = company_domain(f"x@{text}")
    assert domain == "" or company_domain(f"x@{domain}") == domain


def test_near_addresses() -> None:
    assert near_key("A.B.C+news@GoogleMail.com") == near_key("abc@gmail.com")
    assert near_key("ada+x@example.com") == near_key("ada@example.com")
    assert near_key("a.da@example.com") != near_key("ada@example.com")
    assert near_key("+x@example.com") == "+x@example.com"
    assert list(pairs_of([[3, 1, 2, 2], list(range(9))])) == [(1, 2), (1, 3), (2, 3)]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("1 234,50", "EUR", 123450), ("1,234.50", "EUR", 123450), ("1’234.50", "CHF", 123450), ("1.234", "EUR", 123400),
     ("1.234", "KWD", 1234), ("1,234,567", "EUR", 123456700), ("12.345,67", "EUR", 1234567), ("-5", "EUR", -500),
     ("1234", "JPY", 1234), ("1.234", "JPY", 1234), (".5", "EUR", 50), ("1\u202f000", "SEK", 100000)],
)  # fmt: skip
def test_amounts_as_people_write_them(text: str, currency: str, minor: int) -> None:
    assert amount_in_minor(text, currency) == minor


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "12.3456", "1,23.5", ",", "1e9", "²", "9" * 20, "--5", "1 2a"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(UsageError):
        amount_in_minor(text, "EUR")


@given(st.integers(-(9 * 10**14), 9 * 10**14), st.sampled_from(currencies()))
def test_an_amount_is_read_back_as_it_is_written(minor: int, currency: str) -> None:
    if exponent(currency) != 3:  # 1.234 of a currency with three places, and of one with two, are written alike
        assert amount_in_minor(amount_text(minor, currency), currency) == minor
    assert (comparable(minor, currency) > 0) == (minor > 0)


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_is_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        amount_in_minor(text, "EUR")


def test_iso_4217() -> None:
    assert (exponent("EUR"), exponent("JPY"), exponent("KWD"), exponent("CLF")) == (2, 0, 3, 4)
    assert len(currencies()) > 140 and all(len(code) == 3 and code.isupper() for code in currencies())
    with pytest.raises(UsageError, match="no currency"):
        exponent("XXQ")


@pytest.mark.parametrize("site", ["", "example.com", "https://blåbär.example/om", "HTTP://www.example.com:8080/x?y=1"])
def test_websites_as_people_write_them(site: str) -> None:
    assert checked_fields(RecordKind.COMPANY, {"website": site}) == {"website": site}


def test_fields_are_trimmed_and_put_in_order() -> None:
    checked = checked_fields(
        RecordKind.CONTACT,
        {
            "name": "  Ada \n Berg ",
            "addresses": ["ada@example.com", "ADA@example.com "],
            "phones": ["08-1", ["1", "home"], ""],
        },
    )
    assert checked == {
        "name": "Ada Berg",
        "addresses": ["ada@example.com"],
        "phones": [["08-1", "work"], ["1", "home"]],
    }
    assert checked_fields(RecordKind.COMPANY, {"domains": ["@Blåbär.example"]}) == {
        "domains": ["xn--blbr-noae.example"]
    }
    for kind, fields in (
        (RecordKind.COMPANY, {"name": ""}), (RecordKind.COMPANY, {"domains": ["no domain"]}),
        (RecordKind.DEAL, {"amount_minor": 10**16}), (RecordKind.DEAL, {"amount_minor": True}),
        (RecordKind.USER, {"role": "king"}), (RecordKind.USER, {"active": 1}), (RecordKind.USER, {"login_address": "x"}),
        (RecordKind.CONTACT, {"postal_address": "x" * 5001}), (RecordKind.CONTACT, {"name": "x" * 201}),
        (RecordKind.CONTACT, {"phones": ["call me maybe"]}), (RecordKind.COMPANY, {"phone": "call me maybe"}),
        (RecordKind.COMPANY, {"website": "javascript:alert(1)"}), (RecordKind.COMPANY, {"website": "file:///etc/passwd"}),
        (RecordKind.COMPANY, {"website": "javascript://example.com/%0aalert(1)"}),
        (RecordKind.COMPANY, {"website": "our page"}),
    ):  # fmt: skip
        with pytest.raises(UsageError):
            checked_fields(kind, fields)


@pytest.mark.parametrize("kept", ["070-123 45 67", "+46 70 123 45 67", "+46 (0)70-1234567", "0046701234567 ext 12"])
@pytest.mark.parametrize(
    "typed",
    [
        "070-123 45 67",
        "070-123",
        "+46701234567",
        "0046 70 123 45 67",
        "+46 (0)70 123 45 67",
        "701234567",
        "(070) 123.45.67",
        "070-1234567 ext. 12",
    ],
)
def test_a_number_is_found_however_it_is_written(kept: str, typed: str) -> None:
    assert any(all(word in phone_word(kept) for word in words_) for words_ in search_readings(typed, 10))


def test_what_is_looked_for_as_typed_and_as_dialled() -> None:
    assert search_readings("Ada 070-123 45", 10) == [["ada", "070-123", "45"], ["ada", "7012345"]]
    assert search_readings("Winter 2026-27", 10) == [["winter", "2026-27"], ["winter", "202627"]]
    assert search_readings("Suite #12", 10) == [["suite", "#12"]]
    assert search_readings("112", 10) == [["112"]] and phone_word("112") == "112"
    assert search_readings("", 10) == search_readings(" ", 10) == []
    assert search_readings("(" * 1000, 2) == [["(" * 1000]]
