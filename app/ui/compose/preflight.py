"""What holds for a message before it goes out: tracking, links, copies, logging. Decides the texts; no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from app.domain.addresses import Address
from app.domain.inboxes import InboxId
from app.domain.near_links import NO_SERVER, LinkFate
from app.domain.preflight import Concern, Measure, PreflightReport, Remark
from app.domain.send_limits import Allowance
from app.ui.kit import times

SEVERAL = "contacts"  # the icon of the line about several recipients
LARGE = 25_000_000  # bytes; what common providers take at most, encoded files being a third larger


class TrackingState(Protocol):
    """What is read of the façade's tracking status."""

    @property
    def available(self) -> bool: ...
    @property
    def local_only(self) -> bool: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Fact:
    """One line of the panel. `tone`: ok, warn, neutral."""

    icon: str
    tone: str
    title: str
    text: str


@dataclass(frozen=True)
class Outgoing:
    """The message as it stands on the page. `known`: names of the contacts it is logged to, by address key. The first
    `addressed` recipients stand in To: only they become contacts; None is all of them.
    `allowance`: how many recipients the inbox may write to in 24 hours, None where nobody counts.
    `fate`: whether they could follow its links."""

    recipients: tuple[Address, ...]
    track: bool
    log: bool
    links: tuple[str, ...]
    size: int = 0
    known: tuple[tuple[str, str], ...] = ()
    create_contacts: bool = True
    fate: LinkFate = field(default_factory=LinkFate)
    addressed: int | None = None
    allowance: Allowance | None = None
    inbox_id: InboxId | None = None


ICONS = {Concern.UNSUBSCRIBED: "block", Concern.BOUNCED: "bounce", Concern.EXTRA: "sent"}
_TOLD = frozenset({Concern.UNAVAILABLE, Concern.NO_LINKS})  # by the lines about tracking


def facts(message: Outgoing, tracking: TrackingState, report: PreflightReport | None = None) -> tuple[Fact, ...]:
    """The lines of "Before it goes out", most important first. `report`: what is known of its recipients."""
    remarks = [r for r in report.remarks if r.concern not in _TOLD] if report is not None else []
    found = [_remark(r) for r in remarks if r.grave]
    found += _tracking(message, tracking, nobody=_nobody(report))
    if len(message.recipients) > 1:
        count = len(message.recipients)
        text = f"Each of the {count} gets a copy of their own. All see who else is in To and Cc, nobody sees Bcc."
        if will_be_tracked(message, tracking):
            text = f"Each of the {count} gets a copy of their own, so opens and clicks have a name. Nobody sees Bcc."
        found.append(Fact(SEVERAL, "neutral", f"{count} recipients, {count} copies", text))
    found.append(_logging(message))
    found += _limit(message)
    if message.size > LARGE:
        found.append(
            Fact(
                "attach",
                "warn",
                f"{times.size(message.size)} of files",
                "Many mail servers refuse more than 25 MB. Yours says so before anything is sent.",
            )
        )
    found += [_remark(r) for r in remarks if not r.grave]
    return tuple(found)


def why_not(message: Outgoing, tracking: TrackingState) -> str:
    """Why nothing of it can be tracked; empty where it can."""
    if not tracking.available:
        return tracking.text or NO_SERVER
    return message.fate.untracked


def _nobody(report: PreflightReport | None) -> bool:
    """Whether none of its recipients may be tracked."""
    return report is not None and bool(report.readings) and all(r.opens is Measure.NO for r in report.readings)


def _remark(remark: Remark) -> Fact:
    icon = ICONS.get(remark.concern, "warn" if remark.grave else "info")
    return Fact(icon, "warn" if remark.grave else "neutral", remark.title, remark.text)


def _limit(message: Outgoing) -> list[Fact]:
    """Said when little is left of what the provider lets an account send in 24 hours."""
    allowance = message.allowance
    if allowance is None:
        return []
    wanted = max(1, len(message.recipients))
    if wanted <= allowance.left and not allowance.is_close:
        return []
    used = f"{allowance.used:,} of {allowance.limit:,} went out in the last 24 hours."
    if not allowance.left:
        again = f" The next goes out at {times.clock(allowance.next_free)}." if allowance.next_free else ""
        return [Fact("warn", "warn", "Today’s limit is reached", f"{used} The message waits in the outbox.{again}")]
    title = f"{times.count(allowance.left, 'recipient', 'recipients')} left today"
    if wanted > allowance.left:
        used += " The others get theirs by and by, as the limit allows."
    return [Fact("warn", "warn", title, used)]


def will_be_tracked(message: Outgoing, tracking: TrackingState) -> bool:
    return message.track and not why_not(message, tracking)


def _tracking(message: Outgoing, tracking: TrackingState, nobody: bool = False) -> list[Fact]:
    if not message.track:
        return [Fact("minus", "neutral", "Not tracked", "No picture and no counted links. The timeline will say so.")]
    if why := why_not(message, tracking):
        return [Fact("warn", "warn", "Tracking unavailable", f"{why} The message goes out without tracking.")]
    if nobody:
        return []  # the remark about them says it
    found = (
        [Fact("warn", "warn", "Links lead to this computer only", message.fate.remark)] if message.fate.remark else []
    )
    found += [
        Fact(
            "check",
            "ok",
            "Opens will be seen",
            "Once the recipient’s mail program loads pictures. Programs that load none are not seen.",
        )
    ]
    count = len(message.links)
    if count:
        named = ", ".join(dict.fromkeys(short_link(u) for u in message.links[:3]))
        more = f" and {count - 3} more" if count > 3 else ""
        found.append(Fact("check", "ok", f"{count} link{'s'[: count != 1]} will be counted", named + more))
    else:
        found.append(Fact("minus", "neutral", "No links to count", "Clicks are seen once there is a link."))
    return found


def _logging(message: Outgoing) -> Fact:
    if not message.log:
        return Fact("logged", "neutral", "Not logged", "No timeline keeps it. Replies to it are not logged either.")
    if not message.recipients:
        return Fact("logged", "neutral", "Will be logged", "On the timeline of each recipient.")
    known = dict(message.known)
    names = [known.get(a.key, "") for a in message.recipients]
    there = list(dict.fromkeys(n for n in names if n))
    parts = listed(there)
    new = sum(not n for n in names[: message.addressed]) if message.create_contacts else 0
    without = sum(not n for n in names) - new
    if new:
        parts = (parts + ", and " if parts else "") + times.count(new, "new contact", "new contacts")
    if without and not parts:
        return Fact("logged", "neutral", "Logged on no timeline", "Nobody it goes to is a contact.")
    if without:
        parts += f"; {times.count(without, 'recipient', 'recipients')} without a contact"
    return Fact("logged", "neutral", "Will be logged to", parts)


def listed(names: Sequence[str], at_most: int = 3) -> str:
    """ "Karin Lindqvist", "A and B", "A, B, C and 4 more"."""
    if len(names) > at_most:
        return f"{', '.join(names[:at_most])} and {len(names) - at_most} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def short_link(url: str) -> str:
    """The address without scheme and query, as far as a narrow panel can show it."""
    parts = urlsplit(url)
    text = f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}"
    return text if len(text) <= 48 else text[:47] + "…"
