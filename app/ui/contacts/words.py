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
    "contact": "Logged as mail with a contact",
    "bcc": "Logged by BCC",
    "forward": "Logged by forwarding",
    "import": "Imported",
}
SAID_ALREADY = ("joined by ", "mail with a known contact")  # reasons that “Why here?” explains at length
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


MOST_NAMED = 5  # addresses
LONGEST_NAMED = 34  # letters on a button


def disc_of(message: TimelineMessage) -> tuple[str, str]:
    """Icon and tone."""
    if message.kind == "bounce":
        return "bounce", "bad"
    if message.kind in ("auto_reply", "automated"):
        return "machine", "neutral"
    if message.direction == "received":
        return "reply", "ok"
    return ("sent", "accent") if message.logged_by == "sent" else ("logged", "neutral")


def called(message: TimelineMessage, person: Address) -> str:
    """A contact's name, else the one in the message's head."""
    return message.known.get(person.key) or person.label


def names(people: list[str]) -> str:
    """Karin Lindqvist and 2 more. An empty one is somebody whose name may not be kept: counted, and named last."""
    if not people:
        return "nobody"
    named = [name for name in people if name]
    if not named:
        return (
            "somebody whose name is not kept" if len(people) == 1 else f"{len(people)} people whose names are not kept"
        )
    if len(people) == 1:
        return named[0]
    if len(people) == len(named) == 2:
        return f"{named[0]} and {named[1]}"
    return f"{named[0]} and {len(people) - 1} more"


def title(message: TimelineMessage) -> str:
    """Who, and to whom where it was us."""
    if message.direction == "received":
        return called(message, message.sender) or "Somebody whose name is not kept"
    return f"You to {names([called(message, p) for p in message.to + message.cc if p.key not in message.copied_to])}"


def strange_address(message: TimelineMessage) -> str:
    """The address of a sender who is no contact, or writes from an address that the contact is not known by."""
    sender = message.sender
    if message.direction != "received" or message.kind == "bounce" or sender.key in message.known:
        return ""
    return sender.addr_spec if sender.display_name else ""


def missed(message: TimelineMessage) -> str:
    """a@example.com, b@example.com and 3 more: whom it did not reach, or perhaps not."""
    shown = list(message.refused[:MOST_NAMED])
    more = len(message.refused) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def again(message: TimelineMessage) -> str:
    """What the button that sends again says."""
    people = message.refused
    if not people or len(people) >= len(message.to) + len(message.cc):
        return "Try again"
    if len(people) == 1 and len(people[0]) <= LONGEST_NAMED:
        return f"Send again to {people[0]}"
    return f"Send again to {'this one' if len(people) == 1 else f'these {len(people)}'}"


def chips(message: TimelineMessage) -> list[tuple[str, str, str]]:
    found = []
    if message.outbox_state in STATES:
        found.append(STATES[message.outbox_state])
    if message.kind in KINDS:
        found.append(KINDS[message.kind])
    if message.changed_subject:
        found.append(("New subject in this thread", "warn", "warn"))
    if message.unsubscribed:
        wants = message.wants_mail
        found.append(("Had unsubscribed" if wants else "Unsubscribed", "neutral" if wants else "warn", "block"))
    return found


def foot(message: TimelineMessage) -> str:
    """How it came here."""
    parts = [LOGGED.get(message.logged_by, "")]
    if not parts[0] or not message.match_reason.startswith(SAID_ALREADY):
        parts.append(message.match_reason)
    if message.logged_by in ("bcc", "forward") and message.inbox_address:
        parts.append(f"from {message.inbox_address}")
    return " · ".join({p.casefold(): p for p in parts if p}.values())


def logged_to(message: TimelineMessage) -> str:
    """“Logged to Northlight Cargo AB and 2 deals”: what besides its contacts carries it."""
    companies, deals = message.companies, message.deals
    parts = [companies[0] if len(companies) == 1 else f"{len(companies)} companies"] if companies else []
    if deals:
        parts.append(deals[0] if len(deals) == 1 else f"{len(deals)} deals")
    return f"Logged to {' and '.join(parts)}" if parts else "Logged to…"


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
