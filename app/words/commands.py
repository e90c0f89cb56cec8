"""What to do about a problem, in commands and their options where the window has buttons and fields. Used by the command
line."""

from __future__ import annotations

from dataclasses import replace

from app.domain.problems import Problem, ProblemCode
from app.words.outages import OUTAGES
from app.words.problems import Explanation, explain

C = ProblemCode
_REMEDIES: dict[ProblemCode, str] = {
    C.CERTIFICATE_UNTRUSTED: "Ask for the authority’s certificate and give it with --ca FILE; or compare the fingerprint with "
    "whoever runs the server, and connect with --pin SHA256 to trust this one.",
    C.CERTIFICATE_CHANGED: "Ask whoever runs the server and compare the fingerprint, then connect the inbox again with --pin "
    "SHA256 to trust the new one.",
    C.NO_SECRET: "Type it again: hitchpost reconnect ADDRESS --password-stdin.",
    C.GRANT_ENDED: "Sign in in the browser again: hitchpost reconnect ADDRESS. Reading goes on from the same place.",
    C.EXCHANGE_NOT_FOUND: "Give the Exchange URL with --url, such as https://mail.example.com/ews/exchange.asmx. The address "
    "of your webmail will do.",
    C.EXCHANGE_ONLINE: "Connect it with hitchpost connect outlook: you sign in at Microsoft, and Hitchpost never sees the "
    "password.",
}
del C
_IN_THE_WINDOW = (
    ("(“Show optional fields”)", "(--username)"),
    ("enter https://", "give --url https://"),
    (" as the Exchange URL.", "."),
    (
        "The limit is “Read at most” in Settings › E-mail.",
        "To change it: hitchpost settings set sync.daily_megabytes N.",
    ),
    ("then choose Reconnect.", "then: hitchpost reconnect ADDRESS."),
)


def explain_by_command(problem: Problem, *, worked: bool = False) -> Explanation:
    """As `explain`."""
    told = explain(problem, worked=worked)
    if problem.code in _REMEDIES and told.remedy == explain(Problem(problem.code, problem.host, problem.port)).remedy:
        return replace(told, remedy=_REMEDIES[problem.code])
    remedy = told.remedy
    if worked and problem.code in OUTAGES:  # in the window the time of the next try stands there
        remedy += " It is tried again by itself."
    for window, command in _IN_THE_WINDOW:
        remedy = remedy.replace(window, command)
    return replace(told, remedy=remedy)
