"""What a forwarded message forwards [S004: “Den videresendte meldingen må være på et av HubSpots støttede språk”]: every language
in every program's form, further programs, forms of one part, attachments, and messages that forward nothing."""

# ruff: noqa: E501 — mail as it is written

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from forward_corpus import BODY, CC, FORMS, FROM, LANGUAGES, NOTE, SUBJECT, TO, Words, as_html, message, outlook_reply
from forward_more import INDENTED, INLINE, NOT_FORWARDS, WROTE

from app.domain.addresses import Address
from app.mime.forward import ATTACHED, Original, read_forward
from app.mime.forward import INLINE as IN_TEXT
from app.mime.forward_clients import clients
from app.mime.forward_signs import NO_SENDER, REPORT
from app.mime.forward_words import EITHER, FORWARD, NEITHER, REPLY, subject_sign
from app.mime.reading import read_message

ENGLISH = next(words for words in LANGUAGES if words.code == "en")
# One screen's words are another's, too: then either language is right.
ALIKE = {
    "nb": {"da", "nb", "sv"},
    "pt": {"pt", "pt-BR", "fr"},
    "sk": {"sk", "cs"},
    "sl": {"sl", "sr-Latn"},
    "bg": {"bg", "ru"},
}
NAMES = {
    "gmail": "Gmail", "android": "Gmail", "apple": "Apple Mail", "outlook": "Outlook desktop", "outlook_com": "Outlook.com",
    "yahoo": "Yahoo! Mail", "thunderbird": "Thunderbird", "samsung": "Samsung Mail",
}  # fmt: skip


def original_of(raw: bytes) -> Original:
    found = read_forward(raw)
    assert found.original is not None, found.reason
    return found.original


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.code)
def test_every_language_in_every_form(words: Words, form: str) -> None:
    found = read_forward(FORMS[form](words))
    assert found.forwarded and not found.reason
    assert found.form == IN_TEXT and found.has_text and found.has_html
    assert found.note == NOTE
    assert found.language in ALIKE.get(words.code, {words.code})
    assert found.client == NAMES[form]
    original = found.original
    assert original is not None
    assert original.sender == Address(FROM[1], FROM[0])
    assert [address.addr_spec for address in original.to] == [TO[1]]
    assert [address.addr_spec for address in original.cc] == [address for _, address in CC]
    if form != "yahoo":
        assert [address.display_name for address in original.cc] == [name for name, _ in CC]
    assert original.subject == SUBJECT
    assert original.date is not None and original.date.strftime("%Y-%m-%d %H:%M") == "2021-10-27 09:31"
    assert "\n".join(line.strip() for line in original.body_text.split("\n")) == BODY
    assert original.body_html.startswith(("Dear", "<div", "<p"))
    assert "40 chairs at 95 each" in original.body_html and FROM[1] not in original.body_html


