"""Tables as programs write them: encodings, delimiters, names of columns, and files that mean harm."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import UsageError
from app.domain.transfer import ImportKind, UnreadableFile
from app.interchange.columns import checked_mapping, field_names, recognised
from app.interchange.encodings import find_encoding
from app.interchange.table import (
    LONGEST_LINE,
    MOST_COLUMNS,
    Row,
    TableReader,
    TableWriter,
    guarded_cell,
    look_at_table,
    plain_cell,
)

GOOGLE = [
    "First Name", "Middle Name", "Last Name", "Nickname", "Organization Name", "Organization Title", "Labels",
    "E-mail 1 - Label", "E-mail 1 - Value", "E-mail 2 - Value", "Phone 1 - Label", "Phone 1 - Value",
    "Address 1 - Formatted",
]  # fmt: skip
OUTLOOK = [
    "Title", "First Name", "Middle Name", "Last Name", "Suffix", "Company", "Department", "Job Title", "Business Street",
    "Business City", "Business Postal Code", "Business Country/Region", "Business Fax", "Business Phone", "Mobile Phone",
    "E-mail Address", "E-mail 2 Address",
]  # fmt: skip
HUBSPOT = [
    "Record ID", "First Name", "Last Name", "Email", "Phone Number", "Mobile Phone Number", "Contact owner", "Job Title",
    "Associated Company", "Street Address", "City", "State/Region", "Postal Code", "Country/Region",
]  # fmt: skip


def rows(path: Path, **chosen: str) -> list[Row]:
    with TableReader(look_at_table(path, **chosen)) as reader:
        return list(reader)


def cells(path: Path) -> list[tuple[str, ...]]:
    return [row.cells for row in rows(path)]


@pytest.mark.parametrize(
    ("header", "kind", "wanted"),
    [
        (GOOGLE, ImportKind.CONTACTS, "first_name middle_name last_name - company title - - email email phone_label "
         "phone_labelled postal_address"),
        (OUTLOOK, ImportKind.CONTACTS, "prefix first_name middle_name last_name suffix company - title street city "
         "postal_code country phone_fax phone phone_mobile email email"),
        (HUBSPOT, ImportKind.CONTACTS, "record_id first_name last_name email phone phone_mobile owner title company street "
         "city region postal_code country"),
        (["Company name", "Company Domain Name", "Phone Number", "Website URL"], ImportKind.COMPANIES,
         "name domain phone website"),
        (["Deal Name", "Deal Stage", "Pipeline", "Amount", "Deal owner", "Associated Company"], ImportKind.DEALS,
         "name stage - amount owner company"),
        (["Förnamn", "Efternamn", "E-post", "Företag", "Mobil"], ImportKind.CONTACTS,
         "first_name last_name email company phone_mobile"),
        (["Imię", "Nazwisko", "Adres e-mail", "Firma"], ImportKind.CONTACTS, "first_name last_name email company"),
        (["Name", "Title", "Email"], ImportKind.CONTACTS, "name title email"),
    ],
)  # fmt: skip
def test_the_columns_of_other_programs_are_recognised(header: list[str], kind: ImportKind, wanted: str) -> None:
    assert recognised(kind, header) == tuple("" if key == "-" else key for key in wanted.split())


def test_a_mapping_that_a_person_chose_is_checked() -> None:
    assert checked_mapping(ImportKind.CONTACTS, ("email", "email"), 3) == ("email", "email", "")
    with pytest.raises(UsageError, match="Two columns are to fill “Name”"):
        checked_mapping(ImportKind.CONTACTS, ("name", "name"), 2)
    with pytest.raises(UsageError, match="There is no field 'shoe'"):
        checked_mapping(ImportKind.CONTACTS, ("shoe",), 1)
    assert all(field_names(kind) for kind in (ImportKind.CONTACTS, ImportKind.USERS))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    lines = [["Förnamn", "E-post"], ["Åsa Öberg", "asa@example.org"], ["Jörg", "j@example.com"]]
    path.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    assert cells(path) == [tuple(line) for line in lines]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1250", "Łukasz Świątek\nBožena Šťastná"), ("cp1251", "Дмитрий Иванов"), ("cp1253", "Γιώργος Παπαδόπουλος"),
        ("cp1254", "Işık Şahin Çağla"), ("cp1257", "Jānis Bērziņš"), ("koi8_r", "Дмитрий Иванов"),
        ("cp932", "山田太郎,株式会社,東京都渋谷区,さくら"), ("cp850", "Åsa Öberg\nJörg Müller"),
    ],
)  # fmt: skip
def test_old_encodings_are_told_apart(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(("Name\n" + text + "\n").encode(encoding) * 2)
    found = find_encoding(path)
    assert (found.name, found.guessed) == (encoding, True)


def test_cells_with_line_breaks_and_quotation_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'Name,Note\r\n"Berg, Ada","one\r\ntwo ""2"""\r\n\r\nBo,x\r\n')
    assert cells(path) == [("Name", "Note"), ("Berg, Ada", 'one\r\ntwo "2"'), ("Bo", "x")]
    assert [row.line for row in rows(path)] == [1, 2, 5]


