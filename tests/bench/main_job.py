"""How fast news arrive: `python -m tests.bench.main_job`.

Against a real Dovecot and submission server on this machine, in one process as the program runs:
  reply   from the moment when the mailbox has it to the event in the program, beside what the server itself takes to push
          (measured on a second connection that idles by IMAPClient alone)
  click   from the answer of the tracking server to the event in the program
  notice  from the click on the wire to the notification at the desktop's own service (a private D-Bus)
  start   from the start of the process to the first painted window, beside a bare PySide6 window that opens the database
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import httpx
from imapclient import IMAPClient
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.inboxes import ImapAccount, InboxState, Secret, ServerTrust
from app.domain.outbox import Draft, OutboxState
from app.runtime.program import Program
from app.services.check_account import check_account
from app.services.connect_inbox import connect_inbox
from tests.support.authority import Authority
from tests.support.desktop_bus import DesktopBus
from tests.support.dovecot import Dovecot
from tests.support.mailbox import endpoint
from tests.support.submission import Submission

ROUNDS = 15
START_ROUNDS = 7

# As `hitchpost` begins, until the event loop would run
OURS = """
import os, sys
import app.main
class AtTheLoop:
    def find_spec(self, name, path=None, target=None):
        if name == "app.ui.application":
            sys.meta_path.remove(self)
            from PySide6.QtWidgets import QApplication
            QApplication.exec = painted
def painted(application):
    application.processEvents()
    os.write(1, b"painted"); os._exit(0)
