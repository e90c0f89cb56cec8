"""How far an open or a click is believed: a person, a machine, and why (T2, T6). Rules are versioned (`RULE_VERSION`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.events import EventKind, Verdict

# Programs that name themselves in the user agent and fetch without a person.
_MACHINES = re.compile(
    r"bot\b|crawl|spider|slurp|preview|scanner|monitor|curl/|wget/|python-requests|python-urllib|go-http-client|"
    r"java/|libwww|httpclient|proofpoint|barracuda|mimecast|safelinks|urldefense|virustotal|headless",
    re.IGNORECASE,
)
_GOOGLE_PROXY = "GoogleImageProxy"
_YAHOO_PROXY = "YahooMailProxy"


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    reasons: tuple[str, ...]


def judge_hit(
    *,
    kind: EventKind,
    at: datetime,
    method: str,
    user_agent: str,
    sent_at: datetime,
    bounced_at: datetime | None,
) -> Judgement:
    """The verdict on one request. Reasons are sentences for the person who reads the feed."""
    what = "picture was fetched" if kind == EventKind.OPEN else "link was followed"
    if bounced_at is not None and at >= bounced_at:
        return Judgement(
            Verdict.MACHINE, (f"The {what} after this address had reported that it could not deliver the message.",)
        )
    if method.upper() == "HEAD":
        return Judgement(Verdict.MACHINE, (f"The {what} with HEAD, as link checkers do; mail programs use GET.",))
    named = _MACHINES.search(user_agent)
    if named:
        return Judgement(Verdict.MACHINE, (f"The program that asked calls itself “{_short(user_agent)}”.",))
    if not user_agent.strip():
        return Judgement(Verdict.MACHINE, (f"The {what} by a program that does not say its name.",))
    reasons = [f"The {what} {_after(at - sent_at)} the message was sent."]
    if _GOOGLE_PROXY in user_agent:
        reasons.append("It came by way of Google’s image proxy, so the place and device are not known.")
    elif _YAHOO_PROXY in user_agent:
        reasons.append("It came by way of Yahoo’s image proxy, so the place and device are not known.")
    else:
        reasons.append("It was asked for with GET by an ordinary mail program or browser.")
    return Judgement(Verdict.PERSON, tuple(reasons))


INFERRED_FROM_CLICK = "The picture was not fetched, but a link in this message was followed: it must have been opened."
INFERRED_FROM_REPLY = "The picture was not fetched, but the message was answered: it must have been opened."


def _after(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 1:
        return "within a second after"
    if seconds < 120:
        return f"{seconds} seconds after"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} minutes after"
    hours = minutes // 60
    if hours < 48:
        return f"{hours} hours after"
    return f"{hours // 24} days after"


def _short(text: str) -> str:
    clean = " ".join(text.split())
    return clean if len(clean) <= 60 else clean[:59] + "…"
