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
MAKING = "The connection on which the server tells of it is being made."
Connect = Callable[[threading.Event], MailBackend]
_LIMITED = frozenset({ProblemCode.TOO_MANY_CONNECTIONS, ProblemCode.THROTTLED})


class SentWatch:
    """`ready` gets what signs in, and may raise MailFault, Cancelled and SecretError: it is called on the thread of `tend`,
    where tokens are renewed and keyrings asked. What it returns makes the connection, until the event says to stop, on
    another thread: a server that does not answer there holds up nobody. `wake` is called from that one when the connection
    stands, when something came, and when it was lost."""

    def __init__(self, ready: Callable[[], Connect], wake: Callable[[], None]) -> None:
        self._ready, self._wake = ready, wake
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
            self._after(listener)
        if not path or time.monotonic() < self._again_at:
            return
        try:
            self._listener = _Listener(self._ready(), path, self._wake)
        except MailFault as fault:
            self._failed(fault)
        except SecretError:
            self._failed(None)

    def _after(self, listener: _Listener) -> None:
        """A connection that has ended by itself."""
        if listener.not_pushed is not None:  # it would only ask, as the first one does
            self._why, self._again_at = listener.not_pushed.why, time.monotonic() + AFTER_REFUSAL
            return
        held_well = listener.held_since is not None and time.monotonic() - listener.held_since > HELD_WELL
        self._failures = 0 if held_well else self._failures
        self._failed(listener.fault)

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
        if listener is None or listener.over:
            return Watch(False, round(every), self._why)
        return PUSHED if listener.held_since is not None else Watch(False, round(every), MAKING)

    def end(self) -> None:
        """The connection ends. Waits for that no longer than a moment."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.end()


class _Listener(threading.Thread):
    """Makes a session and selects `path` on it; holds it until it is lost or `end` is called; then closes it."""

    def __init__(self, connect: Connect, path: str, wake: Callable[[], None]) -> None:
        super().__init__(name=f"{threading.current_thread().name}-sent", daemon=True)
        self._connect, self.path, self._wake = connect, path, wake
        self._news, self._nudged, self._ending = threading.Event(), threading.Event(), threading.Event()
        self.held_since: float | None = None  # of the monotonic clock
        self.over = False
        self.not_pushed: Watch | None = None  # where the server turned out to tell of nothing
        self.fault: MailFault | None = None
        self.start()

    def run(self) -> None:
        try:
            with self._connect(self._ending) as session:
                session.select(self.path)
                how = session.watch()
                if not how.pushed:
                    self.not_pushed = how
                    return
                self.held_since = time.monotonic()
                self._news.set()  # what came before it was selected
                self._wake()
                self._hold(session)
        except MailFault as fault:
            self.fault = fault
        except Cancelled:
            pass
        finally:
            self.over = True
            if not self._ending.is_set():
                self._wake()

    def _hold(self, session: MailBackend) -> None:
        while not self._ending.is_set():
            if session.wait_for_change(ASKED_ANEW, self._nudged):
                self._news.set()
                self._wake()
            elif not self._ending.is_set():
                self._nudged.clear()

    def take_news(self) -> bool:
        if not self._news.is_set():
            return False
        self._news.clear()
        return True

    def stir(self) -> None:
        self._nudged.set()

    def end(self) -> None:
        self._ending.set()
        self._nudged.set()
        self.join(ENDING)
