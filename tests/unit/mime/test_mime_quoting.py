"""Answers parted from quotations, for the mail programs and languages that people use."""

# ruff: noqa: E501  (mail is easier to judge whole)

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mime import quoting
from app.mime.quoting import split_reply

# Attribution lines as the programs write them, by language.
ATTRIBUTIONS = [
    "On Fri, Jan 3, 2025 at 10:00 AM Anna Berg <anna@example.com> wrote:",
    "On Fri, Jan 3, 2025 at 10:00 AM Anna Berg <anna@example.com>\nwrote:",
    "On 3 Jan 2025, at 10:00, Anna Berg <anna@example.com> wrote:",
    "On 03/01/2025 10:00, Anna Berg wrote:",
    "On Friday, January 3, 2025 at 10:00:00 AM GMT+1, Anna Berg <anna@example.com> wrote:",
    "Den fre 3 jan. 2025 kl 10:00 skrev Anna Berg <anna@example.com>:",
    "3 jan. 2025 kl. 10:00 skrev Anna Berg <anna@example.com>:",
    "Den 2025-01-03 kl. 10:00, skrev Anna Berg:",
    "Den fre. 3. jan. 2025 kl. 10.00 skrev Anna Berg <anna@example.com>:",
    "Den 03.01.2025 kl. 10.00 skrev Anna Berg:",
    "fre. 3. jan. 2025 kl. 10:00 skrev Anna Berg <anna@example.com>:",
    "pt., 3 sty 2025 o 10:00 Anna Berg <anna@example.com> napisał(a):",
    "W dniu 3.01.2025 o 10:00, Anna Berg pisze:",
    "Wiadomość napisana przez Anna Berg <anna@example.com> w dniu 3 sty 2025, o godz. 10:00:",
    "Am Fr., 3. Jan. 2025 um 10:00 Uhr schrieb Anna Berg <anna@example.com>:",
    "Am 03.01.25 um 10:00 schrieb Anna Berg:",
    "Le ven. 3 janv. 2025 à 10:00, Anna Berg <anna@example.com> a écrit :",
    "El vie, 3 ene 2025 a las 10:00, Anna Berg (<anna@example.com>) escribió:",
    "Il giorno ven 3 gen 2025 alle ore 10:00 Anna Berg <anna@example.com> ha scritto:",
    "Em sex., 3 de jan. de 2025 às 10:00, Anna Berg <anna@example.com> escreveu:",
    "Op vr 3 jan 2025 om 10:00 schreef Anna Berg <anna@example.com>:",
    "pe 3. tammik. 2025 klo 10.00 Anna Berg (anna@example.com) kirjoitti:",
    "pá 3. 1. 2025 v 10:00 odesílatel Anna Berg <anna@example.com> napsal:",
    "Anna Berg <anna@example.com> ezt írta (időpont: 2025. jan. 3., P, 10:00):",
    "Anna Berg <anna@example.com>, 3 Oca 2025 Cum, 10:00 tarihinde şunu yazdı:",
    "пт, 3 янв. 2025 г. в 10:00, Anna Berg <anna@example.com>:",
    "пт, 3 січ. 2025 р. о 10:00 Anna Berg <anna@example.com> пише:",
    "Στις Παρ 3 Ιαν 2025 στις 10:00 π.μ., ο/η Anna Berg <anna@example.com> έγραψε:",
    "Anna Berg <anna@example.com> 于2025年1月3日周五 10:00写道：",
    "2025年1月3日(金) 10:00 Anna Berg <anna@example.com>:",
    "2025년 1월 3일 (금) 오전 10:00, Anna Berg <anna@example.com>님이 작성:",
    "Vào Th 6, 3 thg 1, 2025 vào lúc 10:00 Anna Berg <anna@example.com> đã viết:",
]

