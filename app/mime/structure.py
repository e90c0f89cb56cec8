"""The tree of MIME parts of a message (RFC 2045–2046), cut by offsets and never copied. Used by `reading`.

The standard library's feed parser compares each line with the boundary of every open level and nests a generator a
level, so depth costs quadratic time and ends in RecursionError; this one has limits instead.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from app.mime.fields import MAX_BLOCK, split_fields
from app.mime.parameters import parse_value

MAX_PARTS = 2_000
MAX_DEPTH = 50
_SCAN_FACTOR, _SCAN_EXTRA = (
    8,
    16_000_000,
)  # bytes that may be searched in all: each level searches its own content again
MAX_NEAR_HITS = 100_000  # lines of one level that begin like its boundary and are not it

_BLANK = re.compile(rb"\r{0,2}\n\r{0,2}\n")  # some gateways double the carriage returns
_FIELD_LINE = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_SNIFFED = re.compile(rb"^--([!-~]{6,70})[ \t]*\r?\n(?=content-[a-z-]{1,30}[ \t]*:)", re.IGNORECASE | re.MULTILINE)
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]{1,300}\r?$", re.MULTILINE)


@dataclass
class Part:
    """One node. `body` is the raw content; `children` are the parts of a multipart or the one message of a
    message/rfc822."""

    fields: list[tuple[str, str]]
    content_type: str
    parameters: dict[str, str]
    body: memoryview
    children: list[Part] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The first value of a field, by its name in lower case; empty when it is missing."""
        return next((value for found, value in self.fields if found == name and value), "")

    @property
    def is_multipart(self) -> bool:
        return self.content_type.startswith("multipart/") and bool(self.children)

    def content(self) -> bytes:
        """The body without its transfer encoding (RFC 2045 6); what is broken in it is passed over."""
        return decode_transfer(bytes(self.body), self.get("content-transfer-encoding"))


def decode_transfer(data: bytes, encoding: str) -> bytes:
    words = _COMMENT.sub(" ", encoding[:200]).replace(";", " ").split()
    name = words[0].strip("\"'").lower() if words else ""
    if name == "base64":
        return data if _is_plain(data[:4_000]) else _base64(data)
    if name == "quoted-printable":
        return binascii.a2b_qp(data)
    if name in ("quoted_printable", "quotedprintable"):
        return binascii.a2b_qp(data)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uudecode(data)
    return data


_COMMENT = re.compile(r"\([^()]{0,100}\)")
_BASE64_JOINED = re.compile(rb"(?<==)\s*(?=[A-Za-z0-9+/]{2})")
_NOT_BASE64 = bytes(b for b in range(256) if not ((chr(b).isalnum() and b < 128) or b in b"+/=-_\r\n\t"))


def _is_plain(sample: bytes) -> bool:
    """Whether what is declared base64 is text as it was written: base64 has no spaces, sentences have many."""
    foreign = len(sample) - len(sample.translate(None, _NOT_BASE64))
    return sample.count(b" ") > 3 and foreign * 12 > len(sample)


def _base64(data: bytes) -> bytes:
    if b"=" in data[:-4] and not data.translate(None, _BASE64_ALL):
        # encoded in pieces, each with its own padding: decoders stop at the first
        pieces = _BASE64_JOINED.split(data, MAX_JOINED)
        return b"".join(map(_base64_piece, pieces))
    return _base64_piece(data)


_BASE64_ALL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n\t"
MAX_JOINED = 20_000


