"""Message submission (RFC 6409) over TLS, by smtplib. `open_smtp` gives a signed-in SmtpSession."""

from app.backends.smtp.opening import open_smtp
from app.backends.smtp.outcomes import Accepted, Deferred, Refused, SmtpOutcome, Unknown
from app.backends.smtp.session import SmtpSession

__all__ = ["Accepted", "Deferred", "Refused", "SmtpOutcome", "SmtpSession", "Unknown", "open_smtp"]
