"""Cards of address books: vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), as phones and mail programs write them. Used by the
import of contacts.

Written by hand: the libraries stop at the first line that is not as the standard says, and old phones write many. A card is
read line by line, so a file of any size takes little memory; pictures and sounds are passed over."""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from app.domain.transfer import UnreadableFile
from app.interchange.encodings import find_encoding

LONGEST_CARD = 4_000_000  # bytes, pictures included
LONGEST_VALUE = 20_000  # letters of a property that is kept
LONGEST_LINE = 4_000_000
MOST_PROPERTIES = 2_000
MOST_EACH = 50  # addresses, phones
_WANTED = frozenset({"fn", "n", "email", "tel", "org", "title", "adr", "label", "nickname", "version"})
_CHARSETS = {"utf-8", "us-ascii", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251", "windows-1252",
             "windows-1254", "shift_jis", "gb2312", "gbk", "big5", "euc-kr", "koi8-r", "utf-16"}  # fmt: skip
_KINDS = (("fax", "fax"), ("cell", "mobile"), ("car", "mobile"), ("work", "work"), ("home", "home"), ("pager", "other"))
_NO_END = "The card has no end: END:VCARD is missing."
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Card:
    """`line`: where it begins. `phones`: (number, kind). `raw`: as it stood there, without pictures. `problem`: why it cannot
    be read."""

    line: int
    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[tuple[str, str], ...] = ()
    company: str = ""
    title: str = ""
    postal_address: str = ""
    raw: str = ""
    problem: str = ""


@dataclass(frozen=True)
class _Property:
    name: str
    types: frozenset[str]
    value: str
    preferred: bool


