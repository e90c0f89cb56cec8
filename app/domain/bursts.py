"""What gives a scanner away only together with its other hits: it follows all links at once, also the invisible one, asks with
HEAD first, clicks before any picture was shown, or asks for the same again and again, at once or in even steps. Pure; used by
`verdicts` alone.

All hits are of one recipient's copy of one message. Each rule looks at what lies within REACH of a hit, before and after, so
that the judgement is the same whichever came first. Each takes a walk along the hits, not one for each of them: a flood of
thousands is judged in a moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from app.domain.events import EventKind
from app.domain.known_agents import machine_named, picture_fetcher
from app.domain.known_networks import NetworkRole
from app.domain.networks import Range, is_local

if TYPE_CHECKING:
    from app.domain.hit_facts import Context, HitFacts

REACH = timedelta(seconds=180)

TOGETHER = timedelta(seconds=1)  # two different links: no hand is as quick
ALL_LINKS = timedelta(seconds=10)  # every link of a message that has three or more
MANY = 5  # links, within ALL_LINKS, of a message whose number of links is not known
CHECKED = timedelta(seconds=10)  # HEAD, then GET, of the same link by the same program
BESIDE = timedelta(seconds=10)  # what else the burst's network asks for is of the burst
TRAP = timedelta(seconds=30)  # what else the network asks for that followed the invisible link
AT_ONCE = timedelta(seconds=10)  # after sending: delivered, noticed, read without its picture, and followed
SHOWN = timedelta(seconds=30)  # before such a click: its picture
AGAIN = 5  # requests for the same thing from one address within TOGETHER
EVEN = 6  # requests for the same thing from one address in even steps, within REACH
UNEVEN = 0.1  # by how much of their length such steps differ at most, to either side
CROWD = 10  # addresses from which one person's copy is asked for within TOGETHER

# A reader who follows all links quickly, and no scanner: the picture was shown to them before, long after the delivery.
READING = timedelta(seconds=150)  # from the picture to the click, at most
LOOKING = timedelta(seconds=2)  # and at least
HAND = timedelta(seconds=1.5)  # between two different links, at least
DELIVERED = timedelta(seconds=60)  # after sending, in which gateways look at what they deliver

# By what was found: the rule, and its sentence.
_SENTENCES = {
    "two-links": ("two-links", "Two different links were followed within a second, as scanners do."),
    "all-links": ("all-links", "All links of the message were followed within seconds, as scanners do."),
    "trapped": ("trapped", "The same program followed an invisible link, which nobody can see."),
    "trapped-beside": ("trapped", "From the same network an invisible link was followed shortly before or after."),
    "trapped-at-once": ("trapped", "At the same moment an invisible link was followed, which nobody can see."),
    "head-first": (
        "head-first",
        "The same program had just asked with HEAD whether the link exists, as link checkers do.",
    ),
    "no-picture": (
        "no-picture",
        "It was followed within seconds of sending, and from there no picture of the message was shown before.",
    ),
    "repeated": (
        "repeated",
        "The same was asked for several times within a second from one address: a program repeats itself, nobody reads so.",
    ),
    "even": (
        "even",
        "The same was asked for again and again from one address in even steps, as a program does; nobody reads so.",
    ),
    "crowd": (
        "crowd",
        "It was asked for from many addresses within a second: readers to whom it was passed on do not come all at once.",
    ),
    "burst": ("burst", "It belongs to a burst of requests from the same network."),
}

Found = list[tuple[str, str]]


def judge_together(hits: Sequence[HitFacts], context: Context) -> tuple[Found, ...]:
    """For each hit, in their order, the (rule, sentence) of all that say machine."""
    order = sorted(range(len(hits)), key=lambda i: _order(hits[i]))
    row = [hits[i] for i in order]
    clicks = [place for place, hit in enumerate(row) if hit.kind is EventKind.CLICK and not hit.honeypot]
    linked = [place for place in clicks if row[place].link is not None]
    marks: list[set[str]] = [set() for _ in row]
    for place in _crowded(row, linked, TOGETHER, 2, _link):
        marks[place].add("two-links")
    wanted = context.links or MANY
    if wanted > 2:
        machines = list(_of_one_machine(row, linked))
        readers = _readers(row, linked, machines, context)
        for some in machines:
            for place in _crowded(row, some, ALL_LINKS, wanted, _link, readers):
                marks[place].add("all-links")
    for place in _checked(row, clicks):
        marks[place].add("head-first")
    for place in clicks:
        if _without_picture(row, place, context):
            marks[place].add("no-picture")
    for places in _the_same(row):
        for place in _repeated(row, places):
            marks[place].add("repeated")
        for place in _even(row, places):
            if not marks[place]:
                marks[place].add("even")
    for place in _crowded(row, [p for p, hit in enumerate(row) if hit.near is not None], TOGETHER, CROWD, _near):
        marks[place].add("crowd")
    _mark_trapped(row, marks)
    burst = _Times((hit.site, hit.at) for hit, found in zip(row, marks, strict=True) if found & _BURSTS)
    for hit, found in zip(row, marks, strict=True):
        if not found and burst.holds(hit.site, hit.at, BESIDE):
            found.add("burst")
    said: list[Found] = [[] for _ in hits]
    for index, found in zip(order, marks, strict=True):
        said[index] = [told for key, told in _SENTENCES.items() if key in found]
    return tuple(said)


_BURSTS = frozenset({"two-links", "all-links"})


def _link(hit: HitFacts) -> object:
    return hit.link


def _near(hit: HitFacts) -> object:
    return hit.near


def _order(hit: HitFacts) -> tuple[datetime, bool, int, str, str]:
    """Also where two came in the same microsecond: HEAD asks first."""
    return hit.at, hit.method.upper() != "HEAD", -1 if hit.link is None else hit.link, hit.ip, hit.user_agent


def _crowded(
    row: Sequence[HitFacts],
    places: Sequence[int],
    span: timedelta,
    wanted: int,
    of: Callable[[HitFacts], object],
    calm: Collection[int] = (),
) -> Iterable[int]:
    """Those that lie in some stretch of `span` in which at least `wanted` differ by `of`, unless all in it are `calm`."""
    restless = list(accumulate((place not in calm for place in places), initial=0))
    seen: Counter[object] = Counter()
    end = marked = 0  # both run over `places` once
    for start, place in enumerate(places):
        while end < len(places) and row[places[end]].at <= row[place].at + span:
            seen[of(row[places[end]])] += 1
            end += 1
        if len(seen) >= wanted and restless[end] > restless[start]:
            yield from places[max(start, marked) : end]
            marked = end
        key = of(row[place])
        seen[key] -= 1
        if not seen[key]:
            del seen[key]


def _the_same(row: Sequence[HitFacts]) -> Iterable[list[int]]:
    """Requests for the same picture or link from one address, of which there are some."""
    same: dict[object, list[int]] = defaultdict(list)
    for place, hit in enumerate(row):
        if hit.near is not None:
            same[hit.near, hit.kind, hit.link].append(place)
    return (places for places in same.values() if len(places) >= AGAIN)


def _repeated(row: Sequence[HitFacts], places: Sequence[int]) -> Iterable[int]:
    """AGAIN of them within a second."""
    marked = 0
    for first in range(len(places) - AGAIN + 1):
        last = first + AGAIN
        if row[places[last - 1]].at - row[places[first]].at <= TOGETHER:
            yield from places[max(first, marked) : last]
            marked = last


def _even(row: Sequence[HitFacts], places: Sequence[int]) -> Iterable[int]:
    """EVEN of them one after the other, at distances that are nearly the same: no hand and no page that is read does so."""
    marked = 0
    steps = [(row[other].at - row[one].at).total_seconds() for one, other in pairwise(places)]
    for first in range(len(places) - EVEN + 1):
        some = steps[first : first + EVEN - 1]
        length = sum(some)
        mean = length / len(some)
        if 0 < length <= REACH.total_seconds() and max(abs(step - mean) for step in some) <= UNEVEN * mean:
            last = first + EVEN
            yield from places[max(first, marked) : last]
            marked = last


def _of_one_machine(row: Sequence[HitFacts], clicks: Sequence[int]) -> Iterable[list[int]]:
    """By the site and by the program's name: a scanner changes one of them between requests, and the reader who follows a link
    in the same seconds has others."""
    by: dict[object, list[int]] = defaultdict(list)
    for place in clicks:
        by[row[place].user_agent].append(place)
        if row[place].site is not None:
            by[row[place].site].append(place)
    return by.values()


def _readers(
    row: Sequence[HitFacts], clicks: Sequence[int], machines: Iterable[Sequence[int]], context: Context
) -> frozenset[int]:
    """Clicks of somebody who was shown the message before, at that address or by the mail service, and went from link to
    link no faster than a hand does."""
    if context.sent_at is None:
        return frozenset()
    hasty = set()
    for some in machines:
        for one, other in pairwise(some):
            if row[one].link != row[other].link and row[other].at - row[one].at < HAND:
                hasty |= {one, other}
    shown = _Times((_shown_to(hit, context), hit.at) for hit in row if _is_reading(hit, context))
    calm = set()
    for place in clicks:
        hit = row[place]
        if place not in hasty and hit.at - context.sent_at >= LOOKING and hit.near is not None:
            begun, late = hit.at - READING, hit.at - LOOKING
            here = shown.between(hit.near, begun, late) and hit.at - context.sent_at >= DELIVERED
            if here or shown.between(_BY_SERVICE, begun, late):
                calm.add(place)
    return frozenset(calm)


_BY_SERVICE = "service"


def _is_reading(hit: HitFacts, context: Context) -> bool:
    """A picture that a mail program, a browser or a mail service showed to somebody."""
    if (
        hit.kind is not EventKind.OPEN
        or hit.method.upper() != "GET"
        or hit.address is None
        or not hit.user_agent.strip()
    ):
        return False
    fetcher = picture_fetcher(hit.user_agent)
    network = context.networks.find(hit.address)
    if fetcher is not None:
        return not fetcher.early and network is not None and network.owner == fetcher.owner
    if network is not None and network.role in (NetworkRole.GATEWAY, NetworkRole.PROXY):
        return False
    by_service = network is not None and network.role is NetworkRole.MAIL
    if by_service and context.sent_at is not None and hit.at - context.sent_at < DELIVERED:
        return False
    return machine_named(hit.user_agent) is None


def _shown_to(hit: HitFacts, context: Context) -> object:
    """At which address; pictures that a mail service fetches come from its network, not from the reader's."""
    network = context.networks.find(hit.address) if hit.address is not None else None
    service = network is not None and network.role in (NetworkRole.PROXY, NetworkRole.MAIL)
    return _BY_SERVICE if service else hit.near


