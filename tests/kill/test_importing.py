"""Killed while a file is imported: what is in of it can be taken back whole, and the file can be imported again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.errors import NotAllowed
from app.interchange.mbox import mbox_entry
from app.services import undo_import as undoing
from app.services.undo_import import imports, undo_import
from app.store import models as m
from tests.support.copied import NOON, letter
from tests.support.killer import Kill, Killer

ROWS = 1_000
KILLS = [
    pytest.param(
        "contacts", Kill("app.services.imported_people:PeopleTaker._new", "before", 450), id="in the second batch"
    ),
    pytest.param(
        "contacts", Kill("app.services.note_import:ImportNote.finish", "before"), id="before it is noted whole"
    ),
    pytest.param("mbox", Kill("app.store.messages:Messages.add", "after", 150), id="in the second batch of mail"),
]


@pytest.mark.parametrize(("kind", "kill"), KILLS)
def test_what_is_in_can_be_taken_back(
    home: Path, tmp_path: Path, killer: Killer, monkeypatch: pytest.MonkeyPatch, kind: str, kill: Kill
) -> None:
    if kind == "contacts":
        path = tmp_path / "big.csv"
        rows = (f"p{n}@company{n % 50}.example,Company {n % 50}\n" for n in range(ROWS))
        path.write_text("Email,Company\n" + "".join(rows), encoding="utf-8")
        arguments = ("import", "csv", str(path))
    else:
        path = tmp_path / "big.mbox"
        raws = (letter(f"p{n}@example.org", message_id=f"{n}@example.com", sender="me@example.com") for n in range(300))
        path.write_bytes(b"".join(mbox_entry(raw, "me@example.com", NOON) for raw in raws))
        arguments = ("import", "mbox", str(path), "--me", "me@example.com")
    environ = {"HITCHPOST_HOME": str(home)}
    open_workspace(home).store.close()
    assert killer.run(environ, arguments, kill).killed
    workspace = open_workspace(home)
    store = workspace.store
    try:
        made = m.Contact.select().count(), m.Message.select().count()
        assert sum(made) > 0
        (change,) = imports(store)
        assert change.what == f"Imported a part of {path.name}"
        assert (len(change.after["made"]["contact"]), len(change.after["made"].get("message", ()))) == made
        with pytest.raises(NotAllowed, match="still going on, or was cut off"):
            undo_import(store, change.id)
        monkeypatch.setattr(undoing, "_STILL", timedelta())
        assert undo_import(store, change.id).kept == ()
        for table in (m.Contact, m.Company, m.Message):
            assert table.select().count() == 0
        ended = killer.run(environ, arguments)
        assert ended.status == 0, ended.said
        whole, part = imports(store)
        assert (whole.what, part.undone_at is None) == (f"Imported {path.name}", False)
        assert store.record_changes.parts_of_import(whole.id) == []
        assert undo_import(store, whole.id).kept == ()
        assert m.Contact.select().count() == m.Message.select().count() == 0
    finally:
        store.close()
