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
    "unicode_1_1_utf_8": "utf_8",
    "windows_1252": "cp1252",
    "8859_1": "cp1252",
    "koi8r": "koi8_r",
    "koi8": "koi8_r",
    "koi8_u": "koi8_u",
    "koi8u": "koi8_u",
    "koi8_ru": "koi8_u",
    "koi8_t": "koi8_t",
    "dos_866": "cp866",
    "gb_2312_80": "gb18030",
    "big5_hkscs": "big5hkscs",
    "x_x_big5": "big5hkscs",
    "cp720": "cp720",
    "cp737": "cp737",
    "cp856": "cp856",
    "cp874": "cp874",
    "cp1006": "cp1006",
    "iso_2022_jp_ms": "iso2022_jp_ext",
    "x_iso_2022_jp": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "cp50222": "iso2022_jp_ext",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "iso_8859_6_e": "iso8859_6",
    "mac": "mac_roman",
    "x_mac_cyrillic": "mac_cyrillic",
    "x_mac_ce": "mac_latin2",
    "x_mac_greek": "mac_greek",
    "x_mac_turkish": "mac_turkish",
}
_NAME_SEPARATORS = re.compile(r"[\s\-.:]+")


def codec_for(charset: str) -> str | None:
    """Python's codec for a charset named in mail; None for a name that says nothing (``unknown-8bit``, ``x-user``)."""
    written = charset.strip().strip("\"'").lower()[:60].partition("//")[0]  # "utf-8//translit" is for iconv
    name = _NAME_SEPARATORS.sub("_", written).strip("_")
    codec = _named(name)
    if codec is None and (found := _WINDOWS.fullmatch(name)):
        codec = _named(f"cp{found.group(1)}")
    if codec is None and name.startswith("x_"):
        codec = _named(name[2:])
    return _MEANT.get(codec, codec) if codec else None


_WINDOWS = re.compile(r"(?:x_)?(?:windows|win|cp|ms|ibm|dos)_?(\d{3,5})")


def _named(name: str) -> str | None:
    return _EXTRA_NAMES.get(name) or _CODECS.get(name) or _CODECS.get(name.replace("_", ""))


def decode_bytes(data: bytes, charset: str = "") -> str:
    """The text of `data`. A wrong or missing charset is guessed: UTF-8 when it is valid UTF-8, else Windows-1252, the
    two that unlabelled mail is written in. What claims to be Latin-1 and is valid UTF-8 is UTF-8: chance does not write its
    sequences. Bytes without a meaning become U+FFFD."""
    codec = codec_for(charset) if charset else None
    if codec is None or codec in _UTF_8_MISTAKEN:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            codec = codec or "cp1252"
            if codec == "utf_8" and _looks_single_byte(data):
                codec = "cp1252"
    try:
        if codec == "iso2022_jp_ext":
            return _iso_2022_jp(data)
        return data.decode(codec, "replace")
    except (UnicodeError, LookupError, ValueError):
        # some multi-byte codecs (utf_16 with an odd mark, hz) refuse even with "replace"
        return data.decode("utf-8", "replace")


_UTF_8_MISTAKEN = frozenset({"utf_8", "cp1252", "iso8859_15"})
_MAX_BY_HAND = 1_000_000  # bytes
_JIS_SHIFTS = re.compile(rb"\x1b(\$[@B]|\$\([@BD]|\([BJIH])")


def _iso_2022_jp(data: bytes) -> str:
    """ISO-2022-JP as it is written: with the signs that NEC and Microsoft added to JIS X 0208 (①, ㈱), which the codec
    refuses. Row and cell become Shift JIS, whose codec has them."""
    try:
        return data.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        if len(data) > _MAX_BY_HAND:
            return data.decode("iso2022_jp_ext", "replace")
        pieces = _JIS_SHIFTS.split(data)
    out = [pieces[0].decode("cp932", "replace")]
    for shift, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if shift.startswith(b"$") and shift != b"$(D":
            out.append(_jis_pairs(piece))
        elif shift == b"(I":  # half-width katakana in seven bits
            out.append(bytes(b | 0x80 if 0x21 <= b <= 0x5F else b for b in piece).decode("cp932", "replace"))
        elif shift == b"$(D":
            out.append((b"\x1b$(D" + piece + b"\x1b(B").decode("iso2022_jp_ext", "replace"))
        else:
            out.append(piece.decode("cp932", "replace"))
    return "".join(out)


def _jis_pairs(data: bytes) -> str:
    out = bytearray()
    at = 0
    while at < len(data):
        row, cell = data[at], data[at + 1] if at + 1 < len(data) else 0
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            out.append(row)
            at += 1
            continue
        out.append((row - 0x21 >> 1) + (0x81 if row < 0x5F else 0xC1))
        out.append(cell + (0x1F if cell < 0x60 else 0x20) if row & 1 else cell + 0x7E)
        at += 2
    return out.decode("cp932", "replace")


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
    if not text.replace("\n", "").replace("\t", "").isprintable():
        text = _BODY_CONTROLS.sub("", text)
        text = _SURROGATES.sub("\ufffd", text)
    return text


_BODY_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]+")
