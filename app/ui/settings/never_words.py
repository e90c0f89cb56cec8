"""What a dry run of never-log entries showed, in words; and how pasted text becomes entries. Pure; used by the dialogs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.never_log import CoveredMessage, NeverRemoved, NeverTrial
from app.ui.kit import times
from app.words.deletion import near_sentence

_BETWEEN = re.compile(r"[\s,;]+")


def split_typed(text: str) -> tuple[str, ...]:
    """Addresses and domains, one a line or with commas, semicolons or spaces between; each once. Of a pasted
    `Ada Berg <ada@example.org>` the address."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        parts = re.findall(r"<([^<>\s]+@[^<>\s]+)>", line) or _BETWEEN.split(line)
        for part in parts:
            if part:
                found.setdefault(part, None)
    return tuple(found)


@dataclass(frozen=True)
class Touched:
    """Of several entries together: nobody is counted twice, and what goes for one of them goes."""

    go: tuple[CoveredMessage, ...]
    stay: tuple[CoveredMessage, ...]
    contacts: tuple[str, ...]
    unname: tuple[CoveredMessage, ...] = ()
    near: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    waiting_go: int = 0
    waiting_unname: int = 0

    @property
    def logged(self) -> int:
        """Messages that removing does something to."""
        return len(self.go) + len(self.stay) + len(self.unname) + self.waiting_go + self.waiting_unname

    @property
    def nothing(self) -> bool:
        return not (self.logged or self.contacts or self.near or self.own)


def together(trials: Sequence[NeverTrial]) -> Touched:
    """Newest first."""
    go = {m.pk: m for trial in trials for m in trial.would_go}
    stay = {m.pk: m for trial in trials for m in trial.would_stay if m.pk not in go}
    unname = {m.pk: m for trial in trials for m in trial.would_unname if m.pk not in go and m.pk not in stay}
    contacts = sorted({address for trial in trials for address in trial.contacts})
    waiting_go = {i for trial in trials for i in trial.waiting_go}
    by_date = lambda m: m.date  # noqa: E731
    return Touched(
        tuple(sorted(go.values(), key=by_date, reverse=True)),
        tuple(sorted(stay.values(), key=by_date, reverse=True)),
        tuple(contacts),
        tuple(sorted(unname.values(), key=by_date, reverse=True)),
        tuple(sorted({address for trial in trials for address in trial.near})),
        tuple(sorted({address for trial in trials for address in trial.own})),
        len(waiting_go),
        len({i for trial in trials for i in trial.waiting_unname} - waiting_go),
    )


def sentences(found: Touched) -> tuple[str, ...]:
    """What it would have kept out, and whom it is about."""
    if found.nothing:
        return ("Nothing that is logged here is about it, and no contact.",)
    told = [] if found.logged or found.contacts else ["Nothing that is logged here is about it."]
    if found.go:
        many = times.count(len(found.go), "logged message", "logged messages")
        told.append(f"It would have kept out {many}.")
    if found.stay:
        many = times.count(len(found.stay), "message", "messages")
        verb = "stays" if len(found.stay) == 1 else "stay"
        told.append(f"{many} {verb} on the timelines of other people in them.")
    if found.unname:
        many = times.count(len(found.unname), "message names", "messages name")
        told.append(f"{many} them beside others.")
    if found.waiting_go:
        many = times.count(found.waiting_go, "message that waits in Review is", "messages that wait in Review are")
        told.append(f"{many} about nobody else.")
    if found.waiting_unname:
        many = times.count(found.waiting_unname, "message in Review names", "messages in Review name")
        told.append(f"{many} them beside others.")
    if found.contacts:
        whom = _listed(found.contacts)
        told.append(f"{times.count(len(found.contacts), 'contact is', 'contacts are')} covered: {whom}.")
    if found.own:
        is_are, it_them = ("is an address", "it") if len(found.own) == 1 else ("are addresses", "them")
        told.append(f"{_listed(found.own)} {is_are} of this workspace’s own: nothing is logged to {it_them} anyway.")
    if found.near:
        told.append(near_sentence(found.near))
    return tuple(told)


def _listed(addresses: Sequence[str]) -> str:
    rest = len(addresses) - 3
    return ", ".join(addresses[:3]) + (f" and {times.number(rest)} more" if rest > 0 else "")


def removal_question(found: Touched) -> str:
    """Before logged messages are removed: how many go, and how many stay with others."""
    told = f"{times.count(len(found.go), 'message is', 'messages are')} deleted for good, with attachments."
    if not found.go and (found.waiting_go or found.waiting_unname):
        told = "Nothing that is logged goes."
    if found.stay:
        many = len(found.stay)
        taken = f"{times.number(many)} more {'is' if many == 1 else 'are'} taken off their timelines"
        told += f" {taken}, and {'stays' if many == 1 else 'stay'} with others."
    if found.unname:
        told += f" {times.count(len(found.unname), 'message no longer names', 'messages no longer name')} them."
    if found.waiting_go:
        waiting = times.count(found.waiting_go, "message that waits", "messages that wait")
        told += f" Of {waiting} in Review nothing is kept."
    if found.waiting_unname:
        losing = times.count(found.waiting_unname, "message in Review loses", "messages in Review lose")
        told += f" {losing} their names, and can still be logged to the others."
    return told


def removal_counts(found: Touched) -> str:
    """“1 goes, 2 stay with others”: what removing would do, in the words of the dry run above it."""
    told = f"{times.number(len(found.go))} {'goes' if len(found.go) == 1 else 'go'}"
    stay = len(found.stay)
    if stay:
        told += f", {times.number(stay)} {'stays' if stay == 1 else 'stay'} with others"
    unname = len(found.unname)
    return f"{told}, {times.number(unname)} no longer {'names' if unname == 1 else 'name'} them" if unname else told


def removed(done: NeverRemoved) -> str:
    told = [f"{times.count(done.gone, 'message was', 'messages were')} deleted."]
    if done.stayed:
        told.append(f"{times.count(done.stayed, 'message stays', 'messages stay')} with others.")
    if done.unnamed:
        told.append(f"{times.count(done.unnamed, 'message no longer names', 'messages no longer name')} them.")
    if done.waiting_gone:
        many = times.count(done.waiting_gone, "message that waited", "messages that waited")
        told.append(f"Nothing is kept of {many} in Review.")
    if done.waiting_unnamed:
        ones = ("message in Review no longer names", "messages in Review no longer name")
        told.append(f"{times.count(done.waiting_unnamed, *ones)} them.")
    return " ".join(told)
