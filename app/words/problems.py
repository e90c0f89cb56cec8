"""What a Problem means and what to do about it, for people. One entry a code; a test keeps the table complete."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from app.domain.checks import CheckStep
from app.domain.problems import Problem, ProblemCode
from app.words.outages import CHANGED_SINCE, OUTAGES
from app.words.server_hints import hint_for, sign_in_hint, waiting_hint
from app.words.troubleshooting import Row, Who, about_server, row_for


@dataclass(frozen=True)
class Explanation:
    """`title` what happened, `cause` what it means, `remedy` what to do. Full sentences but the title."""

    title: str
    cause: str
    remedy: str


C = ProblemCode
_Text = tuple[str, str, str]
_TABLE: dict[ProblemCode, _Text] = {
    C.HOST_NOT_FOUND: (
        "There is no server called {host}",
        "The name is not known on the internet, or this computer is offline.",
        "Check the spelling of the server’s name, and that this computer is online.",
    ),
    C.CONNECTION_REFUSED: (
        "{host} does not answer on port {port}",
        "The computer is there, but nothing listens on this port.",
        "Check the port: IMAP uses 993 with TLS or 143 with STARTTLS, outgoing mail 465 with TLS or 587 with STARTTLS.",
    ),
    C.CONNECT_TIMEOUT: (
        "{host} does not answer",
        "The server is down, or a firewall keeps connections to port {port} away.",
        "Check the name and the port. In a company network, ask whether port {port} is open.",
    ),
    C.DAILY_LIMIT: (
        "Enough was read of {host} for today",
        "Mail services close a mailbox of which too much is read a day. Reading waits: the limit set here is reached.",
        "It goes on by itself tomorrow (UTC). The limit is “Read at most” in Settings › E-mail.",
    ),
    C.NETWORK_DOWN: (
        "This computer is offline",
        "There is no way to {host}.",
        "Connect to the network. It goes on by itself then.",
    ),
    C.CONNECTION_LOST: (
        "The connection to {host} was lost",
        "The server or the network ended it in the middle.",
        "It is tried again by itself. Nothing is lost.",
    ),
    C.READ_TIMEOUT: (
        "{host} does not answer any more",
        "The connection is there, but nothing comes any more.",
        "It is tried again by itself. When it stays so, the server is overloaded.",
    ),
    C.NOT_A_MAIL_SERVER: (
        "What answers on port {port} of {host} is no mail server",
        "Another service listens there.",
        "Check the port: IMAP uses 993 or 143, outgoing mail 465 or 587.",
    ),
    C.TLS_NOT_OFFERED: (
        "{host} offers no encryption on port {port}",
        "Without encryption the password could be read on the way, so it was not sent.",
        "Choose TLS with port 993 (IMAP) or 465 (SMTP). In a public network somebody may be interfering: try another.",
    ),
    C.TLS_FROM_START: (
        "{host} begins with TLS on port {port}",
        "STARTTLS was chosen, but a server on this port speaks TLS from the first word and has nothing to change to. Nothing "
        "was sent.",
        "Choose TLS for this port, or STARTTLS with port 143 (IMAP) or 587 (outgoing mail).",
    ),
    C.TLS_FAILED: (
        "No secure connection with {host} on port {port}",
        "The server does not speak TLS there, or only a version that is no longer safe.",
        "Choose the other kind of security: TLS goes with ports 993 and 465, STARTTLS with 143 and 587.",
    ),
    C.CERTIFICATE_EXPIRED: (
        "The certificate of {host} has expired",
        "Its owner did not renew it in time, or this computer’s clock is wrong.",
        "Check this computer’s date. Else ask whoever runs the server to renew the certificate.",
    ),
    C.CERTIFICATE_NOT_YET_VALID: (
        "The certificate of {host} is not valid yet",
        "Most often this computer’s clock is wrong.",
        "Set this computer’s date and time, then try again.",
    ),
    C.CERTIFICATE_UNTRUSTED: (
        "Nobody known vouches for {host}",
        "Its certificate was issued by an authority that this computer does not trust, as on many servers of one’s own.",
        "Ask for the authority’s certificate, or compare the fingerprint with whoever runs the server and trust this one.",
    ),
    C.CERTIFICATE_NAME_MISMATCH: (
        "The certificate is for another server than {host}",
        "The server’s certificate carries other names.",
        "Use one of the names in the certificate, or ask whoever runs the server.",
    ),
    C.CERTIFICATE_CHANGED: (
        "The certificate of {host} is not the one you trusted",
        "The server has a new one, or somebody else answers in its place. The password was not sent.",
        "Ask whoever runs the server, compare the fingerprint, then reconnect and trust the new one.",
    ),
    C.WRONG_CREDENTIALS: (
        "{host} does not accept the sign-in",
        "The user name or the password is not right, or the account allows no mail programs.",
        "Type the password again. With two-step verification an app password is needed.",
    ),
    C.APP_PASSWORD_NEEDED: (
        "{host} asks for an app password",
        "The account has two-step verification, so its ordinary password is refused.",
        "Create an app password in the account’s security settings, and enter it here.",
    ),
    C.LOGIN_DISABLED: (
        "{host} offers no way to sign in with a password",
        "The server wants another kind of sign-in.",
        "Ask whoever runs the server to allow sign-in by password, or an app password.",
    ),
    C.AUTH_UNAVAILABLE: (
        "{host} cannot check passwords just now",
        "The trouble is on the server. The password may be right.",
        "It is tried again by itself. Do not change the password.",
    ),
    C.TOO_MANY_CONNECTIONS: (
        "{host} has too many connections of this account",
        "Other mail programs hold them.",
        "It is tried again by itself. Closing other mail programs helps.",
    ),
    C.THROTTLED: (
        "{host} asks to slow down",
        "The account has used much in a short time.",
        "It goes on by itself when the server allows it.",
    ),
    C.SERVER_BUSY: (
        "{host} is busy",
        "The server turns work away for now.",
        "It is tried again by itself.",
    ),
    C.FOLDER_MISSING: (
        "A mail folder is gone",
        "It was renamed or deleted on the server.",
        "The other folders go on. Choose the folder again when it has a new name.",
    ),
    C.PROTOCOL_ERROR: (
        "{host} gave an answer that makes no sense",
        "The server does not keep to the rules, or something between changes what it says.",
        "Try again. When it stays so, send the report to whoever runs the server.",
    ),
    C.ANSWER_TOO_LARGE: (
        "{host} sent more than can be right",
        "An answer had no end.",
        "The message is set aside and the others go on.",
    ),
    C.SENDER_REFUSED: (
        "{host} does not let you send as this address",
        "The account may not use it as a sender.",
        "Send from the account’s own address, or add this one at your provider.",
    ),
    C.SENDER_GONE: (
        "The address that this message was to come from is gone",
        "It is no longer among those that the account may send as. Nothing was sent from another address instead.",
        "Add it at your provider, refresh the aliases, and send again; or write the message from another address.",
    ),
    C.RECIPIENT_REFUSED: (
        "{host} refuses the recipient",
        "The mailbox does not exist, or takes no mail from you.",
        "Check the address for typing mistakes.",
    ),
    C.MESSAGE_REFUSED: (
        "{host} refuses the message",
        "It looks like spam to the server, or breaks a rule of its own.",
        "Read what the server says, change the message, and send it again.",
    ),
    C.MESSAGE_TOO_LARGE: (
        "The message is too large for {host}",
        "The server has a limit on the size of messages.",
        "Take an attachment out, or send a link to it.",
    ),
    C.QUOTA_EXCEEDED: (
        "The mailbox is full",
        "The server takes nothing more in.",
        "Delete or move mail, or ask for more room.",
    ),
    C.OUTCOME_UNKNOWN: (
        "It is not known whether the message went out",
        "The connection ended after the message was handed over and before the server’s answer.",
        "Look whether the recipient has it. It is not sent again by itself, so that nobody gets it twice.",
    ),
    C.SEND_LIMIT: (
        "The provider’s limit for today is reached",
        "So many messages in 24 hours are all that the account may send.",
        "It goes out by itself when the limit allows it.",
    ),
    C.GRANT_ENDED: (
        "{host} asks you to sign in again",
        "The permission that you gave was withdrawn or has run out, or the password was changed.",
        "Reconnect: sign in in the browser again. Reading goes on from the same place.",
    ),
    C.PERMISSION_MISSING: (
        "{host} does not allow what Hitchpost needs",
        "The sign-in works, but reading or sending mail is not permitted for this account or this program.",
        "Ask the administrator of your mail service to allow it (IMAP, sending, or this program), then choose Reconnect.",
    ),
    C.NO_SECRET: (
        "The password is not in the keyring any more",
        "It was deleted there, or the keyring was made anew.",
        "Reconnect the inbox and type the password.",
    ),
    C.SECRETS_LOCKED: (
        "The password cannot be read just now",
        "The keyring is locked or does not answer, or the encrypted file waits for its passphrase.",
        "Unlock it. It is tried again by itself.",
    ),
    C.DISK_FULL: (
        "There is no room left on the disk",
        "Nothing was lost: what did not fit was undone.",
        "Free some space. It goes on by itself.",
    ),
    C.BROKEN_MESSAGE: (
        "A message cannot be read",
        "The server cannot hand it out.",
        "It is set aside and tried again later; the others go on.",
    ),
    C.EXCHANGE_NOT_FOUND: (
        "No Exchange server was found for this address",
        "Neither the address’s domain nor autodiscover.{host} tells where it is.",
        "Enter the Exchange URL, such as https://mail.example.com/ews/exchange.asmx. The address of your webmail will do.",
    ),
    C.EXCHANGE_ELSEWHERE: (
        "The Exchange server is at {host}, outside your address’s domain",
        "The password was not sent there: a forged answer could lead anywhere.",
        "When {host} is known to you, enter https://{host}/ews/exchange.asmx as the Exchange URL.",
    ),
    C.EXCHANGE_ONLINE: (
        "This mailbox is at Microsoft 365",
        "Exchange Online has taken no passwords from programs since October 2022. Yours was not sent.",
        "Connect it as Outlook instead: you sign in at Microsoft, and Hitchpost never sees the password.",
    ),
    C.EXCHANGE_TOO_OLD: (
        "The Exchange server {host} is too old",
        "Hitchpost needs Exchange 2010 SP2 or newer.",
        "Connect the mailbox by IMAP where the server offers it, or ask for the server to be updated.",
    ),
    C.NO_EWS: (
        "There is no Exchange Web Services at this address of {host}",
        "A web server answers, but not as Exchange does.",
        "Check the Exchange URL. It mostly ends in /ews/exchange.asmx, and whoever runs the server knows it.",
    ),
    C.OVERDUE: (
        "The message was not sent at its time",
        "Hitchpost was not running then, and more than a day has gone by since.",
        "It is a draft again, and nobody has got it. Look whether it still fits, and send it.",
    ),
}


_WHO: dict[Who, frozenset[ProblemCode]] = {
    Who.ADMINISTRATOR: frozenset(
        {C.CERTIFICATE_EXPIRED, C.LOGIN_DISABLED, C.PERMISSION_MISSING, C.EXCHANGE_TOO_OLD, C.PROTOCOL_ERROR}
    ),
    Who.ITSELF: frozenset(
        {
            C.CONNECTION_LOST, C.READ_TIMEOUT, C.AUTH_UNAVAILABLE, C.TOO_MANY_CONNECTIONS, C.THROTTLED, C.SERVER_BUSY,
            C.FOLDER_MISSING, C.ANSWER_TOO_LARGE, C.SEND_LIMIT, C.BROKEN_MESSAGE,
        }
    ),
}  # fmt: skip


def who_mends(code: ProblemCode) -> Who:
    """You, where nobody else is named."""
    return next((who for who, codes in _WHO.items() if code in codes), Who.YOU)


# What a server said can make these more exact; the others are found out here.
_BY_SERVER = frozenset(
    {
        C.PROTOCOL_ERROR, C.TLS_FAILED, C.WRONG_CREDENTIALS, C.APP_PASSWORD_NEEDED, C.LOGIN_DISABLED, C.AUTH_UNAVAILABLE,
        C.TOO_MANY_CONNECTIONS, C.THROTTLED, C.SERVER_BUSY, C.SENDER_REFUSED, C.RECIPIENT_REFUSED, C.MESSAGE_REFUSED,
        C.MESSAGE_TOO_LARGE, C.QUOTA_EXCEEDED, C.SEND_LIMIT, C.GRANT_ENDED, C.PERMISSION_MISSING, C.NO_EWS,
    }
)  # fmt: skip


_WEB_STATUS = re.compile(r"\d{3}(, offers .*)?")  # as the Exchange backend tells it


def explain(problem: Problem, *, worked: bool = False) -> Explanation:
    """For every problem there is one. The most exact is taken: what the certificate or the answer of another kind of
    server shows, then words that only one provider says, then what is known of the provider behind the host, then words
    that any server says, then the problem's code. `worked`: of an inbox that was read before with these settings."""
    if worked and problem.code in OUTAGES:
        return _told(problem, *(_filled(text, problem) for text in OUTAGES[problem.code]))
    told = _explained(problem)
    if worked and problem.code is ProblemCode.WRONG_CREDENTIALS:
        return replace(told, cause=f"{CHANGED_SINCE} {told.cause}")
    return told


