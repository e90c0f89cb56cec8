"""An import is taken back as one: what it made goes, what it changed is as before, what was used since stays and is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.errors import NotAllowed, StoreError, UsageError
from app.domain.records import RecordKind
from app.domain.transfer import Existing, ImportKind, ImportOptions, ImportReport, ImportUndone, Kept, Progress
from app.services.delete_permanently import delete_permanently
from app.services.edit_record import add_record, edit_record, undo_change, undo_last
from app.services.export_workspace import export_workspace
from app.services.import_file import import_file
from app.services.merge_contacts import merge_contacts
from app.services.undo_import import imports, undo_import
from app.store import models as m
from tests.support.copied import CopyDesk, letter, open_copy_desk

CONTACT, COMPANY, DEAL, USER = RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL, RecordKind.USER


def take(desk: CopyDesk, path: Path, kind: ImportKind = ImportKind.CONTACTS, **options: object) -> ImportReport:
    return import_file(desk.workspace, kind, path, ImportOptions(**options), lambda _told: None, lambda: False)  # type: ignore[arg-type]


def table(tmp_path: Path, text: str, name: str = "in.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def undo(desk: CopyDesk, report: ImportReport) -> ImportUndone:
    assert report.change_id is not None
    return undo_import(desk.workspace.store, report.change_id)


def everything(desk: CopyDesk) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of records and messages, but of the changes themselves."""
    tables = (m.Contact, m.ContactAddress, m.ContactPhone, m.ContactCompany, m.ContactFieldSource, m.Company,
              m.CompanyDomain, m.Deal, m.DealContact, m.Message, m.MessageParty, m.MessageContact, m.MessageCompany,
              m.MessageAlias, m.Attachment, m.Thread)  # fmt: skip
    plain = {}
    for table_of in tables:
        names = [n for n in table_of._meta.sorted_field_names if n not in ("id", "at", "changed_at")]
        fields = [getattr(table_of, n) for n in names]
        plain[table_of.__name__] = sorted(table_of.select(*fields).tuples(), key=repr)
    return plain


TABLE = (
    "Name,Email,Title,Phone,Company\n"
    "Ada Berg,ada@northlight.example,Buyer,031 12345,Northlight\n"
    "Bo Ek,bo@havn.example,,,\n"
    "Cy Dahl,cy@northlight.example,Chief,,Northlight\n"
)


