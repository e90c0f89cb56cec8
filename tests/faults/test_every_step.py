"""Cut, halved, ended, doubled, delayed, silent: at every step of a first look, of news, of a push, of sending.

By default a sample of the steps; HITCHPOST_FAULTS=all takes them all, some minutes long. After each fault the program goes
on by itself, or with the next `sync --once`, and ends as if nothing had been."""

from __future__ import annotations

import functools
import imaplib
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.backends.imap import open_imap
from app.backends.smtp import open_smtp
from app.backends.transport import Timeouts
from app.domain.errors import HitchpostError
from app.runtime.inbox_worker import InboxWorker
from app.services.file_sent_copy import file_sent_copies
from app.services.send_message import send_due
from app.store import models
from app.store.fields import now
from tests.faults.laboratory import NEVER, Laboratory, Servers, Shown, open_laboratory
from tests.faults.step_proxy import Fault, Step, StepProxy
from tests.support.authority import Authority
from tests.support.desk import written
from tests.support.dovecot import Dovecot
from tests.support.submission import Submission

ALL = os.environ.get("HITCHPOST_FAULTS") == "all"
QUICK = Timeouts(connect=3, read=0.7, final_answer=0.7)
SAMPLE = 2  # steps of each conversation and fault
ROUNDS = 5
FILE = 'Content-Type: text/plain\nContent-Disposition: attachment; filename="plan.txt"\n\nplan'


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent server is given up soon, and a lost one is called again soon."""
    monkeypatch.setenv("HITCHPOST_PASSPHRASE", "a passphrase for tests")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr("app.services.open_backend.open_imap", functools.partial(open_imap, timeouts=QUICK))
    monkeypatch.setattr("app.services.open_backend.open_smtp", functools.partial(open_smtp, timeouts=QUICK))
    monkeypatch.setattr("app.domain.retry.RECONNECT_SECONDS", (0.05,) * 8)
    monkeypatch.setattr("app.backends.imap.idle.RENEW", 1.0)
    monkeypatch.setattr("app.backends.imap.idle._PATIENCE", 0.5)
    monkeypatch.setattr("app.services.send_message.SETTLE_AFTER", timedelta(0))
    monkeypatch.setattr("app.services.read_downwards.PIECE_SECONDS", 0.0)  # a first look in pieces of a few messages
    monkeypatch.setattr("app.backends.imap.scanning.STEP", 2)
    monkeypatch.setattr("app.backends.imap.scanning._UNSEEN", 4)


@pytest.fixture
def servers(
    dovecot: Dovecot,
    secure_submission: Submission,
    authority: Authority,
    imap_proxy: StepProxy,
    smtp_proxy: StepProxy,
) -> Servers:
    return Servers(dovecot, secure_submission, authority, imap_proxy, smtp_proxy)


# -- what the program does, and what was there before


def mail(lab: Laboratory, number: int, *, parent: str = "", folder: str = "", file: bool = False) -> str:
    """A message of Ada's; an answer when it has a parent."""
    message_id = f"m{number}@x.example"
    more = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n' if file else ""
    text = f"--b\nContent-Type: text/plain\n\nSvar {number}\n--b\n{FILE}\n--b--" if file else f"Svar {number}"
    raw = written(
        lab.people[0].address, lab.me.address, parent=parent, message_id=message_id, subject="Re: Offert", text=text,
        more=more,
    )  # fmt: skip
    if folder:
        lab.me.append(folder, raw)
    else:
        lab.me.deliver(raw)
    return message_id


def sent_before(lab: Laboratory) -> str:
    outbox_id = lab.queue(lab.people[0])
    send_due(lab.workspace, NEVER)
    file_sent_copies(lab.workspace, NEVER)
    return lab.outgoing(outbox_id).message_id


