"""Mail as it should not be, built piece by piece, and reports as servers write them: for all tests of app.mime."""

from __future__ import annotations


def message(*lines: str, body: str = "", newline: str = "\r\n") -> bytes:
    return (newline.join([*lines, "", body])).encode("utf-8", "surrogateescape")


def nested_multipart(depth: int) -> bytes:
    out = ["From: anna@example.com", "Message-ID: <deep@example.com>"]
    for level in range(depth):
        out += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    out += ["Content-Type: text/plain", "", "the bottom"]
    out += [f"--b{level}--" for level in reversed(range(depth))]
    return "\r\n".join(out).encode()


def nested_rfc822(depth: int) -> bytes:
    head = "From: anna@example.com\r\nContent-Type: message/rfc822\r\n\r\n"
    return (head * depth + "Subject: innermost\r\n\r\nhello").encode()


def many_parts(count: int) -> bytes:
    part = "--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
    return ("Content-Type: multipart/mixed; boundary=x\r\n\r\n" + part * count + "--x--\r\n").encode()


def hostile() -> dict[str, bytes]:
    """name → message; every reader must come through each of them."""
    large = 1_000_000
    return {
        "empty": b"",
        "only a line end": b"\r\n",
        "no header": b"just text\nwithout any header\n",
        "no body": b"Subject: x",
        "nul bytes": b"Subject: a\x00b\r\n\r\n\x00\x00body\x00",
        "bare carriage returns": b"Subject: x\rFrom: a@example.com\r\rbody\rmore",
        "byte order mark": b"\xef\xbb\xbfSubject: marked\r\n\r\nbody",
        "mbox line": b"From anna@example.com Fri Jan  3 10:00:00 2025\nSubject: x\n\nbody",
        "unknown charset": b"Content-Type: text/plain; charset=x-martian\r\n\r\ncaf\xc3\xa9",
        "wrong utf-8": b"Content-Type: text/plain; charset=utf-8\r\n\r\ncaf\xe9 time",
        "codec that is no charset": b"Content-Type: text/plain; charset=zlib\r\n\r\nx\x9ccaf",
        "punycode": b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * 20_000,
        "utf-7": b"Content-Type: text/plain; charset=utf-7\r\n\r\n+ADw-script+AD4-",
        "utf-16 odd": b"Content-Type: text/plain; charset=utf-16\r\n\r\n\xff\xfea",
        "charset with path": b'Content-Type: text/plain; charset="../../etc/passwd"\r\n\r\nx',
        "boundary missing": b"Content-Type: multipart/mixed\r\n\r\n--abcdefgh\r\n"
        b"Content-Type: text/plain\r\n\r\nhi\r\n--abcdefgh--",
        "boundary unused": b"Content-Type: multipart/mixed; boundary=zz\r\n\r\nplain after all",
        "boundary unclosed": b"Content-Type: multipart/mixed; boundary=zz\r\n\r\n--zz\r\n\r\nleft open",
        "boundary empty": b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nx\r\n----',
        "boundary twice": b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=a"
        b"\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n--a--",
        "deep multipart": nested_multipart(3_000),
        "deep rfc822": nested_rfc822(5_000),
        "many parts": many_parts(20_000),
        "near boundaries": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--xx\n" * (large // 5),
        "one boundary at many levels": b"".join(
            b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (i, i) for i in range(60)
        )
        + b"a\n" * (large // 2),
        "many fields": b"X-A: b\r\n" * 100_000 + b"\r\nbody",
        "long field": b"Subject: " + b"a" * large + b"\r\n\r\nbody",
        "long folded field": b"Subject: a\r\n" + b" b\r\n" * 200_000 + b"\r\nbody",
        "long references": b"References: " + b"<a@example.com> " * 50_000 + b"\r\n\r\nbody",
        "open brackets": b"References: " + b"<" * large + b"\r\nMessage-ID: " + b"<" * large + b"\r\n\r\n",
        "many addresses": b"To: " + b"anna@example.com, " * 50_000 + b"\r\n\r\n",
        "open comments": b"From: " + b"(" * large + b"\r\n\r\n",
        "open quotes": b"From: " + b'"\\' * (large // 2) + b"\r\n\r\n",
        "commas": b"To: " + b"," * large + b"\r\n\r\n",
        "open angles": b"To: " + b"<" * large + b"\r\n\r\n",
        "colons": b"To: " + b"a:" * (large // 2) + b"\r\n\r\n",
        "spaces": b"To: " + b" " * large + b"x\r\nDate: " + b" " * large + b"\r\n\r\n",
        "broken encoded words": b"Subject: =?utf-8?b?!!!?= =?utf-8?q?=ZZ?= =?x?y?z?= =?utf-8?b?abc\r\n\r\n",
        "encoded words without end": b"Subject: " + b"=?utf-8?q?a" * 50_000 + b"\r\n\r\n",
        "many encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\r\n\r\n",
        "encoded word with line breaks": b"Subject: =?utf-8?q?a=0D=0ABcc:_evil=40example.com?=\r\n\r\nx",
        "parameters": b"Content-Type: text/plain; " + b"a=b; " * 100_000 + b"\r\n\r\nx",
        "parameter sections": b"Content-Type: text/plain; " + b"; ".join(b"name*%d*=%%ff" % i for i in range(900)),
        "parameter gap": b"Content-Type: text/plain; name*0=a; name*999=z\r\n\r\nx",
        "open parameter": b'Content-Disposition: attachment; filename="' + b"\\" * 100_000 + b"\r\n\r\nx",
        "no type": b"Content-Type: \r\n\r\nx",
        "odd type": b"Content-Type: a/b/c/d; =;;=\r\n\r\nx",
        "base64 cut off": b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8gd29ybG",
        "base64 of one letter": b"Content-Transfer-Encoding: base64\r\n\r\na",
        "base64 with noise": b"Content-Transfer-Encoding: base64\r\n\r\naGVs*bG8g\x00d29y\xffbGQ=\r\n-- \r\nfooter",
        "quoted-printable broken": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=4=\r\n=E5==",
        "uuencode broken": b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\nM\nx\xff\n",
        "two ids": b"Message-ID: <one@example.com>\r\nMessage-ID: <two@example.com>\r\n\r\nx",
        "id without brackets": b"Message-ID: one@example.com\r\n\r\nx",
        "odd dates": b"Date: Fri, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
        "date of year 1": b"Date: Mon, 1 Jan 0001 00:00:00 +1400\r\n\r\nx",
        "date in words": b"Date: yesterday at noon\r\n\r\nx",
        "embedded in base64": b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA0KDQpo",
        "report of nothing": b"Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\n"
        b"Content-Type: message/delivery-status\r\n\r\n\x00:\n\n:\n: : :\nFinal-Recipient\nStatus: 9.9.9\r\n--r--",
        "html soup": b"Content-Type: text/html\r\n\r\n" + b"<div><table><tr><td><b>" * 20_000,
        "html ampersands": b"Content-Type: text/html\r\n\r\n" + b"&" * large,
        "long line": b"Subject: x\r\n\r\n" + b"> On 2025 wrote: " * (large // 16),
        "quoted headers": b"Subject: x\r\n\r\n" + b"From: a\nSent: \n" * 50_000,
        "surrogates": b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + b"\xed\xa0\x80\xed\xb0\x80",
        "flowed": b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n" + b"> a \n" * 100_000,
        "random bytes": bytes((i * 7919 + i // 251) % 256 for i in range(200_000)),
    }


POSTFIX_BOUNCE = b"""Return-Path: <>\r
Date: Fri,  3 Jan 2025 10:00:05 +0100 (CET)\r
From: MAILER-DAEMON@mail.example.org (Mail Delivery System)\r
Subject: Undelivered Mail Returned to Sender\r
To: anna@example.org\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status;\r
\tboundary="4F2A1.1735894805/mail.example.org"\r
Message-Id: <20250103090005.7C4F21@mail.example.org>\r
\r
This is a MIME-encapsulated message.\r
\r
--4F2A1.1735894805/mail.example.org\r
Content-Description: Notification\r
Content-Type: text/plain; charset=us-ascii\r
\r
This is the mail system at host mail.example.org.\r
\r
<nobody@example.com>: host mx.example.com[192.0.2.1] said: 550 5.1.1\r
    <nobody@example.com>: Recipient address rejected: User unknown (in reply to\r
    RCPT TO command)\r
\r
--4F2A1.1735894805/mail.example.org\r
Content-Description: Delivery report\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mail.example.org\r
X-Postfix-Queue-ID: 4F2A1\r
X-Postfix-Sender: rfc822; anna@example.org\r
Arrival-Date: Fri,  3 Jan 2025 10:00:04 +0100 (CET)\r
\r
Final-Recipient: rfc822; nobody@example.com\r
Original-Recipient: rfc822;nobody@example.com\r
Action: failed\r
Status: 5.1.1\r
Remote-MTA: dns; mx.example.com\r
Diagnostic-Code: smtp; 550 5.1.1 <nobody@example.com>: Recipient address\r
    rejected: User unknown\r
\r
--4F2A1.1735894805/mail.example.org\r
Content-Description: Undelivered Message\r
Content-Type: message/rfc822\r
\r
Return-Path: <anna@example.org>\r
From: Anna <anna@example.org>\r
To: nobody@example.com\r
Subject: Offer\r
Message-ID: <offer.1@example.org>\r
\r
Hello\r
--4F2A1.1735894805/mail.example.org--\r
"""

EXCHANGE_BOUNCE = b"""From: Microsoft Outlook\r
\t<MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>\r
To: anna@example.org\r
Date: Fri, 3 Jan 2025 09:00:07 +0000\r
Content-Type: multipart/report; report-type=delivery-status;\r
\tboundary="8c0d1a"\r
X-MS-Exchange-Message-Is-Ndr:\r
Content-Language: en-GB\r
Message-ID: <ndr.77@example.com>\r
In-Reply-To: <offer.2@example.org>\r
References: <offer.2@example.org>\r
Subject: Undeliverable: Offer\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
\r
--8c0d1a\r
Content-Type: multipart/alternative; differences=Content-Type;\r
\tboundary="9d1e2b"\r
\r
--9d1e2b\r
Content-Type: text/plain; charset="us-ascii"\r
Content-Transfer-Encoding: quoted-printable\r
\r
Delivery has failed to these recipients or groups:\r
\r
gone@example.com<mailto:gone@example.com>\r
The email address you entered couldn't be found.\r
\r
--9d1e2b\r
Content-Type: text/html; charset="us-ascii"\r
\r
<html><body><p>Delivery has failed to these recipients or groups:</p></body></html>\r
\r
--9d1e2b--\r
\r
--8c0d1a\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns;AM0PR01.example.com\r
Received-From-MTA: dns;mail.example.org\r
Arrival-Date: Fri, 3 Jan 2025 09:00:06 +0000\r
\r
Final-Recipient: rfc822;gone@example.com\r
Action: failed\r
Status: 5.1.10\r
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient gone@example.com not found by SMTP address lookup\r
\r
--8c0d1a\r
Content-Type: message/rfc822\r
\r
Message-ID: <offer.2@example.org>\r
From: anna@example.org\r
Subject: Offer\r
\r
Hi\r
--8c0d1a--\r
"""

GMAIL_BOUNCE = b"""Return-Path: <>\r
To: anna@example.org\r
Auto-Submitted: auto-replied\r
Message-ID: <677.1@mx.example.net>\r
Date: Fri, 03 Jan 2025 01:00:09 -0800 (PST)\r
From: Mail Delivery Subsystem <mailer-daemon@example.net>\r
Subject: Delivery Status Notification (Failure)\r
In-Reply-To: <offer.3@example.org>\r
References: <offer.3@example.org>\r
X-Failed-Recipients: full@example.net\r
Content-Type: multipart/report; boundary="000000000000f0"; report-type=delivery-status\r
\r
--000000000000f0\r
Content-Type: multipart/related; boundary="000000000000f1"\r
\r
--000000000000f1\r
Content-Type: multipart/alternative; boundary="000000000000f2"\r
\r
--000000000000f2\r
Content-Type: text/plain; charset="UTF-8"\r
\r
** Message not delivered **\r
\r
The recipient's inbox is full.\r
\r
--000000000000f2\r
Content-Type: text/html; charset="UTF-8"\r
\r
<html><body><h2>Message not delivered</h2><img src="cid:icon.png"></body></html>\r
--000000000000f2--\r
--000000000000f1\r
Content-Type: image/png; name="icon.png"\r
Content-Disposition: attachment; filename="icon.png"\r
Content-Transfer-Encoding: base64\r
Content-ID: <icon.png>\r
\r
iVBORw0KGgo=\r
--000000000000f1--\r
--000000000000f0\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; example.net\r
Arrival-Date: Fri, 03 Jan 2025 01:00:08 -0800 (PST)\r
X-Original-Message-ID: <offer.3@example.org>\r
\r
Final-Recipient: rfc822; full@example.net\r
Action: failed\r
Status: 5.2.2\r
Diagnostic-Code: smtp; 552-5.2.2 The recipient's inbox is out of storage space.\r
 552 5.2.2 Please direct the recipient to their quota page\r
Last-Attempt-Date: Fri, 03 Jan 2025 01:00:09 -0800 (PST)\r
\r
--000000000000f0\r
Content-Type: text/rfc822-headers\r
\r
From: Anna <anna@example.org>\r
Message-ID: <offer.3@example.org>\r
Subject: Offer\r
\r
--000000000000f0--\r
"""

QMAIL_BOUNCE = b"""Return-Path: <>\r
From: MAILER-DAEMON@mail.example.com\r
To: anna@example.org\r
Subject: failure notice\r
Date: 3 Jan 2025 09:00:11 -0000\r
\r
Hi. This is the qmail-send program at mail.example.com.\r
I'm afraid I wasn't able to deliver your message to the following addresses.\r
This is a permanent error; I've given up. Sorry it didn't work out.\r
\r
<lost@example.com>:\r
192.0.2.9 does not like recipient.\r
Remote host said: 550 5.1.1 No such user here\r
Giving up on 192.0.2.9.\r
\r
--- Below this line is a copy of the message.\r
\r
Return-Path: <anna@example.org>\r
Message-ID: <offer.4@example.org>\r
From: anna@example.org\r
To: other@example.com\r
\r
Hello <not.a.recipient@example.com>:\r
"""

EXIM_BOUNCE = b"""Return-path: <>\r
X-Failed-Recipients: away@example.com,\r
 gone@example.com\r
Auto-Submitted: auto-replied\r
From: Mail Delivery System <Mailer-Daemon@mail.example.net>\r
To: anna@example.org\r
Subject: Mail delivery failed: returning message to sender\r
Message-Id: <E1tTd-0001@mail.example.net>\r
Date: Fri, 03 Jan 2025 09:00:13 +0000\r
\r
This message was created automatically by mail delivery software.\r
\r
A message that you sent could not be delivered to one or more of its\r
recipients. This is a permanent error. The following address(es) failed:\r
\r
  away@example.com\r
    host mx.example.com [192.0.2.3]\r
    SMTP error from remote mail server after end of data:\r
    554 5.7.1 Message refused by policy\r
\r
  gone@example.com\r
    Unrouteable address\r
\r
------ This is a copy of the message, including all the headers. ------\r
\r
Message-Id: <offer.5@example.org>\r
From: anna@example.org\r
\r
Hello\r
"""

ABSENCE_NOTE = b"""Return-Path: <>\r
From: Bob <bob@example.com>\r
To: Anna <anna@example.org>\r
Subject: Automatic reply: Offer\r
Date: Fri, 3 Jan 2025 09:01:00 +0000\r
Message-ID: <oof.1@example.com>\r
In-Reply-To: <offer.6@example.org>\r
References: <offer.6@example.org>\r
Auto-Submitted: auto-generated\r
X-Auto-Response-Suppress: All\r
Content-Type: text/plain\r
\r
I am away until Monday.\r
"""

COMPLAINT = b"""From: <abuse@example.net>\r
To: anna@example.org\r
Subject: FW: Offer\r
Message-ID: <arf.1@example.net>\r
Content-Type: multipart/report; report-type=feedback-report; boundary="f"\r
\r
--f\r
Content-Type: text/plain\r
\r
This is an email abuse report.\r
--f\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: abuse\r
User-Agent: SomeGenerator/1.0\r
Version: 1\r
\r
--f\r
Content-Type: message/rfc822\r
\r
From: anna@example.org\r
Message-ID: <offer.7@example.org>\r
\r
Hello\r
--f--\r
"""