def _base64_piece(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        pass  # cut off in mid-quantum, or padding lost
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    letters = letters[: len(letters) - (1 if len(letters) % 4 == 1 else 0)]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _uudecode(data: bytes) -> bytes:
    begin = _UU_BEGIN.search(data)
    out = bytearray()
    for line in data[begin.end() if begin else 0 :].splitlines():
        if line.strip() == b"end":
            break
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            # some encoders write a wrong length at the line's end (Python's own uu module allows for it)
            bytes_there = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                out += binascii.a2b_uu(line[:bytes_there])
            except binascii.Error:
                continue
    return bytes(out)


def parse_structure(raw: bytes) -> tuple[Part, list[str]]:
    """The tree of `raw` and what was wrong with it. Any bytes will do: 50 levels, 2,000 parts, and a bounded search."""
    return _Parser(raw).run()


def header_end(data: bytes, start: int, end: int) -> tuple[int, int]:
    """(end of the header block, start of the body) of the entity at `start`. Without an empty line the header goes as
    far as its lines look like one."""
    if data[start : start + 1] == b"\n":
        return start, start + 1
    if data[start : start + 2] == b"\r\n":
        return start, start + 2
    blank = _BLANK.search(data, start, min(end, start + MAX_BLOCK))
    if blank:
        return blank.start(), blank.end()
    at = start
    while at < end:
        newline = data.find(b"\n", at, end)
        line_end = end if newline < 0 else newline + 1
        if data[at : at + 1] not in (b" ", b"\t") and not _FIELD_LINE.match(data, at, line_end):
            return at, at
        at = line_end
    return end, end


class _Parser:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw.replace(b"\r", b"\n") if b"\n" not in raw and b"\r" in raw else raw
        self.view = memoryview(self.raw)
        self.parts = 0
        self.scan_left = len(raw) * _SCAN_FACTOR + _SCAN_EXTRA
        self.defects: dict[str, None] = {}

    def run(self) -> tuple[Part, list[str]]:
        start = 0
        if self.raw.startswith((b"From ", b">From ")):  # an mbox separator line in front
            start = self.raw.find(b"\n") + 1
        if self.raw.startswith(b"\xef\xbb\xbf"):
            start = 3
        while self.raw[start : start + 1] in (b"\r", b"\n") and start < 100:  # empty lines before the header
            start += 1
        root = self._entity(start, len(self.raw), 0, "text/plain")
        return root, list(self.defects)

    def _entity(self, start: int, end: int, depth: int, default_type: str) -> Part:
        self.parts += 1
        head, body = header_end(self.raw, start, end)
        body = min(body, end)
        if head == body and head < end and depth == 0:
            self.defects["no empty line between header and body"] = None
        fields = split_fields(self.raw[start : min(head, end)])
        typed = next((value for name, value in fields if name == "content-type" and value), "")
        content_type, parameters = parse_value(typed) if typed else (default_type, {})
        if not _TYPE.fullmatch(content_type):
            if content_type:
                self.defects["invalid content type"] = None
            content_type = "text/plain"  # RFC 2045 5.2
        part = Part(fields, content_type, parameters, self.view[body:end])
        if content_type.startswith("multipart/"):
            self._multipart(part, body, end, depth)
        elif content_type in ("message/rfc822", "message/global") and body < end:
            self._embedded(part, body, end, depth)
        return part

    def _embedded(self, part: Part, body: int, end: int, depth: int) -> None:
        if self._full(depth):
            return
        if part.get("content-transfer-encoding").lower() in ("base64", "quoted-printable"):
            # forbidden by RFC 2046 5.2.1 and done all the same: the copy is read by a parser of its own
            content = part.content()
            if len(content) > self.scan_left:
                return
            self.scan_left -= len(content)
            inner = _Parser(content)
            inner.parts, inner.scan_left = self.parts, self.scan_left
            part.children = [inner._entity(0, len(content), depth + 1, "text/plain")]
            self.parts, self.scan_left = inner.parts, inner.scan_left
            self.defects.update(inner.defects)
        else:
            part.children = [self._entity(body, end, depth + 1, "text/plain")]

    def _full(self, depth: int) -> bool:
        if depth >= MAX_DEPTH:
            self.defects["nested too deep"] = None
            return True
        if self.parts >= MAX_PARTS:
            self.defects["too many parts"] = None
            return True
        return False

    def _multipart(self, part: Part, body: int, end: int, depth: int) -> None:
        if self._full(depth):
            return
        boundary = part.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
        spans = self._spans(boundary, body, end) if boundary else []
        if not spans:
            self.defects["boundary missing" if not boundary else "boundary never used"] = None
            sniffed = _SNIFFED.search(self.raw, body, min(end, body + 20_000))
            spans = self._spans(sniffed.group(1), body, end) if sniffed else []
        if not spans:
            part.content_type = "text/plain"  # something to read all the same
            return
        default_type = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for start, stop in spans:
            if self.parts >= MAX_PARTS:
                self.defects["too many parts"] = None
                break
            part.children.append(self._entity(start, stop, depth + 1, default_type))

    def _spans(self, boundary: bytes, body: int, end: int) -> list[tuple[int, int]]:
        """Offsets of the parts between delimiter lines (RFC 2046 5.1.1)."""
        self.scan_left -= end - body
        if self.scan_left < 0:
            self.defects["too much to search"] = None
            return []
        raw, delimiter = self.raw, b"\n--" + boundary
        spans: list[tuple[int, int]] = []
        at, open_at, near = max(body - 1, 0), -1, 0
        room = MAX_PARTS - self.parts + 1
        while len(spans) < room and near < MAX_NEAR_HITS:
            hit = raw.find(delimiter, at, end) + 1
            if hit == 0:
                break
            at = hit + len(delimiter) - 1
            near += 1
            newline = raw.find(b"\n", at, min(end, at + 300))
            tail = raw[at : newline if newline >= 0 else min(end, at + 300)].rstrip()
            if tail not in (b"", b"--"):
                continue
            if open_at >= 0:
                spans.append((open_at, self._before_line(hit, open_at)))
                open_at = -1
            if tail == b"--":
                break
            open_at = newline + 1 if newline >= 0 else end
        else:
            self.defects["too many parts"] = None
        if open_at >= 0 and len(spans) < room:
            self.defects["closing boundary missing"] = None
            spans.append((open_at, end))
        return spans

    def _before_line(self, hit: int, floor: int) -> int:
        """The line end before a delimiter belongs to the delimiter."""
        stop = hit - 1 if hit > floor and self.raw[hit - 1] == 0x0A else hit
        return stop - 1 if stop > floor and self.raw[stop - 1] == 0x0D else max(stop, floor)
