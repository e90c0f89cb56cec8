"""Forms of forwarded messages, answers and signatures that few programs or few languages write: the words of the programs'
translations (Thunderbird, Roundcube, SOGo, Evolution, Claws Mail), the texts made up."""

# ruff: noqa: E501 — mail as it is written

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from app.domain.addresses import Address
from app.mime.forward import Forward, Original, read_forward
from app.mime.forward_dates import read_date
from app.mime.forward_parties import party
from app.mime.forward_signs import QUOTED
from app.mime.quoting import split_reply
from app.mime.signature import split_signature
from app.mime.signature_contact import read_contact

NOTE = "Can you look at this?"
BODY = "The delivery takes two weeks.\n\nRoom 12 is free."
SENDER = Address("kim.larsen@example.org", "Kim Larsen")
TO = Address("sales@example.com", "")
WHEN = datetime(2021, 10, 28, 14, 6)  # noqa: DTZ001 — said without a zone
CC = (Address("ola@example.org", "Ola Ek"), Address("info@example.org", ""))


def mail(text: str, subject: str = "Fwd: Offer 17/4: rooms") -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Björn <bjorn@example.com>"
    message["To"] = "log@example.net"
    message["Subject"] = subject
    message["Date"] = "Fri, 29 Oct 2021 09:00:00 +0200"
    message.set_content(text, cte="base64")
    return message.as_bytes()


def forwarded(
    separator: str, names: str, date: str = "2021-10-28 14:06", subject: str = "Fwd: Offer 17/4: rooms"
) -> Forward:
    """A copy whose header has the fields subject, date, from, to, cc under `names` (parted by “|”)."""
    values = ("Offer 17/4: rooms", date, "Kim Larsen <kim.larsen@example.org>", "sales@example.com", "Ola Ek <ola@example.org>, info@example.org")  # fmt: skip
    header = "\n".join(f"{name}: {value}" for name, value in zip(names.split("|"), values, strict=True))
    return read_forward(mail(f"{NOTE}\n\n{separator}\n{header}\n\n{BODY}\n", subject))


def is_whole(found: Forward) -> Original:
    assert found.forwarded and not found.reason
    assert found.note == NOTE
    original = found.original
    assert original is not None
    assert (original.sender, original.to, original.cc) == (SENDER, (TO,), CC)
    assert original.subject == "Offer 17/4: rooms"
    assert original.date is not None and original.date.replace(tzinfo=None) == WHEN
    assert original.body_text == BODY
    return original


RARE = [
    ("br", "-------- Kemennadenn orinel --------", "Danvez|Deiziad|A-berzh|Da|CC"),
    ("fy", "-------- Trochstjoerd berjocht --------", "Underwerp|Datum|Fan|Oan|CC"),
    ("gd", "-------- An teachdaireachd a tha ’ga shìneadh air adhart --------", "Cuspair|Ceann-là|O|Gu|CC"),
    ("hsb", "-------- Dale sposrědkowana powěsć --------", "Tema|Datum|Wot|Komu|Kopija"),
    ("kab", "-------- Izen yettwawelhen --------", "Asentel|Azemz|Si|I|Anɣ.I"),
    ("uz", "-------- Uzatilgan xabar --------", "Mavzu|Sana|Kimdan|Kimga|Nusxasi"),
    ("be", "-------- Перанакіраванае паведамленне --------", "Тэма|Дата|Ад|Да|СА"),
    ("is", "-------- Áframsendur póstur --------", "Viðfangsefni|Dagsetning|Frá|Til|CC"),
    ("et", "-------- Esialgne kiri --------", "Pealkiri|Kuupäev|Saatja|Saaja|Koopia"),
    ("az", "-------- Orijinal məktub --------", "Mövzu|Tarix|Kimdən|Kimə|Nüsxə"),
    ("ar", "-------- الرسالة الأساسية --------", "الموضوع|التاريخ|المرسل|المستقبل|نسخة إلي"),
    ("he", "-------- הודעה מקורית --------", "נושא|תאריך|מאת|אל|מכותב"),
    ("ml", "-------- യഥാര്‍ഥ സന്ദേശം --------", "വിഷയം|തീയതി|പ്രേഷിതന്‍|സ്വീകര്‍ത്താവ്|സിസി"),
    ("ta", "-------- மூல செய்தி --------", "தலைப்பு|தேதி|அனுப்புனர்|பெறுனர்|நகல்"),
    ("km", "-------- សារ​ដើម --------", "ចំណងជើង|កាលបរិច្ឆេត|អ្នកផ្ញើ|អ្នកទទួល|Cc"),
    ("lb", "-------- Original-Message --------", "Sujet|Datum|Vun|Un|Cc"),
    ("vi", "━━━Thư đã chuyển tiếp━━━", "Chủ đề|Ngày|Từ|Đến|Cc"),
    ("zh-TW", "-------- 轉遞的郵件 --------", "主旨|日期|寄件者|收件者|副本(CC)"),
    ("sk", "-------- Preposlaná správa --- Forwarded Message --------", "Predmet|Dátum|Od|Komu|Kópia"),
]


