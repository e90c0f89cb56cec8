"""A first look that is interrupted: what it passed over is remembered, nothing is read twice, and nothing else waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest

from app.backends.imap import ImapSession, open_imap
from app.backends.protocol import FetchedHeader, HeaderWindow
from app.domain.errors import MailFault
from app.domain.inboxes import Inbox
from app.domain.problems import ProblemCode
from app.services.sync_inbox import InboxSync
from app.store import models
from tests.end2end.test_sync_first_look import dated, hang_up_on, small_pieces, thirty_days  # noqa: F401
from tests.support.desk import Desk, answer, foreign, renumber, reports
from tests.support.mailbox import MailAccount

ADA = "ada@example.com"


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch, small_pieces: None) -> list[int]:  # noqa: F811
    """The UIDs of the headers that the server gave to scans."""
    found: list[int] = []
    scan = ImapSession.scan_headers

    def noted(self: ImapSession, *arguments: Any, **named: Any) -> Iterator[HeaderWindow]:
        for window in scan(self, *arguments, **named):
            found.extend(header.uid for header in window.headers)
            yield window

    monkeypatch.setattr(ImapSession, "scan_headers", noted)
    return found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The UIDs of the headers that were asked for with all fields."""
    found: list[int] = []
    fetch = ImapSession.fetch_headers

    def noted(self: ImapSession, uids: Sequence[int], fields: Sequence[str]) -> Iterator[FetchedHeader]:
        found.extend(uids if len(fields) > 1 else ())
        return fetch(self, uids, fields)

    monkeypatch.setattr(ImapSession, "fetch_headers", noted)
    return found


def conversation(me: MailAccount, ours: str, links: int) -> list[str]:
    """Each names only the one before, which lies below it: a first look passes over all but the first."""
    ids = [f"c{n}@x.example" for n in range(1, links + 1)]
    for before, message_id in pairwise([ours, *ids]):
        answer(me, before, message_id)
    return ids


def stop_after_a_piece(desk: Desk, inbox: Inbox, pieces: int = 1) -> None:
    cancel = threading.Event()
    breathe, left = InboxSync._breathe, [pieces]

    def stop(self: InboxSync, *arguments: Any) -> bool:
        left[0] -= 1
        if left[0] == 0:
            cancel.set()
        return breathe(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InboxSync, "_breathe", stop)
        reports(desk, inbox, cancel)
    assert cancel.is_set()


def is_done(desk: Desk, inbox: Inbox) -> bool:
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    return cursor is not None and cursor.first_look_done


def received(desk: Desk) -> set[str]:
    return {m.message_id for m in desk.received(ADA)}


