"""Who takes part in the demo, and with which mail programs. Used by `story`."""

from __future__ import annotations

from app.demo.scenes import Action, Person, Reply, Step
from app.domain.addresses import Address

USER = Address("jonas@example.org", "Jonas Ahl")
USER_COMPANY = "Northlight Depot Systems"

_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101"


def _habit(address: str, *actions: Action) -> tuple[Step, ...]:
    """Opens after two seconds, the rest follows at the pace of someone who reads."""
    return tuple(Step(address, action, "", 2.0 + i) for i, action in enumerate(actions))


def _person(
    name: str,
    addr_spec: str,
    title: str,
    company: str,
    phone: str,
    *,
    language: str,
    agents: tuple[str, str],
    loopback: str,
    writes_html: bool,
    habit: tuple[Action, ...],
    small_talk: str,
    has_mailbox: bool = True,
) -> Person:
    return Person(
        address=Address(addr_spec, name),
        title=title,
        company=company,
        phone=phone,
        language=language,
        mail_agent=agents[0],
        browser=agents[1],
        loopback=loopback,
        writes_html=writes_html,
        habit=_habit(addr_spec, *habit),
        small_talk=Reply(small_talk),
        has_mailbox=has_mailbox,
    )


KARIN = _person(
    "Karin Lindqvist",
    "karin.lindqvist@example.com",
    "Head of logistics",
    "Västhamnen Cargo AB",
    "+46 31 555 01 42",
    language="sv",
    agents=(_MAC, f"{_MAC} Version/18.1 Safari/605.1.15"),
    loopback="127.0.0.21",
    writes_html=True,
    habit=(Action.OPEN, Action.CLICK, Action.REPLY),
    small_talk="Hi Jonas,\n\nthank you, I have read it. I will talk to the yard this afternoon and come back to you "
    "tomorrow before ten.",
)
MAREK = _person(
    "Marek Wójcik",
    "marek.wojcik@example.net",
    "Transport planner",
    "Odra Spedycja sp. z o.o.",
    "+48 71 555 01 18",
    language="pl",
    agents=(f"{_LINUX} Thunderbird/128.5.0", f"{_LINUX} Firefox/128.0"),
    loopback="127.0.0.22",
    writes_html=False,
    habit=(Action.OPEN, Action.REPLY),
    small_talk="Hello Jonas,\n\nreceived, thank you. Our drivers start at six, so I will have an answer for you early "
    "tomorrow morning.",
)
SOFIE = _person(
    "Sofie Holm Rasmussen",
    "sofie.rasmussen@example.com",
    "Legal counsel",
    "Bælthavn A/S",
    "+45 33 55 01 27",
    language="da",
    agents=(f"{_WINDOWS} Chrome/131.0.0.0 Safari/537.36", f"{_WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"),
    loopback="127.0.0.23",
    writes_html=True,
    habit=(Action.OPEN, Action.CLICK),
    small_talk="Dear Jonas,\n\nthank you. I will go through it with our insurers and write on Thursday.",
)
INGRID = _person(
    "Ingrid Solberg",
    "ingrid.solberg@example.net",
    "Operations manager",
    "Fjordterminal AS",
    "+47 73 55 01 09",
    language="nb",
    agents=(f"{_MAC} Version/17.6 Safari/605.1.15", f"{_MAC} Version/17.6 Safari/605.1.15"),
    loopback="127.0.0.24",
    writes_html=False,
    habit=(Action.CLICK, Action.REPLY),
    small_talk="Hi Jonas,\n\nlooks good from here. Let us take the rest on the phone on Friday.",
)
PIOTR = _person(
    "Piotr Nowak",
    "p.nowak@example.org",
    "Fleet manager",
    "Odra Spedycja sp. z o.o.",
    "+48 71 555 01 20",
    language="pl",
    agents=("", ""),
    loopback="127.0.0.25",
    writes_html=False,
    habit=(),
    small_talk="",
    has_mailbox=False,
)
PEOPLE = (KARIN, MAREK, SOFIE, INGRID, PIOTR)
