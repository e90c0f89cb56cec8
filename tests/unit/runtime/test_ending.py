"""How threads and the façade end: no call is made to an object that is being destroyed, and none is kept for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

from app.runtime.jobs import Workers

# A façade that is garbage while its job's `finished` is still queued, and a collection in the middle of the slot.
DROPPED = """
import gc, faulthandler
faulthandler.enable()
from PySide6.QtCore import QCoreApplication
qt = QCoreApplication([])
from app.bootstrap import open_workspace
from app.runtime.program import Program
from app.runtime.worker import Worker
gc.disable()
program = Program(open_workspace())
program.tracking_changed.connect(lambda: None)
program._jobs.run("short", lambda program=program: None, lambda *_: None)
program._jobs.workers.all()[0].wait()
assert program.shut_down()
finished = Worker.isFinished
def collecting(self):
    gc.collect()
    return finished(self)
Worker.isFinished = collecting
del program
for _ in range(5):
    qt.processEvents()
gc.collect()
print("ended")
"""


def test_a_program_that_is_let_go_of_takes_its_queued_calls_along(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    done = subprocess.run([sys.executable, "-c", DROPPED], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "ended\n"), done.stderr


class Thread(QObject):
    finished = Signal()

    def __init__(self, ended: bool) -> None:
        super().__init__()
        self.ended = ended

    def isFinished(self) -> bool:
        return self.ended


def test_who_hears_of_an_end_may_give_another_to_keep() -> None:
    workers = Workers(root := QObject())
    one, two, three = Thread(False), Thread(False), Thread(True)
    told: list[Thread] = []

    def hear(worker: Thread) -> None:
        told.append(worker)
        if worker is one:
            workers.keep(three)  # type: ignore[arg-type]

    workers.ended.connect(hear)
    for thread in (one, two):
        workers.keep(thread)  # type: ignore[arg-type]
    one.ended = two.ended = True
    one.finished.emit()
    assert set(told) == {one, two, three} and len(told) == 3
    assert workers.all() == () and root is not None
