"""Calls that may take long (a keyring that asks its user, a file on a slow disk) off the main thread, one worker each.
Used by `Program`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal, Slot

from app.domain.errors import HitchpostError
from app.runtime.worker import STOP_MILLISECONDS, Worker
from app.store import Store

if TYPE_CHECKING:
    from app.domain.transfer import Stop, Tell
    from app.runtime.transfer_worker import TransferWorker

_LEFT_BEHIND: list[Worker] = []  # hang in a call that nobody can end: they stay alive until the process has ended

BUG = "An error in Hitchpost itself stopped it."


class Job(Worker):
    done = Signal(object, object, str)  # itself, what the call returned, or None and why not
    stepped = Signal(object, str)  # itself, what it does now

    def __init__(self, name: str, store: Store, call: Callable[[], object], parent: QObject) -> None:
        super().__init__(name, store, parent)
        self._call = call

    def call_with_steps(self, call: Callable[[Callable[[str], None]], object]) -> None:
        """Before it is started."""
        self._call = lambda: call(self._tell)

    def _tell(self, text: str) -> None:
        self.stepped.emit(self, text)

    def work(self) -> None:
        result, why = None, BUG
        try:
            result, why = self._call(), ""
        except HitchpostError as error:
            why = str(error) or type(error).__name__
        finally:
            del self._call  # what it holds is let go on the thread that used it
            self.done.emit(self, result, why)


class Workers(QObject):
    """Keeps threads that are to end by themselves until they have ended: a QThread that is destroyed while it runs
    aborts the process. Nobody waits for them before the program ends."""

    ended = Signal(object)  # the Worker; it is destroyed afterwards

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._workers: list[Worker] = []

    def all(self) -> tuple[Worker, ...]:
        return tuple(self._workers)

    def keep(self, worker: Worker) -> None:
        if worker not in self._workers:
            self._workers.append(worker)
            worker.finished.connect(self._on_finished)
            if worker.isFinished():  # before it was connected
                self._on_finished()

    @Slot()
    def _on_finished(self) -> None:
        ended = [w for w in self._workers if w.isFinished()]
        self._workers = [w for w in self._workers if w not in ended]  # who hears of one may give another to keep
        for worker in ended:
            self.ended.emit(worker)
            worker.deleteLater()


class Jobs(QObject):
    """`run` returns at once; `then` is called on the main thread with the result, or None and a sentence that says why.
    The call must not hold on to what owns these jobs: it may be the last to do so, on a thread of its own."""

    def __init__(self, store: Store, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._then: dict[Job, Callable[[Any, str], None]] = {}
        self._on_step: dict[Job, Callable[[str], None]] = {}
        self.workers = Workers(self)

    def run(self, name: str, call: Callable[[], object], then: Callable[[Any, str], None]) -> None:
        self._start(Job(name, self._store, call, self), then)

    def run_in_steps(
        self,
        name: str,
        call: Callable[[Callable[[str], None]], object],
        then: Callable[[Any, str], None],
        on_step: Callable[[str], None],
    ) -> None:
        """As `run`. The call gets a function by which it tells, in a sentence, what it does now; `on_step` is called with
        each on the main thread."""
        job = Job(name, self._store, lambda: None, self)
        job.call_with_steps(call)
        self._on_step[job] = on_step
        job.stepped.connect(self._on_stepped)
        self._start(job, then)

    def stoppable(self, call: Callable[[Tell, Stop], Any]) -> TransferWorker:
        """For what a person watches and may stop: not started yet. The end of the program asks it to stop, and waits."""
        from app.runtime.transfer_worker import TransferWorker

        worker = TransferWorker(self._store, call, self)
        self.workers.keep(worker)
        return worker

    def _start(self, job: Job, then: Callable[[Any, str], None]) -> None:
        self._then[job] = then
        job.done.connect(self._on_done)
        self.workers.keep(job)
        job.start()

    @Slot(object, str)
    def _on_stepped(self, job: Job, text: str) -> None:
        on_step = self._on_step.get(job)
        if on_step is not None:
            on_step(text)

    @Slot(object, object, str)
    def _on_done(self, job: Job, result: object, why: str) -> None:
        self._on_step.pop(job, None)
        then = self._then.pop(job, None)
        if then is not None:
            then(result, why)

    def forget(self) -> None:
        """Nobody is told of what is still running."""
        self._then.clear()
        self._on_step.clear()


def hear_no_more(owner: QObject) -> None:
    """Takes back the calls that ended threads have queued for `owner` and all below it. They would be made after the last
    word, when Python may destroy their receiver in the middle of the call."""
    for receiver in (owner, *owner.findChildren(QObject)):
        QCoreApplication.removePostedEvents(receiver, QEvent.Type.MetaCall.value)


def end_all(workers: Iterable[Worker]) -> bool:
    """Asks all of them and waits for them side by side, five seconds at most. True when every thread has ended; one that
    has not is kept from being destroyed."""
    asked = list(workers)
    for worker in asked:
        worker.request_stop()
    until = time.monotonic() + STOP_MILLISECONDS / 1000
    late = [w for w in asked if not w.stop(max(1, round((until - time.monotonic()) * 1000)))]
    for worker in late:
        worker.setParent(None)
        _LEFT_BEHIND.append(worker)
    return not late