@pytest.mark.parametrize(("code", "separator", "names"), RARE, ids=[row[0] for row in RARE])
def test_headers_in_less_common_languages(code: str, separator: str, names: str) -> None:
    is_whole(forwarded(separator, names))


def test_language_of_names_that_one_language_alone_has() -> None:
    for code, separator, names in RARE:
        if code in ("fy", "gd", "uz", "is", "ta", "ml"):
            assert forwarded(separator, names).language == code


def test_language_that_no_list_has_is_read_by_what_the_fields_hold() -> None:
    is_whole(forwarded("-------- Velru quonda mirtas --------", "Quarn|Deltu|Prost|Ghen|Zyk"))
    is_whole(forwarded("---------- Forwarded message ---------", "Quarn|Deltu|Prost|Ghen|Zyk"))
    # a word in front of the subject that no list has, either
    is_whole(
        forwarded(
            "-------- Velru quonda mirtas --------", "Quarn|Deltu|Prost|Ghen|Zyk", subject="Mrx: Offer 17/4: rooms"
        )
    )


def test_words_between_dashes_are_no_forward_without_the_subject() -> None:
    found = forwarded("-------- Velru quonda mirtas --------", "Quarn|Deltu|Prost|Ghen|Zyk", subject="Who does what")
    assert not found.forwarded and found.reason == QUOTED
    listed = "Staff\n\n----- Who to ask -----\nSales: kim@example.org\nHelp: ola@example.org\nUpdated: 28 October 2021 14:06\nNote: ask first\n"
    assert not read_forward(mail(listed, "Staff")).forwarded
    asked = f"Yes.\n\n-------- Velru quonda mirtas --------\nQ: Offer\nD: 2021-10-28 14:06\nP: {SENDER.addr_spec}\nG: {TO.addr_spec}\n\n{BODY}"
    assert not read_forward(mail(asked, "Re: Offer")).forwarded


def test_recipients_under_a_name_that_no_list_has() -> None:
    is_whole(forwarded("-------- Pesan Asli --------", "Subjek|Tanggal|Dari|Kepada|Lampiran Surat"))
    is_whole(forwarded("---------- Forwarded message ---------", "Subject|Whenever|From|To|Cc"))


def test_byte_order_mark_in_front_of_the_note() -> None:
    text = f"\ufeff{NOTE}\n\n---------- Forwarded message ---------\nFrom: {SENDER.addr_spec}\nSubject: a\nTo: b@example.com\n\n{BODY}"
    assert read_forward(mail(text)).note == NOTE


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("২৮ অক্টোবর, ২০২১ ১৪:০৬", "bn"),
        ("28 அக்டோபர், 2021 14:06", "ta"),
        ("28 అక్టోబర్, 2021 14:06", "te"),
        ("28 ಅಕ್ಟೋಬರ್ 2021 14:06", "kn"),
        ("2021, ഒക്‌ടോബർ 28 14:06", "ml"),
        ("28 ઑક્ટોબર, 2021 14:06", "gu"),
        ("28 ਅਕਤੂਬਰ 2021, 14:06", "pa"),
        ("2:06 e pasdites, 28 tetor 2021", "sq"),
        ("28. oktoober 2021 14:06", "et"),
    ],
)
def test_dates_in_further_scripts(text: str, language: str) -> None:
    assert read_date(text, [language]) == WHEN
    assert read_date(text) == WHEN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("پنجشنبه ۶ آبان ۱۴۰۰ ۱۴:۰۶", WHEN),
        ("۱ فروردین ۱۴۰۰، ۱۴:۰۶", WHEN.replace(month=3, day=21)),
        ("۳۰ اسفند ۱۴۰۳ ۱۴:۰۶", WHEN.replace(year=2025, month=3, day=20)),
        ("۱۰ دی ۱۳۹۹ ۱۴:۰۶", WHEN.replace(year=2020, month=12, day=30)),
        ("۱۴۰۰/۸/۶ ۱۴:۰۶", WHEN),
        ("۲۸ اکتبر ۲۰۲۱ ۱۴:۰۶", WHEN),
    ],
)
def test_dates_of_the_iranian_calendar(text: str, expected: datetime) -> None:
    assert read_date(text, ["fa"]) == expected


