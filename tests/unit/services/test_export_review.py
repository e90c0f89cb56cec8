"""The review list goes out with the export of everything and comes in again: what waited can be logged by hand there."""

from __future__ import annotations

import json
from pathlib import Path

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.inboxes import ImapAccount
from app.domain.never_log import read_entry
from app.domain.review import ReviewState
from app.domain.transfer import ImportKind, ImportOptions, ImportReport
from app.services.delete_permanently import delete_permanently
from app.services.export_workspace import export_workspace
from app.services.import_file import import_file
from app.services.never_log_rules import add_entry
from app.services.review_copied import dismiss, log_by_hand, review_text
from app.services.workspace import Workspace
from tests.support.copied import JONAS, SERVER, CopyDesk, letter
from tests.unit.services.test_export import never, quiet

ADA, BO, STRANGER = "ada@example.org", "bo@example.net", "jonas@example.net"


def other_workspace(desk: CopyDesk, tmp_path: Path) -> Workspace:
    """With the same inbox, into which nothing is imported yet."""
    desk.workspace.store.close()
    other = open_workspace(tmp_path / "other")
    with other.store.transaction():
        other.store.inboxes.add(ImapAccount(JONAS, SERVER, SERVER, JONAS), user_id=other.store.user_id)
    return other


def come_in(other: Workspace, tmp_path: Path) -> ImportReport:
    return import_file(other, ImportKind.EXPORT, tmp_path / "out", ImportOptions(), quiet, never)


def test_what_waits_was_dismissed_logged_and_kept_out(desk: CopyDesk, tmp_path: Path) -> None:
    add_entry(desk.workspace, read_entry("quiet.example"))
    desk.take(letter(ADA, sender=STRANGER, subject="Waits", text="From here\nFrom there\n", message_id="waits@x"))
    desk.take(letter(ADA, sender=STRANGER, subject="Not wanted", message_id="dismissed@x"))
    desk.take(letter(BO, sender=STRANGER, subject="By hand", message_id="logged@x"))
    desk.take(letter("x@quiet.example", subject="Secret", message_id="out@x"))
    _, logged, dismissed, waits = (item.id for item in desk.reviews())
    dismiss(desk.workspace, [dismissed])
    log_by_hand(desk.workspace, logged, [desk.contact(BO)])
    came = desk.workspace.store.reviews.get(waits)
    export_workspace(desk.workspace, tmp_path / "out", quiet, never)
    text = (tmp_path / "out" / "review.json").read_text(encoding="utf-8")
    assert [row["state"] for row in json.loads(text)] == ["kept_out", "logged", "dismissed", "open"]
    assert (
        "Secret" not in text and "quiet.example" in text
    )  # the entry that kept it out, which is in never-log.json, too
    assert (tmp_path / "out" / "review.csv").read_text(encoding="utf-8-sig").count("\n") == 5
    other = other_workspace(desk, tmp_path)
    try:
        assert come_in(other, tmp_path).also["review"] == 4
        items = {item.message_id: item for item in other.store.reviews.items(None)}
        assert {i: item.state for i, item in items.items()} == {
            "waits@x": ReviewState.OPEN,
            "dismissed@x": ReviewState.DISMISSED,
            "logged@x": ReviewState.LOGGED,
            "out@x": ReviewState.KEPT_OUT,
        }
        item = items["waits@x"]
        assert came is not None and (item.created_at, item.subject, item.recipients) == (
            came.created_at,
            "Waits",
            (ADA,),
        )
        assert review_text(other, item.id) == "From here\nFrom there\n"
        assert items["logged@x"].message_pk == other.store.messages.known(["logged@x"])["logged@x"].pk
        assert items["out@x"].reason is Refusal.NEVER_LOG and not items["out@x"].raw_sha256
        assert log_by_hand(other, item.id, (), [ADA]).new
        assert come_in(other, tmp_path).also["review"] == 0, "nothing comes in twice"
    finally:
        other.store.close()


def test_who_is_kept_out_there_stays_out(desk: CopyDesk, tmp_path: Path) -> None:
    for number, address in enumerate(("gone@example.org", "quiet@example.org", ADA)):
        desk.take(letter(address, sender=STRANGER, subject=f"For {address}", message_id=f"{number}@x"))
    forward = letter(desk.forward, subject="Fwd: x", text=f"Hej, se nedan\n\n{ADA} skrev: en sak\n", message_id="fwd@x")
    desk.take(forward, CopyKind.FORWARD)
    export_workspace(desk.workspace, tmp_path / "out", quiet, never)
    other = other_workspace(desk, tmp_path)
    try:
        with other.store.transaction():
            pk = other.store.contacts.add(Address("gone@example.org"), created_by="user")
        delete_permanently(other.store, pk)
        add_entry(other, read_entry("quiet@example.org"))
        add_entry(other, read_entry(ADA))
        come_in(other, tmp_path)
        for item in other.store.reviews.items(None):
            assert (item.raw_sha256, item.subject, item.recipients) == ("", "", ()), item.message_id
        assert {item.message_id for item in other.store.reviews.items(None)} == {"1@x", "2@x", "fwd@x"}
    finally:
        other.store.close()


def test_a_damaged_list_stops_nothing(desk: CopyDesk, tmp_path: Path) -> None:
    desk.take(letter(ADA, sender=STRANGER, message_id="waits@x"))
    export_workspace(desk.workspace, tmp_path / "out", quiet, never)
    path = tmp_path / "out" / "review.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    odd = [
        {},
        {"kind": "owl"},
        {**rows[0], "message_id": 5},
        {**rows[0], "id": "x", "date": "soon", "uid": -1, "to": "Ada"},
    ]
    path.write_text(json.dumps(odd), encoding="utf-8")
    (tmp_path / "out" / "review.mbox").write_bytes(
        b"From x Mon Mar  2 12:00:00 2026\nX-Hitchpost-Review: one\nSubject: x\n\n"
    )
    other = other_workspace(desk, tmp_path)
    try:
        assert come_in(other, tmp_path).also["review"] == 1
        (item,) = other.store.reviews.items()
        assert (item.raw_sha256, item.date, item.uid, item.recipients) == ("", None, None, ())
    finally:
        other.store.close()
