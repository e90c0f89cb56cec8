"""What will and what will not be measurable of a message before it goes out, recipient by recipient, and why. Never says more
than is known. Pure; used by Compose and `send --preflight`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from app.domain.readers import is_shared

if TYPE_CHECKING:
    from app.domain.addresses import Address


class Measure(Enum):
    """How far something will be seen of one recipient. PARTLY: it is seen, and does not mean what it seems to."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Concern(Enum):
    """What a remark is about, the gravest first."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    UNAVAILABLE = "unavailable"  # no tracking host, or none that recipients reach
    LOCAL_LINKS = "local_links"  # tracked although the links lead to this computer only, as it is set
    DELETED = "deleted"  # for good
    NO_BASIS = "no_basis"  # the privacy switch is on
    NOT_LOGGED = "not_logged"  # never-log
    APPLE = "apple"
    GATEWAY = "gateway"
    PROXY = "proxy"
    SHARED = "shared"
    NO_LINKS = "no_links"
    OTHER_SYSTEM = "other_system"  # one of the additional BCC addresses is a recipient as well
    EXTRA = "extra"  # additional BCC addresses


@dataclass(frozen=True)
class Person:
    """What is known of one recipient. `proxies`: keys of those by which opens of earlier messages came (google, yahoo, apple).
    `scanned`: earlier clicks of a mail scanner. `bounced`: why mail to the address came back, empty where it did not.
    `deleted`: for good. `other_system`: one of the sender's additional BCC addresses, which is no reader."""

    address: Address
    bounced: str = ""
    unsubscribed_at: datetime | None = None
    without_basis: bool = False
    never_logged: bool = False
    proxies: frozenset[str] = frozenset()
    scanned: bool = False
    deleted: bool = False
    other_system: bool = False

    @property
    def untracked(self) -> Concern | None:
        """Why this recipient's copy carries neither picture nor counted links, whatever the message; None where it may."""
        if self.deleted:
            return Concern.DELETED
        if self.without_basis:
            return Concern.NO_BASIS
        return Concern.OTHER_SYSTEM if self.other_system else None


@dataclass(frozen=True)
class Message:
    """`why_not`: why it cannot be tracked at all, empty where it can. `links`: how many http links it has. `extra`: how many
    additional BCC addresses get a copy. `remark`: what is to be minded of its links, a sentence."""

    track: bool
    log: bool
    links: int
    why_not: str = ""
    extra: int = 0
    remark: str = ""