COPIED_HEADERS = [
    ("From: Anna <anna@example.com>", "Sent: Friday, January 3, 2025 10:00 AM", "To: Bob", "Subject: Offer"),
    ("Från: Anna <anna@example.com>", "Skickat: den 3 januari 2025 10:00", "Till: Bob", "Ämne: Offert"),
    ("Fra: Anna <anna@example.com>", "Sendt: 3. januar 2025 10:00", "Til: Bob", "Emne: Tilbud"),
    ("Od: Anna <anna@example.com>", "Wysłano: piątek, 3 stycznia 2025 10:00", "Do: Bob", "Temat: Oferta"),
    ("Von: Anna <anna@example.com>", "Gesendet: Freitag, 3. Januar 2025 10:00", "An: Bob", "Betreff: Angebot"),
    ("De : Anna <anna@example.com>", "Envoyé : vendredi 3 janvier 2025 10:00", "À : Bob", "Objet : Offre"),
    ("De: Anna <anna@example.com>", "Enviado el: viernes, 3 de enero de 2025 10:00", "Para: Bob", "Asunto: Oferta"),
    ("Da: Anna <anna@example.com>", "Inviato: venerdì 3 gennaio 2025 10:00", "A: Bob", "Oggetto: Offerta"),
    ("Van: Anna <anna@example.com>", "Verzonden: vrijdag 3 januari 2025 10:00", "Aan: Bob", "Onderwerp: Offerte"),
    ("De: Anna <anna@example.com>", "Enviada em: sexta-feira, 3 de janeiro de 2025", "Para: Bob", "Assunto: Oferta"),
    ("Lähettäjä: Anna <anna@example.com>", "Lähetetty: 3. tammikuuta 2025", "Vastaanottaja: Bob", "Aihe: Tarjous"),
    ("От: Anna <anna@example.com>", "Отправлено: 3 января 2025 г.", "Кому: Bob", "Тема: Предложение"),
    ("发件人: Anna <anna@example.com>", "发送时间: 2025年1月3日 10:00", "收件人: Bob", "主题: 报价"),
    ("差出人: Anna <anna@example.com>", "送信日時: 2025年1月3日 10:00", "宛先: Bob", "件名: 見積"),
    ("*From:* Anna <anna@example.com>", "*Sent:* Friday, January 3, 2025", "*To:* Bob", "*Subject:* Offer"),
    ("From: Anna <anna@example.com>", "Date: Friday, 3 January 2025 at 10:00", "To: Bob", "Subject: Offer"),
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_answer_above_marked_lines(attribution, gap):
    text = f"Thank you, that works for us.\n\nBob\n\n{attribution}{gap}> the first line\n> the second\n"
    visible, quoted = split_reply(text)
    assert visible == "Thank you, that works for us.\n\nBob"
    assert quoted.startswith(attribution.split("\n")[0]) and quoted.endswith("> the second")


@pytest.mark.parametrize("attribution", [a for a in ATTRIBUTIONS if "<" in a])
def test_answer_above_lines_without_marks(attribution):
    """As it comes out of HTML whose quotation is no blockquote."""
    visible, quoted = split_reply(f"Fine.\n\n{attribution}\n\nthe first line\n\nthe second")
    assert visible == "Fine."
    assert quoted.endswith("the second")


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_a_line_straight_above_the_attribution_is_kept(attribution):
    visible, _ = split_reply(f"Thanks!\n{attribution}\n> quoted")
    assert visible == "Thanks!"


@pytest.mark.parametrize("fields", COPIED_HEADERS, ids=lambda f: f[0])
@pytest.mark.parametrize("rule", ["", "________________________________\n", "-----Original Message-----\n"])
def test_outlook_answers_above_a_copied_header(fields, rule):
    visible, quoted = split_reply(
        "Yes, please.\n\n" + rule + "\n".join(fields) + "\n\nthe whole message\n\nwith lines\n"
    )
    assert visible == "Yes, please."
    assert quoted.endswith("with lines")


@pytest.mark.parametrize(
    "separator",
    [
        "-----Original Message-----", "-----Ursprungligt meddelande-----", "-----Oprindelig meddelelse-----",
        "-----Wiadomość oryginalna-----", "-----Ursprüngliche Nachricht-----", "-----Message d'origine-----",
        "---------- Forwarded message ---------", "-------- Weitergeleitete Nachricht --------", "----- Mensaje original -----",
        "-----Opprinnelig melding-----",
    ],
)  # fmt: skip
def test_separators(separator):
    assert split_reply(f"Here it is.\n\n{separator}\nanything at all") == (
        "Here it is.",
        f"{separator}\nanything at all",
    )


# Whole answers, from mail programs that differ from the usual forms in some detail.
WHOLE = [
    (
        "Sounds good\n\nSent from my iPhone\n\n> On Jan 3, 2025, at 10:00, Anna Berg <anna@example.com> wrote:\n> \n> \ufeffhello\n> there\n",
        "Sounds good\n\nSent from my iPhone",
    ),
    ("ok\n\nOn Fri, Jan 3, 2025 at 10:00\u202fAM Anna <anna@example.com> wrote:\n\n> x", "ok"),
    (
        "Yes!\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Anna <anna@example.com>\nSent: Friday, January 3, 2025 10:00:00 AM\nTo: Bob <bob@example.com>\nSubject: Re: x\n\nbody",
        "Yes!\n\nGet Outlook for iOS<https://aka.ms/o0ukef>",
    ),
    (
        "Hi\n\n\nSent with Proton Mail secure email.\n\nOn Friday, January 3rd, 2025 at 10:00 AM, Anna <anna@example.com> wrote:\n\n> a\n> b",
        "Hi\n\nSent with Proton Mail secure email.",
    ),
    (
        "Hi\n\n    On Friday, January 3, 2025 at 10:00:00 AM GMT+1, Anna <anna@example.com> wrote:  \n \n body of it\n more",
        "Hi",
    ),
    (
        "> a\n\nreply\n\n> b\n\nreply b\n_______________________________________________\nlist mailing list\nlist@example.com",
        "reply\n\nreply b\n_______________________________________________\nlist mailing list\nlist@example.com",
    ),
    ('Hi\n\n----- Original Message -----\nFrom: "Anna" <anna@example.com>\nTo: x', "Hi"),
    ("ok\n\nVon:    Anna/EX\nAn:     Bob/EX\nDatum:  03.01.2025 10:00\nBetreff:        x\n\n\n\ntext", "ok"),
    (
        "ok\n\n-------- Original message --------\nFrom: Anna <anna@example.com> \nDate: 03/01/2025  10:00  (GMT+01:00) \nTo: Bob \nSubject: Hi \n\ntext",
        "ok",
    ),
    (
        "ok\n\n*From: *Anna <anna@example.com>\n*Date: *Friday, 3 January 2025 at 10:00\n*To: *Bob\n*Subject: *x\n\ntext",
        "ok",
    ),
    (
        "FYI\n\nBegin forwarded message:\n\nFrom: Anna <anna@example.com>\nSubject: x\nDate: 3 January 2025 at 10:00:00 CET\nTo: Bob\n\ntext",
        "FYI",
    ),
    ("Hej\n\nDen 2025-01-03 kl. 10:00, skrev Anna Berg:\n> x\n", "Hej"),
    ("Hej\n\nDen 03/01/2025 kl. 10.00 skrev Anna:\n> x", "Hej"),
    ("ok\n\nOd: Anna <anna@example.com> \nWysłane: piątek, 3 stycznia 2025 10:00\nDo: Bob\nTemat: x\n\ntext", "ok"),
    ("ok\n\nFra: Anna <anna@example.com>\nDato: fredag 3. januar 2025 kl. 10:00\nTil: Bob\nEmne: x\n\ntext", "ok"),
    ("Ja\n\n> 3 jan. 2025 kl. 10:00 skrev Anna <anna@example.com>:\n> \n> x", "Ja"),
    ("ok\n\nOn Fri, 3 Jan 2025, at 10:00 AM, Anna wrote:\n> x", "ok"),
    ("ok\n\nAm Freitag, 3. Januar 2025, 10:00:00 CET schrieb Anna Berg:\n> x", "ok"),
    (
        "Thanks,\nBob\n--\nExample Ltd\n\n-----\nFrom: Anna [mailto:anna@example.com] \nSent: Friday\nTo: b\nSubject: c\ntext",
        "Thanks,\nBob\n--\nExample Ltd",
    ),
    ("ok\nFrom:Anna\nSent:Friday\nTo:Bob\nSubject:x\n\ntext", "ok"),
    (
        'ok\n\nGesendet: Freitag, 03. Januar 2025 um 10:00 Uhr\nVon: "Anna" <anna@example.com>\nAn: bob@example.com\nBetreff: x\ntext',
        "ok",
    ),
]


@pytest.mark.parametrize(("text", "visible"), WHOLE)
def test_whole_answers(text, visible):
    assert split_reply(text)[0] == visible


def test_answers_between_and_below_quoted_lines_stay():
    text = "Am 03.01.25 um 10:00 schrieb Anna:\n> Can you come?\n\nYes.\n\n> And Bob?\n\nNo.\n\n> Anna\n"
    visible, quoted = split_reply(text)
    assert visible == "Yes.\n\nNo."
    assert quoted.count(">") == 3


@pytest.mark.parametrize(
    "text",
    [
        "Dear Anna,\n\nthe prices are:\n\n10:00 tea\n11:00 coffee\n\nBob",
        "As Bob wrote on the board at 10:30:\nwe are closed.",
        "From: the desk of Bob\n\nHello",
        "To: do list\n- one\n- two",
        "On Monday we met. He wrote:\nnothing at all.",
        "Date: Friday\nTime: 10:00\nPlace: Town hall",
        "-- \nBob\nExample Ltd",
        "Please see https://example.com/a:b and write to anna@example.com: thanks",
        "----------\nA heading\n----------\ntext",
        "no",
    ],
)
def test_what_is_no_quotation_stays_whole(text):
    assert split_reply(text) == (text, "")


def test_nothing_comes_of_nothing():
    assert split_reply("") == ("", "")
    assert split_reply(" \n\n ") == ("", "")
    assert split_reply("> only\n> quoted") == ("", "> only\n> quoted")


@pytest.mark.parametrize(
    "unit",
    [
        "> ", "On ", "a:\n", "-", "From: x\n", "On 2025\n", "_", "wrote:\n", "x" * 999 + "\n", "*" * 99 + ":\n", "-- ", "1 ",
        "On 1.1.2025 10:00 a@example.com ", "1.1.2025 10:00\n", "<a@b.c> wrote\n", " \n", "\n> ", "a" * 300 + ":\n", "：", "@",
        "a@", "From: a\nSent: b\n", "12:", "2025-01-", "a.", "\u200b",
    ],
)  # fmt: skip
def test_time_grows_with_length_only(unit):
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    split_reply(text)
    assert time.process_time() - start < 2.5


_PIECES = st.sampled_from(
    [
        *ATTRIBUTIONS,
        *("\n".join(f) for f in COPIED_HEADERS),
        "> q",
        ">> r",
        "",
        "text",
        "-----Original Message-----",
        "_" * 32,
        "a:",
    ]
)


@settings(max_examples=300)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=60)), max_size=30))
def test_no_line_is_lost_or_made_up(pieces):
    text = "\n".join(pieces)
    visible, quoted = split_reply(text)
    words = sorted(line.strip() for line in f"{visible}\n{quoted}".split("\n") if line.strip())
    assert words == sorted(line.strip() for line in text.split("\n") if line.strip())


