"""`contacts`, `companies` and `deals` list all that there are, however many."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.cli import companies, contacts, deals, run_command
from app.domain.records import RecordKind
from app.services.edit_record import add_record


@pytest.mark.parametrize("number", [0, 1, 5, 6, 7])
def test_no_list_ends_before_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    monkeypatch.setenv("HITCHPOST_HOME", str(tmp_path))
    store = open_workspace(tmp_path).store
    for n in range(number):
        add_record(store, RecordKind.CONTACT, {"addresses": [f"p{n}@gmail.com"], "name": "Ada"})
        add_record(store, RecordKind.COMPANY, {"name": "Harbour"})
        add_record(store, RecordKind.DEAL, {"name": "Winter"})
    store.close()
    for module, word in ((contacts, "contacts"), (companies, "companies"), (deals, "deals")):
        monkeypatch.setattr(module, "PAGE", 3)
        for more in ([], ["--search", "a"]):
            assert run_command([word, "--json", *more]) == 0
            ids = [line["id"] for line in json.loads(capsys.readouterr().out)[word]]
            expected = 0 if word == "deals" and more else number
            assert len(set(ids)) == len(ids) == expected, (word, more)
