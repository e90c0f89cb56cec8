"""A workspace comes to be where a person wants one, and never by a slip of the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.mailbox import MailAccount


def workspaces(command: Command) -> list[str]:
    return sorted(folder.name for folder in (command.home / "workspaces").glob("*"))


def test_the_default_one_is_made_by_itself(command: Command) -> None:
    assert command.json("contacts") == {"contacts": []}
    assert workspaces(command) == ["default"]


@pytest.mark.parametrize(
    "words",
    [["inboxes"], ["sync", "--once"], ["contacts", "add", "ada@example.com"], ["why", "ada@example.com"], ["settings"]],
)
def test_a_mistyped_one_is_refused_and_not_made(command: Command, words: list[str]) -> None:
    text = command.fails(*words, "--workspace", "work", status=2)
    assert text.startswith("There is no workspace named “work”. There is none yet in ") and "--create" in text
    command.run("contacts")
    assert "There are: default. To make it, add --create." in command.fails("--workspace", "wrok", *words, status=2)
    assert workspaces(command) == ["default"]


def test_it_is_made_when_asked_for(command: Command) -> None:
    for _ in range(2):  # the second time it is there, and that is all right
        command.json("contacts", "--workspace", "work", "--create")
    command.json("contacts", "--workspace", "work")
    assert workspaces(command) == ["work"]


def test_what_begins_a_workspace_makes_it(
    command: Command, mailbox: Callable[..., MailAccount], tmp_path: Path
) -> None:
    table = tmp_path / "people.csv"
    table.write_text("Email\nada@example.com\n")
    command.json("import", "csv", str(table), "--workspace", "taken in")
    me = mailbox("jonas")
    line = ["connect", "imap", "--email", me.address, "--password-stdin", "--workspace", "work"]
    servers = ["--imap", str(me.account.imap), "--smtp", str(me.account.smtp)]
    command.run(*line, *servers, given="wrong\n")  # whether or not the server lets it in
    assert workspaces(command) == ["taken in", "work"]


def test_a_path_is_no_name(command: Command) -> None:
    text = command.fails("inboxes", "--workspace", str(command.home / "mine"), status=2)
    assert "it is no path" in text and workspaces(command) == []


def test_the_window_does_not_make_it_either(command: Command) -> None:
    ended = command.but(QT_QPA_PLATFORM="offscreen").run("--workspace=wrok", "--minimised")
    assert ended.status == 2 and "There is no workspace named “wrok”" in ended.err
    assert workspaces(command) == []
