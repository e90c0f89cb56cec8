"""What gives a scanner away only together with its other hits: it follows all links at once, also the invisible one, asks with
HEAD first, or clicks before any picture was shown. Pure; used by `verdicts` alone.

All hits are of one recipient's copy of one message. Each rule looks at what lies within REACH of a hit, before and after, so
that the judgement is the same whichever came first. Each takes a walk along the hits, not one for each of them: a flood of
thousands is judged in a moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.domain.events import EventKind
from app.domain.known_agents import picture_fetcher
from app.domain.networks import Range, is_local

if TYPE_CHECKING:
    from app.domain.hit_facts import Context, HitFacts

REACH = timedelta(seconds=30)

TOGETHER = timedelta(seconds=1)  # two different links: no hand is as quick
ALL_LINKS = timedelta(seconds=10)  # every link of a message that has three or more
MANY = 5  # links, within ALL_LINKS, of a message whose number of links is not known
CHECKED = timedelta(seconds=10)  # HEAD, then GET, of the same link by the same program
BESIDE = timedelta(seconds=10)  # what else the burst's network asks for is of the burst
AT_ONCE = timedelta(seconds=10)  # after sending: delivered, noticed, read without its picture, and followed

_SENTENCES = {
    "two-links": "Two different links were followed within a second, as scanners do.",
    "all-links": "All links of the message were followed within seconds, as scanners do.",
    "trapped": "The same machine followed an invisible link, which nobody can see.",
    "head-first": "The same program had just asked with HEAD whether the link exists, as link checkers do.",
    "no-picture": "It was followed within seconds of sending, and from there no picture of the message was shown before.",
    "burst": "It belongs to a burst of requests from the same network.",
}

Found = list[tuple[str, str]]


def judge_together(hits: Sequence[HitFacts], context: Context) -> tuple[Found, ...]:
    """For each hit, in their order, the (rule, sentence) of all that say machine."""
    order = sorted(range(len(hits)), key=lambda i: _order(hits[i]))
    row = [hits[i] for i in order]
    clicks = [place for place, hit in enumerate(row) if hit.kind is EventKind.CLICK and not hit.honeypot]
    marks: list[set[str]] = [set() for _ in row]
    for place in _crowded(row, clicks, TOGETHER, 2):
        marks[place].add("two-links")
    wanted = context.links or MANY
    for some in _of_one_machine(row, clicks) if wanted > 2 else ():
        for place in _crowded(row, some, ALL_LINKS, wanted):
            marks[place].add("all-links")
    for place in _checked(row, clicks):
        marks[place].add("head-first")
    for place in clicks:
        if _without_picture(row, place, context):
            marks[place].add("no-picture")
    traps = [hit for hit in row if hit.honeypot]
    near_trap, any_trap = _Times(traps), sorted(hit.at for hit in traps)
    burst = _Times(hit for hit, found in zip(row, marks, strict=True) if found & {"two-links", "all-links"})
    for hit, found in zip(row, marks, strict=True):
        if not hit.honeypot and (near_trap.holds(hit, REACH) or _is_near(any_trap, hit.at, TOGETHER)):
            found.add("trapped")
        elif not found and burst.holds(hit, BESIDE):
            found.add("burst")
    said: list[Found] = [[] for _ in hits]
    for index, found in zip(order, marks, strict=True):
        said[index] = [(rule, sentence) for rule, sentence in _SENTENCES.items() if rule in found]
    return tuple(said)


def _order(hit: HitFacts) -> tuple[datetime, bool, int, str, str]:
    """Also where two came in the same microsecond: HEAD asks first."""
    return hit.at, hit.method.upper() != "HEAD", -1 if hit.link is None else hit.link, hit.ip, hit.user_agent


def _crowded(row: Sequence[HitFacts], clicks: Sequence[int], span: timedelta, wanted: int) -> Iterable[int]:
    """The clicks that lie in some stretch of `span` in which at least `wanted` different links were followed."""
    known = [place for place in clicks if row[place].link is not None]
    seen: Counter[int | None] = Counter()
    end = marked = 0  # both run over `known` once
    for start, place in enumerate(known):
        while end < len(known) and row[known[end]].at <= row[place].at + span:
            seen[row[known[end]].link] += 1
            end += 1
        if len(seen) >= wanted:
            yield from known[max(start, marked) : end]
            marked = end
        seen[row[place].link] -= 1
        if not seen[row[place].link]:
            del seen[row[place].link]


def _of_one_machine(row: Sequence[HitFacts], clicks: Sequence[int]) -> Iterable[list[int]]:
    """By the site and by the program's name: a scanner changes one of them between requests, and the reader who follows a link
    in the same seconds has others."""
    by: dict[object, list[int]] = defaultdict(list)
    for place in clicks:
        by[row[place].user_agent].append(place)
        if row[place].site is not None:
            by[row[place].site].append(place)
    return by.values()


def _checked(row: Sequence[HitFacts], clicks: Sequence[int]) -> Iterable[int]:
    """Clicks of which the same program had asked with HEAD just before."""
    asked: dict[tuple[int | None, str, Range | None], datetime] = {}
    for place in clicks:
        hit = row[place]
        key = (hit.link, hit.user_agent, hit.site)
        if hit.method.upper() == "HEAD":
            asked[key] = hit.at
        elif key in asked and hit.at - asked[key] <= CHECKED:
            yield place


def _without_picture(row: Sequence[HitFacts], place: int, context: Context) -> bool:
    """A picture that a mail service fetches for the reader comes from another network than the reader's click."""
    hit = row[place]
    if context.sent_at is None or hit.address is None or is_local(hit.address):
        return False
    if not timedelta(0) <= hit.at - context.sent_at <= AT_ONCE:
        return False
    first = bisect_left(row, hit.at - REACH, key=lambda h: h.at)
    last = bisect_right(row, hit.at, key=lambda h: h.at)
    return not any(_shows(other, hit) for other in row[first:last])


def _shows(other: HitFacts, hit: HitFacts) -> bool:
    if other.kind is not EventKind.OPEN:
        return False
    fetcher = picture_fetcher(other.user_agent)
    return other.near == hit.near or (fetcher is not None and not fetcher.early)


class _Times:
    """When something came from each site."""

    def __init__(self, hits: Iterable[HitFacts]) -> None:
        self._of: dict[Range, list[datetime]] = defaultdict(list)
        for hit in hits:  # by time
            if hit.site is not None:
                self._of[hit.site].append(hit.at)

    def holds(self, hit: HitFacts, reach: timedelta) -> bool:
        """Whether the site of this hit is among them, no further away in time."""
        return hit.site is not None and _is_near(self._of.get(hit.site, []), hit.at, reach)


def _is_near(times: Sequence[datetime], at: datetime, reach: timedelta) -> bool:
    place = bisect_left(times, at - reach)
    return place < len(times) and times[place] <= at + reach
