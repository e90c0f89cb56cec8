"""Whether an event notifies, and what the notice says (N1). Pure; the runtime shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.events import EventKind, Verdict

if TYPE_CHECKING:
    from app.domain.views import FeedRow

GROUP_SECONDS = "notify_group_seconds"
FEED = "feed"  # the key of a note about several messages: it leads to the feed
NOWHERE = ""

# what follows “Yes,” or “No,” in the feed
NOT_TOLD_YET = "the window was not open"  # as an event is stored
CAME_AWAY = "it came while you were away"
CAME_IN_QUIET = "it came in your quiet hours"
IN_QUIET = f"{CAME_IN_QUIET}; one summary tells you afterwards"
TAKEN_BACK = "and taken back when it turned out not to be a person’s"
NO_DESKTOP = "this desktop shows no notifications"

_REMEMBERED = 50  # notices of which something may be taken back
_MANY = 3  # people that a summary names
_LONGEST_TITLE, _LONGEST_BODY = 160, 400
# kind: one, several
_COUNTED: dict[EventKind, tuple[str, str]] = {
    EventKind.OPEN: ("open", "opens"),
    EventKind.CLICK: ("click", "clicks"),
    EventKind.REPLY: ("reply", "replies"),
    EventKind.UNSUBSCRIBE: ("unsubscribed", "unsubscribed"),
    EventKind.RESUBSCRIBE: ("wants mail again", "want mail again"),
    EventKind.BOUNCE: ("bounce", "bounces"),
    EventKind.INBOX: ("lost inbox", "lost inboxes"),
    EventKind.REVIEW: ("message not logged", "messages not logged"),
}
_CATEGORIES = {EventKind.BOUNCE: "email.bounced", EventKind.INBOX: "network.error", EventKind.REPLY: "email.arrived"}
_TROUBLE = frozenset({EventKind.BOUNCE, EventKind.INBOX, EventKind.REVIEW})


@dataclass(frozen=True)
class Notice:
    title: str
    body: str
    urgent: bool = False


@dataclass(frozen=True)
class Note:
    """One notification. `key` comes back when it is clicked: an event's number, FEED or NOWHERE; a later note with the same
    `topic` takes its place; one without a title takes it away. `category`: of the Desktop Notifications Specification."""

    key: str
    title: str
    body: str
    topic: str = ""
    urgent: bool = False
    category: str = "email"

    @property
    def takes_away(self) -> bool:
        return not self.title


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
        case EventKind.UNSUBSCRIBE:
            return Notice(f"{row.who} unsubscribed", subject)
        case EventKind.RESUBSCRIBE:
            return Notice(f"{row.who} wants mail again", subject)
        case EventKind.REVIEW:
            what = "was logged without its attachments" if row.lost_files else "was not logged"
            return Notice(f"A message {what}", f"{subject}\n{row.reasons[0] if row.reasons else ''}")


@dataclass
class _Burst:
    """Several events in one notice. `lane`: whether they are troubles."""

    lane: bool
    began: float
    topic: str
    rows: list[tuple[FeedRow, Notice]]

    def note(self) -> Note:
        rows = [row for row, _ in self.rows]
        if len(rows) == 1:
            row, notice = self.rows[0]
            return _tidy(Note(str(row.id), notice.title, notice.body, self.topic, notice.urgent, _category(rows)))
        return replace(summary(rows, "", self.topic), urgent=self.lane)


class Bursts:
    """What comes within some seconds of the first one is one notice, which grows: of one message or of many. What people did
    and what went wrong are kept apart, so that a lost inbox is not a line among opens."""

    def __init__(self) -> None:
        self._number = 0
        self._last: dict[bool, _Burst] = {}
        self._told: list[_Burst] = []  # the last ones

    def add(self, row: FeedRow, notice: Notice, at: float, within: float) -> tuple[Note, int]:
        """The note that tells of it, and how many events it told of before. `at`: seconds of a clock that never goes back;
        `within` 0: each event is a notice of its own."""
        lane = row.kind in _TROUBLE
        burst = self._last.get(lane)
        if burst is None or not burst.rows or not at - burst.began < within:
            self._number += 1
            burst = self._last[lane] = _Burst(lane, at, f"burst-{self._number}", [])
            self._told = [*self._told[-_REMEMBERED:], burst]
        burst.rows.append((row, notice))
        return burst.note(), len(burst.rows) - 1

    def remove(self, rows: Sequence[FeedRow]) -> tuple[Note, ...]:
        """What is to be shown in the place of the notes that told of these, too; one without a title for nothing."""
        gone = {row.id for row in rows}
        notes = []
        for burst in self._told:
            left = [(row, notice) for row, notice in burst.rows if row.id not in gone]
            if len(left) < len(burst.rows):
                burst.rows = left
                notes.append(burst.note() if left else Note(NOWHERE, "", "", burst.topic))
        return tuple(notes)


def summary(rows: Sequence[FeedRow], lead: str, topic: str) -> Note:
    """One notice of several events: “While you were away: 3 opens, 1 reply”. `lead`: what its counts are introduced by; without
    one, a single person is."""
    counted = counts(rows)
    who = list(dict.fromkeys(row.who or row.address or row.inbox_address for row in rows))
    subjects = list(dict.fromkeys(row.subject for row in rows))
    about = (subjects[0] or "(no subject)") if len(subjects) == 1 else ""
    if lead:
        title, lines = f"{lead}: {counted}", [_names(who), about]
    elif len(who) == 1:
        title, lines = f"{who[0]}: {counted}", [about or f"{len(subjects)} messages"]
    else:
        title, lines = counted[:1].upper() + counted[1:], [_names(who), about]
    messages = {row.message_pk for row in rows}
    key = str(rows[-1].id) if len(messages) == 1 and None not in messages else FEED
    return _tidy(Note(key, title, "\n".join(line for line in lines if line), topic, category=_category(rows)))


def counts(rows: Sequence[FeedRow]) -> str:
    """“3 opens, 1 reply”."""
    found = Counter(row.kind for row in rows)
    return ", ".join(f"{found[kind]} {names[found[kind] > 1]}" for kind, names in _COUNTED.items() if found[kind])


def late_mark(row: FeedRow) -> str:
    """What the feed shows beside the time of an event that was not told as it came; empty for any other."""
    if CAME_AWAY in row.notified_why:
        return "while away"
    return "quiet hours" if CAME_IN_QUIET in row.notified_why else ""


def short_url(url: str) -> str:
    """Host and path, as a person reads it."""
    rest = url.split("://", 1)[-1].removeprefix("www.")
    rest = rest.split("?", 1)[0].split("#", 1)[0].rstrip("/")
    return rest if len(rest) <= 60 else rest[:59] + "…"


def _names(who: Sequence[str]) -> str:
    if len(who) <= _MANY:
        return ", ".join(who[:-1]) + (" and " if len(who) > 1 else "") + who[-1]
    return f"{', '.join(who[:2])} and {len(who) - 2} others"


def _category(rows: Sequence[FeedRow]) -> str:
    found = {_CATEGORIES.get(row.kind, "email") for row in rows}
    return found.pop() if len(found) == 1 else "email"


def _tidy(note: Note) -> Note:
    """A title is one line; both are as long as a desktop shows."""
    return replace(note, title=_cut(" ".join(note.title.split()), _LONGEST_TITLE), body=_cut(note.body, _LONGEST_BODY))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
