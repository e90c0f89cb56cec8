"""The sieve for large folders: it lets through what the careful reader would log, whatever the headers look like."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.protocol import ScannedHeader
from app.mime.headers import HeaderFacts, parse_header_block
from app.services import known_ids
from app.services.known_ids import KnownIds, Sieved, waits_for
from app.store.messages import Messages
from app.store.passed_over import short_hash

OURS = ("ours@x.example", "0@y", "blåbär@z.example")


class Stored(Messages):
    """Aliases without a database."""

    def __init__(self, ids: tuple[str, ...]) -> None:
        self.ids = list(ids)

    def aliases_after(self, row: int) -> Iterator[tuple[int, str]]:
        yield from list(enumerate(self.ids, 1))[row:]


def known(*ids: str) -> KnownIds:
    made = KnownIds(Stored(ids or OURS))
    made.refresh()
    return made


def chosen(*headers: bytes) -> list[int]:
    return Sieved([ScannedHeader(uid, h, 100, b"") for uid, h in enumerate(headers, 1)], known()).chosen


@pytest.mark.parametrize(
    ("header", "through"),
    [
        (b"Message-ID: <new@x>\r\nIn-Reply-To: <ours@x.example>\r\n\r\n", True),
        (b"Message-ID: <new@x>\r\nReferences: <a@b>\r\n <ours@x.example>\r\n <c@d>\r\n\r\n", True),
        (b"Message-ID: <new@x>\r\nReferences: <a@b><ours@x.example>\r\n\r\n", True),
        (b"Message-ID: <ours@x.example>\r\n\r\n", True),
        (b"Message-ID: <new@x>\r\nIn-Reply-To: ours@x.example\r\n\r\n", True),
        (b"Message-ID: <new@x>\r\nIn-Reply-To: Your message of Monday <ours@x.example>\r\n\r\n", True),
        (b"Message-ID: <new@x>\r\nIn-Reply-To: < ours@x.example >\r\n\r\n", True),
        (b"Message-ID: <new@x>\r\nIn-Reply-To: <ours@x.\r\n example>\r\n\r\n", True),
        (b"Message-ID: <new@x>\r\nREFERENCES : a@b ours@x.example\r\n\r\n", True),
        ("Message-ID: <new@x>\r\nIn-Reply-To: <blåbär@z.example>\r\n\r\n".encode(), True),
        (b"Message-ID: <new@x>\r\nIn-Reply-To: =?utf-8?q?=3Cours=40x=2Eexample=3E?=\r\n\r\n", True),
        (b"Message-ID: <n>\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n boundary=x\r\n\r\n", True),
        (b"Return-Path: <>\r\nMessage-ID: <n@x>\r\n\r\n", True),
        (b"", True),
        (b"Message-ID: <new@x>\r\nX-Hitchpost-Copy: abc\r\n\r\n", True),
        (b"Message-ID: <new@x>\r\nIn-Reply-To: <theirs@x.example>\r\n\r\n", False),
        (b"Message-ID: <OURS@x.example>\r\n\r\n", False),
        (b"Return-Path: <ada@example.com>\r\nMessage-ID: <n@x>\r\n\r\n", False),
        (b"\r\n", False),
        (b"Message-ID: <n@x>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.com>\r\n\r\n", True),
        (b"Return-Path: <MAILER-DAEMON>\r\nMessage-ID: <n@x>\r\nFrom: postmaster@mx.example.com\r\n\r\n", True),
        (b"Message-ID: <n@x>\r\nReturn-Path:\r\nFrom: postmaster@mx.example.com\r\n\r\n", True),
        (b"Message-ID: <n@x>\r\nReturn-Path:\r\n <>\r\n\r\n", True),
        (b"From: <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example>\r\nMessage-ID: <n@x>\r\n\r\n", True),
        (b"Message-ID: <n@x>\r\nFrom: =?utf-8?q?J=C3=B6rg?= <j@x.example>\r\n\r\n", False),
        (b"Message-ID: <n@x>\r\nIn-Reply-To: <ours\x1c@x.example>\r\n\r\n", True),
        (b"Message-ID: <n@x>\r\nIn-Reply-To: <ours\x00@x.example>\r\n\r\n", True),
    ],
)  # fmt: skip
def test_what_comes_through(header: bytes, through: bool) -> None:
    plain = b"Message-ID: <other@x>\r\nReferences: <z@z>\r\n\r\n"
    assert chosen(plain, header, plain) == ([2] if through else [])


@pytest.mark.parametrize("name", ["In-Reply-To", "References"])
def test_an_empty_field_hides_nothing_of_the_next_message(name: str) -> None:
    empty = f"Message-ID: <e@x>\r\n{name}:\r\n\r\n".encode()
    odd = f"{name}: a@b ours@x.example\r\nMessage-ID: <h@x>\r\n\r\n".encode()
    assert chosen(empty, odd) == [2]


_LOCAL = "a" * 70


@pytest.mark.parametrize(
    ("person", "written"),
    [
        ("ada@example.com", "Ada <ada@example.com>"),
        ("ada@example.com", "ADA@Example.com"),
        ("ada@example.com", "ada(home)@example.com"),
        ("ada@example.com", "ada @example.com"),
        ("ada@foo_bar.example", "<ada@foo_bar.example>"),
        ("x@[192.0.2.1]", "x@[192.0.2.1]"),
        ("kund@intranet", "Kund <kund@intranet>"),
        (f"{_LOCAL}@example.com", f"<{_LOCAL}@example.com>"),
        ("ada@xn--bcher-kva.example", "Ada <ada@bücher.example>"),
    ],
)
def test_people_are_found_however_their_address_is_written(person: str, written: str) -> None:
    """All that the careful reader would find."""
    header = f"Message-ID: <n@x>\r\nFrom: b@x.example\r\nTo: {written}\r\n\r\n".encode()
    assert [a.key for a in parse_header_block(header).to] == [person]
    plain = b"Message-ID: <other@x>\r\nFrom: b@x.example\r\n\r\n"
    headers = [ScannedHeader(uid, h, 100, b"") for uid, h in enumerate((plain, header, plain), 1)]
    assert Sieved(headers, known(), frozenset([person.encode()])).chosen == [2]
    assert Sieved(headers, known(), frozenset([b"c" + person.encode()])).chosen == []


def test_who_wrote_is_not_kept_among_the_ids() -> None:
    header = b"From: Ada <ada@example.com>\r\nMessage-ID: <new@x>\r\nReferences: <a@b>\r\n\r\n"
    assert set(Sieved([ScannedHeader(1, header, 1, b"")], known()).passed.hashes) == {
        short_hash(b"new@x"),
        short_hash(b"a@b"),
    }


def test_an_answer_waits_for_every_message_above_it() -> None:
    references = tuple(f"{n}@x" for n in range(12))
    facts = HeaderFacts(in_reply_to=("11@x",), references=references)
    assert waits_for(facts) == tuple(reversed(references))
    many = HeaderFacts(references=tuple(f"{n}@x" for n in range(200)))
    assert len(waits_for(many)) == 50
    assert {waits_for(many)[0], waits_for(many)[-1]} == {"199@x", "0@x"}


_ID = st.sampled_from([*OURS, "a@b", "c@d", "ours@x", "x"])
_WRITTEN = st.tuples(_ID, st.sampled_from(["<{}>", "{}", "< {} >", "<{}", "x <{}>", "<{}>,"])).map(
    lambda pair: pair[1].format(pair[0])
)
_FIELD = st.tuples(
    st.sampled_from(["Message-ID", "In-Reply-To", "references", "X-Other"]),
    st.sampled_from([": ", ":", " : ", ":\r\n ", ":\t", ":\x0b", ":\r"]),
    st.lists(_WRITTEN, max_size=3).map(lambda ids: st.sampled_from([" ".join(ids), "\r\n ".join(ids)])),
)


@given(st.data(), st.lists(st.lists(_FIELD, max_size=4), min_size=1, max_size=5))
def test_nothing_is_lost_that_the_careful_reader_would_find(
    data: st.DataObject, messages: list[list[tuple[str, str, st.SearchStrategy[str]]]]
) -> None:
    headers = [
        "".join(f"{name}{colon}{data.draw(value)}\r\n" for name, colon, value in fields).encode() + b"\r\n"
        for fields in messages
    ]
    through = set(chosen(*headers))
    for uid, header in enumerate(headers, 1):
        facts = parse_header_block(header)
        if {facts.message_id, *facts.in_reply_to, *facts.references} & set(OURS):
            assert uid in through, header


def test_what_was_passed_over_is_known_again_by_what_it_names() -> None:
    header = b"Message-ID: <new@x>\r\nReferences: <a@b>\r\n <c@d>\r\n\r\n"
    sieved = Sieved([ScannedHeader(1, header, 1, b"")], known())
    assert {short_hash(b"a@b"), short_hash(b"c@d")} <= set(sieved.passed.hashes)
    answer = b"Message-ID: <logged@x>\r\nReferences: <ours@x.example>\r\n\r\n"
    both = Sieved([ScannedHeader(1, header, 1, b""), ScannedHeader(2, answer, 1, b"")], known())
    assert both.chosen == [2]
    assert short_hash(b"logged@x") not in set(both.passed.hashes) and short_hash(b"c@d") in set(both.passed.hashes)


def test_ids_are_kept_current_and_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_ids, "_MANY", 100)
    stored = Stored(tuple(f"{n}@x" for n in range(1000)))
    ids = KnownIds(stored)
    ids.refresh()
    assert ids.turned_up() == ()
    assert len(ids) == 1000
    assert all(ids.holds(f"{n}@x") for n in range(1000)) and not ids.holds("1000@x")
    stored.ids.append("1000@x")
    assert not ids.holds("1000@x")
    ids.refresh()
    assert ids.holds("1000@x") and ids.turned_up() == ("1000@x",) and ids.turned_up() == ()
    assert ids.among([hash(b"5@x"), hash(b"1000@x"), hash(b"?")]) == {hash(b"5@x"), hash(b"1000@x")}


def test_the_first_id_of_a_new_workspace_turns_up() -> None:
    stored = Stored(())
    ids = KnownIds(stored)
    ids.refresh()
    stored.ids.append("new@x")
    ids.refresh()
    assert ids.turned_up() == ("new@x",)


@given(
    st.lists(st.tuples(st.lists(_ID, max_size=3), st.sampled_from(["<{}>", "<<{}>", "<{}><"])), min_size=1, max_size=8)
)
def test_what_stands_beside_a_hit_is_kept_and_nothing_of_the_hit(written: list[tuple[list[str], str]]) -> None:
    """Each message names an id of its own besides."""
    fields = [" ".join(form.format(i) for i in ids) for ids, form in written]
    headers = [f"Message-ID: <own{n}@x>\r\nReferences: {text}\r\n\r\n".encode() for n, text in enumerate(fields)]
    sieved = Sieved([ScannedHeader(uid, h, 100, b"") for uid, h in enumerate(headers, 1)], known())
    hits = {uid for uid, (ids, _) in enumerate(written, 1) if set(ids) & set(OURS)}
    assert set(sieved.chosen) == hits
    for uid in range(1, len(headers) + 1):
        odd = "<<" in fields[uid - 1] or "><" in fields[uid - 1] or not fields[uid - 1].isascii()
        if uid not in hits:
            assert short_hash(b"own%d@x" % (uid - 1)) in set(sieved.passed.hashes)
        elif not odd:
            assert short_hash(b"own%d@x" % (uid - 1)) not in set(sieved.passed.hashes)