def test_all_of_it_goes_and_comes_again_in_another_way(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    ada = add_record(store, CONTACT, {"addresses": ["ada@northlight.example"], "name": "A. Berg"})
    before = everything(desk)
    report = take(desk, table(tmp_path, TABLE), existing=Existing.OVERWRITE)
    assert (report.added, report.changed) == (2, 1) and store.contacts.snapshot(ada)["title"] == "Buyer"
    done = undo(desk, report)
    assert (dict(done.removed), done.restored, done.kept, done.what) == (
        {"contact": 2, "company": 1}, 1, (), "Imported in.csv",
    )  # fmt: skip
    after = everything(desk)
    del before["ContactFieldSource"], after["ContactFieldSource"]  # who wrote the same value last
    assert after == before
    assert store.record_tables.contacts("dahl").lines == () and store.contacts.find("bo@havn.example") is None
    with pytest.raises(NotAllowed, match="undone already"):
        undo(desk, report)
    again = take(desk, table(tmp_path, TABLE.replace("Bo Ek", "Bo Eck")))
    assert again.added == 2 and store.record_tables.contacts("eck").lines[0].name == "Bo Eck"
    assert [change.undone_at is None for change in imports(store)] == [True, False]


def test_what_was_changed_or_used_since_stays_and_is_told(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    old = add_record(store, CONTACT, {"addresses": ["dee@example.net"]})
    rows = "Ed,ed@example.net,,,\nFay,fay@example.net,,,\nGil,gil@example.net,,,\nDee,dee@example.net,Head,,\n"
    report = take(desk, table(tmp_path, TABLE + rows))
    found = {name: store.contacts.find(f"{name}@example.net") for name in ("ed", "fay", "gil")}
    bo = store.contacts.find("bo@havn.example")
    assert bo is not None and found["ed"] is not None and found["fay"] is not None and found["gil"] is not None
    edit_record(store, CONTACT, bo, {"title": "Captain"})
    desk.take(letter("ed@example.net"))
    merge_contacts(store, found["fay"], found["gil"])
    edit_record(store, CONTACT, old, {"title": "Boss"})
    done = undo(desk, report)
    assert dict(done.removed) == {"contact": 2, "company": 1}  # Ada, Cy and their company
    told = {(kept.kind, kept.name): kept.why for kept in done.kept}
    assert told[("contact", "Bo Ek")] == "It was changed since."
    assert told[("contact", "Ed")].startswith("It has mail")
    assert told[("contact", "Fay")] == told[("contact", "Gil")] == "It was changed since."
    assert told[("change", "Dee")] == "The imported fields were changed again since."
    assert told[("company", "Havn")].startswith("It has mail, contacts")
    assert len(done.kept) == done.kept_count == 6 and store.contacts.snapshot(old)["title"] == "Boss"
    assert [line.name for line in store.record_tables.companies().lines] == ["Example", "Havn"]


def test_an_edit_that_was_taken_back_is_none(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    report = take(desk, table(tmp_path, TABLE))
    bo = store.contacts.find("bo@havn.example")
    assert bo is not None
    edit_record(store, CONTACT, bo, {"title": "Captain"})
    undo_last(store, CONTACT, bo)
    assert undo(desk, report).kept == () and store.record_tables.contacts().lines == ()


def test_companies_deals_and_users(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    ada = add_record(store, CONTACT, {"addresses": ["ada@example.org"], "name": "Ada"})
    known = add_record(store, COMPANY, {"name": "Northlight"})
    before = everything(desk)
    reports = [
        take(desk, table(tmp_path, "Name,Domain,Phone\nNorthlight,,031 1\nHavn,havn.example,\n"), ImportKind.COMPANIES),
        take(
            desk,
            table(tmp_path, "Deal Name,Amount,Currency,Company,Contacts\nDepot,10,EUR,Havn,ada@example.org\n"),
            ImportKind.DEALS,
        ),
        take(desk, table(tmp_path, "Login,Name\nsara@example.org,Sara\n"), ImportKind.USERS),
    ]
    assert store.companies.snapshot(known)["phone"] == "031 1" and len(store.deals.of_contact(ada)) == 1
    done = [undo(desk, report) for report in reversed(reports)]
    assert [dict(d.removed) for d in done] == [{"user": 1}, {"deal": 1}, {"company": 1}]
    assert [user.active for user in store.users.records(store.user_id)] == [True, False]
    assert everything(desk) == before


def test_mail_goes_with_the_people_that_it_made(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    old = add_record(store, CONTACT, {"addresses": ["dee@example.net"], "name": "Dee"})
    before = everything(desk)
    for number, to in enumerate(("ada@example.org", "dee@example.net", "bo@example.org")):
        (tmp_path / f"{number}.eml").write_bytes(letter(to, files=(("a.txt", b"words"),)))
    report = take(desk, tmp_path, ImportKind.EML)
    assert report.added == 3 and len(desk.timeline("dee@example.net")) == 1
    done = undo(desk, report)
    assert done.removed["message"] == 3 and done.kept == ()
    after = everything(desk)
    assert after == before and desk.timeline("dee@example.net") == ()
    record = store.contact_record(old)
    assert record is not None and record.last_at is None
    assert store.search.found("offerten", 10).messages == ()


def test_an_export_is_taken_back_too(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    add_record(store, CONTACT, {"addresses": ["ada@example.org"], "name": "Ada"})
    add_record(store, DEAL, {"name": "Depot"})
    desk.take(letter())
    export_workspace(desk.workspace, tmp_path / "out", lambda _told: None, lambda: False)
    with open_copy_desk(tmp_path / "another") as other:
        before = everything(other)
        report = take(other, tmp_path / "out", ImportKind.EXPORT)
        assert report.added >= 3
        assert undo(other, report).kept == ()
        assert everything(other) == before


def test_a_cancelled_and_a_broken_import_can_be_undone(
    desk: CopyDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = desk.workspace.store
    path = table(tmp_path, "Email\n" + "".join(f"p{n}@example.org\n" for n in range(1_000)))
    told: list[Progress] = []
    report = import_file(
        desk.workspace,
        ImportKind.CONTACTS,
        path,
        ImportOptions(),
        told.append,
        lambda: store.record_tables.count(CONTACT, "") > 200,
    )
    assert report.cancelled and 200 < report.added < 1_000
    stops = iter((False, False, True))
    assert report.change_id is not None
    part = undo_import(store, report.change_id, told.append, lambda: next(stops))
    assert part.stopped and part.removed["contact"] == 200 and imports(store)[0].undone_at is None
    assert undo(desk, report).removed["contact"] == report.added - 200
    assert told[-1].stage == "Undoing the import"
    assert store.record_tables.contacts().lines == ()

    times = iter(range(10))
    write = store.bulk.holders

    def breaks(keys: object) -> object:
        if next(times) == 2:
            raise StoreError("the disk is gone")
        return write(keys)  # type: ignore[arg-type]

    monkeypatch.setattr(store.bulk, "holders", breaks)
    with pytest.raises(StoreError):
        take(desk, path)
    monkeypatch.undo()
    assert store.record_tables.count(CONTACT, "") == 600
    undo_import(store, imports(store)[0].id)
    assert store.record_tables.count(CONTACT, "") == 0


def test_a_refused_row_leaves_nothing_to_undo(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    path = table(tmp_path, "Deal Name,Amount,Currency,Company\nDepot,10,,Havn\nNo currency,10,,Nowhere\n")
    report = take(desk, path, ImportKind.DEALS)
    assert report.skipped == 2 and report.change_id is None and imports(store) == ()
    mine = add_record(store, COMPANY, {"name": "Mine"})  # may get the number that a refused row has given back
    report = take(desk, table(tmp_path, "Deal Name,Amount,Currency,Company\nA,1,EUR,X\nB,1,,Y\n"), ImportKind.DEALS)
    late = add_record(store, COMPANY, {"name": "Late"})
    undo(desk, report)
    assert [line.id for line in store.record_tables.companies().lines] == sorted((mine, late), reverse=True)


def test_nobody_s_name_is_left_when_they_are_deleted_for_good(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    report = take(desk, table(tmp_path, TABLE))
    ada = store.contacts.find("ada@northlight.example")
    assert ada is not None
    delete_permanently(store, ada)
    assert undo(desk, report).kept == ()
    assert store.record_tables.contacts().lines == ()


def test_imports_are_undone_as_a_whole_alone(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    report = take(desk, table(tmp_path, TABLE))
    assert report.change_id is not None
    with pytest.raises(UsageError, match="as a whole"):
        undo_change(store, report.change_id)
    pk = add_record(store, CONTACT, {"addresses": ["dee@example.net"]})
    change = edit_record(store, CONTACT, pk, {"name": "Dee"})
    assert change is not None
    with pytest.raises(UsageError, match="no import"):
        undo_import(store, change.id)
    assert take(desk, table(tmp_path, TABLE), existing=Existing.SKIP).change_id is None
    assert Kept("contact", 1, "Ada", "").name == "Ada"
