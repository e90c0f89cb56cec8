"""An Exchange server that means harm where it tells of changes: what is there is found all the same, and the end is near."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from app.backends.exchange import open_exchange
from app.backends.exchange.session import ExchangeSession
from app.domain.inboxes import ExchangeAccount, Secret, ServerTrust
from tests.protocol.hostile.harness import BRIEF, NAME, PASSWORD, within
from tests.support.authority import Authority
from tests.support.fake_ews import FakeExchange, Mailbox

RAW = b"From: a@example.org\r\nSubject: x\r\nMessage-ID: <x@example.org>\r\n\r\nx\r\n"
HERE = 5  # messages in the inbox
ROUNDS = 3


@pytest.fixture
def box(exchange: FakeExchange) -> Mailbox:
    made = exchange.add_person(NAME, PASSWORD)
    for _ in range(HERE):
        made.add(made.distinguished("inbox"), RAW)
    return made


@pytest.fixture
def session(box: Mailbox, exchange: FakeExchange, authority: Authority) -> Iterator[ExchangeSession]:
    account = ExchangeAccount(NAME, exchange.url, NAME, ServerTrust(ca_pem=authority.ca_pem))
    with open_exchange(account, Secret(PASSWORD), timeouts=BRIEF) as opened:
        opened.resume({})
        yield opened


# -- what changed

_fresh = itertools.count(1)


def page(changes: str = "", state: str = "", last: str = "true") -> str:
    state = state or f"state{next(_fresh)}"
    return (
        f"<m:SyncState>{state}</m:SyncState><m:IncludesLastItemInRange>{last}</m:IncludesLastItemInRange>"
        f"<m:Changes>{changes}</m:Changes>"
    )


def create(number: object, item_id: str = "I-nobody", tag: str = "0xe23", kind: str = "Create") -> str:
    named = f'<t:ItemId Id="{item_id}" ChangeKey="c"/>' if item_id else ""
    return (
        f"<t:{kind}><t:Message>{named}<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='{tag}' PropertyType='Integer'/>"
        f"<t:Value>{number}</t:Value></t:ExtendedProperty></t:Message></t:{kind}>"
    )


ANSWERS: dict[str, Callable[[], str]] = {
    "an enormous state": lambda: page(state="A" * (2 << 20)),
    "a state beyond every limit": lambda: page(state="A" * (6 << 20)),
    "no state": lambda: "<m:IncludesLastItemInRange>true</m:IncludesLastItemInRange><m:Changes/>",
    "an empty state": lambda: "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange><m:Changes/>",
    "no end and no changes": lambda: page(last="false"),
    "no end and one state": lambda: page(create(3), state="same", last="false"),
    "no end and ever more": lambda: page(create(3), last="false"),
    "an end that is no word": lambda: page(create(3), last="perhaps"),
    "no word of the end": lambda: f"<m:SyncState>s{next(_fresh)}</m:SyncState><m:Changes/>",
    "no changes element": lambda: "<m:SyncState>s</m:SyncState><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>",
    "items without an id": lambda: page(create(3, item_id="") * 100),
    "items without a number": lambda: page(create("") * 100),
    "numbers that are none": lambda: page("".join(create(n) for n in (-1, 0, "x", "٣", 2**32, "9" * 5000, "3.5"))),
    "another property": lambda: page(create(3, tag="0x1") + create(3, tag="e23") + create(3, tag="")),
    "a tag that is no number": lambda: page(create(3, tag="0xzz")),
    "an empty change": lambda: page("<t:Create/><t:Update/><t:Delete/><t:ReadFlagChange/>"),
    "an unknown change": lambda: page(create(3, kind="Explode")),
    "what is no mail": lambda: page('<t:Create><t:Bomb><t:ItemId Id="I" ChangeKey="c"/></t:Bomb></t:Create>'),
    "deletions of what never was": lambda: page('<t:Delete><t:ItemId Id="I-77" ChangeKey="c"/></t:Delete>' * 400),
    "marks without end": lambda: page("<t:Create/>" * 400_000),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_changes_that_are_none(
    session: ExchangeSession, exchange: FakeExchange, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """From the beginning, and after the folder was followed well."""
    for well in (False, True):
        monkeypatch.undo()
        if well:
            session.resume({})
            session.select("INBOX")
        monkeypatch.setattr(exchange, "_SyncFolderItems", lambda *_: [ANSWERS[name]()])
        exchange.log.clear()
        with within(60):
            for _ in range(ROUNDS):
                session.select("INBOX")
            found = session.uids_from(1)
            assert set(found) == set(range(1, HERE + 1))
            assert len(list(session.fetch_headers(found, ("Subject",)))) == HERE
        asked = sum(operation == "SyncFolderItems" for _, operation in exchange.log)
        assert asked <= (ROUNDS + 1) * 8


def test_one_item_told_twice_is_one(session: ExchangeSession, exchange: FakeExchange, box: Mailbox) -> None:
    session.select("INBOX")
    made = box.add(box.distinguished("inbox"), RAW)
    real = exchange._SyncFolderItems

    def twice(box_asked: Any, operation: Any) -> list[str]:
        (part,) = real(box_asked, operation)
        head, opened, rest = part.partition("<m:Changes>")
        return [head + opened + rest.replace("</m:Changes>", "") * 2 + "</m:Changes>"]

    exchange._SyncFolderItems = twice  # type: ignore[method-assign]
    status = session.select("INBOX")
    assert (status.exists, status.uid_next) == (HERE + 1, HERE + 2)
    assert session.uids_from(HERE + 1) == [box.items[made].number]
    assert len(list(session.fetch_headers([HERE + 1, HERE + 1], ("Subject",)))) == 1


def test_a_state_that_is_refused_each_time(session: ExchangeSession, exchange: FakeExchange, box: Mailbox) -> None:
    session.select("INBOX")
    exchange.log.clear()
    exchange.fail["SyncFolderItems"] = ["ErrorInvalidSyncStateData"] * 1000
    for number in range(20):
        box.add(box.distinguished("inbox"), RAW)
        assert session.uids_from(HERE + 1 + number) == [HERE + 1 + number]
    assert sum(operation == "SyncFolderItems" for _, operation in exchange.log) <= 3


def test_a_folder_that_never_ends_is_left_after_a_while(
    session: ExchangeSession, exchange: FakeExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page has something new, and there is always one more."""
    number = itertools.count(100)
    monkeypatch.setattr(exchange, "_SyncFolderItems", lambda *_: [page(create(next(number)), last="false")])
    exchange.log.clear()
    for _ in range(20):
        session.select("INBOX")
    assert sum(operation == "SyncFolderItems" for _, operation in exchange.log) <= 100
    found = session.uids_from(1)
    assert found == list(range(1, HERE + 1))


