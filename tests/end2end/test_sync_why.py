"""Why a message is here or not, and what a person decides about it: that counts ever after."""

from __future__ import annotations

import imaplib
import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest

from app.domain.addresses import Address
from app.domain.errors import UsageError
from app.domain.inboxes import Inbox
from app.domain.trace import Mark, Trace
from app.services.arrange_messages import move_message, split_message, undo_arrangement
from app.services.connect_inbox import pause_inbox, resume_inbox
from app.services.explain_message import explain_message
from app.store.fields import now
from app.store.waiting import KEPT_FOR
from app.words.days import day
from tests.support.command import Command
from tests.support.desk import Desk, Mailboxes, written
from tests.support.mailbox import MailAccount


@pytest.fixture
def ada(mailbox: Mailboxes) -> MailAccount:
    return mailbox("ada")


def said(trace: Trace) -> str:
    return "\n".join([trace.verdict, *(f"{step.mark.value}: {step.text}" for step in trace.steps)])


def why(desk: Desk, asked: str, **options: Any) -> str:
    return said(explain_message(desk.workspace, asked, **options))


# -- why


def test_why_it_is_here(desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount) -> None:
    sent = desk.send(inbox, ada)
    me.deliver(written(f"Ada <{ada.address}>", me.address, parent=sent.message_id, message_id="a@x.example"))
    desk.sync(inbox)
    trace = explain_message(desk.workspace, "<a@x.example>")
    assert trace.message_pk is not None and not trace.can_undo
    assert trace.verdict == "It is here because it answers a message that is known here."
    to = desk.workspace.store.contacts.name(trace.contact_id or 0)
    assert f"yes: It names your message “Offert” of {day(now())} to {to} in its In-Reply-To field." in said(trace)
    assert "joined by" not in said(trace) and "another address" not in said(trace)
    assert "on the timeline of Ada" in said(trace) and "lies in INBOX" in said(trace)
    assert "sent from here" in why(desk, sent.message_id)


@pytest.mark.parametrize(
    ("folder", "parent", "references", "told"),
    [
        ("INBOX", "", "", "It names no message that it answers"),
        ("Junk", "OURS", "", "The folder Junk is never read: it holds junk mail"),
        ("Trash", "OURS", "", "it holds deleted messages"),
    ],
)
def test_why_it_is_not_here(
    desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount, folder: str, parent: str, references: str, told: str
) -> None:
    sent = desk.send(inbox, ada)
    parent = parent.replace("OURS", sent.message_id)
    me.append(folder, written("Eve <eve@example.org>", me.address, parent=parent, message_id="not@x.example"))
    desk.sync(inbox)
    ledgers, before = desk.workspace.store.ledgers, desk.workspace.store.inboxes.cards()[0].headers_read
    answer = why(desk, "not@x.example")
    assert answer.startswith("It is not here because"), answer
    assert told in answer
    assert desk.workspace.store.ledgers.read(inbox.id)[0].bodies == ()
    assert ledgers.asked_of(inbox.id, folder) == 1
    assert folder == "INBOX" or ledgers.headers_of(inbox.id, folder) == 0
    assert (ledgers.read(inbox.id)[0].headers_read, ledgers.read(inbox.id)[0].headers_asked) == (before, 1)
    assert desk.workspace.store.inboxes.cards()[0].headers_read == before
    assert [(f.headers_read > 0, f.headers_asked) for f in ledgers.folders() if f.folder == folder] == [
        (folder == "INBOX", 1)
    ]
    assert told in why(desk, "eve@example.org")
    assert "servers were not asked" in why(desk, "not@x.example", look=False)


def test_why_an_answer_waits(desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount) -> None:
    """For what it answers: since when, for how long, and what happens next; also asked by the id of the original."""
    sent = desk.send(inbox, ada)
    me.append("INBOX", written(ada.address, me.address, parent="phone@x.example", message_id="early@x.example"))
    desk.sync(inbox)
    told = why(desk, "early@x.example")
    assert told.startswith("It is not here yet: it waits for the message that it answers.\n")
    assert "names phone@x.example in its In-Reply-To field, which is not known here" in told
    assert f"since {day(now())}" in told and f"before {day(now() + KEPT_FOR)}" in told
    assert "nothing of it is kept" not in told and "logged by itself" in told
    assert "One message that answers it was met and waits" in why(desk, "phone@x.example")
    me.append("Sent", written(me.address, ada.address, parent=sent.message_id, message_id="phone@x.example"))
    desk.sync(inbox)
    assert why(desk, "early@x.example").startswith("It is here because")
    me.append("INBOX", written(ada.address, me.address, parent="older@x.example", message_id="late@x.example"))
    desk.sync(inbox)
    with desk.workspace.store.transaction():
        desk.workspace.store.waiting.expire(inbox.id, now() + KEPT_FOR + timedelta(days=1))
    told = why(desk, "late@x.example")
    assert told.startswith("It is not here because it answers no message that is known here.")
    assert "nothing of it is kept" in told and "older@x.example" in told