class CardReader:
    """Iterate over it for the cards; `place` is how many bytes were read. Raises UnreadableFile for what holds no card."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fallback = find_encoding(path).name
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}.") from error
        if self._fallback.startswith(("utf-16", "utf-32")):
            self._file = _recoded(self._file, self._fallback)
            self._fallback = "utf-8"
        self.line = 0

    @property
    def place(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> CardReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Card]:
        lines: list[bytes] = []
        begun, size, depth, found = 0, 0, 0, False
        too_large, before = False, b""
        for line in self._lines():
            plain = line.strip().lower()
            if plain == b"begin:vcard":
                found = True
                within = depth and before.startswith(b"agent")  # a card in a card (vCard 2.1): somebody else
                if depth and not within:
                    yield Card(begun, raw=self._raw(lines), problem=_NO_END)
                depth = depth + 1 if within else 1
                if depth == 1:
                    lines, begun, size, too_large = [], self.line, 0, False
                continue
            if not depth:
                continue
            if plain == b"end:vcard":
                depth -= 1
                if depth == 0:
                    yield self._card(begun, lines, too_large)
                continue
            size += len(line)
            before = plain
            if depth > 1:
                continue
            if size > LONGEST_CARD:
                too_large, lines = True, lines[:100]
            elif not too_large:
                lines.append(line)
        if depth and begun:
            yield Card(begun, raw=self._raw(lines), problem=_NO_END)
        if not found:
            raise UnreadableFile(f"{self._path.name} holds no card: BEGIN:VCARD stands nowhere in it.")

    def _lines(self) -> Iterator[bytes]:
        try:
            while line := self._file.readline(LONGEST_LINE):
                if self.line == 0:
                    line = line.removeprefix(codecs.BOM_UTF8)
                self.line += 1
                yield from line.rstrip(b"\r\n").split(b"\r") if b"\r" in line[:-2] else (line.rstrip(b"\r\n"),)
        except (OSError, UnicodeError) as error:
            raise UnreadableFile(f"{self._path.name} cannot be read: {error}.") from error

    def _raw(self, lines: list[bytes]) -> str:
        return _text(b"\r\n".join(lines)[:LONGEST_VALUE], self._fallback)

    def _card(self, begun: int, lines: list[bytes], too_large: bool) -> Card:
        if too_large:
            return Card(begun, raw=self._raw(lines), problem=f"The card has more than {LONGEST_CARD // 1_000_000} MB.")
        properties = list(_properties(lines, self._fallback))
        if len(properties) > MOST_PROPERTIES:
            return Card(begun, raw=self._raw(lines), problem=f"The card has more than {MOST_PROPERTIES:,} lines.")
        emails = [p for p in properties if p.name == "email" and p.value.strip()]
        emails.sort(key=lambda p: not p.preferred)
        addresses = dict.fromkeys(_mail_address(p.value) for p in emails)
        phones: dict[str, str] = {}
        for p in sorted((p for p in properties if p.name == "tel"), key=lambda p: not p.preferred):
            number = unquote(re.sub(r"^tel:", "", p.value.strip(), flags=re.IGNORECASE)).partition(";ext=")
            if number[0]:
                said = number[0] + (f" ext {number[2]}" if number[2] else "")
                phones.setdefault(said, next((kind for word, kind in _KINDS if word in p.types), "work"))
        organisation = [part.strip() for part in _parts(_first(properties, "org"))]
        return Card(
            line=begun,
            name=_name(properties),
            emails=tuple(addresses)[:MOST_EACH],
            phones=tuple(phones.items())[:MOST_EACH],
            company=organisation[0] if organisation else "",
            title=_plain(_first(properties, "title")),
            postal_address=_address(properties),
            raw="\r\n".join(_text(line[:500], self._fallback) for line in lines[:200]),
        )


def _recoded(file: BinaryIO, encoding: str) -> BinaryIO:
    import io
    import tempfile

    made = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the reader
    with io.TextIOWrapper(file, encoding=encoding, errors="replace") as text:
        while piece := text.read(1 << 20):
            made.write(piece.encode("utf-8", "replace"))
    made.seek(0)
    return made


def _text(data: bytes, charset: str) -> str:
    return data.decode(charset, "replace").replace("\0", "").replace("\ufeff", "")


def _properties(lines: list[bytes], fallback: str) -> Iterator[_Property]:
    """Unfolded (RFC 6350 3.2: a line that begins with a space goes on with the one before), soft line breaks of
    quoted-printable joined (vCard 2.1)."""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        head, colon, _ = line.partition(b":")
        quoted = b"quoted-printable" in head.lower()
        pieces = [line]
        length = len(line)
        while number < len(lines):
            if quoted and pieces[-1].endswith(b"="):
                pieces[-1] = pieces[-1][:-1]
                pieces.append(lines[number])
            elif lines[number][:1] in (b" ", b"\t"):
                pieces.append(lines[number][1:])
            else:
                break
            length += len(pieces[-1])
            number += 1
        if not colon:
            continue
        name = re.split(rb"[;:]", head, maxsplit=1)[0].rpartition(b".")[2].strip().lower()
        if name.decode("ascii", "replace") not in _WANTED or length > 4 * LONGEST_VALUE:
            continue
        found = _property(b"".join(pieces), name.decode("ascii"), fallback)
        if found is not None:
            yield found


def _property(line: bytes, name: str, fallback: str) -> _Property | None:
    head, value = _divided(line)
    words = [w.strip().strip(b'"').decode("ascii", "replace").lower() for w in re.split(rb"[;,]", head)[1:]]
    parameters = dict(w.split("=", 1) for w in words if "=" in w)
    types = {w.partition("=")[2].strip('"') if w.startswith("type=") else w for w in words}
    encoding = parameters.get("encoding", "")
    charset = parameters.get("charset", fallback)
    if encoding in ("b", "base64") or "base64" in types:
        try:
            value = binascii.a2b_base64(value)
        except binascii.Error:
            return None
    elif encoding == "quoted-printable" or "quoted-printable" in types:
        value = quopri.decodestring(value)
    text = _text(value, charset if charset in _CHARSETS else fallback)[:LONGEST_VALUE]
    return _Property(name, frozenset(types), text, "pref" in types or parameters.get("pref") == "1")


def _divided(line: bytes) -> tuple[bytes, bytes]:
    """At the first colon that stands in no quotation marks."""
    within = False
    for place, byte in enumerate(line[:4_000]):
        if byte == 0x22:
            within = not within
        elif byte == 0x3A and not within:
            return line[:place], line[place + 1 :]
    head, _, value = line.partition(b":")
    return head, value


def _first(properties: list[_Property], name: str) -> str:
    return next((p.value for p in properties if p.name == name and p.value.strip(" ;")), "")


def _parts(value: str) -> list[str]:
    """At semicolons that are not escaped."""
    found = re.split(r"(?<!\\);", value)
    return [_plain(part) for part in found[:20]]


def _plain(value: str) -> str:
    """RFC 6350 3.4: \\n is a line break; comma, semicolon and backslash stand behind one."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _name(properties: list[_Property]) -> str:
    """FN, or what N is made of: family, given, middle, prefix, suffix."""
    if shown := _plain(_first(properties, "fn")):
        return " ".join(shown.split())
    parts = [*_parts(_first(properties, "n")), "", "", "", "", ""]
    made = " ".join(part for part in (parts[3], parts[1], parts[2], parts[0], parts[4]) if part)
    return " ".join((made or _plain(_first(properties, "nickname"))).split())


def _mail_address(value: str) -> str:
    plain = _plain(value)
    return re.sub(r"^mailto:", "", plain, flags=re.IGNORECASE).strip().strip("<>")


def _address(properties: list[_Property]) -> str:
    """The first one: post box, second line, street, city, region, code, country; a line each, city and code on one."""
    parts = [*_parts(_first(properties, "adr")), *[""] * 7][:7]
    box, second, street, city, region, code, country = parts
    lines = [street, second, box, " ".join(p for p in (code, city) if p), region, country]
    return "\n".join(line for line in lines if line) or _plain(_first(properties, "label"))
