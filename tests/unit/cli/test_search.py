"""`hitchpost search`: messages in a real store, newest first, and clear words for odd input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.cli import run_command
from app.cli import search as command
from app.store import Store
from tests.store.test_records import contact, log

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("HITCHPOST_HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")

    def made(*words: str) -> tuple[int, str, str]:
        status = run_command(["search", *words])
        out, err = capsys.readouterr()
        return status, out, err

    return made


@pytest.fixture
def store(tmp_path: Path, run: Run) -> Store:
    return open_workspace(tmp_path).store


def test_newest_first_with_what_the_other_commands_take(run: Run, store: Store) -> None:
    ada = contact(store, "ada@example.org", "Ada Berg")
    log(store, ada, subject="Crane rental", text="The invoice for the crane comes on Friday.", days=0)
    newest = log(store, ada, subject="Invoices, again", text="Hello,\nwhat about it?", days=3)
    message = store.timeline.message(newest)
    assert message is not None
    store.close()
    status, out, err = run("INVOIC")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("2026-11-05") and lines[0].endswith("← Ada Berg <ada@example.org>")
    assert lines[1:3] == ["    Invoices, again", "    Hello, what about it?"]
    assert lines[3] == f"    hitchpost why '<{message.message_id}>'"
    assert "    The invoice for the crane comes on Friday." in lines and len(lines) == 8
    assert run_command(["why", "--offline", message.message_id]) == 0


def test_the_document(run: Run, store: Store) -> None:
    ada = contact(store, "ada@example.org", "Ada Berg")
    log(store, ada, subject="Crane", text="It is yellow.")
    store.close()
    status, out, _ = run("crane", "--json")
    (found,) = json.loads(out)["messages"]
    assert status == 0
    assert {key: found[key] for key in ("who", "contact", "subject", "passage", "direction", "date")} == {
        "who": "Ada Berg", "contact": "ada@example.org", "subject": "Crane", "passage": "It is yellow.",
        "direction": "received", "date": "2026-11-02T09:00:00+00:00",
    }  # fmt: skip
    assert json.loads(run("nowhere", "--json")[1]) == {"messages": []}


def test_as_many_as_are_asked_for(run: Run, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = contact(store, "ada@example.org")
    for day in range(7):
        log(store, ada, subject=f"Crane {day}", days=day)
    store.close()
    monkeypatch.setattr(command, "PAGE", 3)
    for limit, found in ((1, 1), (6, 6), (7, 7), (8, 7)):
        document = json.loads(run("crane", "--json", "--limit", str(limit))[1])
        assert [m["subject"] for m in document["messages"]] == [f"Crane {day}" for day in range(6, 6 - found, -1)]
        assert document.get("more", False) == (limit < 7)
    assert "There are more" in run("crane", "--limit", "2")[1]
    assert "There are more" not in run("crane")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Type what to look for"), (["  "], "Type what to look for"), (["?!", "--json"], "Signs alone"),
        (["a", "--limit", "0"], "not a whole number"), (["a", "--limit", "99999"], "more than 10000"),
        (["\udcff"], "not UTF-8"),
    ],
)  # fmt: skip
def test_odd_input_is_refused_in_words(run: Run, words: list[str], said: str) -> None:
    status, out, err = run(*words)
    assert status == 2 and said in err
    assert ("error" in json.loads(out)) if "--json" in words else out == ""


def test_nothing_found_and_too_many_words(run: Run, store: Store) -> None:
    store.close()
    assert run("crane") == (0, "No logged message has this word.\n", "")
    assert run('"crane', "AND", "rental*") == (0, "No logged message has all of these words.\n", "")
    assert "Only the first 10 words" in run(*(f"w{n}" for n in range(12)))[1]


def test_what_a_stranger_wrote_moves_no_cursor(run: Run, store: Store) -> None:
    ada = contact(store, "ada@example.org")
    log(store, ada, subject="Crane\x1b[2J\nand more", text="\x1b]0;title\x07 crane")
    store.close()
    out = run("crane")[1]
    assert "\x1b" not in out and "\x07" not in out and len(out.splitlines()) == 4
