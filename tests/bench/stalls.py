"""How long the window stands still at most: `python -m tests.bench.stalls [--messages 100000] [--rows 1000000]`.

A timer beats in the event loop of the real window (offscreen), while the real workers do their work: a first look at a folder
of a local Dovecot, a burst of a thousand events, scrolling the feed of a workspace with a million events. What is printed is
the longest time between two beats beyond what was asked for, and how much of the longest the main thread itself worked: the
rest it waited for a processor or for Python's lock. On a machine that does other things besides, the first says little.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HITCHPOST_PASSPHRASE", "bench")

from PySide6.QtCore import QObject, Qt, QTimer

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.events import EventKind, Verdict
from app.domain.inboxes import ImapAccount, InboxId, Secret, ServerTrust
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.workspace import Workspace
from app.store.events import NewEvent
from app.store.messages import NewMessage
from app.ui.application import Desktop, make_application
from tests.bench.folder import PASSWORD, USER, big_folder, known_ids
from tests.bench.grown import grown_workspace
from tests.bench.main_job import wait_until
from tests.support.mailbox import endpoint

GOAL_MS, BEAT_MS = 50.0, 5
BURST = 1_000


class Heart(QObject):
    """Beats every 5 ms; keeps the gaps, in milliseconds beyond that, and the main thread's own work in each."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[tuple[float, float]] = []
        self._last = self._worked = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self.gaps, self._last, self._worked = [], time.perf_counter(), time.thread_time()
        self._timer.start(BEAT_MS)

    def stop(self) -> None:
        self._beat()
        self._timer.stop()

    def _beat(self) -> None:
        at, worked = time.perf_counter(), time.thread_time()
        self.gaps.append(((at - self._last) * 1000 - BEAT_MS, (worked - self._worked) * 1000))
        self._last, self._worked = at, worked


def told(name: str, heart: Heart, seconds: float) -> bool:
    longest, own = max(heart.gaps)
    most = max(work for _, work in heart.gaps)
    ok = longest <= GOAL_MS
    figures = f"longest {longest:6.1f} ms ({own:5.1f} of it own work; most own work {most:5.1f})"
    print(f"{name:<50} {figures}  {'ok' if ok else 'over':<5} {seconds:.1f} s", flush=True)
    return ok


def first_look(messages: int, desktop: Desktop, heart: Heart) -> bool:
    desktop.start()
    heart.start()
    began = time.perf_counter()
    while not _looked(desktop, messages):
        wait_for(0.2)
    heart.stop()
    return told(f"first look at {messages:,} headers, inboxes page open", heart, time.perf_counter() - began)


def _looked(desktop: Desktop, messages: int) -> bool:
    cards = desktop.program.inboxes()
    return bool(cards) and any(f.first_look_done and f.headers_read >= messages for f in cards[0].folders)


def burst(desktop: Desktop, heart: Heart) -> bool:
    """As the stream's worker brings them: stored in portions on its thread, then told."""
    arrived: list[object] = []
    desktop.program.event_arrived.connect(arrived.append)
    desktop.window.show_page("activity")
    worker = threading.Thread(target=_bring, args=(desktop.workspace, desktop.program.background.events_made.emit))
    heart.start()
    began = time.perf_counter()
    worker.start()
    wait_until(lambda: len(arrived) >= BURST, 120)
    worker.join()
    wait_for(0.5)
    heart.stop()
    return told(f"a burst of {BURST:,} events, activity page open", heart, time.perf_counter() - began)


def _bring(workspace: Workspace, tell: Callable[[object], None]) -> None:
    store, at = workspace.store, datetime.now(UTC)
    user = store.user_id
    for portion in range(0, BURST, 100):
        with store.transaction(Area.EVENTS, source="bench"):
            ids = tuple(
                store.events.add(
                    NewEvent(EventKind.OPEN, at + timedelta(milliseconds=n), user, Verdict.PERSON, ("A browser.",),
                             f"Person {n}", f"p{n}@example.org", f"Offer {n}")
                )
                for n in range(portion, portion + 100)
            )  # fmt: skip
        tell(ids)
    store.close_thread()


def scrolling(rows: int, heart: Heart, app: object) -> bool:
    desktop = Desktop(app, open_workspace(home=grown_workspace(rows)))  # type: ignore[arg-type]
    desktop.garbage.start()  # as `start` does, which would also begin all background work
    desktop.window.show()
    wait_for(1.0)
    bar = desktop.window.activity.view.verticalScrollBar()
    heart.start()
    began = time.perf_counter()
    timer = QTimer()
    timer.timeout.connect(lambda: bar.setValue(bar.value() + bar.pageStep()))
    timer.start(16)
    wait_for(10.0)
    timer.stop()
    heart.stop()
    loaded = desktop.window.activity.model.event_count()
    ok = told(f"scrolling {loaded:,} of {rows:,} events, a page at a time", heart, time.perf_counter() - began)
    desktop.close()
    return ok


def _know(workspace: Workspace, inbox: InboxId, ids: list[str]) -> None:
    """Some messages were sent, which others in the folder answer."""
    store = workspace.store
    with store.transaction(source="bench"):
        for number, message_id in enumerate(ids):
            thread = store.messages.new_thread(f"offer {number}")
            sender, to = Address(USER), Address(f"person{number}@example.org")
            new = NewMessage(message_id, "sent", thread, store.user_id, datetime(2024, 1, 1, tzinfo=UTC), sender, (to,),
                             "offer", True, "sent", inbox_id=inbox)  # fmt: skip
            store.messages.add(new, [])


def wait_for(seconds: float) -> None:
    until = time.perf_counter() + seconds
    wait_until(lambda: time.perf_counter() >= until, seconds + 5)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stalls", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    app = make_application()
    heart = Heart()
    print(f"the longest stall of the main thread; goal {GOAL_MS:.0f} ms")
    results = [scrolling(options.rows, heart, app)]
    with tempfile.TemporaryDirectory(prefix="hitchpost-stalls-") as name:
        folder = Path(name)
        with big_folder(options.messages, None, folder) as (dovecot, authority):
            workspace = open_workspace(home=folder / "home", environ=os.environ)
            place = endpoint(dovecot.imaps_port, "tls")
            account = ImapAccount(USER, place, place, USER, trust=ServerTrust(ca_pem=authority.ca_pem))
            inbox = connect_inbox(workspace, account, Secret(PASSWORD), None, CheckResult(True, sent_folder="Sent"))
            _know(workspace, inbox, known_ids(options.messages))
            desktop = Desktop(app, workspace)
            desktop.window.show_page("inboxes")
            results.append(first_look(options.messages, desktop, heart))
            results.append(burst(desktop, heart))
            desktop.close()
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
