"""One person with a connected inbox behind two proxies, for one run; what the program shows in the end. Used by the tests
of every step."""

from __future__ import annotations

import itertools
import re
import shutil
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from app.bootstrap import open_workspace
from app.cli.sync import _round
from app.domain.addresses import Address
from app.domain.inboxes import ImapAccount, Inbox, InboxId, InboxState, Secret, ServerTrust
from app.domain.outbox import CopyState, Draft, OutboxId, OutboxMessage, OutboxState
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.workspace import Workspace
from app.services.write_message import queue_message, settle_unknown
from app.store import models
from app.tracking.serve import TrackingServer
from tests.faults.step_proxy import StepProxy
from tests.support.authority import Authority
from tests.support.dovecot import Dovecot
from tests.support.mailbox import MailAccount, endpoint
from tests.support.submission import Submission

NEVER = threading.Event()
LINK = "https://northlight.example.com/quote-4410"
_numbers = itertools.count(1)
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Shown:
    """What a person sees, and what lies on the servers. Two runs that end alike are equal."""

    timeline: tuple[tuple[str, ...], ...]
    feed: tuple[tuple[str, str, str], ...]
    bodies: tuple[str, ...]
    places: tuple[tuple[str, int, bool], ...]
    arrived: tuple[tuple[str, str, int], ...]
    outbox: tuple[tuple[str, bool, tuple[str, ...]], ...]
    state: str


@dataclass
class Servers:
    dovecot: Dovecot
    submission: Submission
    authority: Authority
    imap: StepProxy
    smtp: StepProxy


