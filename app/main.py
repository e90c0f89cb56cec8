"""The entry of the program: options, then a command or the window."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_NO_DISPLAY = (
    "The window cannot be opened: no display answers here. The same work is there without one (hitchpost --help); "
    "hitchpost demo shows it with sample mail."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, 1 for a failure it can explain, 2 for wrong usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _window(words) if _wants_window(words) else _command(words)
    except KeyboardInterrupt:  # before anything was begun
        return 1


def _command(words: Sequence[str]) -> int:
    from app.cli import run_command

    return run_command(words)


def _window(words: Sequence[str]) -> int:
    from app.cli.display import has_display
    from app.cli.opening import refused_workspace
    from app.cli.output import prepare_streams, say

    prepare_streams(as_json=False)
    if not has_display():
        say(_NO_DISPLAY)
        return 1
    parts = [part for word in words for part in word.split("=", 1)]
    if refused := refused_workspace(parts):  # before the window: who typed the name reads it where it was typed
        say(refused)
        return 2
    from app.ui.application import run_window

    return run_window(parts)


def _wants_window(words: Sequence[str]) -> bool:
    """Whether there is nothing but the window's own options."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--workspace" and rest:
            rest.pop(0)
        elif word not in ("--minimised", "--create") and not word.startswith("--workspace="):
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