def test_connections_that_are_shorter_than_the_folder(
    desk: Desk, me: MailAccount, ours: str, scanned: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each carries it further down, and the last one ends it."""
    monkeypatch.setattr("app.services.read_downwards.DOUBTFUL", 4)
    monkeypatch.setattr("app.services.read_downwards.NARROWING", 2)
    ids = conversation(me, ours, 6)
    foreign(me, 34)
    scan = ImapSession.scan_headers

    def short(self: ImapSession, *arguments: Any, **named: Any) -> Iterator[HeaderWindow]:
        for window in scan(self, *arguments, **named):
            self.given = getattr(self, "given", 0) + len(window.headers)  # type: ignore[attr-defined]
            if self.given > 16:
                fault = self._client.wire.fault(ProblemCode.CONNECTION_LOST)
                self._client.wire.close()
                raise fault
            yield window

    monkeypatch.setattr(ImapSession, "scan_headers", short)
    inbox, lost = desk.connect(me), 0
    while not is_done(desk, inbox):
        try:
            reports(desk, inbox)
        except MailFault as fault:
            assert fault.problem.code is ProblemCode.CONNECTION_LOST
            lost += 1
            assert lost < 8
    assert lost >= 2
    assert received(desk) == set(ids)
    assert len(scanned) <= 40 + 4 * lost


@pytest.mark.parametrize("pieces", [1, 4, 8])
def test_nothing_is_read_twice_after_a_stop(
    desk: Desk, me: MailAccount, ours: str, scanned: list[int], asked: list[int], pieces: int
) -> None:
    """Each link of a conversation is found where it was remembered, and the ledger tells of all that was asked for."""
    foreign(me, 10)
    ids = conversation(me, ours, 12)  # UIDs 11 to 22
    foreign(me, 20, 10)
    inbox = desk.connect(me)
    stop_after_a_piece(desk, inbox, pieces)
    assert not is_done(desk, inbox) and models.PassedOver.select().exists()
    reports(desk, inbox)
    assert is_done(desk, inbox) and not models.PassedOver.select().exists()
    assert received(desk) == set(ids)
    assert len(scanned) - len(set(scanned)) <= 4  # what was on its way when it was stopped
    assert sorted(asked) == list(range(11, 23))
    assert desk.workspace.store.ledgers.headers_of(inbox.id, "INBOX") == 42 + 11  # the first one was chosen at once
    scanned.clear()
    asked.clear()
    reports(desk, inbox)
    assert scanned == asked == []


def test_other_numbers_are_not_taken_for_those_that_were_passed_over(
    desk: Desk, me: MailAccount, ours: str, scanned: list[int]
) -> None:
    foreign(me, 8)
    answer(me, ours, "c1@x.example")
    foreign(me, 8, 8)
    answer(me, "c1@x.example", "c2@x.example")
    inbox = desk.connect(me)
    stop_after_a_piece(desk, inbox, 2)
    assert models.PassedOver.select().exists()
    renumber(me)
    reports(desk, inbox)
    assert received(desk) == {"c1@x.example", "c2@x.example"}
    assert is_done(desk, inbox) and not models.PassedOver.select().exists()


def test_mail_is_not_kept_waiting_by_what_turned_up(
    desk: Desk, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch, scanned: list[int]
) -> None:
    """New mail is logged between two chunks of it; where first looks may not go on, neither may this, and it goes on from
    there later."""
    monkeypatch.setattr("app.services.sync_inbox.BREATH", 0.0)
    monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 1)
    foreign(me, 2)
    ids = ["c1@x.example", *(f"d{n}@x.example" for n in range(3))]
    answer(me, ours, ids[0])
    for message_id in ids[1:]:
        answer(me, ids[0], message_id)
    foreign(me, 2, 2)
    inbox = desk.connect(me)
    again, came = InboxSync._settle_passed_over, []
    breathe, seen = InboxSync._breathe, []
    may_dig = True

    def settle(self: InboxSync, *arguments: Any) -> bool:
        came.append(1)
        return again(self, *arguments)

    def breath(self: InboxSync, *arguments: Any) -> bool:
        nonlocal may_dig
        if came and len(seen) == 0:
            answer(me, ours, "new@x.example")
        found = breathe(self, *arguments)
        if came:
            seen.append(received(desk))
            may_dig = False
        return found

    with open_imap(me.account, me.secret) as session, pytest.MonkeyPatch.context() as patch:
        sync = InboxSync(desk.workspace, inbox, session, threading.Event(), may_dig=lambda: may_dig)
        patch.setattr(InboxSync, "_settle_passed_over", settle)
        patch.setattr(InboxSync, "_breathe", breath)
        sync.everything()
        assert seen == [
            {"c1@x.example", "d2@x.example", "new@x.example"},
            {"c1@x.example", "d2@x.example", "new@x.example", "d1@x.example"},
        ]
    assert not is_done(desk, inbox)
    scanned.clear()
    reports(desk, inbox)
    assert received(desk) == {*ids, "new@x.example"}
    assert is_done(desk, inbox) and scanned == []


def test_a_limit_of_days_after_a_stop(
    desk: Desk,
    me: MailAccount,
    ours: str,
    scanned: list[int],
    thirty_days: None,  # noqa: F811
) -> None:
    """What lies below it is not read by the next connection either."""
    dated(me, ours, *[2000] * 40, *[3] * 12)
    inbox = desk.connect(me)
    stop_after_a_piece(desk, inbox)
    reports(desk, inbox)
    assert is_done(desk, inbox)
    assert {uid for uid in scanned if uid <= 40} <= set(range(37, 41))
    assert {f"d{n}@x.example" for n in range(41, 53)} <= received(desk)
    assert len(desk.workspace.store.ledgers.read(inbox.id)[0].bodies) <= 16


@pytest.mark.parametrize("part", ["header", "body"])
def test_the_server_hangs_up_on_what_turned_up(
    desk: Desk, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch, scanned: list[int], part: str
) -> None:
    """It is found among the others, set aside, and the first look ends."""
    answer(me, ours, "c1@x.example")
    foreign(me, 4)
    ids = ["d0@x.example", "bad@x.example", "d2@x.example", "d3@x.example"]
    for message_id in ids:
        answer(me, "c1@x.example", message_id)  # UIDs 6 to 9
    foreign(me, 4, 4)
    inbox, lost = desk.connect(me), 0
    stop_after_a_piece(desk, inbox, 3)
    real = ImapSession.scan_headers
    hang_up_on(monkeypatch, 7, part)
    monkeypatch.setattr(ImapSession, "scan_headers", real)  # it is passed over in good order
    while not is_done(desk, inbox):
        try:
            reports(desk, inbox)
        except MailFault as fault:
            assert fault.problem.code is ProblemCode.CONNECTION_LOST
            lost += 1
            assert lost < 12
    assert received(desk) == {"c1@x.example", *ids} - {"bad@x.example"}
    assert [(folder, uid) for folder, uid, _ in desk.workspace.store.inboxes.aside(inbox.id)] == [("INBOX", 7)]


@pytest.mark.parametrize("ample", [True, False])
def test_the_day_s_bytes_end_while_much_is_caught_up_on(
    desk: Desk, inbox: Inbox, me: MailAccount, monkeypatch: pytest.MonkeyPatch, ample: bool
) -> None:
    """Between two windows, and what was read stays read. Where few are left, no whole window is asked for."""
    reports(desk, inbox)
    scan = ImapSession.scan_headers

    def in_fours(self: ImapSession, first: int, last: int, *arguments: Any, **named: Any) -> Iterator[HeaderWindow]:
        for low in range(first, last + 1, 4):
            yield from scan(self, low, min(last, low + 3), *arguments, **named)

    if ample:
        monkeypatch.setattr(ImapSession, "scan_headers", in_fours)
        monkeypatch.setattr("app.services.byte_budget._AMPLE", 2000)
    monkeypatch.setattr("app.services.read_upwards.MANY", 20)
    monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 4)
    monkeypatch.setattr("app.services.byte_budget._WRITE_EVERY", 1000)
    foreign(me, 60)
    store = desk.workspace.store
    with store.transaction():
        store.settings.put("sync.daily_megabytes", 1)
        store.ledgers.add_bytes(inbox.id, 1_000_000 - 4000 - store.ledgers.bytes_today(inbox.id))
    before = store.inboxes.cursor(inbox.id, "INBOX")
    with pytest.raises(MailFault) as fault:
        reports(desk, inbox)
    assert fault.value.problem.code is ProblemCode.DAILY_LIMIT
    assert 1_000_000 <= store.ledgers.bytes_today(inbox.id) < 1_004_000
    after = store.inboxes.cursor(inbox.id, "INBOX")
    assert before is not None and after is not None
    assert before.next_uid < after.next_uid < 50
    with store.transaction():
        store.settings.put("sync.daily_megabytes", 0)
    reports(desk, inbox)
    assert store.ledgers.headers_of(inbox.id, "INBOX") == 60
