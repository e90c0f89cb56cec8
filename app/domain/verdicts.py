"""How far an open or a click is believed, and why (T2, T4–T6): a person's, a machine's, one's own, or blocked. Rules are
versioned (`RULE_VERSION`); each has a name, which a judgement carries, and a sentence for the person who reads the feed.

`judge` looks at all hits of one recipient's copy together, for what a scanner is shows in what it does around: see `bursts`.
The result depends on the hits alone, never on the order in which they arrived.

Which rule wins. An address that the user blocked, first: that is the user's own word. Then one's own program. Then what says
machine: all that do are told. A picture proxy that fetches when somebody opens (Google, Yahoo) counts as the person; one
that fetches ahead of anybody (Apple's Mail Privacy Protection, Gmail's prefetch) does not. What nobody can tell is no person.

Time since sending alone decides nothing: gateways look at links when the mail is delivered, which can be hours later, and
the two clocks may differ (mautic #16263)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.bursts import judge_together
from app.domain.events import EventKind, Verdict
from app.domain.known_agents import PictureFetcher, is_office, machine_named, picture_fetcher, runs_on_apple
from app.domain.known_networks import KnownNetwork, NetworkRole
from app.domain.networks import is_local, range_of_network

if TYPE_CHECKING:
    from app.domain.hit_facts import Context, HitFacts

INFERRED_FROM_CLICK = "The picture was not fetched, but a link in this message was followed: it must have been opened."
INFERRED_FROM_REPLY = "The picture was not fetched, but the message was answered: it must have been opened."
WITHDRAWN_EVIDENCE = (
    "It was concluded from something that turned out not to be a person’s, and does not count any more."
)
WITHDRAWN_OPENED = "It was concluded before the picture’s own request was known, which counts in its place."

_WORDS = {
    Verdict.PERSON: "a person’s",
    Verdict.MACHINE: "a machine’s",
    Verdict.OWN: "your own",
    Verdict.BLOCKED: "one from an address that you blocked",
    Verdict.INFERRED: "inferred",
}

_APPLES_OWN = tuple(map(range_of_network, ("17.0.0.0/8", "2620:149::/32", "2a01:b740::/32")))
_CLOCKS = timedelta(seconds=1)  # what comes so long before the sending shows that two clocks differ
_AT_DELIVERY = timedelta(seconds=60)  # in which Microsoft opens what it delivers (Safe Attachments)


@dataclass(frozen=True)
class Judgement:
    """`reasons`: sentences. `rules`: the names of those that applied. `proxy`: google, yahoo or apple when the request came
    by way of it. `geo_reliable`: whether the address is that of the reader's own network."""

    verdict: Verdict
    reasons: tuple[str, ...]
    rules: tuple[str, ...]
    proxy: str | None = None
    geo_reliable: bool = False


def told(judgement: Judgement, first: str, notified: bool) -> tuple[str, ...]:
    """The reasons, and, where it was judged otherwise at first, that it was, and whether the user was told of it then.
    `first`: that verdict, empty when nobody knows it any more."""
    if first in ("", judgement.verdict.value):
        return judgement.reasons
    then = " You were told of it then." if notified else ""
    return (*judgement.reasons, f"At first it was taken for {_WORDS[Verdict(first)]}; it was judged again since.{then}")


def judge(hits: Sequence[HitFacts], context: Context) -> tuple[Judgement, ...]:
    """One for each hit of one recipient's copy, in their order. All that happened within `bursts.REACH` of a hit must be among
    them for its judgement to be final."""
    together = judge_together(hits, context)
    return tuple(_judge(hit, context, found) for hit, found in zip(hits, together, strict=True))


def _judge(hit: HitFacts, context: Context, together: Sequence[tuple[str, str]]) -> Judgement:
    what = "picture was fetched" if hit.kind is EventKind.OPEN else "link was followed"
    fetcher = picture_fetcher(hit.user_agent)
    network = context.networks.find(hit.address) if hit.address is not None else None
    proxy = _proxy(hit, fetcher, network)
    place_known = proxy is None and network is None and hit.address is not None
    blocked = context.blocked.find(hit.address) if hit.address is not None else None
    if blocked is not None:
        by = "" if blocked.text == str(hit.address) else f" by {blocked.text}"
        reasons = (f"The {what} from {hit.address}, which you blocked{by}.",)
        return Judgement(Verdict.BLOCKED, reasons, ("blocked",), proxy, place_known)
    if hit.kind is EventKind.UNSUBSCRIBE:
        asked = "The button on the unsubscribe page was pressed, or the mail program’s own (RFC 8058)."
        return Judgement(Verdict.PERSON, (asked,), ("unsubscribe",), proxy, place_known)
    if hit.own or _is_own(hit, context):
        reasons = (f"The {what} from the address of a computer on which Hitchpost is signed in.",)
        return Judgement(Verdict.OWN, reasons, ("own",), proxy, place_known)
    machine = [*_alone(hit, context, what, fetcher, network), *together]
    if machine:
        return Judgement(
            Verdict.MACHINE,
            tuple(dict.fromkeys(sentence for _, sentence in machine)),
            tuple(dict.fromkeys(rule for rule, _ in machine)),
            proxy,
            place_known,
        )
    rule, how = _person(hit, fetcher, network)
    return Judgement(Verdict.PERSON, (_when(hit, context, what), how), (rule,), proxy, place_known)


