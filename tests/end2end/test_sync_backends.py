"""The same engine over IMAP and over Exchange's web services: what is lost, doubled or read on neither."""

from __future__ import annotations

import imaplib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.events import EventId, EventKind
from app.domain.inboxes import ExchangeAccount, Inbox, Secret, ServerTrust
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.explain_message import explain_message
from app.services.folder_report import FolderReport
from app.services.open_backend import open_reading
from app.services.sync_inbox import sync_folders
from tests.support.authority import Authority
from tests.support.desk import Desk, Mailboxes, open_desk, written
from tests.support.fake_ews import FakeExchange
from tests.support.mailbox import MailAccount

ME, PASSWORD = "jonas@example.net", "correct horse battery"
_PLACES = {"INBOX": "inbox", "Sent": "sentitems", "Trash": "deleteditems", "Drafts": "drafts", "Junk": "junkemail"}


@dataclass
class Side:
    """A mailbox on either server. Folder names are those of IMAP; "Kunden" is a folder of the person's own."""

    desk: Desk
    person: MailAccount | None
    exchange: FakeExchange
    authority: Authority
    notified: list[EventId] = field(default_factory=list)

    @property
    def me(self) -> str:
        return ME if self.person is None else self.person.address

    def put(
        self,
        folder: str,
        message_id: str,
        *,
        parent: str = "",
        sender: str = "Ada <ada@example.com>",
        draft: bool = False,
        days: int = 0,
    ) -> None:
        """`days`: so long ago it came in."""
        raw = written(sender, self.me, parent=parent, message_id=message_id)
        when = datetime.now(UTC) - timedelta(days=days)
        if self.person is not None:
            with self.person.dovecot._login(self.person.address) as client:
                flags = r"(\Draft)" if draft else ""
                data = raw.replace("\n", "\r\n").encode()
                client.append(f'"{folder}"', flags, imaplib.Time2Internaldate(when), data)
            return
        box = self.exchange.boxes[ME]
        place = box.distinguished(_PLACES[folder]) if folder in _PLACES else f"F-{folder}"
        data = raw.replace("\n", "\r\n").encode()
        box.add(place, data, arrived=folder != "Sent", draft=draft, received=when)

    def connect(self) -> Inbox:
        if self.person is not None:
            return self.desk.connect(self.person)
        account = ExchangeAccount(ME, self.exchange.url, ME, ServerTrust(ca_pem=self.authority.ca_pem))
        result = CheckResult(True, sent_folder="Sent", files_sent_copies=True)
        inbox_id = connect_inbox(self.desk.workspace, account, Secret(PASSWORD), None, result)
        return self.desk.inbox(inbox_id)

    def sync(self, inbox: Inbox) -> dict[str, FolderReport]:
        self.notified = []
        with open_reading(self.desk.workspace, inbox, threading.Event()) as session:
            found = sync_folders(self.desk.workspace, inbox, session, threading.Event(), self.notified.extend)
        return {report.path: report for report in found}

    def ids(self) -> set[str]:
        return {m.message_id for m in self.desk.timeline("ada@example.com")}


@pytest.fixture(params=["imap", "exchange"])
def side(
    request: pytest.FixtureRequest, home: Path, mailbox: Mailboxes, exchange: FakeExchange, authority: Authority
) -> Iterator[Side]:
    with open_desk(home) as desk:
        person = None
        if request.param == "imap":
            person = mailbox("jonas")
            with person.dovecot._login(person.address) as connection:
                connection.create("Kunden")
        else:
            box = exchange.add_person(ME, PASSWORD)
            box.folders["F-Kunden"] = (box.distinguished("msgfolderroot"), "Kunden")
        yield Side(desk, person, exchange, authority)


@pytest.fixture
def ours(side: Side, mailbox: Mailboxes) -> str:
    """Sent from another inbox of the workspace, before this one is connected."""
    first = mailbox("first")
    first.dovecot.add_user("ada@example.com", "x")
    inbox = side.desk.connect(first)
    side.desk.sync(inbox)
    return side.desk.send(inbox, "ada@example.com").message_id


