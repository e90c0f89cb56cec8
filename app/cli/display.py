"""Whether a window can be opened here: Qt ends the whole process where it cannot. Used by `main` and `demo`."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_SECONDS = 2.0
_DISPLAY = re.compile(r"(?:unix:|([^:/]*):)(\d{1,5})(?:\.\d+)?")  # [host]:number[.screen], X(7)


def has_display(environ: Mapping[str, str] = os.environ) -> bool:
    """A window system answers, or the person has told Qt what to use."""
    if sys.platform in ("win32", "darwin") or environ.get("QT_QPA_PLATFORM"):
        return True
    return _wayland_answers(environ) or _x_answers(environ.get("DISPLAY", ""))


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    name, folder = environ.get("WAYLAND_DISPLAY", ""), environ.get("XDG_RUNTIME_DIR", "")
    return bool(name) and _unix_answers(str(Path(folder) / name))


def _x_answers(display: str) -> bool:
    found = _DISPLAY.fullmatch(display)
    if found is None:
        # a socket by its path, as macOS and some launchers write it
        return bool(display) and (_unix_answers(display) or _unix_answers(display.rpartition(":")[0]))
    host, number = found.group(1) or "", int(found.group(2))
    if host:
        with suppress(OSError), socket.create_connection((host, 6000 + number), _SECONDS):
            return True
        return False
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where X servers listen
    return _unix_answers(path) or _unix_answers(f"\0{path}")


def _unix_answers(path: str) -> bool:
    if not path or not hasattr(socket, "AF_UNIX"):
        return False
    with suppress(OSError, ValueError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_SECONDS)
        probe.connect(path)
        return True
    return False
