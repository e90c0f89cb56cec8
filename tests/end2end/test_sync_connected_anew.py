"""An inbox that is removed and connected again is looked at as for the first time: nothing is doubled, what a person decided
stays, and what it said then is true."""

from __future__ import annotations

import pytest

from app.domain.addresses import Address
from app.domain.events import EventKind
from app.domain.inboxes import Inbox
from app.services.arrange_messages import move_message, split_message
from app.services.connect_inbox import remove_inbox
from app.services.delete_permanently import delete_permanently
from app.store import models as m
from tests.end2end.test_sync_first_look import dated
from tests.support.desk import Desk, Mailboxes, answer, foreign, reports
from tests.support.mailbox import MailAccount

ADA = "ada@example.com"


def limit(desk: Desk, days: int) -> None:
    with desk.workspace.store.transaction():
        desk.workspace.store.settings.put("sync.first_look_days", days)


def received(desk: Desk) -> set[str]:
    return {m.message_id for m in desk.received(ADA)}


def anew(desk: Desk, inbox: Inbox, me: MailAccount) -> Inbox:
    remove_inbox(desk.workspace, inbox.id)
    return desk.connect(me)


def test_it_looks_as_far_back_as_is_wished_now(desk: Desk, me: MailAccount, ours: str) -> None:
    limit(desk, 30)
    dated(me, ours, *[2000] * 3, *[3] * 3)
    inbox = desk.connect(me)
    reports(desk, inbox)
    store = desk.workspace.store
    before = {body.message_id for ledger in store.ledgers.read(inbox.id) for body in ledger.bodies}
    limit(desk, 0)
    assert reports(desk, desk.connect(me))["INBOX"].headers_read == 0  # signed in to again, and not removed
    again = anew(desk, inbox, me)
    assert again.id == inbox.id and again.last_sync_at is None and store.inboxes.cursors(inbox.id) == ()
    assert reports(desk, again)["INBOX"].headers_read >= 6
    assert received(desk) == {f"d{n}@x.example" for n in range(1, 7)}
    assert len(desk.feed(EventKind.REPLY)) == 6 and desk.notified == []
    bodies = [body.message_id for ledger in store.ledgers.read(inbox.id) for body in ledger.bodies]
    assert len(bodies) == len(set(bodies)) == 6 and before <= set(
        bodies
    )  # none was read twice; what was told stays told


def test_what_came_meanwhile_is_found_quietly(desk: Desk, me: MailAccount, ours: str) -> None:
    inbox = desk.connect(me)
    answer(me, ours, "before@x.example")
    reports(desk, inbox)
    remove_inbox(desk.workspace, inbox.id)
    answer(me, ours, "meanwhile@x.example")
    again = desk.connect(me)
    reports(desk, again)
    assert received(desk) == {"before@x.example", "meanwhile@x.example"}
    assert desk.notified == []
    answer(me, ours, "after@x.example")
    reports(desk, again)
    assert received(desk) == {"before@x.example", "meanwhile@x.example", "after@x.example"}
    assert len(desk.notified) == 1
    store = desk.workspace.store
    known = store.messages.known(["before@x.example"])["before@x.example"]
    assert [folder for _, folder, _ in store.messages.locations(known.pk)] == ["INBOX"]


def test_an_answer_that_waited_waits_again(desk: Desk, me: MailAccount, ours: str) -> None:
    inbox = desk.connect(me)
    answer(me, "early@x.example", "late@x.example")
    reports(desk, inbox)
    store = desk.workspace.store
    assert store.waiting.count(inbox.id) == 1
    remove_inbox(desk.workspace, inbox.id)
    assert store.waiting.count(inbox.id) == 0
    again = desk.connect(me)
    reports(desk, again)
    assert store.waiting.count(inbox.id) == 1
    answer(me, ours, "early@x.example")
    reports(desk, again)
    assert received(desk) == {"early@x.example", "late@x.example"}


def test_what_a_person_decided_stays(desk: Desk, me: MailAccount, ours: str) -> None:
    """Moved to another contact, split off into a thread of its own."""
    store = desk.workspace.store
    inbox = desk.connect(me)
    for name in ("moved", "split", "left"):
        answer(me, ours, f"{name}@x.example")
    reports(desk, inbox)
    with store.transaction():
        eve = store.contacts.add(Address("eve@example.net"), created_by="person")
    pks = {name: store.messages.known([f"{name}@x.example"])[f"{name}@x.example"].pk for name in ("moved", "split")}
    move_message(desk.workspace, pks["moved"], to_contacts=[eve])
    split_message(desk.workspace, pks["split"])
    threads = {name: store.messages.get(pk).thread_id for name, pk in pks.items()}
    events = len(desk.feed())
    reports(desk, anew(desk, inbox, me))
    assert store.messages.contacts_of(pks["moved"]) == (eve,)
    assert {name: store.messages.get(pk).thread_id for name, pk in pks.items()} == threads
    assert received(desk) == {"split@x.example", "left@x.example"}
    assert len(desk.feed()) == events


def test_who_was_deleted_for_good_does_not_come_back(
    desk: Desk, me: MailAccount, ours: str, mailbox: Mailboxes
) -> None:
    store = desk.workspace.store
    inbox = desk.connect(me)
    answer(me, ours, "hers@x.example")
    reports(desk, inbox)
    other = mailbox("other")
    desk.send(inbox, other)  # something is known still
    ada = store.contacts.find(ADA)
    assert ada is not None
    delete_permanently(store, ada)
    found = reports(desk, anew(desk, inbox, me))
    assert store.contacts.find(ADA) is None and store.messages.known(["hers@x.example"]) == {}
    assert found["INBOX"].bodies_read == 0


@pytest.mark.parametrize("kind", ["released program", "look that still went on"])
def test_what_is_left_of_a_removed_inbox_is_forgotten(desk: Desk, me: MailAccount, ours: str, kind: str) -> None:
    """Released programs kept the cursors of first looks that were done."""
    foreign(me, 4)
    inbox = desk.connect(me)
    reports(desk, inbox)
    store = desk.workspace.store
    cursors = store.inboxes.cursors(inbox.id)
    assert cursors
    if kind == "released program":
        with store.transaction():
            m.Inbox.update(state="removed").where(m.Inbox.id == inbox.id).execute()
    else:
        remove_inbox(desk.workspace, inbox.id)
        with store.transaction():
            for cursor in cursors:
                store.inboxes.put_cursor(inbox.id, cursor)
    again = desk.connect(me)
    assert store.inboxes.cursors(inbox.id) == ()
    assert reports(desk, again)["INBOX"].headers_read == 4
