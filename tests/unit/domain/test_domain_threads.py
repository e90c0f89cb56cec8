"""Message-IDs and subjects as mail brings them: tables, and properties that hold for any text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.message_ids import MAX_IDS, message_ids, normalise_message_id, references_for_reply
from app.domain.subjects import base_subject, reply_subject


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<a@b>", "a@b"),
        (" <a@b> ", "a@b"),
        ("a@b", "a@b"),
        ("<a @ b>", "a@b"),
        ("<a@b> (comment)", "a@b"),
        ("<a@b><c@d>", "a@b"),
        ("<CaSe@B>", "CaSe@B"),
        ("<a\r\n @b>", "a@b"),
        ("<<a@b>>", "a@b"),
        ("<a@b", "a@b"),
        ("", ""),
        ("<>", ""),
        ("   ", ""),
        ("<no-at-sign>", "no-at-sign"),
    ],
)
def test_normalise(raw: str, expected: str) -> None:
    assert normalise_message_id(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<a@b> <c@d>", ("a@b", "c@d")),
        ("<a@b>\r\n\t<c@d>", ("a@b", "c@d")),
        ("<a@b><c@d>", ("a@b", "c@d")),
        ("<a@b>, <c@d>, <a@b>", ("a@b", "c@d")),
        ("a@b c@d", ("a@b", "c@d")),
        ("a@b, c@d", ("a@b", "c@d")),
        ('Your message of "Monday"', ()),
        ("Message from Ada <a@b> of Monday", ("a@b",)),
        ("", ()),
        ("<>", ()),
        ("< >", ()),
    ],
)
def test_ids_of_a_header(raw: str, expected: tuple[str, ...]) -> None:
    assert message_ids(raw) == expected


def test_endless_references_keep_the_first_and_the_newest() -> None:
    found = message_ids(" ".join(f"<{i}@x>" for i in range(5000)))
    assert len(found) == MAX_IDS and found[0] == "0@x" and found[-1] == "4999@x"


_ID = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="<>"), min_size=1, max_size=60)


@given(_ID)
def test_brackets_make_no_difference(message_id: str) -> None:
    assert normalise_message_id(f"<{message_id}>") == message_id
    assert normalise_message_id(f" \t<{message_id}>\r\n") == message_id
    assert message_ids(f"<{message_id}>") == (message_id,)


@given(st.text(max_size=2000))
def test_any_text_gives_ids_that_are_normal(raw: str) -> None:
    normal = normalise_message_id(raw)
    assert len(normal) <= 998 and not any(c.isspace() for c in normal)
    found = message_ids(raw)
    assert len(set(found)) == len(found) <= MAX_IDS
    for one in found:
        assert one and not any(c.isspace() for c in one)
        if not set("<>") & set(one):
            assert normalise_message_id(f"<{one}>") == one[:998]


@given(_ID, st.lists(_ID, max_size=8).map(tuple))
def test_references_of_an_answer_end_with_the_parent(parent: str, before: tuple[str, ...]) -> None:
    made = references_for_reply(parent, before)
    assert made[-1] == parent and made.count(parent) == 1
    assert list(made[:-1]) == [r for r in before if r != parent]


def test_references_without_a_parent() -> None:
    assert references_for_reply("", ("a@b",)) == ("a@b",)


@pytest.mark.parametrize(
    "subject",
    [
        "Offert 4410",
        "Re: Offert 4410",
        "RE: re: Offert 4410",
        "SV: Offert 4410",
        "AW: WG: Offert 4410",
        "Re[2]: Offert 4410",
        "Re(3): Offert 4410",
        "Fwd:Offert 4410",
        "Antw: Offert  4410",
        "回复：Offert 4410",
        "转发: Offert 4410",
        " RES : Offert\t4410 ",
        "Re :Offert 4410",
        "VS: offert 4410",
        "İLT: Offert 4410",
        "YNT：Offert 4410",
        "R: I: Offert 4410",
        "Odp: PD: Offert 4410",
        "RE: [EXTERNAL] Re: Offert 4410",
        "[EXTERN] AW: Offert 4410",
        "***SPAM*** Offert 4410",
        "Re*2: Offert 4410",
        "Re^3: Offert 4410",
        "[Fwd: Offert 4410]",
        "Vá: Továbbítás: Offert 4410",
        "Továbbítás: Offert 4410",
        "TL: Trả lời: Offert 4410",
        "答复: 回复: 转发： Offert 4410",
        "返信: 転送: Offert 4410",
        "답장: 전달: Offert 4410",
        "ΑΠ: ΣΧΕΤ: Offert 4410",
        "Отв: Пер: Offert 4410",
        "رد: Offert 4410",
        "תגובה: הועבר: Offert 4410",
        "Doorst: Antw: Offert 4410",
        "BLS: TRS: Offert 4410",
        "ATB: YML: Offert 4410",
        "Ats: Persiųsta: Offert 4410",
        "ENC: RES: Offert 4410",
        "RV: Réf : TR : Offert 4410",
        "FYI: Offert 4410",
        "Automatic reply: Offert 4410",
        "Automatiskt svar: SV: Offert 4410",
        "Undeliverable: Offert 4410",
    ],
)
def test_prefixes_do_not_count(subject: str) -> None:
    assert base_subject(subject) == "offert 4410"


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("", ""),
        ("Re:", ""),
        ("Reklamation: Offert", "reklamation: offert"),
        ("Re Offert", "re offert"),
        ("Agenda: Re: x", "agenda: re: x"),
        ("[list] Re: x", "[list] re: x"),
        ("[Kunde] Offert", "[kunde] offert"),
        ("Extern granskning", "extern granskning"),
        ("Auto till salu", "auto till salu"),
        ("Resa: Offert", "resa: offert"),
        ("[Fwd: Re: x]", "x"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
    ],
)
def test_other_subjects_stay(subject: str, base: str) -> None:
    assert base_subject(subject) == base


@pytest.mark.parametrize(
    ("subject", "reply"),
    [("Offert", "Re: Offert"), ("Re: Offert", "Re: Offert"), ("re : Offert", "re : Offert"), ("", "Re:"),
     ("SV: Offert", "Re: SV: Offert"), ("a\r\nBcc: x", "Re: a Bcc: x")],
)  # fmt: skip
def test_reply_subject(subject: str, reply: str) -> None:
    assert reply_subject(subject) == reply


_SUBJECT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(_SUBJECT)
def test_an_answer_has_the_same_base(subject: str) -> None:
    base = base_subject(subject)
    assert base_subject(reply_subject(subject)) == base
    assert base_subject(f"Fwd: {subject}") == base
    assert base_subject(base) == base
    assert "\n" not in reply_subject(subject) and "\r" not in reply_subject(subject)


def test_hostile_subjects_take_no_time() -> None:
    begun = time.monotonic()
    for text in ("re:" * 100_000, "re [" * 100_000, " " * 1_000_000 + "x", "re" + " " * 1_000_000, "re[9" * 50_000):
        base_subject(text)
        normalise_message_id(text)
        message_ids(text)
    assert time.monotonic() - begun < 1
