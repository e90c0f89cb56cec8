"""The main job against real servers: connect, send a tracked message, see the open, the click and the reply arrive."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from app.backends.imap import open_imap
from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.checks import StepFailed, StepPassed
from app.domain.events import EventKind, Tracking, Verdict
from app.domain.inboxes import Inbox, InboxState
from app.domain.outbox import Draft, OutboxState
from app.services.check_account import check_account
from app.services.connect_inbox import connect_inbox
from app.services.file_sent_copy import file_sent_copies
from app.services.inbox_state import mark_connected
from app.services.send_message import send_message
from app.services.sync_inbox import sync_folders
from app.services.take_hits import pull_hits, take_hits
from app.services.tracking_server import find_tracking, tracked_copies
from app.services.workspace import Workspace
from app.services.write_message import queue_message, store_content
from app.tracking.client import fetch_events
from app.tracking.serve import TrackingServer
from tests.support.mailbox import MailAccount

NEVER = threading.Event()


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    opened = open_workspace(home)
    yield opened
    opened.store.close()


@pytest.fixture
def tracking(workspace: Workspace) -> Iterator[TrackingServer]:
    server = TrackingServer("127.0.0.1", 0, workspace.tracking.path)
    server.start()
    yield server
    server.stop()


def connect(workspace: Workspace, person: MailAccount) -> Inbox:
    events: list[object] = []
    result = check_account(person.account, person.secret, on_event=events.append)
    assert result.ok, events
    assert [e.step.value for e in events if isinstance(e, StepPassed)] == [
        "imap_connect", "imap_tls", "imap_login", "smtp_connect", "smtp_tls", "smtp_login", "test_message",
    ]  # fmt: skip
    inbox_id = connect_inbox(workspace, person.account, person.secret, None, result)
    return workspace.store.inboxes.get(inbox_id)


def sync(workspace: Workspace, inbox: Inbox) -> dict[str, int]:
    with open_imap(inbox.account, workspace.password(inbox)) as session:
        reports = sync_folders(workspace, inbox, session, NEVER)
    mark_connected(workspace, inbox.id)
    return {r.path: r.logged for r in reports}


def test_tracked_message_comes_home(
    workspace: Workspace, tracking: TrackingServer, mailbox: Callable[..., MailAccount]
) -> None:
    me, karin = mailbox("jonas", from_name="Jonas Ahl"), mailbox("karin")
    inbox = connect(workspace, me)
    sync(workspace, inbox)
    assert workspace.store.inboxes.get(inbox.id).state == InboxState.CONNECTED
    file = store_content(workspace, "Angebot für März.pdf", "application/pdf", b"%PDF-1.4 quote")
    draft = Draft(
        inbox_id=inbox.id,
        to=(Address(karin.address, "Karin Åkesson"),),
        subject="Offert för Göteborg — reviderad",
        html='<p>Hej Karin, <a href="https://northlight.example.com/quote-4410">läs här</a>.</p>',
        attachments=(file,),
    )
    outbox_id = queue_message(workspace, draft)
    assert send_message(workspace, outbox_id, NEVER) == OutboxState.SENT
    assert file_sent_copies(workspace, NEVER) == (outbox_id,)
    assert file_sent_copies(workspace, NEVER) == ()

    arrived = message_from_bytes(karin.wait_for_messages(1)[0], policy=default)
    assert arrived["Subject"] == draft.subject
    assert arrived["From"].addresses[0].display_name == "Jonas Ahl"
    html = arrived.get_body(("html",)).get_content()
    pixel = re.search(r'src="([^"]+/o/[^"]+)"', html).group(1)
    link = re.search(r'href="([^"]+/c/[^"]+)"', html).group(1)
    assert "quote-4410" not in html.replace("quote-4410</a>", "")
    sent = me.messages("Sent")
    assert len(sent) == 1
    kept = message_from_bytes(sent[0], policy=default)
    assert kept["Message-ID"] == arrived["Message-ID"]
    clean = kept.get_body(("html",)).get_content()
    assert "/o/" not in clean and "/c/" not in clean and "https://northlight.example.com/quote-4410" in clean
    pk = workspace.store.outbox.get(outbox_id).logged_pk
    copies = tracked_copies(workspace, pk)
    assert [(c.pixel_url, c.links) for c in copies] == [(pixel, (("https://northlight.example.com/quote-4410", link),))]

    agent = {"User-Agent": "Mozilla/5.0 Thunderbird/128.0"}
    shown = httpx.get(pixel, headers=agent)
    assert (shown.status_code, len(shown.content)) == (200, 43)
    led = httpx.get(link, headers=agent, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (302, "https://northlight.example.com/quote-4410")
    target = find_tracking(workspace)
    made = pull_hits(workspace, target, 5.0)
    assert len(made) == 2
    assert pull_hits(workspace, target, 5.0) == ()

    karin_answers(karin, me, arrived)
    me.wait_for_messages(2)  # the test message of the check, and the answer
    assert sync(workspace, inbox)["INBOX"] == 1
    assert sync(workspace, inbox)["INBOX"] == 0

    contact = workspace.store.contacts.find(karin.address)
    timeline = workspace.store.timeline.of_contact(contact)
    assert [(m.direction, m.logged_by) for m in timeline] == [("received", "reply"), ("sent", "sent")]
    assert timeline[0].visible_text.strip() == "Tack, det passar oss."
    assert timeline[0].attachments[0].filename == "villkor.txt"
    assert (timeline[1].opens, timeline[1].clicks, timeline[1].tracking) == (1, 1, Tracking.ON)
    assert timeline[1].attachments[0].filename == "Angebot für März.pdf"
    feed = workspace.store.feed.rows()
    assert sorted(e.kind.value for e in feed) == ["click", "open", "reply"]
    assert {e.verdict for e in feed} == {Verdict.PERSON}
    assert {e.who for e in feed} == {"Karin Åkesson"}  # the contact's name, though she answered as "Karin"
    ledger = workspace.store.ledgers.read(inbox.id)[0]
    assert [b.why.split(",")[0] for b in ledger.bodies] == [f"Answers {timeline[1].message_id}"]


def karin_answers(karin: MailAccount, me: MailAccount, arrived: object) -> None:
    me.deliver(
        f"From: Karin <{karin.address}>\nTo: {me.address}\nSubject: SV: {arrived['Subject']}\n"
        f"Message-ID: <answer-{karin.address}>\nIn-Reply-To: {arrived['Message-ID']}\n"
        f"References: {arrived['Message-ID']}\nDate: {format_datetime(datetime.now(UTC))}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n'
        "Tack, det passar oss.\n\n> Hej Karin,\n\n--b\nContent-Type: text/plain\n"
        'Content-Disposition: attachment; filename="villkor.txt"\n\nvillkor\n--b--\n'.encode(),
        sender=karin.address,
    )


def test_a_contact_without_a_name_takes_the_one_in_its_answer(
    workspace: Workspace, mailbox: Callable[..., MailAccount]
) -> None:
    me, karin = mailbox("jonas"), mailbox("karin")
    inbox = connect(workspace, me)
    sync(workspace, inbox)
    outbox_id = queue_message(workspace, Draft(inbox.id, (Address(karin.address),), "Hej", text="Hej"))
    assert send_message(workspace, outbox_id, NEVER) == OutboxState.SENT
    contact = workspace.store.contacts.find(karin.address)
    assert workspace.store.contacts.card(contact).name == ""
    karin_answers(karin, me, message_from_bytes(karin.wait_for_messages(1)[0], policy=default))
    me.wait_for_messages(2)
    assert sync(workspace, inbox)["INBOX"] == 1
    assert workspace.store.contacts.card(contact).name == "Karin"
    with workspace.store.transaction():
        workspace.store.contacts.edit(contact, name="Karin Åkesson")
    assert [e.who for e in workspace.store.feed.rows()] == ["Karin Åkesson"]


def test_without_a_server_tracking_is_unavailable(workspace: Workspace, mailbox: Callable[..., MailAccount]) -> None:
    me, other = mailbox("jonas"), mailbox("other")
    inbox = connect(workspace, me)
    outbox_id = queue_message(workspace, Draft(inbox.id, (Address(other.address),), "Hej", text="https://example.com"))
    assert send_message(workspace, outbox_id, NEVER) == OutboxState.SENT
    timeline = workspace.store.timeline.of_contact(workspace.store.contacts.find(other.address))
    assert (timeline[0].tracking, timeline[0].opens, timeline[0].clicks) == (Tracking.UNAVAILABLE, None, None)
    assert b"/c/" not in other.wait_for_messages(1)[0]


def test_each_recipient_has_an_own_copy(
    workspace: Workspace, tracking: TrackingServer, mailbox: Callable[..., MailAccount]
) -> None:
    me, ada, bob = mailbox("jonas"), mailbox("ada"), mailbox("bob")
    inbox = connect(workspace, me)
    draft = Draft(
        inbox.id, (Address(ada.address),), "Till er", text="Hej https://example.com/x", bcc=(Address(bob.address),)
    )
    outbox_id = queue_message(workspace, draft)
    assert send_message(workspace, outbox_id, NEVER) == OutboxState.SENT
    file_sent_copies(workspace, NEVER)
    to_ada, to_bob = ada.wait_for_messages(1)[0], bob.wait_for_messages(1)[0]
    pixels = [
        re.search(rb"/o/[\w-]+", raw.replace(b"=\r\n", b"").replace(b"=\n", b"")).group(0) for raw in (to_ada, to_bob)
    ]
    assert pixels[0] != pixels[1]
    assert bob.address.encode() not in to_ada and b"Bcc" not in to_bob
    kept = message_from_bytes(me.messages("Sent")[0], policy=default)
    assert kept["Bcc"] == bob.address
    httpx.get(
        tracked_copies(workspace, workspace.store.outbox.get(outbox_id).logged_pk)[1].links[0][1],
        headers={"User-Agent": "Firefox"},
    )
    pull_hits(workspace, find_tracking(workspace), 5.0)
    rows = workspace.store.feed.rows()
    assert [(r.kind, r.verdict, r.address) for r in rows] == [
        (EventKind.CLICK, Verdict.PERSON, bob.address),
        (EventKind.OPEN, Verdict.INFERRED, bob.address),
    ]


def test_an_open_that_arrives_after_the_click_it_led_to_counts_once(
    workspace: Workspace, tracking: TrackingServer, mailbox: Callable[..., MailAccount]
) -> None:
    me, ada = mailbox("jonas"), mailbox("ada")
    inbox = connect(workspace, me)
    outbox_id = queue_message(workspace, Draft(inbox.id, (Address(ada.address),), "Hej", text="https://example.com/x"))
    assert send_message(workspace, outbox_id, NEVER) == OutboxState.SENT
    pk = workspace.store.outbox.get(outbox_id).logged_pk
    copy = tracked_copies(workspace, pk)[0]
    target = find_tracking(workspace)
    agent = {"User-Agent": "Firefox"}
    httpx.get(copy.pixel_url, headers=agent)
    httpx.get(copy.links[0][1], headers=agent)
    opened, clicked = fetch_events(target.api_url, target.token, 0, 5.0)
    late = replace(opened, number=clicked.number + 1)
    take_hits(workspace, [clicked])
    (click, inferred) = workspace.store.feed.rows()
    assert (inferred.kind, inferred.verdict) == (EventKind.OPEN, Verdict.INFERRED)
    assert take_hits(workspace, [late]) == (inferred.id,)
    assert take_hits(workspace, [late]) == ()
    (same, found) = workspace.store.feed.rows()
    assert same == click
    assert (found.id, found.at, found.verdict, found.user_agent) == (inferred.id, opened.at, Verdict.PERSON, "Firefox")
    again = replace(opened, number=clicked.number + 2, at=clicked.at + timedelta(minutes=5))
    assert len(take_hits(workspace, [again])) == 1
    (message,) = workspace.store.timeline.of_contact(workspace.store.contacts.find(ada.address))
    assert (message.opens, message.clicks) == (2, 1)


def test_a_wrong_password_is_explained_and_keeps_nothing(
    workspace: Workspace, mailbox: Callable[..., MailAccount]
) -> None:
    me = mailbox("jonas")
    events: list[object] = []
    result = check_account(me.account, type(me.secret)("wrong"), on_event=events.append)
    assert not result.ok
    assert isinstance(events[-1], StepFailed)
    assert result.problem.code.value == "wrong_credentials"
    assert workspace.store.inboxes.all() == ()


def test_a_quotation_carries_no_tracking_of_ours(
    workspace: Workspace, tracking: TrackingServer, mailbox: Callable[..., MailAccount]
) -> None:
    me, karin = mailbox("jonas"), mailbox("karin")
    inbox = connect(workspace, me)
    first = Draft(
        inbox.id, (Address(karin.address),), "Hej", html='<p><a href="https://example.com/a?b=1&amp;c=2">a</a></p>'
    )
    sent = queue_message(workspace, first)
    assert send_message(workspace, sent, NEVER) == OutboxState.SENT
    seen_by_karin = message_from_bytes(karin.wait_for_messages(1)[0], policy=default).get_body(("html",)).get_content()
    assert "/o/" in seen_by_karin and "/c/" in seen_by_karin
    host = tracking.public_url
    quoting = f'<p>See below. <a href="{host}/help">help</a></p><blockquote>{seen_by_karin}</blockquote>'
    again = queue_message(workspace, Draft(inbox.id, (Address(karin.address),), "Re: Hej", html=quoting, track=False))
    assert send_message(workspace, again, NEVER) == OutboxState.SENT
    html = message_from_bytes(karin.wait_for_messages(2)[1], policy=default).get_body(("html",)).get_content()
    assert "/o/" not in html and "/c/" not in html
    assert 'href="https://example.com/a?b=1&amp;c=2"' in html
    assert f"{host}/help" in html
