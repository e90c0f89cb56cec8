"""What every command shares: one JSON document or plain lines on standard output, messages on standard error, the
password on standard input. None of them may be closed, full or gone without a proper end."""

from __future__ import annotations

import getpass
import io
import json
import os
import re
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from app.domain.errors import HitchpostError, UsageError
from app.domain.inboxes import Secret

# What a terminal would obey rather than show: mail from strangers must not move the cursor or set the window's title.
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class OutputLost(HitchpostError):
    """Standard output takes nothing any more. `quiet`: its reader went away, as `| head` does."""

    def __init__(self, text: str, *, quiet: bool) -> None:
        super().__init__(text)
        self.quiet = quiet


def prepare_streams(*, as_json: bool) -> None:
    """Closed streams lead nowhere; what a terminal's encoding lacks is shown by its number; JSON is UTF-8 (RFC 8259 8.1)."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if as_json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def _nowhere() -> TextIO:
    """Open as long as the process lives, as standard streams are."""
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8", closefd=False)


def emit(options: Namespace, document: Any, lines: Callable[[], Iterable[str]]) -> None:
    """The document with --json, else the lines a person reads. Raises OutputLost."""
    if options.json:
        write(json_text(document, indent=2))
    else:
        write("\n".join(printable(line) for line in lines()))


def write(text: str) -> None:
    """One line or more, and at once. Raises OutputLost."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputLost("Standard output was closed.", quiet=True) from error
    except OSError as error:
        raise OutputLost(f"Standard output cannot be written: {error.strerror}.", quiet=False) from error


def let_go(stream: TextIO) -> None:
    """Lets the process end in peace though a standard stream is gone: Python would try to flush it once more."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def json_text(document: Any, indent: int | None = None) -> str:
    """Readable where it can be; half a surrogate pair, which is no UTF-8, makes it ASCII."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent)
    return text


def owed_lines(recipients: int) -> list[str]:
    """What the tracking server could not be told yet of people who were deleted for good."""
    if not recipients:
        return []
    return [
        f"A tracking server still has what {counted(recipients, 'recipient')} did with mail that was deleted for good. It "
        "is told with the next sync (hitchpost sync --once)."
    ]


def say(text: str) -> None:
    """A message for the person, never part of the result. Work goes on where nobody reads it."""
    try:
        print("\n".join(map(printable, text.splitlines())), file=sys.stderr, flush=True)
    except OSError:
        let_go(sys.stderr)


def printable(text: str) -> str:
    """On one line, without what a terminal would obey."""
    return _CONTROL.sub("\ufffd", " ".join(text.splitlines()))


def counted(number: int, one: str, many: str = "") -> str:
    """``1 body``, ``2 bodies``."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def instant(value: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if value is None else value.astimezone(UTC).isoformat()


def local(value: datetime) -> str:
    """For people, in the viewer's time zone."""
    return value.astimezone().strftime("%Y-%m-%d %H:%M")


def read_input(name: str, limit: int) -> bytes:
    """A file, or standard input for `-`. Raises UsageError for what cannot be read, or has more than `limit` bytes."""
    if name == "-" and sys.stdin is None:
        raise UsageError("Standard input is closed. Give a file, or write to standard input.")
    try:
        if name == "-":
            data = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(limit + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a null in it
        raise UsageError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if len(data) > limit:
        raise UsageError(f"{name} is larger than {limit // 1_000_000} MB.")
    return data


def password_from_stdin(whose: str = "", line: str = "first") -> Secret:
    """The next line of standard input; asked for at a terminal. `whose`: what it is for, where there are two of them.
    Raises UsageError when there is none."""
    if sys.stdin is None:
        raise UsageError("--password-stdin needs the password on standard input, which is closed.")
    try:
        if sys.stdin.isatty():
            return Secret(getpass.getpass(f"Password{whose and f' {whose}'}: "))
        password = sys.stdin.buffer.readline(10_000).decode("utf-8").rstrip("\r\n")
    except (OSError, EOFError) as error:
        raise UsageError(f"The password cannot be read from standard input: {error}.") from error
    except UnicodeDecodeError as error:
        raise UsageError("The password on standard input is not UTF-8 text.") from error
    if not password:
        raise UsageError(f"Standard input holds no password{whose and f' {whose}'}. Write it as the {line} line.")
    return Secret(password)
