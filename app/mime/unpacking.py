"""Texts and files that are packed inside of parts: winmail.dat, uuencoded files in a text, enriched text. Used by `reading`."""

from __future__ import annotations

import binascii
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import replace

from app.mime.bodies import ReadAttachment
from app.mime.parameters import clean_filename
from app.mime.tnef import SIGNATURE, TnefMessage, read_tnef

MAX_PACKED = 100  # uuencoded files of one text
_TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_TNEF_NAMES = frozenset({"winmail.dat", "win.dat"})
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")


def unpack_tnef(files: Iterable[ReadAttachment]) -> tuple[list[ReadAttachment], TnefMessage | None]:
    """(the files, with those of the first winmail.dat in its place, and the message that was in it)."""
    out: list[ReadAttachment] = []
    message: TnefMessage | None = None
    for file in files:
        packed = file.content_type in _TNEF_TYPES or file.filename.lower() in _TNEF_NAMES
        if not packed or message or not file.content.startswith(SIGNATURE):
            out.append(file)
            continue
        message = read_tnef(file.content)
        if message is None:
            out.append(file)
            continue
        for number, inner in enumerate(message.files, start=1):
            kind = inner.content_type if _TYPE.fullmatch(inner.content_type) else ""
            name = clean_filename(inner.name)
            kind = kind or mimetypes.guess_type(name)[0] or "application/octet-stream"
            name = name or f"attachment-{number}{mimetypes.guess_extension(kind) or '.bin'}"
            shown = bool(inner.content_id) and f"cid:{inner.content_id}" in message.html
            out.append(ReadAttachment(name, kind, inner.content, inner.content_id[:998], shown))
    return out, message


_BEGIN = re.compile(r"begin [0-7]{3,4} ([^\n]{1,300})")


def take_uuencoded(text: str) -> tuple[str, list[ReadAttachment]]:
    """(the text without them, the files) that stand in a text between ``begin 644 name`` and ``end``. A text that only
    speaks of such lines stays as it is. Linear: a block without an end is looked through once."""
    if "\nend" not in text or "begin " not in text:
        return text, []
    lines = text.split("\n")
    kept: list[str] = []
    files: list[ReadAttachment] = []
    at = 0
    last_end = max((n for n, line in enumerate(lines) if line.rstrip() == "end"), default=-1)
    while at < len(lines):
        begins = _BEGIN.fullmatch(lines[at].rstrip()) if lines[at].startswith("begin ") and at < last_end else None
        if begins is None or len(files) >= MAX_PACKED:
            kept.append(lines[at])
            at += 1
            continue
        content, end = _uu_block(lines, at + 1)
        if content is None:
            kept += lines[at:end]
        else:
            name = clean_filename(begins.group(1)) or f"attachment-{len(files) + 1}.bin"
            files.append(ReadAttachment(name, mimetypes.guess_type(name)[0] or "application/octet-stream", content))
        at = end
    return ("\n".join(kept), files) if files else (text, [])


def _uu_block(lines: list[str], at: int) -> tuple[bytes | None, int]:
    """(content, index after it); None where a line is none of uuencoding."""
    out = bytearray()
    while at < len(lines):
        line = lines[at].rstrip("\r")
        if line.rstrip() == "end":
            return bytes(out), at + 1
        if line.strip() not in ("", "`"):
            expected = 1 + ((ord(line[0]) - 32 & 63) + 2) // 3 * 4
            if (
                not 32 < ord(line[0]) < 97
                or not expected - 4 <= len(line.rstrip()) <= expected + 1
                or not line.isascii()
            ):
                return None, at
            try:
                out += binascii.a2b_uu(line[:expected])
            except binascii.Error:
                return None, at
        at += 1
    return None, at


_ENRICHED = re.compile(r"<<|<(/?)([a-zA-Z0-9-]{1,60})>|\n+")


def enriched_text(text: str) -> str:
    """text/enriched (RFC 1896) and text/richtext (RFC 1341) as plain text: the marks go, a single line end is a space."""
    out: list[str] = []
    at = hidden = 0
    for found in _ENRICHED.finditer(text):
        if not hidden:
            out.append(text[at : found.start()])
        at = found.end()
        mark, name = found.group(), (found.group(2) or "").lower()
        if mark == "<<":
            out.append("" if hidden else "<")
        elif name == "param":
            hidden = max(0, hidden + (-1 if found.group(1) else 1))
        elif name in ("nl", "np"):
            out.append("\n")
        elif name == "lt":
            out.append("<")
        elif not name and not hidden:
            out.append(" " if len(mark) == 1 else mark[1:])
    if not hidden:
        out.append(text[at:])
    return "".join(out)


def with_own_names(files: Iterable[ReadAttachment]) -> list[ReadAttachment]:
    """Files of one name told apart: ``plan.pdf``, ``plan (2).pdf``. Names are compared as Windows and macOS do."""
    taken: dict[str, int] = {}
    out: list[ReadAttachment] = []
    for file in files:
        name, key = file.filename, file.filename.casefold()
        number = taken.get(key, 0) + 1
        if number > 1:
            stem, dot, ending = name.rpartition(".")
            while True:
                numbered = f"{stem} ({number}).{ending}" if dot and stem else f"{name} ({number})"
                if numbered.casefold() not in taken:
                    break
                number += 1
            name = numbered
            taken[name.casefold()] = 1
        taken[key] = number
        out.append(file if name == file.filename else replace(file, filename=name))
    return out
