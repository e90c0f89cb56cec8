"""Killed while reading mail and taking hits (R9, T8): each message and each event once, the cursor where it belongs."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import pytest

from app.domain.events import EventKind
from app.services.tracking_server import tracked_copies
from app.store import models
from app.store.ledger import ASKED_FOR
from tests.kill.conftest import World
from tests.support.killer import Kill
from tests.support.mailbox import MailAccount

SESSION = "app.backends.imap.session:ImapSession."
READING = "app.services.read_folder:FolderReading."
TAKING = "app.services.take_message:"
SMALL = {"app.services.folder_reading:Reading.CHUNK": 4}
BROWSER = {"User-Agent": "Mozilla/5.0 Thunderbird/128.0"}

POINTS = [
    pytest.param(Kill(READING + "_headers", "after"), id="after the headers"),
    pytest.param(Kill(READING + "_headers", "after", 2), id="after the second chunk's headers"),
    pytest.param(Kill(SESSION + "fetch_body", "after"), id="after the body"),
    pytest.param(Kill(SESSION + "fetch_body", "after", 3), id="after the third body"),
    pytest.param(Kill("app.store.files:FileStore.add", "after"), id="after the attachment"),
    pytest.param(Kill("app.store.messages:Messages.add", "after"), id="in the transaction, after the message"),
    pytest.param(Kill("app.store.events:Events.add", "after", 2), id="in the transaction, after the event"),
    pytest.param(Kill("app.store.ledger:Ledgers.body_read", "before"), id="in the transaction, before the ledger"),
    pytest.param(Kill("app.store.cursors:Cursors.read_up", "after", 2), id="before the commit"),
    pytest.param(Kill(TAKING + "_store", "after"), id="after the commit"),
    pytest.param(Kill(READING + "_chunk", "after"), id="between two chunks"),
    pytest.param(Kill(READING + "_commit_up", "before", 2), id="before the cursor's own commit"),
    pytest.param(Kill("app.services.sync_inbox:mark_synced", "before"), id="at the end"),
]


def answer(world: World, person: MailAccount, parent: str, number: int) -> None:
    world.me.deliver(
        f"From: Ada <{person.address}>\nTo: {world.me.address}\nSubject: Re: Offert\n"
        f"Message-ID: <answer-{number}-{person.address}>\nIn-Reply-To: <{parent}>\n"
        f"Date: {format_datetime(datetime.now(UTC))}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\n'
        f"Svar {number}\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\n"
        f"file {number}\n--b--\n",
        sender=person.address,
    )


def fill(world: World, person: MailAccount, parent: str, answers: int) -> None:
    """Answers among mail that is nobody's business."""
    for number in range(answers):
        for other in range(2):
            world.me.deliver(
                f"From: news@example.org\nSubject: {other}\nMessage-ID: <n{number}{other}@x.example>\n\n.\n"
            )
        answer(world, person, parent, number)


def told(world: World, *, interrupted: bool = False) -> list[str]:
    """The bodies in the ledger that were taken in; or those that were asked for, and no more is known."""
    bodies = world.workspace.store.ledgers.read(world.inbox.id)[0].bodies
    return [b.message_id for b in bodies if (b.why == ASKED_FOR) is interrupted]


def assert_each_once(world: World, person: MailAccount, answers: int) -> None:
    store = world.workspace.store
    contact = store.contacts.find(person.address)
    assert contact is not None
    timeline = [m for m in store.timeline.of_contact(contact) if m.direction == "received"]
    assert sorted(m.visible_text.strip() for m in timeline) == sorted(f"Svar {i}" for i in range(answers))
    assert all([a.filename for a in m.attachments] == ["a.txt"] for m in timeline)
    feed = [e for e in store.feed.rows() if e.kind == EventKind.REPLY]
    assert len(feed) == answers
    opens = [e for e in store.feed.rows() if e.kind == EventKind.OPEN]
    assert len(opens) == 1  # inferred from the first answer
    assert sorted(told(world)) == sorted(f"answer-{i}-{person.address}" for i in range(answers))
    cursor = store.inboxes.cursor(world.inbox.id, "INBOX")
    assert cursor is not None and cursor.next_uid == 3 * answers + 1


@pytest.mark.parametrize("kill", POINTS)
def test_each_answer_is_logged_once(world: Callable[..., World], kill: Kill) -> None:
    w = world()
    ada = w.mailbox("ada")
    outbox_id = w.queue(ada)
    assert w.run().status == 0
    fill(w, ada, w.message(outbox_id).message_id, 3)
    assert w.run(kill, **SMALL).killed
    ended = w.run(**SMALL)
    assert ended.status == 0, ended.said
    assert_each_once(w, ada, 3)


