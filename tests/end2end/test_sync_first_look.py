"""The first look at folders that hold mail already: newest first, in pieces, quiet, and new mail is not kept waiting (R9)."""

from __future__ import annotations

import imaplib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from app.backends.imap import ImapSession, open_imap
from app.backends.protocol import FetchedHeader, FolderStatus, HeaderWindow
from app.cli.inboxes import inbox_document, inbox_line
from app.domain.errors import MailFault
from app.domain.events import EventKind
from app.domain.problems import Problem, ProblemCode
from app.services.sync_inbox import InboxSync
from app.store.fields import now
from tests.faults.step_proxy import StepProxy
from tests.support.authority import Issued
from tests.support.desk import Desk, answer, foreign, reports, written
from tests.support.fault_proxy import FaultProxy
from tests.support.mailbox import MailAccount


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a few messages, as those of a large folder are of thousands."""
    monkeypatch.setattr("app.services.read_downwards.PIECE_SECONDS", 0.0)
    real = ImapSession.scan_headers

    def in_fours(
        self: ImapSession, first_uid: int, last_uid: int | None, fields: Sequence[str], *, newest_first: bool = True
    ) -> Iterator[HeaderWindow]:
        assert newest_first and last_uid is not None
        while last_uid >= first_uid:
            low = max(first_uid, last_uid - 3)
            yield from real(self, low, last_uid, fields)
            last_uid = low - 1

    monkeypatch.setattr(ImapSession, "scan_headers", in_fours)


def test_all_folders_quietly_and_newest_first(
    desk: Desk, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch, small_pieces: None
) -> None:
    with me.dovecot._login(me.address) as connection:
        for name in ("Kunden", "Kunden/Norr", "Junk/Alt", "Skr&AOQ-ppost", "Papierkorb"):
            connection.create(f'"{name}"')
    foreign(me, 10)
    for number, folder in enumerate(
        ("INBOX", "Kunden/Norr", "Junk", "Junk/Alt", "Trash", "Skr&AOQ-ppost", "Papierkorb")
    ):
        answer(me, ours, f"a{number}@x.example", folder=folder)
    foreign(me, 5, 10)
    inbox = desk.connect(me)
    read: list[tuple[int, int]] = []
    down = desk.workspace.store.inboxes.read_down
    monkeypatch.setattr(
        desk.workspace.store.inboxes, "read_down",
        lambda inbox_id, path, validity, low, count: (path == "INBOX" and read.append((low, count)))
        or down(inbox_id, path, validity, low, count),
    )  # fmt: skip
    found = reports(desk, inbox)
    assert {m.message_id for m in desk.received("ada@example.com")} == {"a0@x.example", "a1@x.example"}
    assert (found["INBOX"].headers_read, found["INBOX"].bodies_read, found["INBOX"].logged) == (16, 1, 1)
    assert set(found) == {"INBOX", "Sent", "Kunden", "Kunden/Norr"}
    assert [low for low, _ in read] == sorted((low for low, _ in read), reverse=True)
    assert sum(count for _, count in read) == 16 and len(read) >= 4
    assert desk.notified == []
    assert {e.notified_why for e in desk.feed(EventKind.REPLY)} == {
        "it was there before its folder was read for the first time"
    }
    card = next(c for c in desk.workspace.store.inboxes.cards() if c.id == inbox.id)
    assert all(f.first_look_done and f.first_look_at == f.first_look_total for f in card.folders)
    answer(me, ours, "later@x.example", folder="Kunden")
    assert reports(desk, inbox)["Kunden"].logged == 1
    assert len(desk.notified) == 1


def test_it_goes_on_where_it_was_cancelled(
    desk: Desk, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch, small_pieces: None
) -> None:
    foreign(me, 9)
    answer(me, ours, "old@x.example")
    foreign(me, 10, 9)
    answer(me, "old@x.example", "chain@x.example")  # above what it answers, and naming nothing else
    inbox = desk.connect(me)
    cancel = threading.Event()
    seen: list[tuple[int, int, int]] = []

    def at() -> tuple[int, int, int]:
        cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
        assert cursor is not None
        return cursor.low_uid, cursor.first_look_at, cursor.first_look_total

    breathe = InboxSync._breathe

    def stop_soon(self: InboxSync, *arguments: object) -> bool:
        seen.append(at())
        if len(seen) == 2:
            cancel.set()
        return breathe(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(InboxSync, "_breathe", stop_soon)
    reports(desk, inbox, cancel)
    assert seen[1] == (14, 8, 21) == at()
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert cursor is not None and not cursor.first_look_done
    (card,) = [c for c in desk.workspace.store.inboxes.cards() if c.id == inbox.id]
    assert card.first_look is not None and inbox_document(card)["first_look"] == {
        "headers_read": 8, "headers": card.first_look[1],
    }  # fmt: skip
    assert inbox_line(card, "").endswith(f"  first look, {100 * 8 // card.first_look[1]}%")
    foreign(me, 1, 30)
    found = reports(desk, inbox)["INBOX"]
    assert found.logged == 2
    assert {m.message_id for m in desk.received("ada@example.com")} == {"old@x.example", "chain@x.example"}
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert cursor is not None and (cursor.first_look_done, cursor.low_uid, cursor.next_uid) == (True, 1, 23)
    ledger = desk.workspace.store.ledgers.read(inbox.id)[0]
    assert sorted(b.message_id for b in ledger.bodies) == ["chain@x.example", "old@x.example"]
    assert desk.workspace.store.ledgers.headers_of(inbox.id, "INBOX") == 22 + 1  # the chain again when it turned up


def test_new_mail_is_not_kept_waiting(
    desk: Desk, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch, small_pieces: None
) -> None:
    """And it notifies, while what is old stays quiet; also during the first look at another folder."""
    monkeypatch.setattr("app.services.sync_inbox.BREATH", 0.0)
    foreign(me, 12)
    answer(me, ours, "old@x.example")
    foreign(me, 12, 12, folder="Sent")
    inbox = desk.connect(me)
    order: list[tuple[str, str]] = []
    breathe = InboxSync._breathe

    def came(self: InboxSync, job: object, status: object) -> bool:
        path = job.path  # type: ignore[attr-defined]
        if (path, "came") not in order:
            order.append((path, "came"))
            answer(me, ours, f"new-{path}@x.example")
            before = len(desk.notified)
            found = breathe(self, job, status)  # type: ignore[arg-type]
            order.append((path, f"told {len(desk.notified) - before}"))
            return found
        return breathe(self, job, status)  # type: ignore[arg-type]

    monkeypatch.setattr(InboxSync, "_breathe", came)
    reports(desk, inbox)
    assert order == [("INBOX", "came"), ("INBOX", "told 1"), ("Sent", "came"), ("Sent", "told 1")]
    assert len(desk.notified) == 2
    assert {m.message_id for m in desk.received("ada@example.com")} == {
        "old@x.example", "new-INBOX@x.example", "new-Sent@x.example",
    }  # fmt: skip


def test_an_answer_is_found_wherever_what_it_answers_lies(
    desk: Desk, me: MailAccount, ours: str, small_pieces: None
) -> None:
    """A chain through three folders, each link naming only the one before."""
    with me.dovecot._login(me.address) as connection:
        connection.create("Zuletzt")
    answer(me, "c3@x.example", "c4@x.example")
    foreign(me, 6)
    answer(me, "c2@x.example", "c3@x.example", folder="Zuletzt")
    me.append("Sent", written(me.address, "ada@example.com", parent="c1@x.example", message_id="c2@x.example"))
    answer(me, ours, "c1@x.example", folder="Zuletzt")
    answer(me, "unknown@x.example", "stranger@x.example")
    inbox = desk.connect(me)
    reports(desk, inbox)
    ids = {m.message_id for m in desk.timeline("ada@example.com")} - {ours}
    assert ids == {"c1@x.example", "c2@x.example", "c3@x.example", "c4@x.example"}
    assert len(desk.feed(EventKind.REPLY)) == 3 and desk.notified == []
    assert len(desk.workspace.store.ledgers.read(inbox.id)[0].bodies) == 4


def dated(me: MailAccount, parent: str, *ages: int) -> None:
    """Answers d1@x.example and so on, which came in so many days ago."""
    with me.dovecot._login(me.address) as connection:
        for number, days in enumerate(ages, 1):
            when = imaplib.Time2Internaldate(now() - timedelta(days=days))
            raw = written("ada@example.com", me.address, parent=parent, message_id=f"d{number}@x.example")
            connection.append("INBOX", "", when, raw.replace("\n", "\r\n").encode())


def test_what_is_moved_before_the_first_look_comes_to_it(desk: Desk, me: MailAccount, ours: str) -> None:
    """Where it came to it is new, but nobody is told of an answer that came long before the inbox was connected."""
    with me.dovecot._login(me.address) as connection:
        connection.create("Kunden")
    dated(me, ours, 400)
    inbox = desk.connect(me)
    with open_imap(me.account, me.secret) as session:
        InboxSync(desk.workspace, inbox, session, threading.Event(), may_dig=lambda: False).everything()
    assert desk.received("ada@example.com") == []
    with me.dovecot._login(me.address) as connection:
        connection.select("INBOX")
        connection.uid("MOVE", "1", "Kunden")
    desk.sync(inbox)
    assert [m.message_id for m in desk.received("ada@example.com")] == ["d1@x.example"]
    assert desk.notified == []
    assert {e.notified_why for e in desk.feed(EventKind.REPLY)} == {"it came before the inbox was connected"}
    answer(me, ours, "new@x.example", "Kunden")
    desk.sync(inbox)
    assert len(desk.notified) == 1


@pytest.fixture
def thirty_days(desk: Desk) -> None:
    with desk.workspace.store.transaction():
        desk.workspace.store.settings.put("sync.first_look_days", 30)


@pytest.mark.parametrize(
    ("ages", "lowest"),
    [
        pytest.param([2000] * 8 + [1] * 4, 5, id="in order"),
        pytest.param([2000] * 4 + [3] * 4 + [2000] * 8, 5, id="old ones moved here"),
        pytest.param([3] + [2000] * 15, 1, id="the lowest is new"),
        pytest.param([2000] * 8 + [3] * 2 + [2000] * 10, 9, id="in the middle of a window"),
    ],
)
def test_a_limit_of_days(
    desk: Desk, me: MailAccount, ours: str, small_pieces: None, thirty_days: None, ages: list[int], lowest: int
) -> None:
    """Nothing that came in since then is passed over, in whatever order the messages lie; what lies below is not read but
    for the window in which it showed."""
    dated(me, ours, *ages)
    inbox = desk.connect(me)
    found = reports(desk, inbox)["INBOX"]
    new = {f"d{number}@x.example" for number, days in enumerate(ages, 1) if days < 30}
    seen = {m.message_id for m in desk.received("ada@example.com")}
    assert new <= seen <= {f"d{number}@x.example" for number in range(lowest - 4, len(ages) + 1)}
    assert len(ages) - lowest + 1 <= found.headers_read <= len(ages) - lowest + 5
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert cursor is not None and cursor.first_look_done


def test_a_limit_of_days_where_messages_have_no_date(
    desk: Desk, me: MailAccount, ours: str, small_pieces: None, thirty_days: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server tells nothing that can be read of the newest ones: that says not that they are old."""
    dated(me, ours, *[2000] * 8, *[3] * 8)
    scan = ImapSession.scan_headers

    def undated(self: ImapSession, *arguments: Any, **named: Any) -> Iterator[HeaderWindow]:
        for window in scan(self, *arguments, **named):
            headers = [h._replace(date=b"") if h.uid > 12 else h for h in window.headers]
            yield HeaderWindow(window.first_uid, window.last_uid, headers)

    monkeypatch.setattr(ImapSession, "scan_headers", undated)
    found = reports(desk, desk.connect(me))["INBOX"]
    assert found.headers_read == 12
    assert {f"d{n}@x.example" for n in range(9, 17)} <= {m.message_id for m in desk.received("ada@example.com")}


