"""Notices of failure and other machine mail, written as the named systems write them; for tests of app.mime.

Where each form was learned stands beside it: RFCs, the descriptions in Sisimai (github.com/sisimai/p5-sisimai, lib/Sisimai/Lhost), its
public set of emails, the bounces of Mailman's tests (tests/bounces), and knowledge bases of the makers. Names and addresses are made up.
"""

# ruff: noqa: E501  (mail is easier to judge whole)

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """`failures`: (recipient, status, SMTP code, permanent, hard) each."""

    name: str
    raw: bytes
    kind: str = "bounce"
    failures: tuple[tuple[str, str, int | None, bool, bool], ...] = ()
    original: str = ""


def mail(text: str) -> bytes:
    return text.lstrip("\n").replace("\n", "\r\n").encode()


def dsn(block: str, *, returned: str = "", kind: str = "delivery-status") -> bytes:
    back = (
        f"--r\nContent-Type: {returned}\n\nMessage-ID: <offer@example.org>\nFrom: anna@example.org\nSubject: Offer\n\n"
        if returned
        else ""
    )
    return mail(
        f"""
From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.com>
To: anna@example.org
Subject: Returned mail: see transcript for details
Content-Type: multipart/report; report-type="{kind}"; boundary="r"

--r
Content-Type: text/plain

The original message was received at Fri, 3 Jan 2025 10:00:00 +0100
--r
Content-Type: message/{kind}

Reporting-MTA: dns; mx.example.com
Arrival-Date: Fri, 3 Jan 2025 10:00:00 +0100

{block}
{back}--r--
"""
    )


