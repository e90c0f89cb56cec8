"""Whether an event notifies, and what the notice says (N1). Pure; the runtime shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.events import EventKind, Verdict
from app.domain.views import FeedRow


@dataclass(frozen=True)
class Notice:
    title: str
    body: str
    urgent: bool = False


@dataclass(frozen=True)
class Note:
    """One notification. `key` comes back when it is clicked; a later note with the same `topic` takes its place."""

    key: str
    title: str
    body: str
    topic: str = ""
    urgent: bool = False


@dataclass(frozen=True)
class Quiet:
    """No notice; `why` follows “No,” in the feed."""

    why: str


def decide_notice(row: FeedRow, settings: Mapping[str, object]) -> Notice | Quiet:
    """`settings`: notify_open, notify_click … and notify_paused."""
    if row.verdict == Verdict.MACHINE:
        return Quiet("a machine did this, not a person")
    if row.verdict == Verdict.OWN:
        return Quiet("you did this yourself")
    if row.verdict == Verdict.BLOCKED:
        return Quiet("it came from an address that you blocked")
    if row.verdict == Verdict.INFERRED:
        return Quiet("it was concluded from another event, which did notify")
    if settings.get("notify_paused"):
        return Quiet("notifications were paused")
    if not settings.get(f"notify_{row.kind.value}", True):
        return Quiet("notifications of this kind are switched off")
    subject = row.subject or "(no subject)"
    match row.kind:
        case EventKind.OPEN:
            return Notice(f"{row.who} opened your message", subject)
        case EventKind.CLICK:
            return Notice(f"{row.who} clicked a link", f"{short_url(row.url)}\n{subject}")
        case EventKind.REPLY:
            return Notice(f"{row.who} replied", subject)
        case EventKind.BOUNCE:
            return Notice(
                f"{row.who} could not be reached", f"{subject}\n{row.reasons[0] if row.reasons else ''}", True
            )
        case EventKind.INBOX:
            return Notice(
                f"{row.inbox_address or row.who} needs you", "Replies are not logged until it is connected.", True
            )
        case EventKind.REVIEW:
            what = "was logged without its attachments" if row.lost_files else "was not logged"
            return Notice(f"A message {what}", f"{subject}\n{row.reasons[0] if row.reasons else ''}")


def short_url(url: str) -> str:
    """Host and path, as a person reads it."""
    rest = url.split("://", 1)[-1].removeprefix("www.")
    rest = rest.split("?", 1)[0].split("#", 1)[0].rstrip("/")
    return rest if len(rest) <= 60 else rest[:59] + "…"
