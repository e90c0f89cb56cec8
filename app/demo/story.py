"""What happens in the demo: Jonas Ahl sells depot equipment, and five people hear from him. Used by `run`.

Addresses are of the domains that RFC 2606 keeps for examples. Dates are counted from the day on which it is told.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from app.demo.documents import depot_plan, pdf, table
from app.demo.old_mail import old_mail
from app.demo.people import INGRID, KARIN, MAREK, PEOPLE, PIOTR, SOFIE, USER, USER_COMPANY
from app.demo.scenes import Action, DemoFile, DemoMessage, Person, Reply, Step, Story

# English whatever the computer's language is, as the rest of the text
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LINK = re.compile(r'<a href="([^"]*)">([^<]*)</a>')
_TAG = re.compile(r"<[^>]*>")
_SITE = "https://northlight.example.com"


def tell(now: datetime) -> Story:
    """The whole story as of `now`, which carries a zone."""
    today = now.date()
    start = today + timedelta(days=14 - today.weekday())  # a Monday, more than a week away
    return Story(
        user=USER,
        user_company=USER_COMPANY,
        people=PEOPLE,
        messages=(
            _quote(start),
            _invitation(start + timedelta(days=15)),
            _windows(start),
            _contract(start),
            _pilot(start + timedelta(days=1)),
        ),
        replies=_replies(start),
        steps=_STEPS,
        old_mail=old_mail(USER, now),
    )


def _step(who: Person, action: Action, message: str, after: float) -> Step:
    return Step(who.address.addr_spec, action, message, after)


def _send(message: str) -> Step:
    return Step(USER.addr_spec, Action.SEND, message)


# The first six show every kind of event. Ingrid's mail program fetches no pictures: her click is the only trace (T2).
_STEPS = (
    _send("quote"),
    _step(KARIN, Action.OPEN, "quote", 0.8),
    _step(KARIN, Action.CLICK, "quote", 0.6),
    _step(KARIN, Action.REPLY, "quote", 1.0),
    _send("invitation"),
    _step(PIOTR, Action.BOUNCE, "invitation", 0.5),
    _send("windows"),
    _step(MAREK, Action.OPEN, "windows", 0.9),
    _step(MAREK, Action.REPLY, "windows", 1.2),
    _send("contract"),
    _step(SOFIE, Action.OPEN, "contract", 0.7),
    _step(SOFIE, Action.CLICK, "contract", 0.8),
    _step(SOFIE, Action.OPEN, "contract", 0.9),
    _send("pilot"),
    _step(INGRID, Action.CLICK, "pilot", 1.1),
)


def _day(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def _message(
    name: str, to: Person, subject: str, blocks: Sequence[str | list[str]], files: tuple[DemoFile, ...] = ()
) -> DemoMessage:
    """`blocks` are paragraphs, or lists of points, in HTML with <b> and <a> only; the plain text is made from them."""
    marked, plain = [], []
    for block in blocks:
        if isinstance(block, list):
            marked.append("<ul>" + "".join(f"<li>{point}</li>" for point in block) + "</ul>")
            plain.append("\n".join(f"- {_plain(point)}" for point in block))
        else:
            marked.append("<p>" + block.replace("\n", "<br>") + "</p>")
            plain.append(_plain(block))
    return DemoMessage(name, (to.address,), subject, "\n".join(marked), "\n\n".join(plain) + "\n", files)


def _plain(marked: str) -> str:
    def link(found: re.Match[str]) -> str:
        url, label = found.groups()
        return url if label in url else f"{label} ({url})"

    return html.unescape(_TAG.sub("", _LINK.sub(link, marked)))


def _link(path: str, label: str = "") -> str:
    return f'<a href="{_SITE}/{path}">{label or _SITE.removeprefix("https://") + "/" + path}</a>'


_REGARDS = f"Best regards,\n{USER.display_name}"


def _quote(start: date) -> DemoMessage:
    until = _day(start + timedelta(days=11))
    document = pdf(
        "Quote 4410.pdf",
        "Quote 4410: depot Gothenburg, revised",
        (
            f"To: {KARIN.address.display_name}, {KARIN.company}",
            f"From: {USER.display_name}, {USER_COMPANY}",
            f"Holds until {until}. Work can start on {_day(start)}.",
        ),
        (
            ("Dock levellers, 2 pieces", "EUR 19,600"),
            ("Door seals, 2 pieces", "EUR 4,150"),
            ("Traffic lights and bay control", "EUR 7,900"),
            ("Installation, 6 days", "EUR 10,750"),
            ("Winter tyres for the yard trucks", "included"),
            ("Third loading bay", "taken out"),
            ("Total without VAT", "EUR 42,400"),
        ),
    )
    return _message(
        "quote",
        KARIN,
        "Revised quote for the Gothenburg depot",
        (
            "Hi Karin,",
            "Thank you for the call this morning. As promised, here is the revised quote for the Gothenburg depot, with "
            "the third loading bay taken out.",
            "Three things to know:",
            [
                f"The price holds until <b>{until}</b>.",
                f"Work can start on {_day(start)}.",
                "Winter tyres for the yard trucks are included.",
            ],
            f"You can see the plan and sign here: {_link('quote-4410')}",
            _REGARDS,
        ),
        (document, depot_plan("Depot plan.png")),
    )


def _invitation(when: date) -> DemoMessage:
    return _message(
        "invitation",
        PIOTR,
        "Invitation: roadmap briefing for depot partners",
        (
            "Dear Piotr,",
            f"On <b>{_day(when)} at 10:00</b> we show our partners what comes next year: the battery-driven levellers, "
            "the new bay control, and the service plan for older doors. It takes an hour, and there is time for questions.",
            f"Agenda and seats: {_link('briefing')}",
            _REGARDS,
        ),
    )


def _windows(start: date) -> DemoMessage:
    week = start.isocalendar().week
    rows = [("Day", "Gate", "From", "To", "Trucks")]
    for i, (gate, first, last, trucks) in enumerate(
        (
            ("A", "06:00", "08:30", "4"),
            ("A", "06:00", "09:00", "5"),
            ("B", "07:30", "10:00", "3"),
            ("A", "06:00", "08:30", "4"),
        )
    ):
        rows.append((_day(start + timedelta(days=i)), gate, first, last, trucks))
    return _message(
        "windows",
        MAREK,
        f"Delivery windows in week {week}",
        (
            "Hello Marek,",
            f"attached are the windows that the yard can give you in week {week}, day by day. On {_DAYS[2]} gate A is "
            "closed for the new lights, so that day everything goes through gate B.",
            "Does this fit your tours? If two trucks have to arrive at the same time, tell me which goes first, and I "
            "will keep a second bay free.",
            _REGARDS,
        ),
        (table(f"Delivery windows week {week}.csv", rows),),
    )


def _contract(start: date) -> DemoMessage:
    document = pdf(
        "Contract draft 2.pdf",
        "Service contract, second reading",
        (
            f"Between {SOFIE.company} and {USER_COMPANY}.",
            "Changed since the first reading:",
            "4.2 Response time on weekdays: four hours instead of eight.",
            "7.1 Liability: limited to the yearly fee, except for injury to persons.",
            "9.3 Notice: three months, for the first time after one year.",
        ),
    )
    return _message(
        "contract",
        SOFIE,
        "Contract draft, second reading",
        (
            "Dear Sofie,",
            "here is the draft with your three changes worked in. Sections <b>4.2</b>, <b>7.1</b> and <b>9.3</b> are new; "
            "everything else is as you saw it.",
            f"To compare both versions side by side: {_link('contracts/baelthavn-2', 'comparison of the two drafts')}.",
            f"If you can let me know before {_day(start + timedelta(days=3))}, we keep the date for the signing.",
            _REGARDS,
        ),
        (document,),
    )


def _pilot(visit: date) -> DemoMessage:
    return _message(
        "pilot",
        INGRID,
        "Thank you for Tuesday, and next steps for the pilot in Trondheim",
        (
            "Hi Ingrid,",
            "Thank you for showing us round the terminal. We came home with a clear picture, and with salt in our shoes.",
            "What happens next:",
            [
                "We measure bay 2 and bay 5 once more when the quay is free.",
                f"Our fitter can be with you on <b>{_day(visit)}</b>.",
                "The pilot runs for six weeks, and you pay nothing until you decide to keep it.",
            ],
            f"The plan with all dates: {_link('pilot/trondheim')}",
            _REGARDS,
        ),
    )


def _replies(start: date) -> dict[str, Reply]:
    terms = pdf(
        f"Delivery terms {start.year}.pdf",
        f"Delivery terms {start.year}",
        (
            f"{KARIN.company}, depot Gothenburg",
            "Goods are received on weekdays from 06:00 to 14:30, gate A.",
            "Deliveries over 2.6 m in height: by arrangement, at gate C.",
            "Invoices with order number, payable within 30 days.",
        ),
    )
    later = _day(start + timedelta(days=7))
    return {
        "quote": Reply(
            f"Hi Jonas,\n\nthis works for us. Could you move the start to {later}? Then I can have the purchase order "
            "signed on Friday.\n\nI attach our delivery terms.",
            (terms,),
        ),
        "windows": Reply(
            "Hello Jonas,\n\nthank you, this fits. Only the second day is tight: our truck from Wrocław is there at "
            "08:45 at the earliest. Can we have gate A until 09:30 that day?\n\nThe trailer from Legnica goes first."
        ),
    }
