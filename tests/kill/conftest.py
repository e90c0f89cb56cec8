"""A person with a connected inbox, and the program in a process that can be killed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.inboxes import Inbox
from app.domain.outbox import CopyState, Draft, OutboxId, OutboxMessage, OutboxState
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.workspace import Workspace
from app.services.write_message import queue_message, settle_unknown
from app.tracking.serve import TrackingServer
from tests.support.killer import Ended, Kill, Killer
from tests.support.mailbox import MailAccount
from tests.support.submission import Submission

LINK = "https://northlight.example.com/quote-4410"
LINK_HTML = f'<a href="{LINK}">{LINK}</a>'
AT_ONCE = {"app.services.send_message:SETTLE_AFTER": 0.0}  # Sent is believed at once


@pytest.fixture(scope="session")
def killer() -> Iterator[Killer]:
    with Killer() as started:
        yield started


@dataclass
class World:
    """`run` is the program in another process; `workspace` is this process's own view of the same data."""

    workspace: Workspace
    inbox: Inbox
    me: MailAccount
    killer: Killer
    environ: dict[str, str]
    submission: Submission
    mailbox: Callable[..., MailAccount]

    def queue(self, *people: MailAccount, text: str = f"Hej, {LINK}", subject: str = "Offert") -> OutboxId:
        draft = Draft(
            self.inbox.id,
            tuple(Address(p.address) for p in people),
            subject,
            text=text,
            html=f"<p>{text.replace(LINK, LINK_HTML)}</p>",
        )
        return queue_message(self.workspace, draft)

    def run(self, *kills: Kill, **settings: float) -> Ended:
        return self.killer.run(self.environ, ("sync", "--once"), *kills, settings={**AT_ONCE, **settings})

    def message(self, outbox_id: OutboxId) -> OutboxMessage:
        found = self.workspace.store.outbox.get(outbox_id)
        assert found is not None
        return found

    def copies_at(self, person: MailAccount, message_id: str, folder: str = "INBOX") -> list[bytes]:
        return [raw for raw in person.messages(folder) if f"Message-ID: <{message_id}>".encode() in raw]

    def finish(self, outbox_id: OutboxId, people: tuple[MailAccount, ...], *, unknown_allowed: bool) -> None:
        """Starts the program until nothing is left to do; the person decides where it says that nobody knows."""
        message = self.message(outbox_id)
        if not (message.state == OutboxState.SENT and message.sent_copy_filed):
            ended = self.run()
            assert ended.status == 0, ended.said
            message = self.message(outbox_id)
        if message.state == OutboxState.UNKNOWN:
            assert unknown_allowed
            doubtful = [c for c in message.copies if c.state == CopyState.UNKNOWN]
            assert len(doubtful) == 1
            person = next(p for p in people if p.address == doubtful[0].recipient)
            settle_unknown(self.workspace, outbox_id, sent=self.has_arrived(person, message.message_id))
            assert self.run().status == 0

    def has_arrived(self, person: MailAccount, message_id: str, patience: float = 0.6) -> bool:
        """What the server took over before the program died is delivered by and by."""
        deadline = time.monotonic() + patience
        while not (found := self.copies_at(person, message_id)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return bool(found)

    def assert_sent_once(self, outbox_id: OutboxId, people: tuple[MailAccount, ...]) -> None:
        message = self.message(outbox_id)
        assert message.state == OutboxState.SENT, message
        assert [c.state for c in message.copies] == [CopyState.ACCEPTED] * len(people)
        pixels = set()
        for person in people:
            copies = self.copies_at(person, message.message_id)
            assert len(copies) == 1, (person.address, len(copies))
            pixels.add(re.search(r"/o/[\w-]+", _html(copies[0])).group(0))  # type: ignore[union-attr]
        assert len(pixels) == len(people)
        kept = self.copies_at(self.me, message.message_id, "Sent")
        assert len(kept) == 1
        html = _html(kept[0])
        assert "/o/" not in html and "/c/" not in html and LINK in html
        contact = self.workspace.store.contacts.find(people[0].address)
        assert contact is not None
        timeline = self.workspace.store.timeline.of_contact(contact)
        assert [t.message_id for t in timeline] == [message.message_id]
        assert timeline[0].problem is None and timeline[0].outbox_state is None


def _html(raw: bytes) -> str:
    body = message_from_bytes(raw, policy=default).get_body(("html",))  # type: ignore[arg-type]
    assert body is not None
    return str(body.get_content())


@pytest.fixture
def world(
    home: Path, killer: Killer, submission: Submission, mailbox: Callable[..., MailAccount]
) -> Iterator[Callable[..., World]]:
    """`world(files=...)`: "" the server files no copies in Sent; "once" one a Message-ID; "each" every copy."""
    opened: list[Workspace] = []
    servers: list[TrackingServer] = []

    def make(files: str = "", *, tracking: bool = True) -> World:
        submission.file_sent_copy, submission.file_each_copy = bool(files), files == "each"
        workspace = open_workspace(home)
        opened.append(workspace)
        if tracking:
            server = TrackingServer("127.0.0.1", 0, workspace.tracking.path)
            server.start()
            servers.append(server)
        me = mailbox("jonas", from_name="Jonas Ahl")
        result = CheckResult(True, sent_folder="Sent", files_sent_copies=bool(files))
        inbox_id = connect_inbox(workspace, me.account, me.secret, None, result)
        environ = {
            "HITCHPOST_HOME": str(home),
            "HITCHPOST_PASSPHRASE": "a passphrase for tests",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        return World(workspace, workspace.store.inboxes.get(inbox_id), me, killer, environ, submission, mailbox)

    yield make
    for server in servers:
        server.stop()
    for workspace in opened:
        workspace.store.close()
    submission.file_each_copy = False
