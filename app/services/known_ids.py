"""All ids under which messages are known here, in memory, and the sieve that thousands of headers at once go through.
Used by the sync: of a large folder only what comes through is read with care.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import accumulate, pairwise

from app.backends.protocol import FetchedHeader, ScannedHeader
from app.mime.headers import MAILER_NAMES, HeaderFacts, parse_header_block
from app.store.messages import Messages
from app.store.passed_over import NamedIds, short_hash

SIEVE_FIELDS = ("Message-ID", "In-Reply-To", "References")
PEOPLE_FIELDS = ("From", "To", "Cc")
REPORT_FIELDS = ("Content-Type", "Return-Path", "From")
SENT_FIELDS = ("X-Hitchpost-Copy",)
_ID = re.compile(rb"<([^<>\s]{1,998})>")
# Ids in a form that the expression above does not see, and signs of a delivery report: these headers are read one by one.
# Each in small letters and with plain text in front to look for; as one expression they take ten times as long. None
# reaches over the end of a line that is not folded: what follows may be another message. Python before 3.11.5 matches
# `(?:…)*+` wrongly (gh-106052); `(?>(?:…)*)` is the same.
_FOLDED = rb"[ \t]*+(?>(?:\r?\n[ \t]++)*)"
_SIGNS = tuple(
    re.compile(sign)
    for sign in (
        *(rb"%s[ \t]*:%s(?:[^<\r\n]|\r(?!\n))" % (name.lower().encode(), _FOLDED) for name in SIEVE_FIELDS),
        rb"return-path[ \t]*:%s<\s*>" % _FOLDED,
        rb"return-path[ \t]*:%s(?:\r?\n|\Z)" % _FOLDED,
        *(re.escape(name.encode()) for name in MAILER_NAMES),
        rb"delivery-status",
        rb"x-hitchpost-copy",
        rb'"@',  # an address in quotation marks, which it may not need
    )
)
_ENCODED = re.compile(rb"=\?")
_ENCODED_IDS = tuple(
    re.compile(rb"%s[ \t]*:(?>(?:[^\r\n=]++|=(?!\?)|\r?\n[ \t]|\r(?!\n))*)=\?" % name.lower().encode())
    for name in SIEVE_FIELDS
)  # most names of people are written as encoded words, hardly an id is
_WRITERS = re.compile(rb"\n(?:from|return-path)[ \t]*:[^\r\n<]*<([^<>\s]++)>", re.IGNORECASE)
_UNENDED = re.compile(rb"<[^<>\s]*[<\s]")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_CONTROLS = bytes(i for i in (*range(32), 127) if i not in b"\t\r\n")  # the parser leaves some of them out
_CONTROL = re.compile(rb"[%s]" % re.escape(_CONTROLS))
_ATOM = rb"[^\s<>\",;:()@\[\]\\]"
_ADDRESS = re.compile(
    rb"(?<!%s)%s++@[a-z0-9_-]{1,63}(?>(?:\.[a-z0-9_-]{1,63}){0,20})(?=[\s<>,;:\"]|\Z)" % (_ATOM, _ATOM)
)
_ANSWERS = re.compile(rb"^(?:in-reply-to|references)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MANY = 50_000
_DRAWERS = 64
_DRAWER_SHIFT = 64 - 6
_AT_ONCE = 500  # headers under one expression: meanwhile no other thread gets a turn
_NAMED = 50  # ids of a message that are remembered while what it answers is not known


def _drawer(number: int) -> int:
    """Of 64-bit numbers with a sign."""
    return (number >> _DRAWER_SHIFT) + _DRAWERS // 2


class KnownIds:
    """Kept as hashes: a million ids take 8 MB. What it says to hold is looked up in the store before it counts."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._row = 0
        self._loaded = False  # what was stored before it was made
        self._settled = [array("q") for _ in range(_DRAWERS)]  # by their highest bits, each ascending
        self._recent: set[int] = set()
        self._turned_up: list[str] = []

    def refresh(self) -> None:
        """Takes in what was stored since, by whomever."""
        for row, alias in self._messages.aliases_after(self._row):
            self._row = row
            self._recent.add(hash(alias.encode("utf-8", "surrogateescape")))
            if self._loaded:
                self._turned_up.append(alias)
            if len(self._recent) > _MANY:
                self._settle()
        self._loaded = True

    @property
    def newest_row(self) -> int:
        """Of the ids that it holds, the one that was stored last."""
        return self._row

    def _settle(self) -> None:
        """Drawer by drawer: other threads wait for the interpreter while one is sorted."""
        come: list[list[int]] = [[] for _ in range(_DRAWERS)]
        for number in self._recent:
            come[_drawer(number)].append(number)
        self._settled = [array("q", sorted({*drawer, *more})) for drawer, more in zip(self._settled, come, strict=True)]
        self._recent.clear()

    def expect(self, message_id: str) -> None:
        """It is about to be stored, in a transaction that is open."""
        self._recent.add(hash(message_id.encode("utf-8", "surrogateescape")))

    def turned_up(self) -> tuple[str, ...]:
        """The ids that came since this was last asked."""
        found, self._turned_up = tuple(self._turned_up), []
        return found

    def __len__(self) -> int:
        return sum(map(len, self._settled)) + len(self._recent)

    def holds(self, message_id: str) -> bool:
        return self._holds(hash(message_id.encode("utf-8", "surrogateescape")))

    def _holds(self, number: int) -> bool:
        if number in self._recent:
            return True
        drawer = self._settled[_drawer(number)]
        place = bisect_left(drawer, number)
        return place < len(drawer) and drawer[place] == number

    def among(self, numbers: Iterable[int]) -> set[int]:
        """Those of these hashes that it holds."""
        found = self._recent.intersection(numbers)
        if any(self._settled):
            found.update(n for n in numbers if self._holds(n))
        return found


