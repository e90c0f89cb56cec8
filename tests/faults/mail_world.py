"""A mailbox that changes at random, the program that is killed and cut off at random, and a model of what must come of it.

Used by the state machine (`test_state_machine`) and the soak (`tests.bench.soak`). What a step works on is given as a
number, of which the remainder chooses: any sequence of numbers is a history, and the same numbers are the same one.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from peewee import fn

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.inboxes import ImapAccount, InboxState, Secret, ServerTrust
from app.domain.outbox import CopyState, Draft, OutboxId, OutboxState
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.write_message import queue_message, settle_unknown_copy
from app.store import models
from app.store.waiting import DRAFT
from tests.faults.step_proxy import Fault, Step, StepProxy
from tests.support.authority import Authority
from tests.support.dovecot import Dovecot
from tests.support.killer import Killer
from tests.support.mailbox import endpoint
from tests.support.submission import Submission

QUIET = "it was there before its folder was read for the first time"
UNREAD = ("Trash", "Junk", "Drafts")  # folders that are never read
KINDS = ("reply", "unrelated", "broken", "nameless", "automatic", "bounce", "report", "elsewhere")
RECREATED = 2  # times that a folder of one name may be made anew: after three the program leaves it alone for a day
ROUNDS = 6
DAMAGED = 2  # messages at once
ROUNDS_DAMAGED = 14  # more, for each place of a damaged message: it is narrowed down to, and met three times
_TOKEN = re.compile(r"token-(\d{6})-")
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_SOME_TIME_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)
CONVERSATION = 6  # messages
UNCOUNTED = 12  # headers in one look, besides those twice: the marks by which folders are known again
_SETTINGS = {"app.services.send_message:SETTLE_AFTER": 0.0, "app.services.folder_reading:Reading.CHUNK": 5}
_PIECES = {  # first looks are made of many
    "app.services.read_downwards:PIECE_SECONDS": 0.0,
    "app.backends.imap.scanning:STEP": 4,
    "app.backends.imap.scanning:_UNSEEN": 4,
}


class Wrong(AssertionError):
    """The program did not do what the model says."""


@dataclass
class Mail:
    """`names`: the ids that it answers. `folders`: where copies of it lie now. `before`: since before the first look of
    all. `loud`: it came into the inbox after a look, and stayed. `draft`: it is not finished. `damaged`: what the server
    hangs up on when it comes upon it; empty while it is whole."""

    number: int
    kind: str
    message_id: str
    names: tuple[str, ...]
    folders: list[str] = field(default_factory=list)
    before: bool = False
    loud: bool = False
    draft: bool = False
    damaged: bytes = b""
    seen: bool = False  # it was compared once: what it is to do has been done

    @property
    def token(self) -> str:
        return f"token-{self.number:06d}-"


@dataclass
class Sent:
    outbox_id: OutboxId
    message_id: str
    to: tuple[str, ...]


@dataclass
class Counts:
    steps: int = 0
    messages: int = 0
    syncs: int = 0
    kills: int = 0
    cuts: int = 0
    cancelled: int = 0
    drafts: int = 0
    finished: int = 0
    damaged: int = 0
    mended: int = 0
    hung_up: int = 0
    sends: int = 0
    told_unknown: int = 0
    set_aside: int = 0
    comparisons: int = 0
    bodies: int = 0


class MailWorld:
    """`with MailWorld(…) as world:`, then the methods under "what happens", `compare()` in between and at the end.
    `in_pieces`: first looks are interrupted between a few messages, as those of large folders."""

    def __init__(
        self,
        dovecot: Dovecot,
        submission: Submission,
        authority: Authority,
        killer: Killer,
        name: str,
        *,
        in_pieces: bool = True,
    ) -> None:
        self._dovecot, self._submission, self._authority, self._killer = dovecot, submission, authority, killer
        self._name = name
        self.in_pieces = in_pieces
        self._settings = _SETTINGS | _PIECES if in_pieces else _SETTINGS
        self.mails: list[Mail] = []
        self.sent: list[Sent] = []
        self.folders = ["Projects"]
        self.counts = Counts()
        self._recreated: Counter[str] = Counter()
        self._folder_number = 0
        self._renumbered = 0
        self._out: defaultdict[str, set[str]] = defaultdict(set)  # message id → who was sent a copy
        self._looked = False
        self._logged_before: set[int] = set()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> MailWorld:
        certificate = self._dovecot.certificate
        self.imap = self._stack.enter_context(StepProxy(self._dovecot.imaps_port, certificate, protocol="imap"))
        self.smtp = self._stack.enter_context(StepProxy(self._submission.port, certificate, protocol="smtp"))
        self.home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="world")))
        self.people = [f"{who}-{self._name}@example.com" for who in ("ada", "bob")]
        self.me = f"jonas-{self._name}@example.com"
        for address in (self.me, *self.people):
            self._dovecot.add_user(address, "secret")
        self._mailboxes = {a: self._dovecot._login(a) for a in (self.me, *self.people)}
        self._stack.callback(self._log_out)
        self._call("CREATE", "Projects")
        self.workspace = open_workspace(self.home)
        self._stack.callback(self.workspace.store.close)
        account = ImapAccount(
            self.me,
            endpoint(self.imap.port, "tls"),
            endpoint(self.smtp.port, "tls"),
            self.me,
            trust=ServerTrust(ca_pem=self._authority.ca_pem),
        )
        result = CheckResult(True, sent_folder="Sent")
        self.inbox_id = connect_inbox(self.workspace, account, Secret("secret"), None, result)
        self._environ = {
            "HITCHPOST_HOME": str(self.home),
            "HITCHPOST_PASSPHRASE": "a passphrase for tests",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "SSL_CERT_FILE": str(self._authority.ca_file),  # few certificates to load
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _log_out(self) -> None:
        for mailbox in self._mailboxes.values():
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                mailbox.logout()

    # -- what happens: in the mailbox

    def deliver(self, kind: int, about: int, place: int) -> None:
        """A message comes into the inbox, or (one of four times) a filter puts it into another folder."""
        folder = "INBOX" if place % 4 else self._folder(place // 4)
        name = KINDS[kind % len(KINDS)]
        if name == "bounce" and not any(map(self._is_out, self.sent)):
            name = "report"
        mail = self._new(name, self._names(name, about), folder)
        raw = _written(mail, self.people[about % 2], self.me)
        mail.loud = folder == "INBOX" and self._looked
        self._append(folder, raw)

    def write_elsewhere(self, about: int, answered: int) -> None:
        """The user answers from another program: it lies in Sent. `answered` odd: somebody's answer to it is here first."""
        mail = self._new("own", self._names("reply", about), "Sent")
        if answered % 2:
            early = self._new("reply", (mail.message_id,), "INBOX")
            early.loud = self._looked
            self._append("INBOX", _written(early, self.people[about % 2], self.me))
            if answered % 4 == 3:
                self.sync()
        self._append("Sent", _written(mail, self.me, self.people[about % 2]))

    def converse(self, about: int, after: int) -> None:
        """A conversation of which each message names only the one before, and lies above it, in an inbox that is then
        numbered anew: its first look passes over most of it, and is interrupted after so many steps."""
        names = self._names("reply", about)
        for _ in range(CONVERSATION):
            mail = self._new("reply", names, "INBOX")
            mail.loud = self._looked
            self._append("INBOX", _written(mail, self.people[about % 2], self.me))
            names = (mail.message_id,)
        self.renumber_inbox()
        self.sync_cancelled(after)
        self.sync()

    def write_draft(self, about: int, place: int) -> None:
        """A program keeps what it has not finished in a folder that is read."""
        mail = self._new("reply", self._names("reply", about), self._folder(place))
        mail.draft = True
        self.counts.drafts += 1
        self._append(mail.folders[0], _written(mail, self.people[about % 2], self.me), r"(\Draft)")

    def finish_draft(self, which: int) -> None:
        """Where it lies: the flag is taken away, in all its places."""
        drafts = [mail for mail in self.mails if mail.draft and mail.folders]
        if not drafts:
            return
        mail = drafts[which % len(drafts)]
        for folder in mail.folders:
            self._call("UID", "STORE", self._uids(mail, folder), "-FLAGS.SILENT", r"(\Draft)")
            self._call("UNSELECT")
        mail.draft = False
        self.counts.finished += 1

    def damage(self, which: int, how: int) -> None:
        """An answer comes (two of three times), or one is there, on whose header or body the server hangs up from now on
        when it comes upon it."""
        if sum(bool(mail.damaged) for mail in self.mails) >= DAMAGED:
            return
        found, arrives = self._somewhere(which), how % 3 > 0
        if not arrives and (found is None or found[0].damaged):
            return
        mail = (
            self._new("reply", self._names("reply", which), self._folder(which)) if arrives or not found else found[0]
        )
        by_header = how % 2 and mail.message_id
        mail.damaged = (f"Message-ID: <{mail.message_id}>" if by_header else f"Hej, {mail.token}").encode()
        self.imap.damaged.add(mail.damaged)
        if arrives:
            self._append(mail.folders[0], _written(mail, self.people[which % 2], self.me))
        self.counts.damaged += 1

    def mend(self, which: int) -> None:
        damaged = [mail for mail in self.mails if mail.damaged]
        if damaged:
            mail = damaged[which % len(damaged)]
            self.imap.damaged.discard(mail.damaged)
            mail.damaged = b""
            self.counts.mended += 1

    def move(self, which: int, where: int) -> None:
        self._transfer("MOVE", which, self._folder(where))

    def copy(self, which: int, where: int) -> None:
        self._transfer("COPY", which, self._folder(where))

    def throw_away(self, which: int) -> None:
        self._transfer("MOVE", which, "Trash")

    def delete(self, which: int) -> None:
        found = self._somewhere(which)
        if found is None:
            return
        mail, folder = found
        uids = self._uids(mail, folder)
        self._call("UID", "STORE", uids, "+FLAGS.SILENT", r"(\Deleted)")
        self._call("EXPUNGE")
        self._call("UNSELECT")
        mail.folders.remove(folder)

    def make_folder(self) -> None:
        if len(self.folders) < 4:
            self.folders.append(self._new_folder())
            self._call("CREATE", self.folders[-1])

    def rename_folder(self, which: int) -> None:
        old = self.folders[which % len(self.folders)]
        if any(m.damaged and old in m.folders for m in self.mails):
            return  # the program may know the folder by this message
        new = self._new_folder()
        self._call("RENAME", old, new)
        self.folders[self.folders.index(old)] = new
        for mail in self.mails:
            mail.folders = [new if f == old else f for f in mail.folders]

    def delete_folder(self, which: int) -> None:
        """And it is made anew under the same name, with another UIDVALIDITY."""
        name = self.folders[which % len(self.folders)]
        self._call("DELETE", name)
        for mail in self.mails:
            mail.folders = [f for f in mail.folders if f != name]
        if self._recreated[name] >= RECREATED:
            self.folders.remove(name)
            name = self._new_folder()
            self.folders.append(name)
        self._recreated[name] += 1
        self._call("CREATE", name)

    def renumber_inbox(self) -> None:
        """As after a restored backup: the inbox gets another UIDVALIDITY."""
        if self._renumbered >= RECREATED:
            return
        self._renumbered += 1
        before = self._uid_validity()
        maildir = self._dovecot.root / "mail" / self.me / "maildir"
        numbers = maildir / "dovecot-uidlist"
        if not numbers.exists():
            return
        head = numbers.read_text("latin-1").partition("\n")[0]
        self._mailboxes[self.me].logout()
        # in place, so that it keeps its owner; without lines, so that each message gets another number
        numbers.write_text(re.sub(r" V(\d+) N\d+", lambda v: f" V{int(v[1]) + 1} N1", head) + "\n", "latin-1")
        for file in (*maildir.glob("dovecot.index*"), *maildir.glob("dovecot.list.index*")):
            file.unlink()
        self._mailboxes[self.me] = self._dovecot._login(self.me)
        assert self._uid_validity() != before, (before, head)
        self._looked = False  # what comes before the program notices is part of another first look
        for mail in self.mails:
            mail.loud = False

    def _uid_validity(self) -> bytes:
        mailbox = self._mailboxes[self.me]
        status, data = mailbox.select("INBOX", readonly=True)
        assert status == "OK", data
        _, data = mailbox.response("UIDVALIDITY")
        mailbox.unselect()
        return bytes(data[0])

    # -- what happens: in the program

    def send(self, to: int) -> None:
        """It lies in the outbox; the next sync sends it."""
        people = self.people if to % 3 == 2 else [self.people[to % 3]]
        inbox = self.workspace.store.inboxes.get(self.inbox_id)
        draft = Draft(inbox.id, tuple(Address(p) for p in people), "Offert", text="Hej", track=False)
        outbox_id = queue_message(self.workspace, draft)
        message = self.workspace.store.outbox.get(outbox_id)
        assert message is not None
        self.sent.append(Sent(outbox_id, message.message_id, tuple(people)))
        self.counts.sends += 1

    def sync(self) -> None:
        self._run()

    def sync_killed(self, after: int, *, at_steps: bool) -> None:
        """SIGKILL, after so many steps of the protocols or that many milliseconds."""
        if not at_steps:
            self._run(milliseconds=40 + after % 260)
            return
        left = [1 + after % (80 if after % 2 else 26)]  # at first what is due is sent

        def strike(_step: Step) -> None:
            left[0] -= 1
            if left[0] == 0:
                self._killer.kill()

        self.imap.on_step = self.smtp.on_step = strike
        self._run()

    def sync_cancelled(self, after: int) -> None:
        """SIGTERM, after so many steps of the protocols: it ends between two steps, in good order."""
        left = [8 + after % 60]  # what is set up before the first step is not what is to be stopped

        def ask(_step: Step) -> None:
            left[0] -= 1
            if left[0] == 0:
                self._killer.terminate()
                self.counts.cancelled += 1

        self.imap.on_step = ask
        looked = self._looked
        self._run()
        self._looked = looked

    def sync_cut(self, after: int, how: int) -> None:
        """A connection is lost."""
        proxy = self.smtp if how % 5 == 4 else self.imap
        fault = (Fault.CUT, Fault.HALF, Fault.END)[how % 3]
        proxy.arm(after % (25 if proxy is self.smtp else 80), fault)
        self._run()

    def _run(self, milliseconds: int = 0) -> None:
        given, counted = self.imap.headers, self._headers_counted()
        is_calm = self.imap.is_calm and not self.imap.damaged
        self._killer.start(self._environ, ("sync", "--once"), settings=self._settings)
        ended = self._killer.wait(milliseconds / 1000 if milliseconds else 60)
        self.counts.syncs += 1
        self.counts.kills += ended.killed
        self.counts.cuts += self.imap.fired.is_set() + self.smtp.fired.is_set()
        self.counts.hung_up, self.imap.hung_up = self.counts.hung_up + self.imap.hung_up, 0
        self.imap.calm()
        self.smtp.calm()
        self._looked = self._looked or ended.status == 0
        if not ended.killed and ended.status not in (0, 1):
            raise Wrong(f"The program ended with {ended.status}: {ended.said}")
        given, counted = self.imap.headers - given, self._headers_counted() - counted
        drafts = models.WaitingReply.select().where(models.WaitingReply.parent_id == DRAFT).count()
        if is_calm and ended.status == 0 and given > 2 * counted + drafts + UNCOUNTED:
            raise Wrong(f"{given} headers were read, and the ledger tells of {counted}")

    def _headers_counted(self) -> int:
        return int(models.LedgerHeaders.select(fn.SUM(models.LedgerHeaders.headers_read)).scalar() or 0)

    # -- what must come of it

    def compare(self) -> None:
        """Syncs until nothing is left to do, and compares with the model."""
        self._settle()
        rows = list(models.Message.select())
        ours = {s.message_id for s in self.sent}
        logged: Counter[int] = Counter()
        pks: dict[int, int] = {}
        for row in rows:
            if row.message_id in ours:
                continue
            found = _TOKEN.search(row.text)
            if not found:
                raise Wrong(f"{row.message_id} is logged, and nobody wrote it")
            logged[int(found.group(1))] += 1
            pks[int(found.group(1))] = row.id
        must, may = self._must(set(logged)), self._may()
        for what, numbers in (
            ("lost", must - set(logged)),
            ("logged against the rules", set(logged) - may),
            ("doubled", {n for n, count in logged.items() if count > 1}),
            ("gone again", self._logged_before - set(logged)),
        ):
            if numbers:
                raise Wrong(f"{what}: {[self.mails[n] for n in sorted(numbers)]}")
        self._logged_before = set(logged)
        self._compare_events(pks)
        self._compare_bodies(may)
        self._compare_sent()
        for mail in self.mails:
            mail.seen = True
        self.counts.comparisons += 1

    def _must(self, logged: set[int]) -> set[int]:
        """What lies where the program reads and answers what it knows, and what answers that."""
        known = {s.message_id for s in self.sent} | {self.mails[n].message_id for n in logged}
        must: set[int] = set()
        while True:
            more = {
                m.number
                for m in self.mails
                if m.number not in must
                and not m.draft
                and (not m.damaged or m.number in logged)
                and any(f not in UNREAD for f in m.folders)
                and not known.isdisjoint(m.names)
                and not (m.kind == "bounce" and set(m.folders) <= {"Sent", *UNREAD})
            }
            if not more:
                return must
            must |= more
            known |= {self.mails[n].message_id for n in more} - {""}

    def _may(self) -> set[int]:
        known = {s.message_id for s in self.sent}
        may: set[int] = set()
        while more := {
            m.number for m in self.mails if m.number not in may and not m.draft and not known.isdisjoint(m.names)
        }:
            may |= more
            known |= {self.mails[n].message_id for n in more} - {""}
        return may

    def _compare_events(self, pks: dict[int, int]) -> None:
        events = list(models.Event.select().where(models.Event.kind.in_(("reply", "bounce", "open"))))
        by_pk: dict[int, list[models.Event]] = {}
        for event in events:
            by_pk.setdefault(event.message_id, []).append(event)
        expected = 0
        for number, pk in pks.items():
            mail = self.mails[number]
            if mail.kind == "own":
                continue
            expected += 1
            if mail.kind == "bounce":  # its event stands at the message that could not be delivered
                continue
            of_it = by_pk.get(pk, [])
            if [e.kind for e in of_it] != ["reply"]:
                raise Wrong(f"{mail} has events {[e.kind for e in of_it]}")
            quiet = of_it[0].notified_why == QUIET
            if mail.before and not quiet:
                raise Wrong(f"{mail} lay there before the first look, and would notify")
            if mail.loud and not mail.seen and quiet:
                raise Wrong(f"{mail} came in, and nobody is told")
        if len(events) != expected:
            raise Wrong(f"{len(events)} events for {expected} messages")
        linked = Counter((c.message_id, c.contact_id) for c in models.MessageContact.select())
        if doubled := [pair for pair, count in linked.items() if count > 1]:
            raise Wrong(f"on a timeline twice: {doubled}")
        if lone := [self.mails[n] for n, pk in pks.items() if pk not in {message for message, _ in linked}]:
            raise Wrong(f"on no timeline: {lone}")

    def _compare_bodies(self, may: set[int]) -> None:
        allowed = may | {m.number for m in self.mails if m.kind in ("bounce", "report")}
        for raw in self.imap.bodies:
            found = _TOKEN.search(raw.decode("latin-1"))
            if not found or int(found.group(1)) not in allowed:
                raise Wrong(f"read, and it is nobody's business: {raw[:300]!r}")
        self.counts.bodies += len(self.imap.bodies)
        self.imap.bodies.clear()
        ids = {m.message_id for m in self.mails if m.number in allowed}
        for body in models.LedgerBody.select():
            if body.message_id not in ids and not body.message_id.endswith("@no-id.invalid"):
                raise Wrong(f"in the ledger, and it is nobody's business: {body.message_id}")

    def _compare_sent(self) -> None:
        deadline = time.monotonic() + 10  # the server says that it took a message over before it lies in all mailboxes
        while wrong := self._wrongly_sent():
            if time.monotonic() > deadline:
                raise Wrong(wrong)
            time.sleep(0.1)

    def _wrongly_sent(self) -> str:
        """What came of a message that was sent; empty where each lies once where it should."""
        arrived = {address: self._ids_in(address, "INBOX") for address in self.people}
        filed = self._ids_in(self.me, "Sent")
        for sent in self.sent:
            for address in self.people:
                if arrived[address][sent.message_id] != (address in sent.to):
                    return f"{sent} came {arrived[address][sent.message_id]} times to {address}"
            if filed[sent.message_id] != 1:
                return f"{sent} lies in Sent {filed[sent.message_id]} times"
        return ""

    def _settle(self) -> None:
        """Time passes, and the person says what became of messages of which nobody knows. What is damaged stays set aside."""
        store = self.workspace.store
        damaged = {(f, int(self._uids(m, f))) for m in self.mails if m.damaged for f in m.folders}
        for _ in range(ROUNDS + ROUNDS_DAMAGED * len(damaged)):
            for row in store.outbox.rows(OutboxState.QUEUED, OutboxState.SENDING):
                with store.transaction():
                    store.outbox.retry(row.id)
            with store.transaction():
                for row in models.SetAside.select():
                    if (row.folder, row.uid) not in damaged:
                        models.SetAside.update(next_try_at=_LONG_AGO).where(models.SetAside.id == row.id).execute()
                        self.counts.set_aside += 1
            self._run()
            for row in store.outbox.rows(OutboxState.UNKNOWN):
                self._decide(row.id)
            open_ones = store.outbox.rows(OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)
            unfiled = models.Outbox.select().where(models.Outbox.sent_copy_filed == False).exists()  # noqa: E712
            state = store.inboxes.get(self.inbox_id).state
            there = {*self.folders, "INBOX", "Sent"}  # what is noted of a folder that is gone is kept for a while
            aside = [(row.folder, row.uid) for row in models.SetAside.select() if row.folder in there]
            aside = [place for place in aside if place not in damaged]
            if not (open_ones or unfiled or aside) and state == InboxState.CONNECTED:
                return
        raise Wrong(
            f"It does not come to rest: {open_ones}, {aside}, {state}, {store.inboxes.get(self.inbox_id).problem}"
        )

    def _decide(self, outbox_id: OutboxId) -> None:
        message = self.workspace.store.outbox.get(outbox_id)
        assert message is not None
        for copy in message.copies:
            if copy.state != CopyState.UNKNOWN:
                continue
            self.counts.told_unknown += 1
            deadline = time.monotonic() + 0.6  # what the server took over before the program died comes by and by
            while not (out := self._ids_in(copy.recipient, "INBOX")[message.message_id]):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.05)
            settle_unknown_copy(self.workspace, outbox_id, copy.position, sent=bool(out))

    # -- the mailbox

    def _new(self, kind: str, names: tuple[str, ...], folder: str) -> Mail:
        number = len(self.mails)
        message_id = "" if kind == "nameless" else f"m{number}-{self._name}@x.example"
        mail = Mail(number, kind, message_id, names, [folder], before=not self._looked and not self.counts.syncs)
        self.mails.append(mail)
        self.counts.messages += 1
        return mail

    def _names(self, kind: str, about: int) -> tuple[str, ...]:
        """What it answers: something that was sent, or an answer to that; nothing of ours where it is not about us."""
        if kind in ("unrelated", "report"):
            return ()
        if kind == "elsewhere":
            return (f"stranger-{about}@elsewhere.example",)
        ids = [s.message_id for s in self.sent if self._is_out(s)]
        if kind != "bounce":
            ids += [m.message_id for m in self.mails if m.message_id and m.kind in ("reply", "own")]
        return (ids[-1 - about % min(len(ids), 12)],) if ids else (f"stranger-{about}@elsewhere.example",)

    def _is_out(self, sent: Sent) -> bool:
        """Nobody answers what did not come: the program takes answers as proof that it did."""
        while self._submission.taken:
            taken = self._submission.taken.pop()
            found = re.search(rb"^Message-ID: <([^>]*)>", taken.raw, re.MULTILINE)
            self._out[found.group(1).decode() if found else ""].update(taken.recipients)
        return self._out[sent.message_id] == set(sent.to)

    def _new_folder(self) -> str:
        self._folder_number += 1
        return f"Folder {self._folder_number}"

    def _folder(self, number: int) -> str:
        every = [*self.folders, "INBOX", "Junk"]
        return every[number % len(every)]

    def _somewhere(self, which: int) -> tuple[Mail, str] | None:
        """One of the newest messages that are not in Sent."""
        found = [(m, f) for m in self.mails[-60:] for f in m.folders if f != "Sent"]
        return found[which % len(found)] if found else None

    def _transfer(self, how: str, which: int, target: str) -> None:
        found = self._somewhere(which)
        if found is None or found[1] == target or target in found[0].folders:
            return
        mail, folder = found
        self._call("UID", how, self._uids(mail, folder), f'"{target}"')
        self._call("UNSELECT")
        mail.folders.append(target)
        if how == "MOVE":
            mail.folders.remove(folder)
            mail.loud = False

    def _uids(self, mail: Mail, folder: str) -> str:
        mailbox = self._mailboxes[self.me]
        status, _ = mailbox.select(f'"{folder}"')
        assert status == "OK", folder
        _, data = mailbox.uid("SEARCH", "HEADER", "X-Token", mail.token)
        uids = data[0].decode().split()
        assert len(uids) == 1, (mail, folder, uids)
        return str(uids[0])

    def _append(self, folder: str, raw: str, flags: str = "") -> None:
        data = raw.replace("\n", "\r\n").encode("latin-1")
        if folder == "INBOX" and not flags:
            self._dovecot.deliver(self.me, data, "sender@example.org")
            return
        status, answer = self._mailboxes[self.me].append(
            f'"{folder}"', flags, imaplib.Time2Internaldate(time.time()), data
        )
        assert status == "OK", answer

    def _ids_in(self, address: str, folder: str) -> Counter[str]:
        mailbox = self._mailboxes[address]
        mailbox.select(f'"{folder}"', readonly=True)
        _, data = mailbox.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        mailbox.unselect()
        parts = [part[1].decode() for part in data if isinstance(part, tuple)]
        return Counter(re.search(r"<([^>]*)>", p).group(1) for p in parts if "<" in p)  # type: ignore[union-attr]

    def _call(self, command: str, *arguments: str) -> None:
        mailbox = self._mailboxes[self.me]
        quoted = [f'"{a}"' for a in arguments] if command in ("CREATE", "RENAME", "DELETE") else arguments
        status, data = getattr(mailbox, command.lower())(*quoted)
        assert status == "OK", (command, arguments, data)


