"""The façade over a workspace of its own, as the window has it. Used by the tests of screens that want no stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.bootstrap import open_workspace
from app.runtime.program import Program


@contextmanager
def running_program(home: Path) -> Iterator[Program]:
    """It tells of every change at once, and must have ended whole."""
    workspace = open_workspace(home)
    made = Program(workspace)
    workspace.store.add_listener(made.changed.emit)
    yield made
    assert made.shut_down()
    workspace.store.close()
