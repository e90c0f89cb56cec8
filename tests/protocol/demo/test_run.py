"""The demo's world as the program meets it: with the program's own IMAP and SMTP, over TLS that it verifies."""

from __future__ import annotations

import email
import email.policy
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.backends.imap import open_imap
from app.backends.smtp import Accepted, open_smtp
from app.demo.mail_server import Delivery
from app.demo.run import DemoWorld, prepare
from app.demo.scenes import Action, DemoMessage, StepDone
from app.domain.checks import IMAP_STEPS, SMTP_STEPS, CheckEvent, StepPassed
from app.domain.errors import MailFault
from app.domain.inboxes import Secret, ServerTrust
from app.domain.problems import ProblemCode

TIMEOUT = 10.0


@pytest.fixture
def new_world(tmp_path: Path) -> Iterator[Callable[..., DemoWorld]]:
    worlds: list[DemoWorld] = []

    def make(**options: object) -> DemoWorld:
        worlds.append(prepare(tmp_path, **options))
        return worlds[-1]

    yield make
    for world in worlds:
        before = time.monotonic()
        world.stop()
        assert time.monotonic() - before < 2.0


def write(message: DemoMessage, world: DemoWorld) -> bytes:
    written = EmailMessage(policy=email.policy.SMTP)
    written["From"] = str(world.story.user)
    written["To"] = str(message.to[0])
    written["Subject"] = message.subject
    written["Message-ID"] = f"<{message.name}@example.org>"
    written.set_content(message.text)
    written.add_alternative(message.html, "html")
    for path in world.attachments(message):
        written.add_attachment(path.read_bytes(), maintype="application", subtype="octet-stream", filename=path.name)
    return written.as_bytes()


def send(world: DemoWorld, message: DemoMessage) -> None:
    with open_smtp(world.account, world.password) as session:
        outcome = session.send(world.account.address, message.to[0].addr_spec, write(message, world))
    assert isinstance(outcome, Accepted)


def test_the_account_passes_every_step_of_the_check(new_world: Callable[..., DemoWorld]) -> None:
    world = new_world()
    events: list[CheckEvent] = []
    with open_imap(world.account, world.password, on_step=events.append) as mail:
        assert "IDLE" in mail.capabilities()
        assert {f.path: f.special_use for f in mail.folders()} == {
            "INBOX": "",
            "Sent": "\\Sent",
            "Drafts": "\\Drafts",
            "Trash": "\\Trash",
            "Archive": "\\Archive",
        }
        assert mail.find_sent_folder() == "Sent"
    with open_smtp(world.account, world.password, on_step=events.append):
        pass
    assert [e.step for e in events if isinstance(e, StepPassed)] == [*IMAP_STEPS, *SMTP_STEPS]


def test_wrong_password_and_unknown_authority_are_told_apart(new_world: Callable[..., DemoWorld]) -> None:
    world = new_world()
    for opening in (open_imap, open_smtp):
        with pytest.raises(MailFault) as refused:
            opening(world.account, Secret("guessed"))
        assert refused.value.problem.code is ProblemCode.WRONG_CREDENTIALS
        with pytest.raises(MailFault) as refused:
            opening(replace(world.account, trust=ServerTrust()), world.password)
        assert refused.value.problem.code is ProblemCode.CERTIFICATE_UNTRUSTED


def test_old_mail_can_be_looked_through(new_world: Callable[..., DemoWorld]) -> None:
    world = new_world()
    old = [o for o in world.story.old_mail if o.folder == "INBOX"]
    with open_imap(world.account, world.password) as mail:
        status = mail.select("INBOX")
        uids = mail.uids_from(1)
        assert status.exists == len(uids) == len(old)
        assert mail.uids_from(status.uid_next) == []
        found = list(mail.fetch_headers(uids, ["Message-ID", "Subject"]))
        assert [f.internal_date for f in found] == [o.when for o in old]
        assert [f.size for f in found] == [len(o.raw) for o in old]
        assert all(b"Message-ID: <old-" in f.header and b"From:" not in f.header for f in found)
        assert mail.fetch_body(uids[0]) == old[0].raw


def test_the_sent_copy_can_be_filed_and_found(new_world: Callable[..., DemoWorld]) -> None:
    world = new_world()
    raw = write(world.messages[0], world)
    with open_imap(world.account, world.password) as mail:
        uid = mail.append("Sent", raw)
        mail.select("Sent")
        assert mail.search_message_id("quote@example.org") == [uid]
        assert mail.fetch_body(uid) == raw
    assert world.mailbox(world.account.address, "Sent")[-1] == raw


def test_an_answer_wakes_who_waits_for_it(new_world: Callable[..., DemoWorld]) -> None:
    world = new_world(pace=0.0)
    done: queue.Queue[StepDone] = queue.Queue()
    taken: queue.Queue[Delivery] = queue.Queue()
    world.on_step(done.put)
    world.on_delivered(taken.put)
    world.start_correspondents()
    windows = next(m for m in world.messages if m.name == "windows")
    with open_imap(world.account, world.password) as mail:
        first = mail.select("INBOX").uid_next
        waiting = threading.Timer(0.05, send, (world, windows))
        waiting.start()
        before = time.monotonic()
        assert mail.wait_for_change(TIMEOUT, threading.Event()) is True
        assert time.monotonic() - before < 5.0
        waiting.join()
        (uid,) = mail.uids_from(first)
        answer = email.message_from_bytes(mail.fetch_body(uid), policy=email.policy.default)
    assert answer["In-Reply-To"] == "<windows@example.org>"
    actions = [done.get(timeout=TIMEOUT) for _ in range(3)]
    assert [(d.step.action, d.ok) for d in actions] == [
        (Action.SEND, True),
        (Action.OPEN, False),  # this test adds no picture
        (Action.REPLY, True),
    ]
    assert [taken.get(timeout=TIMEOUT).recipient for _ in range(2)] == [windows.to[0].addr_spec, world.account.address]


def test_a_bounce_comes_back(new_world: Callable[..., DemoWorld]) -> None:
    world = new_world(pace=0.0, steps=6)
    world.start_correspondents()
    for message in world.messages:
        send(world, message)
    assert world.wait(TIMEOUT)
    kinds = [email.message_from_bytes(m).get_content_type() for m in world.mailbox(world.account.address)]
    assert sorted(kinds[-2:]) == ["multipart/mixed", "multipart/report"]


def test_files_lie_in_the_home(new_world: Callable[..., DemoWorld], tmp_path: Path) -> None:
    world = new_world()
    assert world.authority_file.read_text(encoding="ascii") == world.authority_pem == world.account.trust.ca_pem
    quote = world.messages[0]
    paths = world.attachments(quote)
    assert [p.name for p in paths] == ["Quote 4410.pdf", "Depot plan.png"]
    assert [p.read_bytes() for p in paths] == [f.content for f in quote.files]
    assert all(p.is_relative_to(tmp_path / "demo") for p in (*paths, world.authority_file))
