"""What Exchange and Outlook pack into winmail.dat ([MS-OXTNEF]): the message's text and its files. Used by `unpacking`.

The one library for it on PyPI, tnefparse, has had no release since January 2021.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.mime.charsets import body_text, codec_for, decode_bytes, one_line
from app.mime.rtf import MAX_RTF, decompress_rtf, read_rtf

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_ATTRIBUTES = 20_000
MAX_PROPERTIES = 5_000
MAX_FILES = 1_000
MAX_NESTED = 3
MAX_TEXT = 5_000_000

_ATTACHMENT = 2  # the level of an attribute
_SUBJECT, _BODY, _MESSAGE_PROPERTIES, _CODE_PAGE = 0x8004, 0x800C, 0x9003, 0x9007
_FILE_BEGINS, _FILE_DATA, _FILE_TITLE, _FILE_PROPERTIES = 0x9002, 0x800F, 0x8010, 0x9005
# Properties by their id ([MS-OXPROPS]): of the message …
_P_SUBJECT, _P_BODY, _P_RTF, _P_HTML, _P_CODE_PAGE = 0x0037, 0x1000, 0x1009, 0x1013, 0x3FDE
# … and of a file: data, short name, long name, display name, type, Content-ID, whether it belongs to the text.
_P_DATA, _P_SHORT, _P_LONG, _P_DISPLAY, _P_TYPE, _P_CONTENT_ID, _P_HIDDEN = (
    0x3701,
    0x3704,
    0x3707,
    0x3001,
    0x370E,
    0x3712,
    0x7FFE,
)

_FIXED = {0x0001: 4, 0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8,
          0x0040: 8, 0x0048: 16}  # fmt: skip
_VARIABLE = frozenset({0x000D, 0x001E, 0x001F, 0x0102, 0x00FB, 0x00FD, 0x00FE})
_OBJECT, _STRING, _UNICODE = 0x000D, 0x001E, 0x001F
_MULTIPLE = 0x1000
_EMBEDDED_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")  # IID_IMessage


@dataclass(frozen=True)
class TnefFile:
    """`name` and `content_type` as written there; empty where it says nothing."""

    name: str
    content: bytes
    content_type: str = ""
    content_id: str = ""


@dataclass
class TnefMessage:
    subject: str = ""
    text: str = ""
    html: str = ""
    files: list[TnefFile] = field(default_factory=list)


def read_tnef(data: bytes) -> TnefMessage | None:
    """The message in `data`; None where it is no TNEF or nothing is in it. What is cut off or damaged ends the reading; what
    came before it is kept. Never raises; linear in the length."""
    if not data.startswith(SIGNATURE):
        return None
    message = _Reader(data, 0, _Budget()).run()
    return message if message.text or message.html or message.files else None


@dataclass
class _File:
    title: bytes = b""
    data: bytes = b""
    properties: dict[int, tuple[int, bytes]] = field(default_factory=dict)


@dataclass
class _Budget:
    """What may still be spent on a message and all messages inside of it."""

    rtf: int = MAX_RTF  # bytes
    attributes: int = MAX_ATTRIBUTES


class _Reader:
    def __init__(self, data: bytes, depth: int, budget: _Budget) -> None:
        self.data = data
        self.budget = budget
        self.depth = depth
        self.code_page = "cp1252"
        self.files: list[_File] = []
        self.subject = self.body = b""
        self.properties: dict[int, tuple[int, bytes]] = {}

    def run(self) -> TnefMessage:
        at = len(SIGNATURE) + 2
        while at + 9 <= len(self.data) and self.budget.attributes > 0:
            self.budget.attributes -= 1
            level, attribute, length = struct.unpack_from("<BII", self.data, at)
            if level not in (1, _ATTACHMENT):
                break
            content = self.data[at + 9 : at + 9 + length]
            self._attribute(level, attribute & 0xFFFF, content)
            at += 9 + length + 2  # and the checksum, which old Outlooks get wrong
        return self._message()

    def _attribute(self, level: int, attribute: int, content: bytes) -> None:
        if level == _ATTACHMENT:
            if attribute == _FILE_BEGINS and len(self.files) < MAX_FILES:
                self.files.append(_File())
            if not self.files:
                return
            if attribute == _FILE_DATA:
                self.files[-1].data = content
            elif attribute == _FILE_TITLE:
                self.files[-1].title = content
            elif attribute == _FILE_PROPERTIES:
                self.files[-1].properties = dict(_properties(content))
        elif attribute == _SUBJECT:
            self.subject = content
        elif attribute == _BODY:
            self.body = content
        elif attribute == _CODE_PAGE and len(content) >= 4:
            named = f"cp{int.from_bytes(content[:4], 'little')}"
            self.code_page = named if codec_for(named) else self.code_page
        elif attribute == _MESSAGE_PROPERTIES:
            self.properties = dict(_properties(content))

    def _text(self, found: tuple[int, bytes] | None) -> str:
        if found is None:
            return ""
        kind, data = found
        if kind == _UNICODE:
            return data[: len(data) // 2 * 2].decode("utf-16-le", "replace").rstrip("\0")
        return decode_bytes(data.rstrip(b"\0"), self.code_page)

    def _message(self) -> TnefMessage:
        found = TnefMessage()
        get = self.properties.get
        found.subject = one_line(self._text(get(_P_SUBJECT)) or self._text((_STRING, self.subject)))[:1_000]
        found.text = self._text(get(_P_BODY)) or self._text((_STRING, self.body))
        html = get(_P_HTML)
        if html and html[0] == 0x0102:  # bytes, in the code page of the message
            page = get(_P_CODE_PAGE)
            number = int.from_bytes(page[1][:4], "little") if page else 0
            charset = {65001: "utf-8", 0: self.code_page, 50220: "iso-2022-jp", 28591: "iso-8859-1"}.get(
                number, f"cp{number}"
            )
            found.html = decode_bytes(html[1].rstrip(b"\0"), charset)
        elif html:
            found.html = self._text(html)
        rich = get(_P_RTF)
        if rich and not found.html:
            rtf = decompress_rtf(rich[1], self.budget.rtf)
            self.budget.rtf -= len(rtf)
            read = read_rtf(rtf)
            found.html, found.text = read.html, found.text or read.text
        found.text, found.html = body_text(found.text[:MAX_TEXT]), body_text(found.html[:MAX_TEXT])
        for file in self.files:
            found.files += self._file(file)
        del found.files[MAX_FILES:]
        return found

    def _file(self, file: _File) -> list[TnefFile]:
        get = file.properties.get
        name = self._text(get(_P_LONG)) or self._text((_STRING, file.title)) or self._text(get(_P_SHORT))
        kind, data = get(_P_DATA, (0, b""))
        data = data if kind == 0x0102 else file.data
        if kind == _OBJECT:
            content = get(_P_DATA, (0, b""))[1]
            if content.startswith(_EMBEDDED_MESSAGE) and content[16:20] == SIGNATURE:
                return self._embedded(content[16:], name or self._text(get(_P_DISPLAY)))
            data = content[16:]
        content_id = self._text(get(_P_CONTENT_ID)).strip("<> ")
        return (
            [TnefFile(name or self._text(get(_P_DISPLAY)), data, self._text(get(_P_TYPE)).lower(), content_id)]
            if data
            else []
        )

    def _embedded(self, data: bytes, name: str) -> list[TnefFile]:
        """A message inside: its text as a file, and its files."""
        if self.depth >= MAX_NESTED:
            return []
        inner = _Reader(data, self.depth + 1, self.budget).run()
        title = (inner.subject or name or "message")[:80]
        if inner.html:
            text = TnefFile(f"{title}.html", inner.html.encode("utf-8", "replace"), "text/html")
        else:
            text = TnefFile(f"{title}.txt", inner.text.encode("utf-8", "replace"), "text/plain")
        return [text, *inner.files] if text.content else inner.files


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """(id, (type, first value)) of a list of properties ([MS-OXTNEF] 2.1.3.4). Ends where the list is cut off."""
    if len(data) < 4:
        return
    at = 4
    for _ in range(min(int.from_bytes(data[:4], "little"), MAX_PROPERTIES)):
        if at + 4 > len(data):
            return
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= 0x8000:  # a named property: GUID, kind of name, name
            by_name = int.from_bytes(data[at + 16 : at + 20], "little")
            length = int.from_bytes(data[at + 20 : at + 24], "little")
            at += 24 + (_padded(length) if by_name == 1 else 0)
        base = kind & ~_MULTIPLE
        if base in _VARIABLE:
            count = int.from_bytes(data[at : at + 4], "little")
            at += 4
            value = b""
            for index in range(min(count, MAX_PROPERTIES)):
                length = int.from_bytes(data[at : at + 4], "little")
                if at + 4 > len(data):
                    return
                if index == 0:
                    value = data[at + 4 : at + 4 + length]
                at += 4 + _padded(length)
        elif base in _FIXED:
            size = _FIXED[base]
            count = 1
            if kind & _MULTIPLE:
                count = int.from_bytes(data[at : at + 4], "little")
                at += 4
            value = data[at : at + size]
            at += size * count
        else:
            return  # a type that says nothing of its length
        yield number, (base, value)


def _padded(length: int) -> int:
    return (length + 3) & ~3
