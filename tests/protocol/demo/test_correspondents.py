"""The demo's people against the real mail server, and a small tracking server that writes down who asked."""

from __future__ import annotations

import email
import email.policy
import queue
import smtplib
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.demo.authority import Authority
from app.demo.correspondents import Correspondents, Submit
from app.demo.mail_server import MailServer
from app.demo.people import INGRID, KARIN, MAREK, PIOTR
from app.demo.scenes import Action, DemoMessage, StepDone, Story
from app.demo.story import tell
from app.domain.errors import MailFault
from app.domain.inboxes import ImapAccount, Secret
from app.domain.problems import Problem, ProblemCode

TIMEOUT = 10.0


@dataclass(frozen=True)
class Request:
    path: str
    agent: str
    ip: str


@dataclass
class Tracker:
    url: str = ""
    status: int = 0  # answered instead, when set
    hold: threading.Event = field(default_factory=threading.Event)
    requests: queue.Queue[Request] = field(default_factory=queue.Queue)

    def seen(self) -> list[Request]:
        return [self.requests.get(timeout=TIMEOUT) for _ in range(self.requests.qsize())]


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    """Pictures at /o/…, redirects to an outside address at /c/…; /slow answers when `hold` is set."""
    state = Tracker()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests.put(Request(self.path, self.headers["User-Agent"], self.client_address[0]))
            if self.path.startswith("/slow"):
                state.hold.wait(TIMEOUT)
            self.send_response(state.status or (302 if self.path.startswith("/c/") else 200))
            if self.path.startswith("/c/"):
                self.send_header("Location", "https://northlight.example.com/quote-4410")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield state
        state.hold.set()
        server.shutdown()
        thread.join(TIMEOUT)


@pytest.fixture
def submit(trusting: ssl.SSLContext) -> Submit:
    """Standard library's client, so that these tests do not depend on the program's own."""

    def send(account: ImapAccount, secret: Secret, recipient: str, raw: bytes, cancel: threading.Event) -> None:
        with smtplib.SMTP_SSL(account.smtp.host, account.smtp.port, context=trusting, timeout=TIMEOUT) as client:
            client.login(account.username, secret.reveal())
            client.sendmail(account.address, [recipient], raw)

    return send


@dataclass
class Stage:
    server: MailServer
    people: Correspondents
    story: Story
    submit: Submit
    tracker: Tracker
    done: queue.Queue[StepDone] = field(default_factory=queue.Queue)

    def send(self, message: DemoMessage, *, html: str | None = None, subject: str = "", to: str = "") -> None:
        """As the program does: a picture added, links wrapped."""
        written = EmailMessage(policy=email.policy.SMTP)
        written["From"] = str(self.story.user)
        written["To"] = to or str(message.to[0])
        written["Subject"] = subject or message.subject
        written["Message-ID"] = f"<{message.name}@example.org>"
        written["Date"] = datetime.now(UTC)
        written.set_content(message.text)
        tracked = message.html.replace("https://northlight.example.com/", f"{self.tracker.url}/c/")
        written.add_alternative(html or f'{tracked}<img src="{self.tracker.url}/o/{message.name}.gif">', "html")
        user = self.story.user.addr_spec
        account, recipient = self.server.account(user), to or message.to[0].addr_spec
        self.submit(account, self.server.password(user), recipient, written.as_bytes(), threading.Event())

    def steps(self, count: int) -> list[StepDone]:
        return [self.done.get(timeout=TIMEOUT) for _ in range(count)]


@pytest.fixture
def set_stage(
    demo_authority: Authority, submit: Submit, tracker: Tracker, caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[..., Stage]]:
    stages: list[Stage] = []

    def make(steps: int | None = None, *, pace: float = 0.0, improvise: bool = True, by: Submit = submit) -> Stage:
        story = tell(datetime(2025, 11, 20, 12, 12, tzinfo=UTC)).first(steps)
        addresses = [story.user, *(p.address for p in story.people if p.has_mailbox)]
        passwords = {a.addr_spec: Secret(f"password of {a.key}") for a in addresses}
        server = MailServer(demo_authority, passwords, bounce_after=0.05)
        server.start()
        people = Correspondents(server, story, submit=by, pace=pace, improvise=improvise)
        stage = Stage(server, people, story, submit, tracker)
        people.on_step(stage.done.put)
        people.start()
        stages.append(stage)
        return stage

    yield make
    for stage in stages:
        before = time.monotonic()
        stage.people.stop()
        stage.server.stop()
        assert time.monotonic() - before < 2.0
        assert not stage.server.running
    logged = [r for phase in ("setup", "call", "teardown") for r in caplog.get_records(phase)]
    assert [r.getMessage() for r in logged if r.name in ("asyncio", "mail.log", "pymap.imap")] == []


def test_the_whole_story_happens(set_stage: Callable[..., Stage], tracker: Tracker) -> None:
    stage = set_stage(pace=0.05)
    for message in stage.story.messages:
        stage.send(message)
    assert stage.people.wait(TIMEOUT)
    done = stage.steps(len(stage.story.steps))
    assert all(d.ok for d in done), done
    assert {d.step for d in done} == set(stage.story.steps)
    for person in stage.story.people:
        order = [d.step for d in done if d.step.who == person.address.addr_spec]
        assert order == [s for s in stage.story.steps if s.who == person.address.addr_spec]
    inbox = [
        email.message_from_bytes(m, policy=email.policy.default) for m in stage.server.messages("jonas@example.org")
    ]
    kinds = sorted(m.get_content_type() for m in inbox)
    assert kinds == ["multipart/mixed", "multipart/report", "text/plain"]
    answers = {m["From"].addresses[0].addr_spec: m for m in inbox if not m.get_content_type().endswith("report")}
    assert answers[KARIN.address.addr_spec]["In-Reply-To"] == "<quote@example.org>"
    assert answers[MAREK.address.addr_spec]["In-Reply-To"] == "<windows@example.org>"


