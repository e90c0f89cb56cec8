"""What makes an explanation more exact beside the table of `troubleshooting`: the certificate that was shown, the kind of
server that answered, the mail service behind the host, the time that a server names. Used by `problems`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.words.days import MONTHS
from app.words.mail_services import service_at


@dataclass(frozen=True)
class Hint:
    """What is empty stays as the table of `problems` has it."""

    title: str = ""
    cause: str = ""
    remedy: str = ""

    def __bool__(self) -> bool:
        return bool(self.title or self.cause or self.remedy)


_NOTHING = Hint()
C = ProblemCode

_SIGN_IN = {C.WRONG_CREDENTIALS, C.APP_PASSWORD_NEEDED, C.LOGIN_DISABLED}
_WRONG_PLACE = {C.CONNECTION_REFUSED, C.TLS_FAILED, C.TLS_NOT_OFFERED, C.TLS_FROM_START}


def hint_for(problem: Problem) -> Hint:
    """What the certificate, the port or the greeting of another kind of server tell; a Hint without words where there is
    nothing to add."""
    if problem.certificate is not None:
        return _certificate(problem, problem.certificate)
    if problem.port == 443 and problem.code in _WRONG_PLACE:
        return Hint(remedy="Check the Exchange URL. Whoever runs the server knows it; the webmail’s address will do.")
    if problem.code in (C.TLS_FAILED, C.NOT_A_MAIL_SERVER):
        return _other_protocol(problem)
    return _NOTHING


def waiting_hint(problem: Problem) -> Hint:
    """When it goes on, where the server gave a time."""
    if not problem.retry_after:
        return _NOTHING
    minutes = max(1, round(problem.retry_after / 60))
    when = "in a minute" if minutes == 1 else f"in {minutes} minutes"
    return Hint(remedy=f"It goes on by itself {when}, as the server asks.")


def sign_in_hint(problem: Problem) -> Hint:
    """For a refused sign-in, by what is known of the service behind the host."""
    service = service_at(problem.host)
    if service is None or problem.code not in _SIGN_IN:
        return _NOTHING
    if service.no_passwords:
        return Hint(
            cause=f"{service.name} takes no passwords from mail programs.",
            remedy="Connect the inbox as Outlook instead: you sign in at Microsoft, and Hitchpost never sees the password.",
        )
    imap_off = problem.code is C.LOGIN_DISABLED and "imap" in problem.server_says.lower()
    if service.switch_on_page and (imap_off or not service.app_password_page):
        return Hint(
            cause=f"{service.name} lets mail programs in only after IMAP was switched on, or the password is not right.",
            remedy=f"Switch IMAP on in the settings of {service.name} ({service.switch_on_page}), then type the password "
            "again.",
        )
    if service.app_password_page and problem.code is not C.LOGIN_DISABLED:
        only = "takes no ordinary password from mail programs, only an app password"
        some = "takes an app password where the account has two-step verification"
        return Hint(
            cause=f"{service.name} {only if service.app_password_always else some}.",
            remedy=f"Create an app password at {service.name} ({service.app_password_page}), name it Hitchpost, and enter "
            "it here.",
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
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
