"""Whole messages: bodies, files, reports, and everything that is broken."""

from __future__ import annotations

import email
import email.policy
import time
from email.message import EmailMessage

import mime_corpus
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mime.delivery import DeliveryFailure
from app.mime.html_text import html_to_text
from app.mime.reading import read_message


def read(*lines: str, body: str = ""):
    return read_message(mime_corpus.message(*lines, body=body))


# --- broken mail ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", mime_corpus.hostile())
def test_hostile_messages_are_read_in_time(name):
    raw = mime_corpus.hostile()[name]
    start = time.process_time()
    message = read_message(raw)
    assert time.process_time() - start < 3.0
    assert message.size == len(raw)
    f"{message.text}{message.html}{message.visible_text}{message.attachments}".encode()  # no lone surrogates


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("no header", "just text\nwithout any header\n"),
        ("nul bytes", "body"),
        ("bare carriage returns", "body\nmore"),
        ("byte order mark", "body"),
        ("mbox line", "body"),
        ("unknown charset", "café"),
        ("wrong utf-8", "café time"),
        ("boundary missing", "hi"),
        ("boundary unused", "plain after all"),
        ("boundary unclosed", "left open"),
        ("base64 cut off", "hello worl"),
        ("base64 with noise", "hello world"),
    ],
)
def test_something_readable_comes_out(name, text):
    assert read_message(mime_corpus.hostile()[name]).text.strip() == text.strip()


def test_limits_are_told():
    assert "too many parts" in read_message(mime_corpus.many_parts(5_000)).defects
    assert "nested too deep" in read_message(mime_corpus.nested_multipart(200)).defects
    assert len(read_message(mime_corpus.many_parts(5_000)).leaf_types) <= 2_000
    assert "several Message-IDs" in read_message(mime_corpus.hostile()["two ids"]).defects
    assert "no Message-ID" in read("Subject: x").defects


def test_ordinary_depth_is_read_to_the_bottom():
    assert read_message(mime_corpus.nested_multipart(20)).text == "the bottom"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=4_000))
def test_any_bytes_will_do(raw):
    read_message(raw)


_LINES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=a", b"Content-Type: multipart/alternative; boundary=b", b"--a",
        b"--b", b"--a--", b"--b--", b"", b"Content-Type: text/html; charset=iso-2022-jp",
        b"Content-Type: message/rfc822", b"text \xff\xfe", b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable", b"Content-Disposition: attachment;",
        b" filename*0*=utf-8''%e5; filename*1=b.pdf",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=a",
        b"Content-Type: message/delivery-status", b"Final-Recipient: rfc822; a@example.com", b"Action: failed",
        b"Status: 5.1.1", b"aGVsbG8=", b"=E5=", b"<p>hi<div>", b"Content-Type: multipart/related; boundary=b",
        b"Content-ID: <x>", b"Subject: =?x?q?y?=", b"From: \"a\" <b@example.com>",
        b"Content-Type: text/plain; format=flowed", b"> quoted ",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(_LINES, max_size=40), st.sampled_from([b"\r\n", b"\n", b"\r"]))
def test_any_order_of_mime_lines_will_do(lines, newline):
    message = read_message(newline.join(lines))
    most = max(message.text.count("\n"), html_to_text(message.html).count("\n"))
    assert message.visible_text.count("\n") <= most


# --- bodies and files ----------------------------------------------------------------------------------------------