@dataclass(frozen=True)
class Remark:
    """`grave`: worth a thought before sending. `people`: whom it concerns; empty: everybody."""

    concern: Concern
    title: str
    text: str
    grave: bool = False
    people: tuple[Address, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What will be seen of one recipient."""

    address: Address
    opens: Measure
    clicks: Measure
    logged: bool
    why: tuple[Concern, ...] = ()


@dataclass(frozen=True)
class PreflightReport:
    """`remarks`: the gravest first."""

    readings: tuple[Reading, ...]
    remarks: tuple[Remark, ...]


def preflight(message: Message, people: Sequence[Person]) -> PreflightReport:
    """What can be said of this message to these people."""
    tracked = message.track and not message.why_not
    remarks = [*_people(message, people, tracked)]
    if message.track and message.why_not:
        text = f"{message.why_not} The message goes out without picture and counted links."
        remarks.append(Remark(Concern.UNAVAILABLE, "Tracking unavailable", text, grave=True))
    if tracked and message.remark:
        remarks.append(Remark(Concern.LOCAL_LINKS, "Links lead to this computer only", message.remark, grave=True))
    if tracked and not message.links:
        text = "The message has no link, so nothing but opens can be seen."
        remarks.append(Remark(Concern.NO_LINKS, "No links to count", text))
    if message.extra and people:
        whom = "1 other system gets" if message.extra == 1 else f"{message.extra} other systems get"
        text = "As your settings want it: untracked, unseen by the recipients, and counted against the limit of your provider."
        remarks.append(Remark(Concern.EXTRA, f"{whom} a copy", text))
    order = list(Concern)
    remarks.sort(key=lambda r: order.index(r.concern))
    return PreflightReport(tuple(_reading(message, p, tracked) for p in people), tuple(remarks))


def _people(message: Message, people: Sequence[Person], tracked: bool) -> list[Remark]:
    """Remarks about some of the recipients."""
    found = []

    def about(concern: Concern, text: str, which: Callable[[Person], object], title: str, grave: bool = False) -> None:
        those = tuple(p.address for p in people if which(p))
        if those:
            found.append(Remark(concern, title.format(_listed(those)), text, grave, those))

    gone = [p for p in people if p.unsubscribed_at]
    if gone:
        when = max(p.unsubscribed_at for p in gone if p.unsubscribed_at)
        text = (
            f"Last on {when.astimezone():%Y-%m-%d}. Write only what is owed to them, such as an answer to a question."
        )
        about(Concern.UNSUBSCRIBED, text, lambda p: p.unsubscribed_at, "{} asked for no more mail", grave=True)
    bounced = [p.bounced for p in people if p.bounced]
    if bounced:
        about(
            Concern.BOUNCED,
            f"{bounced[0].rstrip('.')}. Should this message come back, too, opens and clicks after that are no person’s.",
            lambda p: p.bounced,
            "{} could not be reached before",
            grave=True,
        )
    text = (
        "Deleted for good: nothing of what goes to them is kept with them. The message goes out to them all the same."
    )
    about(Concern.DELETED, text, lambda p: p.deleted, "{} will be neither tracked nor logged", grave=True)
    text = "One of your additional BCC addresses: another system that logs is no reader, and gets each message once."
    about(Concern.OTHER_SYSTEM, text, lambda p: p.other_system, "{} gets one copy, untracked")
    if message.track:
        text = "The privacy switch is on, and no legal basis is noted for them: they are neither tracked nor logged."
        about(Concern.NO_BASIS, text, lambda p: p.without_basis and not p.deleted, "{} will not be tracked", grave=True)
    if message.log:
        text = "They are on a never-log list. The message goes out to them all the same."
        about(Concern.NOT_LOGGED, text, lambda p: p.never_logged and not p.deleted, "{} will not be logged")
    if not tracked:
        return found

    def seen(p: Person) -> bool:
        return p.untracked is None

    text = (
        "Apple’s mail program fetches pictures by itself, whether or not somebody reads. Its opens are marked as a machine’s; "
        "clicks and answers count."
    )
    about(Concern.APPLE, text, lambda p: seen(p) and "apple" in p.proxies, "Opens of {} may be a machine’s")
    text = (
        "Their mail system follows links before anybody reads. Such clicks are told apart, though not always at once."
    )
    about(Concern.GATEWAY, text, lambda p: seen(p) and p.scanned, "Links to {} are followed by a scanner")
    text = "Opens are seen when somebody reads. Where from and on which device is not."
    about(Concern.PROXY, text, lambda p: seen(p) and p.proxies - {"apple"}, "Place and device of {} stay unknown")
    text = "Addresses of this kind are read by several people: an open or a click there is somebody’s."
    about(Concern.SHARED, text, lambda p: seen(p) and is_shared(p.address), "{}: perhaps several people")
    return found


def _reading(message: Message, person: Person, tracked: bool) -> Reading:
    why = []
    opens = clicks = Measure.YES
    if not message.track:
        opens = clicks = Measure.NO
    elif not tracked or person.untracked:
        why.append(person.untracked or Concern.UNAVAILABLE)
        opens = clicks = Measure.NO
    else:
        if "apple" in person.proxies:
            why.append(Concern.APPLE)
            opens = Measure.PARTLY
        if person.scanned:
            why.append(Concern.GATEWAY)
            clicks = Measure.PARTLY
        if is_shared(person.address):
            why.append(Concern.SHARED)
        if person.bounced:
            why.append(Concern.BOUNCED)
            opens = clicks = Measure.PARTLY
        if not message.links:
            why.append(Concern.NO_LINKS)
            clicks = Measure.NO
    if person.never_logged:
        why.append(Concern.NOT_LOGGED)
    logged = message.log and not (person.never_logged or person.deleted or person.without_basis)
    return Reading(person.address, opens, clicks, logged, tuple(why))


def _listed(people: Sequence[Address], at_most: int = 2) -> str:
    names = [p.label for p in people]
    if len(names) > at_most + 1:
        return f"{', '.join(names[:at_most])} and {len(names) - at_most} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
