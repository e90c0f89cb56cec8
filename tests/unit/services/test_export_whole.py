"""What an export has of messages comes in again whole: people whose names are not kept, notes, files that were left out, and
what was logged before a rule was made that would keep it out today."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.copied_mail import FILES_LIMIT, CopyKind
from app.domain.left_out import FilesLeftOut, WhyLeftOut
from app.domain.privacy import Basis
from app.domain.transfer import ImportKind, ImportOptions, ImportReport
from app.interchange.mbox import read_mbox
from app.services import import_messages
from app.services.delete_permanently import delete_permanently
from app.services.export_workspace import MESSAGES, export_workspace
from app.services.import_file import import_file
from app.services.legal_bases import put_legal_basis
from app.services.never_log_rules import add_entry, entry_of
from app.services.workspace import Workspace
from tests.support.copied import NOON, CopyDesk, forwarded, letter, open_copy_desk
from tests.unit.services.test_export import everything, never, quiet
from tests.unit.services.test_import_messages import take

ASTRID, BO = "astrid@quillfeather.example", "bo@example.net"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[CopyDesk]:
    with open_copy_desk(tmp_path / "home") as made:
        made.workspace.store.rename_user("Jonas Ahl")
        yield made


def round_trip(desk: CopyDesk, tmp_path: Path) -> tuple[Workspace, ImportReport]:
    """What went out is what came in; the workspace that it came into."""
    folder = tmp_path / "out"
    export_workspace(desk.workspace, folder, quiet, never)
    before = everything(desk.workspace)
    desk.workspace.store.close()
    other = open_workspace(tmp_path / "other")
    report = import_file(other, ImportKind.EXPORT, folder, ImportOptions(), quiet, never)
    assert report.skipped == 0, [line for part in report.parts for line in part.lines]
    after = everything(other)
    for part in before:
        assert after[part] == before[part], part
    again = import_file(other, ImportKind.EXPORT, folder, ImportOptions(), quiet, never)
    assert (again.added, again.changed) == (0, 0)
    return other, report


def from_another(desk: CopyDesk) -> int:
    """An answer on Bo's timeline that Astrid wrote (R5)."""
    desk.take(letter(BO, message_id="first@example.com"))
    bo = desk.workspace.store.contacts.find(BO)
    assert bo is not None
    store = desk.workspace.store
    (first,) = desk.timeline(BO)
    new = store.exporting.message(first.pk).message
    answer = replace(
        new, message_id="answer@quill.example", direction="received", sender=Address(ASTRID, "Astrid"),
        to=(Address("jonas@example.com", "Jonas"), Address("", "Only a name"), Address("c@example.org")),
        cc=(Address(ASTRID, "Astrid"),), in_reply_to="first@example.com", logged_by="reply",
        date=NOON + timedelta(hours=1), text="Ja, gärna", visible_text="Ja, gärna",
    )  # fmt: skip
    with store.transaction():
        return store.messages.add(answer, [bo])


def test_a_message_whose_sender_and_recipients_are_not_named(desk: CopyDesk, tmp_path: Path) -> None:
    pk = from_another(desk)
    delete_permanently(desk.workspace.store, desk.contact(ASTRID))
    parties = desk.workspace.store.messages.parties(pk, "to", "cc")
    assert desk.workspace.store.messages.sender(pk) == "" and parties[-1] == Address("", "")
    other, report = round_trip(desk, tmp_path)
    assert report.parts[-1].added == 2
    found = next(
        m for m in other.store.timeline.of_contact(other.store.contacts.find(BO) or 0) if m.text == "Ja, gärna"
    )
    assert found.sender == Address("", "") and (*found.to, *found.cc) == parties
    other.store.close()


def test_other_programs_read_it_too(desk: CopyDesk, tmp_path: Path) -> None:
    """RFC 6854: From may hold a group, with nobody in it."""
    from_another(desk)
    delete_permanently(desk.workspace.store, desk.contact(ASTRID))
    export_workspace(desk.workspace, tmp_path / "out", quiet, never)
    with (tmp_path / "out" / MESSAGES).open("rb") as file:
        (raw,) = (item.raw for item in read_mbox(file, MESSAGES) if b"answer@quill" in item.raw)
    message = message_from_bytes(raw, policy=default)
    assert [g.display_name for g in message["From"].groups] == ["Undisclosed sender"] and not message["From"].addresses
    assert "c@example.org" in str(message["To"]) and message["Cc"] is None


def test_nobody_of_those_it_was_written_to_is_named(desk: CopyDesk, tmp_path: Path) -> None:
    """It was moved to Bo's timeline by hand."""
    desk.take(letter(f"Astrid <{ASTRID}>", message_id="one@example.com"))
    store = desk.workspace.store
    (message,) = desk.timeline(ASTRID)
    with store.transaction():
        store.messages.arrange(message.pk, store.messages.get(message.pk).thread_id, [desk.contact(BO)])
    delete_permanently(store, desk.contact(ASTRID))
    other, _ = round_trip(desk, tmp_path)
    (found,) = other.store.timeline.of_contact(other.store.contacts.find(BO) or 0)
    assert found.to == (Address("", ""),) and found.direction == "sent"
    other.store.close()


