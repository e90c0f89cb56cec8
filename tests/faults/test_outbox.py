"""The outbox under fire: every class of answer to every command, to the first and to the second recipient; connections
lost anywhere; limits. Whatever the server says, each person gets at most one copy, and is told what became of it."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.backends.smtp import open_smtp
from app.backends.transport import Timeouts
from app.domain.inboxes import ImapAccount, Secret
from app.domain.outbox import CopyState, OutboxMessage, OutboxState
from app.domain.problems import ProblemCode
from app.domain.send_limits import Allowance, daily_send_limit
from app.services import send_allowance as allowances
from app.services.send_allowance import send_allowance
from app.services.send_message import send_message
from app.services.write_message import retry, settle_unknown, settle_unknown_copy
from app.words.problems import explain
from tests.faults.answers import CLOSE, CUT, TAKE_AND_CUT, Answers
from tests.support.authority import Issued
from tests.support.desk import NEVER, Desk, Mailboxes, open_desk
from tests.support.mailbox import endpoint
from tests.support.scripted import ScriptedServer

ADA, BOB = "ada@example.org", "bob@example.org"
QUICK = Timeouts(connect=3, read=0.8, final_answer=0.8)
LONG_LINE = "250-" + "x" * 70_000 + "\r\n250 ok"

COMMANDS = ("EHLO", "AUTH", "MAIL", "RCPT", "DATA", "END", "RSET")
ANSWERS = {
    "odd 2xx": "259 1.2.3 whatever",
    "3xx": "354 go on",
    "4xx": "451 4.3.0 not now",
    "4xx in lines": "451-4.3.0 not\r\n451-4.3.0 now, as\r\n451 4.3.0 the moon is full",
    "421": "421 4.3.2 shutting down",
    "5xx": "550 5.0.0 never",
    "5xx without a code": "554 no",
    "nonsense": "banana",
    "empty": "",
    "too long": LONG_LINE,
    "bytes": "550 5.7.1 n\u00e9 \ud83d\udc1f".encode("utf-16", "surrogatepass").decode("utf-16"),
    "cut": CUT,
    "closed": CLOSE,
}


@dataclass
class Post:
    """A desk whose mail goes out by a server with chosen answers."""

    desk: Desk
    account: ImapAccount
    secret: Secret
    certificate: Issued

    def send(self, answers: Answers, *people: str, **more: object) -> OutboxMessage:
        with ScriptedServer(answers.script(), context=self.certificate.server_context()) as server:
            result = self._connect(server.port)
            outbox_id = self.desk.queue(result, *people, **more)  # type: ignore[arg-type]
            send_message(self.desk.workspace, outbox_id, NEVER)
        assert answers.out_of_order == []
        return self.desk.outgoing(outbox_id)

    def again(self, answers: Answers, message: OutboxMessage) -> OutboxMessage:
        """The next try, now."""
        with ScriptedServer(answers.script(), context=self.certificate.server_context()) as server:
            self._connect(server.port)
            with self.desk.workspace.store.transaction():
                self.desk.workspace.store.outbox.retry(message.id)
            send_message(self.desk.workspace, message.id, NEVER)
        assert answers.out_of_order == []
        return self.desk.outgoing(message.id)

    def _connect(self, port: int):  # type: ignore[no-untyped-def]
        account = replace(self.account, smtp=endpoint(port, "tls"))
        from app.services.check_account import CheckResult
        from app.services.connect_inbox import connect_inbox

        inbox_id = connect_inbox(self.desk.workspace, account, self.secret, None, CheckResult(True, sent_folder="Sent"))
        return self.desk.inbox(inbox_id)


@pytest.fixture
def post(home: Path, mailbox: Mailboxes, certificate: Issued, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    monkeypatch.setattr("app.services.open_backend.open_smtp", functools.partial(open_smtp, timeouts=QUICK))
    me = mailbox("jonas")
    with open_desk(home) as desk:
        yield Post(desk, me.account, me.secret, certificate)


def states(message: OutboxMessage) -> list[str]:
    return [c.state.value for c in message.copies]


def got(answers: Answers) -> Counter[str]:
    return Counter(who for recipients, _ in answers.taken for who in recipients)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_answer_to_every_command(post: Post, command: str, number: int) -> None:
    """To the first and to the second of its kind. Then the server is well again, and the person settles what is in doubt
    by asking the recipient: in the end each has it once, but for those whom the server refused for good."""
    if (command, number) in (("EHLO", 2), ("AUTH", 2), ("RSET", 2)):
        number = 1
    for name, answer in ANSWERS.items():
        first = Answers({(command, number): answer} | ({("RCPT", 1): "550 5.1.1 who?"} if command == "RSET" else {}))
        message = post.send(first, ADA, BOB)
        out = got(first)
        context = (command, number, name, states(message), message.problem, dict(out))
        for copy in message.copies:
            match copy.state:
                case CopyState.ACCEPTED:
                    assert out[copy.recipient] == 1, context
                case CopyState.PENDING | CopyState.REFUSED:
                    assert out[copy.recipient] == 0, context
                    assert message.problem is not None, context
                case CopyState.IN_FLIGHT:
                    raise AssertionError(context)
        if message.problem is not None:
            words = explain(message.problem)
            assert words.title and words.remedy, context
        second = Answers()
        if message.state == OutboxState.QUEUED:
            message = post.again(second, message)
        out += got(second)
        if message.state == OutboxState.UNKNOWN:
            doubtful = [c.recipient for c in message.copies if c.state == CopyState.UNKNOWN]
            assert len(doubtful) == 1, context
            settle_unknown(post.desk.workspace, message.id, sent=out[doubtful[0]] == 1)
            third = Answers()
            message = post.desk.outgoing(message.id)
            message = post.again(third, message) if message.state == OutboxState.QUEUED else message
            out += got(third)
        refused = {c.recipient for c in message.copies if c.state == CopyState.REFUSED}
        if message.state == OutboxState.FAILED and not any(c.state == CopyState.ACCEPTED for c in message.copies):
            retry(post.desk.workspace, message.id)  # the person mended it, and tries again
            fourth = Answers()
            message, refused = post.again(fourth, message), set()
            out += got(fourth)
        assert all(out[who] == (who not in refused) for who in (ADA, BOB)), (context, message)
        assert message.state == (OutboxState.PARTLY if refused else OutboxState.SENT), (context, message)


@pytest.mark.parametrize(
    ("answer", "arrives"), [(TAKE_AND_CUT, 1), (CUT, 0), (CLOSE, 0), ("354 more", 0), ("banana", 0)]
)
def test_a_lost_verdict_is_told_and_never_tried_by_itself(post: Post, answer: str, arrives: int) -> None:
    first = Answers({("END", 1): answer})
    message = post.send(first, ADA, BOB)
    assert states(message)[0] == "unknown" and got(first)[ADA] == arrives
    calm = Answers()
    message = post.again(calm, message)
    assert states(message) == ["unknown", "accepted"] and message.state == OutboxState.UNKNOWN
    assert got(calm) == {BOB: 1}
    assert message.problem is not None and message.problem.code is ProblemCode.OUTCOME_UNKNOWN


def test_two_copies_in_doubt_are_settled_one_by_one(post: Post) -> None:
    first = Answers({("END", 1): TAKE_AND_CUT})
    message = post.send(first, ADA, BOB)
    second = Answers({("END", 1): CUT})
    message = post.again(second, message)
    assert states(message) == ["unknown", "unknown"] and message.state == OutboxState.UNKNOWN
    settle_unknown_copy(post.desk.workspace, message.id, 0, sent=True)
    assert post.desk.outgoing(message.id).state == OutboxState.UNKNOWN
    settle_unknown_copy(post.desk.workspace, message.id, 1, sent=False)
    third = Answers()
    message = post.again(third, message)
    assert message.state == OutboxState.SENT
    assert got(first) + got(second) + got(third) == {ADA: 1, BOB: 1}


def test_some_recipients_are_refused_and_some_wait(post: Post) -> None:
    """One transaction for each: the verdict of one is nobody else's."""
    people = [f"p{n}@example.org" for n in range(6)]
    first = Answers(
        by_recipient={people[1]: "550 5.1.1 unknown", people[3]: "450 4.2.0 greylisted", people[4]: "252 ok"}
    )
    message = post.send(first, *people)
    assert states(message) == ["accepted", "refused", "accepted", "pending", "pending", "accepted"]
    assert message.state == OutboxState.QUEUED
    second = Answers()
    message = post.again(second, message)
    assert states(message) == ["accepted", "refused", "accepted", "accepted", "accepted", "accepted"]
    assert message.state == OutboxState.PARTLY
    assert message.problem is not None and message.problem.code is ProblemCode.RECIPIENT_REFUSED
    assert got(first) + got(second) == Counter([p for p in people if p != people[1]])