def waits_for(facts: HeaderFacts) -> tuple[str, ...]:
    """Every id that a message answers, the nearest first; of more than a person's thread can have, the nearest ones and
    the first of the thread."""
    named = tuple(dict.fromkeys((*facts.in_reply_to, *reversed(facts.references))))
    return named if len(named) <= _NAMED else (*named[: _NAMED - 1], named[-1])


def named_in(facts: HeaderFacts) -> list[bytes]:
    """The ids of a header, its own among them."""
    return [i.encode("utf-8", "surrogateescape") for i in (facts.message_id, *facts.in_reply_to, *facts.references)]


def answers_among(
    headers: Iterable[ScannedHeader | FetchedHeader], since: datetime
) -> list[tuple[int, tuple[str, ...]]]:
    """(UID, the ids that it waits for) of messages that answer something and came in since then."""
    found = []
    for header in headers:
        if _ANSWERS.search(header.header) is None:
            continue
        whole = header.fetched() if isinstance(header, ScannedHeader) else header
        if whole.internal_date < since:
            continue
        if named := waits_for(parse_header_block(whole.header)):
            found.append((header.uid, named))
    return found


def _is_with(facts: HeaderFacts, people: frozenset[bytes]) -> bool:
    met = [*facts.to, *facts.cc, *([facts.sender] if facts.sender else [])]
    return any(person.key.encode("utf-8", "surrogateescape") in people for person in met)


class Sieved:
    """One window of a scan. `chosen`: UIDs of the messages that name a known id, cannot be read, may be delivery
    reports, carry our own mark, or may be with one of `people` (keys of addresses). `passed` is all that is kept of those
    that name no known id, to know later which of them answers what turned up."""

    def __init__(
        self, headers: Sequence[ScannedHeader], known: KnownIds, people: frozenset[bytes] = frozenset()
    ) -> None:
        self.passed = NamedIds()
        chosen: set[int] = set()
        for start in range(0, len(headers), _AT_ONCE):
            chosen |= _sieve(headers[start : start + _AT_ONCE], known, people, self.passed)
        self.chosen = sorted(chosen)


