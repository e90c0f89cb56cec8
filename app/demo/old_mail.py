"""What lay in the user's mailbox before the demo began: mail that has nothing to do with it. Used by `story`.

It is there for R2: the first look reads its headers and not one of its bodies, and the ledger shows that.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from app.demo.scenes import OldMail
from app.domain.addresses import Address

# days ago, hour, from, subject, text, further header fields
_RECEIVED: tuple[tuple[int, int, Address, str, str, dict[str, str]], ...] = (
    (
        9,
        8,
        Address("anders.berg@example.org", "Anders Berg"),
        "Key for the sample room",
        "The key is with reception now, ask for Lena.",
        {},
    ),
    (
        8,
        11,
        Address("news@example.net", "Dock & Door"),
        "This month: levellers below freezing point",
        "What frost does to hydraulics, and three ways round it.",
        {"List-Id": "Dock & Door <news.example.net>", "List-Unsubscribe": "<mailto:leave@example.net>"},
    ),
    (
        7,
        9,
        Address("payroll@example.org", "Payroll"),
        "Your travel expenses have been paid",
        "Trip 118, Trondheim. The amount reaches your account within two days.",
        {"Auto-Submitted": "auto-generated"},
    ),
    (
        6,
        15,
        Address("lena.ek@example.org", "Lena Ek"),
        "Cake on Friday",
        "Anders turns fifty. Cake at three, in the kitchen on the second floor.",
        {},
    ),
    (
        5,
        7,
        Address("bookings@example.net", "Nordtåg"),
        "Your ticket: Göteborg C to Trondheim S",
        "Coach 4, seat 22. Please bring this message.",
        {"Auto-Submitted": "auto-generated"},
    ),
    (
        3,
        13,
        Address("anders.berg@example.org", "Anders Berg"),
        "Re: price list for door seals",
        "Use the old one until Monday, the new one has a wrong page 3.",
        {"In-Reply-To": "<price-list-71@example.org>", "References": "<price-list-71@example.org>"},
    ),
    (
        2,
        10,
        Address("calendar@example.org", "Calendar"),
        "Reminder: steering group, room Vinga",
        "Tomorrow at 13:00. Four people have accepted.",
        {"Auto-Submitted": "auto-generated"},
    ),
    (
        1,
        16,
        Address("lena.ek@example.org", "Lena Ek"),
        "Lost: one grey scarf",
        "Found after the meeting. It hangs at reception.",
        {},
    ),
)
_SENT = (3, 12, Address("anders.berg@example.org", "Anders Berg"), "price list for door seals", "Which one is valid?")


def old_mail(user: Address, now: datetime) -> tuple[OldMail, ...]:
    """Oldest first. All of it has been read, but for the last."""
    found = []
    for number, (days, hour, sender, subject, text, fields) in enumerate(_RECEIVED, 1):
        when = _when(now, days, hour)
        raw = _write(sender, user, subject, text, when, f"<old-{number}-{when:%Y%m%d}@{sender.domain}>", fields)
        found.append(OldMail(raw, when, flags=() if number == len(_RECEIVED) else ("\\Seen",)))
    days, hour, to, subject, text = _SENT
    when = _when(now, days, hour)
    raw = _write(user, to, subject, text, when, "<price-list-71@example.org>", {})
    return (*found, OldMail(raw, when, folder="Sent"))


def _when(now: datetime, days: int, hour: int) -> datetime:
    return (now - timedelta(days=days)).replace(hour=hour, minute=12, second=0, microsecond=0)


def _write(
    sender: Address, to: Address, subject: str, text: str, when: datetime, message_id: str, fields: dict[str, str]
) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = str(sender)
    message["To"] = str(to)
    message["Subject"] = subject
    message["Date"] = format_datetime(when)
    message["Message-ID"] = message_id
    for name, value in fields.items():
        message[name] = value
    message.set_content(text + "\n", cte="quoted-printable")
    return message.as_bytes()
