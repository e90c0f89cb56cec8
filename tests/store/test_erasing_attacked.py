"""A permanent deletion (T9) under attack: traces in places that only mention the person, and deletions that are disturbed."""

from __future__ import annotations

import base64
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import open_workspace
from app.domain.copied_mail import Refusal
from app.domain.errors import DiskFull, NotAllowed, PermanentlyDeleted
from app.domain.inboxes import InboxId
from app.domain.outbox import Draft
from app.services import log_copied_message
from app.services.delete_permanently import delete_permanently, plan_deletion
from app.services.edit_record import add_record, edit_record, undo_change
from app.services.merge_contacts import merge_contacts
from app.store import Store
from app.store import models as m
from app.store import sqlite as sqlite_of_store
from app.store.fields import now
from tests.store.test_records import CONTACT, contact, log
from tests.support.copied import letter, open_copy_desk

GONE = "astrid.quillfeather@northlight.example"


def left(store: Store, trace: bytes = b"uillfeather") -> list[str]:
    files = [p for p in store.path.parent.rglob("*") if p.is_file()]
    return [p.name for p in files if trace in p.read_bytes()]


def test_the_history_of_others_does_not_name_the_address(store: Store) -> None:
    first = contact(store, "bo@example.com", "Bo")
    edit_record(store, CONTACT, first, {"addresses": ["bo@example.com", GONE.title()]})
    change = edit_record(store, CONTACT, first, {"addresses": ["bo@example.com"], "title": "Mayor"})
    assert change is not None
    edit_record(store, CONTACT, first, {"title": "Adviser"})
    gone = contact(store, GONE, "Astrid Quillfeather")
    delete_permanently(store, gone)
    assert left(store) == []
    assert [c.what for c in store.record_changes.of(CONTACT, first)] == ["Changed the title"]


@pytest.mark.parametrize("encoded", [False, True])
def test_a_forward_that_waits_for_review_goes_with_whom_it_is_about(
    store: Store, inbox_id: InboxId, encoded: bool
) -> None:
    gone = contact(store, GONE, "Astrid")

    def forward(address: str) -> bytes:
        text = f"Here it is.\n\n---- Forwarded message ----\nFrom: Astrid <{address}>\n\nA secret".encode()
        head = b"From: jonas@example.org\nTo: in@example.org\nSubject: Fwd: x\nContent-Type: text/plain\n"
        coding = b"Content-Transfer-Encoding: base64\n\n" if encoded else b"\n"
        return head + coding + (base64.encodebytes(text) if encoded else text)

    with store.transaction():
        notice = store.outbox.save_draft(
            Draft(inbox_id, (), "Not delivered", "To a.quillfeather it was too large", ""), store.user_id
        )
        kept = store.files.add(forward(GONE.upper()))
        m.ReviewItem.create(kind="forward", reason="undecided", sender="jonas@example.org", recipients_json=["in@example.org"],
                            subject="Fwd: x", raw_sha256=kept, notice_outbox=notice, created_at=now())  # fmt: skip
        other = store.files.add(forward(f"not.{GONE}"))
        m.ReviewItem.create(
            kind="forward", reason="no_legal_basis", reason_json={"addresses": [GONE]}, created_at=now()
        )
        m.ReviewItem.create(
            kind="forward", reason="undecided", sender=f"not.{GONE}", raw_sha256=other, created_at=now()
        )
        m.Event.create(kind="review", at=now(), user=store.user_id, verdict="person", rule_version=1, who="A copied message",
                       reasons_json=[f"There is no legal basis for {GONE}."], created_at=now())  # fmt: skip
    assert plan_deletion(store, gone).review_items == 2
    delete_permanently(store, gone)
    assert not store.files.path(kept).exists() and store.files.path(other).exists()
    assert [row.sender for row in m.ReviewItem.select()] == [f"not.{GONE}"]
    assert (m.Event.select().count(), m.Outbox.select().count()) == (0, 0)


def test_a_merge_that_is_undone_later_brings_nothing_back(store: Store) -> None:
    keep, other = contact(store, "bo@example.com", "Bo"), contact(store, GONE, "Astrid Quillfeather")
    merge_contacts(store, keep, other)
    chain = contact(store, "eva@example.com", "Eva")
    last = merge_contacts(store, chain, keep)
    undo_change(store, last.id)
    delete_permanently(store, keep)
    assert left(store) == []
    with pytest.raises(PermanentlyDeleted):
        add_record(store, CONTACT, {"addresses": [GONE]})
    assert store.contacts.addresses(chain) == ("eva@example.com",)


_KILLED = """
import os, signal, sys
from pathlib import Path
from app.bootstrap import open_workspace
from app.services import log_copied_message
from app.services.delete_permanently import delete_permanently
from app.store import Store
workspace = open_workspace(Path(sys.argv[1]), "default", {})
Store.leave_no_trace = lambda self, seconds=0.0: os.kill(os.getpid(), signal.SIGKILL)
delete_permanently(workspace.store, int(sys.argv[2]))
"""


def test_a_deletion_that_was_killed_is_finished_at_the_next_start(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path, "default", {})
    store = workspace.store
    gone = contact(store, GONE, "Astrid Quillfeather")
    pk = log(store, gone, text="Quillfeather’s letter")
    with store.transaction():
        name = store.files.add(b"Quillfeather paper")
        m.Attachment.create(message=pk, position=0, filename="a", content_type="text/plain", size=18, sha256=name)
    store.path.with_name(store.path.name + ".before-0005").write_bytes(b"Quillfeather")
    store.close()
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), str(gone)], timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert left(store)
    again = open_workspace(tmp_path, "default", {}).store
    assert left(again) == []
    assert again.tombstones.holds(GONE) and m.Message.select().count() == 0
    again.close()