def test_the_parts_of_a_full_message():
    written = EmailMessage(policy=email.policy.SMTP)
    written["Subject"] = "Full"
    written.set_content("plain åäö\n")
    written.add_alternative('<p>html åäö <img src="cid:pic"></p>', subtype="html")
    written.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<pic>", filename="bild.png")
    written.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="räkning 2025.pdf")
    written.add_attachment("a,b\n", subtype="csv", filename="a.csv")
    message = read_message(bytes(written))
    assert message.text == "plain åäö\n"
    assert message.html.strip() == '<p>html åäö <img src="cid:pic"></p>'
    assert [(a.filename, a.content_type, a.size, a.content_id, a.inline) for a in message.attachments] == [
        ("bild.png", "image/png", 4, "pic", True),
        ("räkning 2025.pdf", "application/pdf", 4, "", False),
        ("a.csv", "text/csv", 5, "", False),
    ]
    assert message.leaf_types == ("text/plain", "text/html", "image/png", "application/pdf", "text/csv")
    assert message.kind == "normal"


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=300),
    st.lists(st.binary(max_size=300), max_size=3),
    st.sampled_from(["7bit", "quoted-printable", "base64", "8bit"]),
)
def test_the_same_as_the_standard_library_on_good_mail(text, files, encoding):
    written = EmailMessage(policy=email.policy.SMTP)
    written["Subject"] = "x"
    written.set_content(text + "\n", cte=None if encoding == "7bit" else encoding)
    for number, content in enumerate(files):
        written.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"f{number}.bin")
    raw = bytes(written)
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    message = read_message(raw)
    leaves = [part for part in parsed.walk() if not part.is_multipart()]
    assert message.leaf_types == tuple(part.get_content_type() for part in leaves)
    assert message.text.rstrip("\n") == leaves[0].get_content().replace("\r\n", "\n").rstrip("\n")
    assert [a.content for a in message.attachments] == [part.get_content() for part in leaves[1:]]


def test_text_is_made_from_html_where_there_is_none():
    message = read("Content-Type: text/html; charset=utf-8", body="<p>Hej</p><ul><li>ett</li><li>två</li></ul>")
    assert message.html.startswith("<p>Hej")
    assert [line.strip(" *") for line in message.text.split("\n") if line.strip()] == ["Hej", "ett", "två"]


def test_a_quotation_in_html_is_parted_too():
    html = (
        '<div dir="ltr">Works for us.</div><br><div class="gmail_quote"><div class="gmail_attr">On Fri, Jan 3, 2025 at '
        '10:00&#8239;AM Anna &lt;<a href="mailto:anna@example.com">anna@example.com</a>&gt; wrote:<br></div>'
        '<blockquote class="gmail_quote">'
        "<div>Does it?</div><blockquote><p>deeper</p></blockquote></blockquote></div>"
    )
    message = read("Content-Type: text/html", body=html)
    assert message.visible_text == "Works for us."
    assert "> Does it?" in message.text
    assert ">> deeper" in message.text
    assert message.quoted_lines >= 3


def test_outlook_html_is_parted_too():
    html = (
        "<div>Ja tack.</div><hr><div id='divRplyFwdMsg'><b>Från:</b> Anna &lt;anna@example.com&gt;<br><b>Skickat:</b> "
        "den 3 januari 2025 10:00<br><b>Till:</b> Bob<br><b>Ämne:</b> Offert</div><div>hela brevet</div>"
    )
    assert read("Content-Type: text/html; charset=utf-8", body=html).visible_text == "Ja tack."


def test_a_forwarded_message_is_a_file():
    message = read(
        "Content-Type: multipart/mixed; boundary=x",
        body="--x\r\n\r\nsee below\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: The offer\r\n"
        "From: a@example.com\r\n\r\ninside\r\n--x--",
    )
    assert message.text == "see below"
    assert [(a.filename, a.content_type) for a in message.attachments] == [("The offer.eml", "message/rfc822")]
    assert message.attachments[0].content.endswith(b"inside")


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        ("attachment; filename=plain.txt", "plain.txt"),
        ('attachment; filename="with space; and semicolon.txt"', "with space; and semicolon.txt"),
        ("attachment; filename*=utf-8''%C3%A5%20b.txt", "å b.txt"),
        ("attachment; filename*0*=iso-8859-1''%E5; filename*1=\"b.txt\"", "åb.txt"),
        ("attachment; filename*1=b.txt; filename*0=a", "ab.txt"),
        ('attachment; filename="=?utf-8?q?=C3=A5.txt?="', "å.txt"),
        ('attachment; filename="=?utf-8?q?=C3=A5?=\r\n =?utf-8?q?=C3=A4.txt?="', "åä.txt"),
        ('attachment; filename="å.txt"', "å.txt"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        (r'attachment; filename="C:\Users\anna\report.pdf"', "report.pdf"),
        ('attachment; filename=".bashrc"', "_bashrc"),
        ('attachment; filename="con.txt"', "_con.txt"),
        ('attachment; filename="a\u202egpj.exe"', "agpj.exe"),
        ('attachment; filename="a?b*c<d>.txt"', "a_b_c_d_.txt"),
        (f'attachment; filename="{"x" * 400}.pdf"', "x" * 176 + ".pdf"),
        ('attachment; filename=""', "attachment-1.pdf"),
        ("attachment", "attachment-1.pdf"),
    ],
)
def test_file_names(disposition, filename):
    message = read(f"Content-Disposition: {disposition}", "Content-Type: application/pdf", body="x")
    assert [a.filename for a in message.attachments] == [filename]


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("us-ascii", "smörgås".encode(), "smörgås"),
        ("iso-8859-1", "\x93quoted\x94".encode("latin-1"), "“quoted”"),
        ("iso-8859-2", "żółw".encode("iso-8859-2"), "żółw"),
        ("Windows-1250", "żółw".encode("cp1250"), "żółw"),
        ('"utf8"', "żółw".encode(), "żółw"),
        ("gb2312", "你好镕".encode("gb18030"), "你好镕"),
        ("ks_c_5601-1987", "안녕".encode("cp949"), "안녕"),
        ("shift_jis", "①こんにちは".encode("cp932"), "①こんにちは"),
        ("iso-2022-jp", "こんにちは".encode("iso-2022-jp"), "こんにちは"),
        ("koi8-r", "привет".encode("koi8-r"), "привет"),
        ("cp-850", "å".encode("cp850"), "å"),
        ("x-unknown", "smörgås".encode("cp1252"), "smörgås"),
    ],
)
def test_charsets(charset, data, text):
    raw = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + data
    assert read_message(raw).text == text


