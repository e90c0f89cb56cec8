"""What makes an explanation more exact: the certificate that was shown, the words of well-known servers, the host's
name. Used by `problems`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.problems import CertificateFacts, Problem, ProblemCode


@dataclass(frozen=True)
class Hint:
    """What is empty stays as the table of `problems` has it."""

    title: str = ""
    cause: str = ""
    remedy: str = ""


_NOTHING = Hint()
C = ProblemCode

# (a part of the host's name or the server's words, the provider, where an app password is made)
_APP_PASSWORDS: tuple[tuple[str, str, str], ...] = (
    ("gsmtp", "Google", "https://myaccount.google.com/apppasswords"),
    ("gmail", "Google", "https://myaccount.google.com/apppasswords"),
    ("google", "Google", "https://myaccount.google.com/apppasswords"),
    ("yahoo", "Yahoo", "https://login.yahoo.com/account/security"),
    ("aol.com", "AOL", "https://login.aol.com/account/security"),
    ("icloud", "Apple", "https://account.apple.com"),
    ("mail.me.com", "Apple", "https://account.apple.com"),
    ("fastmail", "Fastmail", "https://app.fastmail.com/settings/security"),
    ("zoho", "Zoho", "https://accounts.zoho.com"),
)
_MICROSOFT = ("outlook.com", "office365.com", "hotmail.com", "5.7.139", "5.7.30", "basicauthblocked")


_WRONG_PLACE = {C.CONNECTION_REFUSED, C.TLS_FAILED, C.TLS_NOT_OFFERED}


def hint_for(problem: Problem) -> Hint:
    """By the problem's code; a Hint without words where there is nothing to add."""
    if problem.certificate is not None:
        return _certificate(problem, problem.certificate)
    if problem.port == 443 and problem.code in _WRONG_PLACE:
        return Hint(remedy="Check the Exchange URL. Whoever runs the server knows it; the webmail’s address will do.")
    if problem.code in (C.TLS_FAILED, C.NOT_A_MAIL_SERVER):
        return _other_protocol(problem)
    if problem.code in (C.WRONG_CREDENTIALS, C.APP_PASSWORD_NEEDED, C.LOGIN_DISABLED):
        return _sign_in(problem)
    if problem.retry_after:
        minutes = max(1, round(problem.retry_after / 60))
        when = "in a minute" if minutes == 1 else f"in {minutes} minutes"
        return Hint(remedy=f"It goes on by itself {when}, as the server asks.")
    return _NOTHING


def app_password_page(problem: Problem) -> tuple[str, str] | None:
    """(provider, address of the page) where an app password is made, when the provider is known."""
    said = f"{problem.server_says} {problem.host}".lower()
    return next(((name, page) for part, name, page in _APP_PASSWORDS if part in said), None)


def _sign_in(problem: Problem) -> Hint:
    said = f"{problem.server_says} {problem.host}".lower()
    if "authenticated but not connected" in said:
        return Hint(
            title="IMAP is switched off for this mailbox",
            cause="Microsoft knows you, but the mailbox takes no mail programs, or it is not the one you signed in for.",
            remedy="Ask the administrator to allow IMAP for the mailbox. A shared mailbox cannot be connected.",
        )
    if "schemes bearer" in said or "xoauth2 is not offered" in said:  # signed in by a token: no password would help
        return Hint(
            cause="The sign-in in the browser went well, but the mail server does not take what came of it.",
            remedy="Sign in again. When it stays so, see that IMAP is switched on for the account.",
        )
    if any(part in said for part in _MICROSOFT):
        return Hint(
            cause="Microsoft, or the organisation’s administrator, has switched off sign-in by password.",
            remedy="Have authenticated SMTP and IMAP allowed for this mailbox, where the organisation still can.",
        )
    if problem.code is C.LOGIN_DISABLED:
        if "imap" in said and ("enable" in said or "disabled" in said):
            return Hint(
                title="IMAP is switched off for this account",
                cause="The provider lets mail programs in only after IMAP was switched on.",
                remedy="Switch IMAP on in the settings of your provider’s webmail, then try again.",
            )
        return _NOTHING
    known = app_password_page(problem)
    if known:
        provider, page = known
        return Hint(
            cause=f"{provider} takes no ordinary password from mail programs, only an app password.",
            remedy=f"Create an app password at {provider} ({page}), name it Hitchpost, and enter it here.",
        )
    return _NOTHING


# (how the answer begins, in capitals, what it is)
_PROTOCOLS: tuple[tuple[str, str], ...] = (
    ("HTTP/", "A web server listens there."),
    ("+OK", "A POP3 server listens there. Hitchpost needs IMAP, because mail has to stay on the server."),
    ("SSH-", "A server for remote sign-in (SSH) listens there."),
    ("* ", "A server for incoming mail (IMAP) listens there, not one for outgoing mail."),
    ("220", "A server for outgoing mail or files listens there, not one for incoming mail."),
)


def _other_protocol(problem: Problem) -> Hint:
    says = problem.server_says.upper()
    if problem.code is C.TLS_FAILED:
        if says.startswith(("* OK", "220")):  # a mail server's greeting, in the clear
            return Hint(
                cause=f"On port {problem.port} the server starts without TLS and changes to it on request (STARTTLS).",
                remedy="Choose STARTTLS for this port, or TLS with port 993 (IMAP) or 465 (SMTP).",
            )
        if "BEFORE TLS" in says:
            return Hint(
                cause="Somebody on the way added to what the server said. The password was not sent.",
                remedy="Choose TLS with port 993 (IMAP) or 465 (SMTP), or try another network.",
            )
        return _NOTHING
    for begin, what in _PROTOCOLS:
        if says.startswith(begin):
            return Hint(cause=what)
    return _NOTHING


def _certificate(problem: Problem, facts: CertificateFacts) -> Hint:
    if problem.code is C.CERTIFICATE_EXPIRED:
        return Hint(
            cause=f"It was valid until {_day(facts.not_after)}. Its owner did not renew it in time, or this "
            "computer’s clock is wrong."
        )
    if problem.code is C.CERTIFICATE_NOT_YET_VALID:
        return Hint(cause=f"It is valid from {_day(facts.not_before)} on. Most often this computer’s clock is wrong.")
    if problem.code is C.CERTIFICATE_NAME_MISMATCH and facts.names:
        listed = ", ".join(facts.names[:4]) + (" and others" if len(facts.names) > 4 else "")
        wildcard = any(name.startswith("*") for name in facts.names)
        remedy = "" if wildcard else f"Use {facts.names[0]} as the server’s name, or ask whoever runs the server."
        return Hint(cause=f"The server’s certificate is for {listed}.", remedy=remedy)
    if problem.code is C.CERTIFICATE_UNTRUSTED:
        by = "itself" if facts.issuer == facts.subject else facts.issuer
        return Hint(
            cause=f"Its certificate was issued by {by}, which this computer does not trust. Its SHA-256 fingerprint is "
            f"{fingerprint(facts.sha256)}."
        )
    if problem.code is C.CERTIFICATE_CHANGED:
        return Hint(
            cause="The server has a new certificate, or somebody else answers in its place. The password was not sent. "
            f"The new SHA-256 fingerprint is {fingerprint(facts.sha256)}."
        )
    return _NOTHING


def fingerprint(sha256: str) -> str:
    """As people compare it: ``AB:CD:…``."""
    return ":".join(sha256[i : i + 2] for i in range(0, len(sha256), 2)).upper()


def _day(iso: str) -> str:
    try:
        day = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
