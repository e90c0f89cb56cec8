"""Mailbox files of the four kinds, folders and archives; and files that mean harm."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.transfer import ImportKind, UnreadableFile
from app.interchange import mbox
from app.interchange.mail_files import MailReader
from app.interchange.mbox import MailItem, mbox_entry, read_mbox

HEAD = b"From: a@example.com\nDate: Mon, 2 Mar 2026 12:00:00 +0000\nSubject: x\n"
LINE = b"From a@example.com Mon Mar  2 12:00:00 2026\n"


def read(data: bytes, **options: bool) -> list[MailItem]:
    return list(read_mbox(io.BytesIO(data), "test.mbox", **options))


def bodies(data: bytes, **options: bool) -> list[bytes]:
    return [item.raw.partition(b"\n\n")[2] for item in read(data, **options)]


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\n", b"\xef\xbb\xbf\r\n"])
def test_what_editors_put_before_a_header(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(before + HEAD + b"\nHi\n")
    with MailReader(path, ImportKind.EML) as reader:
        assert [item.raw for item in reader] == [HEAD + b"\nHi\n"]


def test_mboxo_and_mboxrd() -> None:
    data = LINE + HEAD + b"\nHi\n>From here\n>>From there\n\n" + LINE + HEAD + b"\nTwo\n\n"
    assert bodies(data) == [b"Hi\nFrom here\n>From there\n", b"Two\n"]
    assert bodies(data, seekable=False) == bodies(data)
    assert read(data)[0].at == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_line_in_a_letter_that_begins_with_from_parts_nothing() -> None:
    data = (
        LINE
        + HEAD
        + b"\nHi\nFrom what I know, 2026 is fine.\n\nFrom here to 2027\nmore text\n\n"
        + LINE
        + HEAD
        + b"\nTwo\n"
    )
    assert len(read(data)) == 2


def test_mboxcl2_counts() -> None:
    body = b"Hi\nFrom a@example.com Mon Mar  2 12:00:00 2026\nSubject: not a header\n"
    data = LINE + HEAD + b"Content-Length: %d\n\n" % len(body) + body + b"\n" + LINE + HEAD + b"\nTwo\n"
    assert bodies(data)[0] == body
    quoted = b"Hi\n>From you\n"
    data = LINE + HEAD + b"Content-Length: %d\n\n" % len(quoted) + quoted + b"\n" + LINE + HEAD + b"\nTwo\n"
    assert bodies(data) == [b"Hi\nFrom you\n", b"Two\n"]


@pytest.mark.parametrize("length", [b"0", b"5", b"999999", b"99999999999"])
def test_a_content_length_that_lies_does_not_count(length: bytes) -> None:
    data = LINE + HEAD + b"Content-Length: " + length + b"\n\nHello you\n\n" + LINE + HEAD + b"\nTwo\n"
    assert bodies(data) == [b"Hello you\n", b"Two\n"]


@pytest.mark.parametrize(
    "line",
    [
        b"From 1789@xxx Mon Mar 02 12:00:00 +0000 2026\r\n", b"From - Mon Mar 02 12:00:00 2026\r\n",
        b"From MAILER-DAEMON Mon Mar  2 12:00:00 2026\r\n", b"From \"a b\"@example.com Mon Mar  2 12:00:00 2026\r\n",
    ],
)  # fmt: skip
def test_separators_of_gmail_thunderbird_and_others(line: bytes) -> None:
    letter = HEAD.replace(b"\n", b"\r\n") + b"\r\nHi\r\n\r\n"
    assert len(read((line + letter) * 3)) == 3


def test_what_is_no_mailbox_file() -> None:
    with pytest.raises(UnreadableFile, match="Import it as EML"):
        read(HEAD + b"\nHi\n")
    with pytest.raises(UnreadableFile, match="does not begin with"):
        read(b"\x89PNG\r\n")
    assert read(b"") == []


def test_a_message_that_is_too_large_is_left_out_and_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "LARGEST", 1_000_000)
    data = LINE + HEAD + b"\n" + b"x" * 70 + b"\n"
    data += (b"y" * 70 + b"\n") * 100_000 + b"\n" + LINE + HEAD + b"\nTwo\n"
    stream = io.BytesIO(data)
    tracemalloc.start()
    try:
        found = list(read_mbox(stream, "big.mbox"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "can be read" in found[0].problem and found[0].raw == b""
    assert found[1].raw.endswith(b"Two\n")
    assert peak < 4_000_000


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5))
@settings(deadline=None)
def test_what_is_written_is_read_again(letters: list[bytes]) -> None:
    raws = [HEAD + b"\n" + letter.replace(b"\r", b"") + b"\n" for letter in letters]
    at = datetime(2026, 3, 2, tzinfo=UTC)
    data = b"".join(mbox_entry(raw, "ada@example.com", at) for raw in raws)
    assert [item.raw for item in read(data)] == raws


@given(
    st.lists(st.sampled_from([LINE, b"\n", b"\r\n", HEAD, b"Content-Length: 7\n", b">From x\n", b"text\n", b"\0\xff"]))
)
@settings(deadline=None)
def test_any_lines_are_messages_or_a_sentence(lines: list[bytes]) -> None:
    for seekable in (True, False):
        try:
            read(b"".join(lines), seekable=seekable)
        except UnreadableFile as error:
            assert "test.mbox" in str(error)


# -- folders and archives


def items(path: Path, kind: ImportKind = ImportKind.EML) -> list[MailItem]:
    with MailReader(path, kind) as reader:
        found = list(reader)
        assert reader.place <= reader.size
        return found


def test_a_folder_with_messages_of_all_kinds(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(HEAD + b"\nHi\n")
    (tmp_path / "b.emlx").write_bytes(b"%d\n" % len(HEAD + b"\nYo\n") + HEAD + b"\nYo\n<?xml version='1.0'?><plist/>")
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "Old.mbox").mkdir()
    (tmp_path / "Old.mbox" / "mbox").write_bytes(LINE + HEAD + b"\nOne\n\n" + LINE + HEAD + b"\nTwo\n")
    (tmp_path / "notes.txt").write_text("no mail")
    secret = tmp_path.parent / "secret.eml"
    secret.write_bytes(HEAD)
    (tmp_path / "link.eml").symlink_to(secret)
    (tmp_path / "loop").symlink_to(tmp_path)
    found = items(tmp_path)
    assert [i.where for i in found] == ["a.eml", "b.emlx", "empty.eml", "Old.mbox/mbox", "Old.mbox/mbox"]
    assert found[1].raw == HEAD + b"\nYo\n"
    assert found[2].problem == "It is empty."
    assert [i.number for i in found] == [1, 2, 3, 4, 5]


def test_an_archive_writes_nothing_wherever_its_names_point(tmp_path: Path) -> None:
    path = tmp_path / "mail.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../../tmp/evil.eml", HEAD + b"\nHi\n")
        archive.writestr("/etc/evil.eml", HEAD + b"\nHi\n")
        archive.writestr("Takeout/Mail/All.mbox", LINE + HEAD + b"\nOne\n\n" + LINE + HEAD + b"\nTwo\n")
        archive.writestr("bomb.eml", b"0" * 60_000_000)
        archive.writestr("picture.png", b"x")
        archive.writestr("broken.mbox", b"no mail at all")
    before = sorted(tmp_path.parent.rglob("*"))
    found = items(path)
    assert [bool(i.problem) for i in found] == [False, False, False, False, True, True]
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_damaged_archives_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mail.zip"
    path.write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(UnreadableFile, match="damaged archive"):
        items(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.eml", HEAD + b"\nHello there\n")
    path.write_bytes(path.read_bytes().replace(b"Hello", b"Hallo"))
    assert "damaged in the archive" in items(path)[0].problem
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"")
    with pytest.raises(UnreadableFile, match="holds no messages"):
        items(path)