def _written(mail: Mail, sender: str, to: str) -> str:
    """As the mail programs of this world write it. Latin-1: some headers hold bytes that mean nothing."""
    names = " ".join(f"<{n}>" for n in mail.names)
    head = [
        f"From: Ada <{sender}>",
        f"To: {to}",
        f"Date: {format_datetime(_SOME_TIME_AGO + timedelta(seconds=mail.number))}",  # no two are the same
        f"X-Token: {mail.token}",
        *([f"Message-ID: <{mail.message_id}>"] if mail.message_id else []),
        "MIME-Version: 1.0",
    ]
    body = f"Hej, {mail.token}\n"
    if mail.kind in ("bounce", "report"):
        original = mail.names[0] if mail.names else "other@elsewhere.example"
        head += [
            "Subject: Undelivered Mail",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="r"',
        ]
        body = (
            f"--r\nContent-Type: text/plain\n\n{body}\n--r\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mail.example.com\n\nFinal-Recipient: rfc822; ada@example.com\nAction: failed\n"
            f"Status: 5.1.1\n\n--r\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{original}>\n\n--r--\n"
        )
    elif mail.kind == "broken":
        head += [
            f"In-Reply-To: {names}",
            "Subject: =?utf-8?Q?Re:_Offert=E5",
            'Content-Type: multipart/mixed; boundary="',
        ]
    elif mail.kind == "automatic":
        head += ["Subject: Out of office", "Auto-Submitted: auto-replied", f"In-Reply-To: {names}"]
    elif mail.kind == "unrelated":
        head += ["Subject: News", "List-Id: <news.example.org>"]
    else:
        field_name = "References" if mail.number % 3 == 0 else "In-Reply-To"
        head += ["Subject: Re: Offert", f"{field_name}: {names}"]
    return "\n".join(head) + f"\n\n{body}"
