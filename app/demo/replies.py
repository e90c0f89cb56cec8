"""Writes the answers of the demo's people as their mail programs would: threaded, signed, quoting. Used by
`correspondents`."""

from __future__ import annotations

import html
import re
import uuid
from datetime import datetime
from email.headerregistry import Address as MailboxHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parsedate_to_datetime

from app.demo.scenes import Person, Reply
from app.domain.addresses import Address
from app.domain.message_ids import message_ids, references_for_reply
from app.domain.subjects import reply_subject

_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)

# The line above a quote as Gmail writes it in each language: weekdays from Monday, months, sentence.
_QUOTES: dict[str, tuple[str, str, str]] = {
    "sv": (
        "mån tis ons tors fre lör sön",
        "jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec.",
        "Den {weekday} {day} {month} {year} kl {hour:02}:{minute:02} skrev {who}:",
    ),
    "da": (
        "man. tirs. ons. tors. fre. lør. søn.",
        "jan. feb. mar. apr. maj jun. jul. aug. sep. okt. nov. dec.",
        "Den {weekday} {day}. {month} {year} kl. {hour:02}.{minute:02} skrev {who}:",
    ),
    "nb": (
        "man. tir. ons. tor. fre. lør. søn.",
        "jan. feb. mars apr. mai juni juli aug. sep. okt. nov. des.",
        "{weekday} {day}. {month} {year} kl. {hour:02}:{minute:02} skrev {who}:",
    ),
    "pl": (
        "pon. wt. śr. czw. pt. sob. niedz.",
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
        "{weekday}, {day} {month} {year} o {hour:02}:{minute:02} {who} napisał(a):",
    ),
    "en": (
        "Mon Tue Wed Thu Fri Sat Sun",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "On {weekday}, {day} {month} {year} at {hour:02}:{minute:02}, {who} wrote:",
    ),
}


def write_reply(person: Person, original: EmailMessage, reply: Reply, now: datetime) -> bytes:
    """An answer to the sender of `original`, from `person`, above its quoted text (RFC 5322 3.6.4 for the thread)."""
    asker = sender_of(original)
    ids = message_ids(str(original["Message-ID"] or ""))
    parent = ids[0] if ids else ""
    references = references_for_reply(parent, message_ids(str(original["References"] or original["In-Reply-To"] or "")))
    message = EmailMessage(policy=SMTP)
    message["From"] = _mailbox(person.address)
    message["To"] = _mailbox(asker)
    message["Subject"] = reply_subject(str(original["Subject"] or ""))
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{uuid.uuid4()}@mail.{person.address.domain}>"
    if parent:
        message["In-Reply-To"] = f"<{parent}>"
    if references:
        message["References"] = " ".join(f"<{r}>" for r in references)
    attribution = attribution_line(person.language, asker, sent_at(original, now))
    signature = (person.address.display_name, person.title, person.company, person.phone)
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in body_of(original, "plain").splitlines())
    text = f"{reply.text}\n\n-- \n" + "\n".join(signature) + f"\n\n{attribution}\n\n{quoted}"
    message.set_content(text, cte="quoted-printable")
    if person.writes_html:
        message.add_alternative(_as_html(reply.text, signature, attribution, original), "html", cte="quoted-printable")
    for file in reply.files:
        main, _, sub = file.content_type.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.filename)
    return message.as_bytes()


def sender_of(original: EmailMessage) -> Address:
    found = getattr(original["From"], "addresses", ())
    return Address(found[0].addr_spec, found[0].display_name) if found else Address("")


def body_of(message: EmailMessage, subtype: str) -> str:
    """The text of the "plain" or "html" part, empty where there is none."""
    part = message.get_body((subtype,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def sent_at(original: EmailMessage, otherwise: datetime) -> datetime:
    """Its Date in the zone of `otherwise`, which stands in for a missing or broken one."""
    try:
        return parsedate_to_datetime(str(original["Date"])).astimezone(otherwise.tzinfo)
    except ValueError:
        return otherwise


def attribution_line(language: str, who: Address, when: datetime) -> str:
    """The line above the quote: "Den tors 20 nov. 2025 kl 12:12 skrev Jonas Ahl <jonas@example.org>:"."""
    weekdays, months, sentence = _QUOTES.get(language, _QUOTES["en"])
    return sentence.format(
        weekday=weekdays.split()[when.weekday()],
        day=when.day,
        month=months.split()[when.month - 1],
        year=when.year,
        hour=when.hour,
        minute=when.minute,
        who=who,
    )


def _mailbox(address: Address) -> MailboxHeader:
    return MailboxHeader(display_name=address.display_name, addr_spec=address.addr_spec)


def _as_html(text: str, signature: tuple[str, ...], attribution: str, original: EmailMessage) -> str:
    """As webmail programs do it, the quote is the HTML that came: with the picture and the counted links in it."""
    paragraphs = "".join(f"<p>{html.escape(p)}</p>" for p in text.split("\n\n"))
    whole = body_of(original, "html") or f"<pre>{html.escape(body_of(original, 'plain'))}</pre>"
    inner = _BODY.search(whole)
    came = inner.group(1) if inner else whole
    return (
        f'<div dir="ltr">{paragraphs}'
        f'<div class="gmail_signature">-- <br>{"<br>".join(html.escape(s) for s in signature)}</div></div><br>\n'
        f'<div class="gmail_quote"><div class="gmail_attr">{html.escape(attribution)}<br></div>\n'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">\n'
        f"{came}\n</blockquote></div>\n"
    )