def test_pictures_and_links_are_fetched_as_a_person_does(set_stage: Callable[..., Stage], tracker: Tracker) -> None:
    stage = set_stage(3)
    stage.send(stage.story.messages[0])
    _, opened, clicked = stage.steps(3)
    assert (opened.ok, clicked.ok) == (True, True)
    assert clicked.detail == "sent on to https://northlight.example.com/quote-4410"
    picture, link = tracker.seen()
    assert (picture.path, link.path) == ("/o/quote.gif", "/c/quote-4410")
    assert (picture.agent, link.agent) == (KARIN.mail_agent, KARIN.browser)
    if sys.platform == "linux":
        assert picture.ip == link.ip == KARIN.loopback
    assert stage.people.wait(0)
    assert stage.server.messages("jonas@example.org") == ()


def test_who_loads_no_pictures_clicks_all_the_same(set_stage: Callable[..., Stage], tracker: Tracker) -> None:
    stage = set_stage()
    stage.send(stage.story.messages[-1])
    assert [d.step.action for d in stage.steps(2)] == [Action.SEND, Action.CLICK]
    assert [r.agent for r in tracker.seen()] == [INGRID.browser]


def test_people_answer_what_the_user_makes_up(set_stage: Callable[..., Stage], tracker: Tracker) -> None:
    stage = set_stage()
    quote = stage.story.messages[0]
    stage.send(quote, subject="Parking at the depot", html=f'<p>Hi</p><img src="{tracker.url}/o/new.gif">')
    opened, replied = stage.steps(2)
    assert (opened.step.action, replied.step.action) == (Action.OPEN, Action.REPLY)  # no link, so nothing to click
    (answer,) = stage.server.messages("jonas@example.org")
    read = email.message_from_bytes(answer, policy=email.policy.default)
    assert read["Subject"] == "Re: Parking at the depot"
    assert KARIN.small_talk.text.splitlines()[0] in read.get_body(("plain",)).get_content()
    assert not stage.people.wait(0)


def test_a_second_letter_in_a_thread_is_answered_from_habit(set_stage: Callable[..., Stage]) -> None:
    stage = set_stage()
    quote = stage.story.messages[0]
    stage.send(quote)
    stage.steps(4)
    stage.send(quote, subject=f"Re: {quote.subject}")
    assert [(d.step.action, d.step.message) for d in stage.steps(3)] == [
        (Action.OPEN, ""),
        (Action.CLICK, ""),
        (Action.REPLY, ""),
    ]


def test_a_short_story_ends_where_it_was_cut(set_stage: Callable[..., Stage], tracker: Tracker) -> None:
    stage = set_stage(1, improvise=False)
    stage.send(stage.story.messages[0])
    assert stage.people.wait(TIMEOUT)
    stage.send(stage.story.messages[0], subject="Something else")
    assert [d.step.action for d in stage.steps(1)] == [Action.SEND]
    assert len(stage.server.messages(KARIN.address.addr_spec)) == 2
    assert tracker.seen() == [] and stage.done.empty()


def test_a_message_without_tracking_is_noted_as_such(set_stage: Callable[..., Stage], tracker: Tracker) -> None:
    stage = set_stage(3)
    stage.send(stage.story.messages[0], html='<a href="https://northlight.example.com/x">x</a>')
    assert [d.ok for d in stage.steps(3)] == [True, False, False]
    assert tracker.seen() == []


def test_what_the_tracking_server_refuses_does_not_end_the_story(
    set_stage: Callable[..., Stage], tracker: Tracker
) -> None:
    tracker.status = 404
    stage = set_stage()
    stage.send(stage.story.messages[0])
    sent, opened, clicked, replied = stage.steps(4)
    assert (sent.ok, opened.ok, clicked.ok, replied.ok) == (True, False, False, True)
    assert "404" in opened.detail


def test_a_reply_that_cannot_be_sent_is_told(set_stage: Callable[..., Stage]) -> None:
    def refuse(account: ImapAccount, secret: Secret, recipient: str, raw: bytes, cancel: threading.Event) -> None:
        raise MailFault(Problem(ProblemCode.MESSAGE_REFUSED, server_says="no"))

    stage = set_stage(4, by=refuse)
    stage.send(stage.story.messages[0])
    *_, replied = stage.steps(4)
    assert not replied.ok and "message_refused" in replied.detail
    assert stage.people.wait(TIMEOUT)


def test_the_bounce_belongs_to_who_could_not_be_reached(set_stage: Callable[..., Stage]) -> None:
    stage = set_stage(6)
    stage.send(stage.story.messages[1], to="nobody@example.org")
    assert [d.step.action for d in stage.steps(1)] == [Action.SEND]
    stage.send(stage.story.messages[1])
    (bounced,) = stage.steps(1)
    assert (bounced.step.who, bounced.step.action) == (PIOTR.address.addr_spec, Action.BOUNCE)


def test_everything_ends_at_once_in_the_middle_of_a_step(set_stage: Callable[..., Stage], tracker: Tracker) -> None:
    waiting = set_stage(pace=1000.0)
    waiting.send(waiting.story.messages[0])
    fetching = set_stage()
    fetching.send(fetching.story.messages[0], html=f'<img src="{tracker.url}/slow.gif">')
    assert tracker.requests.get(timeout=TIMEOUT).path == "/slow.gif"
    # the fixture stops both and measures
