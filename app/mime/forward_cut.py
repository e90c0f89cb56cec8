"""A message cut where a copied message begins: the note above, the copy's own text and HTML. Used by `forward`."""

from __future__ import annotations

import re

from app.mime.forward_copies import ATTRIBUTED, BARE, Copy
from app.mime.forward_lines import Line
from app.mime.forward_words import ends_a_copy, separator

_TAG = re.compile(r"<(?:!--|(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})([^<>]{0,4000})>|[!?][^<>]{0,500}>)")
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
# Empty lines in front of a text: breaks, spaces, and elements with nothing else in them.
_NOTHING = r"(?:\s|&nbsp;|\xa0|\ufeff|<br\b[^<>]{0,200}>)"
_LEADING = re.compile(_NOTHING + "+", re.IGNORECASE)
_EMPTY = re.compile(
    rf"<(p|div|span|font|b|o:p)\b[^<>]{{0,1000}}>(?:{_NOTHING}|<o:p>|</o:p>){{0,50}}</\1>", re.IGNORECASE
)
_QUOTATION = re.compile(r"<blockquote\b[^<>]{0,1000}>", re.IGNORECASE)
_QUOTATION_TAG = re.compile(r"<(/?)blockquote\b[^<>]{0,1000}>", re.IGNORECASE)
_RULE = re.compile(r"-{30,120}")
_NOTE_RULE = re.compile(r"\s{0,10}[_-]{5,19}\s*")  # Outlook's, in plain text, with empty lines below it
_INDENT = 4  # Outlook for Mac sets a copied message four spaces in


def note_above(source: str, lines: list[Line], copy: Copy) -> str:
    """What stands above the copy, without empty lines around it."""
    above = source[: lines[copy.at].start]
    kept = above.split("\n")
    # above a quoted copy, what is quoted belongs to it (“> Message of …”)
    while kept and (not kept[-1].strip(" >\t\r\xa0\u200b") or (copy.depth and kept[-1].lstrip().startswith(">"))):
        kept.pop()
    if copy.kind == BARE and kept and _NOTE_RULE.fullmatch(kept[-1]):
        kept.pop()
    return "\n".join(kept).lstrip("\ufeff").strip("\n").rstrip()


def text_below(source: str, lines: list[Line], copy: Copy) -> str:
    """The copied message's text: without the quotation marks or the indent of the copy, and without a line that only says
    that the copy ends. What stands below a quoted copy is the forwarder's and is left out."""
    below = lines[copy.block.end :]
    raw = [source[line.start : line.end] for line in below]
    depths = [line.depth for line in below if not line.blank]
    depth = lines[min(copy.block.start, len(lines) - 1)].depth
    if not depth and depths and (min(depths) >= 1 or (copy.kind == ATTRIBUTED and depths[0] >= 1)):
        depth = 1
    if depth:
        last = max((n for n, line in enumerate(below) if line.depth >= depth), default=-1)
        raw = [_unquoted(text, depth) for text in raw[: last + 1]]
    elif (
        raw and all(not text.strip() or text.startswith(" " * _INDENT) for text in raw) and any(t.strip() for t in raw)
    ):
        raw = [text[_INDENT:] for text in raw]
    if copy.mark is not None and copy.mark.sure:
        raw = _before_the_end(raw)
    kept = _without_frame(raw, framed=copy.mark is not None)
    return "\n".join(text.rstrip() for text in kept).lstrip("\ufeff").strip("\n").removeprefix("\ufeff")


def _unquoted(text: str, depth: int) -> str:
    for _ in range(depth):
        bare = text.lstrip(" \t\xa0")
        if not bare.startswith(">"):
            break
        text = bare[1:]
    return text.removeprefix(" ")


def _before_the_end(raw: list[str]) -> list[str]:
    """Without the line by which mutt ends a copy, and what stands below it, which is the forwarder's: a signature, a few words
    more. A copy within the copy has a beginning and an end of its own."""
    within = 0
    for number, text in enumerate(raw):
        mark = separator(text)
        if mark is None or not mark.sure or mark.style == "line":
            continue
        if not ends_a_copy(mark):
            within += 1
        elif not within:
            return raw[:number]
        else:
            within -= 1
    return raw


def _without_frame(raw: list[str], *, framed: bool) -> list[str]:
    """Without a separator as the first line (Zoho writes one below the header, too) or the last one (NeoMutt, Yandex; a ruler
    in KMail). `framed`: there is one above the copy."""
    first = next((n for n, text in enumerate(raw) if text.strip()), None)
    if first is None:
        return raw
    mark = separator(raw[first])
    if mark and mark.sure and mark.style.startswith("==="):
        raw = raw[first + 1 :]
    last = next((n for n in range(len(raw) - 1, -1, -1) if raw[n].strip()), None)
    if last is not None:
        mark = separator(raw[last])
        if (mark and mark.sure and mark.style != "line") or (framed and _RULE.fullmatch(raw[last].strip())):
            raw = raw[:last]
    return raw


def html_below(html: str, lines: list[Line], copy: Copy) -> str:
    """The copied message's HTML: what stands behind the last line of the copied header, without end tags of elements that
    were opened above it, and without the empty lines in front."""
    below = balanced(html[lines[copy.block.end - 1].end :])
    return _unwrapped(below) if lines[copy.block.end - 1].depth else below


def _unwrapped(html: str) -> str:
    """Without a quotation around all of it: phones of Apple quote the header and the message in two elements of their own."""
    opened = _QUOTATION.match(html)
    if opened is None or not html.lower().endswith("</blockquote>"):
        return html
    depth = 0
    for found in _QUOTATION_TAG.finditer(html):
        depth += -1 if found.group(1) else 1
        if not depth:
            return balanced(html[opened.end() : found.start()]) if found.end() == len(html) else html
    return html


def html_above(html: str, lines: list[Line], copy: Copy) -> str:
    """What stands above the copy; elements may be left open, which every reader of HTML closes."""
    return html[: lines[copy.at].start]


def balanced(html: str) -> str:
    """A piece of a document without end tags that close nothing in it, elements that are left open closed. Linear."""
    out: list[str] = []
    opened: list[str] = []
    count: dict[str, int] = {}
    at = 0
    while (found := _TAG.search(html, at)) is not None:
        out.append(html[at : found.start()])
        at = found.end()
        name = (found.group(2) or "").lower()
        if found.group().startswith("<!--"):
            close = html.find("-->", at)
            at = len(html) if close < 0 else close + 3
            continue
        if not name:
            continue
        if name in _VOID or (found.group(3) or "").endswith("/"):
            out.append(found.group())
        elif not found.group(1):
            opened.append(name)
            count[name] = count.get(name, 0) + 1
            out.append(found.group())
        elif count.get(name, 0):
            while opened:
                inner = opened.pop()
                count[inner] -= 1
                if inner == name:
                    break
                out.append(f"</{inner}>")
            out.append(found.group())
    out.append(html[at:])
    out.extend(f"</{name}>" for name in reversed(opened))
    text = "".join(out)
    at = 0
    while (empty := _LEADING.match(text, at) or _EMPTY.match(text, at)) is not None:
        at = empty.end()
    return text[at:].rstrip()
