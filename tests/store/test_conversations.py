"""The conversations of a contact, as they are chosen among when a message is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.domain.addresses import Address
from app.domain.inboxes import InboxId
from app.store import Store
from app.store.messages import NewMessage

ME, KARIN, ANDERS = Address("jonas@example.org"), Address("karin@example.com", "K. L."), Address("anders@example.com")
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


def put(store: Store, inbox: InboxId, number: int, thread: int, subject: str, contact: int, sender: Address) -> int:
    to = (ME,) if sender != ME else (KARIN, ANDERS)
    new = NewMessage(
        f"{number}@example.org", "sent" if sender == ME else "received", thread, store.user_id,
        BEGAN + timedelta(hours=number), sender, to, subject, True, "sent", inbox_id=inbox,
    )  # fmt: skip
    return store.messages.add(new, [contact])


def test_one_line_a_conversation_newest_first(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        karin = store.contacts.add(Address(KARIN.addr_spec, "Karin Lindqvist"), created_by="user")
        quote, depot, other = (store.messages.new_thread(s) for s in ("quote", "depot", "other"))
        put(store, inbox_id, 1, quote, "Quote", karin, ME)
        parking = put(store, inbox_id, 2, depot, "Depot", karin, KARIN)
        newest = put(store, inbox_id, 3, quote, "Re: Quote", karin, KARIN)
        alone = put(store, inbox_id, 4, other, "Holidays", karin, ME)
    found = store.conversations.of_contact(karin)
    assert [(c.message_pk, c.subject, c.messages) for c in found] == [
        (alone, "Holidays", 1),
        (newest, "Re: Quote", 2),
        (parking, "Depot", 1),
    ]
    assert found[0].people == ("Karin Lindqvist", "anders@example.com")  # as the contact is called, and without us
    assert found[1].people == ("Karin Lindqvist",)
    assert found[1].last_at == BEGAN + timedelta(hours=3)


def test_its_own_conversation_is_no_choice(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        karin = store.contacts.add(KARIN, created_by="user")
        quote, depot = (store.messages.new_thread(s) for s in ("quote", "depot"))
        first = put(store, inbox_id, 1, quote, "Quote", karin, ME)
        put(store, inbox_id, 2, quote, "Re: Quote", karin, KARIN)
        put(store, inbox_id, 3, depot, "Depot", karin, KARIN)
    assert [c.subject for c in store.conversations.of_contact(karin, without=first)] == ["Depot"]


def test_they_are_found_by_subject_and_not_more_than_wanted(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        karin = store.contacts.add(KARIN, created_by="user")
        for number in range(8):
            thread = store.messages.new_thread(f"offer {number}")
            put(store, inbox_id, number, thread, f"Offer {number}", karin, ME)
    assert [c.subject for c in store.conversations.of_contact(karin, limit=2)] == ["Offer 7", "Offer 6"]
    assert [c.subject for c in store.conversations.of_contact(karin, search="offer 3")] == ["Offer 3"]
    assert store.conversations.of_contact(karin, search="nothing") == ()