def test_just_any_mailbox_with_such_a_message_is_not_believed(desk: CopyDesk, tmp_path: Path) -> None:
    from_another(desk)
    delete_permanently(desk.workspace.store, desk.contact(ASTRID))
    export_workspace(desk.workspace, tmp_path / "out", quiet, never)
    desk.workspace.store.close()
    other = open_workspace(tmp_path / "other")
    mbox = tmp_path / "out" / MESSAGES
    report = import_file(other, ImportKind.MBOX, mbox, ImportOptions(own=("jonas@example.com",)), quiet, never)
    assert (report.added, report.skipped) == (1, 1)
    assert any("nothing about who sent it" in line.why for line in report.lines)
    other.store.close()


def test_notes_and_what_was_left_out(desk: CopyDesk, tmp_path: Path) -> None:
    note = "FYI: ring honom om “kranbilen” 🙂\n\n" + "en lång rad " * 800
    desk.take(forwarded(desk.forward, note="Kort", message_id="f1@example.com"), CopyKind.FORWARD)
    desk.take(forwarded(desk.forward, note=note, message_id="f2@example.com"), CopyKind.FORWARD)
    desk.take(letter(BO, files=(("a.bin", b"\0" * FILES_LIMIT), ("b.bin", b"1")), message_id="big@example.com"))
    export_workspace(desk.workspace, tmp_path / "told", quiet, never)
    told = json.loads((tmp_path / "told" / "messages.json").read_text("utf-8"))
    assert [n["text"] for n in told[0]["notes"]] == ["Kort", note.strip()] and told[0]["files_left_out"] is None
    assert told[1]["files_left_out"] == {
        "count": 2, "why": "over_limit", "sentence": "2 files were not kept: together they are larger than 50 MB.",
    }  # fmt: skip
    other, _ = round_trip(desk, tmp_path)
    (found,) = other.store.timeline.of_contact(other.store.contacts.find("ada@example.org") or 0)
    assert [n.text for n in found.notes] == ["Kort", note.strip()]
    assert [m.subject for m in other.store.search.found("kranbilen").messages] == [found.subject]
    (big,) = other.store.timeline.of_contact(other.store.contacts.find(BO) or 0)
    assert big.left_out == FilesLeftOut(WhyLeftOut.OVER_LIMIT, 2)
    other.store.close()


def test_what_was_logged_before_its_own_rules_were_made(desk: CopyDesk, tmp_path: Path) -> None:
    desk.take(letter(BO, cc=f"Astrid <{ASTRID}>", files=(("a.txt", b"text"),)))
    add_entry(desk.workspace, entry_of(desk.workspace, BO))
    put_legal_basis(desk.workspace, ["x@example.org"], Basis.CONSENT)
    desk.set("privacy.on", True)
    desk.set("log_attachments", False)
    other, _ = round_trip(desk, tmp_path)
    (found,) = other.store.timeline.of_contact(other.store.contacts.find(BO) or 0)
    assert [a.filename for a in found.attachments] == ["a.txt"] and found.cc[0].addr_spec == ASTRID
    assert other.store.settings.get("privacy.on") and other.store.never.any()
    other.store.close()


def test_the_rules_of_the_workspace_that_it_comes_into_hold(desk: CopyDesk, tmp_path: Path) -> None:
    desk.take(letter(BO, subject="To Bo"))
    desk.take(letter("ada@example.org", cc=BO, subject="To Ada"))
    export_workspace(desk.workspace, tmp_path / "out", quiet, never)
    desk.workspace.store.close()
    other = open_workspace(tmp_path / "other")
    add_entry(other, entry_of(other, BO))
    import_file(other, ImportKind.EXPORT, tmp_path / "out", ImportOptions(), quiet, never)
    stored = [s.message for s in other.store.exporting.messages()]
    assert [(new.subject, new.cc) for new in stored] == [("To Ada", (Address("", ""),))]
    other.store.close()


def test_files_that_were_logged_come_along_however_large_they_are_written(
    desk: CopyDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Base64 makes more than 50 MB of what has less."""
    desk.take(letter(BO, files=(("a.bin", b"\0" * 3_000),)))
    monkeypatch.setattr(import_messages, "LARGE_MESSAGE", 1_000)
    other, _ = round_trip(desk, tmp_path)
    other.store.close()


def test_an_imported_message_over_the_limit_says_so(
    desk: CopyDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_messages, "LARGE_MESSAGE", 1_000)
    desk.contact(BO)
    take(desk, tmp_path, letter(BO, files=(("a.bin", b"\0" * 3_000),)))
    (found,) = desk.timeline(BO)
    assert found.attachments == () and found.left_out == FilesLeftOut(WhyLeftOut.LARGE_MESSAGE, 1)
