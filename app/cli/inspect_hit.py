"""`inspect hit`: what the program makes of one request to the tracking server, by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.errors import UsageError
from app.domain.events import EventKind, Verdict
from app.domain.hit_facts import Context, HitFacts
from app.domain.verdicts import judge

_FORM = (
    'The input of inspect hit is JSON: {"ua": "…", "ip": "192.0.2.1", "method": "GET", "headers": {"accept": "…"}, '
    '"kind": "open", "seconds_after_send": 60}.'
)
_SENT = datetime(2026, 1, 1, tzinfo=UTC)
_MOST_SECONDS = 10**9
_LONGEST = 4000  # characters of one value


def inspect_hit(value: Any) -> dict[str, Any]:
    """Raises UsageError for what is no hit. What is left out is taken as it mostly is: GET, an open, an hour after sending."""
    if not isinstance(value, dict):
        raise UsageError(_FORM)
    kind = {"open": EventKind.OPEN, "click": EventKind.CLICK}.get(_text(value, "kind", "open").strip().lower())
    if kind is None:
        raise UsageError(f"kind is open or click. {_FORM}")
    headers = _headers(value.get("headers"))
    facts = HitFacts(
        kind=kind,
        at=_SENT + timedelta(seconds=_seconds(value)),
        method=_text(value, "method", "GET") or "GET",
        user_agent=_text(value, "ua", (headers or {}).get("user-agent", "")),
        ip=_text(value, "ip", ""),
        headers=headers,
    )
    judged = judge([facts], Context(sent_at=_SENT))[0]
    return {
        "human": judged.verdict is Verdict.PERSON,
        "proxy": judged.proxy,
        "geo_reliable": judged.geo_reliable,
        "verdict": judged.verdict.value,
        "reason": " ".join(judged.reasons),
        "rules": list(judged.rules),
    }


def _text(value: dict[str, Any], name: str, default: str) -> str:
    given = value.get(name)
    if given is None:
        return default
    if not isinstance(given, str):
        raise UsageError(f"{name} is text. {_FORM}")
    return given[:_LONGEST]


def _seconds(value: dict[str, Any]) -> float:
    given = value.get("seconds_after_send", 3600)
    if given is None:
        return 3600.0
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= _MOST_SECONDS:
        raise UsageError(f"seconds_after_send is a number of seconds. {_FORM}")
    return float(given)


def _headers(given: Any) -> dict[str, str] | None:
    """A few headers, without Accept, are not all that there were: nothing follows from what is missing."""
    if given is None or given == {}:
        return None
    if not isinstance(given, dict):
        raise UsageError(f"headers is an object. {_FORM}")
    headers = {str(name).strip().lower(): str(text)[:_LONGEST] for name, text in given.items() if text is not None}
    return headers if "accept" in headers else {"accept-language": "*", **headers}
