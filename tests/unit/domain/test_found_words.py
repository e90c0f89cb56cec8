"""Where the words of a search stand in a text, and the passage that shows them."""

from __future__ import annotations

import pytest

from app.domain.found_words import MOST_WORDS, PASSAGE, passage, searched_words, spans, too_many


@pytest.mark.parametrize(
    ("search", "text", "marked"),
    [
        ("inv", "The Invoice, not the Reinvoice", ["Inv"]),
        ("angstrom OFF", "Ångströms offert till Ångström", ["Ångström", "off", "Ångström"]),
        ("re", "re-read, not spread", ["re", "re"]),
        ("strasse", "Hafenstraße, Straße 4", ["Straße"]),  # spelled with other letters: the whole word
        ("resume", "a re\u0301sume\u0301 of it", ["re\u0301sume\u0301"]),
        ("議", "会議資料", ["議"]),
        ("ab abc", "abcd abx", ["abc", "ab"]),  # the longest that fits
        ("x", "", []),
        ("?!", "What?!", []),
        ("12", "No. 1204/12", ["12", "12"]),
        ("mail", "📨 mail\x00mail", ["mail", "mail"]),
        ("and", "…and “and” x_and band 会and€AND", ["and", "and", "and", "and", "AND"]),
        ("s", "re\u0301s s", ["s"]),  # an accent that stands by itself begins no word
        ("fi k", "ﬁne Kelvin", ["ﬁne", "K"]),
        ("кра", "Кран, экран", ["Кра"]),
    ],
)
def test_what_is_marked(search: str, text: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in spans(text, searched_words(search))] == marked


def test_the_words_of_a_search_are_few_and_each_once() -> None:
    assert searched_words(" Ö o, o. ") == ["o"]
    assert searched_words("…!?_") == []
    many = " ".join(f"w{n}" for n in range(MOST_WORDS + 1))
    assert len(searched_words(many)) == MOST_WORDS
    assert too_many(many) and too_many("a" * 5_000)
    assert not too_many("a b a b a b a b a b a b")


def test_a_passage_shows_the_first_word_that_was_found() -> None:
    text = "Dear all,\n\n" + "before it there is much to read. " * 20 + "Then the crane\ncame, and " + "more " * 100
    shown = passage([text], ["crane"])
    assert shown.startswith("… ") and "Then the crane came, and" in shown
    assert len(shown) <= PASSAGE + 2 and "\n" not in shown
    assert passage(["\n\n The crane is here."], ["crane"]) == "The crane is here."


def test_a_passage_of_another_text_and_of_none() -> None:
    assert passage(["nothing", "Ada <ada@example.org>"], ["ada"]) == "Ada <ada@example.org>"
    assert passage(["nothing\nhere", "neither"], ["ada"]) == "nothing here"
    assert passage([], ["ada"]) == "" == passage([""], ["ada"])
    run = "x" * 500
    assert passage([run + " ada"], ["ada"]) == "… ada"  # a word of no end stands before it
