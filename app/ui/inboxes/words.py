"""The state of an inbox in words, for its card, the foot of the navigation and the tray. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from app.domain.inboxes import Account, ImapAccount, InboxState, Provider
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.ui.kit import times
from app.words.administrators import asked_of_administrators
from app.words.problems import explain
from app.words.quoting import server_says

if TYPE_CHECKING:
    from app.domain.views import InboxCard, LedgerBody

PROVIDERS: dict[Provider, tuple[str, str]] = {
    Provider.GMAIL: ("Gmail", "G"),
    Provider.OUTLOOK: ("Outlook", "O"),
    Provider.EXCHANGE: ("Exchange", "E"),
    Provider.IMAP: ("IMAP", "@"),
}
# state: words, tone, icon
STATES: dict[InboxState, tuple[str, str, str]] = {
    InboxState.CONNECTING: ("First look", "accent", "refresh"),
    InboxState.CONNECTED: ("Up to date", "ok", "check"),
    InboxState.UNREACHABLE: ("Not reachable", "warn", "warn"),
    InboxState.PAUSED: ("Paused", "neutral", "pause"),
    InboxState.NEEDS_SIGN_IN: ("Sign in again", "warn", "warn"),
    InboxState.NEEDS_PERMISSION: ("Permission needed", "warn", "warn"),
    InboxState.CERTIFICATE: ("Certificate changed", "bad", "shield"),
    InboxState.DISABLED: ("Disabled", "neutral", "pause"),
    InboxState.REMOVED: ("Removed", "neutral", "cross"),
}


_SHOWN_BELOW = (ProblemCode.CERTIFICATE_CHANGED, ProblemCode.CERTIFICATE_UNTRUSTED)


ACTIVE = (InboxState.CONNECTING, InboxState.CONNECTED)  # it is read
NOTHING_YET = (
    "Nothing to look for yet: no message is sent or logged here that older mail could answer. Write from this inbox, and "
    "answers are logged as they come."
)


class Mend(Enum):
    """The one thing to do about an inbox, as its button says it."""

    SYNC = "Sync now"
    RESUME = "Resume"
    RECONNECT = "Reconnect"
    ENABLE = "Enable"
    UNLOCK = "Unlock…"
    NOTHING = ""


MENDS: dict[InboxState, Mend] = {
    InboxState.CONNECTING: Mend.NOTHING,  # it goes on by itself
    InboxState.CONNECTED: Mend.SYNC,
    InboxState.UNREACHABLE: Mend.SYNC,
    InboxState.PAUSED: Mend.RESUME,
    InboxState.NEEDS_SIGN_IN: Mend.RECONNECT,
    InboxState.NEEDS_PERMISSION: Mend.RECONNECT,
    InboxState.CERTIFICATE: Mend.RECONNECT,
    InboxState.DISABLED: Mend.ENABLE,
    InboxState.REMOVED: Mend.NOTHING,
}


def first_look(card: InboxCard) -> tuple[int, int] | None:
    """See `InboxCard.first_look`."""
    return card.first_look


def last_sync(card: InboxCard, now: datetime) -> str:
    """How long ago. What was read before an inbox was removed is still counted when it is connected again."""
    if card.last_sync_at is not None:
        return times.capitalised(times.ago(card.last_sync_at, now))
    return "Not since it was connected anew" if card.headers_read and not card.folders else "Not yet"


def is_locked(card: InboxCard) -> bool:
    """Whether nothing can be read because its password cannot."""
    locked = card.problem is not None and card.problem.code is ProblemCode.SECRETS_LOCKED
    return locked and card.state is not InboxState.DISABLED


def state_words(card: InboxCard) -> tuple[str, str, str]:
    """Words, tone and icon; with the share that is done during a first look."""
    text, tone, icon = STATES[card.state]
    looking = first_look(card)
    if is_locked(card):
        return "Passwords locked", "warn", "lock"
    if card.problem is not None and card.problem.code is ProblemCode.DAILY_LIMIT:
        return "Paused until tomorrow", "neutral", "pause"
    if looking is not None and card.state in (*ACTIVE, InboxState.PAUSED):
        share = f"{100 * looking[0] // looking[1]}%"
        if card.state is InboxState.PAUSED:
            return f"Paused at {share}", tone, icon
        return f"First look, {share}", "accent", "refresh"
    if is_coming_back(card):
        return "Connecting", "accent", "refresh"
    return text, tone, icon


def is_coming_back(card: InboxCard) -> bool:
    """Whether it was read before, and is being connected to again: resumed, enabled, or signed in to anew."""
    return card.state is InboxState.CONNECTING and card.last_sync_at is not None and first_look(card) is None


def halted(card: InboxCard, done: int, total: int) -> str:
    """How far a first look came that does not go on just now."""
    waits = card.problem is not None and card.problem.code is ProblemCode.DAILY_LIMIT
    verb = "paused" if waits or card.state in (InboxState.PAUSED, InboxState.DISABLED) else "interrupted"
    return f"First look {verb} at {100 * done // total}%"


def mend_of(card: InboxCard) -> Mend:
    """What the card's button does."""
    return Mend.UNLOCK if is_locked(card) else MENDS[card.state]