def test_ruler_of_outlook_between_note_and_header() -> None:
    header = "From: Kim [mailto:kim@example.org]\nSent: Thursday, October 28, 2021 2:06 PM\nTo: b@example.com\nSubject: Offer"
    found = read_forward(mail(f"{NOTE}\n\n\n  _____  \n\n{header}\n\n{BODY}", "FW: Offer"))
    assert found.original is not None
    assert (found.note, found.original.sender.addr_spec) == (NOTE, "kim@example.org")
    signed = read_forward(mail(f"{NOTE}\n-- \nBjörn\n\n{header}\n\n{BODY}", "FW: Offer"))
    assert signed.note == f"{NOTE}\n-- \nBjörn"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("kim@example.org (Kim Larsen)", Address("kim@example.org", "Kim Larsen")),
        ("=?utf-8?Q?Bj=C3=B6rn_Ek?= <b@example.org>", Address("b@example.org", "Björn Ek")),
        ('"kim@example.org" <kim@example.org>', Address("kim@example.org", "")),
        ('"kim@example.org" <desk@example.com>', Address("desk@example.com", "kim@example.org")),
        # Outlook: Sender on behalf of From; 2003 left no space before it
        ("kim@example.org [mailto:kim@example.org]On Behalf Of Kim Larsen", Address("kim@example.org", "")),
        ("List <l@example.com> On Behalf Of Larsen, Kim <kim@example.org>", Address("kim@example.org", "Larsen, Kim")),
        ("Post <l@example.com> Im Auftrag von Kim <kim@example.org>", Address("kim@example.org", "Kim")),
    ],
)
def test_senders_as_few_programs_write_them(written: str, expected: Address) -> None:
    assert party(written) == expected


@pytest.mark.parametrize(
    "line",
    [
        "28.10.2021 14:06, Kim Larsen:",
        "28.10.2021 14:06-ին Kim Larsenը գրել է.",
        "Pada 2021-10-28 14:06, Kim Larsen <kim@example.org> menulis",
        "2021-10-28 14:06, je Kim Larsen <kim@example.org> napisal",
        "2021/10/28 Kim Larsen <kim@example.org>",
        "Kim Larsen skreau:",
        "Kim Larsen ha escrit:",
        "נכתב על ידי Kim Larsen:",
        "Kim Larsen жазған:",
        "28.10.2021 14:06에 Kim Larsen 이(가) 쓴 글:",
        "Sgrìobh Kim Larsen na leanas 28.10.2021 aig 14:06:",
        "Op Thu, 2021-10-28 om 14:06 +0200 skryf Kim Larsen:",
        "Thu, 2021-10-28 -র 14:06 +0200-এ, Kim Larsen লিখেছিলেন:",
        "---- Kim Larsen wrote ----",
        "------On 10/28/2021 14:06 PM, Kim Larsen wrote-----",
    ],
)
def test_lines_above_a_quotation(line: str) -> None:
    answer = "That suits us.\n\nBest, Björn"
    assert split_reply(f"{answer}\n\n{line}\n\n> The delivery takes two weeks.\n> Kim\n")[0] == answer


@pytest.mark.parametrize(("code", "separator", "names"), RARE, ids=[row[0] for row in RARE])
def test_answers_above_copied_headers_in_less_common_languages(code: str, separator: str, names: str) -> None:
    header = "\n".join(f"{name}: {SENDER.addr_spec}" for name in names.split("|"))
    assert split_reply(f"That suits us.\n\n{separator}\n{header}\n\n{BODY}")[0] == "That suits us."