def test_flowed_text_is_put_together():
    message = read("Content-Type: text/plain; format=flowed", body="one \r\ntwo\r\n> three \r\n> four\r\n-- \r\nBob")
    assert message.text == "one two\n> three four\n-- \nBob"


def test_text_files_are_files_and_second_texts_are_text():
    message = read(
        "Content-Type: multipart/mixed; boundary=x",
        body="--x\r\n\r\nfirst\r\n--x\r\nContent-Type: text/plain; name=notes.txt\r\n\r\nnotes\r\n--x\r\n\r\nfooter\r\n--x--",
    )
    assert message.text == "first\nfooter"
    assert [a.filename for a in message.attachments] == ["notes.txt"]


# --- reports -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "failures", "original"),
    [
        (mime_corpus.POSTFIX_BOUNCE, [("nobody@example.com", "5.1.1", 550, True, True)], "offer.1@example.org"),
        (mime_corpus.EXCHANGE_BOUNCE, [("gone@example.com", "5.1.10", 550, True, True)], "offer.2@example.org"),
        (mime_corpus.GMAIL_BOUNCE, [("full@example.net", "5.2.2", 552, True, False)], "offer.3@example.org"),
        (mime_corpus.QMAIL_BOUNCE, [("lost@example.com", "5.1.1", 550, True, True)], "offer.4@example.org"),
        (
            mime_corpus.EXIM_BOUNCE,
            [("away@example.com", "5.7.1", 554, True, False), ("gone@example.com", "", None, True, True)],
            "offer.5@example.org",
        ),
    ],
    ids=["postfix", "exchange", "gmail", "qmail", "exim"],
)
def test_bounces(raw, failures, original):
    message = read_message(raw)
    assert message.kind == "bounce"
    assert [(f.recipient, f.status, f.smtp_code, f.permanent, f.hard) for f in message.failures] == failures
    assert message.original_message_id == original
    assert message.headers.is_automatic


def test_a_bounce_in_words_alone():
    message = read(
        "Return-Path: <>",
        "From: postmaster@mail.example.net",
        "Subject: Undeliverable: Offer",
        "In-Reply-To: <offer.8@example.org>",
        body="Delivery has failed to these recipients or groups:\r\n\r\ngone@example.net<mailto:gone@example.net>\r\n"
        "The e-mail address you entered couldn't be found.\r\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\r\n",
    )
    assert message.kind == "bounce"
    assert [(f.recipient, f.status, f.smtp_code, f.hard) for f in message.failures] == [
        ("gone@example.net", "5.1.1", 550, True)
    ]
    assert message.original_message_id == "offer.8@example.org"


def test_the_copy_in_a_bounce_is_no_file():
    assert read_message(mime_corpus.POSTFIX_BOUNCE).attachments == ()


