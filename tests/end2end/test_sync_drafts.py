"""Drafts are never read, wherever they lie (R9); one that is finished where it lies is met all the same."""

from __future__ import annotations

import pytest

from app.backends.imap import open_imap
from app.domain.inboxes import Inbox
from app.services.explain_message import explain_message
from app.services.sync_inbox import InboxSync
from app.store.waiting import DRAFT
from tests.faults.step_proxy import StepProxy
from tests.support.authority import Issued
from tests.support.desk import NEVER, Desk, Mailboxes, answer, foreign, written
from tests.support.mailbox import MailAccount

ADA = "ada@example.com"


@pytest.fixture
def inbox(desk: Desk, me: MailAccount) -> Inbox:
    me.dovecot.add_user(ADA, "x")
    connected = desk.connect(me)
    desk.sync(connected)
    return connected


def draft(me: MailAccount, parent: str, message_id: str, folder: str = "INBOX") -> None:
    raw = written(me.address, ADA, parent=parent, message_id=message_id, text="Unfinished")
    me.append(folder, raw, r"\Draft")


def finish(me: MailAccount, message_id: str, folder: str = "INBOX") -> None:
    """Another program takes the flag away where the message lies."""
    with me.dovecot._login(me.address) as client:
        client.select(folder)
        _, found = client.uid("SEARCH", "HEADER", "Message-ID", message_id)
        done, said = client.uid("STORE", found[0].decode(), "-FLAGS", r"(\Draft)")
        assert done == "OK" and b"Draft" not in (said[0] or b""), said


def logged(desk: Desk) -> set[str]:
    return {m.message_id for m in desk.timeline(ADA)}


def bodies(desk: Desk, inbox: Inbox) -> set[str]:
    return {body.message_id for body in desk.workspace.store.ledgers.read(inbox.id)[0].bodies}


@pytest.mark.parametrize("way", ["one", "many together", "after an outage", "a first look"])
@pytest.mark.parametrize("folder", ["INBOX", "Alle", "Sent"])
def test_a_draft_is_not_read(
    desk: Desk, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch, folder: str, way: str
) -> None:
    """In any folder, on any of the ways that a message may be met; what lies beside it is."""
    me.dovecot.add_user(ADA, "x")
    with me.dovecot._login(me.address) as client:
        client.create("Alle")
    first, inbox = desk.connect(mailbox("first")), desk.connect(me)
    ours = desk.send(first, ADA).message_id
    if way != "a first look":
        desk.sync(inbox)
    if way == "after an outage":
        monkeypatch.setattr("app.services.read_upwards.MANY", 5)
        monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 2)
    if way != "one":
        foreign(me, 6, folder=folder)
        for number in range(4):
            answer(me, ours, f"a{number}@x.example", folder=folder)
    draft(me, ours, "draft@x.example", folder)
    answer(me, ours, "good@x.example", folder=folder)
    if way == "after an outage":
        foreign(me, 6, 20, folder)
    desk.sync(inbox)
    desk.sync(inbox)
    beside = {"good@x.example"} | ({f"a{n}@x.example" for n in range(4)} if way != "one" else set())
    assert logged(desk) - {ours} == beside == bodies(desk, inbox)
    assert b"Unfinished" in b"".join(me.messages(folder))


def test_one_that_is_finished_where_it_lies_is_logged(desk: Desk, inbox: Inbox, me: MailAccount) -> None:
    """And one that is thrown away is forgotten."""
    ours = desk.send(inbox, ADA).message_id
    draft(me, ours, "draft@x.example")
    draft(me, ours, "gone@x.example")
    desk.sync(inbox)
    waiting = desk.workspace.store.waiting
    assert len(waiting.drafts(inbox.id)) == 2
    with me.dovecot._login(me.address) as client:
        client.select("INBOX")
        client.uid("STORE", "2", "+FLAGS", r"(\Deleted)")
        client.expunge()
    desk.sync(inbox)
    assert [place.uid for place in waiting.drafts(inbox.id)] == [1]
    finish(me, "draft@x.example")
    desk.sync(inbox)
    assert logged(desk) == {ours, "draft@x.example"} and waiting.drafts(inbox.id) == ()
    assert bodies(desk, inbox) == {"draft@x.example"}


