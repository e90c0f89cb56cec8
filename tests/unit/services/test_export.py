"""Everything in files of other programs, and back again: the workspace that comes out is the one that went in."""

from __future__ import annotations

import csv
import errno
import json
import mailbox
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.association import associate
from app.domain.copied_mail import CopyKind
from app.domain.errors import DiskFull, NotAllowed
from app.domain.never_log import read_entry
from app.domain.privacy import Basis
from app.domain.records import RecordKind
from app.domain.transfer import ImportKind, ImportOptions, UnreadableFile
from app.interchange.safe_files import FileSet
from app.services.delete_permanently import delete_permanently
from app.services.edit_record import add_record, edit_record, remove_record
from app.services.export_workspace import CONTENTS, DELETIONS, export_table, export_workspace, file_names
from app.services.import_file import import_file, kind_of_file
from app.services.review_copied import log_by_hand
from app.services.undo_import import imports, undo_import
from app.services.workspace import Workspace
from app.store import Store
from app.store import models as m
from app.store.fields import now
from tests.support.copied import NOON, CopyDesk, forwarded, letter
from tests.unit.services.test_import_messages import take

ADA = "ada@northlight.example"


def quiet(_progress: object) -> None:
    """Nobody looks how far it is."""


def never() -> bool:
    return False


@pytest.fixture
def full(desk: CopyDesk, tmp_path: Path) -> CopyDesk:
    """A workspace with something of everything."""
    store = desk.workspace.store
    edit_record(store, RecordKind.USER, desk.jonas, {"login_address": "jonas@example.com", "name": "Jonas Ahl"})
    eva = add_record(
        store, RecordKind.USER, {"login_address": "eva@example.com", "name": "Eva", "aliases": ["e@example.com"]}
    )
    ada = add_record(
        store,
        RecordKind.CONTACT,
        {
            "addresses": [ADA, "a@example.net"],
            "name": "=Ada",
            "phones": [["+46 31 1", "work"], ["0701", "mobile"]],
            "postal_address": "Gata 1\nGöteborg",
            "title": "Buyer; north",
            "owner": eva,
        },
    )
    company = store.contacts.companies(ada)[0]
    second = add_record(store, RecordKind.COMPANY, {"name": "Havn, Sø", "domains": ["havn.example", "havn.test"]})
    edit_record(store, RecordKind.CONTACT, ada, {"companies": [second, company]})
    remove_record(store, RecordKind.CONTACT, add_record(store, RecordKind.CONTACT, {"addresses": ["old@example.net"]}))
    for name in ("Winter", "Winter"):
        add_record(
            store,
            RecordKind.DEAL,
            {
                "name": name,
                "amount_minor": 125050,
                "currency": "SEK",
                "contacts": [ada],
                "company": second,
                "stage": "Won",
            },
        )
        second = company
    for kind in (RecordKind.COMPANY, RecordKind.DEAL):
        remove_record(store, kind, add_record(store, kind, {"name": "Given up"}))
    with store.transaction():
        store.never.add(read_entry("secret.example", note="n"), desk.jonas)
        store.never.add(read_entry("x@example.net", user_id=desk.jonas), desk.jonas)
        store.bases.put(ADA, Basis.CONSENT, "signed", desk.jonas)
        store.settings.put("log_attachments", True)
        store.settings.put("undo_seconds", 9)
    answer = (("In-Reply-To", "<1@x>"), ("References", "<0@x> <1@x>"))
    take(
        desk,
        tmp_path,
        letter(
            f"Ada <{ADA}>",
            "bo@example.org",
            cc="eva@example.com, c@example.org",
            message_id="1@x",
            text="Hi\nFrom me\n>From x\n.\n\n",
            html='<p>Hi <img src="cid:p1"></p>',
            files=(("å.pdf", b"%PDF\r\n\0"), ("b.txt", b"text\n")),
            more=(("Bcc", "hidden@example.org"),),
        ),
        letter(
            "jonas@example.com",
            sender=ADA,
            message_id="2@x",
            subject="Re: Offert",
            more=answer,
            date=NOON + timedelta(hours=1),
            text="Ja!\n\nOn Monday Jonas wrote:\n> Hi\n> From me",
        ),
        letter(
            "jonas@example.com",
            sender=ADA,
            message_id="3@x",
            subject="Re: Parking",
            more=answer,
            date=NOON + timedelta(hours=2),
            text="",
            html="<p>Only <b>HTML</b></p><blockquote>old</blockquote>",
        ),
        letter("e@example.com", sender="bo@example.org", message_id="4@x", text="Ünïcödé 日本語 " * 40),
    )
    with store.transaction():
        m.Message.update(logged_by="bcc", credited_by="as alias", user=eva).where(
            m.Message.message_id == "4@x"
        ).execute()
        m.MessageDeal.delete().execute()
    return desk


