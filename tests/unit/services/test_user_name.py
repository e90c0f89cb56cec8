"""Whose name stands before an inbox's address: its own, or the user's; a team's is never taken for that of a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, InboxKind, Secret
from app.domain.senders import own_sender
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.workspace import Workspace

SERVER = Endpoint("mail.example.org", 993, ConnectionSecurity.IMPLICIT_TLS)
ADA = ImapAccount("ada@example.org", SERVER, SERVER, "ada", from_name="Ada Berg")
SALES = ImapAccount("sales@example.org", SERVER, SERVER, "sales", from_name="Northlight sales")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "home", environ={"HITCHPOST_PASSPHRASE": "four words or more"})
    with opened.store.transaction():
        opened.store.rename_user("")
        opened.store.settings.put("team.any_provider", True)
    yield opened
    opened.store.close()


def connect(workspace: Workspace, account: ImapAccount, kind: InboxKind = InboxKind.PERSONAL) -> str:
    """What recipients see before its address."""
    inbox_id = connect_inbox(workspace, account, Secret("x"), None, CheckResult(True), kind=kind)
    return own_sender(workspace.store.inboxes.get(inbox_id), (), workspace.store.user_name()).display_name


def test_a_team_inbox_names_nobody(workspace: Workspace) -> None:
    assert connect(workspace, SALES, InboxKind.TEAM) == "Northlight sales"
    assert workspace.store.user_name() == ""


def test_the_first_personal_name_is_the_users_and_stays(workspace: Workspace) -> None:
    assert connect(workspace, ADA) == "Ada Berg"
    assert workspace.store.user_name() == "Ada Berg"
    assert connect(workspace, replace(ADA, address="a@example.net", from_name="A. Berg")) == "A. Berg"
    assert workspace.store.user_name() == "Ada Berg"


def test_the_users_name_is_for_personal_inboxes(workspace: Workspace) -> None:
    connect(workspace, ADA)
    assert connect(workspace, replace(ADA, address="b@example.net", from_name="")) == "Ada Berg"
    assert connect(workspace, replace(SALES, from_name=""), InboxKind.TEAM) == ""