def _alone(
    hit: HitFacts, context: Context, what: str, fetcher: PictureFetcher | None, network: KnownNetwork | None
) -> list[tuple[str, str]]:
    """What a hit shows by itself: (rule, sentence)."""
    found: list[tuple[str, str]] = []
    if context.bounced_at is not None and hit.at >= context.bounced_at:
        told = f"The {what} after this address had reported that it could not deliver the message."
        found.append(("after-bounce", told))
    if hit.honeypot:
        found.append(("honeypot", "An invisible link was followed, which nobody can see."))
    method = hit.method.upper()
    if method == "HEAD":
        found.append(("head", f"The {what} with HEAD, as link checkers do; mail programs use GET."))
    elif method not in ("GET", ""):
        found.append(("method", f"The {what} in a way that neither mail programs nor browsers use ({_short(method)})."))
    found += _by_headers(hit, what)
    if hit.bare:
        told = "Its address and program had been removed by the retention already: nobody can tell any more who it was."
        return [*found, ("bare", told)]
    found += _by_agent(hit, what, fetcher, network)
    return [*found, *_by_network(hit, context, what, fetcher, network)]


def _by_headers(hit: HitFacts, what: str) -> list[tuple[str, str]]:
    if hit.headers is None:
        return []
    found = []
    purposes = (hit.headers.get(name, "").lower() for name in ("sec-purpose", "purpose", "x-purpose", "x-moz"))
    if any("prefetch" in purpose or "preview" in purpose or "prerender" in purpose for purpose in purposes):
        found.append(
            ("prefetch", f"The {what} ahead of anybody asking for it: the request says that it is a prefetch.")
        )
    browser = hit.user_agent.startswith("Mozilla/") and not is_office(hit.user_agent)
    near = hit.address is not None and is_local(
        hit.address
    )  # gateways ask by the internet; tools on one's own network do not
    if hit.kind is EventKind.CLICK and browser and not near and not hit.headers.get("accept-language", "").strip():
        told = "It calls itself a browser, but names no language, as every browser does for a link that is followed."
        found.append(("no-language", told))
    return found


def _by_agent(
    hit: HitFacts, what: str, fetcher: PictureFetcher | None, network: KnownNetwork | None
) -> list[tuple[str, str]]:
    if not hit.user_agent.strip():
        return [("no-name", f"The {what} by a program that does not say its name.")]
    if fetcher is not None:
        return _by_fetcher(hit, fetcher, network)
    named = machine_named(hit.user_agent)
    if named is not None:
        return [("agent", f"The program that asked calls itself “{_short(hit.user_agent)}”: {named}.")]
    if hit.kind is EventKind.CLICK and is_office(hit.user_agent):
        told = "Microsoft Office looked at the link by itself; a person’s click is made by the browser."
        return [("office-click", told)]
    return []


def _by_fetcher(hit: HitFacts, fetcher: PictureFetcher, network: KnownNetwork | None) -> list[tuple[str, str]]:
    if hit.kind is EventKind.CLICK:
        told = "The program that asked fetches pictures or previews; a person’s click is made by a browser."
        return [("fetcher-click", told)]
    if not fetcher.early:
        return []
    if network is not None and network.role is NetworkRole.GATEWAY:
        return []  # which lends itself their names, and is told by its network
    if fetcher.key == "apple":
        told = (
            "Apple Mail’s privacy protection fetched it: it loads pictures whether or not the person reads the message."
        )
        sure = network is not None and network.owner == "Apple"
        return [("apple", told)] if sure else [("apple", told), ("apple", f"{_NAME_ONLY} Apple’s.")]
    if network is not None and network.role is NetworkRole.MAIL:
        return []  # Outlook's own proxy was seen to use the same name
    told = "Gmail fetched it ahead: it does so for mail that arrives while Gmail is open, whether or not it is read."
    sure = network is not None and network.owner == "Google"
    return (
        [("gmail-prefetch", told)]
        if sure
        else [("gmail-prefetch", told), ("gmail-prefetch", f"{_NAME_ONLY} Google’s.")]
    )


