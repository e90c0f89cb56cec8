"""All mail with known contacts, where a person wishes for it (R7); by default answers alone are logged."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.addresses import Address
from app.domain.errors import UsageError
from app.domain.events import EventKind
from app.services.explain_message import explain_message
from tests.support.command import Command
from tests.support.desk import Desk, written
from tests.support.mailbox import MailAccount

ADA = "ada@example.org"


def know(desk: Desk, *addresses: str, mode: str = "contacts") -> None:
    store = desk.workspace.store
    with store.transaction():
        for address in addresses:
            store.contacts.add(Address(address), created_by="person")
        store.settings.put("log.mode", mode)


def ids(desk: Desk, address: str = ADA) -> set[str]:
    return {m.message_id for m in desk.timeline(address)}


def why_read(desk: Desk) -> dict[str, str]:
    return {body.message_id: body.why for ledger in desk.workspace.store.ledgers.read() for body in ledger.bodies}


def fill(me: MailAccount) -> None:
    """Mail with Ada both ways, and mail that is none of hers."""
    me.append("INBOX", written(f"Ada <{ADA}>", me.address, message_id="first@x.example", subject="Fråga"))
    me.append("INBOX", written("news@example.net", me.address, message_id="news@x.example", subject="Nyheter"))
    me.append("INBOX", written("eve@example.net", f"{me.address}, {ADA}", message_id="cc@x.example", subject="Alla"))
    sent = written(me.address, f"=?utf-8?q?Ad=C3=A4?= <{ADA.upper()}>", message_id="sent@x.example", subject="Svar")
    me.append("Sent", sent)
    me.append("Sent", written(me.address, "eve@example.net", message_id="other@x.example", subject="Annat"))


def test_answers_alone_by_default(desk: Desk, me: MailAccount) -> None:
    know(desk, ADA, mode="replies")
    inbox = desk.connect(me)
    desk.sync(inbox)
    fill(me)
    found = desk.sync(inbox)
    assert (found["INBOX"].logged, found["INBOX"].bodies_read, found["Sent"].logged) == (0, 0, 0)
    assert ids(desk) == set() and why_read(desk) == {}
    trace = explain_message(desk.workspace, "<first@x.example>")
    assert any("answers alone are logged, as the settings have it" in step.text for step in trace.steps)


@pytest.mark.parametrize("first_look", [True, False])
def test_all_mail_with_contacts(desk: Desk, me: MailAccount, first_look: bool) -> None:
    know(desk, ADA)
    inbox = desk.connect(me)
    if not first_look:
        desk.sync(inbox)
    fill(me)
    found = desk.sync(inbox)
    assert ids(desk) == {"first@x.example", "sent@x.example"}
    assert {(m.message_id, m.direction, m.logged_by) for m in desk.timeline(ADA)} == {
        ("first@x.example", "received", "contact"), ("sent@x.example", "sent", "contact"),
    }  # fmt: skip
    assert {path: report.bodies_read for path, report in found.items()} == {"INBOX": 1, "Sent": 1}
    reasons = why_read(desk)
    assert set(reasons) == {"first@x.example", "sent@x.example"}
    assert all("all mail with known contacts is logged" in why for why in reasons.values())
    assert desk.feed(EventKind.REPLY) == [] and desk.notified == []
    trace = explain_message(desk.workspace, "<first@x.example>")
    assert trace.verdict == "It is here because all mail with known contacts is logged."
    assert desk.sync(inbox)["INBOX"].bodies_read == 0
    me.append("INBOX", written("eve@example.net", me.address, parent="sent@x.example", message_id="eve@x.example"))
    desk.sync(inbox)  # whoever answers what is logged belongs to its thread, as ever
    assert ids(desk) == {"first@x.example", "sent@x.example", "eve@x.example"}


def test_a_conversation_is_one_thread_whichever_way_it_is_read(
    desk: Desk, me: MailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Message by message down in the first look, and up as it comes."""
    monkeypatch.setattr("app.services.read_downwards.PIECE_SECONDS", 0.0)
    monkeypatch.setattr("app.backends.imap.scanning.STEP", 1)
    monkeypatch.setattr("app.backends.imap.scanning._STEPS", 1)
    know(desk, ADA)
    inbox = desk.connect(me)

    def talk(name: str) -> None:
        parent = ""
        for number in range(6):
            message_id = f"{name}{number}@x.example"
            subject = f"{'Re: ' if number else ''}Offert {name}"
            me.append("INBOX", written(ADA, me.address, parent=parent, message_id=message_id, subject=subject))
            parent = message_id

    talk("old")
    assert desk.sync(inbox)["INBOX"].logged == 6
    talk("new")
    assert desk.sync(inbox)["INBOX"].logged == 6
    store = desk.workspace.store
    for name in ("old", "new"):
        known = store.messages.known([f"{name}{n}@x.example" for n in range(6)])
        assert len(known) == 6 and len({k.thread_id for k in known.values()}) == 1


def test_what_comes_counts_from_when_it_is_switched_on_and_the_command_line_sets_it(
    desk: Desk, me: MailAccount, home: Path
) -> None:
    know(desk, ADA, mode="replies")
    inbox = desk.connect(me)
    command = Command(home)
    me.append("INBOX", written(ADA, me.address, message_id="before@x.example"))
    desk.sync(inbox)
    command.json("settings", "set", "log.mode", "contacts")
    assert command.json("settings")["settings"]["log.mode"] == "contacts"
    me.append("INBOX", written(ADA, me.address, message_id="after@x.example"))
    desk.sync(inbox)
    assert ids(desk) == {"after@x.example"}
    command.json("settings", "set", "log.mode", "replies")
    me.append("INBOX", written(ADA, me.address, message_id="later@x.example"))
    desk.sync(inbox)
    assert ids(desk) == {"after@x.example"}
    with pytest.raises(UsageError, match=r"log\.mode is one of replies, contacts"):
        desk.workspace.store.settings.check("log.mode", "everything")