@pytest.mark.parametrize("only", ["text", "html"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "words", [w for w in LANGUAGES if w.code in ("en", "pl", "ja", "ar", "fi")], ids=lambda w: w.code
)
def test_one_of_the_two_parts_is_enough(words: Words, form: str, only: str) -> None:
    """The documents ask for both; which of them is there is said, and the rule about it is not the reader's."""
    whole = read_forward(FORMS[form](words)).original
    assert whole is not None
    read = read_message(FORMS[form](words))
    raw = message(read.headers.subject, read.text if only == "text" else None, read.html if only == "html" else None)
    found = read_forward(raw)
    assert found.forwarded, found.reason
    assert (found.has_text, found.has_html) == (only == "text", only == "html")
    original = found.original
    assert original is not None
    assert (original.sender, original.subject, original.date) == (whole.sender, whole.subject, whole.date)
    assert [a.key for a in original.cc] == [a.key for a in whole.cc]
    assert "Delivery takes two weeks." in original.body_text
    assert "John Doe" not in original.body_text and FROM[1] not in found.note
    assert found.note.startswith("Kan du ta hand om det här?")
    assert bool(original.body_html) == (only == "html")


@pytest.mark.parametrize("words", LANGUAGES, ids=lambda words: words.code)
def test_an_answer_of_outlook_looks_the_same_and_is_none(words: Words) -> None:
    found = read_forward(outlook_reply(words))
    assert not found.forwarded and found.original is None and "answers" in found.reason


@pytest.mark.parametrize(("name", "subject", "text"), INLINE, ids=[row[0] for row in INLINE])
def test_further_programs(name: str, subject: str, text: str) -> None:
    found = read_forward(message(subject, f"{NOTE}\n\n{text}"))
    assert found.forwarded, found.reason
    original = found.original
    assert original is not None
    assert found.note == NOTE
    assert original.sender == Address("john.doe@example.org", "John Doe")
    assert original.subject == "Quote"
    assert original.date is not None and original.date.strftime("%Y-%m-%d %H:%M") == "2021-10-27 09:31"
    assert original.body_text.strip() == BODY
    if name != "Yandex":
        assert original.to[0].addr_spec == "bessie.berry@example.com"
    if name == "a recipients' list over lines":
        assert [a.addr_spec.partition("@")[0] for a in original.to] == ["bessie.berry", "anna", "carl", "eva"]
    if name in ("eM Client", "KMail", "MailMate", "NeoMutt", "ProtonMail", "QQ Mail", "Roundcube", "HCL Notes"):
        assert found.client == name


@pytest.mark.parametrize(("code", "line"), WROTE, ids=[row[0] for row in WROTE])
def test_outlook_for_mac_writes_a_forward_as_an_answer(code: str, line: str) -> None:
    original = original_of(message("FW: Quote", f"{NOTE}\n\n{line}\n\n{INDENTED}\n"))
    assert original.sender == Address("john.doe@example.org", "John Doe")
    assert original.subject == "Quote" and original.body_text == BODY
    assert original.date is not None and original.date.strftime("%Y-%m-%d %H:%M") == "2021-10-27 09:31"
    answer = read_forward(message("Re: Quote", f"{NOTE}\n\n{line}\n\n{INDENTED}\n", To="john.doe@example.org"))
    assert not answer.forwarded


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("El mié, 27 oct 2021 a las 9:31, Juan de la Cruz (<juan@example.org>) escribió:", "Juan de la Cruz"),
        ("On Wed, Oct 27, 2021 at 9:31 AM Om Prakash <om@example.org> wrote:", "Om Prakash"),
        ("Στις Τετ, 27 Οκτ 2021 στις 9:31 π.μ., ο χρήστης Νίκος Δ <nikos@example.org> έγραψε:", "Νίκος Δ"),
        ("‫בתאריך יום ד׳, 27 באוק׳ 2021 ב-9:31 מאת ‪Dana Lev‬‏ <‪dana@example.org‬‏>:‬", "Dana Lev"),
        ("śr., 27 paź 2021 o 09:31 Łukasz Żak <lukasz@example.org> napisał(a):", "Łukasz Żak"),
    ],
)
def test_who_wrote_in_an_attribution(line: str, name: str) -> None:
    assert original_of(message("Fwd: Quote", f"FYI\n\n{line}\n\n> Hello\n")).sender.display_name == name


@pytest.mark.parametrize(("name", "header", "text"), NOT_FORWARDS, ids=[row[0] for row in NOT_FORWARDS])
def test_what_is_no_forward(name: str, header: dict[str, str], text: str) -> None:
    fields = {field.replace("-", "_"): value for field, value in header.items() if field != "Subject"}
    found = read_forward(message(header["Subject"], text, **fields))
    assert not found.forwarded and found.original is None and found.reason


def attached(subject: str, note: str, **more: str) -> bytes:
    inner = EmailMessage(policy=SMTP)
    inner["From"] = "Łukasz Żak <lukasz@example.org>"
    inner["To"] = "Bessie Berry <bessie.berry@example.com>, carl@example.com"
    inner["Subject"] = "Oferta"
    inner["Date"] = "Wed, 27 Oct 2021 09:31:00 +0200"
    inner["Message-ID"] = "<inner@example.org>"
    inner.set_content(BODY)
    inner.add_alternative(f"<p>{as_html(BODY)}</p>", subtype="html")
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "bjorn@example.com", "log@example.com", subject
    for name, value in more.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(note)
    mail.add_attachment(inner)
    return mail.as_bytes()