def everything(workspace: Workspace) -> dict[str, Any]:
    """What must be the same, with numbers replaced by what they stand for."""
    store = workspace.store
    names = {u.id: u.login_address for u in store.users.records(store.user_id)}
    contacts = {r["id"]: (r["addresses"] or ["?"])[0] for r in store.exporting.contacts()}
    companies = {r["id"]: tuple(r["domains"]) or r["name"] for r in store.exporting.companies()}
    threads: dict[int, int] = {}
    found: dict[str, Any] = {
        "contacts": sorted(
            (
                r["name"],
                r["addresses"],
                r["phones"],
                r["title"],
                r["postal_address"],
                [n for _, n in r["companies"]],
                names.get(r["owner_user"]),
                r["hidden_at"] is not None,
                r["created_by"],
                r["created_at"],
            )
            for r in store.exporting.contacts()
        ),
        "companies": sorted(
            (r["name"], r["domains"], r["phone"], r["website"], r["created_at"]) for r in store.exporting.companies()
        ),
        "deals": sorted(
            (
                r["name"],
                r["stage"],
                r["amount_minor"],
                r["currency"],
                str(companies.get(r["company"])),
                [a for _, a in r["contacts"]],
                r["created_at"],
                str("" if r["hidden_at"] else r["changed_at"]),  # removed again: that is a change
                str(r["closed_at"]),
            )
            for r in store.exporting.deals()
        ),
        "users": sorted((u.name, u.login_address, u.aliases, u.role) for u in store.users.records(store.user_id)),
        "never": [(e.kind, e.value, e.subdomains, e.note, names.get(e.user_id or 0)) for e in store.never.all()],
        "bases": [(b.address, b.basis, b.note) for b in store.bases.all()],
        "undo": store.settings.get("undo_seconds"),
        "messages": [],
    }
    for stored in store.exporting.messages():
        new = stored.message
        values = {
            key: value
            for key, value in vars(new).items()
            if key not in ("thread_id", "user_id", "inbox_id", "raw_message_id")
        }
        values["notes"] = [(names[n.user_id], n.text, n.at, n.copied_id) for n in new.notes]
        found["messages"].append(
            (
                values,
                threads.setdefault(new.thread_id, len(threads)),
                names[new.user_id],
                stored.credited_by,
                sorted(contacts[c] for c in stored.contacts),
                sorted(str(companies[c]) for c in stored.companies),
                len(stored.deals),
            )
        )
    return found