@pytest.mark.parametrize("lost", [True, False])
def test_a_limit_of_days_where_the_server_does_not_search(
    desk: Desk, me: MailAccount, ours: str, small_pieces: None, thirty_days: None, certificate: Issued, lost: bool
) -> None:
    """Then all is read; a connection that is lost over it is lost, and the next one asks again."""
    dated(me, ours, *[2000] * 8, *[3] * 4)
    inbox = desk.connect(me)
    with StepProxy(me.dovecot.imaps_port, certificate, protocol="imap") as proxy:
        inbox = desk.move(inbox, imap_port=proxy.port)
        if lost:
            proxy.on_step = lambda step: proxy.cut() if "SINCE" in step.text and step.sent else None
            with pytest.raises(MailFault):
                reports(desk, inbox)
            proxy.calm()
            assert reports(desk, inbox)["INBOX"].headers_read <= 8
            return
        proxy.refused = b" SINCE "
        assert reports(desk, inbox)["INBOX"].headers_read == 12


def test_every_connection_is_cut_and_it_ends_all_the_same(
    desk: Desk, me: MailAccount, ours: str, small_pieces: None
) -> None:
    """Each time a little further down: what was read stays read."""
    foreign(me, 30)
    answer(me, ours, "old@x.example")
    foreign(me, 30, 30)
    inbox = desk.connect(me)
    places: list[int] = []
    with FaultProxy(me.dovecot.imaps_port) as proxy:
        inbox = desk.move(inbox, imap_port=proxy.port)
        for size in range(9_000, 400_000, 9_000):
            proxy.cut_after_received(size)
            try:
                reports(desk, inbox)
            except MailFault as fault:
                assert fault.problem.code in (ProblemCode.CONNECTION_LOST, ProblemCode.READ_TIMEOUT)
                cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
                places.append(cursor.low_uid if cursor is not None else 99)
            else:
                break
    assert places == sorted(places, reverse=True)
    assert len(desk.received("ada@example.com")) == 1
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert cursor is not None and cursor.first_look_done


