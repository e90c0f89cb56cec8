"""The main job on the command line: a tracked message goes out; the open, the click and the reply come home."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from tests.end2end.conftest import Connected
from tests.support.command import await_line, finish, wait_until
from tests.support.mailbox import MailAccount
from tests.support.submission import Submission

LINK = "https://northlight.example.com/offert?id=4410&språk=sv"
MESSAGE_KEYS = {
    "message_id", "direction", "date", "from", "to", "cc", "subject", "text", "attachments", "user", "opens", "clicks",
    "tracking", "kind", "logged_by", "companies", "deals",
}  # fmt: skip
EVENT_KEYS = {"id", "kind", "at", "message_id", "recipient", "url", "verdict", "reason", "notified"}


@pytest.fixture
def tracking(connected: Connected) -> Iterator[str]:
    """`serve tracking` over the same home; its address."""
    command, _ = connected
    with command.serving("serve", "tracking", "--port", "0", ready="tracking server ready on ") as line:
        yield line.rpartition(" ")[2]


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_the_main_job(connected: Connected, tracking: str, mailbox: Callable[..., MailAccount], tmp_path: Path) -> None:
    command, me = connected
    karin, piotr, marek, secret = mailbox("karin"), mailbox("piotr"), mailbox("marek"), mailbox("secret")
    begin = datetime.now(UTC) - timedelta(seconds=1)
    assert command.json("sync", "--once")["inboxes"][0]["error"] is None
    (tmp_path / "text").write_text(
        f"Hej Karin, så här blev offerten: {LINK}\n\nVänliga hälsningar, Jonas ☕\n", "utf-8"
    )
    (tmp_path / "body.html").write_text(f'<p>Hej <b>Karin</b>, <a href="{LINK.replace("&", "&amp;")}">här</a> ☕</p>')
    (tmp_path / "Angebot für März.pdf").write_bytes(b"%PDF-1.4 \0\xff")
    (tmp_path / "tom fil.txt").write_bytes(b"")
    answer = command.json(
        "send", "--from", me.address, "--to", f'"Åkesson, Karin" <{karin.address}>', "--to", piotr.address,
        "--cc", f"Marek Wójcik <{marek.address}>", "--bcc", secret.address, "--subject", "Offert för Göteborg — 報價 ☕",
        "--text-file", tmp_path / "text", "--html-file", tmp_path / "body.html",
        "--attach", tmp_path / "Angebot für März.pdf", "--attach", tmp_path / "tom fil.txt", "--track",
    )  # fmt: skip
    assert set(answer) == {"message_id", "state", "reason", "tracked"}
    assert (answer["state"], answer["reason"]) == ("sent", "")
    people = [karin, piotr, marek, secret]
    assert [t["recipient"] for t in answer["tracked"]] == [p.address for p in people]
    assert all(t["pixel_url"].startswith(f"{tracking}/o/") for t in answer["tracked"])
    assert len({t["pixel_url"] for t in answer["tracked"]}) == 4
    for person, tracked in zip(people, answer["tracked"], strict=True):
        arrived = parsed(person.wait_for_messages(1)[0])
        assert arrived["Message-ID"].strip("<>") == answer["message_id"]
        assert arrived["Subject"] == "Offert för Göteborg — 報價 ☕"
        assert [a.display_name for a in arrived["To"].addresses] == ["Åkesson, Karin", ""]
        assert arrived["Cc"].addresses[0].display_name == "Marek Wójcik" and arrived["Bcc"] is None
        assert arrived["From"].addresses[0].display_name == "Jonas Åhl"
        assert LINK in text_of(arrived) and text_of(arrived).endswith("Jonas ☕")
        html = text_of(arrived, "html")
        assert tracked["pixel_url"] in html and [link["url"] for link in tracked["links"]] == [LINK]
        assert tracked["links"][0]["tracked_url"] in html and "northlight" not in html
        files = [(a.get_filename(), a.get_content()) for a in arrived.iter_attachments()]
        assert files == [("Angebot für März.pdf", b"%PDF-1.4 \0\xff"), ("tom fil.txt", "")]
    assert len(me.messages("Sent")) == 1

    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0"}
    assert len(httpx.get(answer["tracked"][0]["pixel_url"], headers=agent).content) == 43
    led = httpx.get(answer["tracked"][0]["links"][0]["tracked_url"], headers=agent)
    assert (led.status_code, httpx.URL(led.headers["location"])) == (302, httpx.URL(LINK))
    me.deliver(
        f"From: Karin <{karin.address}>\nTo: {me.address}\nSubject: SV: Offert\nMessage-ID: <answer@example.net>\n"
        f"In-Reply-To: <{answer['message_id']}>\nDate: {format_datetime(datetime.now(UTC))}\n"
        "Content-Type: text/plain; charset=utf-8\n\nTack, det passar oss.\n\n> Hej Karin\n",
        sender=karin.address,
    )
    document = command.json("sync", "--once")
    assert set(document["inboxes"][0]) == {"address", "folders", "never_read", "error"}
    assert document["inboxes"][0]["folders"] == [
        {"path": "INBOX", "headers_read": 1, "bodies_read": 1, "logged": 1},
        {"path": "Sent", "headers_read": 1, "bodies_read": 0, "logged": 0},
    ]
    assert document["events"] == 2

    shown = command.json("timeline", karin.address)
    print(json.dumps(command.json("feed"), indent=1))
    reply, sent = shown["messages"]
    assert set(reply) >= MESSAGE_KEYS and set(sent) >= MESSAGE_KEYS
    assert (reply["direction"], reply["logged_by"], reply["kind"]) == ("received", "reply", "normal")
    assert "det passar oss" in reply["text"] and reply["from"]["address"] == karin.address
    assert (sent["opens"], sent["clicks"], sent["tracking"], sent["logged_by"]) == (1, 1, "on", "sent")
    assert [a["filename"] for a in sent["attachments"]] == ["Angebot für März.pdf", "tom fil.txt"]
    assert sent["message_id"] == answer["message_id"] and sent["cc"][0]["name"] == "Marek Wójcik"
    assert datetime.fromisoformat(sent["date"]) >= begin.replace(microsecond=0)
    assert shown["contact"]["name"] == "Åkesson, Karin"
    events = command.json("feed", "--since", begin.isoformat())["events"]
    assert all(set(e) >= EVENT_KEYS and e["recipient"] == karin.address for e in events)
    assert sorted((e["kind"], e["verdict"]) for e in events) == [
        ("click", "person"), ("open", "person"), ("reply", "person"),
    ]  # fmt: skip
    assert command.json("feed", "--since", "2199-01-01") == {"events": []}
    ledger = command.json("ledger", "--inbox", me.address)
    assert set(ledger) == {"headers_read", "headers_asked_for", "bodies"}
    assert (ledger["headers_read"], ledger["headers_asked_for"]) == (2, 0)
    assert ledger["bodies"][0].keys() >= {"at", "folder", "uid", "message_id", "why"}
    assert [b["message_id"] for b in ledger["bodies"]] == ["answer@example.net"]
    plain = command.run("timeline", karin.address)
    assert plain.status == 0 and "→ Offert för Göteborg — 報價 ☕  opens 1, clicks 1" in plain.out and not plain.err
    assert "clicked https://northlight.example.com" in command.run("feed").out


def test_later_from_standard_input_and_without_a_log(connected: Connected, mailbox: Callable[..., MailAccount]) -> None:
    command, me = connected
    ada, bob = mailbox("ada"), mailbox("bob")
    line = ["send", "--from", me.address, "--text-file", "-"]
    later = command.json(
        *line, "--to", ada.address, "--subject", "Senare", "--at", "2199-01-01T08:00", "--track", given="\ufeffTill dig"
    )
    assert (later["state"], later["tracked"]) == ("queued", []) and "2199-01-01 08:00" in later["reason"]
    unlogged = command.run(*line, "--to", bob.address, "--subject", "Utan logg", "--no-log", "--track", given="Hej")
    assert unlogged.status == 0 and unlogged.out.startswith("sent: ")
    assert "Tracking unavailable" in unlogged.err
    assert text_of(parsed(bob.wait_for_messages(1)[0])).strip() == "Hej"
    assert command.json("contacts", "--search", "bob") == {"contacts": []}
    assert ada.messages() == []
    with sqlite3.connect(command.home / "workspaces/default/workspace.sqlite3") as database:  # the time has come
        an_hour_ago = int((time.time() - 3600) * 1_000_000)
        database.execute("UPDATE outbox SET not_before = ? WHERE state = 'queued'", (an_hour_ago,))
    database.close()
    assert command.json("sync", "--once")["inboxes"][0]["error"] is None
    arrived = parsed(ada.wait_for_messages(1)[0])
    assert arrived["Message-ID"].strip("<>") == later["message_id"]
    assert text_of(arrived).strip() == "Till dig"
    timeline = command.json("timeline", ada.address)["messages"]
    assert [(m["subject"], m["tracking"], m["opens"]) for m in timeline] == [("Senare", "unavailable", None)]


def test_recipients_elsewhere_get_no_links_to_this_computer(connected: Connected, tracking: str) -> None:
    """The mail server is on this computer and sends to the whole world; preflight says what sending does."""
    command, me = connected
    line = ["send", "--from", me.address, "--text-file", "-", "--subject", "Offert", "--track", "--to", "x@icloud.com"]
    why = "network only: x@icloud.com could not follow its links."
    before = command.json(*line, "--preflight", given="https://example.com/a")
    assert [(r["opens"], r["clicks"]) for r in before["recipients"]] == [("no", "no")]
    assert [r["about"] for r in before["remarks"] if why in r["text"]] == ["unavailable"]
    sent = command.run(*line, "--json", given="https://example.com/a")
    assert (
        json.loads(sent.out)["tracked"] == []
        and f"Tracking unavailable. The tracking address leads to this computer or {why}" in sent.err
    )
    advice = next(s for s in command.json("tracking", "check", tracking)["steps"] if s["check"] == "reach")["advice"]
    assert advice.endswith("Messages to recipients elsewhere go out untracked.")
    command.json("settings", "set", "tracking.local", "on")
    asked_for = command.json(*line, "--preflight", given="https://example.com/a")
    assert ("local_links", True) in [(r["about"], r["grave"]) for r in asked_for["remarks"]]
    tracked = command.json(*line, given="https://example.com/a")["tracked"]
    assert [t["recipient"] for t in tracked] == ["x@icloud.com"]


def test_refused_recipients(connected: Connected, mailbox: Callable[..., MailAccount], submission: Submission) -> None:
    command, me = connected
    ada = mailbox("ada")
    submission.recipient_replies["gone@example.net"] = "550 5.1.1 <gone@example.net>: nobody\x1b[2J here"
    submission.recipient_replies["busy@example.net"] = "451 4.7.1 come back later"
    line = ["send", "--from", me.address, "--subject", "x", "--text-file", "-"]
    answer = command.json(*line, "--to", "gone@example.net", given="x", status=1)
    assert (answer["state"], answer["tracked"]) == ("failed", [])
    assert "gone@example.net" in answer["reason"] and "5.1.1" in answer["reason"]
    ended = command.run(*line, "--to", "gone@example.net", given="x")
    assert ended.status == 1 and ended.out.startswith("failed: ") and "\x1b" not in ended.out + ended.err
    answer = command.json(*line, "--to", ada.address, "--to", "gone@example.net", given="x")
    assert answer["state"] == "sent" and "gone@example.net" in answer["reason"] and ada.address not in answer["reason"]
    ada.wait_for_messages(1)
    answer = command.json(*line, "--to", "busy@example.net", given="x")
    assert answer["state"] == "queued" and "busy@example.net" in answer["reason"]
    messages = command.json("timeline", "gone@example.net")["messages"]
    assert {m["sending"] for m in messages} == {"failed", "partly"} and all(m["reason"] for m in messages)


def test_send_refuses_what_cannot_be_sent(connected: Connected, tmp_path: Path) -> None:
    command, me = connected
    (tmp_path / "latin").write_bytes(b"\xe5\xe4\xf6")
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(36 << 20)
    line = ["send", "--from", me.address, "--to", "ada@example.com", "--subject", "x"]
    for more, said in (
        (["--text-file", tmp_path / "missing"], "No such file"),
        (["--text-file", tmp_path], "Is a directory"),
        (["--text-file", tmp_path / "latin"], "not UTF-8"),
        (["--text-file", "-", "--attach", tmp_path / "missing"], "is not there"),
        (["--text-file", "-", "--attach", tmp_path], "is not a file"),
        (["--text-file", "-", "--attach", "/dev/zero"], "is not a file"),
        (["--text-file", "-", "--attach", big], "Send a link instead"),
        (["--text-file", "/dev/zero"], "larger than 10 MB"),
        (["--text-file", "-", "--to", "no address"], "not complete"),
    ):
        assert said in command.fails(*line, *more, status=2, given="x")
    assert "nobody@example.com" in command.fails(
        "send", "--from", "nobody@example.com", "--to", me.address, "--subject", "x", "--text-file", "-", status=2
    )
    injected = command.json(*line, "--text-file", "-", "--to", me.address, "--subject", "a\r\nBcc: x@example.com\n\nb")
    assert injected["state"] == "sent"
    assert "Bcc" not in parsed(me.wait_for_messages(1)[0])
    assert command.but(HITCHPOST_PASSPHRASE="wrong").fails(*line, "--text-file", "-", status=1, given="x")
    assert len(command.json("timeline", "ada@example.com")["messages"]) == 1  # the last one is not in the outbox


def test_sync_runs_until_stopped(connected: Connected, mailbox: Callable[..., MailAccount]) -> None:
    command, me = connected
    process = command.start("sync", "--json")
    await_line(process, "new tracking events")
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    ended = finish(process, 10)
    assert ended.status == 0 and time.monotonic() - began < 3
    assert json.loads(ended.out)["inboxes"][0]["folders"][0]["path"] == "INBOX"
    process = command.start("sync")
    await_line(process, "new tracking events")
    process.send_signal(signal.SIGINT)
    assert finish(process, 10).status == 0
    me.dovecot.pause()
    try:
        document = command.json("sync", "--once", status=1)
    finally:
        me.dovecot.resume()
    assert document["inboxes"][0]["folders"] == [] and "just now" in document["inboxes"][0]["error"]
    assert command.json("inboxes")["inboxes"][0]["state"] == "unreachable"
    assert command.json("sync", "--once")["inboxes"][0]["error"] is None
    assert command.json("inboxes")["inboxes"][0]["state"] == "connected"


def test_send_stops_in_good_order(
    connected: Connected, submission: Submission, mailbox: Callable[..., MailAccount]
) -> None:
    """Ctrl+C while the server thinks: the message is queued, not lost and not in doubt."""
    command, me = connected
    ada = mailbox("ada")
    asked, go_on = threading.Event(), threading.Event()

    def wait() -> str:
        asked.set()
        go_on.wait(10)
        return "451 4.3.0 too late"

    submission.faults["RCPT"] = [wait]
    process = command.start(
        "send", "--from", me.address, "--to", ada.address, "--subject", "x", "--text-file", "/dev/null"
    )
    wait_until(asked.is_set)
    process.send_signal(signal.SIGINT)
    ended = finish(process, 5)
    go_on.set()
    assert ended.out.startswith("queued: ") and "Stopped" in ended.out, ended
    assert command.json("sync", "--once")["inboxes"][0]["error"] is None
    assert len(ada.wait_for_messages(1)) == 1


def test_contacts_and_settings(command: object, connected: Connected) -> None:
    command, _ = connected
    contact = command.json("contacts", "add", "ada@example.com", "--name", "Ada Øberg")["contact"]
    assert (contact["name"], contact["address"]) == ("Ada Øberg", "ada@example.com")
    changed = command.json(
        "contacts", "edit", "ADA@example.com", "--title", "VD", "--company", "Northlight", "--phone", "+46 8 123",
        "--add-address", "ada@example.net",
    )["contact"]  # fmt: skip
    assert changed == command.json("contacts", "show", "ada@example.net")["contact"]
    assert changed["addresses"] == ["ada@example.com", "ada@example.net"] and changed["company"] == "Northlight"
    assert [c["address"] for c in command.json("contacts", "--search", "øberg north")["contacts"]] == [
        "ada@example.com"
    ]
    assert command.json("contacts", "--search", "nobody") == {"contacts": []}
    assert "ada@example.org" in command.fails("contacts", "show", "ada@example.org", status=2)
    assert "ada@example.org" in command.fails("timeline", "ada@example.org", status=2)
    command.json("contacts", "add", "Bob <bob@example.com>")
    said = command.fails("contacts", "edit", "bob@example.com", "--add-address", "ada@example.com", status=1)
    assert "another contact" in said
    assert command.json("settings", "set", "undo_seconds", "9") == {"name": "undo_seconds", "value": 9}
    assert command.json("settings", "get", "undo_seconds") == {"name": "undo_seconds", "value": 9}
    command.json("settings", "set", "tracking.token", "a secret")
    listed = command.json("settings", "list")
    assert listed == command.json("settings") and listed["settings"]["undo_seconds"] == 9
    assert "a secret" not in str(listed)
    for words in (["set", "undo_seconds", "soon"], ["set", "undo_seconds", "999"], ["get", "colour"],
                  ["set", "track_default", "perhaps"]):  # fmt: skip
        command.fails("settings", *words, status=2)


def test_timeline_shows_mail_of_strangers_without_obeying_it(
    connected: Connected, mailbox: Callable[..., MailAccount]
) -> None:
    """Escape sequences in a subject do not reach the terminal."""
    command, me = connected
    ada = mailbox("ada").address
    command.json("sync", "--once")
    line = ["send", "--from", me.address, "--to", ada, "--text-file", "-"]
    sent = command.json(*line, "--subject", "x", given="x")
    me.deliver(
        f"From: {ada}\nTo: {me.address}\nSubject: =?utf-8?q?=1B]0;owned=07=1B[2J?=\nMessage-ID: <e@example.com>\n"
        f"In-Reply-To: <{sent['message_id']}>\nDate: {format_datetime(datetime.now(UTC))}\n\n\x1b[31mred\n"
    )
    assert command.json("sync", "--once")["inboxes"][0]["folders"][0]["logged"] == 1
    shown = command.run("timeline", ada)
    assert shown.status == 0 and not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown.out)
    assert command.json("feed")["events"][0]["kind"] == "reply"