def test_greylisting_passes_with_the_next_try(post: Post) -> None:
    message = post.send(Answers({("RCPT", 0): "451 4.7.1 Greylisted, come again in 300 seconds"}), ADA)
    assert message.state == OutboxState.QUEUED and message.not_before - message.created_at >= timedelta(seconds=50)
    calm = Answers()
    assert post.again(calm, message).state == OutboxState.SENT and got(calm) == {ADA: 1}


def test_421_at_any_time_goes_on_with_another_connection(post: Post) -> None:
    """Some servers end a connection after each message."""
    first = Answers({("MAIL", 2): "421 4.7.0 one message a connection"})
    message = post.send(first, ADA, BOB)
    assert states(message) == ["accepted", "pending"]
    assert post.again(Answers(), message).state == OutboxState.SENT


def test_a_refused_reset_ends_the_connection_and_not_the_message(post: Post) -> None:
    first = Answers({("RCPT", 1): "550 5.1.1 who?", ("RSET", 1): "500 5.5.1 what?"})
    message = post.send(first, ADA, BOB)
    assert states(message) == ["refused", "pending"] or states(message) == ["refused", "accepted"]
    if message.state == OutboxState.QUEUED:
        message = post.again(Answers(), message)
    assert states(message) == ["refused", "accepted"] and message.state == OutboxState.PARTLY