def trouble_of(
    card: InboxCard, now: datetime, next_try: datetime | None = None, account: Account | None = None
) -> tuple[str, str, str] | None:
    """(kind of the banner, what happened, what it means and what to do), with the reason and since when; None when all is
    well. `next_try`: when it is tried again by itself; `account`: for the certificate that was trusted."""
    since = f"Since {times.since(card.since, now)}."
    if card.state is InboxState.DISABLED:
        text = "Nothing is read and nothing can be sent. Logged mail stays; reading goes on from the same place."
        return "info", f"Disabled since {times.since(card.since, now)}", text
    if card.state is InboxState.PAUSED:
        text = "Nothing is read until you resume it; mail still goes out. Reading then goes on from the same place."
        return "info", f"Paused since {times.since(card.since, now)}", text
    if card.problem is None:
        return None
    problem = card.problem
    told = explain(problem, worked=card.last_sync_at is not None)
    lines = []
    if problem.code in _SHOWN_BELOW and problem.certificate is not None:
        told = explain(replace(problem, certificate=None))  # else its fingerprint is in the sentence, too
    lines.append(f"{told.cause} {told.remedy}".strip())
    if card.state is InboxState.NEEDS_PERMISSION:
        known = told.remedy != explain(Problem(problem.code, problem.host)).remedy  # for what this server says
        asked = "" if known else asked_of_administrators(problem)
        lines += [f"What an administrator has to do: {asked}"] if asked else []
        lines += [server_says(problem)] if problem.server_words else []
    if card.state is InboxState.CERTIFICATE:
        lines += certificate_lines(problem, trusted_fingerprint(problem, account))
    if card.state is InboxState.UNREACHABLE:
        lines.append(f"{since} {_next_try(' '.join(lines), next_try, now)}".strip())
    else:
        rest = "Replies since then are not logged yet. Nothing is lost: reading goes on from the same place."
        lines.append(f"{since} {rest}")
    return "bad" if card.state is InboxState.CERTIFICATE else "warn", told.title, "\n".join(lines)


def _next_try(told: str, next_try: datetime | None, now: datetime) -> str:
    """That it goes on by itself, and when; without what was `told` already."""
    left = (next_try - now).total_seconds() if next_try is not None else 0
    when = f"at {times.clock(next_try)}" if next_try is not None and left > 60 else "in a moment"
    if " by itself" not in told:
        tried = f"It is tried again by itself{f', {when}' if next_try is not None else ''}"
    else:
        tried = f"The next try is {when}" if next_try is not None else ""
    lost = "" if "othing is lost" in told or "othing was lost" in told else "nothing is lost"
    text = "; ".join(part for part in (tried, lost) if part)
    return f"{times.capitalised(text)}." if text else ""


