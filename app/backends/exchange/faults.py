"""What exchangelib raises, as MailFault. Used by this room around every call."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import urllib3
from exchangelib import errors as ews
from exchangelib.errors import EWSError

from app.backends.exchange.channel import Channel
from app.domain.errors import MailFault
from app.domain.problems import ProblemCode

C = ProblemCode
# https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/responsecode
_CODES: tuple[tuple[tuple[type[Exception], ...], ProblemCode], ...] = (
    ((ews.ErrorFolderNotFound, ews.ErrorSyncFolderNotFound), C.FOLDER_MISSING),
    ((ews.ErrorItemNotFound, ews.ErrorItemCorrupt, ews.ErrorMimeContentInvalid, ews.ErrorContentConversionFailed),
     C.BROKEN_MESSAGE),
    ((ews.ErrorSendAsDenied,), C.SENDER_REFUSED),
    ((ews.ErrorInvalidRecipients,), C.RECIPIENT_REFUSED),
    ((ews.ErrorMessageSizeExceeded,), C.MESSAGE_TOO_LARGE),
    ((ews.ErrorQuotaExceeded,), C.QUOTA_EXCEEDED),
    ((ews.ErrorServerBusy, ews.RateLimitError), C.THROTTLED),
    ((ews.ErrorExceededConnectionCount, ews.ErrorTooManyObjectsOpened), C.TOO_MANY_CONNECTIONS),
    ((ews.ErrorInternalServerTransientError, ews.ErrorInternalServerError, ews.ErrorMailboxMoveInProgress,
      ews.ErrorMailboxStoreUnavailable, ews.ErrorConnectionFailed, ews.ErrorADUnavailable, ews.ErrorADOperation),
     C.SERVER_BUSY),
    ((ews.UnauthorizedError, ews.ErrorPasswordExpired, ews.ErrorPasswordChangeRequired), C.WRONG_CREDENTIALS),
    ((ews.ErrorAccessDenied, ews.ErrorAccountDisabled, ews.ErrorNonExistentMailbox), C.LOGIN_DISABLED),
    ((ews.ErrorInvalidServerVersion, ews.ErrorIncorrectSchemaVersion, ews.ErrorInvalidSchemaVersionForMailboxVersion),
     C.EXCHANGE_TOO_OLD),
)  # fmt: skip
del C

# what the library makes of answers that are no SOAP, or that lack what it takes for granted
_NONSENSE = (
    EWSError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    SyntaxError,  # lxml's
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
)


@contextmanager
def talking(channel: Channel, refused: ProblemCode = ProblemCode.PROTOCOL_ERROR) -> Iterator[None]:
    """Raises MailFault for what a call to exchangelib raises, and lets MailFault and Cancelled through. `refused`: what
    an error of the server means that has no code of its own."""
    try:
        yield
    except _NONSENSE as error:
        raise translate(channel, error, refused) from error


def translate(channel: Channel, error: Exception, refused: ProblemCode = ProblemCode.PROTOCOL_ERROR) -> MailFault:
    says = str(error)
    if isinstance(error, ews.ErrorTimeoutExpired) and "Reraised" in says:
        return channel.fault(ProblemCode.PROTOCOL_ERROR, says)  # what came was no HTTP
    if isinstance(error, ews.ResponseMessageError):
        says = f"{type(error).__name__}: {says}"  # the code of the server's own, by which it can be looked up
    for kinds, code in _CODES:
        if isinstance(error, kinds):
            wait = getattr(error, "back_off", None)
            return channel.fault(code, says, min(float(wait), 86_400.0) if wait else None)
    if isinstance(error, ews.ResponseMessageError):
        return channel.fault(refused, says)
    return channel.fault(ProblemCode.PROTOCOL_ERROR, says)


def state_refused(fault: MailFault) -> bool:
    """Whether the server no longer knows the state that SyncFolderItems was asked with."""
    return isinstance(fault.__cause__, ews.ErrorInvalidSyncStateData)