def test_a_draft_of_an_answer_to_what_is_not_known_yet(desk: Desk, inbox: Inbox, me: MailAccount) -> None:
    """It waits twice: for what it answers, and to be finished."""
    ours = desk.send(inbox, ADA).message_id
    draft(me, "phone@x.example", "draft@x.example")
    desk.sync(inbox)
    answer_of_mine = written(me.address, ADA, parent=ours, message_id="phone@x.example")
    me.append("Sent", answer_of_mine)
    desk.sync(inbox)
    desk.sync(inbox)
    assert logged(desk) == {ours, "phone@x.example"}
    finish(me, "draft@x.example")
    desk.sync(inbox)
    assert logged(desk) == {ours, "phone@x.example", "draft@x.example"}


def test_drafts_cost_nothing_while_their_folder_does_not_change(
    desk: Desk, inbox: Inbox, me: MailAccount, certificate: Issued
) -> None:
    """HIGHESTMODSEQ (RFC 7162) tells that no flag changed."""
    ours = desk.send(inbox, ADA).message_id
    with me.dovecot._login(me.address) as client:
        client.create("Alle")
    draft(me, ours, "draft@x.example", "Alle")
    desk.sync(inbox)
    draft(me, ours, "second@x.example", "Alle")
    with StepProxy(me.dovecot.imaps_port, certificate, protocol="imap") as proxy:
        inbox = desk.move(inbox, imap_port=proxy.port)
        with open_imap(inbox.account, desk.workspace.password(inbox)) as session:
            sync = InboxSync(desk.workspace, inbox, session, NEVER)
            sync.everything()
            proxy.steps.clear()
            sync.everything()
            asked = [step.text for step in proxy.steps if step.sent]
            assert not [text for text in asked if "FETCH" in text], asked
            finish(me, "second@x.example", "Alle")
            sync.everything()
    assert logged(desk) == {ours, "second@x.example"}
    assert len(desk.workspace.store.waiting.drafts(inbox.id)) == 1


def test_why_a_draft_is_not_here(desk: Desk, inbox: Inbox, me: MailAccount) -> None:
    ours = desk.send(inbox, ADA).message_id
    draft(me, ours, "draft@x.example")
    desk.sync(inbox)
    trace = explain_message(desk.workspace, "<draft@x.example>")
    assert trace.verdict == "It is not here because it is a draft, and drafts are never read."
    assert "a draft: never read" in trace.steps[-1].text
    finish(me, "draft@x.example")
    trace = explain_message(desk.workspace, "<draft@x.example>")
    assert trace.verdict == "It belongs here, and comes with the next look."
    assert any("no draft any more" in step.text for step in trace.steps)


def test_nobody_can_pass_an_id_off_as_the_sign_of_a_draft(desk: Desk, inbox: Inbox, me: MailAccount) -> None:
    me.append("INBOX", written(ADA, me.address, parent=DRAFT, message_id="odd@x.example"))
    desk.sync(inbox)
    desk.sync(inbox)
    assert desk.workspace.store.waiting.drafts(inbox.id) == () and bodies(desk, inbox) == set()


def test_what_answers_a_draft_waits_for_it_to_be_finished(desk: Desk, inbox: Inbox, me: MailAccount) -> None:
    ours = desk.send(inbox, ADA).message_id
    draft(me, ours, "draft@x.example")
    answer(me, "draft@x.example", "next@x.example")
    desk.sync(inbox)
    assert logged(desk) == {ours}
    finish(me, "draft@x.example")
    desk.sync(inbox)
    assert logged(desk) == {ours, "draft@x.example", "next@x.example"}
