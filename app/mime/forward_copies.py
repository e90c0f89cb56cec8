"""Where in a text the copy of another message begins, and what sort of copy it is. Used by `forward`.

Mail programs copy a message below what is written in a few ways: under a line that says “forwarded”, under one that says
“original message” or a ruler (which answers have, too), under nothing but a header, or under “On … Anna wrote:”. The first that
stands in the text is the outermost one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.mime.forward_block import Block, field_of, read_block, unread_block
from app.mime.forward_dates import read_date
from app.mime.forward_lines import Line
from app.mime.forward_words import CC, DATE, FROM, SUBJECT, TO, Separator, separator, unread_separator
from app.mime.quote_words import VERBS
from app.mime.quoting import attribution_end

SEPARATED, ORIGINAL, RULED, BARE, ATTRIBUTED, UNREAD = "separated", "original", "ruled", "bare", "attributed", "unread"
_FIRST = frozenset({FROM, DATE, SUBJECT})  # a copied header begins with one of them
MAX_LOOKS = 400  # separators without a header below them
_RULE = re.compile(r"[_\-=]{20,200}")
_SPEC = re.compile(r"[^\s<>()\[\]\"',;:@]{1,100}@[^\s<>()\[\]\"',;:@]{3,255}")
_FRAMED_NAME = re.compile(r"[\"“”„«»‘’']\s?([^\"“”„«»]{1,100}?)\s?[\"“”«»’']\s?[<(\[]{0,2}\s?$")
# What stands between a date and a name; in small letters, as no name is, but for zones and halves of the day.
_AUXILIARY = re.compile(
    r"(?:heeft|skrev|skreiv|schrieb|schreef|wrote|ha scritto|пользователь|користувач|používateľ|uživatel|użytkownik|"
    r"ο χρήστης|usuario|[πμ]\.?μ\.?|ص|م|تمت كتابة ما يلي بواسطة|בתאריך|מאת|"
    r"[Uu]hr|kl\.?|at|à|às|a las|alle(?: ore)?|klo|kello|om|um|o|u|ob|v|в|о|la|saat|tarihinde|időpontban|"
    r"[apAP]\.?\s?[mM]\.?|GMT|UTC|CEST|CET|EET|EEST|de|,|:|-)(?=[\s,]|$)"
)


@dataclass(frozen=True)
class Copy:
    """A copied message: `at`, the line on which its separator or header begins; `block`, its header; `indent`, spaces in
    front of that line."""

    kind: str
    at: int
    block: Block
    mark: Separator | None = None
    depth: int = 0
    indent: int = 0


def find_copy(lines: list[Line]) -> Copy | None:
    """The first copy of another message in `lines`; None where there is none. Linear."""
    shown = [line.shown for line in lines]
    looks = 0
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.blank:
            at += 1
            continue
        indent = len(line.text) - len(line.text.lstrip())
        mark = separator(line.text) if looks < MAX_LOOKS else None
        if mark:
            looks += 1
            block = read_block(lines, at + 1, sure=True, first=mark.rest)
            if block is None and not mark.rest:
                block = _signed_line(lines, at + 1)
            if block:
                return Copy(SEPARATED if mark.sure else ORIGINAL, at, block, mark, line.depth, indent)
        elif looks < MAX_LOOKS and (unread := unread_separator(line.text)):
            looks += 1
            block = unread_block(lines, at + 1)
            if block:
                return Copy(UNREAD, at, block, unread, line.depth, indent)
        elif _RULE.fullmatch(line.text.strip()) and looks < MAX_LOOKS:
            looks += 1
            block = read_block(lines, at + 1, sure=False)
            if block and _believed(block):
                return Copy(RULED, at, block, None, line.depth, indent)
        found = field_of(line.text)
        if found and not _FIRST.isdisjoint(found[0].kinds):
            block = read_block(lines, at, sure=False)
            if block and _believed(block):
                return Copy(BARE, at, block, None, line.depth, indent)
        attributed = _attributed(lines, shown, at)
        if attributed:
            return Copy(ATTRIBUTED, at, attributed, None, line.depth, indent)
        at += 1
    return None


def _believed(block: Block) -> bool:
    """Whether a header that no words announce is one, and no itinerary (“From: Rome, Date: Monday, To: Oslo”): it has an
    address, or the names that Exchange writes alone, with a subject and a date that can be read."""
    if block.order[0] not in _FIRST:
        return False
    values = block.values
    if any("@" in values.get(kind, "") for kind in (FROM, TO, CC)):
        return True
    return SUBJECT in values and read_date(values.get(DATE, "")) is not None


def _attributed(lines: list[Line], shown: list[str], at: int) -> Block | None:
    """A line such as “On 3 May 2021, Anna <anna@example.com> wrote:”, unless what it introduces says itself that it is
    forwarded."""
    if lines[at].depth:
        return None
    end, marked = attribution_end(shown, at)
    if not end:
        return None
    if marked:
        first = end
        while first < len(lines) and lines[first].blank:
            first += 1
        if first < len(lines):
            mark = separator(lines[first].text)
            if mark and mark.sure:
                return None
    return attribution_block(" ".join(line.text.strip() for line in lines[at:end]), at, end)


def _signed_line(lines: list[Line], at: int) -> Block | None:
    """Yandex: below the separator a line with date, name and address, ended by a colon."""
    start = at
    while start < len(lines) and start - at <= 3 and lines[start].blank:
        start += 1
    for end in range(start + 1, min(start + 4, len(lines) + 1)):
        text = " ".join(line.text.strip() for line in lines[start:end])
        if text.endswith(":") and _SPEC.search(text) and read_date(text):
            return attribution_block(text, start, end)
    return None


def attribution_block(text: str, start: int, end: int) -> Block:
    """The header that an attribution line amounts to: who and when."""
    block = Block(start, end)
    spec = _SPEC.search(text)
    words = text[:600]
    name = ""
    if spec:
        before = text[: spec.start()]
        name = _name_before(before)
        words = before + " " + text[spec.end() :]
        block.add(FROM, f"{name} <{spec.group().strip('.')}>".strip())
    else:
        block.add(FROM, "")
    spoken = text.casefold()
    block.spoken = [frozenset(code for code, verbs in VERBS.items() if any(verb in spoken for verb in verbs))]
    block.usual = [frozenset()]
    block.add(DATE, words.replace(name, " ") if name else words)
    return block


def _name_before(before: str) -> str:
    """The name in front of an address, without the date in front of the name."""
    quoted = _FRAMED_NAME.search(before.rstrip(" <([") + " ") or _FRAMED_NAME.search(before)
    if quoted:
        return quoted.group(1).strip()
    text = re.sub(r"\bmailto:?$", "", before.rstrip(" <(["))
    dated = [m.end() for m in re.finditer(r"\d[\d:.,/-]*", text)]
    if dated:
        text = text[dated[-1] :]
    text = text.strip(" ,.:;-–*_")
    while dated and (found := _AUXILIARY.match(text)) is not None:
        text = text[found.end() :].strip(" ,.:;-–*_")
    return text[:150]
