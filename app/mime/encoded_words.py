"""RFC 2047 encoded words, read and written. Used by headers, addresses, parameters and composing."""

from __future__ import annotations

import base64
import binascii
import re

from app.mime.charsets import codec_for, decode_bytes, one_line

MAX_TEXT = 100_000  # characters of a header looked at; the rest is cut

# charset, optional RFC 2231 language, encoding, text. A text holds no "?" by the rule; some programs write up to a few.
# Possessive, so that a scan is linear.
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,60})?\?([bBqQ])\?([^?]*+(?:(?<!=)\?(?![=])[^?]*+){0,5}?)\?=")
_UNENDED = re.compile(r"=\?([^?\s*]{1,60})\?([bBqQ])\?([^?\s]{4,})\??\s*")  # cut off at the end of a field
_ONLY_SPACE = re.compile(r"\s*")


def decode_words(value: str) -> str:
    """Header text with its encoded words decoded, as one line. Words that are broken stay as they are written;
    characters split over neighbouring words (against the RFC, but common) are joined."""
    if "=?" not in value:
        return one_line(value[:MAX_TEXT])
    value = value[:MAX_TEXT]
    out: list[str] = []
    held = bytearray()  # bytes of neighbouring words of one charset
    held_charset = ""
    end = 0
    after_word = False
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        data = _word_bytes(found.group(2), found.group(3))
        if data is None:
            if held:
                out.append(decode_bytes(bytes(held), held_charset))
                held.clear()
            out.append(between + found.group())
            end, after_word = found.end(), False
            continue
        charset = found.group(1).lower()
        if not (after_word and _ONLY_SPACE.fullmatch(between)):
            if held:
                out.append(decode_bytes(bytes(held), held_charset))
                held.clear()
            out.append(between)
        elif held and charset != held_charset:
            out.append(decode_bytes(bytes(held), held_charset))
            held.clear()
        held += data
        held_charset = charset
        end, after_word = found.end(), True
        if codec_for(charset) == "iso2022_jp_ext":  # stateful: each word stands alone
            out.append(decode_bytes(bytes(held), held_charset))
            held.clear()
    rest = value[end:]
    last = rest.rfind("=?", max(0, len(rest) - 1_000))
    cut = _UNENDED.fullmatch(rest, last) if last >= 0 else None
    if cut:
        data = _word_bytes(cut.group(2), cut.group(3))
        joined = after_word and not rest[:last].strip() and cut.group(1).lower() == held_charset
        if data and joined:
            held += data
            rest = ""
        elif data:
            rest = rest[:last] + decode_bytes(data, cut.group(1))
    if held:
        out.append(decode_bytes(bytes(held), held_charset))
    out.append(rest)
    return one_line("".join(out))


def _word_bytes(encoding: str, text: str) -> bytes | None:
    if encoding in "qQ":
        return binascii.a2b_qp(text.replace(" ", "_").encode("ascii", "replace"), header=True)
    raw = text.encode("ascii", "ignore")
    try:
        return binascii.a2b_base64(raw + b"=" * (-len(raw.rstrip(b"=")) % 4))
    except binascii.Error:
        return None


_Q_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")


def encode_words(text: str, longest: int = 75) -> list[str]:
    """`text` as UTF-8 encoded words of at most `longest` characters (RFC 2047 2: 75), each holding whole characters; Q or
    B, whichever is shorter. To be joined by a space or a fold."""
    data = text.encode("utf-8", "replace")
    q_size = sum(1 if b in _Q_PLAIN or b == 0x20 else 3 for b in data)
    use_q = q_size <= 4 * ((len(data) + 2) // 3)
    room = longest - len("=?utf-8?q??=")
    words: list[str] = []
    current = b""
    size = 0
    for character in text:
        piece = character.encode("utf-8", "replace")
        grown = (
            size + sum(1 if b in _Q_PLAIN or b == 0x20 else 3 for b in piece)
            if use_q
            else 4 * ((len(current) + len(piece) + 2) // 3)
        )
        if current and grown > room:
            words.append(_word(current, use_q))
            current, size = b"", 0
            grown = sum(1 if b in _Q_PLAIN or b == 0x20 else 3 for b in piece)
        current += piece
        size = grown if use_q else 0
    if current:
        words.append(_word(current, use_q))
    return words


def _word(data: bytes, use_q: bool) -> str:
    if use_q:
        coded = "".join(chr(b) if b in _Q_PLAIN else "_" if b == 0x20 else f"={b:02X}" for b in data)
        return f"=?utf-8?q?{coded}?="
    return f"=?utf-8?b?{base64.b64encode(data).decode('ascii')}?="
