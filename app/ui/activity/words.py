"""What an event of the feed says to a person. Pure; used by the feed's rows, its detail panel and the tray."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.domain.events import EventKind, Verdict
from app.domain.inboxes import InboxState, state_for
from app.domain.notices import late_mark
from app.domain.readers import SOMEONE
from app.ui.kit import times
from app.words.problems import explain

if TYPE_CHECKING:
    from app.domain.feed_filter import FeedTotals
    from app.domain.views import FeedRow

# kind: icon, tone
KINDS: dict[EventKind, tuple[str, str]] = {
    EventKind.OPEN: ("open", "accent"),
    EventKind.CLICK: ("click", "accent"),
    EventKind.REPLY: ("reply", "ok"),
    EventKind.BOUNCE: ("bounce", "bad"),
    EventKind.INBOX: ("inboxes", "warn"),
    EventKind.UNSUBSCRIBE: ("block", "warn"),
    EventKind.RESUBSCRIBE: ("check", "ok"),
    EventKind.REVIEW: ("warn", "warn"),
}
# verdict: word, tone, icon
VERDICTS: dict[Verdict, tuple[str, str, str]] = {
    Verdict.PERSON: ("Person", "ok", "person"),
    Verdict.MACHINE: ("Machine", "neutral", "machine"),
    Verdict.OWN: ("You", "neutral", "person"),
    Verdict.BLOCKED: ("Blocked", "bad", "block"),
    Verdict.INFERRED: ("Inferred", "infer", "infer"),
}
QUIET = frozenset({Verdict.MACHINE, Verdict.OWN, Verdict.BLOCKED})
PEOPLE = frozenset({Verdict.PERSON, Verdict.INFERRED})
JUDGED = frozenset({EventKind.OPEN, EventKind.CLICK})  # these always carry a verdict worth a chip


def sign(row: FeedRow) -> tuple[str, str]:
    """Icon and tone."""
    icon, tone = KINDS[row.kind]
    return "machine" if row.automatic else icon, "neutral" if is_quiet(row) else tone


def chip(row: FeedRow) -> tuple[str, str, str] | None:
    return VERDICTS[row.verdict] if row.kind in JUDGED or row.automatic else None


def is_quiet(row: FeedRow) -> bool:
    return row.automatic or (row.kind in JUDGED and row.verdict in QUIET)


def is_new(row: FeedRow) -> bool:
    """Not seen yet, and counted as such: what machines did waits for nobody."""
    return not row.seen and row.verdict in PEOPLE


def place(url: str) -> str:
    """A link as people recognise it: host and path, without scheme, query and `www.`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return (host + parts.path.rstrip("/")) or url


def who(row: FeedRow) -> str:
    if row.kind is EventKind.INBOX:
        return row.inbox_address or row.who
    if row.kind in JUDGED and row.verdict is Verdict.OWN:
        return "You"
    return row.who or row.address or SOMEONE


def what(row: FeedRow) -> str:
    """Comes after the name: "opened your message"."""
    if row.kind is EventKind.OPEN:
        return _opened(row)
    if row.kind is EventKind.CLICK:
        link = place(row.url) if row.url else "a link"
        if row.verdict is Verdict.MACHINE:
            return f"· a machine followed {link}"
        return f"clicked {link}"
    if row.kind is EventKind.REPLY:
        return "sent an automatic reply" if row.automatic else "replied"
    if row.kind is EventKind.BOUNCE:
        return "could not be reached"
    if row.kind is EventKind.UNSUBSCRIBE:
        return "unsubscribed"
    if row.kind is EventKind.RESUBSCRIBE:
        return "wants mail again"
    if row.kind is EventKind.REVIEW:
        return "was logged without its attachments" if row.lost_files else "was not logged"
    return inbox_state_words(row)


def _opened(row: FeedRow) -> str:
    if row.verdict is Verdict.OWN:
        return "opened your own message"
    if row.verdict is Verdict.MACHINE:
        return "· a machine fetched the picture"
    return "opened a message to several people" if row.who == SOMEONE else "opened your message"


def inbox_state_words(row: FeedRow) -> str:
    if row.problem is None:
        return "is up to date again"
    return {
        InboxState.NEEDS_SIGN_IN: "needs you to sign in again",
        InboxState.NEEDS_PERMISSION: "needs a permission",
        InboxState.CERTIFICATE: "shows another certificate than before",
    }.get(state_for(row.problem), "cannot be reached")


