"""What the faults of a network mean for an inbox that has been read before: its settings have worked, so nobody is sent to
change them. Used by `problems`."""

from __future__ import annotations

from app.domain.problems import ProblemCode

C = ProblemCode
CHANGED_SINCE = "It worked before: the password may have been changed since."
_LEAVE = "Its settings have worked before: leave them as they are."
_STAYS = f"{_LEAVE} If it stays so, ask whoever runs the server."
_NETWORK = f"{_LEAVE} If it stays so, try another network, or ask whoever runs the server."

# (title, cause, remedy)
OUTAGES: dict[ProblemCode, tuple[str, str, str]] = {
    C.HOST_NOT_FOUND: (
        "{host} cannot be found just now",
        "This computer is offline, or its network does not find the server’s name.",
        f"Check that this computer is online. {_LEAVE}",
    ),
    C.CONNECTION_REFUSED: (
        "{host} takes no connections just now",
        "The computer is there, but its mail service is not running.",
        _STAYS,
    ),
    C.CONNECT_TIMEOUT: (
        "{host} does not answer just now",
        "The server is down, or this network keeps connections to it away.",
        _NETWORK,
    ),
    C.NOT_A_MAIL_SERVER: (
        "Something else answers in the place of {host}",
        "The network may want a sign-in of its own, as in hotels and trains, or the server is being worked on. The password "
        "was not sent.",
        _NETWORK,
    ),
    C.TLS_NOT_OFFERED: (
        "{host} offers no encryption just now",
        "Something on the way may be interfering, or the server is being worked on. The password was not sent.",
        _NETWORK,
    ),
    C.TLS_FROM_START: (
        "{host} answers otherwise than before",
        "The server was changed, or something on the way answers in its place. The password was not sent.",
        _NETWORK,
    ),
    C.TLS_FAILED: (
        "No secure connection with {host} just now",
        "The server is being worked on, or something on the way is interfering. The password was not sent.",
        _NETWORK,
    ),
}
del C
