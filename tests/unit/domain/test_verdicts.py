"""How far a hit is believed: a table for each rule and each tie, and what holds for all hits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.blocked_networks import blocked_set, read_blocked
from app.domain.bursts import REACH
from app.domain.events import HONEYPOT_LINK, EventKind, Verdict
from app.domain.hit_facts import Context, HitFacts, OwnSpan
from app.domain.networks import address_of, near_range
from app.domain.verdicts import Judgement, judge, told

SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_EARLY = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
    "Safari/537.36 Edge/12.246 Mozilla/5.0"
)
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15"
HOME, OTHER = "203.0.113.7", "198.51.100.9"
OPEN, CLICK = EventKind.OPEN, EventKind.CLICK
BROWSER = {"accept": "text/html", "accept-language": "sv-SE,sv;q=0.9"}
BASE = HitFacts(OPEN, SENT + timedelta(minutes=5), "GET", THUNDERBIRD, HOME)


def hit(
    kind: EventKind = OPEN,
    after: float = 300,
    agent: str = THUNDERBIRD,
    ip: str = HOME,
    method: str = "GET",
    **more: object,
) -> HitFacts:
    return replace(BASE, kind=kind, at=SENT + timedelta(seconds=after), user_agent=agent, ip=ip, method=method, **more)


def one(facts: HitFacts, context: Context | None = None) -> Judgement:
    return judge([facts], context or Context(sent_at=SENT))[0]


@pytest.mark.parametrize(
    ("facts", "verdict", "rules", "proxy", "place"),
    [
        (hit(), Verdict.PERSON, ("ordinary",), None, True),
        (hit(CLICK, agent=CHROME, headers=BROWSER), Verdict.PERSON, ("ordinary",), None, True),
        (hit(method="HEAD"), Verdict.MACHINE, ("head",), None, True),
        (hit(method="head"), Verdict.MACHINE, ("head",), None, True),
        (hit(method="OPTIONS"), Verdict.MACHINE, ("method",), None, True),
        (hit(agent=""), Verdict.MACHINE, ("no-name",), None, True),
        (hit(agent="   "), Verdict.MACHINE, ("no-name",), None, True),
        (hit(agent="", ip="", bare=True), Verdict.MACHINE, ("bare",), None, False),
        (hit(agent="curl/8.5.0"), Verdict.MACHINE, ("agent",), None, True),
        (hit(agent="Googlebot/2.1 (+http://www.google.com/bot.html)"), Verdict.MACHINE, ("agent",), None, True),
        (hit(agent="Mozilla/5.0 (compatible; Proofpoint URL Defense)"), Verdict.MACHINE, ("agent",), None, True),
        (hit(agent="Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"), Verdict.MACHINE, ("agent",), None,
         True),
        (hit(agent="Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)"), Verdict.PERSON,
         ("ordinary",), None, True),
        (hit(CLICK, agent="Mozilla/4.0 (compatible; ms-office; MSOffice 16)"), Verdict.MACHINE, ("office-click",), None,
         True),
        (hit(agent=GOOGLE, ip="66.249.93.12"), Verdict.PERSON, ("google-proxy",), "google", False),
        (hit(agent=GOOGLE, ip=HOME), Verdict.PERSON, ("google-proxy",), "google", False),
        (hit(agent=GOOGLE, ip="2607:f8b0:4864::1"), Verdict.PERSON, ("google-proxy",), "google", False),
        (hit(CLICK, agent=GOOGLE, ip="66.249.93.12"), Verdict.MACHINE, ("fetcher-click",), "google", False),
        (hit(agent=GMAIL_EARLY, ip="108.177.2.32", after=3), Verdict.MACHINE, ("gmail-prefetch",), "google", False),
        (hit(agent=CHROME, ip="66.249.93.12"), Verdict.MACHINE, ("mail-service",), None, False),
        (hit(agent="YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", ip="98.137.64.5"),
         Verdict.PERSON, ("yahoo-proxy",), "yahoo", False),
        (hit(agent="Mozilla/5.0", ip="104.28.31.20"), Verdict.MACHINE, ("apple",), "apple", False),
        (hit(agent="Mozilla/5.0", ip="2a02:26f7:c9c4:654c::9"), Verdict.MACHINE, ("apple",), "apple", False),
        (hit(agent="Mozilla/5.0", ip=HOME), Verdict.MACHINE, ("apple",), "apple", False),
        (hit(CLICK, agent=SAFARI, ip="172.225.158.176", headers=BROWSER), Verdict.PERSON, ("relay",), "apple", False),
        (hit(CLICK, agent=CHROME, ip="104.28.30.1", headers=BROWSER), Verdict.PERSON, ("hidden",), None, False),
        (hit(agent=THUNDERBIRD, ip="146.75.1.1"), Verdict.PERSON, ("hidden",), None, False),
        (hit(agent=GMAIL_EARLY, ip="40.107.22.1"), Verdict.MACHINE, ("gateway",), None, False),
        (hit(agent=CHROME, ip="52.97.1.1", after=1440), Verdict.PERSON, ("mail-proxy",), None, False),
        (hit(agent=CHROME, ip="52.97.1.1", after=20), Verdict.MACHINE, ("at-delivery",), None, False),
        (hit(CLICK, agent=CHROME, ip="52.97.1.1"), Verdict.MACHINE, ("mail-service",), None, False),
        (hit(CLICK, agent=CHROME, ip="40.94.31.2", headers=BROWSER), Verdict.MACHINE, ("gateway",), None, False),
        (hit(agent=CHROME, ip="67.231.152.9"), Verdict.MACHINE, ("gateway",), None, False),
        (hit(agent=CHROME, ip="::ffff:67.231.152.9"), Verdict.MACHINE, ("gateway",), None, False),
        (hit(agent=CHROME, headers={"sec-purpose": "prefetch;prerender"}), Verdict.MACHINE, ("prefetch",), None, True),
        (hit(CLICK, agent=CHROME, headers={**BROWSER, "purpose": "prefetch"}), Verdict.MACHINE, ("prefetch",), None,
         True),
        (hit(CLICK, agent=CHROME, headers={"accept": "*/*"}), Verdict.MACHINE, ("no-language",), None, True),
        (hit(CLICK, agent=CHROME, headers={}), Verdict.MACHINE, ("no-language",), None, True),
        (hit(CLICK, agent=CHROME, headers={}, ip="192.168.1.9"), Verdict.PERSON, ("ordinary",), None, True),
        (hit(CLICK, agent=CHROME, headers=None), Verdict.PERSON, ("ordinary",), None, True),
        (hit(OPEN, agent=THUNDERBIRD, headers={"accept": "image/*"}), Verdict.PERSON, ("ordinary",), None, True),
        (hit(CLICK, agent=CHROME, link=HONEYPOT_LINK), Verdict.MACHINE, ("honeypot",), None, True),
        (hit(CLICK, agent=CHROME, after=3), Verdict.MACHINE, ("no-picture",), None, True),
        (hit(CLICK, agent=CHROME, after=3, ip="127.0.0.1"), Verdict.PERSON, ("ordinary",), None, True),
        (hit(CLICK, agent=CHROME, after=-30), Verdict.PERSON, ("ordinary",), None, True),
        (hit(own=True), Verdict.OWN, ("own",), None, True),
        (hit(EventKind.UNSUBSCRIBE, method="POST", agent=""), Verdict.PERSON, ("unsubscribe",), None, True),
    ],
)  # fmt: skip
def test_each_rule(facts: HitFacts, verdict: Verdict, rules: tuple[str, ...], proxy: str | None, place: bool) -> None:
    judged = one(facts)
    assert (judged.verdict, judged.rules, judged.proxy, judged.geo_reliable) == (verdict, rules, proxy, place)
    assert judged.reasons and all(reason.endswith(".") and len(reason) < 200 for reason in judged.reasons)


BLOCKED = blocked_set([read_blocked("203.0.113.0/24"), read_blocked("2001:db8:1::/48")])
OWN = (OwnSpan(near_range(address_of("2001:db8:5:6::1")), SENT, SENT + timedelta(hours=1)),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "verdict", "rules"),
    [
        # the user's own word comes before all, one's own program before what machines do
        (hit(agent="curl/8"), Verdict.BLOCKED, ("blocked",)),
        (hit(own=True), Verdict.BLOCKED, ("blocked",)),
        (hit(ip="2001:db8:1:2::3"), Verdict.BLOCKED, ("blocked",)),
        (hit(ip="::ffff:203.0.113.200"), Verdict.BLOCKED, ("blocked",)),
        (hit(ip=OTHER, own=True, agent="curl/8"), Verdict.OWN, ("own",)),
        (hit(ip="2001:db8:5:6:aaaa::9"), Verdict.OWN, ("own",)),
        (hit(ip="2001:db8:5:7::1"), Verdict.PERSON, ("ordinary",)),
        (hit(ip="2001:db8:5:6::1", after=7200), Verdict.PERSON, ("ordinary",)),
        # of two that say machine both are told
        (hit(ip=OTHER, agent="curl/8", method="HEAD"), Verdict.MACHINE, ("head", "agent")),
        (hit(ip="67.231.152.9", agent="curl/8"), Verdict.MACHINE, ("agent", "gateway")),
        # a gateway that lends itself a name is no other for it
        (hit(ip="67.231.152.9", agent="Mozilla/5.0"), Verdict.MACHINE, ("gateway",)),
    ],
)  # fmt: skip
def test_which_rule_wins(facts: HitFacts, verdict: Verdict, rules: tuple[str, ...]) -> None:
    judged = one(facts, Context(sent_at=SENT, blocked=BLOCKED, own=OWN))
    assert (judged.verdict, judged.rules) == (verdict, rules)


@pytest.mark.parametrize(("seconds", "verdict"), [(-1, Verdict.MACHINE), (0, Verdict.MACHINE), (1, Verdict.PERSON)])
def test_after_a_bounce_nobody_reads(seconds: int, verdict: Verdict) -> None:
    facts = hit()
    assert one(facts, Context(sent_at=SENT, bounced_at=facts.at + timedelta(seconds=seconds))).verdict is verdict


def rules_of(hits: list[HitFacts], links: int = 3) -> list[tuple[str, ...]]:
    return [j.rules for j in judge(hits, Context(sent_at=SENT, links=links))]


def click(after: float, link: int, **more: object) -> HitFacts:
    return hit(CLICK, after, CHROME, link=link, **more)  # type: ignore[arg-type]


def test_bursts() -> None:
    person = ("ordinary",)
    assert rules_of([click(300, 0), click(300.9, 1)]) == [("two-links",)] * 2
    assert rules_of([click(300, 0), click(302, 1)]) == [person] * 2
    assert rules_of([click(300, 0), click(300.2, 0)]) == [person] * 2  # a double click
    assert rules_of([click(300, 0), click(304, 1), click(309, 2)]) == [("all-links",)] * 3
    assert rules_of([click(300, 0), click(304, 1), click(311, 2)]) == [person] * 3
    assert rules_of([click(300, 0), click(304, 1)], links=2) == [person] * 2
    sites = [click(300 + 3 * i, i, ip=f"198.51.{i}.1") for i in range(3)]
    assert rules_of(sites) == [("all-links",)] * 3  # from several networks, under one name
    names = [replace(click(300 + 3 * i, i), user_agent=f"{CHROME} {i}") for i in range(3)]
    assert rules_of(names) == [("all-links",)] * 3  # from one network, under several names
    reader = replace(sites[2], user_agent=THUNDERBIRD)
    assert rules_of([*sites[:2], reader]) == [person] * 3
    assert rules_of([click(300 + 2 * i, i) for i in range(5)], links=0) == [("all-links",)] * 5
    assert rules_of([click(300 + 2 * i, i) for i in range(4)], links=0) == [person] * 4


def test_what_belongs_to_a_burst() -> None:
    """The picture and the same link once more, from the same network around the burst; not the reader elsewhere."""
    hits = [click(300, 0, ip="198.51.100.1"), click(300.5, 1, ip="198.51.100.2")]
    picture = hit(OPEN, 301, CHROME, "198.51.100.3")
    reader = hit(OPEN, 302, THUNDERBIRD, HOME)
    later = hit(OPEN, 360, CHROME, "198.51.100.3")
    assert rules_of([*hits, picture, reader, later]) == [
        ("two-links",), ("two-links",), ("burst",), ("ordinary",), ("ordinary",),
    ]  # fmt: skip


def test_the_invisible_link_gives_its_machine_away() -> None:
    trap = click(300, HONEYPOT_LINK, ip=OTHER)
    same, elsewhere, at_once = click(280, 0, ip=OTHER), click(285, 1, ip=HOME), click(300.4, 2, ip="192.0.2.77")
    late = click(340, 0, ip=OTHER)
    assert rules_of([trap, same, elsewhere, at_once, late], links=9) == [
        ("honeypot",), ("trapped",), ("ordinary",), ("trapped",), ("ordinary",),
    ]  # fmt: skip


def test_who_is_taken_for_the_trapped_machine_is_said_as_it_is() -> None:
    """Behind one address are many computers: another program there is not “the same”."""
    trap = click(312, HONEYPOT_LINK, ip=OTHER)
    hits = [click(305, 0, ip=OTHER), hit(OPEN, 300, THUNDERBIRD, OTHER), hit(OPEN, 312.5, THUNDERBIRD, HOME), trap]
    judged = judge(hits, Context(sent_at=SENT, links=3))
    assert [j.rules for j in judged] == [("trapped",)] * 3 + [("honeypot",)]
    assert [j.reasons[0].partition("invisible link")[0] for j in judged[:3]] == [
        "The same program followed an ", "From the same network an ", "At the same moment an ",
    ]  # fmt: skip


def test_one_who_reads_may_follow_all_links_quickly() -> None:
    """The picture was shown long after the delivery, and the links come no faster than from a hand."""
    person = ("ordinary",)
    tabs = [click(310 + 3 * i, i) for i in range(3)]
    assert rules_of([hit(OPEN, 300), *tabs]) == [person] * 4
    assert rules_of([hit(OPEN, 309), *tabs])[1:] == [("all-links",)] * 3  # nobody has read it within a second
    assert rules_of([hit(OPEN, 150), *tabs])[1:] == [("all-links",)] * 3  # shown too long ago to belong to it
    assert rules_of([hit(OPEN, 300, ip=OTHER), *tabs])[1:] == [("all-links",)] * 3
    assert rules_of([hit(OPEN, 300, agent="curl/8"), *tabs])[1:] == [("all-links",)] * 3
    assert rules_of([hit(OPEN, 300, GMAIL_EARLY, "108.177.2.32"), *tabs])[1:] == [("all-links",)] * 3
    assert rules_of([hit(OPEN, 300), tabs[0], click(311.2, 1), tabs[2]])[1:] == [("all-links",)] * 3
    soon = [click(20 + 3 * i, i) for i in range(3)]
    assert rules_of([hit(OPEN, 12), *soon])[1:] == [("all-links",)] * 3  # gateways look when it is delivered
    assert rules_of([hit(OPEN, 12, GOOGLE, "66.249.93.12"), *soon])[1:] == [person] * 3


def test_the_same_again_and_again() -> None:
    person = ("ordinary",)
    assert rules_of([hit(OPEN, 300 + i / 5) for i in range(4)]) == [person] * 4
    assert rules_of([hit(OPEN, 300 + i / 5) for i in range(5)]) == [("repeated",)] * 5
    assert rules_of([hit(OPEN, 300 + i / 3 + i % 2 / 8) for i in range(12)]) == [person] * 12
    assert rules_of([*(hit(OPEN, 300 + i / 600) for i in range(60)), hit(OPEN, 400)]) == [("repeated",)] * 60 + [person]
    links = [click(300 + i / 50, 0, ip="2001:db8:1:1::1" if i % 2 else "2001:db8:1:1::2") for i in range(8)]
    assert rules_of(links) == [("repeated",)] * 8
    crowd = [hit(OPEN, 300 + i / 20, ip=f"198.51.{i}.7") for i in range(10)]
    assert rules_of(crowd[:9]) == [person] * 9
    assert rules_of([*crowd, hit(OPEN, 310, ip="198.51.9.9")]) == [("crowd",)] * 10 + [person]


def test_apples_own_network_is_not_its_relays() -> None:
    """Of 17/8 nobody else has anything."""
    for ip, said in (
        ("17.58.10.1", "Apple’s own network"),
        ("104.28.30.1", "Apple’s private relay leaves there, and others"),
    ):
        (judged,) = judge([hit(CLICK, agent=CHROME, ip=ip, headers=BROWSER)], Context(sent_at=SENT, links=3))
        assert (judged.verdict, judged.rules) == (Verdict.PERSON, ("hidden",))
        assert said in judged.reasons[-1]


def test_the_same_in_even_steps() -> None:
    person = ("ordinary",)
    for step in (0.3, 1.1, 2, 36):
        assert rules_of([hit(OPEN, 300 + step * i) for i in range(5)]) == [person] * 5
        assert rules_of([hit(OPEN, 300 + step * i) for i in range(9)]) == [("even",)] * 9
        assert rules_of([click(300 + step * (i + i % 2 / 15), 0) for i in range(9)])[-1] == ("even",)
        assert rules_of([click(300 + step * (i + i % 2 / 5), 0) for i in range(9)]) == [person] * 9
    assert (
        rules_of([hit(OPEN, 300 + 37 * i) for i in range(9)]) == [person] * 9
    )  # further apart than is looked at together
    assert rules_of([hit(OPEN, 300 + 2 * i, ip=f"198.51.{i}.7") for i in range(9)]) == [person] * 9
    later = [hit(OPEN, 400 + i * i) for i in range(5)]
    assert rules_of([*(hit(OPEN, 300 + 2 * i) for i in range(6)), *later]) == [("even",)] * 6 + [person] * 5


def test_head_before_get() -> None:
    head = click(300, 0, method="HEAD")
    assert rules_of([head, click(301, 0)]) == [("head",), ("head-first",)]
    assert rules_of([head, click(301, 0, ip="192.0.2.77")]) == [
        ("head",),
        ("ordinary",),
    ]  # the reader, after Safe Links
    assert rules_of([head, click(320, 0)]) == [("head",), ("ordinary",)]
    both = [replace(click(300, 0), method="HEAD"), click(300, 0)]
    assert rules_of(both) == [("head",), ("head-first",)]
    assert rules_of(both[::-1]) == [("head-first",), ("head",)]


def test_a_click_without_its_picture() -> None:
    shown = hit(OPEN, 3, THUNDERBIRD, HOME)
    by_gmail = hit(OPEN, 3, GOOGLE, "66.249.93.12")
    elsewhere = hit(OPEN, 3, THUNDERBIRD, OTHER)
    assert rules_of([shown, click(5, 0)])[1] == ("ordinary",)
    assert rules_of([by_gmail, click(5, 0)])[1] == ("ordinary",)
    assert rules_of([elsewhere, click(5, 0)])[1] == ("no-picture",)
    assert rules_of([click(5, 0), hit(OPEN, 6, THUNDERBIRD, HOME)])[0] == ("no-picture",)
    assert rules_of([click(11, 0)]) == [("ordinary",)]


def test_what_was_told_stays_told() -> None:
    judged = one(hit(method="HEAD"))
    assert told(judged, "", True) == told(judged, "machine", True) == judged.reasons
    assert told(judged, "person", False)[-1] == ("At first it was taken for a person’s; it was judged again since.")
    assert told(judged, "person", True)[-1].endswith("You were told of it then.")


_AGENTS = st.sampled_from([THUNDERBIRD, CHROME, GOOGLE, GMAIL_EARLY, "Mozilla/5.0", "curl/8", "", "MSOffice 16"])
_IPS = st.sampled_from([HOME, OTHER, "198.51.100.77", "66.249.93.12", "52.97.1.1", "67.231.152.9", "104.28.1.1",
                        "2001:db8:1::1", "127.0.0.1", "", "nonsense"])  # fmt: skip
_HITS = st.builds(
    HitFacts,
    kind=st.sampled_from([OPEN, CLICK, EventKind.UNSUBSCRIBE]),
    at=st.floats(-5, 90, allow_nan=False).map(lambda s: SENT + timedelta(seconds=s)),
    method=st.sampled_from(["GET", "HEAD", "POST", ""]),
    user_agent=_AGENTS,
    ip=_IPS,
    headers=st.sampled_from([None, {}, BROWSER, {"sec-purpose": "prefetch"}]),
    own=st.booleans(),
    link=st.sampled_from([None, 0, 1, 2, 3, HONEYPOT_LINK]),
)
_CONTEXTS = st.builds(
    Context,
    sent_at=st.sampled_from([None, SENT]),
    bounced_at=st.sampled_from([None, SENT + timedelta(seconds=20)]),
    links=st.integers(0, 4),
    blocked=st.sampled_from([blocked_set([]), BLOCKED]),
    own=st.sampled_from([(), OWN]),
)


@given(st.lists(_HITS, max_size=12), _CONTEXTS, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_the_order_of_arrival_does_not_matter(hits: list[HitFacts], context: Context, random: object) -> None:
    shuffled = list(range(len(hits)))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    judged = judge(hits, context)
    assert judge(hits, context) == judged
    assert [judge([hits[i] for i in shuffled], context)[p] for p in range(len(hits))] == [judged[i] for i in shuffled]


@given(st.lists(_HITS, min_size=1, max_size=12), _CONTEXTS, st.data())
@settings(max_examples=300, deadline=None)
def test_what_is_further_away_than_reach_does_not_matter(
    hits: list[HitFacts], context: Context, data: st.DataObject
) -> None:
    """So a hit that comes in changes those around it only, and these are looked for."""
    chosen = data.draw(st.integers(0, len(hits) - 1))
    near = [h for h in hits if abs(h.at - hits[chosen].at) <= REACH]
    among = next(i for i, h in enumerate(near) if h is hits[chosen])
    assert judge(near, context)[among] == judge(hits, context)[chosen]


@given(st.text(max_size=600), st.text(max_size=50), st.sampled_from(["GET", "HEAD", "X" * 300]), st.text(max_size=80))
def test_anything_is_judged(agent: str, ip: str, method: str, value: str) -> None:
    for kind in (OPEN, CLICK):
        judged = one(HitFacts(kind, SENT, method, agent, ip, {"accept-language": value, "purpose": value}))
        assert judged.reasons and all(len(reason) < 200 for reason in judged.reasons)


def test_a_flood_is_judged_in_a_moment() -> None:
    """Twenty thousand requests within a minute: no rule compares each with each."""
    flood = [click(300 + i / 400, i % 3, ip=f"198.51.{i % 250}.1") for i in range(20_000)]
    begun = datetime.now(UTC)
    assert {rule for judged in judge(flood, Context(sent_at=SENT, links=3)) for rule in judged.rules} == {
        "two-links", "all-links", "crowd",
    }  # fmt: skip
    patient = [click(300 + i / 100, 0, ip=f"198.51.{i % 250}.1") for i in range(20_000)]
    assert {rule for judged in judge(patient, Context(sent_at=SENT, links=1)) for rule in judged.rules} == {
        "even",
        "crowd",
    }
    assert (datetime.now(UTC) - begun).total_seconds() < 20


@pytest.mark.parametrize(
    ("span", "words"),
    [(-3600, "60 minutes before the message was sent: the clocks of this computer and of the tracking server differ."),
     (-3, "3 seconds before the message"), (-0.5, "within a second before the message was sent."),
     (0.5, "within a second after"), (45, "45 seconds after"), (1800, "30 minutes after"), (72000, "20 hours after"),
     (777600, "9 days after")],
)  # fmt: skip
def test_reason_says_how_long_after(span: float, words: str) -> None:
    assert words in one(hit(after=span)).reasons[0]