@pytest.mark.parametrize("subject", ["Fwd: Oferta", "FW: Oferta", "Oferta", "", "PD: Oferta"])
def test_a_message_forwarded_as_an_attachment(subject: str) -> None:
    found = read_forward(attached(subject, NOTE))
    assert found.forwarded and found.form == ATTACHED and found.note == NOTE
    original = found.original
    assert original is not None
    assert original.sender == Address("lukasz@example.org", "Łukasz Żak")
    assert [a.addr_spec for a in original.to] == ["bessie.berry@example.com", "carl@example.com"]
    assert original.date is not None and original.date.isoformat() == "2021-10-27T09:31:00+02:00"
    assert original.body_text.strip() == BODY and original.message_id == "inner@example.org"
    assert "40 chairs" in original.body_html


def test_an_answer_with_a_message_attached_is_no_forward() -> None:
    assert not read_forward(attached("Re: Oferta", "See the attached mail.", In_Reply_To="<x@example.org>")).forwarded


def test_of_a_forward_of_a_forward_it_is_the_outer_one() -> None:
    inner = "---------- Forwarded message ---------\nVon: Eva <eva@example.net>\nDate: Di., 26. Okt. 2021\nSubject: Plan\nTo: john@example.org"
    text = (
        "FYI\n\n---------- Forwarded message ---------\nFrom: John Doe <john.doe@example.org>\nDate: Wed, Oct 27, 2021 at 9:31 AM\n"
        f"Subject: Fwd: Plan\nTo: <bjorn@example.com>\n\n\nWhat do you think?\n\n{inner}\n\n\nThe plan.\n"
    )
    found = read_forward(message("Fwd: Plan", text))
    assert found.original is not None and found.note == "FYI"
    assert found.original.sender.addr_spec == "john.doe@example.org" and found.original.subject == "Fwd: Plan"
    assert found.original.body_text.startswith("What do you think?") and "eva@example.net" in found.original.body_text


def test_an_answer_that_is_forwarded_keeps_what_it_quotes() -> None:
    text = (
        "---------- Forwarded message ---------\nFrom: John Doe <john.doe@example.org>\nDate: Wed, Oct 27, 2021 at 9:31 AM\n"
        "Subject: Re: Plan\nTo: <bjorn@example.com>\n\n\nYes.\n\nOn Tue, Oct 26, 2021 at 8:00 AM Björn <bjorn@example.com> wrote:\n\n> Shall we?\n"
    )
    original = original_of(message("Fwd: Plan", text))
    assert original.subject == "Re: Plan" and original.body_text.endswith("> Shall we?")


def test_addresses_that_only_the_html_has() -> None:
    """Windows Live Mail's text has names alone."""
    text = f"{NOTE}\n\nFrom: John Doe \nSent: Wednesday, October 27, 2021 9:31 AM\nTo: Bessie Berry \nSubject: Quote\n\n{BODY}"
    html = (
        f"<div>{as_html(NOTE)}</div><div style='font: 10pt tahoma'><b>From:</b> <a title=john.doe@example.org "
        "href='mailto:john.doe@example.org'>John Doe</a> </div><div><b>Sent:</b> Wednesday, October 27, 2021 9:31 AM</div><div><b>To:</b> "
        f"<a href='mailto:bessie.berry@example.com'>Bessie Berry</a> </div><div><b>Subject:</b> Quote</div><div>&nbsp;</div><div>{as_html(BODY)}</div>"
    )
    found = read_forward(message("Fw: Quote", text, html, X_Mailer="Microsoft Windows Live Mail 16.4.3505.912"))
    assert found.client == "Windows Live Mail" and found.original is not None
    assert found.original.sender == Address("john.doe@example.org", "John Doe")
    assert found.original.to == (Address("bessie.berry@example.com", "Bessie Berry"),)


