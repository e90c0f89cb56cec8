"""Limits that make any HTML cheap to parse. Used before every HTML parser in `app.mime`.

The HTML parsing rules take quadratic time and space on purpose-made input: a start tag looks through all open elements,
and formatting elements left open are written again in every following block. 200 kB of ``<div>`` keep a parser busy for
a minute. Cutting is left to input that no mail program writes.
"""

from __future__ import annotations

import re

MAX_HTML = 2_000_000  # characters
MAX_OPEN = 400  # elements open at one time
MAX_REFERENCES = 20_000  # character references; the parser joins the text around each by copying it
MAX_REWRITES = 400_000  # formatting elements that the parser would have to open again, in all

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]{0,40})")
_VOID = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "frame",
        "keygen",
        "basefont",
        "bgsound",
    }
)
# Their end tag may be left out, and the next one closes them: as many as one likes are not deep.
_SELF_CLOSING = frozenset(
    {"p", "li", "td", "th", "tr", "dt", "dd", "option", "tbody", "thead", "tfoot", "colgroup", "html", "head", "body"}
)  # fmt: skip
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)  # fmt: skip


def tame_html(html: str) -> str:
    """The same document within limits: at most 2,000,000 characters; start tags deeper than 400 open elements are made
    void; text after formatting runs wild is dropped. Ordinary mail comes back unchanged."""
    if len(html) > MAX_HTML:
        html = html[:MAX_HTML]
    if "\x00" in html:
        html = html.replace("\x00", "")
    if html.count("&") > MAX_REFERENCES:
        html = _fewer_references(html)
    open_now: dict[str, int] = {}
    depth = formatting = rewrites = 0
    pieces: list[str] = []
    at = 0
    for found in _TAG.finditer(html):
        name = found.group(2).lower()
        if name in _VOID:
            continue
        rewrites += formatting
        if rewrites > MAX_REWRITES:
            return "".join(pieces) + html[at : found.start()]
        if found.group(1):
            if open_now.get(name, 0):
                open_now[name] -= 1
                depth -= 1
                formatting -= name in _FORMATTING
            continue
        if name in _SELF_CLOSING:
            continue
        if depth >= MAX_OPEN:
            pieces.append(html[at : found.start()] + "<wbr")
            at = found.end()
            continue
        open_now[name] = open_now.get(name, 0) + 1
        depth += 1
        formatting += name in _FORMATTING
    return "".join(pieces) + html[at:] if pieces else html


_NUMERIC = re.compile(r"&#(?:([0-9]{3,7})|[xX]([0-9a-fA-F]{2,6}));")


def _fewer_references(html: str) -> str:
    """Letters written as numbers (whole texts in Hebrew or Chinese are) put in as letters, which cannot be markup; of the
    other references the first 20,000 stay and the rest lose their ampersand."""

    def letter(found: re.Match[str]) -> str:
        code = int(found.group(1) or found.group(2), 10 if found.group(1) else 16)
        return chr(code) if 0xA0 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF else found.group()

    pieces = _NUMERIC.sub(letter, html).split("&", MAX_REFERENCES)
    pieces[-1] = pieces[-1].replace("&", "")
    return "&".join(pieces)
