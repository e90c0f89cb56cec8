"""Limits that make any HTML cheap to parse. Used before every HTML parser in `app.mime`.

The HTML parsing rules take quadratic time and space on purpose-made input: a start tag looks through all open elements,
and formatting elements left open are written again in every following block. 200 kB of ``<div>`` keep a parser busy for
a minute. Cutting is left to input that no mail program writes.
"""

from __future__ import annotations

import re

MAX_HTML = 2_000_000  # characters
MAX_OPEN = 400  # elements open at one time
MAX_REWRITES = 400_000  # formatting elements that the parser would have to open again, in all

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]{0,40})")
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr frame keygen basefont bgsound".split()
)
# Their end tag may be left out, and the next one closes them: as many as one likes are not deep.
_SELF_CLOSING = frozenset("p li td th tr dt dd option tbody thead tfoot colgroup html head body".split())
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())


def tame_html(html: str) -> str:
    """The same document within limits: at most 2,000,000 characters; start tags deeper than 400 open elements are made
    void; text after formatting runs wild is dropped. Ordinary mail comes back unchanged."""
    if len(html) > MAX_HTML:
        html = html[:MAX_HTML]
    if "\x00" in html:
        html = html.replace("\x00", "")
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