def test_a_reader_in_the_way_does_not_keep_the_traces_for_ever(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = contact(store, GONE, "Astrid Quillfeather")
    m.database.execute_sql("PRAGMA busy_timeout = 50")
    reader = sqlite3.connect(store.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM contact").fetchone()
    delete_permanently(store, gone)
    assert left(store)  # in the log, from which the other one reads
    reader.close()
    store.collect_files()
    assert left(store) == []
    assert store.leave_no_trace()


def test_a_file_that_another_message_brings_meanwhile_stays(store: Store) -> None:
    gone = contact(store, GONE)
    pk = log(store, gone)
    with store.transaction():
        name = store.files.add(b"a price list")
        m.Attachment.create(message=pk, position=0, filename="l", content_type="text/plain", size=12, sha256=name)
        store.owe_no_trace([name])
    other = log(store, contact(store, "bo@example.com"))
    with store.transaction():
        m.Attachment.create(message=other, position=0, filename="l", content_type="text/plain", size=12, sha256=name)
    delete_permanently(store, gone)
    assert store.files.read(name) == b"a price list"
    assert store.leave_no_trace()


def test_a_part_of_another_contact_is_not_deleted_alone(store: Store) -> None:
    keep, other = contact(store, "bo@example.com", "Bo"), contact(store, GONE)
    merge_contacts(store, keep, other)
    for call in (plan_deletion, delete_permanently):
        with pytest.raises(NotAllowed, match="merged"):
            call(store, other)
    assert store.contacts.find(GONE) == keep


@pytest.mark.parametrize("creates", [True, False])
def test_a_copy_that_is_read_while_its_recipient_is_deleted_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, creates: bool
) -> None:
    with open_copy_desk(tmp_path) as desk:
        desk.set("create_contacts", creates)
        ada = desk.contact("ada@example.org", "Ada Quillfeather")
        plan = log_copied_message.plan_copied
        calls = []

        def meanwhile(*arguments: Any) -> Any:
            found = plan(*arguments)
            calls.append(found)
            if len(calls) == 1:
                delete_permanently(desk.workspace.store, ada)
            return found

        monkeypatch.setattr(log_copied_message, "plan_copied", meanwhile)
        desk.take(letter("Ada Quillfeather <ada@example.org>", text="Dear Quillfeather"))
        (item,) = desk.reviews()
        assert (item.reason, item.raw_sha256, item.recipients) == (Refusal.DELETED, "", ())
        assert left(desk.workspace.store) == []


def test_a_second_deletion_meanwhile_is_finished_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = contact(store, "bo@example.com"), contact(store, GONE, "Astrid Quillfeather")
    whole = store.search.compact_slice
    begun: list[int] = []

    def meanwhile(*, begins: bool) -> bool:
        if not begun:
            begun.append(one)
            with store.transaction():  # as another program does
                store.erasing.erase(store.erasing.traces(two))
                store.owe_no_trace([])
            return False
        return whole(begins=begins)

    monkeypatch.setattr(store.search, "compact_slice", meanwhile)
    delete_permanently(store, one)
    assert store.settings.get("_erase.unfinished") != ""
    assert store.leave_no_trace()
    assert left(store) == [] and store.settings.get("_erase.unfinished") == ""


def test_a_large_index_is_written_anew_in_pieces_and_stops_when_told(store: Store) -> None:
    gone = contact(store, GONE, "Astrid Quillfeather")
    others = contact(store, "bo@example.com")
    for n in range(30):
        log(store, others, text=" ".join(f"w{n}x{k}" for k in range(400)))
    log(store, gone, text="Quillfeather’s letter")
    with store.transaction():
        store.erasing.erase(store.erasing.traces(gone))
        store.owe_no_trace([])
    assert not store.leave_no_trace(stop=lambda: True)
    assert store.leave_no_trace()
    assert left(store) == []
    assert len(store.search.found("w7x399").messages) == 1
    m.database.execute_sql("INSERT INTO message_search (message_search) VALUES ('integrity-check')")


@pytest.mark.parametrize("seed", [1, 2])
def test_what_the_database_moved_about_leaves_nothing_between_its_rows(store: Store, seed: int) -> None:
    """SQLite overwrites what it deletes, but not the copies in its pages that it made when it moved rows."""
    others, gone = contact(store, "bo@example.com"), contact(store, GONE)
    chance = random.Random(seed)

    def some(number: int) -> str:
        return " ".join("".join(chance.choices("abcdefghijklmnopqrst", k=7)) for _ in range(number))

    for n in range(100):
        log(store, others, text=some(80))
        log(store, gone, text=f"zzquillfeather{n * 97}word {some(20)}")
    delete_permanently(store, gone)
    assert left(store) == []
    assert len(store.timeline.of_contact(others, limit=200)) == 100
    assert m.database.execute_sql("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_full_disk_afterwards_does_not_hide_that_it_was_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_workspace(tmp_path, "default", {}).store
    gone = contact(store, GONE, "Astrid Quillfeather")

    def full(_: object) -> bool:
        raise DiskFull("There is no room left.")

    monkeypatch.setattr(sqlite_of_store, "write_anew", full)
    assert delete_permanently(store, gone).name == "Astrid Quillfeather"
    store.close()
    again = open_workspace(tmp_path, "default", {}).store
    assert again.settings.get("_erase.unfinished") != ""
    monkeypatch.undo()
    again.collect_files()
    assert left(again) == [] and again.settings.get("_erase.unfinished") == ""
    again.close()
