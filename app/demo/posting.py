"""How the demo's people send their answers: by the program's own SMTP client. Used by `run`."""

from __future__ import annotations

import threading
from contextlib import closing

from app.backends.smtp import Accepted, open_smtp
from app.domain.errors import MailFault
from app.domain.inboxes import ImapAccount, Secret


def submit_by_smtp(account: ImapAccount, secret: Secret, recipient: str, raw: bytes, cancel: threading.Event) -> None:
    """Through the front door, as any mail program. Raises MailFault; Cancelled soon after `cancel`."""
    with closing(open_smtp(account, secret, cancel=cancel)) as session:
        outcome = session.send(account.address, recipient, raw)
    if not isinstance(outcome, Accepted):
        raise MailFault(outcome.problem)