def test_why_it_is_not_here_yet(desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount) -> None:
    sent = desk.send(inbox, ada)
    desk.sync(inbox)
    me.append("INBOX", written(ada.address, me.address, parent=sent.message_id, message_id="soon@x.example"))
    answer = why(desk, "soon@x.example")
    assert answer.startswith("It belongs here, and comes with the next look.")
    assert "It came after the last look" in answer
    assert "none of the connected inboxes has it" in why(desk, "nowhere@x.example")


def test_why_of_a_contact_and_of_an_inbox_that_cannot_be_asked(
    desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount
) -> None:
    sent = desk.send(inbox, ada)
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="a@x.example"))
    desk.sync(inbox)
    trace = explain_message(desk.workspace, ada.address)
    assert trace.contact_id == desk.workspace.store.contacts.find(ada.address)
    assert "1 message to them and 1 message from them are logged" in said(trace)
    assert trace.verdict == "It is here."
    assert "yes: It is logged, on the timeline of " in said(trace)
    pause_inbox(desk.workspace, inbox.id)
    told = why(desk, ada.address)
    assert told.startswith("Only what is logged of them is known: no mail server could be asked.\n")
    assert "is not read at present: it is paused." in told
    resume_inbox(desk.workspace, inbox.id)
    desk.move(inbox, imap_port=1)
    answer = why(desk, "x@example.org")
    assert answer.startswith("It is not here, and not every inbox could be asked.")
    assert "could not be asked: localhost takes no connections just now." in answer and "port" not in answer


def test_of_an_address_the_newest_are_told_first_and_how_many_there_are(
    desk: Desk, inbox: Inbox, me: MailAccount
) -> None:
    """Whatever folder they lie in, and however many that has."""
    begun = time.time() - 100_000
    with me.dovecot._login(me.address) as connection:
        for number, folder in enumerate(("Trash", "INBOX", "Trash", "Junk", "INBOX", "Trash")):
            raw = written("eve@example.org", me.address, subject=f"No {number}", message_id=f"e{number}@x.example")
            raw = re.sub(r"Date: .*", "Date: Mon, 02 Mar 2026 12:00:00 +0000", raw)
            came = imaplib.Time2Internaldate(begun + number)
            connection.append(f'"{folder}"', "", came, raw.replace("\n", "\r\n").encode())
    trace = explain_message(desk.workspace, "eve@example.org", most=2)
    heads = [s.text for s in trace.steps if s.text.startswith("“")]
    assert (trace.found, trace.told) == (6, 2)
    assert trace.verdict == "6 messages were found; the 2 newest are told here, each judged on its own."
    assert [head[:6] for head in heads] == ["“No 5”", "“No 4”"]
    assert all(" of 2 March 2026, in " in head for head in heads)  # its own date, not when it was filed there
    whole = explain_message(desk.workspace, "Eve Berg <eve@example.org>")
    assert (whole.found, whole.told) == (6, 6) and "newest first" in whole.verdict
    assert [s.text[4] for s in whole.steps if s.text.startswith("“")] == ["5", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize("asked", ["hello there", "offert", "", "Ann", "two@words here"])
def test_what_is_neither_an_address_nor_an_id_is_told_so(desk: Desk, asked: str) -> None:
    with pytest.raises(UsageError, match="neither an address"):
        explain_message(desk.workspace, asked)


def test_offline_a_message_that_may_wait_is_told_of(
    desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount
) -> None:
    assert why(desk, "early@x.example", look=False) == "Nothing is known of it here; the servers were not asked."
    desk.send(inbox, ada)
    me.append("INBOX", written(ada.address, me.address, parent="phone@x.example", message_id="early@x.example"))
    desk.sync(inbox)
    assert "ask the mail servers, too, to learn whether this is one of them" in why(desk, "early@x.example", look=False)


def test_a_report_about_no_message_from_here(desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount) -> None:
    """Before it was read, and after."""
    desk.send(inbox, ada)
    report = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nIt came back.\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; eve@example.org\nAction: failed\n"
        "Status: 5.1.1\n\n--b--\n"
    )
    raw = written("MAILER-DAEMON@example.org", me.address, message_id="dsn@x.example", subject="Undelivered", text="")
    me.append("INBOX", raw.rstrip("\n") + "\n" + report)
    assert "its beginning is read with the next look" in why(desk, "dsn@x.example")
    desk.sync(inbox)
    told = why(desk, "dsn@x.example")
    assert told.startswith("It is not here because it reports about no message that was sent from here.\n")
    assert "about no message that was sent from here, so nothing of it is kept" in told


