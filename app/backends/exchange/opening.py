"""Reaches an Exchange server, signs in, and makes sure that it is one we can work with. Used by services."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from exchangelib import BASIC, DELEGATE, UTC, Account, Configuration, Credentials
from exchangelib.protocol import FailFast, Protocol
from exchangelib.version import EXCHANGE_2010_SP2, EXCHANGE_O365
from exchangelib.version import Version as ServerVersion

from app.backends.exchange.channel import Channel
from app.backends.exchange.faults import talking
from app.backends.exchange.protocols import ews_over
from app.backends.exchange.sender import ExchangeSender
from app.backends.exchange.session import ExchangeSession
from app.backends.secure import Steps
from app.backends.transport import Timeouts
from app.domain.checks import CheckEvent, CheckStep
from app.domain.exchange_address import is_exchange_online
from app.domain.inboxes import Credential, ExchangeAccount
from app.domain.problems import ProblemCode


def open_exchange(
    account: ExchangeAccount,
    secret: Credential,
    *,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
    on_step: Callable[[CheckEvent], None] | None = None,
) -> ExchangeSession:
    """Connects, secures, signs in, looks at the version. Raises MailFault (EXCHANGE_ONLINE before anything is sent,
    EXCHANGE_TOO_OLD, NO_EWS and what signing in to a mail server raises); Cancelled within a second of `cancel`;
    UsageError when the trusted authorities are no certificates."""
    channel, mailbox = _sign_in(account, secret, timeouts, cancel, on_step)
    return ExchangeSession(channel, mailbox)


def open_exchange_sending(
    account: ExchangeAccount,
    secret: Credential,
    *,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
) -> ExchangeSender:
    """As `open_exchange`, for sending."""
    channel, mailbox = _sign_in(account, secret, timeouts, cancel, None)
    return ExchangeSender(channel, mailbox)


def _sign_in(
    account: ExchangeAccount,
    secret: Credential,
    timeouts: Timeouts,
    cancel: threading.Event | None,
    on_step: Callable[[CheckEvent], None] | None,
) -> tuple[Channel, Account]:
    steps = Steps(on_step)
    username = account.username or account.address
    channel = Channel(account.url, username, secret.reveal(), account.trust, timeouts, cancel)
    if is_exchange_online(account.read_host):
        with steps.step(CheckStep.EWS_CONNECT):
            raise channel.fault(ProblemCode.EXCHANGE_ONLINE)
    try:
        channel.connect(steps)
        with steps.step(CheckStep.EWS_LOGIN) as result, talking(channel, ProblemCode.LOGIN_DISABLED):
            mailbox = _account(account, username, secret, channel)
            version = ServerVersion.guess(mailbox.protocol)
            if version.build >= EXCHANGE_O365:
                raise channel.fault(ProblemCode.EXCHANGE_ONLINE, str(version.build), own_words=True)
            if version.build < EXCHANGE_2010_SP2:
                raise channel.fault(
                    ProblemCode.EXCHANGE_TOO_OLD, f"{version.fullname} ({version.build})", own_words=True
                )
            _ = mailbox.inbox  # signing in to the server is not yet having a mailbox there
            result.detail = version.fullname.replace("Microsoft ", "").replace("Server ", "")
        return channel, mailbox
    except BaseException:
        channel.close()
        raise


def _account(account: ExchangeAccount, username: str, secret: Credential, channel: Channel) -> Account:
    config = Configuration(
        service_endpoint=account.url,
        credentials=Credentials(username, secret.reveal()),
        auth_type=BASIC,
        retry_policy=FailFast(),
    )
    mailbox = Account(
        account.address, config=config, autodiscover=False, access_type=DELEGATE, default_timezone=UTC, locale="en"
    )
    with suppress(KeyError):  # the library keeps one for each server and password; another thread may have been faster
        del Protocol[config]
    mailbox.protocol = ews_over(channel, config)
    return mailbox
