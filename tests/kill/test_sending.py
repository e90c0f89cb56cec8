"""Killed while sending (M7, M3): at most one copy for each recipient, one in Sent, one on the timeline, nothing lost."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from app.domain.outbox import CopyState, OutboxState
from tests.kill.conftest import World
from tests.support.killer import Kill

SENDING = "app.services.send_message:"
OUTBOX = "app.store.outbox:OutboxTable."
IMAP = "app.backends.imap.session:ImapSession."
WIRE = "app.backends.smtp.conversation:Conversation.send"
END = r"\r\n.\r\n"  # of the message's content

# Before the content goes out, and after the answer is stored: no copy is in doubt.
CLEAR = [
    pytest.param(Kill(OUTBOX + "claim", "after"), id="in the claim"),
    pytest.param(Kill(SENDING + "_get", "before"), id="after the claim"),
    pytest.param(Kill(SENDING + "record_message", "before"), id="before the timeline"),
    pytest.param(Kill("app.store.messages:Messages.add_tracking", "after"), id="in the timeline's transaction"),
    pytest.param(Kill(SENDING + "record_message", "after"), id="after the timeline"),
    pytest.param(Kill(SENDING + "_Sending._in_flight", "before"), id="before it is in flight"),
    pytest.param(Kill(OUTBOX + "set_copy", "after"), id="before in flight is committed"),
    pytest.param(Kill(SENDING + "_Sending._keep_answer", "after"), id="after the answer is stored"),
    pytest.param(Kill(SENDING + "_Sending._keep_answer", "after", 2), id="after both answers are stored"),
    pytest.param(Kill(OUTBOX + "finish", "after"), id="before the end is committed"),
    pytest.param(Kill(SENDING + "_Sending.run", "after"), id="after the end"),
]
CLEAR_IN_SENT = [
    pytest.param(Kill(OUTBOX + "claim_filing", "after"), id="in the claim for Sent"),
    pytest.param(Kill(IMAP + "append", "before"), id="before the copy for Sent"),
    pytest.param(Kill(IMAP + "append", "after"), id="after the copy for Sent"),
    pytest.param(Kill(OUTBOX + "release_filing", "after"), id="before Sent is committed"),
]
# Between the commit of "in flight" and that of the answer.
DOUBTFUL = [
    pytest.param(Kill(SENDING + "_Sending._in_flight", "after"), id="before DATA"),
    pytest.param(Kill(WIRE, "before", 1, END), id="after 354"),
    pytest.param(Kill(WIRE, "after", 1, END), id="after the content"),
    pytest.param(Kill(SENDING + "_Sending._keep_answer", "before"), id="before the answer is stored"),
]


def second(kill: Kill) -> Kill:
    return Kill(kill.target, kill.when, kill.call + 1, kill.where)


@pytest.mark.parametrize("kill", CLEAR)
def test_nothing_is_in_doubt(world: Callable[..., World], kill: Kill) -> None:
    w = world()
    people = (w.mailbox("ada"), w.mailbox("bob"))
    outbox_id = w.queue(*people)
    assert w.run(kill).killed
    w.finish(outbox_id, people, unknown_allowed=False)
    w.assert_sent_once(outbox_id, people)


@pytest.mark.parametrize("files", ["", "each"])
@pytest.mark.parametrize("kill", CLEAR_IN_SENT)
def test_one_copy_in_sent(world: Callable[..., World], kill: Kill, files: str) -> None:
    w = world(files)
    people = (w.mailbox("ada"), w.mailbox("bob"))
    outbox_id = w.queue(*people)
    assert w.run(kill).killed
    w.finish(outbox_id, people, unknown_allowed=False)
    w.assert_sent_once(outbox_id, people)


@pytest.mark.parametrize("kill", [Kill(IMAP + "remove", "before"), Kill(IMAP + "remove", "after")], ids=str)
def test_the_servers_copy_gives_way_to_ours(world: Callable[..., World], kill: Kill) -> None:
    w = world("once")
    people = (w.mailbox("ada"),)
    outbox_id = w.queue(*people)
    assert w.run(kill).killed
    w.finish(outbox_id, people, unknown_allowed=False)
    w.assert_sent_once(outbox_id, people)


@pytest.mark.parametrize("kill", DOUBTFUL)
def test_the_person_decides_where_nobody_can_know(world: Callable[..., World], kill: Kill) -> None:
    w = world()
    people = (w.mailbox("ada"), w.mailbox("bob"))
    outbox_id = w.queue(*people)
    assert w.run(kill).killed
    assert w.run().status == 0
    message = w.message(outbox_id)
    assert [c.state for c in message.copies] == [CopyState.UNKNOWN, CopyState.ACCEPTED]
    assert message.state == OutboxState.UNKNOWN
    assert message.problem is not None and message.problem.code.value == "outcome_unknown"
    w.finish(outbox_id, people, unknown_allowed=True)
    w.assert_sent_once(outbox_id, people)


@pytest.mark.parametrize("files", ["once", "each"])
@pytest.mark.parametrize("kill", DOUBTFUL)
def test_sent_settles_it(world: Callable[..., World], kill: Kill, files: str) -> None:
    """What the server has filed went out. What it has not is left to the person: that proves nothing."""
    w = world(files)
    people = (w.mailbox("ada"), w.mailbox("bob"))
    outbox_id = w.queue(*people)
    assert w.run(kill).killed
    handed_over = (kill.when == "after" and bool(kill.where)) or kill.target.endswith("_keep_answer")
    if handed_over:  # Sent is looked at when the server is done; it may never be, as the connection ended so soon
        handed_over = w.has_arrived(people[0], w.message(outbox_id).message_id, patience=3)
    assert w.run().status == 0
    assert w.message(outbox_id).state == (OutboxState.SENT if handed_over else OutboxState.UNKNOWN)
    w.finish(outbox_id, people, unknown_allowed=not handed_over)
    w.assert_sent_once(outbox_id, people)


@pytest.mark.parametrize("files", ["", "once", "each"])
@pytest.mark.parametrize("kill", DOUBTFUL)
def test_the_second_of_two(world: Callable[..., World], kill: Kill, files: str) -> None:
    """Where the server files a Message-ID once, Sent says nothing of the second recipient."""
    w = world(files)
    people = (w.mailbox("ada"), w.mailbox("bob"))
    outbox_id = w.queue(*people)
    assert w.run(second(kill)).killed
    w.finish(outbox_id, people, unknown_allowed=True)
    w.assert_sent_once(outbox_id, people)


def test_the_third_of_three_is_left_to_the_person_though_each_copy_is_filed(world: Callable[..., World]) -> None:
    w = world("each")
    people = (w.mailbox("ada"), w.mailbox("bob"), w.mailbox("cid"))
    outbox_id = w.queue(*people)
    assert w.run(second(second(Kill(WIRE, "before", 1, END)))).killed
    assert w.run().status == 0
    assert [c.state for c in w.message(outbox_id).copies] == [CopyState.ACCEPTED] * 2 + [CopyState.UNKNOWN]
    w.finish(outbox_id, people, unknown_allowed=True)
    w.assert_sent_once(outbox_id, people)


def test_sent_is_not_believed_too_soon(world: Callable[..., World]) -> None:
    """The server may still be at work on a message when the program is back."""
    w = world("once")
    ada = w.mailbox("ada")
    outbox_id = w.queue(ada)
    assert w.run(Kill(WIRE, "before", 1, END)).killed
    ended = w.killer.run(w.environ, ("sync", "--once"))
    assert ended.status == 0, ended.said
    message = w.message(outbox_id)
    assert (message.state, message.copies[0].state) == (OutboxState.QUEUED, CopyState.IN_FLIGHT)
    w.workspace.store.outbox.retry(outbox_id)
    w.finish(outbox_id, (ada,), unknown_allowed=True)
    w.assert_sent_once(outbox_id, (ada,))


@pytest.mark.parametrize(("files", "seed"), [("", 1), ("once", 2), ("each", 3)])
def test_at_random_while_ten_messages_go_out(world: Callable[..., World], files: str, seed: int) -> None:
    w = world(files)
    chance = random.Random(seed)
    people = [w.mailbox(f"p{i}") for i in range(10)]
    waiting = [(w.queue(p, subject=f"Nr {i}"), (p,)) for i, p in enumerate(people)]
    killed = 0
    for _ in range(6):
        w.killer.start(w.environ, ("sync", "--once"), settings={"app.services.send_message:SETTLE_AFTER": 0.0})
        killed += w.killer.wait(chance.uniform(0.15, 0.6)).killed
    assert killed >= 1, killed
    for outbox_id, who in waiting:
        w.finish(outbox_id, who, unknown_allowed=True)
    assert w.run().status == 0  # once more changes nothing
    for outbox_id, who in waiting:
        w.assert_sent_once(outbox_id, who)