@dataclass
class Laboratory:
    """Made by `open_laboratory`, ended by `close`. `told`: copies of which the program said that nobody knows."""

    servers: Servers
    home: Path
    workspace: Workspace
    me: MailAccount
    people: tuple[MailAccount, ...]
    inbox_id: InboxId
    tracking: TrackingServer | None = None
    told: int = 0
    set_aside: int = 0
    rounds: int = 0
    _ids: dict[str, str] = field(default_factory=dict)  # ids that differ from run to run → names

    # -- the program

    @property
    def inbox(self) -> Inbox:
        return self.workspace.store.inboxes.get(self.inbox_id)

    def round(self) -> None:
        """As `hitchpost sync --once`; what fails is in the inbox's state and the outbox."""
        _round(self.workspace, [self.inbox], NEVER)

    def queue(self, *people: MailAccount, subject: str = "Offert", track: bool = False) -> OutboxId:
        draft = Draft(
            self.inbox_id,
            tuple(Address(p.address) for p in people),
            subject,
            text=f"Hej, {LINK}",
            html=f'<p>Hej, <a href="{LINK}">{LINK}</a></p>',
            track=track,
        )
        outbox_id = queue_message(self.workspace, draft)
        self._ids[self.outgoing(outbox_id).message_id] = f"sent {outbox_id}"
        return outbox_id

    def outgoing(self, outbox_id: OutboxId) -> OutboxMessage:
        found = self.workspace.store.outbox.get(outbox_id)
        assert found is not None
        return found

    def track(self) -> None:
        self.tracking = TrackingServer("127.0.0.1", 0, self.workspace.tracking.path)
        self.tracking.start()

    def recover(self) -> None:
        """What time and a person do: messages in the outbox and messages set aside are tried again, doubts settled."""
        self.rounds += 1
        store = self.workspace.store
        waiting = (OutboxState.QUEUED, OutboxState.SENDING)
        for row in store.outbox.rows(*waiting):
            with store.transaction():
                store.outbox.retry(row.id)
        self.hurry_what_is_set_aside()
        for row in store.outbox.rows(OutboxState.UNKNOWN):
            message = self.outgoing(row.id)
            for copy in message.copies:
                self.told += copy.state == CopyState.UNKNOWN
            arrived = {a: n for a, i, n in self._arrivals() if i == self._ids[message.message_id]}
            doubtful = [c for c in message.copies if c.state == CopyState.UNKNOWN]
            sent = [bool(arrived.get(self._role(c.recipient))) for c in doubtful]
            assert len(set(sent)) == 1, (message, sent)  # one answer is asked for a message
            settle_unknown(self.workspace, row.id, sent=sent[0])
        self.round()

    def hurry_what_is_set_aside(self) -> bool:
        """Messages that could not be read are tried again by themselves, ten minutes later: here at once."""
        later = models.SetAside.next_try_at > _LONG_AGO
        if not models.SetAside.select().where(later).exists():
            return False
        with self.workspace.store.transaction():
            self.set_aside += models.SetAside.update(next_try_at=_LONG_AGO).where(later).execute()
        return True

    # -- what is to be seen

    def shown(self) -> Shown:
        store = self.workspace.store
        rows = list(models.Message.select().order_by(models.Message.id))
        timeline = sorted(
            (
                m.direction,
                m.kind,
                self._named(m.message_id),
                m.subject,
                " ".join(m.visible_text.split()),
                m.tracking,
                ",".join(a.filename for a in models.Attachment.select().where(models.Attachment.message == m)),
            )
            for m in rows
        )
        subjects = {m.id: self._named(m.message_id) for m in rows}
        feed = sorted(
            (e.kind, subjects.get(e.message_id, ""), e.notified_why) for e in models.Event.select() if e.kind != "inbox"
        )
        bodies = sorted({self._named(b.message_id) for b in store.ledgers.read(self.inbox_id)[0].bodies})
        places = sorted(
            (c.path, c.next_uid, c.first_look_done) for c in store.inboxes.cursors(self.inbox_id) if c.path != "Sent"
        )
        outbox = [
            (row.state, row.sent_copy_filed, tuple(c.state for c in row.copies.order_by(models.OutboxCopy.position)))
            for row in models.Outbox.select().order_by(models.Outbox.id)
        ]
        return Shown(
            tuple(timeline), tuple(feed), tuple(bodies), tuple(places), self._arrivals(), tuple(outbox),
            InboxState.CONNECTED.value if self.inbox.state == InboxState.CONNECTED else str(self.inbox.problem),
        )  # fmt: skip

    def bodies_read(self) -> set[str]:
        """Ids of the messages whose text came over the wire."""
        found = set()
        for raw in self.servers.imap.bodies:
            named = re.search(rb"^message-id:\s*<([^>]*)>", raw, re.IGNORECASE | re.MULTILINE)
            found.add(named.group(1).decode() if named else raw[:80].decode("latin-1"))
        return {self._named(i) for i in found}

    def _named(self, message_id: str) -> str:
        return self._ids.get(message_id, message_id)

    def _role(self, address: str) -> str:
        people = (self.me, *self.people)
        return next(f"person {n}" for n, p in enumerate(people) if p.address == address)

    def _arrivals(self) -> tuple[tuple[str, str, int], ...]:
        """(whose mailbox, which message, how often) of all that was sent from here."""
        found: Counter[tuple[str, str]] = Counter()
        for person, folder in ((self.me, "Sent"), *((p, "INBOX") for p in self.people)):
            for raw in person.messages(folder):
                named = re.search(rb"^Message-ID: <([^>]*)>", raw, re.MULTILINE)
                if named and named.group(1).decode() in self._ids:
                    found[(self._role(person.address), self._ids[named.group(1).decode()])] += 1
        return tuple((who, what, count) for (who, what), count in sorted(found.items()))

    def close(self) -> None:
        if self.tracking is not None:
            self.tracking.stop()
        self.workspace.store.close()
        shutil.rmtree(self.home, ignore_errors=True)


def open_laboratory(servers: Servers, *, people: int = 2, files_sent_copies: bool = False) -> Laboratory:
    """Nothing is read yet. The environment has to hold a passphrase."""
    made = []
    for name in ("jonas", "ada", "bob")[: people + 1]:
        address = f"{name}-{next(_numbers)}@example.com"
        servers.dovecot.add_user(address, "secret")
        account = ImapAccount(
            address,
            endpoint(servers.imap.port, "tls"),
            endpoint(servers.smtp.port, "tls"),
            address,
            trust=ServerTrust(ca_pem=servers.authority.ca_pem),
        )
        made.append(MailAccount(address, "secret", account, Secret("secret"), servers.dovecot))
    home = Path(tempfile.mkdtemp(prefix="faults"))
    workspace = open_workspace(home)
    result = CheckResult(True, sent_folder="Sent", files_sent_copies=files_sent_copies)
    servers.submission.file_sent_copy = files_sent_copies
    inbox_id = connect_inbox(workspace, made[0].account, made[0].secret, None, result)
    servers.imap.bodies.clear()
    return Laboratory(servers, home, workspace, made[0], tuple(made[1:]), inbox_id)
