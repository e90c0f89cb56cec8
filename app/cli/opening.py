"""The open workspace of a command, closed at its end, and signals that end a command in good order."""

from __future__ import annotations

import signal
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from app.bootstrap import open_workspace
from app.services.workspace import Workspace
from app.store import faults_explained


@contextmanager
def opened(options: Namespace) -> Iterator[Workspace]:
    """The chosen workspace. Raises StoreError for what is wrong with its database, also in the middle of a read."""
    with faults_explained():
        workspace = open_workspace(name=options.workspace)
        try:
            yield workspace
        finally:
            workspace.store.close()


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """SIGTERM and Ctrl+C set the event, so that a conversation with a server ends between two steps and leaves nothing
    in doubt. The second Ctrl+C interrupts."""
    stop = threading.Event()

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