def before_the_first_look(lab: Laboratory) -> None:
    parent = sent_before(lab)
    mail(lab, 1)
    mail(lab, 2, parent=parent, file=True)
    mail(lab, 3)
    lab.me.deliver(
        "From: MAILER-DAEMON@mail.example.com\nSubject: Undelivered\nMessage-ID: <r1@x.example>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=r\n\n--r\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\n"
        "Final-Recipient: rfc822; nobody@elsewhere.example\nAction: failed\nStatus: 5.1.1\n--r--\n"
    )
    with lab.servers.dovecot._login(lab.me.address) as imap:
        imap.create("Projects")
    mail(lab, 4, folder="Projects")
    mail(lab, 5, parent="m2@x.example", folder="Projects")


def before_a_conversation(lab: Laboratory) -> None:
    """Each names only the one before, and lies above it: all but one are passed over, and found when all is read. They came
    in too long ago to wait for what they answer."""
    parent = sent_before(lab)
    long_ago = imaplib.Time2Internaldate(now() - timedelta(days=500))
    with lab.servers.dovecot._login(lab.me.address) as imap:
        for number in range(1, 11):
            raw = written(
                lab.people[0].address, lab.me.address, parent=parent if number in range(5, 10) else "",
                message_id=f"m{number}@x.example", subject="Re: Offert", text=f"Svar {number}",
            )  # fmt: skip
            imap.append("INBOX", "", long_ago, raw.replace("\n", "\r\n").encode())
            parent = f"m{number}@x.example" if number in range(5, 10) else parent


def before_news(lab: Laboratory) -> None:
    parent = sent_before(lab)
    mail(lab, 1)
    lab.round()
    mail(lab, 2)
    mail(lab, 3, parent=parent, file=True)
    mail(lab, 4)


def before_a_push(lab: Laboratory) -> None:
    sent_before(lab)
    mail(lab, 1)
    lab.round()


def idle_and_hear(lab: Laboratory) -> None:
    """The worker of the desktop program: the answer comes while it waits, and it goes on whatever happens."""
    worker = InboxWorker(lab.workspace, lab.inbox_id)
    proxy = lab.servers.imap
    worker.start()
    try:
        wait(lambda: any(" IDLE" in s.text for s in list(proxy.steps)), 8)
        parent = next(m.message_id for m in models.Message.select().where(models.Message.direction == "sent"))
        mail(lab, 2, parent=parent)
        answered = models.Message.select().where(models.Message.direction == "received")

        def is_done() -> bool:
            if lab.hurry_what_is_set_aside():
                worker.wake()
            return answered.exists() and lab.inbox.state.value == "connected"

        wait(is_done, 15)
    finally:
        assert worker.stop(10_000)


