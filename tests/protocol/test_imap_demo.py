"""The same session on the demo's mail server (pymap), which has no CONDSTORE and its own view of the standards."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.backends.imap import ImapSession, open_imap
from app.backends.smtp import Accepted, Refused, open_smtp
from app.demo.authority import Authority
from app.demo.mail_server import MailServer
from app.domain.errors import MailFault
from app.domain.inboxes import Secret
from app.domain.problems import ProblemCode

ADA, BEN = "ada@example.com", "ben@example.org"
RAW = b"From: ben@example.org\r\nSubject: Hello\r\nMessage-ID: <one@example.org>\r\n\r\nHello\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    running = MailServer(Authority(), {ADA: Secret("ädas password"), BEN: Secret("bens password")})
    running.start()
    yield running
    running.stop()


@pytest.fixture
def session(server: MailServer) -> Iterator[ImapSession]:
    with open_imap(server.account(ADA), server.password(ADA)) as opened:
        yield opened


def test_whole_session(server: MailServer, session: ImapSession) -> None:
    assert session.find_sent_folder() == "Sent"
    status = session.select("INBOX")
    assert status.highest_modseq is None and status.uid_validity > 0
    first = status.uid_next
    server.put(ADA, RAW, when=datetime.now(UTC))
    server.put(ADA, RAW.replace(b"one@", b"two@"), when=datetime(2024, 2, 29, 12, tzinfo=UTC))
    uids = session.uids_from(first)
    assert len(uids) == 2 and session.uids_from(uids[1] + 1) == []
    headers = list(session.fetch_headers(uids, ("Message-ID", "References")))
    assert b"<one@example.org>" in headers[0].header and headers[0].size >= len(RAW)
    assert headers[1].internal_date == datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert session.fetch_body(uids[0]) == RAW
    assert session.search_message_id("<two@example.org>") == [uids[1]]
    assert session.append("Sent", RAW) is not None
    with pytest.raises(MailFault) as caught:
        session.select("Nowhere")
    assert caught.value.problem.code is ProblemCode.FOLDER_MISSING
    session.select("Sent")
    assert session.search_message_id("one@example.org")
    assert session.create_folder("Kunder") == "Kunder"


def test_news_come_at_once(server: MailServer, session: ImapSession) -> None:
    session.select("INBOX")
    session.uids_from(1)
    threading.Timer(0.3, server.put, [ADA, RAW], {"when": datetime.now(UTC)}).start()
    began = time.monotonic()
    assert session.wait_for_change(10, threading.Event()) is True
    assert time.monotonic() - began < 2
    session.uids_from(1)
    assert session.wait_for_change(0.5, threading.Event()) is False


def test_sending(server: MailServer) -> None:
    with open_smtp(server.account(ADA), server.password(ADA)) as smtp:
        assert isinstance(smtp.send(ADA, BEN, RAW), Accepted)
        assert isinstance(smtp.send(ADA, "not an address", RAW), Refused)
    assert any(b"Hello" in raw for raw in server.messages(BEN))


def test_wrong_password(server: MailServer) -> None:
    for open_session in (open_imap, open_smtp):
        with pytest.raises(MailFault) as caught:
            open_session(server.account(ADA), Secret("wrong"))
        assert caught.value.problem.code is ProblemCode.WRONG_CREDENTIALS
