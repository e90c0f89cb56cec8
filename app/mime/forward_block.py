"""The header that a mail program copies above a message it forwards: From, Date, Subject, To. Used by `forward_copies`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.mime.forward_lines import Line
from app.mime.forward_words import BCC, CC, DATE, FROM, OTHER, REPLY_TO, SUBJECT, TO, FieldName, folded, words

MAX_BLOCK_LINES = 300  # a list of recipients may go on for long
_BLANKS_BEFORE = 4  # empty lines between a separator and the header
_NAME = re.compile(r"[\s*_|]{0,8}([^\s:：*][^:：*\n]{0,44}?)[\s*_]{0,4}[:：][ ]{0,3}[*_]{0,2}(?!//)(.*)", re.DOTALL)
_LOOSE = re.compile(r"\s{0,4}(\S{1,20}(?: \S{1,15}){0,2}?)\s+(.*)", re.DOTALL)
_SPEC = re.compile(r"[^\s<>()@]{1,100}@[^\s<>()@]{3,255}")
_RULE = re.compile(r"[-_=]{5,120}")  # within the header of a whole conversation that Gmail forwards
_ADDRESSED = (TO, CC, BCC, REPLY_TO)


@dataclass
class Block:
    """`values` by kind of field (`forward_words`), as written; `end`: index of the line behind the header. `spoken`: the
    languages that have each name, `usual` those in which it is the first of its kind; `names`: how many there are."""

    start: int
    end: int
    values: dict[str, str] = field(default_factory=dict)
    spoken: list[frozenset[str]] = field(default_factory=list)
    usual: list[frozenset[str]] = field(default_factory=list)
    names: int = 0
    order: list[str] = field(default_factory=list)

    @property
    def enough(self) -> bool:
        """Fields by which a header is told from a sentence with a colon."""
        has = self.values.__contains__
        return has(FROM) and ((has(DATE) and (has(SUBJECT) or has(TO))) or (has(SUBJECT) and has(TO)))

    def language(self, hints: tuple[frozenset[str], ...] = ()) -> str:
        """The language of the names. Names that English has, too, count only where all are of that sort: Gmail translates the
        first one alone. Between languages with the same names `hints` decide, the first first (separator, names in the date,
        subject's prefix), then the language with more mail; empty where no name is known."""
        foreign = [spoken for spoken in self.spoken if "en" not in spoken]
        counted = foreign or self.spoken
        candidates = {language for spoken in counted for language in spoken if language in _RANKED}
        ordered = sorted(candidates, key=_RANKED.index)
        if not ordered:
            return ""
        return max(
            ordered,
            key=lambda language: (
                sum(language in spoken for spoken in counted),
                *(language in hint for hint in hints),
                sum(language in spoken for spoken in self.spoken),
                sum(language in first for first in self.usual),
                -_RANKED.index(language),
            ),
        )

    def add(self, kind: str, value: str, known: FieldName | None = None) -> None:
        self.order.append(kind)
        self.names += 1
        if kind != OTHER:
            self.values[kind] = value.strip()
        if known is not None:
            self.spoken.append(known.languages.get(kind, frozenset()))
            self.usual.append(known.usual.get(kind, frozenset()))


# Where two languages have the same names, the one with more mail is meant.
_RANKED = (
    "en", "de", "fr", "es", "pt-BR", "it", "nl", "pl", "sv", "da", "nb", "fi", "cs", "ru", "tr", "ja", "zh-CN",
    "zh-TW", "ko", "hu", "ro", "pt", "uk", "el", "hr", "sk", "bg", "sr", "sl", "he", "ar", "lt", "lv", "et", "vi",
    "id", "th", "hi", "ca", "gl", "eu", "is", "nn", "fa", "ms", "be", "mk", "bs", "sr-Latn", "sq", "az", "kk", "ka",
    "hy", "af", "bn", "fil", "cy", "ga", "ta", "te", "mr", "gu", "kn", "ml", "pa", "or", "as", "ne", "si", "km", "uz", "ku",
    "ug", "ps", "eo", "lb", "ast", "oc", "br", "fy", "gd", "an", "fur", "rm", "fo", "hsb", "dsb", "kab", "cak", "xh",
)  # fmt: skip


def field_of(line: str) -> tuple[FieldName, str] | None:
    """(what the name may mean, the value) of a line like “From: Anna”, or None."""
    if ":" not in line[:60] and "：" not in line[:60]:
        return None
    found = _NAME.match(line)
    if found is None:
        return None
    known = words().fields.get(folded(found.group(1)))
    return (known, _unstarred(found.group(2))) if known else None


def _unstarred(value: str) -> str:
    bare = value.strip()
    return bare.removeprefix("*").strip() if bare.startswith("* ") else bare


def read_block(lines: list[Line], at: int, *, sure: bool, first: str = "") -> Block | None:
    """The header that begins at line `at`, after a few empty lines at most; None where there is none. `sure`: a separator
    above says that a forwarded message follows, so names in unknown languages and names without colons are read, too.
    `first`: what stands behind the separator on its own line (Yahoo)."""
    if first:
        return _run_together(first, at)
    start = at
    while start < len(lines) and start - at <= _BLANKS_BEFORE and lines[start].blank:
        start += 1
    if start >= len(lines) or lines[start].blank:
        return None
    glued = _run_together(lines[start].text, start + 1) if sure and field_of(lines[start].text) else None
    if glued and glued.names > 2:
        return glued
    block = _Reader(lines, start, loose=sure).read()
    if block and block.enough:
        return block
    if block and sure and FROM in block.values and len(block.values) > 1:
        return block
    return _by_content(lines, start) if sure else None


class _Reader:
    """One pass over the lines of a header."""

    def __init__(self, lines: list[Line], start: int, *, loose: bool) -> None:
        self.lines, self.at, self.loose = lines, start, loose
        self.block = Block(start, start)
        self.spaced = False  # whether empty lines stand between its fields
        self.last = ""

    def read(self) -> Block | None:
        lines, stop = self.lines, min(len(self.lines), self.at + MAX_BLOCK_LINES)
        depth = lines[self.at].depth
        while self.at < stop:
            line = lines[self.at]
            if line.depth < depth and self.block.names:
                break
            if line.blank or (not self.block.enough and _RULE.fullmatch(line.text.strip())):
                if not self._over_blanks(stop):
                    break
                continue
            if not self._field(line) and (self._repeats(line) or not self._continued(line, stop)):
                break
        return self.block if self.block.names else None

    def _kind(self, known: FieldName) -> str:
        """The first meaning that the header does not have yet."""
        for kind in known.kinds:
            if kind not in self.block.values:
                return kind
        return OTHER if known.kinds == (OTHER,) else ""

    def _found(self, line: Line) -> tuple[FieldName, str] | None:
        found = field_of(line.text)
        if found is None and self.loose:
            found = self._without_colon(line.text)
        return found

    def _repeats(self, line: Line) -> bool:
        """Whether a line is a field that the header has already: then it is another header's."""
        found = field_of(line.text)
        return found is not None and not self._kind(found[0])

    def _without_colon(self, text: str) -> tuple[FieldName, str] | None:
        """eM Client writes “From "Anna" <anna@example.com>”."""
        loose = _LOOSE.match(text[:400])
        known = words().fields.get(folded(loose.group(1))) if loose else None
        if loose is None or known is None:
            return None
        kind = self._kind(known)
        value = loose.group(2)
        fits = (kind in (FROM, *_ADDRESSED) and _SPEC.search(value)) or (
            kind in (DATE, SUBJECT)
            and FROM in self.block.values
            and (kind == SUBJECT or any(c.isdigit() for c in value))
        )
        return (known, text[loose.start(2) :]) if fits else None

    def _field(self, line: Line) -> bool:
        found = self._found(line)
        if found is None:
            return False
        known, value = found
        kind = self._kind(known)
        if not kind or (not self.block.names and kind == OTHER):
            return False
        self.block.add(kind, value, known)
        self.last = kind
        self.at += 1
        self.block.end = self.at
        return True

    def _over_blanks(self, stop: int) -> bool:
        """Whether the header goes on behind empty lines: while it lacks fields, or where all its fields are spaced out."""
        ahead = self.at
        while ahead < stop and ahead - self.at < 4:
            if not self.lines[ahead].blank and not _RULE.fullmatch(self.lines[ahead].text.strip()):
                break
            ahead += 1
        if ahead >= stop or self.lines[ahead].blank:
            return False
        if self.block.enough and not (self.spaced and len(self.block.values) < 5):
            return False
        if not self._is_new(self.lines[ahead]) and not (self.last and not self.block.values.get(self.last, "x")):
            return False
        self.spaced = True
        self.at = ahead
        return True

    def _is_new(self, line: Line) -> bool:
        found = self._found(line)
        return found is not None and bool(self._kind(found[0]))

    def _continued(self, line: Line, stop: int) -> bool:
        """Whether a line without a name belongs to the field above it; then it is taken."""
        block, last = self.block, self.last
        if not block.names:
            return False
        named = _NAME.match(line.text) if self.loose and DATE not in block.values else None
        if named and _holds(DATE, named.group(2)):
            return self._unlisted(line, stop, follows=True)
        value = block.values.get(last, "")
        follows = self.at + 1 < stop and self._is_new(self.lines[self.at + 1])
        taken = False
        if last in _ADDRESSED:
            taken = value.endswith((",", ";", "<", "，", "；", "、")) or (
                bool(_SPEC.search(line.text)) and (follows or bool(re.match(r"\s*[<\"']?\S+@|\s{1,}|<", line.text)))
            )
            taken = taken or follows or (not value and bool(_SPEC.search(line.text)))
        elif last == FROM:
            taken = (not _SPEC.search(value) and bool(_SPEC.search(line.text)) and len(line.text) < 200) or not value
        elif last in (DATE, SUBJECT):
            taken = not value or follows
        elif last == OTHER:
            taken = follows
        if not taken:
            return self._unlisted(line, stop, follows=follows)
        if last != OTHER:
            joint = "" if value.endswith("<") or line.text.startswith(">") else " "
            block.values[last] = f"{value}{joint}{line.text.strip()}".strip()
        self.at += 1
        block.end = self.at
        return True

    def _unlisted(self, line: Line, stop: int, *, follows: bool) -> bool:
        """Take a field whose name no list has: between two that are known, and below a separator the recipients or the date
        that stand last in the header. What is behind its colon tells what it is."""
        named = _NAME.match(line.text)
        if named is None:
            return False
        value = named.group(2).strip()
        kind = next((k for k in (DATE, TO, CC) if k not in self.block.values and _holds(k, value)), OTHER)
        last = self.at + 1 >= stop or self.lines[self.at + 1].blank
        if not follows and not (
            self.loose and last and kind != OTHER and (kind == DATE or _ADDRESSES.fullmatch(value))
        ):
            return False
        self.block.add(kind, value)
        self.last = kind
        self.at += 1
        self.block.end = self.at
        return True


_ADDRESSES = re.compile(r"[^@,;]{0,100}@[^@\s,;]{3,255}(?:[,;] ?[^@,;]{0,100}@[^@\s,;]{3,255}){0,300}[,;]?")
_COLON = re.compile(r"[:：]")
_LONGEST_NAME = 24
_GLUED = 6_000  # characters in which a header without line ends is looked for


def _run_together(text: str, end: int) -> Block | None:
    """A header whose fields stand on one line without line ends between them, as Yahoo's plain text has it:
    “From: Anna <anna@example.com>To: Bo <bo@example.com>Sent: …”."""
    block = Block(end, end)
    marks: list[tuple[int, int, str, FieldName]] = []
    for colon in list(_COLON.finditer(text[:_GLUED]))[:60]:
        found = _name_before(text, colon.start(), marks[-1][1] if marks else 0)
        if found is None:
            continue
        start, known = found
        kind = next((k for k in known.kinds if k not in [mark[2] for mark in marks]), "")
        if kind and (marks or kind in (FROM, DATE, SUBJECT)):
            marks.append((start, colon.end(), kind, known))
        if not marks:
            return None
    if not marks or text[: marks[0][0]].strip("* _>"):
        return None
    for number, (_, value_at, kind, known) in enumerate(marks):
        stop = marks[number + 1][0] if number + 1 < len(marks) else len(text)
        block.add(kind, text[value_at:stop].strip(" ;*"), known)
    return block if block.enough else None


def _name_before(text: str, colon: int, floor: int) -> tuple[int, FieldName] | None:
    """The longest name of a field that ends at a colon. Within a line it begins with a capital or behind a space."""
    stop = colon
    while stop > floor and text[stop - 1] in " *_":
        stop -= 1
    for start in range(max(floor, stop - _LONGEST_NAME), stop):
        letter, before = text[start], text[start - 1 : start] if start else ""
        if not letter.isalpha() or (before.isalpha() and not letter.isupper()):
            continue
        known = words().fields.get(folded(text[start:stop]))
        if known is not None:
            return start, known
    return None


_CLOCK = re.compile(r"(?<!\d)\d{1,2}\s?[:.時时시点點]\s?\d{2}(?!\d)")
_DAY = re.compile(r"(?<!\d)\d{4}(?!\d)|\d{1,2}\D{1,3}\d{1,2}\D{1,3}\d{2}")


def _by_content(lines: list[Line], start: int) -> Block | None:
    """A header in a language that no list has: three lines or more with a colon, sorted by what stands behind it. Names that
    are known keep their meaning; in the others, the first address is the sender's and the next ones the recipients'."""
    found: list[tuple[FieldName | None, str]] = []
    at = start
    while at < len(lines) and len(found) < 8 and not lines[at].blank:
        named = _NAME.match(lines[at].text)
        if named is None:
            break
        found.append((words().fields.get(folded(named.group(1))), named.group(2).strip()))
        at += 1
    if len(found) < 3:
        return None
    kinds = [next((k for k in known.kinds if _holds(k, value)), "") if known else "" for known, value in found]
    for number, (_, value) in enumerate(found):
        if not kinds[number] or kinds[number] in kinds[:number]:
            free = [k for k in (FROM, TO, CC, DATE, SUBJECT) if k not in kinds]
            kinds[number] = next((k for k in free if _holds(k, value)), OTHER)
    block = Block(start, at)
    for kind, (known, value) in zip(kinds, found, strict=True):
        block.add(kind, value, known)
    return block if block.enough else None


def _holds(kind: str, value: str) -> bool:
    """Whether a field of this kind may have this value."""
    if kind == OTHER:
        return True
    if kind in (FROM, *_ADDRESSED):
        return bool(_SPEC.search(value))
    dated = bool(_CLOCK.search(value) and _DAY.search(value))
    return dated if kind == DATE else not dated and not _SPEC.search(value)


def unread_block(lines: list[Line], at: int) -> Block | None:
    """The header below a line of unknown words between dashes: only one that has a sender, a recipient, a date and a subject
    is believed, since nothing else says that it is one."""
    start = at
    while start < len(lines) and start - at <= 2 and lines[start].blank:
        start += 1
    block = _by_content(lines, start) if start < len(lines) else None
    return block if block and {FROM, TO, DATE, SUBJECT} <= block.values.keys() else None