def _explained(problem: Problem) -> Explanation:
    title, cause, remedy = (_filled(text, problem) for text in _TABLE[problem.code])
    hint = hint_for(problem)
    if not hint:
        row = row_of(problem)
        if row is None or row.general:
            hint = sign_in_hint(problem)
        if row is not None and not hint:
            return _told(problem, *row.words(problem.host))
    return _told(problem, hint.title or title, hint.cause or cause, hint.remedy or remedy)


def _filled(text: str, problem: Problem) -> str:
    port = f"port {problem.port}" if problem.port else "this port"
    return about_server(text.replace("port {port}", port), problem.host)


def _told(problem: Problem, title: str, cause: str, remedy: str) -> Explanation:
    if not title.startswith(problem.host) or not problem.host:  # a host's name is written as it is
        title = title[:1].upper() + title[1:]
    return Explanation(title, cause, waiting_hint(problem).remedy or remedy)


def row_of(problem: Problem) -> Row | None:
    """The row of the table of troubleshooting that explains what the server said, where one does."""
    if problem.code not in _BY_SERVER or not problem.server_says:
        return None
    port = 443 if _WEB_STATUS.fullmatch(problem.server_says) else problem.port  # wherever it listens
    return row_for(problem.server_says, problem.host, port, problem.smtp_code)


