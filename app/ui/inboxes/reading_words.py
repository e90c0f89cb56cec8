"""What is read of an inbox, and how soon, in words: each of its folders, and whose bodies. Pure. Used by its card and the
ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.folders import MOST_FOLDERS, LeftOut
from app.domain.inboxes import InboxState
from app.domain.logging_rules import LogMode
from app.domain.pace import Pace, Watch
from app.domain.problems import ProblemCode
from app.domain.views import FolderRow, InboxCard
from app.ui.kit import times

MOST_NAMED = 4  # folders of a kind that is not read; their number says more than their names
OF_MANY: dict[LeftOut, str] = {
    LeftOut.JUNK: "they hold junk mail",
    LeftOut.TRASH: "they hold deleted messages",
    LeftOut.DRAFTS: "they hold drafts",
    LeftOut.NO_MAIL: "they hold no mail",
    LeftOut.NOT_OPEN: "they cannot be opened",
    LeftOut.VIRTUAL: "they only show messages of other folders",
    LeftOut.OTHERS: "they belong to other people",
}
_ORDER = list(LeftOut)  # the same at every look
WAITS: dict[InboxState, str] = {
    InboxState.UNREACHABLE: "goes on when the server can be reached",
    InboxState.PAUSED: "waits until you resume the inbox",
    InboxState.NEEDS_SIGN_IN: "waits until you sign in again",
    InboxState.NEEDS_PERMISSION: "waits for the permission",
    InboxState.CERTIFICATE: "waits until the certificate is settled",
    InboxState.DISABLED: "waits until you enable the inbox",
    InboxState.REMOVED: "no longer read",
}
BODIES = {
    LogMode.REPLIES.value: "Bodies are read only of messages that answer what you sent or logged, and of delivery reports.",
    LogMode.CONTACTS.value: "Bodies are read of all mail with your contacts, of messages that answer what you sent or "
    "logged, and of delivery reports. Settings › E-mail changes that.",
}


@dataclass(frozen=True)
class FolderLine:
    """`state`: how it is read, when it was looked at last, and what comes next. `why`: what keeps new mail from coming at
    once, where there is more to say."""

    name: str
    state: str
    why: str = ""


def bodies_read(log_mode: object) -> str:
    """Whose bodies are read, as the setting `log.mode` stands."""
    return BODIES.get(str(log_mode), BODIES[LogMode.REPLIES.value])


def folder_lines(card: InboxCard, now: datetime, pace: Pace | None, before: Pace | None = None) -> list[FolderLine]:
    """A line a folder, then what is never read. `pace`: None while the inbox is not connected; `before`: as it was when it
    was connected last, whose folders are left out still."""
    return [*(_line(card, folder, now, pace) for folder in card.folders), *_never_read(pace or before)]


def _never_read(pace: Pace | None) -> list[FolderLine]:
    """Those that people know by name, each; of the rest only how many there are of a kind."""
    by_reason: dict[LeftOut, list[str]] = {}
    for path, why in pace.left_out if pace is not None else ():
        by_reason.setdefault(why, []).append(path)
    lines = []
    for why, paths in sorted(by_reason.items(), key=lambda found: _ORDER.index(found[0])):
        if len(paths) <= MOST_NAMED:
            lines += [FolderLine(path, f"never read: {why.value}") for path in paths]
        else:
            named = f"{', '.join(paths[:MOST_NAMED])}, and {times.number(len(paths) - MOST_NAMED)} more"
            lines.append(FolderLine(f"{times.number(len(paths))} folders", f"never read: {OF_MANY[why]}", named))
    return lines


def unread_folders(pace: Pace | None) -> str:
    """A sentence about folders that are left out because there are so many; empty where all are read."""
    if pace is None or not pace.too_many:
        return ""
    more = "One more folder is" if pace.too_many == 1 else f"{times.number(pace.too_many)} more folders are"
    return (
        f"{more} not read: {MOST_FOLDERS} are, besides Inbox and Sent. Answers that a filter moves to the others are not "
        "found; move them to a folder that is read, or have the filter do so."
    )


def _line(card: InboxCard, folder: FolderRow, now: datetime, pace: Pace | None) -> FolderLine:
    name = "Inbox" if folder.role == "inbox" else folder.path
    looked = f"last look {times.ago(folder.last_checked_at, now)}" if folder.last_checked_at else "not looked at yet"
    if card.state in WAITS:
        if card.state is InboxState.UNREACHABLE and card.problem and card.problem.code is ProblemCode.DAILY_LIMIT:
            return FolderLine(name, f"{looked}, goes on tomorrow")
        return FolderLine(name, f"{looked}, {WAITS[card.state]}")
    if folder.held_until is not None and folder.held_until > now:
        until = times.clock(folder.held_until)
        return FolderLine(name, f"{looked}, left alone until {until}: the server numbers it anew too often")
    if not folder.first_look_done:
        if folder.first_look_total <= 0:
            return FolderLine(name, "waits for its first look")
        done, total = times.number(folder.first_look_at), times.number(folder.first_look_total)
        return FolderLine(name, f"first look: {done} of {total} headers, newest first; goes on where it stopped")
    if pace is None:
        return FolderLine(name, f"{looked}, next as soon as the server is reached")
    watch = {"inbox": pace.inbox, "sent": pace.sent}.get(folder.role, pace.others)
    if watch.pushed:
        what = "new mail comes" if folder.role == "inbox" else "what is new is told"
        return FolderLine(name, f"{what} at once, {looked}")
    told = f"{_how(watch)}{looked}{_next(watch, folder.last_checked_at, now)}"
    if folder.role == "inbox" and watch.why:
        return FolderLine(name, f"{told}. {watch.why}")
    return FolderLine(name, told, watch.why)


def _how(watch: Watch) -> str:
    if watch.every is None:
        return ""
    if watch.every < 60:
        return f"asked for new mail every {watch.every} s, "
    minutes = round(watch.every / 60)
    return "looked at every minute, " if minutes == 1 else f"looked at every {minutes} min, "


def _next(watch: Watch, looked_at: datetime | None, now: datetime) -> str:
    if watch.every is None or watch.every < 60 or looked_at is None:
        return ""
    left = (looked_at + timedelta(seconds=watch.every) - now).total_seconds()
    return f", next {'in a moment' if left < 60 else f'in {round(left / 60)} min'}"
