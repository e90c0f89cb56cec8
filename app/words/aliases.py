"""Why the addresses that an inbox may send as could not be read, for people. Used by the command line and the façade."""

from __future__ import annotations

from app.domain.problems import Problem, ProblemCode
from app.words.problems import explain

_API_OFF = ("accessnotconfigured", "service_disabled")


def why_no_aliases(problem: Problem) -> str:
    """Two sentences: what is the matter, and what to do."""
    says = problem.server_says.casefold()
    if any(word in says for word in _API_OFF):
        return (
            "Google lets no list of aliases out, because the Gmail API is not switched on for the client ID that Hitchpost "
            "signs in with. Whoever registered it switches it on at https://console.cloud.google.com/apis/library."
        )
    if problem.code is ProblemCode.PERMISSION_MISSING:
        return (
            "Google does not let this sign-in read the list of aliases. Sign in again and allow what is asked for; in an "
            "organisation, ask the administrator."
        )
    words = explain(problem)
    return f"{words.title.rstrip('.')}. {words.remedy}".strip()
