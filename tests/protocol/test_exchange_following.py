"""Exchange's folders followed by what changed in them, and heard of as it happens."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from app.backends.exchange import open_exchange, standing, streaming
from app.backends.exchange.session import ExchangeSession
from app.domain.errors import MailFault
from app.domain.inboxes import ExchangeAccount, Secret, ServerTrust
from app.domain.problems import ProblemCode
from tests.support.authority import Authority
from tests.support.fake_ews import FakeExchange, Mailbox, wait_until

ADA, PASSWORD = "ada@example.com", "correct horse battery"


@pytest.fixture
def box(exchange: FakeExchange) -> Mailbox:
    return exchange.add_person(ADA, PASSWORD)


@pytest.fixture
def account(exchange: FakeExchange, authority: Authority) -> ExchangeAccount:
    return ExchangeAccount(ADA, exchange.url, ADA, ServerTrust(ca_pem=authority.ca_pem))


@pytest.fixture
def session(box: Mailbox, account: ExchangeAccount) -> Iterator[ExchangeSession]:
    with open_exchange(account, Secret(PASSWORD)) as opened:
        opened.resume({})
        yield opened


_numbers = itertools.count(1)


def raw(number: int = 0) -> bytes:
    number = number or next(_numbers)
    return f"From: a@example.org\r\nSubject: {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\nx\r\n".encode()


def asked(exchange: FakeExchange) -> Counter[str]:
    """Since the last question, which this is."""
    found = Counter(name for _, name in exchange.log)
    exchange.log.clear()
    return found


# -- what changed


def test_a_look_that_finds_nothing_is_one_small_question(
    session: ExchangeSession, exchange: FakeExchange, box: Mailbox
) -> None:
    for _ in range(40):
        box.add(box.distinguished("inbox"), raw())
    session.select("INBOX")
    asked(exchange)
    before = session.bytes_read()
    assert session.select("INBOX").exists == 40
    assert asked(exchange) == {"SyncFolderItems": 1}
    assert session.bytes_read() - before < 1500
    assert session.uids_from(41) == []
    assert asked(exchange) == {"SyncFolderItems": 1}


def test_what_came_changed_and_went(session: ExchangeSession, exchange: FakeExchange, box: Mailbox) -> None:
    inbox = box.distinguished("inbox")
    first = [box.add(inbox, raw()) for _ in range(3)]
    assert session.select("INBOX").exists == 3
    asked(exchange)
    box.items[first[0]].read = True  # ReadFlagChange
    assert not session.wait_for_change(0, threading.Event())
    made = box.add(inbox, raw())
    del box.items[first[1]]
    assert session.wait_for_change(0, threading.Event())
    assert session.uids_from(1) == [1, 3, 4]
    assert session.uids_from(4) == [4]
    box.items[made].raw = raw()  # Update, of a message that is there
    box.items[made].read = True
    status = session.select("INBOX")
    assert (status.exists, status.uid_next) == (3, 5)
    assert session.uids_from(4) == [4]
    del box.items[made]
    assert session.uids_from(4) == []
    assert session.select("INBOX").exists == 2


def test_many_changes_come_in_pages(
    session: ExchangeSession, exchange: FakeExchange, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder is told once, some pages at a look; what comes meanwhile is met all the same."""
    monkeypatch.setattr("app.backends.exchange.changes.MOST_CHANGES", 10)
    monkeypatch.setattr(standing, "PAGES", 2)
    inbox = box.distinguished("inbox")
    for _ in range(65):
        box.add(inbox, raw(7))
    for come in range(4):
        status = session.select("INBOX")
        assert status.sync_state.startswith("half:") == (come < 2)
        assert status.exists == 65 + come
        box.add(inbox, raw(7))
        assert session.uids_from(status.uid_next) == [status.uid_next]
    for _ in range(45):  # more than the pages of one look
        box.add(inbox, raw(7))
    assert session.uids_from(1) == list(range(1, 115))
    assert session.select("INBOX").exists == 114