def test_the_line_by_which_excel_names_the_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\nName;Mail\nA,B;a@example.com\n")
    assert cells(path) == [("Name", "Mail"), ("A,B", "a@example.com")]


# -- harm


def test_a_row_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    wide = ",".join("x" for _ in range(10_000))
    enormous = "y" * 200_000
    endless = "z," * (LONGEST_LINE // 2 + 10)
    path.write_text(f"Name,Mail\n{wide}\n{enormous},b\n{endless}\nAda,\x02ada@example.com\n")
    found = rows(path)
    assert [bool(row.problem) for row in found] == [False, True, True, True, False]
    assert "10,000 columns" in found[1].problem
    assert len(found[1].cells) == MOST_COLUMNS
    assert "131,072 letters" in found[2].problem
    assert found[4].cells == ("Ada", "ada@example.com")


def test_a_quotation_mark_that_is_never_closed_takes_a_bounded_part(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Name,Mail\n"Ada,ada@example.com\n' + "Bo,bo@example.com\n" * 20_000)
    found = rows(path)
    assert any(row.problem for row in found)
    assert found[-1].cells == ("Bo", "bo@example.com"), "what comes after is read"


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xfe" + b"a\0,\0b\0\n\0" + b"x")
    assert rows(path)[0].cells == ("a", "b")
    with pytest.raises(UnreadableFile, match="There is no encoding 'klingon'"):
        look_at_table(path, "klingon")
    with pytest.raises(UnreadableFile, match="There is no encoding 'zlib'"):
        look_at_table(path, "zlib")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        look_at_table(tmp_path / "none.csv")
    with pytest.raises(UnreadableFile, match="is not an ordinary file"):
        look_at_table(tmp_path)


@pytest.mark.parametrize("value", ["=1+1", "+46 31", "-3", "@SUM(A1)", "\tx", "'=1", "''+1", "plain", "'quoted'", ""])
def test_formulas_are_guarded_and_come_back(value: str) -> None:
    guarded = guarded_cell(value)
    assert not guarded.startswith(("=", "+", "-", "@", "\t"))
    assert plain_cell(guarded) == value.strip() or value.startswith("\t")


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).map(str.strip)


def test_rows_behind_an_open_quotation_mark_are_told(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text('Email,Name\na4@example.com,D\na5@example.com,"E\na6@example.com,F\na7@example.com,G\n')
    found = rows(path)
    assert [bool(row.problem) for row in found] == [False, False, True]
    assert found[2].line == 3 and "quotation mark" in found[2].problem and "the last, 5," in found[2].problem


@pytest.mark.parametrize("end", ['"E"', '"E\nF"', '"E\nF"\n', '"E', "E"])
def test_a_last_row_that_is_whole_is_none(tmp_path: Path, end: str) -> None:
    path = tmp_path / "whole.csv"
    path.write_text(f"Email,Name\na4@example.com,{end}")
    assert [row.problem for row in rows(path)] == ["", ""]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(table=st.lists(st.lists(_TEXT, min_size=2, max_size=5), min_size=1, max_size=6))
def test_what_is_written_is_read_again(tmp_path: Path, table: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    writer = TableWriter(out, ["One", "Two"])
    for line in table:
        writer.write(line)
    path = tmp_path / "round.csv"
    path.write_bytes(out.getvalue().encode("utf-8-sig"))
    wanted = [tuple(line) for line in table if any(line)]
    assert [row.cells for row in rows(path, delimiter=",")][1:] == wanted


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=2_000))
def test_any_bytes_are_rows_or_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(data)
    try:
        for row in rows(path):
            assert all(len(cell) <= csv.field_size_limit() for cell in row.cells)
    except UnreadableFile as error:
        assert "any.csv" in str(error)


def test_a_line_with_too_many_columns_says_so_however_long_it_is(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("Email\n" + "a," * LONGEST_LINE + "\nada@example.org\n", encoding="utf-8")
    with TableReader(look_at_table(path, delimiter=",")) as reader:
        _, wide, good = list(reader)
    assert wide.problem == "It has more than 500,001 columns; at most 1,000 can be read."
    assert good == Row(3, ("ada@example.org",))


def test_a_cell_with_a_nul_is_told_and_not_mended(tmp_path: Path) -> None:
    path = tmp_path / "nul.csv"
    path.write_bytes(b"Name,Email\nAda,a\0b@example.org\nBo,bo@example.net\n")
    with TableReader(look_at_table(path)) as reader:
        _, nul, good = list(reader)
    assert "NUL" in nul.problem and not good.problem
