"""Bytes of mail to text, whatever charset they claim. Used by every reader in `app.mime`; nothing here raises."""

from __future__ import annotations

import encodings.aliases
import re

# Only codecs that Python knows by name and that are character sets: a look-up of any other name would import modules
# by a stranger's word, and punycode and idna take quadratic time.
_NOT_CHARSETS = frozenset(
    {
        "base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec",
        "mbcs", "oem", "punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "charmap", "palmos",
    }
)  # fmt: skip
_CODECS: dict[str, str] = {
    **{name: codec for name, codec in encodings.aliases.aliases.items() if codec not in _NOT_CHARSETS},
    **{codec: codec for codec in encodings.aliases.aliases.values() if codec not in _NOT_CHARSETS},
}

# What senders mean when they name these (https://encoding.spec.whatwg.org/#names-and-labels): the superset is right
# for every text that the named one is right for.
_MEANT = {
    "ascii": "utf_8",
    "latin_1": "cp1252",
    "iso8859_9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
    "tis_620": "iso8859_11",
    "big5": "big5hkscs",
}
_EXTRA_NAMES = {
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "x_sjis": "cp932",
    "x_gbk": "gb18030",
    "x_euc_jp": "euc_jp",
    "cp_850": "cp850",
    "windows_874": "cp874",
    "windows_31j": "cp932",
    "x_mac_roman": "mac_roman",
    "macintosh": "mac_roman",
    "iso_8859_8_i": "iso8859_8",
    "utf8mb4": "utf_8",
    "unicode_1_1_utf_7": "utf_7",
    "unicode": "utf_16",
    "cp1252": "cp1252",
}
_NAME_SEPARATORS = re.compile(r"[\s\-.:]+")


def codec_for(charset: str) -> str | None:
    """Python's codec for a charset named in mail; None for a name that says nothing (``unknown-8bit``, ``x-user``)."""
    name = _NAME_SEPARATORS.sub("_", charset.strip().strip("\"'").lower()[:60]).strip("_")
    if name.startswith("cp_"):
        name = "cp" + name[3:]
    codec = _EXTRA_NAMES.get(name) or _CODECS.get(name) or _CODECS.get(name.replace("_", ""))
    if codec is None and name.startswith("windows_"):
        codec = _CODECS.get("cp" + name[8:])
    return _MEANT.get(codec, codec) if codec else None


def decode_bytes(data: bytes, charset: str = "") -> str:
    """The text of `data`. A wrong or missing charset is guessed: UTF-8 when it is valid UTF-8, else Windows-1252, the
    two that unlabelled mail is written in. Bytes without a meaning become U+FFFD."""
    codec = codec_for(charset) if charset else None
    if codec is None or codec == "utf_8":
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            codec = codec or "cp1252"
            if codec == "utf_8" and _looks_single_byte(data):
                codec = "cp1252"
    try:
        return data.decode(codec, "replace")
    except (UnicodeError, LookupError, ValueError):
        # some multi-byte codecs (utf_16 with an odd mark, hz) refuse even with "replace"
        return data.decode("utf-8", "replace")


def _looks_single_byte(data: bytes) -> bool:
    """Whether text that claims to be UTF-8 and is not has no UTF-8 sequence at all, so was written in Windows-1252."""
    return re.search(rb"[\xc3-\xf4][\x80-\xbf]", data[:100_000]) is None


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Bidirectional overrides and embeddings turn "gpj.exe" into "exe.jpg" on screen; isolates do the same.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def one_line(text: str) -> str:
    """Text fit for one line on screen and for JSON: no control characters, no direction overrides, no lone
    surrogates, runs of white space made one."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if "  " in text else text.strip()
    text = _SURROGATES.sub("\ufffd", _DIRECTION.sub("", _CONTROLS.sub(" ", text)))
    return " ".join(text.split())


def body_text(text: str) -> str:
    """Text of a body: line ends as ``\\n``, no control characters but tab, no lone surrogates."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isprintable():
        text = _BODY_CONTROLS.sub("", text)
        text = _SURROGATES.sub("\ufffd", text)
    return text


_BODY_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]+")
