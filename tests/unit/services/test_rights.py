"""What is kept for administrators (S6): every service that does such a thing refuses a member, and says who they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.copied_mail import CopyKind
from app.domain.errors import NotAllowed
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, InboxKind, Provider
from app.domain.logging_addresses import Way
from app.domain.presets import PresetForm
from app.domain.records import RecordKind
from app.domain.rights import SHARED_SETTINGS, AdminOnly, Right, Standing, right_of_setting, why_not
from app.domain.transfer import ImportKind, ImportOptions
from app.runtime.program import Program
from app.services.change_tracking import keep_token
from app.services.delete_permanently import delete_permanently, plan_deletion
from app.services.edit_record import add_record, edit_record, remove_record, undo_change
from app.services.import_file import import_file
from app.services.inbox_rules import add_meetings_address, kind_refusal, remove_meetings_address
from app.services.logging_addresses import add_logging_address, remove_logging_address
from app.services.never_log_rules import add_entry, entry_of, remove_entry, remove_logged
from app.services.presets import add_preset, keep_preset, remove_preset
from app.services.rights import why_not_here, why_not_set
from app.services.settings import put_setting
from app.services.sign_in_clients import set_client_field
from app.services.workspace import Workspace
from app.store.settings import DEFAULTS

CONTACT, USER = RecordKind.CONTACT, RecordKind.USER
SERVER = Endpoint("mail.example.org", 993, ConnectionSecurity.IMPLICIT_TLS)
SAID = "Only an administrator of this workspace can .* Administrators are: Ada Berg, bo@example.org"


def demote(workspace: Workspace) -> tuple[int, int]:
    """The signed-in user is a member, and two others are administrators."""
    store = workspace.store
    ada = add_record(store, USER, {"login_address": "ada@example.org", "name": "Ada Berg", "role": "admin"})
    bo = add_record(store, USER, {"login_address": "bo@example.org", "role": "admin"})
    edit_record(store, USER, store.user_id, {"role": "member", "login_address": "me@example.org"})
    return ada, bo


def test_a_member_is_refused_everywhere_and_told_who_is_not(workspace: Workspace, tmp_path: Path) -> None:
    store = workspace.store
    with store.transaction():
        inbox = store.inboxes.add(ImapAccount("me@example.org", SERVER, SERVER, "me"), user_id=store.user_id)
    address = add_logging_address(workspace, CopyKind.BCC, Way.PLUS, inbox)
    kept = add_entry(workspace, entry_of(workspace, "example.net"))
    add_meetings_address(workspace, "meet@example.org")
    person = add_record(store, CONTACT, {"addresses": ["cy@example.com"]})
    ada, _ = demote(workspace)
    table = tmp_path / "users.csv"
    table.write_text("Login,Role\nme@example.org,admin\n")
    form = PresetForm(domain="example.com")
    calls: dict[str, Callable[[], object]] = {
        "a user": lambda: add_record(store, USER, {"login_address": "dee@example.org"}),
        "another's role": lambda: edit_record(store, USER, ada, {"role": "member"}),
        "one's own role": lambda: edit_record(store, USER, store.user_id, {"role": "admin"}),
        "one's own access": lambda: edit_record(store, USER, store.user_id, {"personal_email_access": False}),
        "one's own login": lambda: edit_record(store, USER, store.user_id, {"login_address": "ada.berg@example.org"}),
        "another's aliases": lambda: edit_record(store, USER, ada, {"aliases": ["x@example.org"]}),
        "removing a user": lambda: remove_record(store, USER, ada),
        "undoing it": lambda: undo_change(store, store.record_changes.of(USER, store.user_id)[0].id),
        "users from a file": lambda: import_file(
            workspace, ImportKind.USERS, table, ImportOptions(), lambda _: None, lambda: False
        ),
        "an export": lambda: import_file(
            workspace, ImportKind.EXPORT, tmp_path, ImportOptions(), lambda _: None, lambda: False
        ),
        "never-log": lambda: add_entry(workspace, entry_of(workspace, "example.com")),
        "never-log again": lambda: remove_entry(workspace, kept),
        "what was logged": lambda: remove_logged(workspace, kept),
        "a logging address": lambda: add_logging_address(workspace, CopyKind.FORWARD, Way.PLUS, inbox),
        "no logging address": lambda: remove_logging_address(workspace, address.id),
        "deletion": lambda: delete_permanently(store, person),
        "a preset": lambda: keep_preset(workspace, form),
        "a preset by command": lambda: add_preset(workspace, form),
        "no preset": lambda: remove_preset(workspace, "example.com"),
        "meetings": lambda: add_meetings_address(workspace, "meetings@example.org"),
        "no meetings": lambda: remove_meetings_address(workspace, "meet@example.org"),
        "privacy": lambda: put_setting(store, "privacy.on", True),
        "sending": lambda: put_setting(store, "send.daily_limit", 5),
        "sign-in": lambda: set_client_field(workspace, "oauth.gmail.client_id", "x"),
        "tracking": lambda: keep_token(workspace, ""),
    }
    for what, call in calls.items():
        with pytest.raises(AdminOnly, match=SAID):
            call()
            pytest.fail(what)
    assert store.contacts.find("cy@example.com") == person and store.settings.get("privacy.on") is False
    assert why_not_here(store, Right.NEVER_LOG) == (
        "Only an administrator of this workspace can change the workspace’s never-log list. Administrators are: Ada Berg, "
        "bo@example.org."
    )
    assert why_not_set(store, "oauth.outlook.authority") and not why_not_set(store, "track_default")


def test_a_member_has_what_is_a_members(workspace: Workspace) -> None:
    store = workspace.store
    demote(workspace)
    person = add_record(store, CONTACT, {"addresses": ["cy@example.com"]})
    assert edit_record(store, USER, store.user_id, {"name": "Me", "aliases": ["m@example.org"]}) is not None
    assert plan_deletion(store, person).addresses == ("cy@example.com",)
    own = add_entry(workspace, entry_of(workspace, "example.com", mine=True))
    assert remove_logged(workspace, own).gone == 0
    remove_entry(workspace, own)
    put_setting(store, "track_default", False)
    assert store.settings.get("track_default") is False


def test_who_is_alone_is_the_administrator(workspace: Workspace) -> None:
    store = workspace.store
    assert not any(why_not_here(store, right) for right in Right)
    demote(workspace)
    assert all(why_not_here(store, right) for right in Right)
    assert why_not(Right.USERS, Standing(is_admin=False, admins=(), alone=True)) == ""


def test_without_personal_access_no_inbox_of_ones_own_is_connected(workspace: Workspace) -> None:
    store = workspace.store
    with store.transaction():
        store.inboxes.add(ImapAccount("me@example.org", SERVER, SERVER, "me"), user_id=store.user_id)
    edit_record(store, USER, store.user_id, {"personal_email_access": False, "name": "Jonas Ahl"})
    told = kind_refusal(workspace, "new@example.org", InboxKind.PERSONAL, Provider.GMAIL)
    assert "you have no personal e-mail access" in told and "(Jonas Ahl)" in told
    assert kind_refusal(workspace, "sales@example.org", InboxKind.TEAM, Provider.GMAIL) == ""
    assert kind_refusal(workspace, "me@example.org", InboxKind.PERSONAL, Provider.IMAP) == ""  # connected before


def test_every_shared_setting_is_one() -> None:
    for name in SHARED_SETTINGS:
        assert any(known == name or (name.endswith(".") and known.startswith(name)) for known in DEFAULTS), name
    assert right_of_setting("oauth.gmail.client_id") is Right.SETTINGS and right_of_setting("undo_seconds") is None


def test_the_facade_tells_beforehand(qtbot, home: Path) -> None:  # type: ignore[no-untyped-def]
    program = Program(open_workspace(home))
    try:
        assert program.why_not(Right.DELETION) == "" and program.why_not_set("privacy.on") == ""
        demote(program.workspace)
        assert "Ada Berg" in program.why_not(Right.DELETION) and "Ada Berg" in program.why_not_set("privacy.on")
        with pytest.raises(NotAllowed, match=SAID):
            program.set_setting("privacy.on", True)
        told: list[tuple[object, str]] = []
        contact = program.add_record(CONTACT, {"addresses": ["cy@example.com"]})
        program.delete_permanently(contact, lambda plan, why: told.append((plan, why)))
        qtbot.waitUntil(lambda: bool(told))
        assert told[0][0] is None and "Only an administrator" in told[0][1]
    finally:
        program.shut_down()
        program.workspace.store.close()
