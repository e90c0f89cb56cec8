"""The entry of the program: options, then a command or the window."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, 1 for a failure it can explain, 2 for wrong usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0] in ("--workspace", "--minimised") and not _has_command(words)):
        from app.ui.application import run_window

        return run_window(words)
    from app.cli import run_command

    return run_command(words)


def _has_command(words: Sequence[str]) -> bool:
    """Whether something is left besides the window's own options."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--workspace" and rest:
            rest.pop(0)
        elif word != "--minimised":
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
