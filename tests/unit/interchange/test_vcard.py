"""Cards of the three versions as phones and mail programs write them, and cards that mean harm."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.transfer import UnreadableFile
from app.interchange.vcard import LONGEST_CARD, Card, CardReader

NOKIA = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg=\r\n;;;\r\n"
    b"EMAIL;INTERNET;HOME:joerg@example.com\r\nTEL;CELL;VOICE:+49 171 100\r\nTEL;WORK;FAX:+49 30 1\r\nno colon at all\r\n"
    b"PHOTO;JPEG;ENCODING=BASE64:\r\n AAAABBBB\r\n CCCC\r\n\r\nEND:VCARD\r\n"
)
APPLE = (
    "BEGIN:VCARD\nVERSION:3.0\nPRODID:-//Apple Inc.//macOS 14//EN\nN:Öberg;Åsa;;;\nFN:Åsa Öberg\n"
    "item1.EMAIL;type=INTERNET:second@example.org\nitem2.EMAIL;type=INTERNET;type=pref:asa@example.org\n"
    "ORG:Havn\\; Sø;Sales\nTITLE:Buyer\\, north\nitem3.ADR;type=WORK:;;Storgatan 1;Göte\n borg;;411 01;Sweden\n"
    "TEL;type=CELL;type=pref:0701\nEND:VCARD\n"
).encode()
NEW = (
    b'BEGIN:VCARD\nVERSION:4.0\nFN:Xi\nTEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+1-555-0100;ext=5\n'
    b"EMAIL:mailto:xi@example.net\nPHOTO:data:image/jpeg;base64,AAAA\nEND:VCARD\n"
)


def cards(tmp_path: Path, data: bytes) -> list[Card]:
    path = tmp_path / "cards.vcf"
    path.write_bytes(data)
    with CardReader(path) as reader:
        return list(reader)


def test_a_byte_order_mark_takes_no_card_away(tmp_path: Path) -> None:
    assert [card.name for card in cards(tmp_path, b"\xef\xbb\xbf" + APPLE + NEW)] == ["Åsa Öberg", "Xi"]


def test_three_versions_in_one_file(tmp_path: Path) -> None:
    old, apple, new = cards(tmp_path, NOKIA + APPLE + NEW)
    assert (old.name, old.emails) == ("Jörg Müller", ("joerg@example.com",))
    assert old.phones == (("+49 171 100", "mobile"), ("+49 30 1", "fax"))
    assert apple.name == "Åsa Öberg"
    assert apple.emails == ("asa@example.org", "second@example.org"), "the preferred one first"
    assert (apple.company, apple.title) == ("Havn; Sø", "Buyer, north")
    assert apple.postal_address == "Storgatan 1\n411 01 Göteborg\nSweden"
    assert (new.emails, new.phones) == (("xi@example.net",), (("+1-555-0100 ext 5", "home"),))
    assert [c.line for c in (old, apple, new)] == [1, 14, 27]


def test_charsets(tmp_path: Path) -> None:
    latin = b"BEGIN:VCARD\nVERSION:2.1\nFN:J\xf6rg\nEMAIL:j@example.com\nEND:VCARD\n"
    assert cards(tmp_path, latin)[0].name == "Jörg"
    assert cards(tmp_path, APPLE.decode().encode("utf-16"))[0].name == "Åsa Öberg"
    named = (
        b"BEGIN:VCARD\nFN;CHARSET=WINDOWS-1251;ENCODING=QUOTED-PRINTABLE:=C8=E2=E0=ED\nEMAIL:i@example.com\nEND:VCARD"
    )
    assert cards(tmp_path, named)[0].name == "Иван"
    evil = b"BEGIN:VCARD\nFN;CHARSET=zlib_codec:x\nEMAIL;ENCODING=BASE64:%%%\nEND:VCARD"
    assert cards(tmp_path, evil)[0].name == "x"


def test_cards_that_are_not_whole(tmp_path: Path) -> None:
    found = cards(
        tmp_path, b"BEGIN:VCARD\nFN:Lost\nBEGIN:VCARD\nFN:Bo\nEMAIL:bo@example.com\nEND:VCARD\nBEGIN:VCARD\nFN:Z\n"
    )
    assert [(c.name, bool(c.problem)) for c in found] == [("", True), ("Bo", False), ("", True)]
    assert "FN:Lost" in found[0].raw


def test_a_card_within_a_card_is_somebody_else(tmp_path: Path) -> None:
    inner = b"AGENT:\nBEGIN:VCARD\nFN:Secretary\nEMAIL:s@example.com\nEND:VCARD\n"
    (found,) = cards(tmp_path, b"BEGIN:VCARD\nFN:Boss\n" + inner + b"EMAIL:boss@example.com\nEND:VCARD\n")
    assert (found.name, found.emails) == ("Boss", ("boss@example.com",))


def test_bombs_take_neither_time_nor_memory(tmp_path: Path) -> None:
    folded = b"BEGIN:VCARD\nNOTE:x\n" + b" y\n" * 500_000 + b"EMAIL:f@example.com\nEND:VCARD\n"
    nested = b"BEGIN:VCARD\nAGENT:\n" * 50_000 + b"END:VCARD\n" * 50_000
    many = b"BEGIN:VCARD\n" + b"".join(b"EMAIL:a%d@example.com\n" % n for n in range(100_000)) + b"END:VCARD\n"
    large = b"BEGIN:VCARD\nPHOTO:" + b"A" * (LONGEST_CARD + 10) + b"\nEND:VCARD\n"
    groups = b"BEGIN:VCARD\n" + b"a." * 100_000 + b"EMAIL:g@example.com\nEND:VCARD\n"
    began = time.monotonic()
    assert cards(tmp_path, folded)[0].emails == ("f@example.com",)
    assert len(cards(tmp_path, nested)) == 1
    assert "more than 2,000 lines" in cards(tmp_path, many)[0].problem
    assert "more than 4 MB" in cards(tmp_path, large)[0].problem
    assert cards(tmp_path, groups)[0].emails in ((), ("g@example.com",))
    assert time.monotonic() - began < 20


def test_a_file_without_cards(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="holds no card"):
        cards(tmp_path, b"Name,Mail\n")


_LINES = st.sampled_from(
    [
        b"BEGIN:VCARD",
        b"END:VCARD",
        b"AGENT:",
        b"FN:\xc3\xa5",
        b"N:a;b\\;c",
        b" folded",
        b"EMAIL;PREF=1:x@y.z",
        b'TEL;TYPE="a:b',
        b"ADR;ENCODING=QUOTED-PRINTABLE:=\xff=",
        b"ORG;ENCODING=b:QQ=",
        b"\0",
        b";:;",
    ]
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(st.one_of(_LINES, st.binary(max_size=60)), max_size=30))
def test_any_lines_are_cards_or_a_sentence(tmp_path: Path, lines: list[bytes]) -> None:
    try:
        for card in cards(tmp_path, b"\r\n".join(lines)):
            assert "\0" not in card.name
    except UnreadableFile as error:
        assert "cards.vcf" in str(error)
