"""A real browser shows a tracked message as its recipient’s webmail does: picture and link count once each. What the sender
looks at counts nothing."""

from __future__ import annotations

import http.server
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.events import EventKind, Verdict
from app.domain.inboxes import Inbox
from app.services.take_hits import pull_hits
from app.services.tracking_server import find_tracking
from app.tracking.serve import TrackingServer
from app.ui.kit.html_view import HtmlView
from app.ui.kit.theme import Theme
from tests.support.chromium import Chromium
from tests.support.desk import Desk, Mailboxes
from tests.support.mailbox import MailAccount
from tests.support.tracked_mail import CHROME

WRITTEN = '<p>Hej Karin, <a id="quote" href="{url}">the quote</a> and <a href="{url}?terms=1">the terms</a>.</p>'


@dataclass
class Shop:
    """Where the link leads: a page with a picture and an icon, as pages have. `asked`: what a browser asked of it."""

    url: str
    asked: Counter[str]


@contextmanager
def shop() -> Iterator[Shop]:
    asked: Counter[str] = Counter()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked[self.path] += 1
            body = b"<title>Quote 4410</title><p id='there'>The quote</p><img src='/logo.png'>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Shop(f"http://127.0.0.1:{server.server_port}/quote", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server(desk: Desk) -> Iterator[TrackingServer]:
    made = TrackingServer("127.0.0.1", 0, desk.workspace.tracking.path)
    made.start()
    yield made
    made.stop()


def html_of(raw: bytes) -> str:
    part = message_from_bytes(raw, policy=default).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def events(desk: Desk) -> Counter[tuple[EventKind, Verdict]]:
    """All that the tracking server has come to know."""
    target = find_tracking(desk.workspace, Event())
    assert target is not None
    pull_hits(desk.workspace, target, 10)
    return Counter((row.kind, row.verdict) for row in desk.feed())


def test_picture_and_link_count_once_each_and_the_sender_not_at_all(
    desk: Desk,
    inbox: Inbox,
    me: MailAccount,
    mailbox: Mailboxes,
    server: TrackingServer,
    tmp_path: Path,
    qtbot: QtBot,
    qapp: QApplication,
) -> None:
    karin = mailbox("karin")
    with shop() as there, Chromium(agent=CHROME) as browser:
        desk.send(inbox, karin, track=True, html=WRITTEN.format(url=there.url), text="")
        arrived = html_of(karin.wait_for_messages(1)[0])
        assert "/o/" in arrived and there.url not in arrived

        sent_copy = html_of(me.wait_for_messages(1, "Sent")[0])
        assert "/o/" not in sent_copy and "/c/" not in sent_copy
        for name, html in (("sent", sent_copy), ("timeline", desk.timeline(karin.address)[0].html)):
            page = tmp_path / f"{name}.html"
            page.write_text(html, "utf-8")
            browser.open(page.as_uri())
            browser.wait_for(f"location.href.endsWith('{name}.html') && document.readyState == 'complete'")
        view = HtmlView(Theme(qapp, "light"))  # even the recipient's own copy, unsanitised
        qtbot.addWidget(view)
        view.setHtml(arrived)
        view.grab()
        assert not events(desk)

        page = tmp_path / "mail.html"
        page.write_text(f"<!doctype html><meta charset=utf-8>{arrived}", "utf-8")
        browser.open(page.as_uri())
        loaded = "[...document.images].length && [...document.images].every(i => i.complete && i.naturalWidth)"
        assert browser.wait_for(loaded)
        assert events(desk) == {(EventKind.OPEN, Verdict.PERSON): 1}
        browser.click("a#quote, a[href*='/c/']")
        assert browser.wait_for("!!document.querySelector('#there')")
        assert browser.ask("location.href") == there.url
        qtbot.waitUntil(lambda: there.asked["/logo.png"] == 1, timeout=5000)
        assert there.asked["/quote"] == 1
        assert events(desk) == {(EventKind.OPEN, Verdict.PERSON): 1, (EventKind.CLICK, Verdict.PERSON): 1}
