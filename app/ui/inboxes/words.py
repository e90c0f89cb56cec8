"""The state of an inbox in words, for its card, the foot of the navigation and the tray. Pure."""

from __future__ import annotations

from app.domain.inboxes import InboxState, Provider
from app.domain.problems import ProblemCode
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


def first_look(card: InboxCard) -> tuple[int, int] | None:
    """(headers read, headers to read) of the first look, None when it is done or its size is not known."""
    waiting = [f for f in card.folders if not f.first_look_done]
    total = sum(f.first_look_total for f in card.folders if f.first_look_total > 0)
    if not waiting or total <= 0:
        return None
    done = sum(f.first_look_total if f.first_look_done else f.first_look_at for f in card.folders)
    return min(done, total), total


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
    if card.state in (InboxState.CONNECTING, InboxState.CONNECTED) and looking is not None:
        done, total = looking
        return f"First look, {100 * done // total}%", "accent", "refresh"
    return text, tone, icon


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