SAMPLES = [
    # RFC 3464 9.1 and 2.3.3
    Sample("dsn failed", dsn("Final-Recipient: RFC822; lost@example.com\nAction: failed\nStatus: 5.1.1\nRemote-MTA: DNS; mx.example.com\nDiagnostic-Code: SMTP; 550 5.1.1 <lost@example.com>... User unknown", returned="message/rfc822"),
           failures=(("lost@example.com", "5.1.1", 550, True, True),), original="offer@example.org"),
    Sample("dsn delayed", dsn("Final-Recipient: rfc822;slow@example.com\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: smtp; 421 4.4.1 try later\nWill-Retry-Until: Wed, 8 Jan 2025 10:00:00 +0100", returned="text/rfc822-headers"),
           failures=(("slow@example.com", "4.4.1", 421, False, False),), original="offer@example.org"),
    Sample("dsn expired", dsn("Final-Recipient: rfc822; slow@example.com\nAction: failed\nStatus: 4.4.7\nDiagnostic-Code: smtp; delivery time expired"),
           failures=(("slow@example.com", "4.4.7", None, False, False),)),
    Sample("dsn relayed", dsn("Final-Recipient: rfc822; a@example.com\nAction: relayed\nStatus: 2.0.0"), kind="automated"),
    Sample("dsn expanded", dsn("Final-Recipient: rfc822; list@example.com\nAction: expanded (to multi-recipient alias)\nStatus: 2.0.0"), kind="automated"),
    Sample("dsn full", dsn("Final-Recipient: rfc822; full@example.com\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full"),
           failures=(("full@example.com", "5.2.2", 552, True, False),)),
    Sample("dsn policy", dsn("Final-Recipient: rfc822; b@example.com\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 550 5.7.1 blocked, user unknown to reputation service"),
           failures=(("b@example.com", "5.7.1", 550, True, False),)),
    # RFC 6533 3 and 4
    Sample("dsn international", dsn("Final-Recipient: utf-8; j\\x{F6}rg@example.com\nAction: failed\nStatus: 5.1.1", kind="global-delivery-status"),
           failures=(("jörg@example.com", "5.1.1", None, True, True),)),
    Sample("dsn international in letters", dsn("Final-Recipient: utf-8; 用户@example.com\nAction: failed\nStatus: 5.1.2", kind="global-delivery-status", returned="message/global-headers"),
           failures=(("用户@example.com", "5.1.2", None, True, True),), original="offer@example.org"),
    Sample("dsn with a comment and brackets", dsn("Final-Recipient: rfc822; <lost@example.com> (Lost)\nAction: failed\nStatus: 5.1.1 (bad)"),
           failures=(("lost@example.com", "5.1.1", None, True, True),)),
    Sample("dsn of Exchange 2003 without a diagnosis", dsn("Final-Recipient: rfc822;lost@example.com\nAction: failed\nStatus: 5.1.1\nX-Display-Name: Lost Person"),
           failures=(("lost@example.com", "5.1.1", None, True, True),)),
    Sample("dsn of Outlook.com", dsn("Final-Recipient: rfc822;lost@example.com\nAction: failed\nStatus: 5.5.0\nDiagnostic-Code: smtp;550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."),
           failures=(("lost@example.com", "5.5.0", 550, True, True),)),
    # Sisimai: Lhost/qmail; Mailman: qmail_01
    Sample("qmail", mail("""
Return-Path: <>
From: MAILER-DAEMON@mail.example.net
To: anna@example.org
Subject: failure notice
Date: 3 Jan 2025 10:00:00 -0000

Hi. This is the qmail-send program at mail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<lost@example.com>:
192.0.2.25 does not like recipient.
Remote host said: 550 5.1.1 <lost@example.com>... User Unknown
Giving up on 192.0.2.25.

<full@example.com>:
user is over quota (#5.2.2)

--- Below this line is a copy of the message.

Return-Path: <anna@example.org>
Message-ID: <offer@example.org>
"""), failures=(("lost@example.com", "5.1.1", 550, True, True), ("full@example.com", "5.2.2", None, True, False)), original="offer@example.org"),
    # Sisimai: Lhost/Yahoo; Mailman: yahoo_01
    Sample("yahoo, with a return path of its own", mail("""
Return-Path: <someone-else@example.org>
From: MAILER-DAEMON@yahoo.example
To: anna@example.org
Subject: failure delivery

Message from  yahoo.example.
Unable to deliver message to the following address(es).

<slow@example.com>:
Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)
I'm not going to try again; this message has been in the queue too long.

--- Original message follows.

Message-ID: <offer@example.org>
"""), failures=(("slow@example.com", "4.4.1", None, False, False),), original="offer@example.org"),
    # Postfix before 2.3: text alone
    Sample("postfix, old", mail("""
Return-Path: <>
From: MAILER-DAEMON@mail.example.net (Mail Delivery System)
To: anna@example.org
Subject: Undelivered Mail Returned to Sender

This is the Postfix program at host mail.example.net.

I'm sorry to have to inform you that the message returned
below could not be delivered to one or more destinations.

\t\t\tThe Postfix program

<lost@example.com>: host mx.example.com[192.0.2.1] said: 550 <lost@example.com>:
    User unknown in local recipient table (in reply to RCPT TO command)
"""), failures=(("lost@example.com", "", 550, True, True),)),
    # Exim's documentation, chapter 49; Sisimai: Lhost/MailRu
    Sample("mail.ru", mail("""
Return-path: <>
X-Failed-Recipients: lost@example.com
Auto-Submitted: auto-replied
From: Mail Delivery System <mailer-daemon@corp.mail.example>
To: anna@example.org
Subject: Mail delivery failed: returning message to sender
Content-Type: text/plain; charset=utf-8

Это письмо создано автоматически
сервером Mail.Ru, отвечать на него не
нужно.

**********************

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  lost@example.com
    SMTP error from remote mail server after RCPT TO:<lost@example.com>:
    host mx.example.com [192.0.2.222]: 550 5.1.1 <lost@example.com>... User Unknown

------ This is a copy of the message, including all the headers. ------

Message-ID: <offer@example.org>
"""), failures=(("lost@example.com", "5.1.1", 550, True, True),), original="offer@example.org"),
    Sample("exim, delayed", mail("""
Return-path: <>
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mail.example.net>
To: anna@example.org
Subject: Warning: message 1tTd-0001 delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mail.example.net.

The message identifier is:     1tTd-0001

The address to which the message has not yet been delivered is:

  slow@example.com
    Delay reason: Connection timed out

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals if the message
remains undelivered.
"""), failures=(("slow@example.com", "", None, False, False),)),
    # sendmail 8.9 without a report; Sisimai: Lhost/V5sendmail
    Sample("sendmail, text alone", mail("""
Return-Path: <MAILER-DAEMON>
From: Mail Delivery Subsystem <MAILER-DAEMON@mail.example.net>
To: anna@example.org
Subject: Returned mail: User unknown

The original message was received at Fri, 3 Jan 2025 10:00:00 +0100
from pc.example.net [192.0.2.7]

   ----- The following addresses had permanent fatal errors -----
<lost@example.com>

   ----- Transcript of session follows -----
... while talking to mx.example.com.:
>>> RCPT To:<lost@example.com>
<<< 550 5.1.1 <lost@example.com>... User unknown
550 <lost@example.com>... User unknown

   ----- Original message follows -----
Message-Id: <offer@example.org>
To: lost@example.com, other@example.com
"""), failures=(("lost@example.com", "5.1.1", 550, True, True),), original="offer@example.org"),
    # Sisimai set of emails: exchange2003-03; Mailman: groupwise_01 (which is an Exchange 5.5)
    Sample("exchange 5.5", mail("""
From: System Administrator <postmaster@mail.example.net>
To: anna@example.org
Subject: Undeliverable: Offer
X-MS-Embedded-Report:
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

Your message

  To:      lost@example.com
  Subject: Offer
  Sent:    Fri, 3 Jan 2025 10:00:00 +0100

did not reach the following recipient(s):

lost@example.com on Fri, 3 Jan 2025 10:00:01 +0100
    The recipient name is not recognized
\tThe MTS-ID of the original message is: c=us;a= ;p=example;l=MAIN1
    MSEXCH:IMS:Example:MAIN:MAIN1 0 (000C05A6) Unknown Recipient

--b
Content-Type: message/rfc822

Message-ID: <offer@example.org>
Subject: Offer

Hello
--b--
"""), failures=(("lost@example.com", "", None, True, True),), original="offer@example.org"),
    # Sisimai set of emails: domino-01
    Sample("domino, from a postmaster with a return path", mail("""
Return-Path: <MAILER-DAEMON@mx.example.net>
From: Postmaster@example.com
To: Anna <anna@example.org>
Subject: DELIVERY FAILURE: User Lost (lost@example.com) not listed in
 Domino Directory
Content-Type: Text/Plain

Your message

  Subject: Offer

was not delivered to:

  lost@example.com

because:

  User Lost (lost@example.com) not listed in Domino Directory
"""), failures=(("lost@example.com", "", None, True, True),)),
    # Sisimai: Lhost/Notes
    Sample("notes", mail("""
Return-Path: <>
From: Postmaster <postmaster@notes.example.com>
To: anna@example.org
Subject: Undeliverable message

------- Failure Reasons  --------

User not listed in public Name & Address Book
lost@notes.example.com


------- Returned Message --------

Message-ID: <offer@example.org>
"""), failures=(("lost@notes.example.com", "", None, True, True),), original="offer@example.org"),
    # Micro Focus: GroupWise Internet Agent, status files
    Sample("groupwise", mail("""
Return-Path: <>
From: Mailer-Daemon@gw.example.com
To: anna@example.org
Subject: Message status - undeliverable
Content-Type: text/plain

The message that you sent was undeliverable to the following:
\tlost@example.com (user not found)

Possibly truncated original message follows:
"""), failures=(("lost@example.com", "", None, True, True),)),
    # mailenable.com knowledge base ME020517, ME020145
    Sample("mailenable", mail("""
From: postmaster@mail.example.net
To: anna@example.org
Subject: MailEnable: Message Delivery Failure
Auto-Submitted: auto-generated

MailEnable: Message could not be delivered to some recipients.
The following recipient(s) could not be reached:

\tRecipient: [SMTP:lost@example.com]
\tReason: The message could not be delivered because the domain name (example.com) does not appear to be registered

Message headers follow:

Message-ID: <offer@example.org>
"""), failures=(("lost@example.com", "", None, True, True),), original="offer@example.org"),
    # Sisimai: Lhost/IMailServer; Mailman: smtp32_01
    Sample("imail", mail("""
From: "Mail Server" <postmaster@mail.example.net>
To: anna@example.org
Subject: Undeliverable Mail
X-Mailer: <SMTP32 v8.22>
Precedence: bulk

Unknown user: lost@example.com

Original message follows.

Message-ID: <offer@example.org>
"""), failures=(("lost@example.com", "", None, True, True),), original="offer@example.org"),
    # Sisimai: Lhost/GMX
    Sample("gmx", mail("""
Return-Path: <>
From: GMX Mailer Daemon <mailer-daemon@gmx.example>
To: anna@example.org
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. This is a permanent error. The following address
failed:

"full@example.com":
SMTP error from remote server after RCPT command:
host: mx.example.com
5.2.2 <full@example.com>... Mailbox Full

--- The header of the original message is following. ---

Message-ID: <offer@example.org>
"""), failures=(("full@example.com", "5.2.2", None, True, False),), original="offer@example.org"),
    # Sisimai set of emails: einsundeins-02
    Sample("1&1, without a return path", mail("""
From: "Mail Delivery System" <mailer-daemon@kundenserver.example>
To: anna@example.org
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. This is a permanent error.

The following address failed:

large@example.com

For the following reason:

Mail size limit exceeded.

--- The header of the original message is following. ---

Message-ID: <offer@example.org>
"""), failures=(("large@example.com", "", None, True, False),), original="offer@example.org"),
    # Google's help, "Fix bounced or rejected emails", before 2017
    Sample("gmail, old", mail("""
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
To: anna@example.org
Subject: Delivery Status Notification (Failure)
X-Failed-Recipients: lost@example.com

Delivery to the following recipient failed permanently:

     lost@example.com

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the server for the recipient domain example.com by mx.example.com. [192.0.2.3].

The error that the other server returned was:
550 5.1.1 <lost@example.com>: Recipient address rejected: User unknown

----- Original message -----

Message-ID: <offer@example.org>
"""), failures=(("lost@example.com", "5.1.1", 550, True, True),), original="offer@example.org"),
    # Microsoft's "Fix NDR error 5.1.10", text part alone
    Sample("office 365, text alone", mail("""
Return-Path: <>
From: postmaster@example.onmicrosoft.example
To: anna@example.org
Subject: Undeliverable: Offer
In-Reply-To: <offer@example.org>

Your message to lost@example.com couldn't be delivered.
lost wasn't found at example.com.

anna\tOffice 365\tlost
Action Required\t\tRecipient

550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient lost@example.com not found by SMTP address lookup
"""), failures=(("lost@example.com", "5.1.10", 550, True, True),), original="offer@example.org"),
    Sample("exchange, text alone, in German", mail("""
Return-Path: <>
From: postmaster@example.com
To: anna@example.org
Subject: Unzustellbar: Angebot
Content-Type: text/plain; charset=utf-8

Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:

lost@example.com<mailto:lost@example.com>
Die eingegebene E-Mail-Adresse wurde nicht gefunden.

Diagnoseinformationen für Administratoren:

Generierender Server: mx1.example.com

lost@example.com
Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'

Ursprüngliche Nachrichtenköpfe:

Message-ID: <offer@example.org>
"""), failures=(("lost@example.com", "5.1.10", 550, True, True),), original="offer@example.org"),
    # Coremail, whose notices are tables in HTML
    Sample("coremail", mail("""
Return-Path: <>
From: Postmaster <postmaster@mail.example>
To: anna@example.org
Subject: =?utf-8?b?57O757uf6YCA5L+h?=
Content-Type: text/html; charset=utf-8

<p>抱歉,您的邮件被退回来了……</p><table><tr><td>收件人</td><td>lost@mail.example</td></tr><tr><td>退信原因</td><td>550 User not found</td></tr></table>
"""), failures=(("lost@mail.example", "", 550, True, True),)),
    # CommuniGate Pro, "Failed to deliver"
    Sample("communigate", mail("""
Return-Path: <>
From: MAILER-DAEMON@cgp.example.com
To: anna@example.org
Subject: Undeliverable mail

Failed to deliver to 'lost@example.com'
SMTP module(domain example.com) reports:
 host mx.example.com says:
 550 5.1.1 unknown or illegal alias: lost@example.com
"""), failures=(("lost@example.com", "5.1.1", 550, True, True),)),
    # MDaemon, delivery failure notice
    Sample("mdaemon", mail("""
Return-Path: <>
From: "MDaemon at mail.example.net" <MDaemon@mail.example.net>
To: anna@example.org
Subject: Delivery Failure (lost@example.com)
Precedence: bulk

The attached message had PERMANENT fatal delivery errors!
The following recipient could not be reached:

Failed address: lost@example.com

--- Session Transcript ---
 Fri 2025-01-03 10:00:00: <-- 550 5.1.1 lost@example.com: no such user
--- End Transcript ---
"""), failures=(("lost@example.com", "5.1.1", 550, True, True),)),
    # An Internet provider's gateway, whose notice goes to the address that failed: a message to oneself
    Sample("to oneself", mail("""
Return-Path: <>
From: MAILER-DAEMON@example.org
To: anna@example.org
Subject: Undelivered Mail Returned to Sender

This is the mail system at host mail.example.org.

<anna@example.org>: mailbox is full (#5.2.2)
"""), failures=(("anna@example.org", "5.2.2", None, True, False),)),
    Sample("a daemon that names nobody", mail("""
Return-Path: <>
From: MAILER-DAEMON@example.com
Subject: Mail System Error - Returned Mail

Something went wrong.
""")),
    # --- no bounces ---------------------------------------------------------------------------------------------------
    Sample("a person called postmaster", mail("""
From: Postmaster General <postmaster@example.com>
To: anna@example.org
Subject: Delivery failed on Monday

Dear Anna,

your parcel was not delivered to bob@example.com because nobody was at home.

Kind regards
"""), kind="normal"),
    Sample("a postmaster who explains a bounce", mail("""
From: Paul Postmaster <postmaster@example.com>
To: anna@example.org
Subject: Re: Undeliverable: Offer
In-Reply-To: <question@example.org>

Hello Anna,

the message was not delivered to:

lost@example.com

because that account is gone.
"""), kind="normal"),
    Sample("a person who passes a bounce on", mail("""
From: Bob <bob@example.com>
To: anna@example.org
Subject: Fwd: Undelivered Mail Returned to Sender
Content-Type: multipart/mixed; boundary=x

--x

Look at this, please.
--x
Content-Type: message/rfc822

From: MAILER-DAEMON@example.com
Content-Type: multipart/report; report-type=delivery-status; boundary=r

--r
Content-Type: message/delivery-status

Final-Recipient: rfc822; lost@example.com
Action: failed
Status: 5.1.1
--r--
--x--
"""), kind="normal"),
    # RFC 8098 10, a read receipt
    Sample("read receipt", mail("""
From: Bob <bob@example.com>
To: anna@example.org
Subject: Read: Offer
In-Reply-To: <offer@example.org>
Content-Type: multipart/report; report-type=disposition-notification; boundary="r"

--r

Your message was read.
--r
Content-Type: message/disposition-notification

Reporting-UA: pc.example.com; Example Mail 1.0
Final-Recipient: rfc822;bob@example.com
Original-Message-ID: <offer@example.org>
Disposition: manual-action/MDN-sent-manually; displayed
--r--
"""), kind="automated", original="offer@example.org"),
    # RFC 5965 B.2
    Sample("feedback report with the header alone", mail("""
From: <abusedesk@example.com>
To: <abuse@example.org>
Subject: FW: Earn money
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="f"

--f
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.
--f
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <user@example.com>
--f
Content-Type: text/rfc822-headers

From: <anna@example.org>
Message-ID: <offer@example.org>
--f--
"""), kind="feedback", original="offer@example.org"),
    # RFC 5546 3.2.3; Outlook and Google answer so, Google with Auto-Submitted
    Sample("an acceptance", mail("""
From: Bob <bob@example.com>
To: anna@example.org
Subject: Accepted: Offer
In-Reply-To: <invitation@example.org>
Auto-Submitted: auto-generated
Content-Type: multipart/alternative; boundary=x

--x

Bob accepted.
--x
Content-Type: text/calendar; charset=utf-8; method=REPLY

BEGIN:VCALENDAR
METHOD:REPLY
END:VCALENDAR
--x--
"""), kind="normal"),
    # TMDA's confirm_request template
    Sample("a challenge", mail("""
From: Bob <bob-confirm-1736.abc@example.com>
To: anna@example.org
Subject: Please confirm your message
Auto-Submitted: auto-replied
Precedence: bulk
In-Reply-To: <offer@example.org>

This message was created automatically by mail delivery software (TMDA).
Your message attached below is being held because the address has not been verified.
"""), kind="auto_reply", original="offer@example.org"),
    Sample("an address that reads no answers", mail("From: Shop <no-reply@example.com>\nSubject: Your order\n\nThank you.\n"), kind="automated"),
    Sample("one in German", mail("From: Laden <bestellung-bitte_nicht_antworten@example.com>\nSubject: Bestellung\n\nDanke.\n"), kind="automated"),
    Sample("a person whose name has such a word", mail("From: Nora Ply <nora.reply@example.com>\nSubject: Order\n\nThank you.\n"), kind="normal"),
    # RFC 7489 7.2.1.1
    Sample("a DMARC report", mail("From: reports@example.com\nSubject: Report Domain: example.org Submitter: example.com Report-ID: <1>\n\nReport.\n"), kind="automated"),
]  # fmt: skip