def trusted_fingerprint(problem: Problem, account: Account | None) -> str:
    """Of the one certificate that was trusted so far; empty where any of a known authority was."""
    if account is None:
        return ""
    if isinstance(account, ImapAccount) and account.smtp_trust is not None:
        smtp = account.smtp
        if (problem.host, problem.port) == (smtp.host, smtp.port):
            return account.smtp_trust.pin_sha256
    return account.trust.pin_sha256


def certificate_lines(problem: Problem, trusted: str) -> list[str]:
    """The old certificate and the new one, as a person compares them with whoever runs the server."""
    lines = []
    if trusted:
        lines.append(f"Trusted so far: {_fingerprint(trusted)}")
    if problem.certificate is not None:
        c: CertificateFacts = problem.certificate
        dates = f"valid {c.not_before[:10]} to {c.not_after[:10]}"
        lines.append(f"Shown now: {_fingerprint(c.sha256)}")
        issuer = "itself" if c.issuer and c.issuer == c.subject else c.issuer or "—"
        lines.append(f"Issued to {c.subject or '—'} by {issuer}, {dates}.")
    return lines


def _fingerprint(sha256: str) -> str:
    """SHA-256 in pairs, on two lines; in a narrow window on four."""
    text = "".join(ch for ch in sha256.upper() if ch.isalnum())
    pairs = [text[i : i + 2] for i in range(0, len(text), 2)]
    eights = [":".join(pairs[i : i + 8]) for i in range(0, len(pairs), 8)]
    return "SHA-256\n" + ":\n".join(": ".join(eights[i : i + 2]) for i in range(0, len(eights), 2))


def removal_words(card: InboxCard) -> tuple[str, str]:
    """(what happens, what stays) when an inbox is removed."""
    if card.provider is Provider.GMAIL:
        forgets = "forgets its sign-in and takes it back at Google. Where Google does not answer, its page is offered."
    elif card.provider is Provider.OUTLOOK:
        forgets = "forgets its sign-in. Microsoft lets only you take it back: the page for that is offered next."
    else:
        forgets = "deletes its password from this computer."
    return (
        f"Hitchpost stops reading it and sending from it, and {forgets}",
        "Logged messages and contacts stay. The mailbox itself is not touched.",
    )


def folder_names(card: InboxCard) -> str:
    """Inbox, Sent, 2 more"""
    names = ["Inbox" if f.role == "inbox" else f.path.rsplit("/", 1)[-1] for f in card.folders]
    if len(names) > 3:
        return f"{', '.join(names[:2])}, {len(names) - 2} more"
    return ", ".join(names) or "None yet"


def read_message(body: LedgerBody) -> str:
    """Karin Lindqvist: Re: Offer. Of what was not logged nothing is kept but its place."""
    if body.sender:
        return f"{body.sender}: {body.subject or '(no subject)'}"
    folder = "Inbox" if body.folder == "INBOX" else body.folder
    return f"Message {body.uid} in {folder}, not kept"


def why_read(body: LedgerBody) -> str:
    return f"Answers your message “{body.answers}”" if body.answers and body.why.startswith("Answers ") else body.why


ASIDE_REASONS = {
    "broken_message": "it is damaged",
    "answer_too_large": "it is too large",
    "connection_lost": "the server hangs up on it",
    "read_timeout": "the server does not give it",
}


def aside_words(aside: tuple[tuple[str, int, str], ...]) -> tuple[str, str]:
    """What happened, and what it means, about messages that could not be read."""
    told = []
    for folder, uid, reason in aside[:3]:
        why = ASIDE_REASONS.get(reason, reason.replace("_", " "))
        told.append(f"number {uid} in {'Inbox' if folder == 'INBOX' else folder}: {why}")
    more = f" And {len(aside) - 3} more." if len(aside) > 3 else ""
    title = f"{times.count(len(aside), 'message', 'messages')} could not be read"
    rest = "All others were read. These are tried again by themselves, and after an update."
    text = f"{times.capitalised('; '.join(told))}.{more} {rest}"
    return title, text
