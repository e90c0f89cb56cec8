"""Contacts, companies, deals and users out of files: what is filled, kept, refused; cancelled and begun anew."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.domain.errors import DiskFull, StoreError, UsageError
from app.domain.records import Outcome, RecordKind
from app.domain.transfer import Existing, ImportKind, ImportOptions, ImportReport, Progress
from app.services.delete_permanently import delete_permanently
from app.services.edit_record import add_record, remove_record, undo_last
from app.services.import_file import import_file, kind_of_file
from app.services.import_run import REASON
from app.services.import_stages import unknown_stages
from tests.support.copied import CopyDesk


def take(desk: CopyDesk, path: Path, kind: ImportKind = ImportKind.CONTACTS, **options: object) -> ImportReport:
    wishes = ImportOptions(**options)  # type: ignore[arg-type]
    return import_file(desk.workspace, kind, path, wishes, lambda _progress: None, lambda: False)


def written(tmp_path: Path, text: str, name: str = "in.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def record(desk: CopyDesk, address: str):  # type: ignore[no-untyped-def]
    found = desk.workspace.store.contacts.find(address)
    return None if found is None else desk.workspace.store.contact_record(found)


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.read, report.added, report.changed, report.same, report.skipped


def test_new_people_with_all_that_a_table_says(desk: CopyDesk, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "First Name,Last Name,Email,Additional email addresses,Phone Number,Mobile Phone Number,Job Title,Company Name,"
        "Street Address,Postal Code,City,Country,Contact owner\n"
        "Ada,Berg,Ada Berg <ada@northlight.example>,a.berg@example.net; ada2@example.net,'+46 31 1,0701,Buyer,"
        "Northlight Cargo AB,Gata 1,411 01,Göteborg,Sweden,nobody@example.com\n",
    )
    report = take(desk, path)
    assert counts(report) == (1, 1, 0, 0, 0)
    ada = record(desk, "ada@northlight.example")
    assert (ada.name, ada.title, ada.created_by) == ("Ada Berg", "Buyer", "import")
    assert ada.addresses == ("ada@northlight.example", "a.berg@example.net", "ada2@example.net")
    assert [(p.number, p.kind) for p in ada.phones] == [("+46 31 1", "work"), ("0701", "mobile")]
    assert ada.postal_address == "Gata 1\n411 01 Göteborg\nSweden"
    assert ada.sources["title"] == "import"
    company = desk.workspace.store.company_record(ada.companies[0].id)
    assert (company.name, company.domains) == ("Northlight Cargo AB", ("northlight.example",)), "it says its own domain"
    assert "“nobody@example.com” is no user" in report.notes[0]
    page = desk.workspace.store.record_tables.contacts("northlight berg")
    assert [line.name for line in page.lines] == ["Ada Berg"], "found at once"


def test_what_is_there_is_filled_and_never_replaced_unless_asked(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    pk = add_record(
        store,
        RecordKind.CONTACT,
        {"addresses": ["ada@example.org"], "name": "Ada", "phones": [["0701 12345", "mobile"]]},
    )
    path = written(tmp_path, "Name,Email,Title,Mobile,Phone\nAda Berg,ADA@example.org,Buyer,070112345,031 22222\n")
    assert counts(take(desk, path, existing=Existing.SKIP)) == (1, 0, 0, 1, 0)
    assert record(desk, "ada@example.org").title == ""
    assert counts(take(desk, path)) == (1, 0, 1, 0, 0)
    filled = record(desk, "ada@example.org")
    assert (filled.name, filled.title) == ("Ada", "Buyer")
    assert [p.number for p in filled.phones] == ["0701 12345", "031 22222"], "one number, however it is written"
    assert counts(take(desk, path)) == (1, 0, 0, 1, 0), "a second time nothing is left to do"
    assert counts(take(desk, path, existing=Existing.OVERWRITE)) == (1, 0, 1, 0, 0)
    assert record(desk, "ada@example.org").name == "Ada Berg"
    undo_last(store, RecordKind.CONTACT, pk)
    assert record(desk, "ada@example.org").name == "Ada", "an import can be taken back"


def test_what_is_refused_is_told_and_nothing_of_it_is_lost(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    gone = desk.contact("gone@example.org")
    delete_permanently(store, gone, "test")
    desk.contact("one@example.org")
    desk.contact("two@example.org")
    path = written(
        tmp_path,
        "Name,Email,Additional email addresses,Note\nA,broken,,=cmd()\nB,,,\nC,gone@example.org,,\n"
        "D,one@example.org,two@example.org,\nE,e@example.org,,,too,many\nF,f@example.org,,\n",
    )
    report = take(desk, path)
    assert counts(report) == (6, 1, 0, 0, 5)
    whys = {line.place: line.why for line in report.lines}
    assert "is not complete" in whys[2]
    assert "no e-mail address" in whys[3]
    assert "permanently deleted" in whys[4]
    assert "2 different contacts" in whys[5]
    assert "6 columns" in whys[6]
    assert report.rejected == tmp_path / "in.not-imported.csv"
    assert report.rejected.stat().st_mode & 0o077 == 0
    with report.rejected.open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.DictReader(file))
    assert [row["Name"] for row in kept] == ["E", "A", "B", "C", "D"] or [row["Name"] for row in kept] == list("ABCDE")
    assert all(row[REASON] for row in kept)
    assert next(row["Note"] for row in kept if row["Name"] == "A") == "'=cmd()", "no spreadsheet runs it"
    text = report.rejected.read_text("utf-8-sig").replace("broken", "a@example.org")
    again = take(desk, written(tmp_path, text, "mended.csv"))
    assert again.added == 2, "mended there, it is imported; E has its columns now"
    assert record(desk, "gone@example.org") is None


def test_a_removed_contact_comes_back_and_deals_are_found_by_its_name(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    pk = desk.contact("ada@example.org", "Ada")
    remove_record(store, RecordKind.CONTACT, pk)
    report = take(desk, written(tmp_path, "Email\nada@example.org\n"))
    assert counts(report) == (1, 0, 1, 0, 0)
    assert not record(desk, "ada@example.org").removed


def test_one_person_in_several_rows(desk: CopyDesk, tmp_path: Path) -> None:
    rows = "".join(f"Ada,ada@example.org,{n}\n" for n in range(700, 703))
    report = take(desk, written(tmp_path, "Name,Email,Phone\n" + rows))
    assert counts(report) == (3, 1, 2, 0, 0)
    assert len(record(desk, "ada@example.org").phones) == 3


def test_a_table_without_names_of_columns(desk: CopyDesk, tmp_path: Path) -> None:
    report = take(desk, written(tmp_path, "ada@example.org,Ada\nbo@example.org,Bo\n"))
    assert counts(report) == (2, 2, 0, 0, 0)
    with pytest.raises(UsageError, match="No column fills “E-mail address” or"):
        take(desk, written(tmp_path, "Shoe,Size\nleft,9\n", "shoes.csv"))


def test_cancelled_and_begun_anew(desk: CopyDesk, tmp_path: Path) -> None:
    rows = "".join(f"p{n}@example.org\n" for n in range(1_000))
    path = written(tmp_path, "Email\n" + rows)
    told: list[Progress] = []
    looks = iter([False, False, True])
    report = import_file(
        desk.workspace, ImportKind.CONTACTS, path, ImportOptions(), told.append, lambda: next(looks, True)
    )
    assert report.cancelled and report.added == 600, "whole batches, and no half one"
    assert told and told[-1].total == path.stat().st_size
    rest = take(desk, path)
    assert (rest.added, rest.same, rest.cancelled) == (400, 600, False)


def test_a_full_disk_ends_it_and_keeps_what_is_in(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    pages = store._database.execute_sql("PRAGMA page_count").fetchone()[0]
    store._database.execute_sql(f"PRAGMA max_page_count = {pages + 120}")
    rows = "".join(f"person-with-a-long-name-{n}@company{n}.example,Name {n}\n" for n in range(5_000))
    path = written(tmp_path, "Email,Name\n" + rows)
    with pytest.raises(DiskFull):
        take(desk, path)
    store._database.execute_sql("PRAGMA max_page_count = 1073741823")
    some = store.contacts.count()
    assert 0 < some < 5_000 and some % 300 == 0
    rest = take(desk, path)
    assert rest.added == 5_000 - some and rest.same == some


def test_cards(desk: CopyDesk, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ada Berg\nEMAIL:ada@example.org\nEMAIL;TYPE=pref:a@northlight.example\n"
        "TEL;TYPE=cell:0701\nORG:Northlight;Sales\nEND:VCARD\nBEGIN:VCARD\nFN:No address\nTEL:1\nEND:VCARD\n",
        "cards.vcf",
    )
    assert kind_of_file(path) is ImportKind.VCARD
    report = take(desk, path, ImportKind.VCARD)
    assert counts(report) == (2, 1, 0, 0, 1)
    ada = record(desk, "ada@example.org")
    assert ada.addresses[0] == "a@northlight.example"
    assert ada.companies[0].name == "Northlight"
    assert "TEL:1" in (tmp_path / "cards.not-imported.csv").read_text("utf-8-sig")


def test_companies_by_domain_and_by_name(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    add_record(store, RecordKind.COMPANY, {"name": "Havn & Sø", "domains": ["havn.example"]})
    path = written(
        tmp_path,
        "Company name,Company Domain Name,Phone Number,Website URL\n"
        "Havn and Soe,www.havn.example,031,\n"
        "Northlight,northlight.example,,https://northlight.example/\nNorthlight,northlight.test,,\nNORTHLIGHT,,,http://x.example\n,,1,\n",
    )
    report = take(desk, path, ImportKind.COMPANIES)
    assert counts(report) == (5, 2, 1, 1, 1)
    havn = store.company_record(store.companies.find_domain("havn.example"))
    assert (havn.name, havn.phone) == ("Havn & Sø", "031")


def test_deals_with_amounts_stages_and_contacts(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    ada = desk.contact("ada@example.org", "Ada")
    path = written(
        tmp_path,
        "Deal Name;Deal Stage;Amount;Currency;Associated Company;Associated Contact\n"
        "Winter;closedwon;1 250,50;SEK;Northlight;Ada <ada@example.org>\nSpring;Nowhere;1;SEK;;\n"
        "Autumn;;12 EUR;;;x@example.org\n"
        "Summer;;77;;;\n",
    )
    report = take(desk, path, ImportKind.DEALS)
    assert counts(report) == (4, 2, 0, 0, 2)
    winter = store.deals.record(store.deals.find_name("winter")[0])
    assert (winter.amount_minor, winter.currency, winter.outcome.value) == (125050, "SEK", "won")
    assert [c.id for c in winter.contacts] == [ada] and winter.company.name == "Northlight"
    assert {line.place: line.why for line in report.lines}[5].endswith("Choose the currency of this file.")
    assert take(desk, path, ImportKind.DEALS, currency="SEK").added == 1
    assert "are no contacts yet" in report.notes[0]


def test_users_with_aliases(desk: CopyDesk, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Name,Email,Aliases,Role,Personal e-mail access,Active\nEva,eva@example.com,e@example.com,admin,no,yes\nX,,,,,\n",
    )
    report = take(desk, path, ImportKind.USERS)
    assert counts(report) == (2, 1, 0, 0, 1)
    eva = next(u for u in desk.workspace.store.users.records(desk.jonas) if u.name == "Eva")
    assert (eva.aliases, eva.role, eva.personal_email_access) == (("e@example.com",), "admin", False)


def test_where_nothing_can_be_written_beside_the_file_it_goes_to_the_home_folder(
    desk: CopyDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with written(tmp_path, "Email\nbroken\nada@example.org\n").open("rb") as file:
        report = take(desk, Path(f"/proc/self/fd/{file.fileno()}"))  # a folder that takes no files
        assert report.added == 1
        assert report.rejected is not None and report.rejected.parent == tmp_path
        assert "broken" in report.rejected.read_text("utf-8-sig")
        with pytest.raises(StoreError, match="cannot be written"):
            take(desk, Path(f"/proc/self/fd/{file.fileno()}"), rejected=Path("/proc/self/fd/no.csv"))


def test_a_phone_or_website_that_is_none_is_left_out_and_the_rest_is_taken(desk: CopyDesk, tmp_path: Path) -> None:
    assert counts(take(desk, written(tmp_path, "Name,Email,Phone\nAda,ada@gmail.com,n/a\n"))) == (1, 1, 0, 0, 0)
    assert record(desk, "ada@gmail.com").phones == ()
    path = written(tmp_path, "Company name,Domain,Website,Phone\nFjord,fjord.example,javascript:alert(1),ask me\n")
    report = take(desk, path, ImportKind.COMPANIES)
    assert report.added == 1 and sum("left out" in note for note in report.notes) == 2
    fjord = desk.workspace.store.companies.find_domain("fjord.example")
    assert fjord is not None
    company = desk.workspace.store.company_record(fjord)
    assert company is not None and (company.website, company.phone) == ("", "")


def test_stages_of_another_program_become_those_that_are_chosen(desk: CopyDesk, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text(
        "Deal Name,Deal Stage\nOne,Qualified To Buy\nTwo,qualified to buy\nThree,Closed Won\nFour,Contract Sent\nFive,\n",
        encoding="utf-8",
    )
    workspace = desk.workspace
    stages = [stage.name for stage in workspace.store.deals.stages()]
    asked = unknown_stages(workspace, path, "", "", ("name", "stage"))
    assert asked == ("Qualified To Buy", "Contract Sent")
    assert unknown_stages(workspace, path, "", "", ("name", "")) == ()

    with pytest.raises(UsageError, match="There is no stage “Nowhere”"):
        take(desk, path, ImportKind.DEALS, stages=(("Qualified To Buy", "Nowhere"),))
    report = take(desk, path, ImportKind.DEALS, stages=(("QUALIFIED to buy", stages[1].upper()),))
    assert (report.added, report.skipped) == (4, 1)
    assert "Choose which one it becomes, or make it first." in report.lines[0].why
    lines = {line.name: line.stage for line in workspace.store.record_tables.deals().lines}
    assert lines["One"] == lines["Two"] == stages[1]
    assert lines["Three"] == next(s.name for s in workspace.store.deals.stages() if s.outcome is Outcome.WON)