_STEPS: dict[CheckStep, str] = {
    CheckStep.IMAP_CONNECT: "Reach {host}",
    CheckStep.IMAP_TLS: "Secure the connection",
    CheckStep.IMAP_LOGIN: "Sign in to incoming mail",
    CheckStep.SMTP_CONNECT: "Reach {host}",
    CheckStep.SMTP_TLS: "Secure the connection",
    CheckStep.SMTP_LOGIN: "Sign in to outgoing mail",
    CheckStep.EWS_DISCOVER: "Find the Exchange server",
    CheckStep.EWS_CONNECT: "Reach {host}",
    CheckStep.EWS_TLS: "Secure the connection",
    CheckStep.EWS_LOGIN: "Sign in to Exchange",
    CheckStep.TEST_MESSAGE: "Send a test message to yourself",
}


# Where incoming and outgoing mail have the same server, the host alone does not tell the steps apart.
_TWOFOLD: dict[CheckStep, str] = {
    CheckStep.IMAP_CONNECT: "Reach {host} for incoming mail",
    CheckStep.IMAP_TLS: "Secure the connection for incoming mail",
    CheckStep.SMTP_CONNECT: "Reach {host} for outgoing mail",
    CheckStep.SMTP_TLS: "Secure the connection for outgoing mail",
}


def check_step_title(step: CheckStep, host: str, same_host: bool = False) -> str:
    """`same_host`: incoming and outgoing mail have servers of the same name."""
    return (_TWOFOLD.get(step, _STEPS[step]) if same_host else _STEPS[step]).format(host=host)
