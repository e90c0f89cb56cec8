"""Labelled requests for one person's copy of a message, one after the other: people who read and click, and machines. The
second half of the corpus, for what one request alone does not show. Used by `test_hit_sequences`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.events import HONEYPOT_LINK, EventKind
from app.domain.hit_facts import HitFacts

SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1"
)
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)"
GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
EARLY = "Mozilla/5.0"  # Apple's, ahead of anybody
HOME, HOME6, MOBILE, CLOUD, OFFICE = "203.0.113.7", "2001:db8:7:1::9", "198.51.100.44", "192.0.2.77", "198.51.100.9"
GMAIL, YMAIL, APPLE, OWA = "66.249.93.1", "98.137.64.5", "104.28.30.1", "52.97.1.1"
BROWSER = {"accept": "text/html", "accept-language": "sv-SE,sv;q=0.9"}


def opened(after: float, ip: str = HOME, agent: str = THUNDERBIRD) -> HitFacts:
    return HitFacts(EventKind.OPEN, SENT + timedelta(seconds=after), "GET", agent, ip)


def clicked(after: float, link: int, ip: str = HOME, agent: str = CHROME, method: str = "GET") -> HitFacts:
    return HitFacts(EventKind.CLICK, SENT + timedelta(seconds=after), method, agent, ip, BROWSER, link=link)


def tour(begin: float, gap: float, count: int = 3, ip: str = HOME, agent: str = CHROME) -> tuple[HitFacts, ...]:
    return tuple(clicked(begin + gap * i, i, ip, agent) for i in range(count))


@dataclass(frozen=True)
class Case:
    """`links`: of the message. `machines`: which of its requests are a machine's, by place; all the others are a person's.
    `known_miss`: what no rule can tell apart; it is counted all the same."""

    name: str
    hits: tuple[HitFacts, ...]
    machines: frozenset[int] = frozenset()
    links: int = 3
    known_miss: bool = False


def people(name: str, *hits: HitFacts, links: int = 3, known_miss: bool = False) -> Case:
    return Case(name, hits, links=links, known_miss=known_miss)


def machines(
    name: str, *hits: HitFacts, links: int = 3, known_miss: bool = False, but: frozenset[int] = frozenset()
) -> Case:
    return Case(name, hits, frozenset(range(len(hits))) - but, links, known_miss)


CASES = (
    # people
    people("opens three tabs, 3 s apart", opened(300, agent=CHROME), *tour(310, 3)),
    people("opens three tabs, 4 s apart", opened(300, agent=CHROME), *tour(310, 4)),
    people("opens three tabs, 5 s apart", opened(300, agent=CHROME), *tour(310, 5)),
    people("opens three tabs, 2 s apart", opened(300), *tour(303, 2)),
    people("from Thunderbird into the browser", opened(4000), *tour(4030, 2.5)),
    people("from Outlook into the browser", opened(900, agent=OUTLOOK), *tour(912, 3.5)),
    people("reads for two minutes, then all links", opened(300), *tour(420, 3)),
    people("four links in nine seconds", opened(300), *tour(310, 3, 4), links=4),
    people("on IPv6", opened(300, HOME6, SAFARI), *tour(308, 3, ip=HOME6, agent=SAFARI)),
    people("Gmail, at once, three tabs", opened(20, GMAIL, GOOGLE), *tour(24, 2)),
    people("Gmail, on the telephone", opened(600, GMAIL, GOOGLE), *tour(606, 3, ip=MOBILE, agent=SAFARI)),
    people("Yahoo, three tabs", opened(600, YMAIL, YAHOO), *tour(606, 3)),
    people("Outlook on the web", opened(600, OWA, CHROME), *tour(606, 3)),
    people("comes back to a link", opened(300), *tour(310, 3), clicked(319, 0)),
    people("double-clicks", opened(300), clicked(310, 0), clicked(310.2, 0)),
    people("pictures blocked, calmly", *tour(400, 8)),
    people("a mail program fetches twice", opened(300), opened(300.1)),
    people("looks at it again and again", *(opened(300 + after) for after in (0, 31, 65, 90, 128, 155, 181))),
    people("presses a link that does not answer", opened(300),
           *(clicked(310 + after, 0) for after in (0, 1.1, 2.0, 3.4, 4.3, 5.8, 6.5))),
    people("one link five times in even steps", opened(300), *(clicked(310 + 2 * i, 0) for i in range(5))),
    people("a mail program fetches four times", *(opened(300 + i / 5) for i in range(4))),
    people("passed on to six", opened(300), *(opened(400 + 30 * i, f"198.51.{i}.1") for i in range(6))),
    people("shared box, four at their desks", *(opened(600 + i / 4, f"198.51.{i}.1") for i in range(4))),
    people("two of three links, quickly", opened(300), clicked(303, 0), clicked(304.6, 1)),
    people("pictures blocked, all links in nine seconds", *tour(400, 3), known_miss=True),
    Case("the reader after the gateway", (*tour(1, 0.2, ip=CLOUD), opened(500), *tour(510, 3)), frozenset(range(3))),
    Case("Apple's fetching, then the reader", (opened(10, APPLE, EARLY), clicked(3600, 0)), frozenset({0})),
    # machines
    machines("gateway at delivery", *tour(1, 0.2, ip=CLOUD)),
    machines("gateway hours later", *tour(9000, 0.3, ip=CLOUD)),
    machines("one link a second", *tour(300, 1, ip=CLOUD)),
    machines("slowly, without the picture", *tour(300, 3, ip=CLOUD)),
    machines("slowly, 4.5 s apart", *tour(300, 4.5, ip=CLOUD)),
    machines("picture and links together", opened(300, CLOUD, CHROME), *tour(300.4, 0.3, ip=CLOUD)),
    machines("picture first, links at once", opened(300, CLOUD, CHROME), *tour(303, 0.5, ip=CLOUD)),
    machines("picture at delivery, links slowly", opened(4, CLOUD, CHROME), *tour(8, 3, ip=CLOUD)),
    machines("picture in the middle", clicked(300, 0, CLOUD), opened(301, CLOUD, CHROME), *tour(304, 3, ip=CLOUD)),
    machines("links, then the picture", *tour(300, 2.5, ip=CLOUD), opened(309, CLOUD, CHROME)),
    machines("picture by one network, links by others", opened(300, CLOUD, CHROME),
             *(clicked(304 + 3 * i, i, f"198.51.{i}.1") for i in range(3)), but=frozenset({0})),
    machines("changing its name", *(clicked(300 + 3 * i, i, CLOUD, f"{CHROME} {i}") for i in range(3))),
    machines("many networks, one name", *(clicked(300 + 2 * i, i, f"198.51.{i}.1") for i in range(3))),
    machines("Apple's picture, links slowly", opened(300, APPLE, EARLY), *tour(304, 3, ip=CLOUD)),
    machines("a Google proxy that is none", opened(300, CLOUD, GOOGLE), *tour(304, 3, ip=MOBILE), but=frozenset({0})),
    machines("HEAD, then GET", clicked(300, 0, CLOUD, method="HEAD"), clicked(300.5, 0, CLOUD)),
    machines("the invisible link", clicked(300, 0, CLOUD), clicked(304, HONEYPOT_LINK, CLOUD)),
    machines("the invisible link, slowly", *tour(300, 4, ip=CLOUD), clicked(312, HONEYPOT_LINK, CLOUD)),
    machines("sixty pictures in a tenth of a second", *(opened(300 + i / 600) for i in range(60))),
    machines("sixty times one link", *(clicked(300 + i / 600, 0) for i in range(60))),
    machines("five times one link", *(clicked(310 + i / 20, 0) for i in range(5)), links=1),
    machines("sixty times one link, patiently", *(clicked(400 + 1.1 * i, 0) for i in range(60))),
    machines("sixty pictures, patiently", *(opened(300 + 2 * i) for i in range(60))),
    machines("twelve pictures, every quarter of a minute or so", *(opened(300 + 15 * i + i % 2) for i in range(12))),
    machines("from two hundred addresses",
             *(opened(300 + i / 400, f"198.51.{i}.7" if i < 100 else f"203.0.{i}.7") for i in range(200))),
    machines("a sandbox that reads like a person", opened(300, CLOUD, CHROME), *tour(306, 3, ip=CLOUD), known_miss=True),
)  # fmt: skip