def test_what_is_exported_and_imported_is_the_same_workspace(full: CopyDesk, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    report = export_workspace(full.workspace, folder, quiet, never)
    assert dict(report.files)["messages.mbox"] == 4
    assert sorted(p.name for p in folder.iterdir()) == sorted(file_names())
    before = everything(full.workspace)
    assert kind_of_file(folder) is ImportKind.EXPORT
    full.workspace.store.close()
    other = open_workspace(tmp_path / "other")
    try:
        report_in = import_file(other, ImportKind.EXPORT, folder, ImportOptions(), quiet, never)
        assert report_in.skipped == 0, [line for part in report_in.parts for line in part.lines]
        after = everything(other)
        for part in before:
            assert after[part] == before[part], part
        again = import_file(other, ImportKind.EXPORT, folder, ImportOptions(), quiet, never)
        assert (again.added, again.changed) == (0, 0) and everything(other) == after
    finally:
        other.store.close()


def _seven_deals(desk: CopyDesk) -> None:
    """Of Ada; those with the smallest numbers were changed last."""
    store, ada = desk.workspace.store, desk.contact(ADA)
    for number in range(7):
        deal = add_record(store, RecordKind.DEAL, {"name": f"D{number}", "contacts": [ada]})
        m.Deal.update(created_at=NOON - timedelta(days=90), changed_at=NOON - timedelta(days=number)).where(
            m.Deal.id == deal
        ).execute()
    m.Contact.update(created_at=NOON - timedelta(days=100)).execute()


def _latest(store: Store) -> list[str]:
    ada = store.contacts.find(ADA)
    assert ada is not None
    found = associate([ada], store.copied.facts_of([ada]))
    return [store.deals.snapshot(deal)["name"] for deal in found.deals]


def test_the_five_deals_that_were_changed_last_are_the_same_after_a_move(desk: CopyDesk, tmp_path: Path) -> None:
    _seven_deals(desk)
    latest = ["D0", "D1", "D2", "D3", "D4"]
    assert _latest(desk.workspace.store) == latest
    export_workspace(desk.workspace, tmp_path / "out", quiet, never)
    desk.workspace.store.close()
    other = open_workspace(tmp_path / "other")
    try:
        report = import_file(other, ImportKind.EXPORT, tmp_path / "out", ImportOptions(), quiet, never)
        assert _latest(other.store) == latest and report.change_id is not None
        ada = other.store.contacts.find(ADA)
        assert ada is not None
        record = other.store.contact_record(ada)
        assert record is not None and record.created_at == NOON - timedelta(days=100)
        (change,) = imports(other.store)
        assert len(change.after["made"]["deal"]) == 7 and change.at > NOON - timedelta(days=1)
        edited = other.store.deals.find_name("D6")[0]
        edit_record(other.store, RecordKind.DEAL, edited, {"stage": "Won"})
        done = undo_import(other.store, report.change_id)  # what was changed since stays, however old its dates are
        assert [(k.kind, k.name) for k in done.kept if k.kind == "deal"] == [("deal", "D6")]
        assert done.removed["deal"] == 6 and other.store.deals.exists(edited)
    finally:
        other.store.close()


def test_dates_that_cannot_be_are_not_taken(desk: CopyDesk, tmp_path: Path) -> None:
    _seven_deals(desk)
    folder = tmp_path / "out"
    export_workspace(desk.workspace, folder, quiet, never)
    rows = json.loads((folder / "deals.json").read_text(encoding="utf-8"))
    bad: tuple[object, ...] = ("9999-01-01T00:00:00+00:00", "2026-01-01T00:00:00", "soon", 7, None)
    for row, value in zip(rows, bad, strict=False):
        row["created_at"] = row["changed_at"] = value
    (folder / "deals.json").write_text(json.dumps(rows), encoding="utf-8")
    desk.workspace.store.close()
    other, begun = open_workspace(tmp_path / "other"), now()
    try:
        import_file(other, ImportKind.EXPORT, folder, ImportOptions(), quiet, never)
        dates = {r["name"]: (r["created_at"], r["changed_at"]) for r in other.store.exporting.deals()}
        assert all(begun <= at <= now() for name in ("D0", "D1", "D2", "D3", "D4") for at in dates[name])
        assert dates["D6"] == (NOON - timedelta(days=90), NOON - timedelta(days=6))
    finally:
        other.store.close()


def test_other_programs_read_the_files(full: CopyDesk, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export_workspace(full.workspace, folder, quiet, never)
    with (folder / "contacts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    ada = next(r for r in rows if r["Email"] == ADA)
    assert ada["Name"] == "'=Ada", "no spreadsheet runs it"
    assert not [cell for r in rows for cell in r.values() if cell.startswith(("=", "+", "-", "@"))]
    box = mailbox.mbox(str(folder / "messages.mbox"))
    try:
        letters = list(box)
        assert len(letters) == 4
        files = [p.get_filename() for p in letters[0].walk() if p.get_filename()]
        assert files == ["å.pdf", "b.txt"] or len(files) == 2
    finally:
        box.close()
    for name in file_names():
        if name.endswith(".json"):
            json.loads((folder / name).read_text(encoding="utf-8"))
        assert (folder / name).stat().st_mode & 0o077 == 0
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["undo_seconds"] == 9
    assert not [name for name in settings if "token" in name or "secret" in name]


def test_nothing_is_overwritten_unless_asked_and_nothing_half_is_left(full: CopyDesk, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "contacts.csv").write_text("mine")
    with pytest.raises(NotAllowed, match="Choose an empty folder"):
        export_workspace(full.workspace, folder, quiet, never)
    looks = iter([False] * 4)
    report = export_workspace(full.workspace, folder, quiet, lambda: next(looks, True), force=True)
    assert report.cancelled
    assert [p.name for p in folder.iterdir()] == ["contacts.csv"]
    assert (folder / "contacts.csv").read_text() == "mine"
    export_workspace(full.workspace, folder, quiet, never, force=True)
    assert (folder / "contacts.csv").read_text() != "mine"


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(DiskFull, match="Nothing was left behind"),
        FileSet(tmp_path / "out", ("a",), force=False) as files,
    ):
        with files.file("a") as file:
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
    assert list((tmp_path / "out").iterdir()) == []


def test_one_kind_of_record_alone(full: CopyDesk, tmp_path: Path) -> None:
    export_table(full.workspace, ImportKind.DEALS, tmp_path / "deals.json", quiet, never, force=False)
    assert [d["name"] for d in json.loads((tmp_path / "deals.json").read_text())] == ["Winter", "Winter", "Given up"]
    export_table(full.workspace, ImportKind.CONTACTS, tmp_path / "people.csv", quiet, never, force=False)
    report = import_file(full.workspace, ImportKind.CONTACTS, tmp_path / "people.csv", ImportOptions(), quiet, never)
    assert report.added == 0 and report.skipped == 0


def test_a_folder_that_is_no_export_or_was_tampered_with(full: CopyDesk, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export_workspace(full.workspace, folder, quiet, never)
    for text, why in (("{", "is no JSON"), ("[]", "another version"), ('{"format": 99}', "another version")):
        (folder / CONTENTS).write_text(text)
        with pytest.raises(UnreadableFile, match=why):
            import_file(full.workspace, ImportKind.EXPORT, folder, ImportOptions(), quiet, never)
    (folder / CONTENTS).write_text('{"format": 1, "token": ""}')
    (folder / "never-log.json").write_text('[{"value": 7, "user": []}, 3]')
    with pytest.raises(UnreadableFile, match="no list of objects"):
        import_file(full.workspace, ImportKind.EXPORT, folder, ImportOptions(), quiet, never)


def test_who_was_deleted_for_good_stays_so_in_the_next_workspace_and_the_one_after(
    desk: CopyDesk, tmp_path: Path
) -> None:
    store = desk.workspace.store
    for address in ("gone@example.net", "bo@example.net"):
        delete_permanently(store, desk.contact(address))
    first, second = tmp_path / "first", tmp_path / "second"
    export_workspace(desk.workspace, first, quiet, never)
    assert b"example.net" not in (first / DELETIONS).read_bytes()
    store.close()
    other = open_workspace(tmp_path / "other")
    with other.store.transaction():
        bo = other.store.contacts.add(Address("bo@example.net"), created_by="user")
    delete_permanently(other.store, add_record(other.store, RecordKind.CONTACT, {"addresses": ["third@example.net"]}))
    import_file(other, ImportKind.EXPORT, first, ImportOptions(), quiet, never)
    held = other.store.tombstones.holds
    assert held("Gone@Example.net") and held("third@example.net")
    assert other.store.contacts.find("bo@example.net") == bo and not held("bo@example.net")
    export_workspace(other, second, quiet, never)
    other.store.close()
    last = open_workspace(tmp_path / "last")
    import_file(last, ImportKind.EXPORT, second, ImportOptions(), quiet, never)
    import_file(last, ImportKind.EXPORT, second, ImportOptions(), quiet, never)
    held = last.store.tombstones.holds
    assert held("gone@example.net") and held("third@example.net") and not held("bo@example.net")
    assert last.store.tombstones.count() == 2
    (second / DELETIONS).write_text(json.dumps({"salts": ["x y", 3, "short"], "digests": ["zz", None]}))
    import_file(last, ImportKind.EXPORT, second, ImportOptions(), quiet, never)
    assert last.store.tombstones.count() == 2
    last.store.close()


def test_a_forward_without_its_senders_address_is_taken_in_again(desk: CopyDesk, tmp_path: Path) -> None:
    bob = desk.contact("bob@example.net", "Bob Smith")
    desk.take(forwarded(desk.forward, original_from="Bob Smith"), CopyKind.FORWARD)
    (item,) = desk.reviews()
    log_by_hand(desk.workspace, item.id, [bob])
    (kept,) = desk.timeline("bob@example.net")
    assert (kept.sender.addr_spec, kept.direction) == ("", "received")
    export_workspace(desk.workspace, tmp_path / "out", quiet, never)
    desk.workspace.store.close()
    other = open_workspace(tmp_path / "other")
    report = import_file(other, ImportKind.EXPORT, tmp_path / "out", ImportOptions(), quiet, never)
    found = other.store.contacts.find("bob@example.net")
    assert report.skipped == 0 and found is not None
    (again,) = other.store.timeline.of_contact(found)
    assert str(again.sender) == "Bob Smith <bob@example.net>" and again.text == kept.text
    other.store.close()