def test_the_first_look_goes_on_and_stays_quiet(world: Callable[..., World]) -> None:
    """Connected when there is mail already, and killed in the middle of the first look."""
    w = world()
    ada = w.mailbox("ada")
    message_id = w.message(w.queue(ada)).message_id
    w.me.deliver("From: a@example.org\nSubject: x\nMessage-ID: <x@example.org>\n\n.\n")
    assert w.run(Kill("app.services.sync_inbox:InboxSync.everything", "before")).killed  # it is sent, nothing is read
    fill(w, ada, message_id, 2)
    assert w.run(Kill(TAKING + "_store", "after"), **SMALL).killed
    assert w.run(**SMALL).status == 0
    assert w.run(**SMALL).status == 0
    rows = [e for e in w.workspace.store.feed.rows() if e.kind == EventKind.REPLY]
    assert len(rows) == 2
    assert {e.notified_why for e in rows} == {"it was there before its folder was read for the first time"}


PASSED = "app.store.passed_over:PassedOver."


@pytest.mark.parametrize(
    "kill",
    [
        pytest.param(Kill(PASSED + "keep", "after"), id="before the commit of what was passed over"),
        pytest.param(Kill(READING + "_commit_down", "after"), id="after that commit"),
        pytest.param(Kill(PASSED + "known_until", "before"), id="when all is read"),
        pytest.param(Kill(PASSED + "replace", "before"), id="before the first link is forgotten"),
        pytest.param(Kill(PASSED + "looked_up", "before"), id="after the first link"),
        pytest.param(Kill(PASSED + "looked_up", "after", 2), id="before the commit of what was looked for"),
        pytest.param(Kill(PASSED + "looked_up", "before", 3), id="after the third link"),
        pytest.param(Kill("app.store.cursors:Cursors.end_first_look", "before"), id="when all is settled"),
        pytest.param(Kill("app.store.cursors:Cursors.end_first_look", "after"), id="before its commit"),
    ],
)
def test_what_was_passed_over_is_remembered(world: Callable[..., World], kill: Kill) -> None:
    """A conversation of which each message names only the one before, and lies above it."""
    w = world()
    ada = w.mailbox("ada")
    parent = w.message(w.queue(ada)).message_id
    w.me.deliver("From: a@example.org\nSubject: x\nMessage-ID: <x@example.org>\n\n.\n")
    assert w.run(Kill("app.services.sync_inbox:InboxSync.everything", "before")).killed  # it is sent, nothing is read
    for number in range(4):
        answer(w, ada, parent, number)
        parent = f"answer-{number}-{ada.address}"
    killed = w.run(kill, **SMALL)
    assert killed.killed, killed.said
    ended = w.run(**SMALL)
    assert ended.status == 0, ended.said
    store = w.workspace.store
    contact = store.contacts.find(ada.address)
    assert contact is not None
    timeline = [m for m in store.timeline.of_contact(contact) if m.direction == "received"]
    assert sorted(m.visible_text.strip() for m in timeline) == [f"Svar {i}" for i in range(4)]
    cursor = store.inboxes.cursor(w.inbox.id, "INBOX")
    assert cursor is not None and cursor.first_look_done
    assert not models.PassedOver.select().exists()
    assert store.ledgers.headers_of(w.inbox.id, "INBOX") <= 5 + 3 + 1  # and each link again, one of them twice


@pytest.mark.parametrize(
    "kill",
    [
        pytest.param(Kill("app.services.take_many:read_body", "after", 3), id="after bodies were read beforehand"),
        pytest.param(Kill("app.store.messages:Messages.add", "after", 4), id="in a transaction of several"),
        pytest.param(Kill("app.services.take_many:Taking._in_transactions", "after"), id="after their commit"),
        pytest.param(Kill("app.services.read_folder:FolderReading._commit_down", "before"), id="before the cursor"),
        pytest.param(Kill("app.store.cursors:Cursors.read_down", "after"), id="before the cursor's commit"),
    ],
)
def test_many_old_answers_are_taken_together_and_once(world: Callable[..., World], kill: Kill) -> None:
    w = world()
    ada = w.mailbox("ada")
    message_id = w.message(w.queue(ada)).message_id
    w.me.deliver("From: a@example.org\nSubject: x\nMessage-ID: <x@example.org>\n\n.\n")
    assert w.run(Kill("app.services.sync_inbox:InboxSync.everything", "before")).killed  # it is sent, nothing is read
    fill(w, ada, message_id, 8)
    killed = w.run(kill)
    assert killed.killed, killed.said
    ended = w.run()
    assert ended.status == 0, ended.said
    store = w.workspace.store
    contact = store.contacts.find(ada.address)
    assert contact is not None
    timeline = [m for m in store.timeline.of_contact(contact) if m.direction == "received"]
    assert sorted(m.visible_text.strip() for m in timeline) == sorted(f"Svar {i}" for i in range(8))
    assert all([a.filename for a in m.attachments] == ["a.txt"] for m in timeline)
    assert len([e for e in store.feed.rows() if e.kind == EventKind.REPLY]) == 8
    assert sorted(told(w)) == sorted(f"answer-{i}-{ada.address}" for i in range(8))
    cursor = store.inboxes.cursor(w.inbox.id, "INBOX")
    assert cursor is not None and cursor.first_look_done and cursor.low_uid == 1


