"""Which encoding a text file is in: byte order marks, UTF-8 where all of it is, UTF-16 by its zeros, else the likeliest of the
old ones. Used by `table` and `vcard`."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from app.domain.transfer import UnreadableFile

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# What address books are still written in, and the letters beyond ASCII that names are made of there; the order counts where two
# fit alike. Marks inside words speak against one.
_LETTERS = {
    "cp1252": "åäöæøéèêëüßñçáíóúàâîïôûùòìõãœÅÄÖÆØÉÈÜÑÇÁÍÓÚÀÂÎÔÕÃ",
    "cp1250": "ąćęłńóśźżšžřěůáéíýúčďťňľőűöüäâăîßĄĆĘŁŃÓŚŹŻŠŽŘĚŮÁÉÍÝÚČĎŤŇĽŐŰÖÜÄ",
    "cp1253": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏ",
    "cp1251": "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЭЮЯЁІЇЄ",
    "cp1254": "ğışçöüâîûĞİŞÇÖÜ",
    "cp1257": "āčēģīķļņšūžąęėįųåäöõüéóĀČĒĢĪĶĻŅŠŪŽĄĘĖĮŲÅÄÖÕÜÉ",
    "cp1255": "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
    "cp1256": "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأإؤئپچژگ",
    "koi8_r": "абвгдежзийклмнопрстуфхцчшщъыьэюяёАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЭЮЯ",
    "mac_roman": "åäöæøéèêëüßñçáíóúàâÅÄÖÆØÉÜ",
    "cp850": "åäöæøéèêëüßñçáíóúàâÅÄÖÆØÉÜ",
}
_WIDE = ("cp932", "gb18030", "big5", "cp949")  # two bytes a letter
CHOICES = ("utf-8", "utf-16", *_LETTERS, *_WIDE)  # that a person can choose from
_PIECE = 1 << 20
_SAMPLE = 1 << 16


@dataclass(frozen=True)
class FoundEncoding:
    """`name` as Python knows it. `guessed`: another one may be right."""

    name: str
    guessed: bool = False


def find_encoding(path: Path) -> FoundEncoding:
    """Reads the whole file once, a piece at a time. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            head = file.read(_SAMPLE)
            for mark, name in _MARKS:
                if head.startswith(mark):
                    return FoundEncoding(name)
            if (wide := _without_mark(head)) is not None:
                return FoundEncoding(wide, guessed=True)
            file.seek(0)
            decoder = codecs.getincrementaldecoder("utf-8")()
            while piece := file.read(_PIECE):
                try:
                    decoder.decode(piece)
                except UnicodeDecodeError:
                    return FoundEncoding(_oldest(_telling(piece)), guessed=True)
            return FoundEncoding("utf-8")
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}.") from error


def known_encoding(name: str) -> str:
    """One that a person named. Raises UnreadableFile for what is none of a text."""
    try:
        found = codecs.lookup(name.strip())
        if not found._is_text_encoding:
            raise LookupError
    except (LookupError, UnicodeError, ValueError) as error:
        raise UnreadableFile(f"There is no encoding {name!r}. Encodings: {', '.join(CHOICES)}.") from error
    return found.name


def _without_mark(head: bytes) -> str | None:
    """UTF-16 of a western text has a zero in nearly every second byte."""
    sample = head[: len(head) // 2 * 2]
    if len(sample) < 4:
        return None
    half = len(sample) // 2
    high, low = sample[1::2].count(0), sample[0::2].count(0)
    if high > half * 0.7 and low < half * 0.2:
        return "utf-16-le"
    return "utf-16-be" if low > half * 0.7 and high < half * 0.2 else None


def _telling(piece: bytes) -> bytes:
    """The lines that tell one encoding from another."""
    lines = [line[:2_000] for line in piece.splitlines() if not line.isascii()]
    return b"\n".join(lines)[:_SAMPLE]


def _oldest(sample: bytes) -> str:
    """By how many of its bytes beyond ASCII are letters of names where they stand."""
    scores = {name: _fits(sample, name) for name in _LETTERS}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < 0.5:
        from charset_normalizer import from_bytes  # takes a moment to load, and few files need it

        found = from_bytes(sample, cp_isolation=list(_WIDE), threshold=0.4).best()
        if found is not None:
            return found.encoding
    return best if scores[best] > 0 else "cp1252"


def _fits(sample: bytes, name: str) -> float:
    """1 where all are such letters, and in words of one case or with a capital first. Below 0: mostly other marks."""
    text = sample.decode(name, "replace") + " "
    letters = frozenset(_LETTERS[name])
    latin = "é" in letters or "ü" in letters or "ā" in letters
    score = number = 0
    before = " "
    for character, after in pairwise(text):
        if not character.isascii():
            number += 1
            odd = character.isupper() and before.islower()  # a capital in the middle of a word
            odd = odd or (character == "ς" and after.isalpha())  # which ends words
            odd = odd or (not latin and _is_latin(before, after))  # two scripts in one word
            score += -1 if odd or character not in letters else 1
        before = character
    return score / max(1, number)


def _is_latin(*characters: str) -> bool:
    return any(c.isascii() and c.isalpha() for c in characters)