def test_a_subject_that_was_folded_at_the_end_of_the_header() -> None:
    subject = "A subject that is long and was folded by the program at seventy two columns"
    head = (
        "From: John Doe <john.doe@example.org>\nSent: Wednesday, October 27, 2021 9:31 AM\nTo: bessie.berry@example.com"
    )
    text = f"{head}\nSubject: {subject[:55]}\n{subject[56:]}\n\nHello"
    original = original_of(message(f"FW: {subject}", text))
    assert original.subject == subject and original.body_text == "Hello"


def test_phones_of_apple_quote_header_and_message_apart() -> None:
    html = (
        '<html><body dir="auto">FYI<div dir="ltr"><br>Begin forwarded message:<br><br></div><blockquote type="cite"><div dir="ltr"><b>From:</b> '
        "John Doe &lt;john.doe@example.org&gt;<br><b>Date:</b> October 27, 2021 at 9:31:00 AM GMT+2<br><b>Subject:</b> <b>Quote</b><br><br></div>"
        '</blockquote><blockquote type="cite"><div dir="ltr">Hello <b>there</b></div></blockquote></body></html>'
    )
    found = read_forward(message("Fwd: Quote", None, html))
    assert found.note == "FYI" and found.original is not None
    assert (
        found.original.body_html == '<div dir="ltr">Hello <b>there</b></div>'
        and found.original.body_text == "Hello there"
    )


def test_a_name_without_an_address_is_said() -> None:
    text = "From: Doe, John\nSent: Wednesday, October 27, 2021 9:31 AM\nTo: Berry, Bessie; Ek, Björn\nSubject: Quote\n\nHello"
    found = read_forward(message("FW: Quote", text))
    assert found.forwarded and found.reason == NO_SENDER and found.original is not None
    assert found.original.sender == Address("", "Doe, John")
    assert [a.display_name for a in found.original.to] == ["Berry, Bessie", "Ek, Björn"]


def test_fields_may_be_missing() -> None:
    """The program that Android had before Gmail's writes no date; Apple leaves out an empty To."""
    old = "-------- Original Message --------\nSubject: Quote\nFrom: John Doe <john.doe@example.org>\nTo: bessie.berry@example.com\nCC: \n\n\nHello"
    found = original_of(message("Fwd: Quote", old))
    assert found.date is None and found.cc == () and found.body_text == "Hello"
    bare = "Begin forwarded message:\n\n> From: John Doe <john.doe@example.org>\n> Date: 27 October 2021 at 09:31:00 CEST\n> Subject: Quote\n> \n> Hello\n"
    found = original_of(message("Fwd: Quote", bare))
    assert found.to == () and found.body_text == "Hello"


def test_flowed_text() -> None:
    long = "A line that was broken where it was written because it had more than seventy characters in all."
    broken = "A line that was broken where it was written because it had more \nthan seventy characters in all."
    raw = (
        "From: a@example.com\r\nTo: log@example.com\r\nSubject: Fwd: Quote\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"
        "FYI\r\n\r\n-------- Forwarded Message --------\r\nSubject: \tQuote\r\nDate: \tWed, 27 Oct 2021 09:31:00 +0200\r\nFrom: \t"
        "John Doe <john.doe@example.org>\r\nTo: \tBessie Berry <bessie.berry@example.com>, Carl Dahl \r\n<carl@example.com>\r\n\r\n"
        + broken.replace("\n", "\r\n")
    ).encode()
    original = original_of(raw)
    assert [a.addr_spec for a in original.to] == ["bessie.berry@example.com", "carl@example.com"]
    assert original.body_text == long


def test_below_a_quoted_forward_the_forwarder_writes_again() -> None:
    text = "Above\n\n> Begin forwarded message:\n> \n> From: John Doe <john.doe@example.org>\n> Subject: Quote\n> Date: 27 October 2021 at 09:31\n> \n> Hello\n> there\n\n-- \nBjörn\n"
    found = read_forward(message("Fwd: Quote", text))
    assert found.note == "Above" and found.original is not None and found.original.body_text == "Hello\nthere"


def test_a_signature_below_the_note_stays_with_it() -> None:
    text = "See below.\n\nSent from my iPhone\n\nBegin forwarded message:\n\n> From: John Doe <john.doe@example.org>\n> Date: 27 October 2021 at 09:31:00 CEST\n> To: bessie.berry@example.com\n> Subject: Quote\n> \n> \ufeffHello\n"
    found = read_forward(message("Fwd: Quote", text, X_Mailer="iPhone Mail (19A346)"))
    assert found.client == "Apple iPhone" and found.note == "See below.\n\nSent from my iPhone"


