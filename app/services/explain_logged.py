"""Why a message is on a timeline: which one it answers, how that was seen, and what a person decided since. Used by
`explain_message`; from the store alone."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.addresses import Address
from app.domain.trace import Mark, Trace, TraceStep
from app.domain.views import TimelineMessage
from app.services.arrange_messages import with_answers
from app.services.join_forwarded import FOR_GOOD
from app.services.workspace import Workspace
from app.store.messages import KnownMessage
from app.store.waiting import Override
from app.words.days import day
from app.words.quoting import sentence

_JOINED = "joined by "
_JOINED_WITH_FORWARD = (
    "It was forwarded here before, by a program that told no id of it. The two are shown as one, since their sender, subject "
    "and beginning are the same, and their dates lie within two minutes."
)
_REPORT = "a delivery report that names this message"
_WITH_CONTACT = "mail with a known contact"
_AUTOMATIC = {
    "auto_reply": "It is an automatic reply. It does not show that anybody has read your message.",
    "automated": "A program sent it by itself. It does not show that anybody has read your message.",
}
_NAMED_PEOPLE = 3


def explain_logged(workspace: Workspace, message_id: str, known: KnownMessage) -> Trace:
    """`message_id`: the one of its ids that was asked for."""
    store = workspace.store
    message = store.timeline.message(known.pk)
    assert message is not None
    decided = store.overrides.last(known.pk)
    steps = [TraceStep(Mark.YES, f"It is logged, {on_timelines(workspace, known.pk)}: {_titled(message.subject)}.")]
    steps += _why(workspace, known, message, decided)
    if message.kind in _AUTOMATIC:
        steps.append(TraceStep(Mark.NOTE, _AUTOMATIC[message.kind]))
    if credited := store.copied.credited_by(known.pk):
        steps.append(TraceStep(Mark.YES, f"Credited to {store.credit.name(known.user_id) or 'you'}: {credited}."))
    joined = store.joined.joined_at(known.pk)
    if joined is not None:
        steps.append(
            TraceStep(Mark.NOTE, f"{_JOINED_WITH_FORWARD} That was on {day(joined)}; undo parts the two again.")
        )
    elif store.joined.is_for_good(known.pk):
        steps.append(TraceStep(Mark.NOTE, FOR_GOOD))
    others = [a for a in store.messages.aliases(known.pk) if a != known.message_id]
    if message_id != known.message_id or others:
        steps.append(TraceStep(Mark.NOTE, f"It is also known as {', '.join([known.message_id, *others])}."))
    if message.changed_subject:
        steps.append(TraceStep(Mark.NOTE, "Its subject is another than that of what it answers: it stands apart."))
    addresses = {int(inbox.id): inbox.address for inbox in store.inboxes.all()}
    for inbox_id, folder, uid in store.messages.locations(known.pk):
        where = f"{folder} of {addresses.get(inbox_id, 'a removed inbox')}"
        steps.append(TraceStep(Mark.NOTE, f"It lies in {where} (number {uid} there)."))
    if decided is not None:
        steps.append(TraceStep(Mark.YES, _decision(workspace, known, decided)))
    contact = next(iter(store.messages.contacts_of(known.pk)), None)
    return Trace(
        message_id,
        _verdict(message, decided),
        tuple(steps),
        known.pk,
        contact,
        decided is not None or joined is not None,
        can_split=not set(store.messages.of_thread(known.thread_id)) <= set(with_answers(store, known.pk)),
    )


def _verdict(message: TimelineMessage, decided: Override | None) -> str:
    if decided is not None:
        return {
            "split": "It stands alone because you split it off.",
            "associate": "It is here because you said where it is logged.",
        }.get(decided.kind, "It is here because you put it there.")
    by = {
        "sent": "it was sent from here.",
        "contact": "all mail with known contacts is logged.",
        "bcc": "it was copied here to be logged.",
        "forward": "it was copied here to be logged.",
    }.get(message.logged_by, "it answers a message that is known here.")
    if message.kind == "bounce" and message.logged_by == "reply":
        by = "it reports about a message that was sent from here."
    return f"It is here because {by}"


def _why(
    workspace: Workspace, known: KnownMessage, message: TimelineMessage, decided: Override | None
) -> Iterator[TraceStep]:
    """What put it there by itself. Where a person put it into another thread since, that is told as what was."""
    reason = message.match_reason
    if message.logged_by == "sent":
        yield TraceStep(Mark.YES, "It was sent from here.")
        return
    if reason.startswith(_JOINED):
        text = _answer(workspace, known, reason.removeprefix(_JOINED))
    elif reason == _REPORT:
        text = _report(workspace, known)
    elif reason == _WITH_CONTACT:
        text = "It is mail with a known contact, and all such mail was to be logged when it was read."
    elif reason:
        text = f"Why: {sentence(reason)}"
    else:
        return
    if _was_elsewhere(known, decided):
        yield TraceStep(Mark.NOTE, f"{text} That is where it was put by itself; what you decided since stands.")
    else:
        yield TraceStep(Mark.YES, text)
    if reason.startswith(_JOINED) and (another := _from_another(workspace, known, message, reason)):
        yield TraceStep(Mark.NOTE, another)
    if decided is None and (others := _by_others(workspace, known)):
        yield TraceStep(Mark.YES, others)


def _was_elsewhere(known: KnownMessage, decided: Override | None) -> bool:
    if decided is None:
        return False
    before = decided.before.get("messages", {}).get(str(known.pk))
    return before is not None and before["thread"] != known.thread_id


def _parent(workspace: Workspace, known: KnownMessage, field: str) -> KnownMessage | None:
    """What it answers, by the ids in this field, else in the other."""
    store = workspace.store
    in_reply_to, references = store.messages.names_in(known.pk)
    ids = [in_reply_to, *reversed(references)] if field == "In-Reply-To" else [*reversed(references), in_reply_to]
    found = store.messages.known(ids)
    return next((found[i] for i in ids if i in found and found[i].pk != known.pk), None)


def _from_another(workspace: Workspace, known: KnownMessage, message: TimelineMessage, reason: str) -> str:
    """Where the answer came from an address that was not written to; else empty."""
    parent = _parent(workspace, known, reason.removeprefix(_JOINED))
    if parent is None or parent.direction != "sent" or message.direction == "sent":
        return ""
    store = workspace.store
    people = store.messages.parties(parent.pk, "to", "cc", "bcc")
    if not people or message.sender.key in {a.key for a in people} | store.inboxes.own_addresses():
        return ""
    written_to = _listed([a.addr_spec for a in people])
    return f"It came from {message.sender.addr_spec}, another address than was written to: {written_to}."


def _answer(workspace: Workspace, known: KnownMessage, field: str) -> str:
    parent = _parent(workspace, known, field)
    if parent is None:
        return f"It names a message in its {field} field that was known here then, and is not any more."
    return f"It names {_described(workspace, parent)} in its {field} field."


def _report(workspace: Workspace, known: KnownMessage) -> str:
    """The thread's messages tell what a delivery report is about, as far as they can."""
    store = workspace.store
    sent = [store.messages.get(pk) for pk in store.messages.of_thread(known.thread_id) if pk != known.pk]
    sent = [each for each in sent if each.direction == "sent" and each.date <= known.date]
    if len(sent) == 1:
        return f"It is a delivery report that names {_described(workspace, sent[0])}."
    if sent:
        return (
            f"It is a delivery report that names one of the {len(sent)} messages of this conversation sent from here."
        )
    return "It is a delivery report that names a message which was sent from here."


