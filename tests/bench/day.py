"""Whether memory stays flat over a day of syncing: `python -m tests.bench.day`.

The program's own worker against a real Dovecot, with time compressed: 1,440 wakes (one for each minute), each of them the end
of an IDLE or a look at all folders; now and then mail comes, some of it answers; now and then the server hangs up. Prints
resident memory, threads and open files after warming up, on the way and at the end. Goal: flat within 5 %.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication

from app.backends.imap import idle
from app.bootstrap import open_workspace
from app.domain import retry
from app.domain.addresses import Address
from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from app.domain.outbox import Draft
from app.runtime import inbox_worker
from app.runtime.inbox_worker import InboxWorker
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.send_message import send_due
from app.services.write_message import queue_message
from app.store import models
from tests.faults.step_proxy import StepProxy
from tests.support.authority import Authority
from tests.support.dovecot import Dovecot
from tests.support.mailbox import endpoint
from tests.support.submission import Submission

WAKES, WARM = 1_440, 240
DELIVER_EVERY, ANSWER_EVERY, HANG_UP_EVERY = 4, 12, 90  # wakes
ME, ADA = "jonas@example.com", "ada@example.com"
GOAL = 1.05


def resident() -> float:
    """MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def line(name: str) -> tuple[float, int, int]:
    gc.collect()
    found = resident(), threading.active_count(), open_files()
    objects = len(gc.get_objects())
    print(f"{name:14} {found[0]:8.1f} MB   {found[1]:3} threads   {found[2]:3} files   {objects:8} objects", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.day", description=__doc__)
    parser.add_argument("--wakes", type=int, default=WAKES)
    options = parser.parse_args()
    os.environ["HITCHPOST_PASSPHRASE"] = "bench"
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    application = QCoreApplication([])
    # a minute of the day is some hundredths of a second here
    inbox_worker.SENT_EVERY, inbox_worker.OTHERS_EVERY = 1.0, 3.0
    idle.RENEW = 0.5
    retry.RECONNECT_SECONDS = (0.05,) * 8
    with tempfile.TemporaryDirectory(prefix="day") as folder:
        authority = Authority(Path(folder))
        certificate = authority.issue()
        with (
            Dovecot(certificate) as dovecot,
            Submission(dovecot, certificate) as submission,
            StepProxy(dovecot.imaps_port, certificate, protocol="imap") as proxy,
        ):
            for user in (ME, ADA):
                dovecot.add_user(user, "secret")
            found = live(Path(folder) / "home", authority, dovecot, submission, proxy, options.wakes)
    del application
    return found


def live(
    home: Path, authority: Authority, dovecot: Dovecot, submission: Submission, proxy: StepProxy, wakes: int
) -> int:
    account = ImapAccount(
        ME,
        endpoint(proxy.port, "tls"),
        endpoint(submission.port, "starttls"),
        ME,
        trust=ServerTrust(ca_pem=authority.ca_pem),
    )
    workspace = open_workspace(home)
    inbox_id = connect_inbox(workspace, account, Secret("secret"), None, CheckResult(True, sent_folder="Sent"))
    outbox_id = queue_message(workspace, Draft(inbox_id, (Address(ADA),), "Quote", text="Hello", track=False))
    send_due(workspace, threading.Event())
    sent = workspace.store.outbox.get(outbox_id)
    assert sent is not None
    worker = InboxWorker(workspace, inbox_id)
    line("start")
    worker.start()
    answers = delivered = 0
    begun = time.monotonic()
    after_warming = peak = 0.0
    threads = files = 0
    try:
        for wake in range(wakes):
            proxy.steps.clear()  # what the bench itself remembers must not grow
            proxy.bodies.clear()
            if wake % HANG_UP_EVERY == HANG_UP_EVERY - 1:
                proxy.cut()
            if wake % ANSWER_EVERY == 0:
                answers += 1
                deliver(dovecot, answers, sent.message_id, 4_000)
                wait_for(answers)
            elif wake % DELIVER_EVERY == 0:
                delivered += 1
                deliver(dovecot, -delivered, "", 20_000)
            elif wake % 3 == 0:
                worker.wake()
            time.sleep(0.02)
            if wake == min(WARM, wakes // 3):
                after_warming, threads, files = line("warm")
            elif wake and wake % (wakes // 6) == 0:
                peak = max(peak, line(f"wake {wake}")[0])
        wait_for(answers)
        end, threads_end, files_end = line("end")
    finally:
        worker.stop()
        workspace.store.close()
    ratio = end / after_warming
    print(f"{wakes} wakes, {proxy.connections} connections, {answers} answers logged, {delivered} other messages, "
          f"{time.monotonic() - begun:.0f} s")  # fmt: skip
    print(f"memory at the end / after warming up: {ratio:.3f} (goal: at most {GOAL}); peak {peak:.1f} MB; "
          f"threads {threads} → {threads_end}, files {files} → {files_end}")  # fmt: skip
    return 0 if ratio <= GOAL else 1


def deliver(dovecot: Dovecot, number: int, parent: str, size: int) -> None:
    raw = (
        f"From: Ada <{ADA}>\r\nTo: {ME}\r\nSubject: Re: Quote\r\nMessage-ID: <m{number}@example.com>\r\n"
        f"{f'In-Reply-To: <{parent}>' if parent else 'List-Id: <news.example.com>'}\r\n\r\n"
        + "Some words of a message.\r\n"
        * (size // 26)
    )
    dovecot.deliver(ME, raw.encode(), ADA)


def wait_for(answers: int) -> None:
    deadline = time.monotonic() + 30
    query = models.Message.select().where(models.Message.direction == "received")
    while query.count() < answers:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{query.count()} of {answers} answers are logged")
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