def test_half_a_folder_that_was_told_is_gone_on_with(
    account: ExchangeAccount, exchange: FakeExchange, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.backends.exchange.changes.MOST_CHANGES", 10)
    monkeypatch.setattr(standing, "PAGES", 2)
    for _ in range(35):
        box.add(box.distinguished("inbox"), raw(7))
    with open_exchange(account, Secret(PASSWORD)) as session:
        session.resume({})
        status = session.select("INBOX")
    box.add(box.distinguished("inbox"), raw(7))
    asked(exchange)
    with open_exchange(account, Secret(PASSWORD)) as session:
        session.resume({"INBOX": status})
        now = session.select("INBOX")
        assert (now.exists, now.uid_next, now.sync_state[:5] == "half:") == (36, 37, False)
        assert asked(exchange)["SyncFolderItems"] == 2
        assert session.uids_from(36) == [36]
        assert asked(exchange)["FindItem"] == 0


def test_other_folders_cost_a_question_where_something_changed(
    session: ExchangeSession, exchange: FakeExchange, box: Mailbox
) -> None:
    box.folders["F-Kunden"] = (box.distinguished("msgfolderroot"), "Kunden")
    box.folders["F-Projekte"] = (box.distinguished("msgfolderroot"), "Projekte")
    for path in ("INBOX", "Kunden", "Projekte", "Sent"):
        session.select(path)
    others = ["Sent", "Kunden", "Projekte"]
    before = session.states(others)
    asked(exchange)
    assert session.states(others) == before
    assert asked(exchange) == {"FindFolder": 1, "GetFolder": 2}  # the list, what stands in it, and Sent
    box.add("F-Projekte", raw())
    now = session.states(others)
    assert asked(exchange)["SyncFolderItems"] == 1
    assert {path for path in others if now[path] != before[path]} == {"Projekte"}
    assert now["Projekte"].uid_next == 2


def test_a_folder_that_is_gone_is_told(session: ExchangeSession, box: Mailbox) -> None:
    box.folders["F-Kunden"] = (box.distinguished("msgfolderroot"), "Kunden")
    session.select("Kunden")
    del box.folders["F-Kunden"]
    with pytest.raises(MailFault) as caught:
        session.uids_from(1)
    assert caught.value.problem.code is ProblemCode.FOLDER_MISSING
    assert session.select("INBOX").exists == 0


def test_a_server_that_is_busy_is_not_taken_for_one_that_forgot(
    session: ExchangeSession, exchange: FakeExchange, box: Mailbox
) -> None:
    state = session.select("INBOX").sync_state
    exchange.fail["SyncFolderItems"] = ["ErrorServerBusy"]
    with pytest.raises(MailFault) as caught:
        session.select("INBOX")
    assert caught.value.problem.code is ProblemCode.THROTTLED
    assert session.select("INBOX").sync_state == state


# -- as it happens


@pytest.mark.parametrize(("path", "folder"), [("INBOX", "inbox"), ("Sent", "sentitems")])
def test_news_are_told_at_once(
    session: ExchangeSession, exchange: FakeExchange, box: Mailbox, path: str, folder: str
) -> None:
    session.select(path)
    assert session.watch().pushed
    for _ in range(2):
        came = threading.Timer(0.6, lambda: box.add(box.distinguished(folder), raw()))
        came.start()
        began = time.monotonic()
        assert session.wait_for_change(30, threading.Event())
        assert 0.5 < time.monotonic() - began < 2.5  # not a quarter of a minute
        came.join()
    assert exchange.following.streams == 1
    del box.items[next(iter(box.items))]
    assert session.wait_for_change(5, threading.Event())
    assert asked(exchange)["Subscribe"] == 1


def test_what_came_before_the_wait_is_no_surprise(session: ExchangeSession, box: Mailbox) -> None:
    session.select("INBOX")
    session.watch()
    box.add(box.distinguished("inbox"), raw())
    assert session.uids_from(1) == [1]
    assert not session.wait_for_change(0.5, threading.Event())  # the event comes, and nothing is new


def test_a_wait_ends_on_request_and_in_time(session: ExchangeSession) -> None:
    session.select("INBOX")
    stop = threading.Event()
    threading.Timer(0.4, stop.set).start()
    began = time.monotonic()
    assert not session.wait_for_change(60, stop)
    assert not session.wait_for_change(0.4, threading.Event())
    assert time.monotonic() - began < 2.5
    assert session.watch().pushed


def test_a_cancelled_session_stops_listening(box: Mailbox, account: ExchangeAccount, exchange: FakeExchange) -> None:
    cancel = threading.Event()
    exchange.following.heartbeat = 0.1  # so that the server notices
    with open_exchange(account, Secret(PASSWORD), cancel=cancel) as session:
        session.select("INBOX")
        assert session.watch().pushed
        threading.Timer(0.3, cancel.set).start()
        began = time.monotonic()
        assert not session.wait_for_change(60, threading.Event())
        assert time.monotonic() - began < 1.5
    wait_until(lambda: exchange.following.streams == 0)


@pytest.mark.parametrize(
    "failure", ["ErrorAccessDenied", "ErrorExceededSubscriptionCount", (403, {}), (503, {"Retry-After": "60"})]
)
@pytest.mark.parametrize("operation", ["Subscribe", "GetStreamingEvents"])
def test_where_it_is_refused_the_folder_is_asked(
    session: ExchangeSession,
    exchange: FakeExchange,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    failure: str | tuple[int, dict[str, str]],
) -> None:
    monkeypatch.setattr("app.backends.exchange.session.POLL", 0.3)
    session.select("INBOX")
    exchange.fail[operation] = [failure]
    watch = session.watch()
    assert not watch.pushed and watch.why.startswith("Exchange was asked to tell of new mail by itself, and did not: ")
    threading.Timer(0.5, lambda: box.add(box.distinguished("inbox"), raw())).start()
    assert session.wait_for_change(20, threading.Event())
    assert asked(exchange)["Subscribe"] == 1  # not asked again and again
    monkeypatch.setattr(streaming.time, "monotonic", lambda real=time.monotonic: real() + streaming.RETRY)
    assert session.watch().pushed


def test_a_stream_that_ends_in_its_time_is_opened_again(
    session: ExchangeSession, exchange: FakeExchange, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "HELD_WELL", 0.0)
    session.select("INBOX")
    assert session.watch().pushed

    def cut_then_deliver() -> None:
        exchange.following.cut = 10**6
        wait_until(lambda: exchange.following.streams == 0)
        exchange.following.cut = 0
        wait_until(lambda: exchange.following.streams == 1)
        box.add(box.distinguished("inbox"), raw())

    threading.Timer(0.3, cut_then_deliver).start()
    began = time.monotonic()
    assert session.wait_for_change(20, threading.Event())
    assert time.monotonic() - began < 8


def test_a_stream_that_has_died_silently_is_noticed(
    session: ExchangeSession, exchange: FakeExchange, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.backends.exchange.session.SILENCE", 1.0)
    session.select("INBOX")
    assert session.watch().pushed
    monkeypatch.setattr(exchange.following, "events", lambda *_: "")  # no word any more, and the connection stands
    threading.Timer(0.3, lambda: box.add(box.distinguished("inbox"), raw())).start()
    began = time.monotonic()
    assert session.wait_for_change(20, threading.Event())
    assert time.monotonic() - began < 4


def test_heartbeats_keep_it_without_a_question(
    session: ExchangeSession, exchange: FakeExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.backends.exchange.session.SILENCE", 1.0)
    exchange.following.heartbeat = 0.2
    session.select("INBOX")
    assert session.watch().pushed
    asked(exchange)
    assert not session.wait_for_change(2.5, threading.Event())
    assert asked(exchange)["SyncFolderItems"] <= 2


def test_sent_is_watched_on_one_connection(
    session: ExchangeSession, exchange: FakeExchange, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.select("Sent")
    assert session.watch().pushed
    stop = threading.Event()
    waiting = threading.Thread(target=session.wait_for_change, args=(30, stop))
    waiting.start()
    wait_until(lambda: session._channel.wire is not None and session._channel.wire.closed)
    stop.set()
    waiting.join(5)
    assert session.select("INBOX").exists == 0  # and another one is made when it is needed


def test_what_was_told_of_as_deleted_is_gone(session: ExchangeSession, exchange: FakeExchange, box: Mailbox) -> None:
    """Ids that are known by now cost no question; those of earlier sessions are looked for, once."""
    inbox = box.distinguished("inbox")
    keys = [box.add(inbox, raw()) for _ in range(45)]
    session.select("INBOX")
    asked(exchange)
    assert session.gone(list(range(1, 46)), None, 1) == set()
    assert asked(exchange).get("FindItem", 0) <= 3
    del box.items[keys[2]]  # where it was moved to has another id
    session.select("INBOX")
    asked(exchange)
    assert session.gone(list(range(1, 46)), None, 1) == {3} and not asked(exchange)
    new = box.add(inbox, raw())
    session.select("INBOX")
    del box.items[new], box.items[keys[40]]
    session.select("INBOX")
    asked(exchange)
    assert session.gone([1, 2, 41, 46], None, 2) == {41, 46} and not asked(exchange)


def test_deletions_of_an_earlier_time_are_found(
    session: ExchangeSession, exchange: FakeExchange, box: Mailbox, account: ExchangeAccount
) -> None:
    inbox = box.distinguished("inbox")
    keys = [box.add(inbox, raw()) for _ in range(30)]
    session.select("INBOX")
    before = session.select("INBOX")
    assert before.sync_state and not before.sync_state.startswith("half:")
    del box.items[keys[4]]
    with open_exchange(account, Secret(PASSWORD)) as later:
        later.resume({"INBOX": before})
        assert later.select("INBOX").exists == 29
        assert later.gone([1, 5, 9], None, 1) == {5}