def _sieve(headers: Sequence[ScannedHeader], known: KnownIds, people: frozenset[bytes], passed: NamedIds) -> set[int]:
    """The UIDs of those that are chosen."""
    blocks = [b"\n" + h.header for h in headers]
    text = b"".join(blocks)
    ids = _ID.findall(text)
    hashes = array("q", map(hash, ids))
    ends = list(accumulate(map(len, blocks)))
    chosen: set[int] = set()
    for place in {bisect_right(ends, start) for start in _odd(text, len(ids), bool(people))}:
        header = headers[place]
        facts = parse_header_block(header.header)
        named = named_in(facts)
        report = facts.content_type.startswith("multipart/report") or facts.return_path == "" or facts.from_daemon
        is_known = bool(known.among([hash(i) for i in named]))
        if report or facts.copy_mark or is_known or (people and _is_with(facts, people)):
            chosen.add(header.uid)
        if not is_known:
            passed.add([header.uid], [len(named)], map(short_hash, named))
    if people:
        for header in headers:
            lowered = header.header.lower()
            plain = _ADDRESS.findall(lowered)
            strange = b'"@' in lowered or lowered.count(b"@") != len(plain)
            if not people.isdisjoint(plain) or (strange and _is_with(parse_header_block(header.header), people)):
                chosen.add(header.uid)
    hits = known.among(hashes)
    places: list[int] = []
    if hits:
        found = {i for i, number in zip(ids, hashes, strict=True) if number in hits}
        places = sorted({bisect_right(ends, start) for i in found for start in _all_of(b"<%s>" % i, text)})
        chosen.update(headers[place].uid for place in places)
    uids = [header.uid for header in headers]
    counts = [block.count(b"<") for block in blocks]
    if sum(counts) != len(ids):
        counts = [len(_ID.findall(block)) for block in blocks]
    _pass_over(passed, uids, counts, ids, places, set(_WRITERS.findall(text)))
    chosen.update(header.uid for header in headers if not header.header)
    return chosen


def _pass_over(
    passed: NamedIds, uids: list[int], counts: list[int], ids: list[bytes], hits: Sequence[int], writers: set[bytes]
) -> None:
    """`hits`: which of the messages are read with care now, and need not be known again by what they name. `writers`:
    whose addresses stand where ids do, and need not be kept."""
    starts = list(accumulate(counts, initial=0)) if hits else []
    for place in reversed(hits):
        del uids[place], counts[place], ids[starts[place] : starts[place + 1]]
    if writers:
        starts = list(accumulate(counts, initial=0))
        kept_before = list(accumulate((i not in writers for i in ids), initial=0))
        counts = [kept_before[end] - kept_before[start] for start, end in pairwise(starts)]
        ids = [i for i in ids if i not in writers]
    passed.add(uids, counts, map(short_hash, ids))


def _odd(text: bytes, ids: int, people: bool) -> Iterator[int]:
    """Where in these headers is what has to be read with care. `ids`: how many are written as they should be. `people`:
    whether addresses count, too."""
    lowered = text.lower()
    encoded = () if b"=?" not in lowered else (_ENCODED,) if people else _ENCODED_IDS
    for sign in (*_SIGNS, *encoded):
        yield from (found.start() for found in sign.finditer(lowered))
    if text.count(b"<") != ids:  # else each of them begins an id that has its end
        yield from (found.start() for found in _UNENDED.finditer(text))
    if len(text.translate(None, _CONTROLS)) != len(text):
        yield from (found.start() for found in _CONTROL.finditer(text))
    if not text.isascii():
        yield from (found.start() for found in _NOT_ASCII.finditer(text))


def _all_of(part: bytes, text: bytes) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + len(part))
