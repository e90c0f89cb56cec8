"""The rules of personal and team inboxes over a real store: other users, removed users, meetings addresses."""

from __future__ import annotations

import pytest

from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, InboxKind, InboxState, Provider, Secret
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.inbox_rules import add_meetings_address, kind_refusal, refuse_kind, remove_meetings_address
from app.services.workspace import Workspace
from app.store.fields import now
from app.store.models import User

SERVER = Endpoint("mail.example.org", 993, ConnectionSecurity.IMPLICIT_TLS)


def user(workspace: Workspace, name: str, active: bool = True) -> int:
    with workspace.store.transaction():
        return int(User.create(name=name, login_address="", active=active, created_at=now()).id)


def inbox(workspace: Workspace, address: str, kind=InboxKind.PERSONAL, user_id: int = 0, provider=Provider.GMAIL):
    with workspace.store.transaction(Area.INBOXES):
        return workspace.store.inboxes.add(
            ImapAccount(address, SERVER, SERVER, address),
            user_id=user_id or workspace.store.user_id,
            kind=kind,
            provider=provider,
        )


def test_an_address_of_somebody_else_names_them(workspace: Workspace):
    inbox(workspace, "sales@example.org", user_id=user(workspace, "Karin Lind"))
    told = kind_refusal(workspace, " Sales@Example.org ", InboxKind.PERSONAL, Provider.GMAIL)
    assert told.startswith("Sales@Example.org is connected already") and "Karin Lind" in told
    with pytest.raises(UsageError, match="Karin Lind"):
        refuse_kind(workspace, "sales@example.org", InboxKind.TEAM, Provider.GMAIL)


def test_an_address_of_a_removed_user_says_to_restore_them(workspace: Workspace):
    inbox(workspace, "sales@example.org", user_id=user(workspace, "Karin Lind", active=False))
    told = kind_refusal(workspace, "sales@example.org", InboxKind.PERSONAL, Provider.GMAIL)
    assert "Karin Lind, who was removed" in told and "Restore the user" in told


def test_a_removed_inbox_leaves_its_address_free(workspace: Workspace):
    inbox_id = inbox(workspace, "sales@example.org", user_id=user(workspace, "Karin Lind"))
    with workspace.store.transaction(Area.INBOXES):
        workspace.store.inboxes.set_state(inbox_id, InboxState.REMOVED)
    for kind in InboxKind:
        assert kind_refusal(workspace, "sales@example.org", kind, Provider.GMAIL) == ""


def test_switching_the_other_kinds_off_later_breaks_nothing_that_is_connected(workspace: Workspace):
    account = ImapAccount("sales@example.org", SERVER, SERVER, "sales@example.org")
    result, password = CheckResult(True, sent_folder="Sent"), Secret("x" * 12)
    with pytest.raises(UsageError, match="Settings › Team inboxes"):
        connect_inbox(workspace, account, password, None, result, kind=InboxKind.TEAM)
    with workspace.store.transaction():
        workspace.store.settings.put("team.any_provider", "on")
    first = connect_inbox(workspace, account, password, None, result, kind=InboxKind.TEAM)
    with workspace.store.transaction():
        workspace.store.settings.put("team.any_provider", "off")
    assert connect_inbox(workspace, account, password, None, result, kind=InboxKind.TEAM) == first
    assert workspace.store.inboxes.get(first).state is InboxState.CONNECTING
    with pytest.raises(UsageError, match="cannot be both"):
        connect_inbox(workspace, account, password, None, result)


def test_a_meetings_address_and_a_team_inbox_exclude_each_other(workspace: Workspace):
    add_meetings_address(workspace, " Meet@example.org ")
    add_meetings_address(workspace, "meet@example.org")  # once more is no matter
    assert workspace.store.presets.meetings() == ("meet@example.org",)
    assert "meetings address" in kind_refusal(workspace, "MEET@example.org", InboxKind.TEAM, Provider.GMAIL)
    assert kind_refusal(workspace, "meet@example.org", InboxKind.PERSONAL, Provider.IMAP) == ""
    remove_meetings_address(workspace, "Meet@Example.org")
    with pytest.raises(UsageError, match="not among"):
        remove_meetings_address(workspace, "meet@example.org")
    assert kind_refusal(workspace, "meet@example.org", InboxKind.TEAM, Provider.GMAIL) == ""
    inbox(workspace, "hello@example.org", InboxKind.TEAM)
    with pytest.raises(UsageError, match="is a team inbox"):
        add_meetings_address(workspace, "Hello@example.org")
    inbox(workspace, "jonas@example.org")
    add_meetings_address(workspace, "jonas@example.org")
    assert workspace.store.presets.meetings() == ("jonas@example.org",)


@pytest.mark.parametrize("address", ["", "meet", "meet@", "a b@example.org"])
def test_what_is_no_address_is_not_kept_for_meetings(workspace: Workspace, address: str):
    with pytest.raises(UsageError, match="not complete"):
        add_meetings_address(workspace, address)
