"""The only place where long-lived objects are built, and closed in reverse order. Used by `main`, the command line, tests."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import platformdirs

from app import __version__
from app.domain.errors import StoreError, UsageError
from app.secrets.choose import choose_secret_store
from app.services.account_passwords import secret_name
from app.services.after_update import finish_deletion, look_again_after_update, make_searchable
from app.services.workspace import Secrets, Workspace
from app.services.workspaces import current_workspace, workspace_file, workspace_names
from app.store import Store
from app.tracking.folder import TrackingFolder

HOME_VARIABLE = "HITCHPOST_HOME"


def home_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """HITCHPOST_HOME, or the user's folder for program data. Raises UsageError for the home of nobody (~name)."""
    chosen = environ.get(HOME_VARIABLE, "")
    try:
        return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("hitchpost", appauthor=False))
    except RuntimeError as error:
        raise UsageError(f"{HOME_VARIABLE} names a folder that cannot be found: {chosen}.") from error


def refuse_unknown_workspace(name: str, home: Path | None = None) -> None:
    """UsageError where there is none of this name."""
    home = home or home_folder()
    if workspace_file(home, name).exists():
        return
    names = workspace_names(home)
    there = f"There are: {', '.join(names)}." if names else f"There is none yet in {home}."
    raise UsageError(f"There is no workspace named “{name}”. {there} To make it, add --create.")


def tracking_place(name: str | None = None, home: Path | None = None) -> tuple[Path, TrackingFolder]:
    """(file of a workspace, its tracking folder), for a server of its links, which needs nothing of the workspace itself: it
    may be damaged, or gone. Raises UsageError where there is neither of this name."""
    home = home or home_folder()
    file = workspace_file(home, name or current_workspace(home))
    folder = TrackingFolder(file.parent / "tracking")
    if name and not folder.path.exists():
        refuse_unknown_workspace(name, home)
    for path in (home, file.parent):
        with suppress(OSError):  # told by whoever makes what is to lie in it
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return file, folder


def open_workspace(
    home: Path | None = None,
    name: str | None = None,
    environ: Mapping[str, str] = os.environ,
    *,
    create: bool = True,
) -> Workspace:
    """Opens the workspace, made when it is new and `create` allows it; that of nobody's choice is always made. Raises
    StoreError, NewerDatabase, UsageError."""
    home = home or home_folder(environ)
    if name and not create:
        refuse_unknown_workspace(name, home)
    name = name or current_workspace(home)
    file = workspace_file(home, name)
    folder = file.parent
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} cannot be made: {error.strerror}. Set {HOME_VARIABLE} to another."
        ) from error
    store = Store.open(file, name)
    finish_deletion(store)
    look_again_after_update(store, __version__)
    make_searchable(store)
    uid = store.workspace_uid

    def names() -> list[str]:
        from app.services.grants import KEY_NAME  # the sign-in libraries, for the rare look

        return [secret_name(inbox.address, "imap") for inbox in store.inboxes.all()] + [KEY_NAME]

    return Workspace(
        name=name,
        home=home,
        folder=folder,
        store=store,
        secrets=Secrets(lambda: choose_secret_store(home, uid, environ, names)),
        tracking=TrackingFolder(folder / "tracking"),
    )