def _mark_trapped(row: Sequence[HitFacts], marks: Sequence[set[str]]) -> None:
    traps = [hit for hit in row if hit.honeypot]
    if not traps:
        return
    beside = _Times((hit.site, hit.at) for hit in traps)
    same = _Times(((hit.site, hit.user_agent), hit.at) for hit in traps if hit.site is not None)
    moments = sorted(hit.at for hit in traps)
    for hit, found in zip(row, marks, strict=True):
        if hit.honeypot:
            continue
        if same.holds((hit.site, hit.user_agent), hit.at, TRAP):
            found.add("trapped")
        elif beside.holds(hit.site, hit.at, TRAP):
            found.add("trapped-beside")
        elif _is_near(moments, hit.at, TOGETHER):
            found.add("trapped-at-once")


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
    first = bisect_left(row, hit.at - SHOWN, key=lambda h: h.at)
    last = bisect_right(row, hit.at, key=lambda h: h.at)
    return not any(_shows(other, hit) for other in row[first:last])


def _shows(other: HitFacts, hit: HitFacts) -> bool:
    if other.kind is not EventKind.OPEN:
        return False
    fetcher = picture_fetcher(other.user_agent)
    return other.near == hit.near or (fetcher is not None and not fetcher.early)


class _Times:
    """When something came from each place; what comes from nowhere that is known is left out."""

    def __init__(self, hits: Iterable[tuple[object, datetime]]) -> None:
        self._of: dict[object, list[datetime]] = defaultdict(list)
        for place, at in hits:  # by time
            if place is not None:
                self._of[place].append(at)

    def holds(self, place: object, at: datetime, reach: timedelta) -> bool:
        """Whether something came from there, no further away in time."""
        return _is_near(self._of.get(place, []), at, reach)

    def between(self, place: object, first: datetime, last: datetime) -> bool:
        times = self._of.get(place, [])
        found = bisect_left(times, first)
        return found < len(times) and times[found] <= last


def _is_near(times: Sequence[datetime], at: datetime, reach: timedelta) -> bool:
    place = bisect_left(times, at - reach)
    return place < len(times) and times[place] <= at + reach
