"""The open workspace of a command, closed at its end, and signals that end a command in good order."""

from __future__ import annotations

import signal
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from app.bootstrap import open_workspace, refuse_unknown_workspace
from app.domain.errors import UsageError
from app.services.workspace import Workspace
from app.store import faults_explained


@contextmanager
def opened(options: Namespace) -> Iterator[Workspace]:
    """The chosen workspace; one that is named and not there is made by --create alone, and by the commands with which one
    begins (`makes_workspace`). Raises StoreError for what is wrong with its database, also in the middle of a read."""
    create = options.create or getattr(options, "makes_workspace", False)
    with faults_explained():
        workspace = open_workspace(name=options.workspace, create=create)
        try:
            yield workspace
        finally:
            workspace.store.close()


def refused_workspace(words: Sequence[str]) -> str:
    """Of the window's options: why the workspace that is named cannot be opened; empty where it can, or may be made."""
    at = words.index("--workspace") + 1 if "--workspace" in words else len(words)
    if at >= len(words) or "--create" in words:
        return ""
    try:
        refuse_unknown_workspace(words[at])
    except UsageError as error:
        return str(error)
    return ""


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