def test_folders_that_are_never_read_are_told_with_the_others(connected: tuple[Command, MailAccount]) -> None:
    command, _ = connected
    never = command.json("sync", "--once")["inboxes"][0]["never_read"]
    assert {"path": "Junk", "reason": "it holds junk mail"} in never
    out = command.run("sync", "--once").out
    assert "  Junk: never read, because it holds junk mail\n" in out and "because it holds deleted messages" in out


def test_why_on_the_command_line(command: Command, connected: tuple[Command, MailAccount]) -> None:
    command, me = connected
    me.append("Junk", written("eve@example.org", me.address, message_id="junk@x.example"))
    document = json.loads(command.run("why", "<junk@x.example>", "--json").out)
    assert document["logged"] is False
    assert document["verdict"] == "It is not here because it lies in a folder that is never read."
    assert {"mark": "no", "text": "The folder Junk is never read: it holds junk mail."} in document["steps"]
    assert "never read" in command.run("why", "junk@x.example").out
    for number in range(3):
        me.append("INBOX", written("eve@example.org", me.address, message_id=f"eve{number}@x.example"))
    ended = command.run("why", "eve@example.org", "--limit", "1")
    assert "4 messages were found; the 1 newest" not in ended.out and "the newest is told here" in ended.out
    assert ended.out.endswith("3 more are not told here. To see them: add --all, or --limit N.\n")
    assert command.json("why", "eve@example.org", "--all")["told"] == 4
    assert "neither an address" in command.fails("why", "hello there", status=2)


# -- where it belongs


def pk_of(desk: Desk, message_id: str) -> int:
    return desk.workspace.store.messages.known([message_id])[message_id].pk


def threads(desk: Desk, *ids: str) -> list[int]:
    known = desk.workspace.store.messages.known(ids)
    return [known[i].thread_id for i in ids]


def test_split_off_with_its_answers_and_back(desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount) -> None:
    sent = desk.send(inbox, ada)
    for parent, message_id in ((sent.message_id, "a"), ("a@x.example", "b"), (sent.message_id, "c")):
        me.append("INBOX", written(ada.address, me.address, parent=parent, message_id=f"{message_id}@x.example"))
        desk.sync(inbox)
    a = pk_of(desk, "a@x.example")
    assert explain_message(desk.workspace, "a@x.example").can_split
    split_message(desk.workspace, a)
    told = explain_message(desk.workspace, "a@x.example")
    assert told.verdict == "It stands alone because you split it off." and not told.can_split
    ours, first, second, third = threads(desk, sent.message_id, "a@x.example", "b@x.example", "c@x.example")
    assert first == second != ours == third
    with pytest.raises(UsageError):
        split_message(desk.workspace, a)
    me.append("INBOX", written(ada.address, me.address, parent="b@x.example", message_id="d@x.example"))
    desk.sync(inbox)
    assert threads(desk, "d@x.example") == [first]
    assert explain_message(desk.workspace, "a@x.example").can_undo
    assert undo_arrangement(desk.workspace, a)
    assert len(set(threads(desk, sent.message_id, "a@x.example", "b@x.example", "d@x.example"))) == 1
    assert not undo_arrangement(desk.workspace, a)