def test_answer_on_the_line_of_the_attribution() -> None:
    quotation = "On Wed, Apr 4, 2012 at 3:59 PM, kim@example.org wrote:\n> Hi"
    assert split_reply(f"Fine with us. {quotation}") == ("Fine with us.", quotation)
    assert split_reply(f"Fine\nwith us--- {quotation}") == ("Fine\nwith us", quotation)
    whole = "Kim Larsen wrote On Wed, Apr 4, 2012 at 3:59 PM:\n> Hi"
    assert split_reply(whole)[0] == ""


def test_answers_above_quoted_lines_that_are_no_attributions() -> None:
    for own in ("Here is what I mean, in 2021:", "My answers:", "Come at 14:30:"):
        assert own in split_reply(f"{own}\n> When?\n")[0]


def test_link_folded_out_of_a_quotation_is_quoted() -> None:
    text = "Yes\n\nOn 24 Sep 2021 at 15:46, Kim wrote:\n\n> See (https://example.org/a?\nnonce=3dd518)\n> Kim\n"
    assert split_reply(text)[0] == "Yes"
    assert split_reply("> Is it on?\nYes\n> When?\nNoon")[0] == "Yes\nNoon"


def test_ornament_of_angle_brackets_is_no_quotation() -> None:
    text = "Our fair:\n>>> >>> https://example.com <<<\nBy the link above"
    assert split_reply(text) == (text, "")


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        ("Noon is fine.", "-kim"),
        ("Noon is fine.", "- Kim Larsen"),
        ("Noon is fine.", "-Kim.\n\nSent from my phone"),
        ("Noon is fine.", "Sent wirelessly from my phone\nEnvoyé sans fil par mon terminal"),
        ("Noon is fine.", "iPhone’umdan gönderildi"),
        ("Noon is fine.\n\nSee you.", "Velru quonda,\nKim Larsen\nHead of Sales"),
    ],
)
def test_signatures_that_few_write(body: str, signature: str) -> None:
    split = split_signature(f"{body}\n\n{signature}", SENDER)
    assert (split.body, split.signature) == (body, signature)


def test_ruler_above_a_name_alone() -> None:
    split = split_signature("How are you?\n---\nKim", None)
    assert (split.body, split.signature) == ("How are you?", "Kim")


def test_list_is_no_signature() -> None:
    text = "Who comes:\n- Ola\n- Kim"
    assert split_signature(text, SENDER).body == text


def test_fuller_of_two_names() -> None:
    split = split_signature("Noon.\n\nThanks,\nKim\n\nKim Larsen\nAccount Executive | Example Corp", SENDER)
    found = read_contact(split.signature, SENDER)
    assert (found.name, found.title, found.company) == ("Kim Larsen", "Account Executive", "Example Corp")


MUTT = (
    "----- Forwarded message from Kim Larsen <kim.larsen@example.org> -----\n\nDate: Thu, 28 Oct 2021 14:06:00 +0200\n"
    "From: Kim Larsen <kim.larsen@example.org>\nTo: sales@example.com\nSubject: Offer 17/4: rooms\n\n"
)


@pytest.mark.parametrize(
    "end",
    [
        "----- End forwarded message -----",
        "----- Ende der weitergeleiteten Nachricht -----",
        "----- Slut på vidarebefordrat meddelande -----",
    ],
)
def test_what_stands_below_the_end_of_a_copy_is_the_forwarders(end: str) -> None:
    found = read_forward(mail(f"{NOTE}\n\n{MUTT}{BODY}\n\n{end}\n\n-- \nBjörn Ek\n+46 8 123 45 67\n"))
    assert found.original is not None
    assert (found.note, found.original.body_text) == (NOTE, BODY)


def test_a_copy_within_the_copy_ends_by_itself() -> None:
    inner = f"{MUTT}The inner one.\n\n----- End forwarded message -----"
    found = read_forward(
        mail(f"{MUTT}{BODY}\n\n{inner}\n\nSee below.\n\n----- End forwarded message -----\n\n-- \nBjörn\n")
    )
    assert found.original is not None
    assert found.original.body_text.startswith(BODY)
    assert found.original.body_text.endswith("See below.") and "The inner one." in found.original.body_text


def test_words_of_a_letter_are_no_end() -> None:
    body = f"{BODY}\n\n----- End of the offer -----\n\nRegards, Kim"
    found = read_forward(mail(f"{MUTT}{body}"))
    assert found.original is not None and found.original.body_text == body