def test_first_look_folders_and_new_mail(side: Side, ours: str) -> None:
    for number, folder in enumerate(("INBOX", "Kunden", "Junk", "Trash", "Drafts")):
        side.put(folder, f"old{number}@x.example", parent=ours)
        side.put(folder, f"other{number}@x.example", sender="news@example.org")
    side.put("Sent", "mine@x.example", parent=ours, sender=side.me)
    inbox = side.connect()
    found = side.sync(inbox)
    assert (found["INBOX"].headers_read, found["INBOX"].bodies_read, found["Kunden"].logged) == (2, 1, 1)
    assert side.ids() == {ours, "old0@x.example", "old1@x.example", "mine@x.example"}
    assert side.notified == []
    assert len(side.desk.feed(EventKind.REPLY)) == 2
    found = side.sync(inbox)
    assert sum(report.headers_read for report in found.values()) == 0
    side.put("Kunden", "new1@x.example", parent=ours)
    side.put("INBOX", "new2@x.example", parent=ours)
    side.put("Junk", "new3@x.example", parent=ours)
    found = side.sync(inbox)
    assert (found["Kunden"].logged, found["INBOX"].logged, len(side.notified)) == (1, 1, 2)
    assert len(side.desk.workspace.store.ledgers.read(inbox.id)[0].bodies) == 5


def test_a_draft_is_read_in_no_folder(side: Side, ours: str) -> None:
    side.put("INBOX", "old@x.example", parent=ours, draft=True)
    inbox = side.connect()
    side.sync(inbox)
    for folder in ("INBOX", "Kunden", "Sent"):
        side.put(folder, f"{folder}@x.example", parent=ours, draft=True)
    side.put("Kunden", "good@x.example", parent=ours)
    side.sync(inbox)
    side.sync(inbox)
    assert side.ids() == {ours, "good@x.example"}
    assert [b.message_id for b in side.desk.workspace.store.ledgers.read(inbox.id)[0].bodies] == ["good@x.example"]


