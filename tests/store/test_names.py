"""People are called by their contact's name wherever they are met; recipients that were refused are named."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.addresses import Address
from app.domain.events import EventKind, Verdict
from app.domain.inboxes import InboxId
from app.domain.outbox import CopyState, Draft, OutboxState
from app.domain.problems import Problem, ProblemCode
from app.store import Store, models
from app.store.events import NewEvent
from app.store.messages import NewMessage

AT = datetime(2026, 5, 5, 12, tzinfo=UTC)


def logged(store: Store, inbox_id: InboxId, number: int, sender: Address, contacts: list[int], **more: object) -> int:
    values: dict[str, object] = {
        "message_id": f"m{number}@example.org",
        "direction": "received",
        "thread_id": store.messages.new_thread("offer"),
        "inbox_id": inbox_id,
        "user_id": store.user_id,
        "date": AT,
        "sender": sender,
        "to": (Address("jonas@example.org"),),
        "subject": f"Subject {number}",
        "text": "Text",
        "logged": True,
        "logged_by": "reply",
    }
    return store.messages.add(NewMessage(**{**values, **more}), contacts)  # type: ignore[arg-type]


def noted(store: Store, kind: EventKind, pk: int, contact: int, who: str, recipient: str) -> None:
    store.events.add(NewEvent(kind, AT, store.user_id, Verdict.PERSON, (), who=who, recipient=recipient, message_pk=pk,
                              contact_id=contact))  # fmt: skip


def test_one_person_has_one_name(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        karin = store.contacts.add(Address("karin@example.com", "Karin Lindqvist"), created_by="hand")
        own = logged(store, inbox_id, 1, Address("karin@example.com", "K. L."), [karin])
        other = logged(store, inbox_id, 2, Address("Office@example.com"), [karin])
        named = logged(store, inbox_id, 3, Address("office@example.com", "Front office"), [karin])
        noted(store, EventKind.REPLY, own, karin, "K. L.", "karin@example.com")
        noted(store, EventKind.BOUNCE, own, karin, "karin@example.com", "KARIN@example.com")
        noted(store, EventKind.REPLY, other, karin, "Karin Lindqvist", "karin@example.com")
        noted(store, EventKind.REPLY, named, karin, "Front office", "karin@example.com")
    assert [r.who for r in reversed(store.feed.rows())] == [
        "Karin Lindqvist", "Karin Lindqvist", "Office@example.com", "Front office",
    ]  # fmt: skip
    with store.transaction():
        store.contacts.edit(karin, name="Karin Berg")
    assert store.feed.rows()[-1].who == "Karin Berg"
    assert len(store.feed.rows(search="berg")) == 4
    newest, _, first = store.timeline.of_contact(karin)
    assert first.known == {"karin@example.com": "Karin Berg"}
    assert newest.known == {}


def test_the_ledger_names_what_was_read(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        ours = logged(store, inbox_id, 1, Address("jonas@example.org"), [], direction="sent", subject="Our offer")
        assert ours
        logged(store, inbox_id, 2, Address("karin@example.com", "Karin"), [], in_reply_to="m1@example.org")
        store.ledgers.body_read(
            store.ledgers.ask_bodies(inbox_id, "INBOX", 1, {1: "m2@example.org"})[1], "Answers m1@example.org"
        )
        store.ledgers.body_read(
            store.ledgers.ask_bodies(inbox_id, "INBOX", 1, {2: "gone@example.org"})[2], "Delivery report"
        )
        logged(store, inbox_id, 3, Address("karin@example.com", "Karin"), [], references=("m1@example.org",))
        store.messages.add_alias(ours, "rewritten@example.net")
        store.ledgers.body_read(
            store.ledgers.ask_bodies(inbox_id, "INBOX", 1, {3: "m3@example.org"})[3],
            "Answers rewritten@example.net, named in its References",
        )
    (ledger,) = store.ledgers.read()
    named, report, reply = ledger.bodies
    assert (named.subject, named.answers) == ("Subject 3", "Our offer")
    assert (reply.sender, reply.subject, reply.answers) == ("Karin", "Subject 2", "Our offer")
    assert (report.sender, report.subject, report.answers) == ("", "", "")


def test_whom_a_message_did_not_reach_is_named(store: Store, inbox_id: InboxId) -> None:
    people = (Address("a@example.com"), Address("b@example.com"))
    problem = Problem(ProblemCode.RECIPIENT_REFUSED, "mail.example.org", 587, "550 no such user")
    with store.transaction():
        karin = store.contacts.add(people[0], created_by="hand")
        pk = logged(store, inbox_id, 1, Address("jonas@example.org"), [karin], direction="sent", to=people)
        outbox_id = store.outbox.save_draft(Draft(inbox_id, people, "Offer"), user_id=store.user_id)
        for position, (person, state) in enumerate(zip(people, (CopyState.ACCEPTED, CopyState.REFUSED), strict=True)):
            models.OutboxCopy.create(outbox=outbox_id, position=position, role="to", recipient=person.addr_spec,
                                     recipient_ref=f"{position:016x}", state=state.value, changed_at=AT)  # fmt: skip
        models.Outbox.update(state=OutboxState.PARTLY.value, logged_message=pk).execute()
        store.outbox.finish(outbox_id, OutboxState.PARTLY, problem)
    message = store.timeline.message(pk)
    assert message is not None
    assert message.refused == ("b@example.com",)
