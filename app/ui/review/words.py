"""What an entry of the review list says to a person, and what mends its reason. Pure; used by the list and its detail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.domain.addresses import address_key
from app.domain.copied_mail import KEEP_NOTHING, CopyKind, Refusal
from app.domain.record_words import folded, search_parts
from app.domain.review import ReviewItem, ReviewState
from app.words.review import review_words

NOTHING_KEPT = "Nothing of it was kept"
FILTERS: tuple[tuple[ReviewState, str], ...] = (
    (ReviewState.OPEN, "Waiting"),
    (ReviewState.LOGGED, "Logged"),
    (ReviewState.DISMISSED, "Dismissed"),
    (ReviewState.KEPT_OUT, "Kept out"),
)
# state: word, tone, icon
STATES: dict[ReviewState, tuple[str, str, str]] = {
    ReviewState.OPEN: ("Waiting", "warn", "clock"),
    ReviewState.LOGGED: ("Logged", "ok", "check"),
    ReviewState.DISMISSED: ("Dismissed", "neutral", "minus"),
    ReviewState.KEPT_OUT: ("Kept out", "neutral", "block"),
}
COPIED = {CopyKind.BCC: "by BCC", CopyKind.FORWARD: "by forwarding"}

R = Refusal
# reason: icon and tone of its disc
MARKS: dict[Refusal, tuple[str, str]] = {
    R.UNKNOWN_SENDER: ("infer", "warn"),
    R.UNDECIDED: ("team", "warn"),
    R.NO_ACCESS: ("lock", "warn"),
    R.USER_REMOVED: ("person", "warn"),
    R.FORGED: ("shield", "bad"),
    R.AUTOMATIC: ("machine", "neutral"),
    R.NEVER_LOG: ("block", "neutral"),
    R.DELETED: ("trash", "neutral"),
    R.REMOVED: ("trash", "neutral"),
    R.NO_LEGAL_BASIS: ("shield", "warn"),
    R.TOO_LARGE: ("mail", "warn"),
    R.NO_CONTACT: ("contacts", "warn"),
    R.NO_NEW_CONTACTS: ("contacts", "warn"),
    R.NOT_A_FORWARD: ("forward", "warn"),
    R.ONE_FORM: ("forward", "warn"),
    R.UNREADABLE: ("lock", "warn"),
    R.FILES_LEFT_OUT: ("attach", "neutral"),
}


class Mend(Enum):
    """What leads to the place where a reason is mended."""

    BASIS = "basis"
    NEVER = "never"
    USERS = "users"
    LOGGING = "logging"
    EMAIL = "email"


# reason: what mends it, and the button's text
MENDS: dict[Refusal, tuple[Mend, str]] = {
    R.UNKNOWN_SENDER: (Mend.LOGGING, "Logging addresses"),
    R.NO_ACCESS: (Mend.USERS, "Users"),
    R.USER_REMOVED: (Mend.USERS, "Users"),
    R.NEVER_LOG: (Mend.NEVER, "Never-log lists"),
    R.NO_LEGAL_BASIS: (Mend.BASIS, "Note a legal basis…"),
    R.NO_NEW_CONTACTS: (Mend.EMAIL, "Settings for contacts"),
    R.ONE_FORM: (Mend.LOGGING, "Settings for forwarding"),
}


@dataclass(frozen=True)
class Lines:
    """The two lines of a row. `rest` comes after `who`."""

    who: str
    rest: str
    below: str


def lines(item: ReviewItem) -> Lines:
    if not item.raw_sha256 and item.reason in KEEP_NOTHING:
        return Lines("A message", f"copied {COPIED[item.kind]}", NOTHING_KEPT)
    to = ", ".join(item.recipients[:2]) + (f" and {len(item.recipients) - 2} more" if len(item.recipients) > 2 else "")
    return Lines(item.sender or "Unknown sender", f"to {to}" if to else "", item.subject or _unnamed(item))


def _unnamed(item: ReviewItem) -> str:
    return "Its content was not kept" if item.is_fetched_again else "(no subject)"


def reason_title(item: ReviewItem) -> str:
    return review_words(item.reason, item.facts, item.sender).title


def chip(item: ReviewItem) -> tuple[str, str, str]:
    """At the right of a row: the reason while it waits, then what became of it."""
    if item.state in (ReviewState.OPEN, ReviewState.KEPT_OUT):
        return reason_title(item), MARKS[item.reason][1], ""
    return STATES[item.state]


def spoken(item: ReviewItem, when: str) -> str:
    """The whole row as a person would say it, for screen readers."""
    told = lines(item)
    return f"{told.who} {told.rest}, {told.below}, {reason_title(item)}, {STATES[item.state][0].lower()}, {when}"


def matches(item: ReviewItem, search: str) -> bool:
    """Whether every word stands in the sender, the subject or the reason, in whatever case and accents."""
    text = folded(f"{item.sender} {item.subject} {reason_title(item)}")
    return all(word in text for word in search_parts(search))


def undoable(item: ReviewItem) -> bool:
    """Dismissed, or logged by hand."""
    return item.state is ReviewState.DISMISSED or (item.state is ReviewState.LOGGED and "undo" in item.facts)


def lacking_basis(item: ReviewItem) -> tuple[str, ...]:
    """For whom a legal basis is missing."""
    people = item.facts.get("addresses")
    return tuple(str(p) for p in people) if isinstance(people, list) else item.recipients


def people_of(item: ReviewItem, own: frozenset[str]) -> tuple[str, ...]:
    """To whom it may belong: those it was sent to who are not of this workspace. Of what was forwarded that is not known: it
    was sent to the forwarding address. `own`: keys."""
    named = item.recipients if item.kind is CopyKind.BCC else ()
    facts = item.facts.get("addresses")
    more = tuple(str(p) for p in facts) if isinstance(facts, list) else ()
    found = {address_key(a): a for a in (*more, *named) if a and address_key(a) not in own}
    return tuple(found.values())
