"""Any bytes as a message, a card or a row end as a record or as a sentence, never as a fault; and nothing takes long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.transfer import ImportKind, ImportOptions, UnreadableFile
from app.services.import_file import import_file
from tests.support.copied import CopyDesk, letter, open_copy_desk

_HEAD = (
    b"From: ", b"To: ", b"Date: Mon, 2 Mar 2026 12:00:00 +0000\r\n", b"Message-ID: <", b"\r\n\r\n", b"X-Gmail-Labels: ",
    b"X-Hitchpost-Text: 9 9 9\r\n", b"X-Mozilla-Status: zz\r\n", b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"ada@example.org", b"=?utf-8?b?//8=?=", b"References: <a> <b>\r\n", b"\x00",
    b"From x@example.com Mon Mar  2 12:00:00 2026\n",
)  # fmt: skip
_CELLS = (
    "Email",
    "Name",
    "Phone 1 - Label",
    "ada@example.org",
    "=1",
    '"',
    ";",
    ",",
    "\n",
    "\0",
    "\ud7ff",
    "Amount",
    "1e999",
)
_CARDS = (b"\nEMAIL:a@example.org\n", b"\nFN:x\n", b"\nTEL:1\n")
_QUIET = {"suppress_health_check": [HealthCheck.function_scoped_fixture], "deadline": None}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[CopyDesk]:
    with open_copy_desk(tmp_path / "home") as made:
        yield made


def take(desk: CopyDesk, kind: ImportKind, path: Path) -> None:
    began = time.monotonic()
    try:
        report = import_file(
            desk.workspace, kind, path, ImportOptions(own=("me@example.org",)), lambda _p: None, lambda: False
        )
    except UnreadableFile as error:
        assert path.name in str(error)
    except Exception as error:
        from app.domain.errors import UsageError

        assert isinstance(error, UsageError), repr(error)
    else:
        assert report.read == report.added + report.changed + report.same + report.skipped
    assert time.monotonic() - began < 5
    for left in path.parent.glob("*.not-imported*"):
        left.unlink()


@given(pieces=st.lists(st.one_of(st.sampled_from(_HEAD), st.binary(max_size=40)), max_size=25))
@settings(max_examples=150, **_QUIET)
def test_any_bytes_as_messages(desk: CopyDesk, tmp_path: Path, pieces: list[bytes]) -> None:
    path = tmp_path / "any.mbox"
    path.write_bytes(_HEAD[-1] + b"".join(pieces))
    take(desk, ImportKind.MBOX, path)


@given(place=st.integers(0, 400), change=st.binary(max_size=6))
@settings(max_examples=100, **_QUIET)
def test_a_letter_with_a_few_bytes_changed(desk: CopyDesk, tmp_path: Path, place: int, change: bytes) -> None:
    raw = bytearray(letter("ada@example.org", html="<p>Hi</p>", files=(("a.txt", b"x"),), message_id="m@x"))
    raw[place : place + len(change)] = change
    path = tmp_path / "one.eml"
    path.write_bytes(bytes(raw))
    take(desk, ImportKind.EML, path)


@given(
    kind=st.sampled_from([ImportKind.CONTACTS, ImportKind.COMPANIES, ImportKind.DEALS, ImportKind.USERS]),
    pieces=st.lists(st.one_of(st.sampled_from(_CELLS), st.text(max_size=12)), max_size=40),
)
@settings(max_examples=200, **_QUIET)
def test_any_text_as_a_table(desk: CopyDesk, tmp_path: Path, kind: ImportKind, pieces: list[str]) -> None:
    path = tmp_path / "any.csv"
    head = {"contacts": "Email,Name,Phone 1 - Label,Phone 1 - Value", "companies": "Company name,Domain,Website",
            "deals": "Deal name,Amount,Currency,Stage", "users": "Login address,Name,Role"}[kind.value]  # fmt: skip
    path.write_bytes((head + "\n" + "".join(pieces)).encode("utf-8", "surrogatepass"))
    take(desk, kind, path)


@given(
    pieces=st.lists(
        st.one_of(st.binary(max_size=30), st.sampled_from(_CARDS)),
        max_size=12,
    )
)
@settings(max_examples=100, **_QUIET)
def test_any_bytes_as_a_card(desk: CopyDesk, tmp_path: Path, pieces: list[bytes]) -> None:
    path = tmp_path / "any.vcf"
    path.write_bytes(b"BEGIN:VCARD\n" + b"".join(pieces) + b"\nEND:VCARD\n")
    take(desk, ImportKind.VCARD, path)
