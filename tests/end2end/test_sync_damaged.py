"""A message on which a real server hangs up, on each way that it may be met: it is found, set aside and passed; what lies
beside it is logged, and it is logged itself once it is whole again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.backends.imap import ImapSession, open_imap
from app.backends.protocol import FetchedHeader
from app.domain.errors import MailFault
from app.domain.inboxes import Inbox
from app.domain.logging_rules import FolderRole
from app.domain.problems import ProblemCode
from app.services.folder_in_hand import PATIENCE, FolderInHand, suspect
from app.services.folder_report import FolderReport
from app.services.known_ids import KnownIds
from app.services.read_folder import FolderReading
from app.store import models
from tests.faults.step_proxy import StepProxy
from tests.support.authority import Issued
from tests.support.desk import Desk, Mailboxes, foreign, written
from tests.support.mailbox import MailAccount

ADA = "ada@example.com"
BAD = "bad@x.example"


@pytest.fixture
def proxy(me: MailAccount, certificate: Issued) -> Iterator[StepProxy]:
    with StepProxy(me.dovecot.imaps_port, certificate, protocol="imap") as started:
        yield started


def damage(proxy: StepProxy, part: str, message_id: str = BAD) -> None:
    """The server hangs up when it comes upon the header, or upon the text."""
    mark = f"Message-ID: <{message_id}>" if part == "header" else f"Text of {message_id}"
    proxy.damaged.add(mark.encode())


def put(me: MailAccount, parent: str, message_id: str, folder: str = "INBOX") -> None:
    text = f"Text of {message_id}"
    me.append(folder, written(f"Ada <{ADA}>", me.address, parent=parent, message_id=message_id, text=text))


def sync_until_it_passes(desk: Desk, inbox: Inbox, most: int = 30) -> int:
    """How many connections it took before the last."""
    for lost in range(most):
        try:
            desk.sync(inbox)
        except MailFault as fault:
            assert fault.problem.code in (ProblemCode.CONNECTION_LOST, ProblemCode.READ_TIMEOUT), fault
        else:
            return lost
    raise AssertionError(f"{most} connections were lost")


def logged(desk: Desk) -> set[str]:
    return {m.message_id for m in desk.timeline(ADA)}


def aside(desk: Desk, inbox: Inbox) -> list[tuple[str, int]]:
    return [(folder, uid) for folder, uid, _ in desk.workspace.store.inboxes.aside(inbox.id)]


def mend(desk: Desk, inbox: Inbox, proxy: StepProxy) -> None:
    proxy.damaged.clear()
    with desk.workspace.store.transaction():
        assert desk.workspace.store.inboxes.hurry_aside(inbox.id) == 1
    desk.sync(inbox)


@pytest.mark.parametrize("part", ["header", "body", "bodies"])
@pytest.mark.parametrize("way", ["down", "up", "few"])
def test_in_a_first_look_and_when_much_or_little_is_caught_up_on(
    desk: Desk, me: MailAccount, ours: str, proxy: StepProxy, monkeypatch: pytest.MonkeyPatch, way: str, part: str
) -> None:
    inbox = desk.move(desk.connect(me), imap_port=proxy.port)
    if way != "down":
        desk.sync(inbox)
    if way == "up":
        monkeypatch.setattr("app.services.read_upwards.MANY", 20)
        monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 5)
    foreign(me, 8)
    names = ["a9@x.example", BAD, *(["a11@x.example", "a12@x.example"] if part == "bodies" else [])]
    for name in names:
        put(me, ours, name)
    foreign(me, 40, 20)
    put(me, ours, "last@x.example")
    damage(proxy, part)
    lost = sync_until_it_passes(desk, inbox)
    assert PATIENCE - 1 <= lost <= 12 and proxy.hung_up == lost  # two suspicions may meet in one message
    assert logged(desk) == {ours, *names, "last@x.example"} - {BAD}
    assert aside(desk, inbox) == [("INBOX", 10)]
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert cursor is not None and cursor.first_look_done
    assert sync_until_it_passes(desk, inbox) == 0
    mend(desk, inbox, proxy)
    assert logged(desk) == {ours, *names, "last@x.example"} and aside(desk, inbox) == []
    bodies = [b.message_id for b in desk.workspace.store.ledgers.read(inbox.id)[0].bodies]
    assert set(bodies) == {*names, "last@x.example"}


@pytest.mark.parametrize("folder", ["INBOX", "Kunden"])
def test_a_suspicion_ends_with_its_message(
    desk: Desk, me: MailAccount, ours: str, proxy: StepProxy, folder: str
) -> None:
    """The newest message was deleted before it could be read again: nothing comes after it that would tell."""
    with me.dovecot._login(me.address) as client:
        client.create("Kunden")
    inbox = desk.move(desk.connect(me), imap_port=proxy.port)
    desk.sync(inbox)
    put(me, ours, "good@x.example", folder)
    put(me, ours, BAD, folder)
    damage(proxy, "header")
    with pytest.raises(MailFault):
        desk.sync(inbox)
    assert [(row.folder, row.uid, row.tries) for row in models.SetAside.select()] == [(folder, 2, -1)]
    with me.dovecot._login(me.address) as client:
        client.select(folder)
        client.uid("STORE", "2", "+FLAGS.SILENT", r"(\Deleted)")
        client.expunge()
    assert sync_until_it_passes(desk, inbox) == 0
    assert logged(desk) == {ours, "good@x.example"} and not models.SetAside.select().exists()


# -- again: what was passed over may answer what turned up


@pytest.fixture
def reading(desk: Desk, me: MailAccount, ours: str, proxy: StepProxy) -> Iterator[Callable[[], FolderReading]]:
    """Each call: a new connection, with the whole inbox open."""
    inbox = desk.move(desk.connect(me), imap_port=proxy.port)
    desk.sync(inbox)
    sessions: list[ImapSession] = []

    def opened() -> FolderReading:
        session = open_imap(inbox.account, desk.workspace.password(inbox))
        sessions.append(session)
        status = session.select("INBOX")
        cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
        assert cursor is not None
        known = KnownIds(desk.workspace.store.messages)
        known.refresh()
        folder = FolderInHand(desk.workspace, inbox, session, "INBOX", FolderRole.INBOX, status.uid_validity)
        return FolderReading(folder, cursor, known, FolderReport("INBOX"), threading.Event(), lambda _events: None)

    yield opened
    for session in sessions:
        session.close()


def again_until_it_passes(reading: Callable[[], FolderReading], first: int, last: int) -> int:
    for lost in range(30):
        try:
            reading().again(range(first, last + 1), lambda: None)
        except MailFault as fault:
            assert fault.problem.code in (ProblemCode.CONNECTION_LOST, ProblemCode.READ_TIMEOUT), fault
        else:
            return lost
    raise AssertionError("30 connections were lost")


@pytest.mark.parametrize("part", ["header", "body"])
def test_again(
    desk: Desk, me: MailAccount, ours: str, proxy: StepProxy, reading: Callable[[], FolderReading], part: str
) -> None:
    """Nothing else is read, and no suspicion is left over."""
    put(me, ours, "below@x.example")
    foreign(me, 30)
    put(me, ours, "low@x.example")
    put(me, ours, BAD)
    foreign(me, 30, 40)
    put(me, ours, "high@x.example")
    damage(proxy, part)
    lost = again_until_it_passes(reading, 2, 70)
    assert PATIENCE <= lost <= 12
    assert logged(desk) == {ours, "low@x.example", "high@x.example"}
    rows = [(row.uid, row.tries > 0) for row in models.SetAside.select()]
    assert rows == [(33, True)]


def test_again_where_a_connection_ended_reads_one_by_one(
    desk: Desk, me: MailAccount, ours: str, proxy: StepProxy, reading: Callable[[], FolderReading]
) -> None:
    """A connection that ended for reasons of its own: the suspicion is gone when nothing comes of it. Suspicions outside of
    the range stay."""
    put(me, ours, "low@x.example")
    foreign(me, 58)
    put(me, ours, "high@x.example")
    first = reading()
    suspect(first.folder, 1)
    suspect(first.folder, 30)
    suspect(first.folder, 90)
    proxy.steps.clear()
    done: list[bool] = []
    assert first.again([20, 30, 60], lambda: done.append(True)) and done
    assert reading().again([20, 21, 60], lambda: None)
    asked = [step.text for step in proxy.steps if step.sent and "UID FETCH" in step.text]
    headers = [text.split()[3] for text in asked if "FLAGS" in text]  # with care
    assert headers == ["20", "30", "60", "20:21"]  # together where there is none; what is logged is not read again
    assert logged(desk) == {ours, "high@x.example"}
    assert sorted(row.uid for row in models.SetAside.select()) == [1, 90]


def test_again_ends_when_it_is_cancelled(
    desk: Desk, me: MailAccount, ours: str, proxy: StepProxy, reading: Callable[[], FolderReading]
) -> None:
    for number in range(30):
        put(me, ours, f"a{number}@x.example")
    stopped = reading()
    suspect(stopped.folder, 1)
    proxy.on_step = lambda step: stopped.cancel.set() if "BODY.PEEK[]" in step.text or "BODY[]" in step.text else None
    assert not stopped.again(range(1, 31), lambda: None)
    proxy.on_step = None
    done = len(logged(desk)) - 1
    assert 0 < done < 30
    assert [row.uid for row in models.SetAside.select()] == [1]  # it goes on there the next time
    assert reading().again(range(1, 31), lambda: None)
    assert len(logged(desk)) == 31 and not models.SetAside.select().exists()


# -- one: what waited for what it answers


@pytest.mark.parametrize("part", ["header", "body"])
def test_one_that_waited(
    desk: Desk, me: MailAccount, ours: str, proxy: StepProxy, reading: Callable[[], FolderReading], part: str
) -> None:
    """Three connections, then it is set aside, and asked about no more."""
    foreign(me, 2)
    put(me, ours, BAD)
    damage(proxy, part)
    for _ in range(PATIENCE):
        with pytest.raises(MailFault):
            reading().one(3)
    assert [(row.uid, row.tries) for row in models.SetAside.select()] == [(3, 1)]
    hung_up = proxy.hung_up
    assert reading().one(3) is False and proxy.hung_up == hung_up
    assert logged(desk) == {ours}
    proxy.damaged.clear()


def test_one_that_is_gone_or_well(desk: Desk, me: MailAccount, ours: str, reading: Callable[[], FolderReading]) -> None:
    put(me, ours, "a@x.example")
    fresh = reading()
    cursor = fresh.cursor
    assert fresh.one(7) is False and logged(desk) == {ours}
    assert fresh.one(1) is False and logged(desk) == {ours, "a@x.example"}
    after = desk.workspace.store.inboxes.cursor(fresh.folder.inbox.id, "INBOX")
    assert after is not None and (after.next_uid, after.low_uid) == (cursor.next_uid, cursor.low_uid)


def test_a_damaged_answer_that_waited_holds_up_no_other(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, proxy: StepProxy
) -> None:
    """The whole way: two answers wait for what was written on the telephone, and one of them is damaged."""
    me.dovecot.add_user(ADA, "x")
    ours = desk.send(inbox, ADA).message_id
    inbox = desk.move(inbox, imap_port=proxy.port)
    put(me, "phone@x.example", BAD)
    put(me, "phone@x.example", "good@x.example")
    desk.sync(inbox)
    assert desk.workspace.store.waiting.count(inbox.id) == 2
    me.append("Sent", written(me.address, ADA, parent=ours, message_id="phone@x.example"))
    damage(proxy, "body")
    assert sync_until_it_passes(desk, inbox) == PATIENCE
    assert logged(desk) == {ours, "phone@x.example", "good@x.example"}
    assert aside(desk, inbox) == [("INBOX", 1)] and desk.workspace.store.waiting.count(inbox.id) == 0
    mend(desk, inbox, proxy)
    assert logged(desk) == {ours, "phone@x.example", "good@x.example", BAD}


def test_the_newest_message_of_a_folder_is_damaged(desk: Desk, inbox: Inbox, me: MailAccount, proxy: StepProxy) -> None:
    """By the newest message a folder is known again: not by one on which the server hangs up."""
    me.dovecot.add_user(ADA, "x")
    ours = desk.send(inbox, ADA).message_id
    with me.dovecot._login(me.address) as client:
        client.create("Kunden")
    inbox = desk.move(inbox, imap_port=proxy.port)
    desk.sync(inbox)
    put(me, ours, "good@x.example", "Kunden")
    put(me, ours, BAD, "Kunden")
    damage(proxy, "header")
    assert sync_until_it_passes(desk, inbox) == PATIENCE
    assert logged(desk) == {ours, "good@x.example"} and aside(desk, inbox) == [("Kunden", 2)]
    assert sync_until_it_passes(desk, inbox) == 0


def test_a_server_that_tells_no_sizes(desk: Desk, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies that were thought small are too much to be read together. Each is read by itself then, and none stops the
    folder."""
    fetch = ImapSession.fetch_headers

    def without_sizes(self: ImapSession, *arguments: Any) -> Iterator[FetchedHeader]:
        return (replace(header, size=0) for header in fetch(self, *arguments))

    monkeypatch.setattr(ImapSession, "fetch_headers", without_sizes)
    monkeypatch.setattr("app.backends.imap.pipeline.ANSWER_LIMIT", 40_000)
    for number in range(4):
        me.append("INBOX", written(ADA, me.address, parent=ours, message_id=f"a{number}@x.example", text="x" * 15_000))
    inbox = desk.connect(me)
    with pytest.raises(MailFault) as fault:
        desk.sync(inbox)
    assert fault.value.problem.code is ProblemCode.ANSWER_TOO_LARGE
    desk.sync(inbox)
    assert len(desk.received(ADA)) == 4
    assert desk.workspace.store.inboxes.aside(inbox.id) == ()
