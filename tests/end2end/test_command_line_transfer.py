"""`import`, `export`, and the same beside contacts, companies, deals and users, as processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.interchange.mbox import mbox_entry
from tests.support.command import ROOT, Command
from tests.support.copied import NOON, letter

CONTACTS = (
    "First Name,Last Name,Email,Company Name,Shoe size\nAda,Berg,ada@northlight.example,Northlight,38\nBo,,broken,,\n"
)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(CONTACTS, encoding="utf-8")
    return path


def test_a_table_previewed_mapped_and_imported(command: Command, table: Path) -> None:
    shown = command.json("contacts", "import", str(table), "--preview")
    assert [c["field"] for c in shown["columns"]] == ["first_name", "last_name", "email", "company", ""]
    report = command.json("contacts", "import", str(table), "--map", "Shoe size=title", "--map", "4=")
    assert (report["read"], report["added"], report["skipped"]) == (2, 1, 1)
    assert report["skipped_lines"] == [{"line": 3, "what": "broken", "why": "The address “broken” is not complete."}]
    assert Path(report["rejected_file"]).read_text("utf-8-sig").count("\n") == 2
    ada = command.json("contacts", "show", "ada@northlight.example")["contact"]
    assert (ada["name"], ada["title"]) == ("Ada Berg", "38")
    again = command.json(
        "import", "csv", str(table), "--existing", "overwrite", "--rejected", str(table.with_name("no.csv"))
    )
    assert (again["changed"], again["rejected_file"]) == (0, str(table.with_name("no.csv")))
    assert "is not COLUMN=FIELD" in command.fails("import", "csv", str(table), "--map", "Hat=name", status=2)
    assert "There is no file" in command.fails("import", "vcard", "nowhere.vcf", status=2)
    assert "holds no card" in command.fails(
        "contacts", "import", str(table.rename(table.with_suffix(".vcf"))), status=2
    )


def test_stages_of_another_program_are_named_on_the_command_line(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("Deal Name,Deal Stage\nDepot,Qualified To Buy\n", encoding="utf-8")
    assert command.json("deals", "import", str(path), "--preview")["unknown_stages"] == ["Qualified To Buy"]
    skipped = command.json("deals", "import", str(path))["skipped_lines"]
    assert skipped[0]["why"].startswith("There is no stage “Qualified To Buy”. Choose which one it becomes")
    stage = command.json("deals", "stages")["stages"][1]["name"]
    report = command.json("deals", "import", str(path), "--stage", f"Qualified To Buy={stage}")
    assert (report["added"], report["skipped"]) == (1, 0)
    assert command.json("deals")["deals"][0]["stage"] == stage
    assert "is not THERE=HERE" in command.fails("deals", "import", str(path), "--stage", "Offer", status=2)
    assert "There is no stage “X”" in command.fails("deals", "import", str(path), "--stage", "Offer=X", status=2)


def test_messages_and_everything_into_another_workspace(command: Command, table: Path, tmp_path: Path) -> None:
    box = tmp_path / "old.mbox"
    raws = (
        letter("ada@northlight.example", sender="me@example.com", message_id="1@x"),
        letter("me@example.com", sender="Ada <ada@northlight.example>", message_id="2@x", text="Ünïcode",
               more=(("In-Reply-To", "<1@x>"),)),
    )  # fmt: skip
    box.write_bytes(b"".join(mbox_entry(raw, "x@example.com", NOON) for raw in raws))
    assert "no complete address" in command.fails("import", "mbox", str(box), "--me", "notanaddress", status=2)
    report = command.json("import", "mbox", str(box), "--me", "me@example.com")
    assert (report["added"], report["also"]) == (2, {"contacts": 1})
    messages = command.json("timeline", "ada@northlight.example")["messages"]
    assert [(x["direction"], x["logged_by"], x["opens"]) for x in messages] == [
        ("received", "import", None),
        ("sent", "import", None),
    ]
    folder = tmp_path / "out"
    exported = command.json("export", str(folder))
    assert exported["files"]["messages.mbox"] == 2
    assert "add --force" in command.fails("export", str(folder), status=1)
    command.json("export", str(folder), "--force")
    taken = command.json("import", "export", str(folder), "--workspace", "second")
    assert (taken["skipped"], taken["added"]) == (0, 4)
    there = command.json("timeline", "ada@northlight.example", "--workspace", "second")["messages"]
    assert there == messages
    assert command.json("feed", "--workspace", "second")["events"] == []


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        ("companies", "Company name,Company Domain Name\nNorthlight,northlight.example\n", "companies"),
        ("deals", "Deal Name,Amount,Currency\nWinter,12.50,EUR\n", "deals"),
        ("users", "Email,First Name,Last Name\neva@example.com,Eva,Lind\n", "users"),
    ],
)
def test_other_records_in_and_out(command: Command, tmp_path: Path, kind: str, text: str, key: str) -> None:
    path = tmp_path / f"{kind}.csv"
    path.write_text(text)
    assert command.json(kind, "import", str(path))["added"] == 1
    out = tmp_path / f"{kind}-out.json"
    command.json(kind, "export", str(out))
    rows = json.loads(out.read_text())
    assert rows[-1]["name"] in ("Northlight", "Winter", "Eva Lind")
    assert "has to end in .csv or .json" in command.fails(kind, "export", str(out.with_suffix(".vcf")), status=2)
    assert f"{out.name} is in {tmp_path} already" in command.fails(kind, "export", str(out), status=1)
    table = tmp_path / f"{kind}-out.csv"
    command.json(kind, "export", str(table))
    assert command.json(kind, "import", str(table))["added"] == 0
    assert len(command.json(kind)[key]) == len(rows)


def test_an_import_that_is_interrupted_ends_between_two_batches(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("Email\n" + "".join(f"p{n}@example.org\n" for n in range(20_000)))
    command.json("contacts")
    database = command.home / "workspaces" / "default" / "workspace.sqlite3-wal"
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "contacts", "import", str(path), "--json"],
        cwd=ROOT, env=command.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        while not database.exists() or database.stat().st_size < 500_000:
            assert process.poll() is None, process.stderr.read() if process.stderr else b""
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    report = json.loads(out)
    assert process.returncode == 1 and report["cancelled"]
    assert 0 < report["added"] < 20_000 and report["added"] % 300 == 0
    rest = command.json("contacts", "import", str(path))
    assert rest["unchanged"] == report["added"]


def test_an_import_is_taken_back(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Name,Email\nAda,ada@northlight.example\nBo,bo@northlight.example\n", encoding="utf-8")
    number = command.json("import", "csv", str(path))["number"]
    command.json("contacts", "edit", "bo@northlight.example", "--title", "Chief")
    (listed,) = command.json("import", "list")["imports"]
    assert (listed["id"], listed["what"], listed["undone_at"]) == (number, "Imported people.csv", None)
    done = command.json("import", "undo")
    assert (done["removed"], done["restored"]) == ({"contact": 1}, 0)
    assert ("Bo", "It was changed since.") in [(kept["name"], kept["why"]) for kept in done["kept"]]
    assert [c["address"] for c in command.json("contacts")["contacts"]] == ["bo@northlight.example"]
    assert "undone already" in command.fails("import", "undo", str(number), status=1)
    said = command.fails("import", "undo", "99", status=2)
    assert "There is no import with the number 99. See hitchpost import list." in said
    assert "no import" in command.fails("import", "undo", status=2)
