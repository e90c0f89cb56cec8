"""A header block cut into fields: the one place where lines are unfolded. Used by `headers` and `structure`."""

from __future__ import annotations

import re

from app.mime.charsets import codec_for, decode_bytes

MAX_BLOCK = 1_000_000  # bytes of one header block; the rest is not looked at
MAX_FIELDS = 5_000
MAX_VALUE = 500_000  # characters of one field

_FOLD = re.compile(r"\n[ \t]+")
_CHARSET = re.compile(rb"charset\s*=\s*\"?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)


def split_fields(block: bytes) -> list[tuple[str, str]]:
    """(name in lower case, unfolded value) in order of appearance (RFC 5322 2.2.3). Lines that are no field are passed
    over. Bytes above 127 are read as UTF-8 (RFC 6532), else in the charset of the block's own Content-Type."""
    if len(block) > MAX_BLOCK:
        block = block[:MAX_BLOCK]
    text = block.decode("ascii") if block.isascii() else _decode(block)
    if "\0" in text:
        text = text.replace("\0", " ")  # which databases refuse
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    fields = []
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        if colon and name:
            fields.append((name.strip().lower(), value[:MAX_VALUE].strip()))
    return fields[:MAX_FIELDS]


def _decode(block: bytes) -> str:
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        named = _CHARSET.search(block)
        charset = named.group(1).decode("ascii") if named else ""
        if codec_for(charset) in (None, "utf_8", "utf_16", "utf_32", "utf_7"):
            charset = "windows-1252"
        # a line at a time, so that one wrong byte does not change the fields that are right
        return "\n".join(_decode_line(line, charset) for line in block.split(b"\n"))


def _decode_line(line: bytes, charset: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return decode_bytes(line, charset)
