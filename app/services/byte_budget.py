"""How much may be read of a mailbox a day: mail services close one of which too much is read (Gmail: 2,500 MB by IMAP).
Used by `sync_inbox` and the inbox worker.
"""

from __future__ import annotations

from app.backends.protocol import MailBackend
from app.domain.errors import MailFault
from app.domain.inboxes import Inbox
from app.domain.problems import Problem, ProblemCode
from app.domain.retry import until_tomorrow
from app.services.workspace import Workspace
from app.store.fields import now

_WRITE_EVERY = 1 << 20  # bytes; less is written down when a round ends, and where fewer are left of the day's
_AMPLE = 32 << 20  # bytes: more than is asked for at once
_SPARED = 0.8  # of the day's bytes: what is left is for what comes, not for first looks


class ByteBudget:
    """Of one connection. The setting `sync.daily_megabytes` counts for each inbox; days are those of the ledger (UTC)."""

    def __init__(self, workspace: Workspace, inbox: Inbox, session: MailBackend) -> None:
        self._workspace, self._inbox, self._session = workspace, inbox, session
        self._counted = 0
        self._room = 0  # bytes that were left of the day's when it was last looked at

    def count(self, *, at_once: bool = False) -> None:
        """Writes down what came since."""
        came = self._session.bytes_read() - self._counted
        if came >= _WRITE_EVERY or (at_once and came > 0):
            self._counted += came
            with self._workspace.store.transaction(source="sync"):
                self._workspace.store.ledgers.add_bytes(self._inbox.id, came)

    def pay(self) -> None:
        """Raises MailFault DAILY_LIMIT when the day's bytes are spent. Between two messages, when nothing is lost by it."""
        if self._session.bytes_read() - self._counted >= min(_WRITE_EVERY, self._room):
            self.count(at_once=True)
            check_budget(self._workspace, self._inbox)
            self._room = self._left()

    def is_ample(self) -> bool:
        """Whether much may be asked for at once. Else small questions are asked, of which none goes far beyond the limit."""
        return self._left() >= _AMPLE

    def _left(self) -> int:
        """Of the day's bytes. Where there is no limit: as many as are ample."""
        limit = daily_limit(self._workspace)
        if not limit:
            return _AMPLE
        uncounted = self._session.bytes_read() - self._counted
        return limit - self._workspace.store.ledgers.bytes_today(self._inbox.id) - uncounted

    @property
    def is_short(self) -> bool:
        """Whether first looks have to wait until tomorrow."""
        limit = daily_limit(self._workspace)
        return limit > 0 and self._workspace.store.ledgers.bytes_today(self._inbox.id) >= limit * _SPARED


def daily_limit(workspace: Workspace) -> int:
    """Bytes; 0: none."""
    return int(workspace.store.settings.get("sync.daily_megabytes")) * 1_000_000


def check_budget(workspace: Workspace, inbox: Inbox) -> None:
    """Raises MailFault DAILY_LIMIT, with the seconds until tomorrow, when the day's bytes are spent."""
    limit = daily_limit(workspace)
    if limit and workspace.store.ledgers.bytes_today(inbox.id) >= limit:
        host = inbox.account.read_host
        raise MailFault(Problem(ProblemCode.DAILY_LIMIT, host, retry_after=until_tomorrow(now())))
