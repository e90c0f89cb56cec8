"""What became of one recipient's copy, and what a server's reply to each command means. Used by this room and services."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from app.backends.wire import Wire
from app.domain.problems import Problem, ProblemCode


@dataclass(frozen=True)
class Accepted:
    """The server has taken responsibility (RFC 5321 6.1). `reply`: its text, which often holds its own queue id."""

    reply: str


@dataclass(frozen=True)
class Refused:
    """For good: the same message to the same person will be refused again."""

    problem: Problem


@dataclass(frozen=True)
class Deferred:
    """Not sent for certain; another try may get through."""

    problem: Problem


@dataclass(frozen=True)
class Unknown:
    """The message, or part of it, was under way when the connection ended: it went out or it did not. Never sent again
    before somebody looked. `problem.code` is OUTCOME_UNKNOWN."""

    problem: Problem


SmtpOutcome = Accepted | Refused | Deferred | Unknown


class Stage(Enum):
    """The command that a reply answers."""

    AUTH = "auth"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MESSAGE = "message"


_REFUSED = {
    Stage.AUTH: ProblemCode.WRONG_CREDENTIALS,
    Stage.SENDER: ProblemCode.SENDER_REFUSED,
    Stage.RECIPIENT: ProblemCode.RECIPIENT_REFUSED,
    Stage.MESSAGE: ProblemCode.MESSAGE_REFUSED,
}

_BY_WORDS = (
    (
        re.compile(r"application-specific password|app(lication)? password|5\.7\.9\b.*password", re.I),
        ProblemCode.APP_PASSWORD_NEEDED,
    ),
    # Microsoft 365 where password sign-in is switched off
    (re.compile(r"\b5\.7\.139\b|\b5\.7\.30\b|smtpclientauthentication is disabled|basic authentication (is )?(not|dis)",
                re.I), ProblemCode.LOGIN_DISABLED),
    (re.compile(r"\b[45]\.4\.5\b|(daily|hourly) (user )?(sending|message|recipient) (limit|quota)|sending (limit|quota)|"
                r"submission ?quota|\b5\.7\.(705|232|233)\b|\b5\.2\.122\b|sendlimit|recipient rate limit|"
                r"(too many|limit on the number of|maximum number of) .{0,20}(recipients|messages) .{0,20}(day|24|hour)",
                re.I), ProblemCode.SEND_LIMIT),
    (re.compile(r"too many (concurrent|simultaneous)? ?connections|concurrent connections limit", re.I),
     ProblemCode.TOO_MANY_CONNECTIONS),
    (re.compile(r"throttl|too many (login attempts|messages)|rate limit|\b4\.7\.28\b", re.I), ProblemCode.THROTTLED),
    (re.compile(r"\b[45]\.2\.2\b|over ?quota|mailbox (is )?full", re.I), ProblemCode.QUOTA_EXCEEDED),
    (re.compile(r"\b5\.(3\.4|2\.3)\b|message (is )?too (big|large)|size (limit )?exceed|exceeds .{0,40}size", re.I),
     ProblemCode.MESSAGE_TOO_LARGE),
)  # fmt: skip

_LIMIT_AGAIN = 3600.0  # seconds; limits are lifted by and by, within 24 hours

# only a refused sign-in can mean these
_SIGN_IN_ONLY = {ProblemCode.APP_PASSWORD_NEEDED, ProblemCode.LOGIN_DISABLED}


def reply_code(stage: Stage, code: int, says: str) -> ProblemCode:
    """The problem behind a reply of the 4xx or 5xx kind (RFC 5321 4.2.1, enhanced codes of RFC 3463)."""
    for words, problem in _BY_WORDS:
        if words.search(says) and (stage is Stage.AUTH or problem not in _SIGN_IN_ONLY):
            return problem
    if stage is Stage.AUTH:
        if code < 400:
            return ProblemCode.PROTOCOL_ERROR  # neither yes nor no: the server is out of step
        if code in (500, 502, 503, 504, 530, 538):
            return ProblemCode.LOGIN_DISABLED  # AUTH, or this kind of it, is not for us
        if 400 <= code < 500:
            return ProblemCode.SERVER_BUSY if code == 421 else ProblemCode.AUTH_UNAVAILABLE
    if code == 552 and stage is not Stage.RECIPIENT:
        return ProblemCode.MESSAGE_TOO_LARGE
    return ProblemCode.SERVER_BUSY if 400 <= code < 500 else _REFUSED[stage]


def reply_problem(wire: Wire, stage: Stage, code: int, says: bytes) -> Problem:
    """`says` goes into the problem after it has been cleaned."""
    text = wire.redactor.clean(says)
    problem = wire.fault(reply_code(stage, code, text), text).problem
    return replace(problem, smtp_code=code)


def read_outcome(wire: Wire, stage: Stage, code: int, says: bytes) -> Refused | Deferred:
    """The outcome that a refusing reply means. What is no reply at all, before the message was sent, is Deferred."""
    if 400 <= code < 600:
        problem = reply_problem(wire, stage, code, says)
        if problem.code is ProblemCode.SEND_LIMIT:  # it passes, whatever its class, and the message is all right
            return Deferred(replace(problem, retry_after=max(problem.retry_after or 0.0, _LIMIT_AGAIN)))
        return Refused(problem) if code >= 500 else Deferred(problem)
    return Deferred(replace(wire.fault(ProblemCode.PROTOCOL_ERROR, says).problem, smtp_code=max(code, 0)))