def wait(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def before_sending(lab: Laboratory) -> None:
    lab.track()
    lab.round()
    lab.queue(*lab.people, subject="Two people", track=True)


def send_and_file(lab: Laboratory) -> None:
    for work in (send_due, file_sent_copies):
        try:
            work(lab.workspace, NEVER)
        except HitchpostError:
            continue


@dataclass(frozen=True)
class Scene:
    """`proxies`: those at which faults are tried. `since`: the first step that is worth one. `headers`: how many are enough
    where nothing goes wrong."""

    name: str
    before: Callable[[Laboratory], None]
    act: Callable[[Laboratory], None]
    proxies: tuple[str, ...] = ("imap",)
    since: str = ""
    files_sent_copies: bool = False
    headers: int = 1000


SCENES = (
    Scene("first look", before_the_first_look, Laboratory.round),
    Scene("first look at a conversation", before_a_conversation, Laboratory.round, headers=20),
    Scene("news", before_news, Laboratory.round),
    Scene("push", before_a_push, idle_and_hear, since=" IDLE"),
    Scene("sending", before_sending, send_and_file, ("smtp", "imap")),
    Scene("sending, filed by the server", before_sending, send_and_file, ("smtp", "imap"), files_sent_copies=True),
)


def clean_run(servers: Servers, scene: Scene) -> tuple[Shown, dict[str, list[Step]], set[str], int]:
    lab = open_laboratory(servers, files_sent_copies=scene.files_sent_copies)
    try:
        scene.before(lab)
        servers.imap.calm()
        servers.smtp.calm()
        servers.imap.bodies.clear()
        given = servers.imap.headers
        scene.act(lab)
        headers = servers.imap.headers - given
        steps = {"imap": list(servers.imap.steps), "smtp": list(servers.smtp.steps)}
        lab.recover()
        shown = lab.shown()
        lab.recover()
        assert lab.shown() == shown
        assert lab.told == lab.set_aside == 0
        return shown, steps, lab.bodies_read(), headers
    finally:
        lab.close()


@dataclass(frozen=True)
class Ending:
    fired: bool
    rounds: int
    told: int
    set_aside: int
    wrong: str


def faulty_run(
    servers: Servers,
    scene: Scene,
    clean: Shown,
    allowed: set[str],
    most_headers: int,
    which: str,
    number: int,
    fault: Fault,
) -> Ending:
    lab = open_laboratory(servers, files_sent_copies=scene.files_sent_copies)
    proxy: StepProxy = getattr(servers, which)
    try:
        scene.before(lab)
        servers.imap.calm()
        servers.smtp.calm()
        servers.imap.bodies.clear()
        proxy.arm(number, fault)
        given = servers.imap.headers
        wrong = ""
        try:
            scene.act(lab)
        except AssertionError:
            wrong = "it did not go on by itself"
        fired = proxy.fired.is_set()
        proxy.calm()
        while lab.shown() != clean and lab.rounds < ROUNDS:
            lab.recover()
        if number % 3 == 0:
            lab.recover()  # once more changes nothing
        if not wrong:
            found = lab.shown()
            differs = [n for n in clean.__dataclass_fields__ if getattr(found, n) != getattr(clean, n)]
            wrong = "; ".join(f"{n}: {getattr(found, n)}, not {getattr(clean, n)}" for n in differs)
        if not lab.bodies_read() <= allowed:
            wrong += f" read: {lab.bodies_read() - allowed}"
        if servers.imap.headers - given > most_headers:
            wrong += f" {servers.imap.headers - given} headers were read, and {most_headers} are enough"
        return Ending(fired, lab.rounds, lab.told, lab.set_aside, wrong)
    finally:
        lab.close()


def chosen(steps: list[Step], since: str, fault: Fault) -> Iterator[Step]:
    """All of them, or a few that are other ones for each fault."""
    first = next((s.number for s in steps if since in s.text), 0)
    left = [s for s in steps[first:] if fault is not Fault.TWICE or _may_come_twice(s)]
    if ALL:
        yield from left
    else:
        yield from random.Random(fault.value).sample(left, min(SAMPLE, len(left)))


def _may_come_twice(step: Step) -> bool:
    """What the server says. A command that came twice would be two commands."""
    return not step.sent


@pytest.mark.timeout(7200 if ALL else 300)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_it_ends_as_if_nothing_had_been(servers: Servers, scene: Scene) -> None:
    clean, steps, allowed, headers = clean_run(servers, scene)
    assert headers <= scene.headers
    most_headers = 2 * headers + 6  # what was on its way, and what is looked at with care where a connection ended
    seen: Counter[str] = Counter()
    failures = []
    for which in scene.proxies:
        assert steps[which]
        for fault in Fault:
            for step in chosen(steps[which], scene.since, fault):
                ended = faulty_run(servers, scene, clean, allowed, most_headers, which, step.number, fault)
                seen.update(runs=1, fired=ended.fired, unknown=ended.told, aside=ended.set_aside, rounds=ended.rounds)
                if ended.wrong:
                    failures.append(f"{which} {step} {fault.value}: {ended.wrong}")
                    if ALL:
                        print(failures[-1], flush=True)
    print(f"{scene.name}: { ({n: len(s) for n, s in steps.items()}) } steps, {dict(seen)}, {len(failures)} wrong")
    assert seen["fired"] >= seen["runs"] * 0.7, seen  # a renewed wait may make a push shorter
    assert not failures, "\n".join(failures)
