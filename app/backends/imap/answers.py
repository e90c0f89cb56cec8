"""What a server means by NO, BAD and BYE: response codes (RFC 5530) and the words of well-known services."""

from __future__ import annotations

import re

from app.domain.problems import ProblemCode

_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)[^\]]*\]")

_BY_CODE = {
    "AUTHENTICATIONFAILED": ProblemCode.WRONG_CREDENTIALS,
    "AUTHORIZATIONFAILED": ProblemCode.WRONG_CREDENTIALS,
    "EXPIRED": ProblemCode.WRONG_CREDENTIALS,
    "PRIVACYREQUIRED": ProblemCode.LOGIN_DISABLED,
    "CONTACTADMIN": ProblemCode.LOGIN_DISABLED,
    "WEBALERT": ProblemCode.LOGIN_DISABLED,  # Gmail: sign in by browser first
    "UNAVAILABLE": ProblemCode.AUTH_UNAVAILABLE,
    "INUSE": ProblemCode.SERVER_BUSY,
    "SERVERBUG": ProblemCode.SERVER_BUSY,
    "LIMIT": ProblemCode.TOO_MANY_CONNECTIONS,
    "THROTTLED": ProblemCode.THROTTLED,
    "OVERQUOTA": ProblemCode.QUOTA_EXCEEDED,
    "NONEXISTENT": ProblemCode.FOLDER_MISSING,
    "TRYCREATE": ProblemCode.FOLDER_MISSING,
    "TOOBIG": ProblemCode.MESSAGE_TOO_LARGE,
}

# Words before codes: Gmail says [ALERT], Yahoo [AUTHENTICATIONFAILED] where an app password is missing.
_BY_WORDS = (
    (re.compile(r"app(lication)?[- ]?(specific)?[- ]password|app password", re.I), ProblemCode.APP_PASSWORD_NEEDED),
    # switched off by an administrator (Microsoft 365, Google Workspace), before what its owner can switch on
    (
        re.compile(r"authenticated but not connected|(disabled|not enabled) for your (domain|organi[sz]ation)", re.I),
        ProblemCode.PERMISSION_MISSING,
    ),
    (re.compile(r"not enabled for imap|imap (access )?(is )?disabled|enable imap", re.I), ProblemCode.LOGIN_DISABLED),
    (re.compile(r"basicauthblocked|basic auth\w* is (disabled|blocked)", re.I), ProblemCode.LOGIN_DISABLED),
    (
        re.compile(r"too many (simultaneous )?connections|maximum number of connections", re.I),
        ProblemCode.TOO_MANY_CONNECTIONS,
    ),
    (re.compile(r"throttl|suggested backoff|exceeded (command|bandwidth) limits", re.I), ProblemCode.THROTTLED),
    (re.compile(r"mailbox (does not|doesn't) exist|no such (mailbox|folder)", re.I), ProblemCode.FOLDER_MISSING),
    (re.compile(r"over ?quota|quota exceeded", re.I), ProblemCode.QUOTA_EXCEEDED),
)

# Exchange: "Request is throttled. Suggested Backoff Time: 299826 milliseconds"
_BACKOFF = re.compile(r"backoff time\D{0,20}(\d{1,9})\s*(milliseconds|ms|seconds)?", re.I)


def refusal_code(says: str, default: ProblemCode) -> ProblemCode:
    """The code for a refusal's text; `default` when it tells nothing."""
    for words, code in _BY_WORDS:
        if words.search(says):
            return code
    for name in _CODE.findall(says):
        known = _BY_CODE.get(name)
        if known is ProblemCode.AUTH_UNAVAILABLE and default is not ProblemCode.WRONG_CREDENTIALS:
            return ProblemCode.SERVER_BUSY  # of another command than the sign-in
        if known:
            return known
    return default


def retry_after(says: str) -> float | None:
    """Seconds that the server asks to wait, at most a day."""
    found = _BACKOFF.search(says)
    if not found:
        return None
    number = float(found.group(1))
    return min(86_400.0, number if (found.group(2) or "").lower() == "seconds" else number / 1000)