# -- as it happens


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def envelope(exchange: FakeExchange, body: str) -> bytes:
    return chunk(exchange._envelope("GetStreamingEvents", [body]).encode())


STATUS = "<m:ConnectionStatus>OK</m:ConnectionStatus>"
EVENT = (
    "<m:Notifications><m:Notification><t:SubscriptionId>s</t:SubscriptionId><t:NewMailEvent/></m:Notification>"
    "</m:Notifications>"
)
Flood = Callable[[FakeExchange], Iterator[bytes]]
FLOODS: dict[str, Flood] = {
    "heartbeats without end": lambda e: itertools.repeat(envelope(e, STATUS)),
    "events without end": lambda e: itertools.repeat(envelope(e, EVENT)),
    "an envelope without end": lambda e: itertools.repeat(chunk(b"<a>" * 1000)),
    "a chunk without end": lambda e: itertools.chain([b"fffffff\r\n"], itertools.repeat(b"x" * 5000)),
    "a length without end": lambda e: itertools.repeat(b"1" * 5000),
    "no length": lambda e: iter([b"zz\r\n"]),
    "an end at once": lambda e: iter([b"0\r\n\r\n"]),
    "a document type": lambda e: iter([chunk(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a></s:Envelope>')]),
    "no XML": lambda e: iter([chunk(b"\x00\xff</s:Envelope>")]),
    "an error": lambda e: iter([envelope(e, "").replace(b"NoError", b"ErrorXX")]),
    "nothing at all": lambda e: iter([]),
    "many marks": lambda e: iter([chunk(b"<a/>" * 200_000 + b"</s:Envelope>")]),
}  # fmt: skip


@pytest.mark.parametrize("name", FLOODS)
def test_streams_that_are_none(
    session: ExchangeSession, exchange: FakeExchange, box: Mailbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A wait ends in its time, and news are found; the password goes nowhere else."""

    def stream(handler: BaseHTTPRequestHandler, subscription: str) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/xml; charset=utf-8")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        with contextlib.suppress(OSError):
            for data in FLOODS[name](exchange):
                if exchange._end.is_set():
                    return
                handler.wfile.write(data)
        exchange._end.wait(5)

    monkeypatch.setattr(exchange, "_stream", stream)
    monkeypatch.setattr("app.backends.exchange.session.POLL", 0.3)
    session.select("INBOX")
    with within(30):
        session.watch()
        began = time.monotonic()
        session.wait_for_change(0.5, threading.Event())
        assert time.monotonic() - began < 4
        session.uids_from(1)
        threading.Timer(0.3, lambda: box.add(box.distinguished("inbox"), RAW)).start()
        assert session.wait_for_change(1.5, threading.Event())
    assert session.uids_from(1)[-1] == HERE + 1
    assert sum(operation == "Subscribe" for _, operation in exchange.log) <= 2


@pytest.mark.parametrize("subscription", ["", "x" * 100_000, "<t:x/>"])
def test_subscriptions_that_are_none(
    session: ExchangeSession, exchange: FakeExchange, monkeypatch: pytest.MonkeyPatch, subscription: str
) -> None:
    told = [f"<m:SubscriptionId>{subscription}</m:SubscriptionId>"]
    monkeypatch.setattr(exchange, "_Subscribe", lambda *_: told)
    session.select("INBOX")
    assert not session.watch().pushed
    assert not session.wait_for_change(0.2, threading.Event())


def test_a_server_that_is_silent_where_it_is_asked_to_tell(session: ExchangeSession, exchange: FakeExchange) -> None:
    session.select("INBOX")
    exchange.silent = {"Subscribe"}
    began = time.monotonic()
    assert not session.watch().pushed
    assert time.monotonic() - began < 4
    assert session.select("INBOX").exists == HERE
