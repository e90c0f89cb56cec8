"""The list of networks from which machines fetch pictures and look at links: the built-in one, or another that an administrator
loaded for the workspace, for networks change and lists go stale. Used by the façade and the command line."""

from __future__ import annotations

import stat
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.blocked_networks import BlockedTrial
from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.known_networks import LARGEST, bots_date, built_in, read_list
from app.domain.rights import Right
from app.services.networks_in_use import named_list, networks_in_use, put_list
from app.services.rescore_events import ask_for_all, foresee_networks
from app.services.rights import require

if TYPE_CHECKING:
    from app.services.workspace import Workspace


@dataclass(frozen=True)
class ListInUse:
    """`name`: of the file that was loaded; empty: the built-in one. `bots_date`: of the list of bots, which is built in."""

    name: str
    date: str
    owners: int
    networks: int
    bots_date: str


def list_in_use(workspace: Workspace) -> ListInUse:
    name, found = named_list(workspace.store)
    return ListInUse(name, found.date, found.owners, found.networks, bots_date())


def text_of(path: Path) -> str:
    """A file's text, if it is such a list. Raises UsageError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe keeps one waiting, a device may have no end
            raise UsageError(f"{path.name} is no file.")
        with path.open("rb") as file:
            read = file.read(LARGEST + 1)
        if len(read) > LARGEST:
            raise UsageError(f"{path.name} is too large: at most {LARGEST // 1_000_000} MB.")
        text = read.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is no text in UTF-8.") from error
    try:
        read_list(text)
    except UsageError as error:
        raise UsageError(f"{path.name}: {error}") from error
    return text


def try_networks(workspace: Workspace, text: str, cancel: threading.Event | None = None) -> BlockedTrial:
    """What it would change in the past if this list were used; empty: the built-in one. Nothing is written. Raises
    UsageError."""
    wanted = read_list(text) if text else built_in()
    return foresee_networks(workspace.store, networks_in_use(workspace.store), wanted, cancel)


def use_networks(workspace: Workspace, text: str, name: str = "") -> bool:
    """This list from now on, for everybody in the workspace; empty: the built-in one. Whether there is another one now, and
    past events are to be judged again: `rescore` does. Raises UsageError, AdminOnly, StoreError; then nothing has changed."""
    store = workspace.store
    require(store, Right.SETTINGS)
    if text:
        read_list(text)
    with store.transaction(Area.SETTINGS, source="networks"):
        changed = put_list(store, name or "a list", text)
        if changed:
            ask_for_all(store)
    return changed
