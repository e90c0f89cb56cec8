"""What a check of a tracking host goes through, and what became of each step. Used by the check, the command line and the
screen that shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit


class HostCheck(Enum):
    """In the order in which they are made."""

    NAME = "name"
    TLS = "tls"
    HEALTH = "health"
    VERSION = "version"
    CLOCK = "clock"
    REACH = "reach"
    PICTURE = "picture"
    LINK = "link"
    CACHING = "caching"
    CLIENT_ADDRESS = "client_address"


class StepState(Enum):
    """`WARNING`: it works, and not as it should. `SKIPPED`: it could not be tried, because of a step before, or it
    need not be, as `detail` says then."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class HostStep:
    """One step that is done. `detail` says what was found, `advice` what to do where it is not well; both are sentences for
    a person, or empty."""

    check: HostCheck
    state: StepState
    detail: str = ""
    advice: str = ""


NO_ADDRESS = (
    "This is no address of a tracking server. It begins with https://, a host name follows, perhaps a port, and there is no ? "
    "or # in it."
)
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(?:/[^\s?#\"<>]*)?")


def is_host_address(text: str) -> bool:
    """Whether tracked links can begin with it: http or https, a host, perhaps a port and a path."""
    try:
        parts = urlsplit(text)
        return bool(_ADDRESS.fullmatch(text) and parts.hostname) and parts.port != 0
    except ValueError:  # a port beyond 65535, brackets around no address
        return False


# What each step is called, as a question that it answers.
TITLES: dict[HostCheck, str] = {
    HostCheck.NAME: "The name is known",
    HostCheck.TLS: "The connection is encrypted, with a valid certificate",
    HostCheck.HEALTH: "Your tracking server answers",
    HostCheck.VERSION: "Its version fits this program",
    HostCheck.CLOCK: "Its clock is right",
    HostCheck.REACH: "Recipients can reach it",
    HostCheck.PICTURE: "The picture in tracked mail is answered",
    HostCheck.LINK: "A tracked link leads on",
    HostCheck.CACHING: "Nothing on the way keeps answers",
    HostCheck.CLIENT_ADDRESS: "Addresses of readers are passed on",
}