def _report(*recipients: str) -> bytes:
    block = "\r\n\r\n".join(["Reporting-MTA: dns; mx.example.com", *recipients])
    return (
        "From: MAILER-DAEMON@example.com\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n"
        f"--r\r\n\r\nreport\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\n{block}\r\n--r--\r\n"
    ).encode()


def test_a_delay_is_not_permanent():
    message = read_message(_report("Final-Recipient: rfc822; a@example.com\r\nAction: delayed\r\nStatus: 4.4.1"))
    assert message.kind == "bounce"
    assert message.failures == (DeliveryFailure("a@example.com", "4.4.1", None, False, False, ""),)


def test_a_report_of_success_is_no_bounce():
    message = read_message(_report("Final-Recipient: rfc822; a@example.com\r\nAction: delivered\r\nStatus: 2.0.0"))
    assert (message.kind, message.failures) == ("automated", ())


def test_each_recipient_is_judged_alone():
    message = read_message(
        _report(
            "Final-Recipient: rfc822; a@example.com\r\nAction: failed\r\nStatus: 5.0.0\r\n"
            "Diagnostic-Code: smtp; 550 No such user",
            "Final-Recipient: rfc822; b@example.com\r\nAction: failed\r\nStatus: 5.7.1\r\nDiagnostic-Code: smtp; 554 spam",
            "Final-Recipient: rfc822; c@example.com\r\nAction: relayed\r\nStatus: 2.0.0",
            "Final-Recipient: rfc822; d@example.com\r\nAction: failed\r\nStatus: 4.4.7\r\nDiagnostic-Code: smtp; 450 later",
        )
    )
    assert [(f.recipient, f.permanent, f.hard, f.smtp_code, f.final) for f in message.failures] == [
        ("a@example.com", True, True, 550, True),
        ("b@example.com", True, False, 554, True),
        ("d@example.com", False, False, 450, True),
    ]


def test_a_person_called_postmaster_is_no_bounce():
    message = read(
        "From: Postmaster <postmaster@example.com>",
        "Subject: Delivery failed",
        body="<bob@example.com>: 550 5.1.1 gone",
    )
    assert (message.kind, message.failures) == ("normal", ())


def test_a_person_who_writes_about_a_bounce_writes_no_bounce():
    message = read(
        "From: Bob <bob@example.com>", "Subject: Undelivered Mail", body="  anna@example.com\n 550 5.1.1 user unknown"
    )
    assert message.kind == "normal"


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["Auto-Submitted: auto-replied"], "auto_reply"),
        (["Auto-Submitted: auto-generated", "In-Reply-To: <a@example.com>"], "auto_reply"),
        (["X-Autoreply: yes", "Precedence: bulk"], "auto_reply"),
        (["Precedence: auto_reply"], "auto_reply"),
        (["Subject: Automatisk svar: Tilbud", "In-Reply-To: <a@example.com>"], "auto_reply"),
        (["Subject: Odpowiedź automatyczna: Oferta", "Return-Path: <>"], "auto_reply"),
        (["Subject: Re: Automatic reply: Offer", "In-Reply-To: <a@example.com>"], "normal"),
        (["Subject: Out of office hours", "From: a@example.com"], "normal"),
        (["Auto-Submitted: auto-generated"], "automated"),
        (["Auto-Submitted: no"], "normal"),
        (["List-Id: <list.example.com>"], "automated"),
        (["List-Unsubscribe: <https://example.com/u>"], "automated"),
        (["Precedence: list", "In-Reply-To: <a@example.com>"], "automated"),
        (["X-Auto-Response-Suppress: All"], "normal"),
    ],
)
def test_kinds(lines, kind):
    assert read("From: bob@example.com", *lines, body="text").kind == kind


def test_an_absence_note_names_what_it_answers():
    message = read_message(mime_corpus.ABSENCE_NOTE)
    assert (message.kind, message.original_message_id) == ("auto_reply", "offer.6@example.org")


def test_a_complaint():
    message = read_message(mime_corpus.COMPLAINT)
    assert (message.kind, message.original_message_id) == ("feedback", "offer.7@example.org")


def test_a_read_receipt_is_automatic():
    message = read(
        "From: bob@example.com",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=r",
        body="--r\r\n\r\nread\r\n--r\r\nContent-Type: message/disposition-notification\r\n\r\n"
        "Disposition: manual-action\r\n--r--",
    )
    assert message.kind == "automated"