@pytest.mark.parametrize(
    ("kill", "answers", "came"),
    [
        pytest.param(Kill(SESSION + "fetch_body", "after"), 2, 1, id="one"),
        pytest.param(Kill("app.services.take_many:Taking._bodies", "after"), 8, 8, id="many together"),
        pytest.param(Kill("app.services.take_many:Taking._in_transactions", "before"), 8, 8, id="before they are kept"),
    ],
)
def test_the_ledger_tells_of_a_body_that_came_before_the_end(
    world: Callable[..., World], kill: Kill, answers: int, came: int
) -> None:
    """What the server gave away is told, though nothing of it was kept; and again when it is read again (R2)."""
    w = world()
    ada = w.mailbox("ada")
    message_id = w.message(w.queue(ada)).message_id
    w.me.deliver("From: a@example.org\nSubject: x\nMessage-ID: <x@example.org>\n\n.\n")
    assert w.run(Kill("app.services.sync_inbox:InboxSync.everything", "before")).killed  # it is sent, nothing is read
    fill(w, ada, message_id, answers)
    assert w.run(kill).killed
    names = {f"answer-{i}-{ada.address}" for i in range(answers)}
    before = told(w, interrupted=True)
    assert len(before) == came and set(before) <= names and told(w) == []
    assert w.run().status == 0
    assert sorted(told(w)) == sorted(names) and told(w, interrupted=True) == before


def test_at_random_while_many_answers_are_read(world: Callable[..., World]) -> None:
    w = world()
    ada = w.mailbox("ada")
    outbox_id = w.queue(ada)
    assert w.run().status == 0
    fill(w, ada, w.message(outbox_id).message_id, 15)
    chance = random.Random(7)
    killed = 0
    for _ in range(5):
        w.killer.start(w.environ, ("sync", "--once"), settings=SMALL)
        killed += w.killer.wait(chance.uniform(0.1, 0.3)).killed
    assert killed >= 1, killed
    assert w.run(**SMALL).status == 0
    assert_each_once(w, ada, 15)


@pytest.mark.parametrize(
    "kill",
    [
        pytest.param(Kill("app.services.take_hits:fetch_events", "after"), id="after the fetch"),
        pytest.param(Kill("app.services.take_hits:_take", "before", 2), id="in the transaction"),
        pytest.param(Kill("app.store.events:Events.set_stream_place", "before"), id="before the place"),
        pytest.param(Kill("app.store.events:Events.set_stream_place", "after"), id="before the commit"),
        pytest.param(Kill("app.services.take_hits:take_hits", "after"), id="after the commit"),
        pytest.param(Kill("app.services.take_hits:take_hits", "after", 2), id="after the last page"),
    ],
)
def test_each_hit_comes_once(world: Callable[..., World], kill: Kill) -> None:
    w = world()
    ada = w.mailbox("ada")
    outbox_id = w.queue(ada)
    assert w.run().status == 0
    pk = w.message(outbox_id).logged_pk
    assert pk is not None
    copy = tracked_copies(w.workspace, pk)[0]
    assert re.search(r"/o/", copy.pixel_url)
    with httpx.Client(headers=BROWSER) as browser:
        for _ in range(3):
            assert browser.get(copy.pixel_url).status_code == 200
        assert browser.get(copy.links[0][1]).status_code == 302
    pages = {"app.services.take_hits:PAGE": 2}
    assert w.run(kill, **pages).killed
    ended = w.run(**pages)
    assert ended.status == 0, ended.said
    kinds = sorted(e.kind.value for e in w.workspace.store.feed.rows())
    assert kinds == ["click", "open", "open", "open"]
    with sqlite3.connect(w.workspace.tracking.database) as hits:
        newest = hits.execute("SELECT max(number) FROM hit").fetchone()[0]
    hits.close()
    assert w.workspace.store.events.stream_place().number == newest