def _described(workspace: Workspace, of: KnownMessage) -> str:
    """``your message “Offer” of 3 March 2026 to Ann``."""
    store = workspace.store
    what = f"{_titled(of.subject)} of {day(of.date)}"
    if of.direction != "sent":
        message = store.timeline.message(of.pk)
        return f"the message {what} from {_name(workspace, message.sender) if message else 'somebody'}"
    name = store.credit.name(of.user_id)
    whose = "your" if of.user_id == store.user_id or not name else f"{name}’s"
    people = [_name(workspace, address) for address in store.messages.parties(of.pk, "to")]
    return f"{whose} message {what}" + (f" to {_listed(people)}" if people else "")


def _name(workspace: Workspace, address: Address) -> str:
    contact = workspace.store.contacts.find(address.addr_spec)
    name = workspace.store.contacts.name(contact) if contact is not None else ""
    return name or address.display_name or address.addr_spec


def _listed(names: list[str]) -> str:
    shown = names[:_NAMED_PEOPLE]
    if len(names) > len(shown):
        rest = len(names) - len(shown)
        return f"{', '.join(shown)} and {rest} other{'s' if rest > 1 else ''}"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _titled(subject: str) -> str:
    return f"“{subject or '(no subject)'}”"


def on_timelines(workspace: Workspace, pk: int, how: str = "on") -> str:
    """``on the timeline of Ann``."""
    store = workspace.store
    names = [store.contacts.name(c) or "a contact without a name" for c in store.messages.contacts_of(pk)]
    return f"{how} the timeline of {', '.join(names)}" if names else f"{how} no contact’s timeline"


def _decision(workspace: Workspace, known: KnownMessage, decided: Override) -> str:
    on = day(decided.made_at)
    if decided.kind == "split":
        return f"You split it off on {on}: it begins a conversation of its own. That stands before every rule."
    if decided.kind == "associate":
        return f"You said on {on} where it is logged. That stands before every rule."
    where = on_timelines(workspace, known.pk, "onto")
    if _was_elsewhere(known, decided):
        first = workspace.store.messages.get(workspace.store.messages.of_thread(known.thread_id)[0])
        if first.pk != known.pk:
            where = f"into the conversation “{first.subject or '(no subject)'}”, {on_timelines(workspace, known.pk)}"
    return f"You moved it on {on} {where}. That stands before every rule."


def _by_others(workspace: Workspace, known: KnownMessage) -> str:
    """Where a decision about an earlier message of the same sender, in this thread, holds for this one, too."""
    sender = workspace.store.messages.sender(known.pk)
    decided = workspace.store.overrides.for_sender(known.thread_id, Address(sender).key) if sender else None
    if decided is None or not decided.after["contacts"] or decided.message_pk == known.pk:
        return ""
    if set(decided.after["contacts"]) != set(workspace.store.messages.contacts_of(known.pk)):
        return ""
    return (
        f"You moved another message of this sender in this conversation on {day(decided.made_at)}: "
        "that holds for this one, too."
    )
