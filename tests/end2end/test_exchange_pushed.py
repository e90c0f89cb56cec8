"""An inbox on Exchange that is open in the program: what comes into Inbox and Sent is logged as the server tells of it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from pytestqt.qtbot import QtBot

from app.domain.inboxes import ExchangeAccount, Secret, ServerTrust
from app.runtime.inbox_worker import InboxWorker
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from tests.support.authority import Authority
from tests.support.desk import Mailboxes, open_desk, written
from tests.support.fake_ews import FakeExchange

ME, ADA, PASSWORD = "jonas@example.net", "ada@example.com", "correct horse battery"
PROMPT = 8.0  # seconds on a busy machine; where it is asked for, Inbox waits 15 and Sent 60


def established(port: int) -> int:
    """Connections of this machine to that port."""
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    return sum(parts[3] == "01" and int(parts[2].rsplit(":", 1)[1], 16) == port for parts in lines)


def test_inbox_and_sent_are_pushed(
    home: Path, mailbox: Mailboxes, exchange: FakeExchange, authority: Authority, qtbot: QtBot
) -> None:
    with open_desk(home) as desk:
        box = exchange.add_person(ME, PASSWORD)
        first = mailbox("first")
        first.dovecot.add_user(ADA, "x")
        other = desk.connect(first)
        desk.sync(other)
        ours = desk.send(other, ADA).message_id
        account = ExchangeAccount(ME, exchange.url, ME, ServerTrust(ca_pem=authority.ca_pem))
        result = CheckResult(True, sent_folder="Sent", files_sent_copies=True)
        worker = InboxWorker(desk.workspace, connect_inbox(desk.workspace, account, Secret(PASSWORD), None, result))
        port, most, over = urlsplit(exchange.url).port or 443, [0], threading.Event()

        def count() -> None:
            while not over.wait(0.002):
                most[0] = max(most[0], established(port))

        counting = threading.Thread(target=count)
        counting.start()
        worker.start()
        try:
            qtbot.waitUntil(
                lambda: worker.pace is not None and worker.pace.inbox.pushed and worker.pace.sent.pushed, timeout=30_000
            )
            for number, (folder, sender) in enumerate((("inbox", ADA), ("sentitems", ME))):
                raw = written(sender, ME, parent=ours, message_id=f"r{number}@x.example").replace("\n", "\r\n")
                began = time.monotonic()
                box.add(box.distinguished(folder), raw.encode(), arrived=folder == "inbox")
                qtbot.waitUntil(lambda n=number: len(desk.timeline(ADA)) == n + 2, timeout=30_000)  # type: ignore[misc]
                assert time.monotonic() - began < PROMPT
        finally:
            worker.stop()
            over.set()
            counting.join()
        assert most[0] <= 3  # two for the inbox, one on which Sent is told
        assert exchange.following.streams <= 2
