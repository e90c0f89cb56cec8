"""A second connection, on which the server tells of what comes into Sent: one IDLE is about one folder (RFC 2177). Used by
`inbox_worker` alone.

Not NOTIFY (RFC 5465), which could tell of both on one connection: of the servers that people use hardly one but Dovecot
has it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app.backends.protocol import MailBackend
from app.domain.errors import Cancelled, MailFault, SecretError
from app.domain.pace import PUSHED, Watch
from app.domain.problems import ProblemCode

ASKED_ANEW = 3600.0  # seconds of one wait; the session renews its IDLE by itself meanwhile
AFTER_LOSS = 60.0  # seconds until a connection that was lost is made anew, twice as long each time
AFTER_REFUSAL = 1800.0  # where the server lets in no more connections, and at most
HELD_WELL = 600.0  # seconds after which a loss is the first one again
ENDING = 3.0  # seconds within which a thread that was asked to end has said goodbye to the server
_LIMITED = frozenset({ProblemCode.TOO_MANY_CONNECTIONS, ProblemCode.THROTTLED})


class SentWatch:
    """`opened` makes a connection, and may raise MailFault, Cancelled and SecretError: it is called on the thread of `tend`.
    `wake` is called from another one when something came, or the connection was lost."""

    def __init__(self, opened: Callable[[], MailBackend], wake: Callable[[], None]) -> None:
        self._opened, self._wake = opened, wake
        self._listener: _Listener | None = None
        self._why = ""
        self._failures = 0
        self._again_at = 0.0  # of the monotonic clock

    def tend(self, path: str) -> None:
        """Watches this folder from now on, if that can be. To be called now and then: a lost connection is made anew."""
        listener = self._listener
        if listener is not None and listener.path == path and not listener.over:
            return
        lost = listener is not None and listener.over
        self.end()
        if listener is not None and lost:
            held_well = time.monotonic() - listener.begun > HELD_WELL
            self._failures = 0 if held_well else self._failures
            self._failed(listener.fault)
        if not path or time.monotonic() < self._again_at:
            return
        try:
            self._listener = self._listen(path)
        except MailFault as fault:
            self._failed(fault)
        except SecretError:
            self._failed(None)

    def _listen(self, path: str) -> _Listener | None:
        session = self._opened()
        try:
            session.select(path)
            how = session.watch()
            if how.pushed:
                return _Listener(session, path, self._wake)
        except BaseException:
            session.close()
            raise
        session.close()  # it would only ask, as the first one does
        self._why, self._again_at = how.why, time.monotonic() + AFTER_REFUSAL
        return None

    def _failed(self, fault: MailFault | None) -> None:
        limited = fault is not None and fault.problem.code in _LIMITED
        self._failures += 1
        wait = AFTER_REFUSAL if limited else min(AFTER_REFUSAL, AFTER_LOSS * 2 ** min(self._failures - 1, 8))
        asked = fault.problem.retry_after if fault is not None else None
        self._again_at = time.monotonic() + max(wait, asked or 0.0)
        self._why = (
            "The server lets in no more connections at once, so that it is asked instead."
            if limited
            else "The connection on which the server tells of it was lost. It is made anew in a while."
        )

    def take_news(self) -> bool:
        """Whether something may have come since this was last asked; the first time always."""
        listener = self._listener
        return listener is not None and listener.take_news()

    def stir(self) -> None:
        """Looks whether the connection is still there; from any thread."""
        listener = self._listener
        if listener is not None:
            listener.stir()

    def watch(self, every: float) -> Watch:
        """`every`: seconds between two questions, where it is not pushed."""
        listener = self._listener
        if listener is not None and not listener.over:
            return PUSHED
        return Watch(False, round(every), self._why)

    def end(self) -> None:
        """The connection ends. Waits for that no longer than a moment."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.end()


class _Listener(threading.Thread):
    """Holds a session, on which `path` is selected, until it is lost or `end` is called; then closes it."""

    def __init__(self, session: MailBackend, path: str, wake: Callable[[], None]) -> None:
        super().__init__(name=f"{threading.current_thread().name}-sent", daemon=True)
        self._session, self.path, self._wake = session, path, wake
        self._news = threading.Event()
        self._news.set()  # what came before it was selected
        self._nudged, self._ending = threading.Event(), threading.Event()
        self.begun, self.over = time.monotonic(), False
        self.fault: MailFault | None = None
        self.start()

    def run(self) -> None:
        try:
            while not self._ending.is_set():
                if self._session.wait_for_change(ASKED_ANEW, self._nudged):
                    self._news.set()
                    self._wake()
                elif not self._ending.is_set():
                    self._nudged.clear()
        except MailFault as fault:
            self.fault = fault
        except Cancelled:
            pass
        finally:
            self._session.close()
            self.over = True
            if not self._ending.is_set():
                self._wake()

    def take_news(self) -> bool:
        came = self._news.is_set()
        self._news.clear()
        return came

    def stir(self) -> None:
        self._nudged.set()

    def end(self) -> None:
        self._ending.set()
        self._nudged.set()
        self.join(ENDING)