@pytest.mark.parametrize(
    ("ehlo", "state", "mail"),
    [
        ("250-x\r\n250 AUTH PLAIN", OutboxState.SENT, "MAIL FROM:<{me}>"),  # neither SIZE nor 8BITMIME nor SMTPUTF8
        ("250-x\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 AUTH PLAIN", OutboxState.SENT, "MAIL FROM:<{me}>"),
        ("250-x\r\n250-SIZE 0\r\n250 AUTH PLAIN", OutboxState.SENT, "MAIL FROM:<{me}> SIZE="),  # 0: no fixed limit
        ("250-x\r\n250-SIZE banana\r\n250 AUTH PLAIN", OutboxState.SENT, "MAIL FROM:<{me}> SIZE="),
        ("250-x\r\n250-SIZE 200\r\n250 AUTH PLAIN", OutboxState.FAILED, ""),  # nothing is announced at all
    ],
)
def test_what_servers_offer(post: Post, ehlo: str, state: OutboxState, mail: str) -> None:
    answers = Answers(ehlo=ehlo)
    message = post.send(answers, ADA, text="Grüße " * 40)
    assert message.state == state, message
    announced = [line for line in answers.heard if line.startswith("MAIL")]
    assert len(announced) == bool(mail) and all(mail.format(me=post.account.address) in line for line in announced)
    if not mail:
        assert message.problem is not None and message.problem.code is ProblemCode.MESSAGE_TOO_LARGE
    for _, raw in answers.taken:
        assert raw.isascii()  # 8BITMIME is not offered: it goes in seven bits


def test_answers_that_come_before_they_are_asked_for(post: Post) -> None:
    """A server that answers twice is out of step. What it says then counts for no recipient."""
    first = Answers({("MAIL", 1): "250 ok\r\n250 ok"})
    message = post.send(first, ADA, BOB)
    assert all(c.state != CopyState.ACCEPTED or got(first)[c.recipient] == 1 for c in message.copies)
    assert all(got(first)[who] <= 1 for who in (ADA, BOB))


# -- how many a day (M5)


@pytest.mark.parametrize(
    ("address", "at_most", "limit"),
    [
        ("ada@gmail.com", 0, 350),
        ("ada@GoogleMail.com", 0, 350),
        ("ada@example.com", 0, 1000),
        ("ada@example.com", 200, 200),
        ("ada@gmail.com", 5000, 350),
    ],
)
def test_the_limit_of_an_account(address: str, at_most: int, limit: int) -> None:
    assert daily_send_limit(address, at_most) == limit


def test_close_to_the_limit() -> None:
    assert Allowance(350, 315).is_close and not Allowance(350, 314).is_close
    assert Allowance(10, 12).left == 0


def test_what_is_over_the_limit_waits_until_the_window_moves_on(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [f"p{n}@example.org" for n in range(3)]
    workspace = post.desk.workspace
    with workspace.store.transaction():
        workspace.store.settings.put("send.daily_limit", 2)
    first = Answers()
    message = post.send(first, *people)
    assert states(message) == ["accepted", "accepted", "pending"] and message.state == OutboxState.QUEUED
    assert message.problem is not None and message.problem.code is ProblemCode.SEND_LIMIT
    assert timedelta(hours=23) < message.not_before - message.created_at <= timedelta(hours=24, minutes=1)
    inbox = post.desk.inbox(message.draft.inbox_id)
    assert send_allowance(workspace.store, inbox).left == 0
    shown = post.desk.timeline(people[2])[0]
    assert shown.problem is not None and shown.problem.code is ProblemCode.SEND_LIMIT
    still = Answers()
    message = post.again(still, message)  # too early: nobody is even called
    assert still.heard == [] and states(message)[2] == "pending"
    real_now = allowances.now
    monkeypatch.setattr(allowances, "now", lambda: real_now() + timedelta(hours=24, seconds=5))
    later = Answers()
    message = post.again(later, message)
    assert message.state == OutboxState.SENT and got(first) + got(later) == Counter(people)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize(
    "says",
    [
        "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to",
        "550 5.4.5 Daily sending quota exceeded",
        "550 5.7.705 Access denied, tenant has exceeded threshold",
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
        "550 5.2.122 The recipient limit has been exceeded",
        "452 4.2.2 Too many messages were sent by you in 24 hours",
    ],
)
def test_a_provider_that_lets_no_more_out_is_asked_again_later(post: Post, stage: str, says: str) -> None:
    answers = Answers({(stage, 0): says})
    message = post.send(answers, ADA, BOB, "cid@example.org")
    assert (message.state, states(message)) == (OutboxState.QUEUED, ["pending"] * 3)
    assert message.problem is not None and message.problem.code is ProblemCode.SEND_LIMIT
    assert message.not_before - message.created_at >= timedelta(minutes=59)
    assert sum(line.startswith("MAIL") for line in answers.heard) == 2  # it is not asked for all the others
    assert post.again(Answers(), message).state == OutboxState.SENT
