"""What a message on the timeline says about itself. Pure; used by message cards."""

from __future__ import annotations

from app.domain.addresses import Address
from app.domain.events import Tracking
from app.domain.outbox import OutboxState
from app.domain.views import TimelineMessage
from app.ui.kit import times

# logged_by: words in the foot
LOGGED = {
    "sent": "Sent from Hitchpost",
    "reply": "Logged as a reply",
    "bcc": "Logged by BCC",
    "forward": "Logged by forwarding",
    "import": "Imported",
}
# kind: chip
KINDS = {
    "bounce": ("Could not be delivered", "bad", "bounce"),
    "auto_reply": ("Automatic reply", "neutral", "machine"),
    "automated": ("Automatic message", "neutral", "machine"),
    "feedback": ("Complaint", "warn", "warn"),
}
# state of an outgoing message that is not simply sent: chip
STATES: dict[OutboxState, tuple[str, str, str]] = {
    OutboxState.QUEUED: ("Waiting to go out", "accent", "clock"),
    OutboxState.SENDING: ("Going out", "accent", "sent"),
    OutboxState.PARTLY: ("Not to everyone", "warn", "warn"),
    OutboxState.FAILED: ("Not sent", "bad", "bounce"),
    OutboxState.UNKNOWN: ("Perhaps sent", "warn", "infer"),
}


def disc_of(message: TimelineMessage) -> tuple[str, str]:
    """Icon and tone."""
    if message.kind == "bounce":
        return "bounce", "bad"
    if message.kind in ("auto_reply", "automated"):
        return "machine", "neutral"
    if message.direction == "received":
        return "reply", "ok"
    return ("sent", "accent") if message.logged_by == "sent" else ("logged", "neutral")


def names(people: tuple[Address, ...]) -> str:
    """Karin Lindqvist and 2 more"""
    if not people:
        return "nobody"
    first = people[0].label
    if len(people) == 1:
        return first
    if len(people) == 2:
        return f"{first} and {people[1].label}"
    return f"{first} and {len(people) - 1} more"


def title(message: TimelineMessage) -> str:
    """Who, and to whom where it was us."""
    if message.direction == "received":
        return message.sender.label
    return f"You to {names(message.to + message.cc)}"


def chips(message: TimelineMessage) -> list[tuple[str, str, str]]:
    found = []
    if message.outbox_state in STATES:
        found.append(STATES[message.outbox_state])
    if message.kind in KINDS:
        found.append(KINDS[message.kind])
    if message.changed_subject:
        found.append(("New subject in this thread", "warn", "warn"))
    return found


def foot(message: TimelineMessage) -> str:
    """How it came here, and on what else it is logged."""
    parts = [LOGGED.get(message.logged_by, "")]
    parts.append(message.match_reason)
    if message.logged_by in ("bcc", "forward") and message.inbox_address:
        parts.append(f"from {message.inbox_address}")
    parts.extend([*message.companies, *message.deals])
    return " · ".join(p for p in parts if p)


def no_tracking(message: TimelineMessage) -> str:
    """Why there are no counters, where there are none: never 0."""
    if message.tracking is Tracking.UNAVAILABLE:
        return "No tracking data: tracking was unavailable"
    if message.logged_by == "bcc":
        return "No tracking data: logged by BCC"
    if message.logged_by == "forward":
        return "No tracking data: logged by forwarding"
    if message.logged_by == "import":
        return "No tracking data: imported"
    return "No tracking data: sent without tracking"


def opened(count: int) -> str:
    return "Not opened yet" if count == 0 else "Opened once" if count == 1 else f"Opened {times.number(count)} times"


def clicked(count: int) -> str:
    return times.count(count, "click", "clicks")
