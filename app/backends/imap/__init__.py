"""IMAP4rev1 (RFC 3501) over TLS, by IMAPClient. `open_imap` gives a signed-in ImapSession."""

from app.backends.imap.opening import open_imap
from app.backends.imap.session import ImapSession

__all__ = ["ImapSession", "open_imap"]
