"""`command`: hitchpost as a process over an empty home. `connected`: the same with an inbox, connected beforehand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from tests.support.command import PASSPHRASE, Command
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