sys.meta_path.insert(0, AtTheLoop())
sys.exit(app.main.main([]))
"""
BARE = """
import os, sqlite3, sys
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM sqlite_master").fetchone()
window = QMainWindow(); window.resize(1280, 800); window.show()
app.processEvents()
window.grab()
os.write(1, b"painted"); os._exit(0)
"""


def wait_until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    """Runs the event loop until `done`."""
    loop = QEventLoop()
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if done() else None)
    timer.start(2)
    deadline = QTimer()
    deadline.setSingleShot(True)
    deadline.timeout.connect(loop.quit)
    deadline.start(int(seconds * 1000))
    loop.exec()
    timer.stop()
    if not done():
        raise TimeoutError


class Pushed:
    """When the server told an idling connection, by IMAPClient alone."""

    def __init__(self, account: ImapAccount, password: str, ca_pem: str) -> None:
        import ssl

        context = ssl.create_default_context(cadata=ca_pem)
        self._client = IMAPClient(account.imap.host, account.imap.port, ssl_context=context, timeout=30)
        self._client.login(account.address, password)
        self._client.select_folder("INBOX")
        self._client.idle()
        self.at = 0.0

    def wait(self) -> None:
        def look() -> None:
            while not any(b"EXISTS" in line for line in self._client.idle_check(30) if len(line) > 1):
                pass
            self.at = time.perf_counter()

        self.thread = threading.Thread(target=look, daemon=True)
        self.thread.start()


def figures(name: str, seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return (
        f"{name:42} median {statistics.median(ordered) * 1000:7.0f} ms   "
        f"min {ordered[0] * 1000:6.0f}   max {ordered[-1] * 1000:6.0f}   (n={len(ordered)})"
    )


def news(folder: Path) -> None:
    application = QCoreApplication([])
    authority = Authority(folder)
    certificate = authority.issue()
    with (
        DesktopBus(tray=False) as bus,
        Dovecot(certificate) as dovecot,
        Submission(dovecot, certificate) as submission,
    ):
        os.environ.update(bus.env())
        for user in ("jonas@example.com", "karin@example.com"):
            dovecot.add_user(user, "secret")
        account = ImapAccount(
            "jonas@example.com",
            endpoint(dovecot.imaps_port, "tls"),
            endpoint(submission.port, "starttls"),
            "jonas@example.com",
            trust=ServerTrust(ca_pem=authority.ca_pem),
        )
        workspace = open_workspace(folder / "home", None, {"HITCHPOST_PASSPHRASE": "bench"})
        secret = Secret("secret")
        result = check_account(account, secret, on_event=lambda _event: None)
        connect_inbox(workspace, account, secret, None, result)
        program = Program(workspace)
        arrivals: list[tuple[float, str]] = []
        program.event_arrived.connect(lambda row: arrivals.append((time.perf_counter(), row.kind.value)))
        program.start()
        try:
            wait_until(lambda: program.inboxes()[0].state == InboxState.CONNECTED)
            wait_until(lambda: program.tracking_status().available)
            program.set_setting("undo_seconds", 0)
            program.set_setting("tracking.local", True)
            draft = Draft(
                program.senders()[0].inbox_id,
                (Address("karin@example.com"),),
                "Quote",
                html='<a href="https://example.com/quote">quote</a>',
            )
            begun = time.perf_counter()
            sent = program.send(draft)
            wait_until(lambda: program.outbox(sent).state == OutboxState.SENT)
            print(f"{'send: from the button to accepted':42} {(time.perf_counter() - begun) * 1000:14.0f} ms")
            arrived = message_from_bytes(dovecot.wait_for_messages("karin@example.com", 1)[0], policy=default)
            html = arrived.get_body(("html",)).get_content()
            link = re.search(r'href="([^"]+/c/[^"]+)"', html).group(1)  # type: ignore[union-attr]
            clicks = []
            with httpx.Client(headers={"User-Agent": "Mozilla/5.0 Firefox/140.0"}) as browser:
                for number in range(ROUNDS):
                    arrivals.clear()
                    browser.get(link)
                    answered = time.perf_counter()
                    wait_until(lambda: bool(arrivals))
                    clicks.append(max(0.0, arrivals[-1][0] - answered))
                    del number
            print(figures("click answered → event in the program", clicks))
            print(figures("click sent → desktop notification (goal: 1000 ms)", notices(program, bus, link)))
            replies, pushes = [], []
            for number in range(ROUNDS):
                pushed = Pushed(account, "secret", authority.ca_pem)
                arrivals.clear()
                pushed.wait()
                raw = (
                    f"From: karin@example.com\r\nTo: jonas@example.com\r\nSubject: Re: Quote\r\n"
                    f"Message-ID: <r{number}@example.com>\r\nIn-Reply-To: {arrived['Message-ID']}\r\n\r\nYes.\r\n"
                )
                dovecot.deliver("jonas@example.com", raw.encode(), "karin@example.com")
                delivered = time.perf_counter()
                wait_until(lambda: any(kind == "reply" for _, kind in arrivals))
                pushed.thread.join(10)
                replies.append(next(at for at, kind in arrivals if kind == "reply") - delivered)
                pushes.append(pushed.at - delivered)
            print(figures("reply in the mailbox → event in the program", replies))
            print(figures("  the server's own push to a bare client", pushes))
            beyond = [r - p for r, p in zip(replies, pushes, strict=True)]
            print(figures("  beyond the push (goal: at most 1000 ms)", beyond))
        finally:
            ended = time.perf_counter()
            program.shut_down()
            print(f"{'stop of all threads':42} {(time.perf_counter() - ended) * 1000:14.0f} ms")
            workspace.store.close()
    del application


def notices(program: Program, bus: DesktopBus, link: str) -> list[float]:
    """Each by itself: a burst would be one that grows."""
    program.set_setting("notify_group_seconds", 0)
    wait_until(program.shows_notifications)
    wait_until(lambda: not program.feed(limit=1) or program.feed(limit=1)[0].notified)
    took = []
    with httpx.Client(headers={"User-Agent": "Mozilla/5.0 Firefox/140.0"}) as browser:
        for _ in range(ROUNDS):
            before = len(bus.notifications)
            begun = time.perf_counter()
            browser.get(link)
            wait_until(lambda before=before: len(bus.notifications) > before)  # type: ignore[misc]
            took.append(time.perf_counter() - begun)
    return took


def start_up(folder: Path) -> None:
    home = folder / "home"
    # with compiled modules, as an installed program has them
    environ = {**os.environ, "HITCHPOST_HOME": str(home), "HITCHPOST_PASSPHRASE": "bench"}
    environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    database = str(home / "workspaces" / "default" / "workspace.sqlite3")
    ours: list[float] = []
    bare: list[float] = []
    for round_ in range(START_ROUNDS + 1):
        for code, times in ((OURS, ours), (BARE, bare)):
            begun = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", code, database], env=environ, capture_output=True, timeout=60, check=False
            )
            if done.stdout != b"painted":
                raise RuntimeError(done.stderr.decode())
            if round_:  # the first one warms up
                times.append(time.perf_counter() - begun)
    print(figures("start to the first window", ours))
    print(figures("  a bare window that opens the database", bare))
    ratios = [a / b for a, b in zip(ours, bare, strict=True)]
    print(f"{'  ratio (goal: at most 1.3)':42} median {statistics.median(ratios):7.2f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="hitchpost-bench-") as name:
        news(Path(name))
        start_up(Path(name))
