"""`command`: hitchpost as a process over an empty home. `connected`: the same with an inbox, connected beforehand.

`desk`: a workspace in the test's own process; `me`, `inbox`: a person, and that person's inbox after its first sync.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.inboxes import Inbox
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from tests.support.command import PASSPHRASE, Command
from tests.support.desk import Desk, Mailboxes, open_desk
from tests.support.mailbox import MailAccount

Connected = tuple[Command, MailAccount]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return Command(home)


@pytest.fixture
def connected(command: Command, mailbox: Callable[..., MailAccount]) -> Connected:
    """As `connect imap` leaves it, without the seconds that its look for the server's own Sent copy takes."""
    me = mailbox("jonas", from_name="Jonas Åhl")
    workspace = open_workspace(command.home, environ={"HITCHPOST_PASSPHRASE": PASSPHRASE})
    connect_inbox(workspace, me.account, me.secret, None, CheckResult(True, sent_folder="Sent"), disclosure_version="1")
    workspace.store.close()
    return command, me


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    with open_desk(home) as opened:
        yield opened


@pytest.fixture
def me(mailbox: Mailboxes) -> MailAccount:
    return mailbox("jonas", from_name="Jonas Ahl")


@pytest.fixture
def inbox(desk: Desk, me: MailAccount) -> Inbox:
    connected = desk.connect(me)
    desk.sync(connected)
    return connected


@pytest.fixture
def ours(desk: Desk, me: MailAccount, mailbox: Mailboxes) -> str:
    """The id of a message to Ada that was sent from another inbox of this workspace, before `me` is connected."""
    me.dovecot.add_user("ada@example.com", "x")
    first = desk.connect(mailbox("first"))
    desk.sync(first)
    return desk.send(first, "ada@example.com").message_id