def test_a_limit_of_days_asks_the_server(side: Side, ours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old messages that were moved here lie above recent ones."""
    monkeypatch.setattr("app.services.read_downwards.PIECE_SECONDS", 0.0)
    monkeypatch.setattr("app.backends.imap.scanning.STEP", 3)
    monkeypatch.setattr("app.backends.imap.scanning._STEPS", 1)
    monkeypatch.setattr("app.backends.exchange.session.PAGE", 3)
    for number, days in enumerate([900] * 6 + [2] * 3 + [900] * 9):
        side.put("INBOX", f"d{number}@x.example", parent=ours, days=days)
    with side.desk.workspace.store.transaction():
        side.desk.workspace.store.settings.put("sync.first_look_days", 30)
    inbox = side.connect()
    side.sync(inbox)
    assert {f"d{number}@x.example" for number in (6, 7, 8)} <= side.ids()
    with open_reading(side.desk.workspace, inbox, threading.Event()) as session:
        session.select("INBOX")
        since = datetime.now(UTC) - timedelta(days=30)
        assert (session.first_uid_since(since, 19), session.first_uid_since(since, 9)) == (7, 7)
        assert session.first_uid_since(since, 7) == session.first_uid_since(datetime.now(UTC) + timedelta(9), 19) == 0


def test_answers_before_what_they_answer(side: Side, ours: str) -> None:
    inbox = side.connect()
    side.sync(inbox)
    side.put("INBOX", "early@x.example", parent="phone@x.example")
    assert side.sync(inbox)["INBOX"].logged == 0
    side.put("Sent", "phone@x.example", parent=ours, sender=side.me)
    side.sync(inbox)
    assert side.ids() == {ours, "phone@x.example", "early@x.example"}
    assert len(side.notified) == 1
    assert side.desk.workspace.store.ledgers.bytes_today(inbox.id) > 0


def test_a_message_in_two_folders_is_one(side: Side, ours: str) -> None:
    inbox = side.connect()
    side.sync(inbox)
    side.put("INBOX", "a@x.example", parent=ours)
    side.sync(inbox)
    side.put("Kunden", "a@x.example", parent=ours)
    found = side.sync(inbox)["Kunden"]
    assert (found.headers_read, found.bodies_read, found.logged, side.notified) == (1, 0, 0, [])
    assert len(side.desk.feed(EventKind.REPLY)) == 1


def test_why_it_is_not_here(side: Side, ours: str) -> None:
    inbox = side.connect()
    side.sync(inbox)
    side.put("Junk", "junk@x.example", parent=ours)
    trace = explain_message(side.desk.workspace, "<junk@x.example>")
    assert trace.verdict == "It is not here because it lies in a folder that is never read."


def test_a_deletion_while_exchange_lists_hides_nothing(side: Side, ours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if side.person is not None:
        pytest.skip("IMAP lists a folder in one answer")
    monkeypatch.setattr("app.backends.exchange.listing.PAGE", 10)
    monkeypatch.setattr("app.backends.exchange.standing.PAGES", 0)  # what came is found by its number
    inbox = side.connect()
    side.sync(inbox)
    for number in range(16):
        if number == 10:
            side.put("INBOX", "reply@x.example", parent=ours)
        side.put("INBOX", f"other{number}@x.example", sender="news@example.org")
    box, real, deleted = side.exchange.boxes[ME], side.exchange._FindItem, []

    def find(box_asked: Any, operation: Any) -> list[str]:
        answer = real(box_asked, operation)
        if not deleted and operation.find("{*}IndexedPageItemView").get("MaxEntriesReturned") == "10":
            deleted.append(
                min(box.items, key=lambda i: (box.items[i].folder != box.distinguished("inbox"), box.items[i].number))
            )
            del box.items[deleted[0]]  # one that is listed already
        return answer

    monkeypatch.setattr(side.exchange, "_FindItem", find)
    side.sync(inbox)
    assert deleted
    assert "reply@x.example" in side.ids()


def test_exchange_lists_a_folder_once_for_its_first_look(
    side: Side, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if side.person is not None:
        pytest.skip("IMAP needs no listing")
    monkeypatch.setattr("app.backends.exchange.listing.PAGE", 10)
    monkeypatch.setattr("app.services.read_downwards.PIECE_SECONDS", 0.0)  # each window is a piece
    for number in range(100):
        side.put("INBOX", f"other{number}@x.example", sender="news@example.org")
    side.put("INBOX", "reply@x.example", parent=ours)
    real, asked = side.exchange._FindItem, []

    def find(box: Any, operation: Any) -> list[str]:
        asked.append(operation)
        return real(box, operation)

    monkeypatch.setattr(side.exchange, "_FindItem", find)
    side.sync(side.connect())
    assert "reply@x.example" in side.ids()
    assert len(asked) < 50, len(asked)  # 11 pages of the listing; each piece listed all of them anew


def asked(side: Side, inbox: Inbox) -> Counter[str]:
    """What one more sync asks the server, besides signing in."""
    before = len(side.exchange.log)
    side.sync(inbox)
    return Counter(
        name for _, name in side.exchange.log[before:] if name not in ("ConvertId", "GetFolder", "FindFolder")
    )


def test_exchange_tells_what_changed_also_after_a_restart(side: Side, ours: str) -> None:
    if side.person is not None:
        pytest.skip("IMAP has its own ways")
    for number in range(30):
        side.put("INBOX", f"other{number}@x.example", sender="news@example.org")
    inbox = side.connect()
    side.sync(inbox)
    assert asked(side, inbox) == {"SyncFolderItems": 3}  # INBOX, Sent and Kunden: a new session asks each once
    side.put("INBOX", "reply@x.example", parent=ours)
    side.put("Kunden", "other@x.example", sender="news@example.org")
    assert asked(side, inbox)["FindItem"] == 0  # what came is named
    assert "reply@x.example" in side.ids()
    assert asked(side, inbox) == {"SyncFolderItems": 3}
    assert len(side.desk.workspace.store.ledgers.read(inbox.id)[0].bodies) == 1


def test_a_state_that_exchange_has_forgotten_doubles_nothing(side: Side, ours: str) -> None:
    if side.person is not None:
        pytest.skip("IMAP has its own ways")
    side.put("INBOX", "old@x.example", parent=ours)
    inbox = side.connect()
    side.sync(inbox)
    side.exchange.following.states.clear()
    side.put("INBOX", "new@x.example", parent=ours)
    found = side.sync(inbox)
    assert (found["INBOX"].headers_read, found["INBOX"].logged, len(side.notified)) == (1, 1, 1)
    assert side.ids() == {ours, "old@x.example", "new@x.example"}
    assert sum(report.headers_read for report in side.sync(inbox).values()) == 0
    assert len(side.desk.feed(EventKind.REPLY)) == 2
    assert asked(side, inbox) == {"SyncFolderItems": 3}


def test_a_draft_beside_other_mail_on_exchange_is_not_read(side: Side, ours: str) -> None:
    if side.person is not None:
        pytest.skip("IMAP has its own ways")
    box = side.exchange.boxes[ME]

    def draft(message_id: str) -> None:
        raw = written(ME, "ada@example.com", parent=ours, message_id=message_id).replace("\n", "\r\n").encode()
        for folder in (box.distinguished("inbox"), box.distinguished("sentitems"), "F-Kunden"):
            box.add(folder, raw, draft=True)

    draft("draft1@x.example")
    side.put("Kunden", "reply@x.example", parent=ours)
    inbox = side.connect()
    found = side.sync(inbox)
    assert [found[path].headers_read for path in ("INBOX", "Sent", "Kunden")] == [0, 0, 1]
    draft("draft2@x.example")
    side.put("INBOX", "reply2@x.example", parent=ours)
    found = side.sync(inbox)
    assert [found[path].headers_read for path in ("INBOX", "Sent", "Kunden")] == [1, 0, 0]
    assert side.ids() == {ours, "reply@x.example", "reply2@x.example"}
    assert sum(report.headers_read for report in side.sync(inbox).values()) == 0
