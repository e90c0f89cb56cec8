"""A workspace with connected inboxes in the test's own process, and what people outside do. Used by end-to-end tests."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from app.backends.imap import open_imap
from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.events import EventId, EventKind
from app.domain.inboxes import ImapAccount, Inbox, InboxId
from app.domain.outbox import Draft, OutboxId, OutboxMessage
from app.domain.views import FeedRow, TimelineMessage
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.file_sent_copy import file_sent_copies
from app.services.folder_report import FolderReport
from app.services.inbox_state import mark_connected
from app.services.send_message import send_message
from app.services.sync_inbox import sync_folders
from app.services.workspace import Workspace
from app.services.write_message import queue_message
from tests.support.mailbox import MailAccount

NEVER = threading.Event()


@dataclass
class Desk:
    """`notified`: the events that the last `sync` gave to the notifier."""

    workspace: Workspace
    notified: list[EventId] = field(default_factory=list)

    def connect(
        self, person: MailAccount, *, files_sent_copies: bool = False, account: ImapAccount | None = None
    ) -> Inbox:
        """As the wizard does after a check that passed, without the seconds which that takes."""
        result = CheckResult(True, sent_folder="Sent", files_sent_copies=files_sent_copies)
        inbox_id = connect_inbox(self.workspace, account or person.account, person.secret, None, result)
        return self.workspace.store.inboxes.get(inbox_id)

    def move(self, inbox: Inbox, *, imap_port: int = 0, smtp_port: int = 0) -> Inbox:
        """The same account by way of other ports, such as a fault proxy's."""
        account = inbox.account
        account = replace(
            account,
            imap=replace(account.imap, port=imap_port or account.imap.port),
            smtp=replace(account.smtp, port=smtp_port or account.smtp.port),
        )
        secret = self.workspace.password(inbox)
        result = CheckResult(True, sent_folder="Sent", files_sent_copies=inbox.files_sent_copies)
        inbox_id = connect_inbox(self.workspace, account, secret, None, result)
        return self.workspace.store.inboxes.get(inbox_id)

    def inbox(self, inbox_id: InboxId) -> Inbox:
        return self.workspace.store.inboxes.get(inbox_id)

    # -- what the program does

    def queue(
        self, inbox: Inbox, *people: MailAccount | str, subject: str = "Offert", text: str = "Hej", **more: object
    ) -> OutboxId:
        to = tuple(Address(p if isinstance(p, str) else p.address) for p in people)
        draft = Draft(inbox.id, to, subject, text=text, track=False)
        return queue_message(self.workspace, replace(draft, **more))  # type: ignore[arg-type]

    def send(self, inbox: Inbox, *people: MailAccount | str, **more: object) -> OutboxMessage:
        outbox_id = self.queue(inbox, *people, **more)  # type: ignore[arg-type]
        send_message(self.workspace, outbox_id, NEVER)
        file_sent_copies(self.workspace, NEVER)
        return self.outgoing(outbox_id)

    def outgoing(self, outbox_id: OutboxId) -> OutboxMessage:
        found = self.workspace.store.outbox.get(outbox_id)
        assert found is not None
        return found

    def sync(self, inbox: Inbox) -> dict[str, FolderReport]:
        self.notified = []
        with open_imap(inbox.account, self.workspace.password(inbox)) as session:
            reports = sync_folders(self.workspace, inbox, session, NEVER, self.notified.extend)
        mark_connected(self.workspace, inbox.id)
        return {report.path: report for report in reports}

    # -- what a person sees

    def timeline(self, address: str) -> tuple[TimelineMessage, ...]:
        contact = self.workspace.store.contacts.find(address)
        assert contact is not None, f"{address} is no contact"
        return self.workspace.store.timeline.of_contact(contact)

    def received(self, address: str) -> list[TimelineMessage]:
        return [m for m in self.timeline(address) if m.direction == "received"]

    def feed(self, kind: EventKind | None = None) -> list[FeedRow]:
        return [e for e in self.workspace.store.feed.rows() if kind is None or e.kind == kind]


@contextmanager
def open_desk(home: Path) -> Iterator[Desk]:
    workspace = open_workspace(home)
    try:
        yield Desk(workspace)
    finally:
        workspace.store.close()


def written(
    sender: str,
    to: str,
    *,
    parent: str = "",
    references: str = "",
    subject: str = "Re: Offert",
    message_id: str = "",
    text: str = "Tack!",
    more: str = "",
) -> str:
    """A message as another mail program writes it. `more`: header lines, each with its line end."""
    lines = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {format_datetime(datetime.now(UTC))}",
        *([f"Message-ID: <{message_id}>"] if message_id else []),
        *([f"In-Reply-To: <{parent}>"] if parent else []),
        *([f"References: {references}"] if references else []),
    ]
    return "\n".join(lines) + f"\n{more}\n{text}\n"


Mailboxes = Callable[..., MailAccount]


def answer(person: MailAccount, parent: str, message_id: str, folder: str = "INBOX", *, references: str = "") -> None:
    """From Ada, another program files it."""
    raw = written("Ada <ada@example.com>", person.address, parent=parent, message_id=message_id, references=references)
    person.append(folder, raw)


def foreign(person: MailAccount, count: int, start: int = 0, folder: str = "INBOX") -> None:
    """Mail that is nobody's business."""
    with person.dovecot._login(person.address) as connection:
        for number in range(start, start + count):
            raw = written("news@example.org", person.address, message_id=f"n{number}@x.example", subject="Nyheter")
            connection.append(f'"{folder}"', "", None, raw.replace("\n", "\r\n").encode())


def reports(desk: Desk, inbox: Inbox, cancel: threading.Event | None = None) -> dict[str, FolderReport]:
    """A sync that may be cancelled."""
    desk.notified = []
    with open_imap(inbox.account, desk.workspace.password(inbox)) as session:
        found = sync_folders(desk.workspace, inbox, session, cancel or threading.Event(), desk.notified.extend)
    return {report.path: report for report in found}


def renumber(person: MailAccount, folder: str = "") -> None:
    """UIDVALIDITY of the INBOX, or of this folder, changes, as after a mailbox was restored."""
    place = person.dovecot.root / "mail" / person.address / "maildir" / (f".{folder}" if folder else "")
    for file in place.glob("dovecot.index*"):
        file.unlink()
    names = place / "dovecot-uidlist"
    text = names.read_text(encoding="latin-1")
    changed = re.sub(r" V(\d+) ", lambda found: f" V{int(found.group(1)) + 1000} ", text, count=1)
    assert changed != text
    with names.open("r+", encoding="latin-1") as out:  # the same file, so its owner stays
        out.write(changed)
