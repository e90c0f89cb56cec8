"""Another workspace is chosen, read about and opened; what waits stays where it is (S1)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.bootstrap import open_workspace
from app.domain.errors import StoreError, UsageError
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, Secret
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.workspaces import known_workspaces, register_workspace, use_workspace
from app.store.glance import glance
from app.ui.kit.theme import Theme
from app.ui.settings.sync_account_dialog import SyncAccountDialog, stays
from tests.support.command import PASSPHRASE, ROOT, Command
from tests.ui.support.sample_program import SampleProgram


def test_it_is_changed_after_it_was_read(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.show()
    dialog = SyncAccountDialog(theme, program, host)
    dialog.open()
    assert not dialog.verb.isEnabled() and not dialog.means.isVisible()
    assert not dialog.radios["archive"].isEnabled()
    dialog.radios["Northlight Sales"].click()
    assert dialog.means.isVisible() and dialog.verb.isEnabled() and dialog.verb.text() == "Yes, change it"
    assert "2 messages wait in the outbox" in stays(program.workspace_list[0])
    program.save_fault = StoreError("The disk is full.")
    dialog.verb.click()
    assert dialog.told.isVisible() and dialog.isVisible()
    program.save_fault = None
    dialog.verb.click()
    assert program.wished("change_workspace") == [("Northlight Sales",), ("Northlight Sales",)]
    assert not dialog.isVisible()


def test_cancel_changes_nothing(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.show()
    dialog = SyncAccountDialog(theme, program, host)
    dialog.open()
    dialog.radios["new"].click()
    dialog.radios["default"].click()
    assert not dialog.verb.isEnabled()
    assert dialog.cancel is not None
    dialog.cancel.click()
    assert program.wished("change_workspace") == []


def test_where_workspaces_may_lie(tmp_path: Path) -> None:
    home = tmp_path / "home"
    open_workspace(home, environ={}).store.close()
    other = tmp_path / "team data" / "team.sqlite3"
    assert register_workspace(home, "team", f"sqlite:///{other}") == other
    open_workspace(home, "team", environ={}).store.close()
    assert other.exists() and (other.parent / "tracking").parent == other.parent
    assert [(k.name, k.current) for k in known_workspaces(home)] == [("default", True), ("team", False)]
    for name, url, why in (
        ("team", "", "already"),
        ("second", f"sqlite:///{other.parent}/other.sqlite3", "folder of its own"),
        ("pg", "postgresql://db.example.com/crm", "not possible yet"),
        ("odd", "https://example.com/db", "no address of a workspace"),
        ("lost", f"sqlite:///{tmp_path}/a/b/c.sqlite3", "is not there"),
        ("../up", "", "cannot be the name"),
    ):
        with pytest.raises(UsageError, match=why):
            register_workspace(home, name, url)
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "notes.sqlite3").write_text("no database")
    with pytest.raises(StoreError, match="no Hitchpost workspace"):
        register_workspace(home, "notes", f"sqlite:///{tmp_path}/text/notes.sqlite3")
    with pytest.raises(UsageError, match="There are: default, team"):
        use_workspace(home, "none")
    use_workspace(home, "team")
    opened = open_workspace(home, environ={})
    assert opened.name == "team" and opened.folder == other.parent
    opened.store.close()
    other.rename(other.with_suffix(".away"))
    with pytest.raises(StoreError, match="not there"):
        use_workspace(home, "team")


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    command = Command(tmp_path / "home")
    command.json("contacts", "add", "ada@example.com")
    team = tmp_path / "team" / "workspace.sqlite3"
    assert command.json("workspace", "add", "team", f"sqlite:///{team}")["workspace"]["id"]
    assert [k["name"] for k in command.json("workspace", "list")["workspaces"]] == ["default", "team"]
    used = command.json("workspace", "use", "team")
    assert used["workspace"]["current"] and used["left_waiting"] == 0
    assert command.json("contacts") == {"contacts": []}
    assert command.run("workspace").out.splitlines()[1].startswith("* team")
    refused = command.run("workspace", "add", "pg", "postgresql://db.example.com/crm")
    assert refused.status == 2 and "not possible yet" in refused.err
    command.json("workspace", "use", "default")
    assert [c["address"] for c in command.json("contacts")["contacts"]] == ["ada@example.com"]


GOES_OVER = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from app.ui import application as a
seen = []
def drive(desktop):
    seen.append((desktop.workspace.name, len(desktop.program.contacts())))
    if desktop.workspace.name == "default":
        page = desktop.window
        page.show()
        page.show_page("compose")
        QTest.keyClicks(page.compose_page.writing.head.subject, "Half written")
        desktop.program.change_workspace("team" if len(seen) == 1 else "none")
    else:
        desktop.program.quit()
start = a.Desktop.start
def started(self, *, hidden=False):
    start(self, hidden=hidden)
    QTimer.singleShot(300, lambda: drive(self))
a.Desktop.start = started
status = a.run_window([])
print(seen)
sys.exit(status)
"""


def test_the_open_program_goes_over_to_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    command = Command(home)
    command.json("contacts", "add", "ada@example.com")
    nowhere = Endpoint("127.0.0.1", 9, ConnectionSecurity.IMPLICIT_TLS)
    account = ImapAccount("jonas@example.com", nowhere, nowhere, "jonas@example.com")
    workspace = open_workspace(home, environ={"HITCHPOST_PASSPHRASE": PASSPHRASE})
    connect_inbox(workspace, account, Secret("x"), None, CheckResult(True, sent_folder="Sent"), disclosure_version="1")
    workspace.store.close()
    command.json("workspace", "add", "team")
    environ = {**command.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", GOES_OVER], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr.replace("This plugin does not support propagateSizeHints()\n", "")) == (
        0,
        "",
    )
    (default, _team) = command.json("workspace")["workspaces"]
    assert default["name"] == "default" and Path(default["url"].removeprefix("sqlite:///")).exists()
    assert glance(Path(default["url"].removeprefix("sqlite:///"))).drafts == 1  # what was being written
    assert ended.stdout.strip() == "[('default', 1), ('team', 0)]"
    assert [k["name"] for k in command.json("workspace")["workspaces"] if k["current"]] == ["team"]
