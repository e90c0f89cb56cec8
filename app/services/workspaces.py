"""The workspaces that this computer knows: where each is, and which one the program logs to (S1). Used when one is opened, by
the façade and by the command line."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.domain.errors import StoreError, UsageError
from app.domain.quoting import quoted
from app.domain.workspaces import KnownWorkspace

DEFAULT = "default"
FILE = "workspace.sqlite3"
_CHOSEN, _ELSEWHERE = "workspace.json", "workspaces.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}")


def current_workspace(home: Path) -> str:
    """The name of the workspace last chosen on this computer."""
    chosen = _read(home / _CHOSEN).get("name")
    return chosen if isinstance(chosen, str) and _NAME.fullmatch(chosen) else DEFAULT


def workspace_file(home: Path, name: str) -> Path:
    """Raises UsageError for what cannot be a name."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{quoted(name)} cannot be the name of a workspace: it is no path, but letters, digits, spaces, dots and hyphens; "
            "64 at most."
        )
    return _elsewhere(home).get(name) or home / "workspaces" / name / FILE


def workspace_names(home: Path) -> list[str]:
    """Of those that were made or added on this computer, in the order of the alphabet."""
    here = {file.parent.name for file in (home / "workspaces").glob(f"*/{FILE}")}
    return sorted(here | _elsewhere(home).keys())


def known_workspaces(home: Path) -> tuple[KnownWorkspace, ...]:
    """Each with what a look into it shows. The current one is among them, also before it is made."""
    from app.store.glance import glance

    current = current_workspace(home)
    found = []
    for name in sorted({*workspace_names(home), current}):
        file = workspace_file(home, name)
        inside, trouble = None, ""
        if file.exists():
            try:
                inside = glance(file)
            except StoreError as error:
                trouble = str(error)
        elif name in _elsewhere(home):
            trouble = f"{file} is not there, or its disk is not connected."
        found.append(KnownWorkspace(name, file, name == current, inside, trouble))
    return tuple(found)


def register_workspace(home: Path, name: str, url: str = "") -> Path:
    """Makes a workspace known; its database is made when it is first opened, or is there already. Without `url` it lies with
    the others in `home`. Returns its file. Raises UsageError, StoreError."""
    if name in workspace_names(home):
        raise UsageError(f"There is a workspace named “{name}” already. See hitchpost workspace list.")
    file = workspace_file(home, name)
    if not url:
        return file
    file = _file_of(url)
    taken = [k.name for k in known_workspaces(home) if k.file.parent == file.parent]
    if taken:
        raise UsageError(
            f"The folder {file.parent} is that of the workspace “{taken[0]}”. Each needs a folder of its own, for its "
            "attachments and its tracking keys lie there, too."
        )
    if file.exists():
        from app.store.glance import glance

        glance(file)
    elif not file.parent.parent.exists():
        raise UsageError(f"The folder {file.parent.parent} is not there.")
    _write(home / _ELSEWHERE, {**{n: str(f) for n, f in _elsewhere(home).items()}, name: str(file)})
    return file


def use_workspace(home: Path, name: str) -> KnownWorkspace:
    """The program and the command line log to it from their next start on. Raises UsageError where there is none of this name,
    StoreError where it cannot be read."""
    known = next((k for k in known_workspaces(home) if k.name == name), None)
    if known is None:
        names = ", ".join(workspace_names(home)) or "none yet"
        raise UsageError(
            f"There is no workspace named “{name}”. There are: {names}. See hitchpost workspace add --help."
        )
    if known.trouble:
        raise StoreError(known.trouble)
    _write(home / _CHOSEN, {"name": name})
    return known


def _file_of(url: str) -> Path:
    """The file of sqlite:///path (relative) or sqlite:////path (absolute). Raises UsageError."""
    parts = urlsplit(url)
    if parts.scheme in ("postgresql", "postgres"):
        raise UsageError(
            "A workspace in PostgreSQL is not possible yet; the tracking server can use it (hitchpost serve tracking "
            "--database). Give a file, as in sqlite:////data/team/workspace.sqlite3."
        )
    path = unquote(parts.path)
    if parts.scheme != "sqlite" or parts.netloc or len(path) < 2 or parts.query or parts.fragment:
        raise UsageError(
            f"“{url}” is no address of a workspace. Give a file, as in sqlite:////data/team/workspace.sqlite3."
        )
    file = Path(path[1:]).expanduser()
    if file.is_dir():
        file = file / FILE
    return file.resolve()


def _elsewhere(home: Path) -> dict[str, Path]:
    return {
        name: Path(path)
        for name, path in _read(home / _ELSEWHERE).items()
        if isinstance(path, str) and _NAME.fullmatch(name)
    }


def _read(file: Path) -> dict[str, object]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _write(file: Path, value: Mapping[str, object]) -> None:
    """Whole or not at all. Raises StoreError."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as made:
            json.dump(value, made)
        Path(made.name).replace(file)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}.") from error
