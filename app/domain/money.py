"""Amounts of money in the smallest unit of their currency (ISO 4217), as typed and as shown. Used by deals."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from importlib.resources import files

from app.domain.errors import UsageError
from app.domain.quoting import quoted

LARGEST = 9 * 10**14  # in the smallest unit; more is a slip of the hand, and `comparable` would not tell it apart
_STORED = 2**63 - 1


def currencies() -> tuple[str, ...]:
    """The codes in use, in order."""
    return tuple(_exponents())


def exponent(currency: str) -> int:
    """Decimal places: 2 for EUR, 0 for JPY, 3 for KWD. Raises UsageError for what is no currency."""
    found = _exponents().get(currency)
    if found is None:
        raise UsageError(f"There is no currency {quoted(currency)}. Use its three letters, such as EUR, SEK or USD.")
    return found


def amount_in_minor(text: str, currency: str) -> int:
    """“1 234,50”, “1,234.50”, “1’234.50” and “1234.5” are all 123450 of EUR. The last mark that parts off at most as many
    digits as the currency has places is the decimal mark, and the one after a nought alone: “0.500” is a half. Raises
    UsageError."""
    places = exponent(currency)
    plain = re.sub(r"[\s\u00a0\u202f'’]", "", text.strip()).replace("\u2212", "-").removeprefix("+")
    whole, mark, rest = "", "", ""
    found = re.fullmatch(r"(-?[\d.,]*?)(?:([.,])(\d*))?", plain)
    if found is None or not re.search(r"\d", plain):
        raise UsageError(f"{quoted(text)} is no amount. Write it as 1234.50.")
    whole, mark, rest = found[1], found[2] or "", found[3] or ""
    if mark and (mark in whole or (len(rest) == 3 and places != 3 and re.fullmatch(r"-?[1-9]\d{0,2}", whole))):
        whole, rest = whole + mark + rest, ""  # parts off thousands
    if not re.fullmatch(r"-?\d*|-?\d{1,3}([.,])\d{3}(?:\1\d{3})*", whole):
        raise UsageError(f"{quoted(text)} is no amount. Write it as 1234.50.")
    try:
        value = Decimal(re.sub("[.,]", "", whole or "0") + "." + (rest or "0")) * (10**places)
    except InvalidOperation as error:
        raise UsageError(f"{quoted(text)} is no amount. Write it as 1234.50.") from error
    if value != value.to_integral_value():
        raise UsageError(f"{currency} has {places} decimal places; {quoted(text)} has more.")
    if abs(value) > LARGEST:
        raise UsageError(f"{quoted(text)} is too large an amount.")
    return int(value)


def in_other_currency(minor: int, old: str, new: str) -> int:
    """The same number of another currency: 5.00 EUR becomes 5 JPY. Raises UsageError where it has more places than that."""
    value = Decimal(minor).scaleb(exponent(new) - exponent(old))
    if value != value.to_integral_value():
        raise UsageError(
            f"{new} has {exponent(new)} decimal places; {amount_text(minor, old)} has more. Change the amount, too."
        )
    if abs(value) > LARGEST:
        raise UsageError(f"{amount_text(minor, old)} {new} is too large an amount.")
    return int(value)


def amount_text(minor: int, currency: str) -> str:
    """1234.50, with a point and without marks between thousands: for the command line and for JSON."""
    places = _exponents().get(currency, 2)
    return str(Decimal(minor).scaleb(-places)) if places else str(minor)


def comparable(minor: int | None, currency: str) -> int:
    """By which amounts are in order: ten-thousandths of the currency's unit, and never more than is stored (earlier versions
    refused no amount). Currencies are not converted."""
    exact = 0 if minor is None else minor * 10 ** (4 - _exponents().get(currency, 2))
    return max(-_STORED, min(exact, _STORED))


@lru_cache(maxsize=1)
def _exponents() -> dict[str, int]:
    text = files("resources").joinpath("records/currencies.txt").read_text(encoding="utf-8")
    return {code: int(places) for code, places in (x.split() for x in text.splitlines() if not x.startswith("#"))}