def second_line(row: FeedRow) -> str:
    if row.kind is EventKind.INBOX and row.problem is not None:
        return explain(row.problem, worked=True).title
    if row.kind is EventKind.BOUNCE and row.problem is not None:
        return f"{row.subject or '(no subject)'} · {explain(row.problem).title}"
    if row.kind is EventKind.REVIEW and row.reasons:
        return f"{row.subject or '(no subject)'} · {row.reasons[0].rstrip('.')}"
    if row.kind is EventKind.BOUNCE and row.reasons:
        return f"{row.subject or '(no subject)'} · {row.reasons[0].partition('. The server says:')[0].rstrip('.')}"
    if row.kind is EventKind.RESUBSCRIBE:
        return row.reasons[0] if row.reasons else row.address
    return row.subject or "(no subject)"


def headline(row: FeedRow) -> str:
    """What happened, for the head of the detail panel: a time follows."""
    if row.kind is EventKind.OPEN:
        return "Fetched by a machine" if row.verdict is Verdict.MACHINE else "Opened"
    return {
        EventKind.CLICK: "Followed by a machine" if row.verdict is Verdict.MACHINE else "Clicked",
        EventKind.REPLY: "Automatic reply" if row.automatic else "Replied",
        EventKind.BOUNCE: "Could not be delivered",
        EventKind.INBOX: "Changed",
        EventKind.UNSUBSCRIBE: "Unsubscribed",
        EventKind.RESUBSCRIBE: "Noted",
        EventKind.REVIEW: "Logged without its attachments" if row.lost_files else "Waits for you",
    }[row.kind]


def step(row: FeedRow) -> tuple[str, str]:
    """Icon and words in the story of a message."""
    if row.kind in JUDGED and row.verdict is Verdict.MACHINE:
        return "machine", "Fetched by a machine" if row.kind is EventKind.OPEN else "Link followed by a machine"
    name = row.who if row.who and row.who != SOMEONE else ""
    if row.kind is EventKind.CLICK:
        return "click", f"Clicked {place(row.url)}" if row.url else "Clicked a link"
    if row.kind is EventKind.OPEN:
        by = name.replace(SOMEONE, SOMEONE.lower(), 1) if name.startswith(f"{SOMEONE} at ") else name or "someone"
        return "open", f"Opened by {'you' if row.verdict is Verdict.OWN else by}"
    if row.automatic:
        return "machine", f"Automatic reply from {name}" if name else "Automatic reply"
    if row.kind is EventKind.REPLY:
        return "reply", f"{name} replied" if name else "Replied"
    if row.kind is EventKind.BOUNCE:
        return "bounce", f"{name or row.address} could not be reached"
    if row.kind is EventKind.UNSUBSCRIBE:
        return "block", f"{name} unsubscribed" if name else "Unsubscribed"
    if row.kind is EventKind.RESUBSCRIBE:
        return "check", f"{name or row.address} wants mail again"
    if row.kind is EventKind.REVIEW:
        return "warn", "Logged without its attachments" if row.lost_files else "Not logged as it was asked for"
    return "inboxes", "Inbox changed"


def by_rule(row: FeedRow) -> str:
    """The set of rules that judged it, and those of them that decided, by name."""
    decided = f": {', '.join(row.rules)}" if row.rules else ""
    return f"Rule set {row.rule_version}{decided}"


def proxy(row: FeedRow) -> str:
    return {
        "google": "Google’s image proxy",
        "yahoo": "Yahoo’s image proxy",
        "apple": "Apple’s privacy protection",
        "microsoft": "Microsoft’s proxy",
    }.get(row.proxy, row.proxy)


def network(row: FeedRow) -> str:
    """The address, as far as it is still kept."""
    if row.ip:
        return row.ip
    return "No longer kept; the verdict stays" if row.cut else ""


def totals(found: FeedTotals) -> str:
    """“312 events: 86 opens and 23 clicks by people, 41 by machines”."""
    events = times.count(found.events, "event", "events")
    if not found.people and not found.machines:
        return events
    opens, clicks = times.count(found.opens, "open", "opens"), times.count(found.clicks, "click", "clicks")
    return f"{events}: {opens} and {clicks} by people, {times.number(found.machines)} by machines"


def seen_from(row: FeedRow) -> str:
    """The proxy or the device, as far as it is known."""
    agent = row.user_agent
    for sign, name in (
        ("GoogleImageProxy", "Google image proxy"),
        ("YahooMailProxy", "Yahoo image proxy"),
        ("Outlook", "Outlook"),
        ("Thunderbird", "Thunderbird"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android device"),
        ("Macintosh", "Mac"),
        ("Windows", "Windows computer"),
        ("Linux", "Linux computer"),
    ):
        if sign in agent:
            return name
    return agent


def spoken(row: FeedRow, when: str) -> str:
    """The whole row as a person would say it, for screen readers."""
    parts = [f"{who(row)} {what(row).removeprefix('· ')}", second_line(row), when]
    if (mark := chip(row)) is not None:
        parts.append(mark[0])
    if came := late_mark(row):
        parts.append(f"came {came}" if came.startswith("while") else f"came in {came}")
    if is_new(row):
        parts.append("not seen yet")
    return ", ".join(parts)
