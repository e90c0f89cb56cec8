"""Parameterised header values: Content-Type and Content-Disposition with RFC 2231, and the file names in them.

Used by `structure` and `reading`; `composing` writes what this reads.
"""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

from app.mime.charsets import decode_bytes, one_line
from app.mime.encoded_words import decode_words

MAX_VALUE = 20_000
MAX_PARAMETERS = 200
MAX_FILENAME = 180  # characters; with UTF-8 still under the 255 bytes of file systems for most scripts

_NAME = re.compile(r"[\s;]*([^\s=;\"]{1,100})\s*=\s*")
_UNQUOTED = re.compile(r"[^;]*")
_SECTION = re.compile(r"(.+?)\*(\d{1,3})(\*?)|(.+?)(\*)")


def parse_value(value: str) -> tuple[str, dict[str, str]]:
    """``text/plain; charset="utf-8"`` → (``text/plain``, {``charset``: ``utf-8``}). The value and the names of the
    parameters come in lower case; continuations and encoded values (RFC 2231 3–4) are put together. Never raises."""
    value = value[:MAX_VALUE]
    head, _, rest = value.partition(";")
    kind, space, more = head.strip().partition(" ")
    if space and "=" in more:  # the first semicolon is missing
        head, rest = kind, f"{more};{rest}"
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    at = count = 0
    while at < len(rest) and count < MAX_PARAMETERS:
        found = _NAME.match(rest, at)
        if found is None:
            semicolon = rest.find(";", at)
            at = len(rest) if semicolon < 0 else semicolon + 1
            continue
        count += 1
        name = found.group(1).lower()
        text, at = _parameter_text(rest, found.end())
        section = _SECTION.fullmatch(name) if "*" in name else None
        if section is None:
            plain.setdefault(name, text)
        elif section.group(5):
            pieces.setdefault(section.group(4), {}).setdefault(0, (text, True))
        else:
            pieces.setdefault(section.group(1), {}).setdefault(int(section.group(2)), (text, bool(section.group(3))))
    for name, parts in pieces.items():
        plain[name] = _joined(parts)
    return head.strip().lower(), plain


def _parameter_text(rest: str, at: int) -> tuple[str, int]:
    if rest[at : at + 1] != '"':
        run = _UNQUOTED.match(rest, at)
        end = run.end() if run else at
        return rest[at:end].strip(), end + 1
    out = []
    at += 1
    while True:
        quote, slash = rest.find('"', at), rest.find("\\", at)
        if 0 <= slash < quote:
            # only \" and \\ are escapes here: Windows paths come unescaped
            following = rest[slash + 1]
            out.append(rest[at:slash] + (following if following in '"\\' else "\\" + following))
            at = slash + 2
            continue
        if quote < 0:
            out.append(rest[at:])
            return "".join(out), len(rest)
        out.append(rest[at:quote])
        semicolon = rest.find(";", quote)
        return "".join(out), len(rest) if semicolon < 0 else semicolon + 1


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    charset = ""
    data = bytearray()
    begin = min(parts)  # some count from one
    for number in range(begin, begin + len(parts)):  # a gap ends the value: what follows cannot be placed
        if number not in parts:
            break
        text, encoded = parts[number]
        if encoded and not charset and text.count("'") >= 2:  # in the first section, by the rule
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return decode_bytes(bytes(data), charset or "utf-8")


_EXTENDED = re.compile(r"([A-Za-z][A-Za-z0-9_-]{1,30})'[A-Za-z-]{0,20}'(.{0,2000}%[0-9A-Fa-f]{2}.{0,2000})")
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def clean_filename(raw: str) -> str:
    """A name of a file alone, safe to show and to save on any system: decoded, no folders, no control or direction
    characters, no device names, at most 180 characters with its ending kept. Empty when nothing is left."""
    name = decode_words(raw) if "=?" in raw else one_line(raw)
    if found := _EXTENDED.fullmatch(name):  # an RFC 2231 value under a name without its asterisk
        name = one_line(decode_bytes(unquote_to_bytes(found.group(2)), found.group(1)))
    name = re.split(r"[/\\]", name)[-1]
    name = _UNSAFE.sub("_", name).strip().strip(".").strip() if not name.startswith(".") else "_" + name.lstrip(".")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    if len(name) > MAX_FILENAME:
        stem, dot, ending = name.rpartition(".")
        name = (
            f"{stem[: MAX_FILENAME - 1 - len(ending)]}.{ending}" if dot and len(ending) <= 20 else name[:MAX_FILENAME]
        )
    return "" if name in ("_", "") else name


_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]+")


def format_parameter(name: str, value: str) -> list[str]:
    """One parameter as pieces for separate header lines: plain, quoted, or in RFC 2231 sections of at most 60 characters."""
    value = one_line(value)
    if value.isascii() and len(value) <= 60:
        if _TOKEN.fullmatch(value):
            return [f"{name}={value}"]
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return [f'{name}="{escaped}"']
    coded = quote_from_bytes(value.encode("utf-8", "replace"), safe="!#$&+-.^_`{}~")
    sections: list[str] = []
    current = "utf-8''"
    for piece in re.findall(r"(?:%[0-9A-F]{2})|[^%]", coded):
        if len(current) + len(piece) > 55:
            sections.append(current)
            current = ""
        current += piece
    sections.append(current)
    if len(sections) == 1:
        return [f"{name}*={sections[0]}"]
    return [f"{name}*{number}*={text}" for number, text in enumerate(sections)]
