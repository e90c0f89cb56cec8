"""Exchange's rich text (RTF) as HTML or plain text: unpacked by [MS-OXRTFCP], HTML taken out by [MS-OXRTFEX]. For `tnef`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from app.mime.charsets import decode_bytes

MAX_RTF = 1_000_000  # bytes of RTF that are looked at
MAX_DEPTH = 200
_MAX_TOKENS = 600_000

# [MS-OXRTFCP] 2.1.2.1: what the dictionary holds before the first byte.
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans Serif"
    b"SymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4_096


def decompress_rtf(data: bytes, most: int = MAX_RTF) -> bytes:
    """The RTF in a PidTagRtfCompressed ([MS-OXRTFCP] 2.1.3); as much as there is of one that is cut off, empty for what is
    none. At most `MAX_RTF` bytes."""
    if len(data) < 16:
        return b""
    kind = data[8:12]
    if kind == b"MELA":  # stored, not compressed
        return data[16 : 16 + min(int.from_bytes(data[4:8], "little"), most)]
    if kind != b"LZFu":
        return b""
    most = min(int.from_bytes(data[4:8], "little"), most)
    window = bytearray(_WINDOW)
    window[: len(_DICTIONARY)] = _DICTIONARY
    write = len(_DICTIONARY)
    out = bytearray()
    at, size = 16, len(data)
    while at < size and len(out) < most:
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= size:
                break
            if not control >> bit & 1:
                window[write] = data[at]
                out.append(data[at])
                write = (write + 1) % _WINDOW
                at += 1
                continue
            reference = int.from_bytes(data[at : at + 2], "big")
            at += 2
            start, length = reference >> 4, (reference & 15) + 2
            if start == write:  # the end mark
                return bytes(out[:most])
            for step in range(length):
                byte = window[(start + step) % _WINDOW]
                window[write] = byte
                out.append(byte)
                write = (write + 1) % _WINDOW
    return bytes(out[:most])


_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,9})?[ ]?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]{1,100000})",
    re.DOTALL,
)
_SKIPPED = frozenset(
    {
        b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"headerl", b"headerr",
        b"footerl", b"footerr", b"generator", b"listtable", b"listoverridetable", b"rsidtbl", b"themedata", b"filetbl",
        b"fldinst", b"mhtmltag", b"nonesttables", b"datastore", b"latentstyles", b"xmlnstbl", b"revtbl",
        b"bkmkstart", b"bkmkend",
    }
)  # fmt: skip
_BREAKS = {b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t"}
_SIGNS = {
    b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–",
    b"emdash": "—", b"emspace": "\u2003", b"enspace": "\u2002", b"zwj": "\u200d", b"zwnj": "\u200c",
}  # fmt: skip
# \fcharset of a font → code page ([MSFT-RTF], font table)
_FONT_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437",
}  # fmt: skip


@dataclass(frozen=True)
class RtfText:
    """`html` where the RTF was made from HTML, else empty; `text` where it was not."""

    html: str = ""
    text: str = ""


@dataclass(frozen=True)
class _Group:
    skipped: bool = False
    fonts: bool = False  # the table of fonts
    tag: bool = False  # an HTMLTAG destination: its text is markup
    hidden: bool = False  # between \htmlrtf and \htmlrtf0: what the RTF needs and the HTML does not
    fallback: int = 1  # \ucN: how many characters stand behind a \uN for readers without Unicode
    charset: str = ""


def read_rtf(data: bytes) -> RtfText:
    """HTML out of RTF that was made from HTML ([MS-OXRTFEX] 2.1.3.1), else the text. Never raises; bounded."""
    data = data[:MAX_RTF]
    from_html = b"\\fromhtml" in data[:2_000]
    written = _Reader(data, from_html).run()
    return RtfText(html=written) if from_html else RtfText(text=written.strip("\n"))


class _Reader:
    def __init__(self, data: bytes, from_html: bool) -> None:
        self.data = data
        self.from_html = from_html
        self.out: list[str] = []
        self.held = bytearray()
        self.group = _Group()
        self.stack: list[_Group] = []
        self.fonts: dict[int, str] = {}
        self.font = 0
        self.default = "cp1252"
        self.passed = 0  # characters still to pass over behind a \uN
        self.high = 0  # the first half of a surrogate pair

    def run(self) -> str:
        deep = 0  # groups beyond the limit: only counted
        for count, found in enumerate(_TOKEN.finditer(self.data)):
            if count >= _MAX_TOKENS:
                break
            word, number, code, symbol, brace, text = found.groups()
            if brace == b"{":
                if len(self.stack) >= MAX_DEPTH:
                    deep += 1
                else:
                    self.stack.append(self.group)
                self.passed = 0
            elif brace == b"}":
                self.passed = 0
                if deep:
                    deep -= 1
                elif self.stack:
                    before = self.stack.pop()
                    if before.charset != self.group.charset:
                        self._flush()
                    self.group = before
            elif word is not None:
                self._word(word, int(number) if number else None)
            elif code is not None:
                self._bytes(bytes([int(code, 16)]))
            elif symbol is not None:
                self._symbol(symbol)
            elif text is not None:
                self._bytes(text)
        self._flush()
        return "".join(self.out)

    @property
    def shown(self) -> bool:
        return not self.group.skipped and not (self.from_html and self.group.hidden)

    def _bytes(self, data: bytes) -> None:
        if self.passed:
            dropped = min(self.passed, len(data))
            self.passed -= dropped
            data = data[dropped:]
        if self.shown:
            self.held += data

    def _text(self, text: str) -> None:
        if self.shown:
            self._flush()
            self.out.append(text)

    def _flush(self) -> None:
        if self.held:
            self.out.append(decode_bytes(bytes(self.held), self.group.charset or self.default))
            self.held.clear()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.group = replace(self.group, skipped=True)  # unless the next word is one that is known
        elif symbol in b"\\{}":
            self._bytes(symbol)
        elif symbol == b"~":
            self._text("&nbsp;" if self.from_html else "\xa0")
        elif symbol == b"_":
            self._text("\u2011")
        elif symbol in b"\r\n":
            self._text("\n")

    def _word(self, word: bytes, number: int | None) -> None:
        group = self.group
        if word == b"htmltag":
            self._flush()
            self.group = replace(group, skipped=not self.from_html, tag=True)
        elif word == b"htmlrtf":
            self._flush()
            self.group = replace(group, hidden=number != 0)
        elif word in _SKIPPED:
            self.group = replace(group, skipped=True, fonts=word == b"fonttbl")
        elif word == b"ansicpg":
            self.default = f"cp{number}" if number else self.default
        elif word == b"f" and number is not None:
            self.font = number
            if not group.fonts and self.fonts.get(number, group.charset) != group.charset:
                self._flush()
                self.group = replace(group, charset=self.fonts[number])
        elif word == b"fcharset" and group.fonts:
            if number in _FONT_CHARSETS and len(self.fonts) < 2_000:
                self.fonts[self.font] = _FONT_CHARSETS[number] if number else ""
        elif word == b"uc":
            self.group = replace(group, fallback=max(0, min(number or 0, 20)))
        elif word == b"u" and number is not None:
            self._unicode(number & 0xFFFF)
        elif word == b"bin" and number:
            self.passed = 0
        elif word in _BREAKS:
            if not group.tag or not self.from_html:
                self._text("\r\n" if self.from_html and _BREAKS[word] == "\n" else _BREAKS[word])
            elif word == b"par":
                self._text("\r\n")
        elif word in _SIGNS:
            self._text(_SIGNS[word])

    def _unicode(self, code: int) -> None:
        self.passed = self.group.fallback
        if 0xD800 <= code < 0xDC00:
            self.high = code
            return
        if 0xDC00 <= code < 0xE000:
            if self.high:
                self._text(chr(0x10000 + ((self.high - 0xD800) << 10) + code - 0xDC00))
        else:
            self._text(chr(code))
        self.high = 0
