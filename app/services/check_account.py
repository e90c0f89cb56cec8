"""Verifies an account step by step before anything of it is kept (C8). Used by the wizard and `hitchpost connect`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.backends.protocol import MailBackend
from app.backends.smtp import Accepted
from app.domain.addresses import Address
from app.domain.checks import CheckEvent, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.errors import Cancelled, MailFault, NoMailServer
from app.domain.inboxes import Account, Credential, ExchangeAccount, ImapAccount
from app.domain.problems import Problem
from app.mime.composing import ComposeInput, compose, make_message_id
from app.services.open_backend import found_by_autodiscover, open_account_reading, open_account_sending
from app.words.refused_servers import why_refused

# How long to look for a copy of the test message that the server itself put into Sent.
_LOOK_FOR_COPY = (0.0, 0.3, 0.7, 1.0)


@dataclass(frozen=True)
class CheckResult:
    """`ok`, or the step that failed and why. `files_sent_copies`: the server keeps a copy of what is sent by itself.
    `text`: what ended the check where that was no server."""

    ok: bool
    problem: Problem | None = None
    failed_step: CheckStep | None = None
    sent_folder: str = ""
    files_sent_copies: bool = False
    text: str = ""
    account: Account | None = (
        None  # the one that was checked: an Exchange server may have been found on the way, also by a
    )
    # check that failed afterwards; None where it was not found, or the check was cancelled


def check_account(
    account: Account,
    secret: Credential,
    smtp_secret: Credential | None = None,
    *,
    on_event: Callable[[CheckEvent], None],
    cancel: threading.Event | None = None,
) -> CheckResult:
    """IMAP connect, TLS, login; SMTP connect, TLS, login (Exchange: finding the server where the account has no `url`,
    connect, TLS, login); a test message to the account's own address. The first
    failing step ends it. Takes no longer than the servers' time limits; `cancel` ends it within a second, with neither
    ok nor a problem. Raises, before any server is asked, UsageError for trusted authorities that are none, NoMailServer for
    a service that cannot be used and for POP3."""
    cancel = cancel or threading.Event()
    failed: list[StepFailed] = []

    def report(event: CheckEvent) -> None:
        if isinstance(event, StepFailed):
            failed.append(event)
        on_event(event)

    refuse_unsupported(account)
    exchange = isinstance(account, ExchangeAccount)
    step = CheckStep.EWS_CONNECT if exchange else CheckStep.IMAP_CONNECT
    try:
        if isinstance(account, ExchangeAccount) and not account.url:
            step = CheckStep.EWS_DISCOVER
            report(StepStarted(step))
            account = found_by_autodiscover(account, secret, cancel)
            report(StepPassed(step, account.read_host))
            step = CheckStep.EWS_CONNECT
        with open_account_reading(account, secret, cancel, report) as imap:
            sent_folder = imap.find_sent_folder() or ""
            step = CheckStep.TEST_MESSAGE if exchange else CheckStep.SMTP_CONNECT
            with open_account_sending(account, smtp_secret or secret, cancel, report) as smtp:
                step = CheckStep.TEST_MESSAGE
                report(StepStarted(step))
                message_id, raw = write_test_message(account)
                outcome = smtp.send(account.address, account.address, raw)
                if not isinstance(outcome, Accepted):
                    raise MailFault(outcome.problem)
            files_copies = bool(sent_folder) and _find_copy(imap, sent_folder, message_id, cancel)
            report(StepPassed(step, f"accepted by {account.send_host}"))
            return CheckResult(True, sent_folder=sent_folder, files_sent_copies=files_copies, account=account)
    except Cancelled:
        return CheckResult(False)
    except MailFault as fault:
        if not failed:
            report(StepFailed(step, fault.problem))
        found = None if failed[-1].step is CheckStep.EWS_DISCOVER else account
        return CheckResult(False, problem=fault.problem, failed_step=failed[-1].step, account=found)


def refuse_unsupported(account: Account) -> None:
    """Raises NoMailServer, with the reason, for servers that cannot be used (C7)."""
    if isinstance(account, ImapAccount):
        asked = [(account.imap.host, account.imap.port, "imap"), (account.smtp.host, account.smtp.port, "smtp")]
    else:
        asked = [(account.read_host, 443, "ews")]
    for host, port, kind in asked:
        if why := why_refused(host, port, kind):
            raise NoMailServer(why)


def _find_copy(imap: MailBackend, sent_folder: str, message_id: str, cancel: threading.Event) -> bool:
    imap.select(sent_folder)
    for pause in _LOOK_FOR_COPY:
        if cancel.wait(pause):
            return False
        if imap.search_message_id(message_id):
            return True
    return False


def write_test_message(account: Account) -> tuple[str, bytes]:
    """(Message-ID, content) of a message from the account to itself. Also for the diagnosis."""
    me = Address(account.address, account.from_name)
    message_id = make_message_id(me.domain)
    raw = compose(
        ComposeInput(
            message_id=message_id,
            date=datetime.now(UTC),
            sender=me,
            to=(me,),
            cc=(),
            subject="Hitchpost is connected",
            text=(
                f"This message shows that Hitchpost can send mail as {account.address}.\n\n"
                "You need not answer it, and you can delete it.\n"
            ),
            html="",
            attachments=(),
            in_reply_to="",
            references=(),
            extra_headers=(("Auto-Submitted", "auto-generated"),),
        )
    )
    return message_id, raw