class Everywhere(frozenset):
    """Holds every line number."""

    def __contains__(self, _number: object) -> bool:
        return True


_LINES = st.sampled_from(
    [
        "Thanks!", "", "   ", "> quoted", ">>> Anna Berg <anna@example.com> 03.01.2025 10:00 >>>", "Original Message",
        "-----Original Message-----", "________________________________", "&nbsp;-----Original Message-----", "12:30 is fine",
        "On Fri, Jan 3, 2025 at 10:00 AM Anna Berg", "<anna@example.com>", "wrote:", "wrote", "Anna says...", "Sa\u200bys...",
        "\u200b-----Original Message-----", "\xa0-----Original Message-----", "On 3 Jan 2025 10:00 a@example.com wrote: yes",
        "From: Anna <anna@example.com>", "Sent: Friday", "To: Bob", "Subject: Offer", "*From:* Anna", "Von： Anna", "-- ", "--",
        "---- On Fri, 3 Jan 2025 10:00 Anna <anna@example.com> wrote ----", "* one", "2025年1月3日(金) 10:00 <a@example.com>：",
    ]
)  # fmt: skip


@given(st.lists(_LINES, max_size=14))
def test_lines_that_are_passed_over_would_not_have_begun_a_quotation(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = split_reply(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quoting, "_near_signs", lambda _looks: Everywhere())
        assert split_reply(text) == found
