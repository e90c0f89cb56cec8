"""A logging address on a real mail system: mail by BCC comes to it and is known by it, or the proof says what is missing."""

from __future__ import annotations

import threading

import pytest

from app.backends.protocol import MailBackend
from app.domain.copied_mail import CopyKind
from app.domain.errors import Cancelled, NotAllowed
from app.domain.folders import LeftOut
from app.domain.inboxes import ImapAccount, Inbox, InboxState, Secret, ServerTrust
from app.domain.logging_addresses import (
    AddressState,
    FolderMissing,
    FolderThere,
    FolderUnasked,
    FolderUnfit,
    NotCome,
    NotSent,
    NotTold,
    Recognised,
    Way,
)
from app.domain.logging_rules import FolderRole
from app.services.logging_addresses import add_logging_address, prove_address
from app.services.logging_folders import ask_for_folder, create_logging_folder, look_for_folder
from app.services.open_backend import open_reading
from app.services.workspace import Workspace
from app.words.logging_addresses import proof_sentence
from tests.support.authority import Authority, Issued
from tests.support.command import Command
from tests.support.desk import NEVER, Desk, Mailboxes
from tests.support.dovecot import Dovecot
from tests.support.mailbox import MailAccount, endpoint
from tests.support.submission import Submission


@pytest.mark.parametrize("kind", list(CopyKind))
def test_a_plus_address_is_proved(desk: Desk, me: MailAccount, kind: CopyKind) -> None:
    inbox = desk.connect(me)
    address = add_logging_address(desk.workspace, kind, Way.PLUS, inbox.id)
    steps: list[str] = []
    found = prove_address(desk.workspace, address.id, NEVER, patience=15, on_step=steps.append)
    assert isinstance(found, Recognised), found
    assert found.address.state is AddressState.PROVED and found.address.proved_at is not None
    assert found.address.proof_token == "" and found.seen_in in ("the envelope", "Received", "To or Cc")
    assert "It works" in proof_sentence(found) and len(steps) == 3
    desk.sync(inbox)  # the test message itself is nothing to be logged
    assert desk.workspace.store.reviews.items(None) == () and desk.workspace.store.contacts.count() == 0


def test_a_server_that_knows_no_plus_addresses(desk: Desk, me: MailAccount, submission: Submission) -> None:
    """«E-postserveren må tillate ekstern videresending.» One that does not let mail out, or knows no such address, is told."""
    inbox = desk.connect(me)
    address = add_logging_address(desk.workspace, CopyKind.FORWARD, Way.PLUS, inbox.id)
    submission.recipient_replies[address.address.lower()] = "550 5.7.1 external forwarding is not allowed"
    try:
        found = prove_address(desk.workspace, address.id, NEVER, patience=5)
    finally:
        submission.recipient_replies.clear()
    assert isinstance(found, NotSent) and found.address.state is AddressState.BROKEN
    assert "external forwarding is not allowed" in found.problem.server_says
    assert "to let mail go there" in proof_sentence(found)