def test_moved_into_another_thread_and_answers_follow(
    desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount, mailbox: Mailboxes
) -> None:
    """Though that is about something else, by its subject; and after the folder was numbered anew."""
    bob = mailbox("bob")
    one, two = desk.send(inbox, ada, subject="Offert"), desk.send(inbox, bob, subject="Leverans")
    me.append("INBOX", written(ada.address, me.address, parent=one.message_id, message_id="a@x.example"))
    desk.sync(inbox)
    move_message(desk.workspace, pk_of(desk, "a@x.example"), to_message=pk_of(desk, two.message_id))
    assert threads(desk, "a@x.example") == threads(desk, two.message_id)
    assert desk.received(ada.address) == [] and len(desk.received(bob.address)) == 1
    me.append("INBOX", written(ada.address, me.address, parent="a@x.example", message_id="b@x.example"))
    desk.sync(inbox)
    assert threads(desk, "b@x.example") == threads(desk, two.message_id)
    assert [m.message_id for m in desk.received(bob.address)] == ["b@x.example", "a@x.example"]
    assert not any(m.changed_subject for m in desk.received(bob.address))
    trace = explain_message(desk.workspace, "a@x.example")
    assert trace.verdict == "It is here because you put it there."
    was = next(s for s in trace.steps if "in its In-Reply-To field" in s.text)
    assert was.mark is Mark.NOTE and "your message “Offert”" in was.text and "what you decided since stands" in was.text
    moved = next(s for s in trace.steps if s.text.startswith("You moved it"))
    assert moved.mark is Mark.YES and "into the conversation “Leverans”" in moved.text and "That stands" in moved.text
    assert not any(s.mark is Mark.YES and "Offert" in s.text and s is not trace.steps[0] for s in trace.steps)
    follower = explain_message(desk.workspace, "b@x.example")
    assert "names the message “Re: Offert”" in said(follower) and "joined" not in said(follower)
    with desk.workspace.store.transaction():
        desk.workspace.store.inboxes.drop_folder(inbox.id, "INBOX")
    desk.sync(inbox)  # all of it again, as after UIDVALIDITY changed
    assert threads(desk, "a@x.example") == threads(desk, two.message_id)
    assert len(desk.received(bob.address)) == 2


def test_what_answered_it_meanwhile_comes_back_with_it(
    desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount, mailbox: Mailboxes
) -> None:
    """But not what a person decided about by itself."""
    bob = mailbox("bob")
    one, two = desk.send(inbox, ada), desk.send(inbox, bob, subject="Annat")
    me.append("INBOX", written(ada.address, me.address, parent=one.message_id, message_id="a@x.example"))
    desk.sync(inbox)
    a = pk_of(desk, "a@x.example")
    move_message(desk.workspace, a, to_message=pk_of(desk, two.message_id))
    for message_id in ("b@x.example", "c@x.example"):
        me.append(
            "INBOX", written(ada.address, me.address, parent="a@x.example", message_id=message_id, subject="Annat")
        )
    desk.sync(inbox)
    assert threads(desk, "b@x.example") == threads(desk, two.message_id) and len(desk.received(bob.address)) == 3
    split_message(desk.workspace, pk_of(desk, "c@x.example"))
    apart = threads(desk, "c@x.example")
    assert undo_arrangement(desk.workspace, a)
    assert threads(desk, "a@x.example", "b@x.example") == 2 * threads(desk, one.message_id)
    assert {m.message_id for m in desk.received(ada.address)} == {"a@x.example", "b@x.example"}
    assert threads(desk, "c@x.example") == apart and [m.message_id for m in desk.received(bob.address)] == [
        "c@x.example"
    ]


def test_a_senders_other_address_stays_where_a_person_put_it(
    desk: Desk, inbox: Inbox, me: MailAccount, ada: MailAccount
) -> None:
    """Her private address is a contact of its own; her answers from there belong to the one who was written to."""
    store = desk.workspace.store
    sent = desk.send(inbox, ada)
    with store.transaction():
        private = store.contacts.add(Address("ada@home.example", "Ada privat"), created_by="user")
    me.append("INBOX", written("ada@home.example", me.address, parent=sent.message_id, message_id="a@x.example"))
    desk.sync(inbox)
    assert [m.message_id for m in desk.received("ada@home.example")] == ["a@x.example"]
    another = f"It came from ada@home.example, another address than was written to: {ada.address}."
    assert another in [step.text for step in explain_message(desk.workspace, "a@x.example").steps]
    at_work = store.contacts.find(ada.address)
    assert at_work is not None
    move_message(desk.workspace, pk_of(desk, "a@x.example"), to_contacts=(at_work,))
    with pytest.raises(UsageError):
        move_message(desk.workspace, pk_of(desk, "a@x.example"), to_contacts=(at_work,))
    assert desk.received("ada@home.example") == []
    card = store.contacts.card(private)
    assert card is not None and card.received == 0
    me.append("INBOX", written("ada@home.example", me.address, parent="a@x.example", message_id="b@x.example"))
    desk.sync(inbox)
    assert desk.received("ada@home.example") == []
    assert {m.message_id for m in desk.received(ada.address)} == {"a@x.example", "b@x.example"}
    step = explain_message(desk.workspace, "a@x.example").steps[-1]
    assert step.mark is Mark.YES and "You moved it" in step.text
    assert undo_arrangement(desk.workspace, pk_of(desk, "a@x.example"))
    assert [m.message_id for m in desk.received("ada@home.example")] == ["a@x.example"]