_NAME_ONLY = "It was known by its name; the address is not one that is known to be"


def _by_network(
    hit: HitFacts, context: Context, what: str, fetcher: PictureFetcher | None, network: KnownNetwork | None
) -> list[tuple[str, str]]:
    if network is None:
        return []
    if network.role is NetworkRole.GATEWAY:
        return [
            ("gateway", f"The {what} from the network of {network.owner}, which checks mail; nobody browses there.")
        ]
    if network.role is NetworkRole.PROXY and fetcher is None:
        return [("mail-service", f"The {what} by a machine of {network.owner}, which is not the one that shows mail.")]
    if network.role is NetworkRole.MAIL:
        if hit.kind is EventKind.CLICK:
            told = f"The {what} by a machine of {network.owner}; a person’s click comes from their own network."
            return [("mail-service", told)]
        if context.sent_at is not None and timedelta(0) <= hit.at - context.sent_at <= _AT_DELIVERY:
            return [("at-delivery", f"A machine of {network.owner} opened it while it was being delivered.")]
    return []


def _person(hit: HitFacts, fetcher: PictureFetcher | None, network: KnownNetwork | None) -> tuple[str, str]:
    """(rule, how it came)"""
    if fetcher is not None and not fetcher.early:
        by = f"It came by way of {fetcher.owner}’s image proxy, which fetches when the message is opened"
        if network is None or network.owner != fetcher.owner:
            by += " (known by its name alone)"
        return (f"{fetcher.key}-proxy", f"{by}: the place and the device are not known.")
    if network is not None and network.role is NetworkRole.PRIVACY and runs_on_apple(hit.user_agent):
        return ("relay", "It came by way of Apple’s private relay, so the address says no more than the region.")
    if network is not None and network.role is NetworkRole.PRIVACY and _is_apples_own(hit):
        told = (
            "It came from Apple’s own network, by a program that is not for Apple’s systems: from one of their machines, or by "
            "way of them. The address says no more of the reader."
        )
        return ("hidden", told)
    if network is not None and network.role is NetworkRole.PRIVACY:
        told = (
            "It came from a network that hides where people are: Apple’s private relay leaves there, and others do, as this "
            "program, which is not for Apple’s systems. The address says no more than the region."
        )
        return ("hidden", told)
    if network is not None:
        return ("mail-proxy", f"It came by way of {network.owner}, so the place and the device are not known.")
    return ("ordinary", "It was asked for with GET by an ordinary mail program or browser.")


def _proxy(hit: HitFacts, fetcher: PictureFetcher | None, network: KnownNetwork | None) -> str | None:
    if fetcher is not None:
        if fetcher.early and network is not None and network.role in (NetworkRole.MAIL, NetworkRole.GATEWAY):
            return None
        return None if fetcher.key == "apple" and hit.kind is EventKind.CLICK else fetcher.key
    hidden = network is not None and network.role is NetworkRole.PRIVACY
    return "apple" if hidden and runs_on_apple(hit.user_agent) else None


def _is_apples_own(hit: HitFacts) -> bool:
    """Where nobody else's relays leave."""
    return hit.address is not None and any(own.holds(hit.address) for own in _APPLES_OWN)


def _is_own(hit: HitFacts, context: Context) -> bool:
    address = hit.address
    if address is None or address.is_loopback:
        return False
    return any(span.range.holds(address) and span.since <= hit.at <= span.until for span in context.own)


def _when(hit: HitFacts, context: Context, what: str) -> str:
    if context.sent_at is None:
        return f"The {what}."
    span = hit.at - context.sent_at
    apart = ": the clocks of this computer and of the tracking server differ" if span <= -_CLOCKS else ""
    return f"The {what} {_after(span)} the message was sent{apart}."


def _after(span: timedelta) -> str:
    seconds = int(abs(span).total_seconds())
    if seconds < 1:
        return "within a second after" if span >= timedelta(0) else "within a second before"
    after = "after" if span >= timedelta(0) else "before"
    if seconds < 120:
        return f"{seconds} seconds {after}" if seconds > 1 else f"a second {after}"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} minutes {after}"
    hours = minutes // 60
    if hours < 48:
        return f"{hours} hours {after}"
    return f"{hours // 24} days {after}"


def _short(text: str) -> str:
    clean = " ".join(text.split())
    return clean if len(clean) <= 60 else clean[:59] + "…"