@pytest.mark.parametrize(
    ("mailer", "name"),
    [
        ("iPad Mail (19A346)", "Apple iPad"), ("Apple Mail (2.3654.120.0.1.13)", "Apple Mail"), ("Microsoft Outlook 15.0", "Outlook desktop"),
        ("Microsoft Windows Live Mail 16.4.3505.912", "Windows Live Mail"), ("WebService/1.1.19267 YMailNorrin", "Yahoo! Mail"),
        ("Evolution 3.42.0", "Evolution"), ("Open-Xchange Mailer v7.10.6", "IONOS"), ("Zoho Mail", "Zoho Mail"),
    ],
)  # fmt: skip
def test_the_program_says_its_name(mailer: str, name: str) -> None:
    assert read_forward(FORMS["android"](ENGLISH, X_Mailer=mailer)).client == name


def test_two_programs_of_android_write_ids_of_one_form() -> None:
    own = {"Message_ID": "<a.1@email.android.com>"}
    old = "-------- Original Message --------\nSubject: Quote\nFrom: John Doe <john.doe@example.org>\nTo: bessie.berry@example.com\n\nHello"
    assert read_forward(message("Fwd: Quote", old, **own)).client == "Google Android"
    assert read_forward(FORMS["samsung"](ENGLISH, **own)).client == "Samsung Mail"


def test_every_client_says_where_its_form_was_learned() -> None:
    listed = clients()
    assert len({client.name for client in listed}) == len(listed) >= 35
    assert all(
        client.learned and (client.mailer or client.message_id or client.html or client.style) for client in listed
    )
    named = {"Apple iPhone", "Gmail", "Apple Mail", "Outlook desktop", "Yahoo! Mail", "Samsung Mail", "Apple iPad", "Google Android",
             "Windows Live Mail", "Outlook.com", "Thunderbird"}  # fmt: skip
    assert named <= {client.name for client in listed}


def test_a_bounce_has_a_copy_and_forwards_nothing() -> None:
    raw = (
        b"From: MAILER-DAEMON@example.com\r\nTo: bjorn@example.com\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nfailed\r\n'
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; example.com\r\n\r\nFinal-Recipient: rfc822; a@example.org\r\n"
        b"Action: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: bjorn@example.com\r\nTo: a@example.org\r\n"
        b"Subject: Hi\r\n\r\nHi\r\n--b--\r\n"
    )
    found = read_forward(raw)
    assert not found.forwarded and found.reason == REPORT


@pytest.mark.parametrize(
    ("subject", "sign", "rest"),
    [
        ("Fwd: Re: Offer", FORWARD, "Re: Offer"), ("RE: FW: Offer", REPLY, "FW: Offer"), ("WG: Angebot", FORWARD, "Angebot"),
        ("VS: Tilbud", EITHER, "Tilbud"), ("TR : Offre", FORWARD, "Offre"), ("İLT: Teklif", FORWARD, "Teklif"), ("ilt: Teklif", FORWARD, "Teklif"),
        ("[EXTERNAL] Fwd: Offer", FORWARD, "Offer"), ("[Fwd: Offer]", FORWARD, "Offer"), ("转发：报价", FORWARD, "报价"), ("Re[2]: Offer", REPLY, "Offer"),
        ("Fwd (2): Offer", FORWARD, "Offer"), ("Offer: chairs", NEITHER, "Offer: chairs"), ("", NEITHER, ""), ("Fwd:", FORWARD, ""),
        ("‏إعادة توجيه: عرض", FORWARD, "عرض"), ("[team] Offer", NEITHER, "Offer"), ("I: Offerta", FORWARD, "Offerta"), ("AW: WG: Angebot", REPLY, "WG: Angebot"),
    ],
)  # fmt: skip
def test_what_a_subject_says(subject: str, sign: str, rest: str) -> None:
    said, _, behind = subject_sign(subject)
    assert (said, behind) == (sign, rest)