def test_a_folder_that_closes_stops_no_other(
    desk: Desk, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read when it can be opened again, and asks for no full round until then."""
    with me.dovecot._login(me.address) as client:
        client.create("Kunden")
        client.create("Zulieferer")
    answer(me, ours, "kunden@x.example", folder="Kunden")
    answer(me, ours, "zulieferer@x.example", folder="Zulieferer")
    real, opened = ImapSession.select, []

    def select(self: ImapSession, path: str, readonly: bool = True) -> FolderStatus:
        if path == "Kunden":
            opened.append(path)
            if len(opened) > 1:
                raise MailFault(Problem(ProblemCode.FOLDER_MISSING))
        return real(self, path, readonly)

    inbox = desk.connect(me)
    with open_imap(me.account, me.secret) as session:
        sync = InboxSync(desk.workspace, inbox, session, threading.Event())
        monkeypatch.setattr(ImapSession, "select", select)
        sync.everything()
        assert {m.message_id for m in desk.received("ada@example.com")} == {"zulieferer@x.example"}
        assert not sync.has_first_look
        monkeypatch.setattr(ImapSession, "select", real)
        sync.everything()
    assert len(desk.received("ada@example.com")) == 2


def test_a_held_folder_waits(desk: Desk, me: MailAccount, ours: str) -> None:
    """One that is left alone for a while does not make each look a full round."""
    with me.dovecot._login(me.address) as client:
        client.create("Kunden")
    answer(me, ours, "kunden@x.example", folder="Kunden")
    inbox, stopped = desk.connect(me), threading.Event()
    inboxes = desk.workspace.store.inboxes
    may_dig = False
    with open_imap(me.account, me.secret) as session:
        sync = InboxSync(desk.workspace, inbox, session, stopped, may_dig=lambda: may_dig)
        sync.everything()
        may_dig = True
        assert sync.has_first_look
        for cursor in inboxes.cursors(inbox.id):
            with desk.workspace.store.transaction():
                inboxes.hold_folder(inbox.id, cursor.path, now() + timedelta(hours=1))
        assert not sync.has_first_look


def hang_up_on(monkeypatch: pytest.MonkeyPatch, bad: int, part: str) -> None:
    """The server ends the connection whenever it comes upon this message of INBOX, in its header or in its body."""
    scan, headers = ImapSession.scan_headers, ImapSession.fetch_headers
    one, many = ImapSession.fetch_body, ImapSession.fetch_bodies

    def meet(session: ImapSession, uids: Iterable[int]) -> None:
        if session._selected == "INBOX" and bad in uids:
            session._client.wire.close()
            raise MailFault(Problem(ProblemCode.CONNECTION_LOST))

    def scan_headers(
        self: ImapSession, first_uid: int, last_uid: int | None, fields: Sequence[str], *, newest_first: bool = True
    ) -> Iterator[HeaderWindow]:
        for window in scan(self, first_uid, last_uid, fields, newest_first=newest_first):
            meet(self, [h.uid for h in window.headers])
            yield window

    def fetch_headers(self: ImapSession, uids: Sequence[int], fields: Sequence[str]) -> Iterator[FetchedHeader]:
        meet(self, uids if len(fields) > 1 else ())
        return headers(self, uids, fields)

    def fetch_body(self: ImapSession, uid: int) -> bytes:
        meet(self, [uid])
        return one(self, uid)

    def fetch_bodies(self: ImapSession, sizes: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
        meet(self, sizes)
        return many(self, sizes)

    doubles = (scan_headers, fetch_headers) if part == "header" else (fetch_body, fetch_bodies)
    for double in doubles:
        monkeypatch.setattr(ImapSession, double.__name__, double)


@pytest.mark.parametrize("part", ["header", "body", "bodies"])
@pytest.mark.parametrize("way", ["down", "up"])
def test_a_message_on_which_the_server_hangs_up(
    desk: Desk, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch, way: str, part: str
) -> None:
    """It is found, set aside and passed, in a first look and when much is caught up on."""
    inbox = desk.connect(me)
    if way == "up":
        monkeypatch.setattr("app.services.read_upwards.MANY", 20)
        monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 5)
        desk.sync(inbox)
    foreign(me, 8)
    ids = ["a9@x.example", "bad@x.example"] + (["a11@x.example", "a12@x.example"] if part == "bodies" else [])
    for message_id in ids:
        answer(me, ours, message_id)
    foreign(me, 40, 20)
    answer(me, ours, "last@x.example")
    hang_up_on(monkeypatch, 10, part)
    lost = 0
    while True:
        try:
            desk.sync(inbox)
            break
        except MailFault as fault:
            assert fault.problem.code is ProblemCode.CONNECTION_LOST
            lost += 1
            assert lost < 15
    assert {m.message_id for m in desk.received("ada@example.com")} == {*ids, "last@x.example"} - {"bad@x.example"}
    assert [(folder, uid) for folder, uid, _ in desk.workspace.store.inboxes.aside(inbox.id)] == [("INBOX", 10)]
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert cursor is not None and cursor.first_look_done
    desk.sync(inbox)