def test_what_is_taken_and_does_not_come(
    desk: Desk, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for in turn with whatever else looks at the mailbox, so that there are no more than three connections."""
    in_turn: list[bool] = []

    def opened(workspace: Workspace, inbox: Inbox, cancel: threading.Event) -> MailBackend:
        in_turn.append(workspace._errands[inbox.id].locked())
        return open_reading(workspace, inbox, cancel)

    monkeypatch.setattr("app.services.logging_addresses.open_reading", opened)
    inbox, other = desk.connect(me), mailbox("other")
    address = add_logging_address(desk.workspace, CopyKind.BCC, Way.PLUS, inbox.id, address=other.address)
    found = prove_address(desk.workspace, address.id, NEVER, patience=1.5)
    assert isinstance(found, NotCome) and found.address.state is AddressState.BROKEN
    assert "did not come" in proof_sentence(found)
    assert len(in_turn) >= 2 and all(in_turn)


def test_a_server_that_does_not_say_for_whom(desk: Desk, certificate: Issued, authority: Authority) -> None:
    """By BCC the address stands nowhere in such a message: the proof finds out before a person relies on it."""
    settings = "lmtp_add_received_header = no\nlmtp_hdr_delivery_address = none"
    with Dovecot(certificate, settings=settings) as dovecot, Submission(dovecot, certificate) as submission:
        name, password = "jonas@example.com", "correct horse battery"
        dovecot.add_user(name, password)
        imap, smtp = endpoint(dovecot.imaps_port, "tls"), endpoint(submission.port, "starttls")
        account = ImapAccount(name, imap, smtp, name, trust=ServerTrust(ca_pem=authority.ca_pem))
        inbox = desk.connect(MailAccount(name, password, account, Secret(password), dovecot))
        address = add_logging_address(desk.workspace, CopyKind.BCC, Way.PLUS, inbox.id)
        found = prove_address(desk.workspace, address.id, NEVER, patience=15)
        assert isinstance(found, NotTold) and found.address.state is AddressState.BROKEN
        assert "does not say for whom" in proof_sentence(found)
        forward = add_logging_address(desk.workspace, CopyKind.FORWARD, Way.PLUS, inbox.id)
        assert isinstance(prove_address(desk.workspace, forward.id, NEVER, patience=15), Recognised)


def test_cancelled(desk: Desk, me: MailAccount, mailbox: Mailboxes) -> None:
    inbox, other = desk.connect(me), mailbox("other")
    address = add_logging_address(desk.workspace, CopyKind.BCC, Way.PLUS, inbox.id, address=other.address)
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        prove_address(desk.workspace, address.id, cancel, patience=60, on_step=lambda text: _stop(text, cancel))
    assert desk.workspace.store.logging_addresses.all()[0].state is AddressState.NEW


def _stop(text: str, cancel: threading.Event) -> None:
    if text == "Waiting for it":
        cancel.set()


def test_an_inbox_that_is_switched_off_serves_nothing(desk: Desk, me: MailAccount) -> None:
    inbox = desk.connect(me)
    with desk.workspace.store.transaction():
        desk.workspace.store.inboxes.set_state(inbox.id, InboxState.DISABLED)
    with pytest.raises(NotAllowed):
        add_logging_address(desk.workspace, CopyKind.BCC, Way.PLUS, inbox.id)


def test_a_folder_that_the_server_does_not_have(desk: Desk, me: MailAccount) -> None:
    """It is refused where the server can be asked; else the next look at the mailbox finds it out."""
    inbox, store = desk.connect(me), desk.workspace.store
    with pytest.raises(NotAllowed, match="no folder “Nope” in"):
        ask_for_folder(desk.workspace, inbox.id, "Nope", NEVER)
    _create(desk, inbox, "To log")
    with pytest.raises(NotAllowed, match="one that is called “To log”"):
        ask_for_folder(desk.workspace, inbox.id, "to log", NEVER)
    assert ask_for_folder(desk.workspace, inbox.id, "To log", NEVER)
    add_logging_address(desk.workspace, CopyKind.BCC, Way.FOLDER, inbox.id, folder="Nope")
    add_logging_address(desk.workspace, CopyKind.FORWARD, Way.FOLDER, inbox.id, folder="To log")
    desk.sync(inbox)
    assert [(a.folder, a.folder_gone) for a in store.logging_addresses.all()] == [("Nope", True), ("To log", False)]
    _create(desk, inbox, "Nope")
    desk.sync(inbox)
    assert [(a.state, a.folder_gone) for a in store.logging_addresses.all()] == [(AddressState.NEW, False)] * 2
    assert create_logging_folder(desk.workspace, inbox.id, "Made now", NEVER) == FolderThere("Made now")
    assert look_for_folder(desk.workspace, inbox.id, "Made now ", NEVER) == FolderThere("Made now")
    assert look_for_folder(desk.workspace, inbox.id, "MADE NOW", NEVER) == FolderMissing("MADE NOW", "Made now")
    moved = desk.move(inbox, imap_port=1)
    assert isinstance(create_logging_folder(desk.workspace, moved.id, "Other", NEVER), FolderUnasked)
    assert not ask_for_folder(desk.workspace, moved.id, "Nope", NEVER)


def _create(desk: Desk, inbox: Inbox, path: str) -> None:
    with open_reading(desk.workspace, inbox, NEVER) as session:
        session.create_folder(path)


def test_a_folder_that_is_never_read_or_holds_ordinary_mail_serves_no_address(desk: Desk, me: MailAccount) -> None:
    inbox, workspace = desk.connect(me), desk.workspace
    for path, why in (("Drafts", LeftOut.DRAFTS), ("Trash", LeftOut.TRASH), ("Junk", LeftOut.JUNK)):
        assert look_for_folder(workspace, inbox.id, path, NEVER) == FolderUnfit(path, why)
        with pytest.raises(NotAllowed, match=f"never reads the folder “{path}” in {inbox.address}: {why.value}"):
            ask_for_folder(workspace, inbox.id, path, NEVER)
    assert look_for_folder(workspace, inbox.id, "inbox", NEVER) == FolderUnfit("inbox", FolderRole.INBOX)
    with pytest.raises(NotAllowed, match="holds what you send, and every message in it would be logged"):
        ask_for_folder(workspace, inbox.id, "Sent", NEVER)
    assert create_logging_folder(workspace, inbox.id, "Spam", NEVER) == FolderUnfit("Spam", LeftOut.JUNK)
    assert look_for_folder(workspace, inbox.id, "Spam", NEVER) == FolderMissing("Spam")  # nothing was made
    desk.sync(inbox)  # from here on it is known without the server, too
    for path in ("INBOX", "Sent"):
        with pytest.raises(NotAllowed, match="would be logged as a copy"):
            add_logging_address(workspace, CopyKind.BCC, Way.FOLDER, inbox.id, folder=path)
    assert workspace.store.logging_addresses.all() == ()


def test_a_folder_on_the_command_line(connected: tuple[Command, MailAccount]) -> None:
    command, _ = connected
    assert "it holds drafts" in command.fails("logging", "add", "bcc", "--folder", "Drafts", status=1)
    told = command.fails("logging", "add", "bcc", "--folder", "Trash", "--create-folder", status=2)
    assert "it holds deleted messages" in told
    assert "your ordinary mail" in command.fails("logging", "add", "bcc", "--folder", "INBOX", status=1)
    assert "no folder “Nope”" in command.fails("logging", "add", "bcc", "--folder", "Nope", status=1)
    assert command.json("logging")["logging"] == []
    assert "what you send" in command.fails("logging", "add", "bcc", "--folder", "Sent", status=1)
    made = command.json("logging", "add", "forward", "--folder", "Nope", "--create-folder")
    assert made["logging"]["folder"] == "Nope" and made["folder_looked_for"] is True


def test_on_the_command_line(connected: tuple[Command, MailAccount]) -> None:
    command, me = connected
    made = command.json("logging", "add", "bcc")["logging"]
    assert made["address"].startswith(me.address.split("@")[0] + "+log-") and made["state"] == "new"
    proved = command.json("logging", "prove", str(made["id"]))
    assert proved["proved"] and proved["logging"]["state"] == "proved"
    assert [a["address"] for a in command.json("logging")["logging"]] == [made["address"]]
    command.json("logging", "remove", str(made["id"]))
    assert command.json("logging")["logging"] == []
    assert command.json("review")["review"] == []
    assert (
        command.json("settings", "never-log", "add", "example.edu", "--note", "School")["never_log"]["value"]
        == "example.edu"
    )
    trial = command.json("settings", "never-log", "try", "example.org")
    assert trial.pop("waiting") == {"would_go": 0, "would_unname": 0}
    assert trial == {"would_go": [], "would_stay": [], "would_unname": [], "contacts": [], "exists": False, "near": []}
    command.json("settings", "never-log", "remove", "example.edu")
    assert command.json("settings", "never-log")["never_log"] == []
    assert command.json("settings", "privacy", "on")["on"] is True
    command.json("settings", "privacy", "basis", "ada@example.org", "contract")
    assert command.json("settings", "privacy")["bases"][0]["address"] == "ada@example.org"
    command.json("settings", "privacy", "remove", "ada@example.org")
    assert command.json("settings", "privacy", "off") == {"on": False, "bases": []}
