"""How names, numbers and texts are compared: folded to what a person would type in a hurry. Used by the store, and by the
search for duplicates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_SPELLED = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})
_NO_TEXT = re.compile("[\\x00-\\x1f\\x7f\\ud800-\\udfff]")
_DIGITS = re.compile(r"\d")
_EXTENSION = re.compile(r"(?:\bext(?:ension)?\b|\banknytning\b|\bx|#|;ext=)\W*\d+\s*$", re.IGNORECASE)
IDEOGRAPH = (
    "\u2e80-\u2fdf\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # in an expression’s brackets
)
_IDEOGRAPHS = re.compile(f"([{IDEOGRAPH}])")
# a telephone number, in whatever way it is written, with its extension
_NUMBER = re.compile(
    r"(?<!\w)\+?[(\d][\d\s().\-/\u2010-\u2015]*\d(?:\W{0,3}(?:ext(?:ension)?|anknytning|x|#)\W{0,3}\d{1,9})?(?!\w)"
)
_FEW_DIGITS = 4  # fewer are looked for as they stand
_COUNTRY = 3  # digits of the longest country codes (ITU-T E.164)
_WHOLE = 10  # digits of a number with its country code that is told apart by the others alone
_LAST = "\U0010fffd"
LONGEST_WORD = 64  # letters; longer runs are encoded data, not words
LONGEST_SEARCH = 1_000  # letters of what is looked for; the others do not count


def folded(text: str) -> str:
    """Without accents and without a difference of case: “Ångström” and “angstrom” are equal, as are “ﬁ” and “fi”."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_SPELLED)
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.category(c).startswith("M"))


def sort_key(text: str) -> str:
    """By which tables are in order; spaces count once."""
    return " ".join(folded(text).split())


def sort_key_or_last(text: str) -> str:
    """The same, but what is empty comes after all else."""
    return sort_key(text) or _LAST


def words(text: str) -> list[str]:
    """The folded words of a text: runs of letters and digits. An ideograph or kana is a word of its own, as such scripts
    have no spaces."""
    plain = folded(text)
    if plain.isascii():
        return [w[:LONGEST_WORD] for w in _ASCII_WORDS.findall(plain)]
    spaced = _IDEOGRAPHS.sub(r" \1 ", plain)
    return [w[:LONGEST_WORD] for w in _WORDS.findall(spaced)]


_ASCII_WORDS = re.compile(r"[a-z0-9]+")
_WORDS = re.compile(r"[^\W_]+")


def plain_text(text: str) -> str:
    """Spaces in place of control characters and of halves of characters, which no database takes."""
    return _NO_TEXT.sub(" ", text)


def search_parts(text: str) -> list[str]:
    """What is looked for, as typed: folded, parted by spaces, each once. No control characters and no halves of characters,
    which no database takes."""
    return list(dict.fromkeys(plain_text(folded(text[:LONGEST_SEARCH])).split()))


def search_readings(text: str, most: int) -> list[list[str]]:
    """What is looked for, in each way that it can be meant; all words of one of them must be there. The first is what was
    typed; in the second telephone numbers are the digits that they are kept with. At most so many words of each; none for
    an empty text."""
    plain = search_parts(text)[:most]
    dialled = search_parts(_NUMBER.sub(lambda found: _dialled(found[0]), folded(text[:LONGEST_SEARCH])))[:most]
    return [words_ for words_ in ([plain] if dialled == plain else [plain, dialled]) if words_]


def _dialled(number: str) -> str:
    """The digits that a number has in its national and in its international form alike. As it is, where it is too short."""
    digits = "".join(str(unicodedata.digit(d)) for d in _DIGITS.findall(_EXTENSION.sub("", number)))
    if len(digits) < _FEW_DIGITS:
        return number
    if number.startswith("+") or digits.startswith("00"):
        abroad = _without_trunk_zero(number, digits).removeprefix("00")
        return abroad[_COUNTRY:] if len(abroad) >= _WHOLE else abroad
    national = digits.lstrip("0")
    return national if len(national) >= _FEW_DIGITS else digits


def search_text(parts: Iterable[str]) -> str:
    """What a record is found by: its folded parts, one space between them."""
    return sort_key(plain_text(" ".join(p for p in parts if p)))


def phone_word(number: str) -> str:
    """What a number is found by: its key, or the few digits that it has."""
    return phone_key(number) or "".join(str(unicodedata.digit(d)) for d in _DIGITS.findall(number))


def phone_key(number: str) -> str:
    """The digits of a number without its extension: with a leading + when it is international (also written 00). Empty
    where there are fewer than five, which tells nobody apart."""
    plain = _EXTENSION.sub("", number.strip())
    digits = "".join(str(unicodedata.digit(d)) for d in _DIGITS.findall(plain))
    if len(digits) < 5:
        return ""
    if plain.lstrip("( ").startswith("+"):
        return "+" + _without_trunk_zero(plain, digits)
    return "+" + digits[2:] if digits.startswith("00") else digits


def _without_trunk_zero(number: str, digits: str) -> str:
    """“+46 (0)8 123” is dialled as +468123."""
    found = re.search(r"\(0\)", number)
    if found is None:
        return digits
    before = len(_DIGITS.findall(number[: found.start()]))
    return digits[:before] + digits[before + 1 :]


def same_phone(one: str, other: str) -> bool:
    """Of two keys: equal, or one is the national form (0 first) of the other."""
    if not one or not other:
        return False
    if one == other:
        return True
    international, national = (one, other) if one.startswith("+") else (other, one)
    if not international.startswith("+") or national.startswith("+"):
        return False
    significant = national.lstrip("0")
    return len(significant) >= 7 and national != significant and international.endswith(significant)
