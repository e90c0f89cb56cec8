"""What every command shares: one JSON document or plain lines on standard output, messages on standard error."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from app.domain.errors import UsageError
from app.domain.inboxes import Secret


def emit(options: Namespace, document: Any, lines: Callable[[], list[str]]) -> None:
    """The document with --json, else the lines a person reads."""
    if options.json:
        json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        for line in lines():
            print(line)
    sys.stdout.flush()


def say(text: str) -> None:
    """A message for the person, never part of the result."""
    print(text, file=sys.stderr, flush=True)


def instant(value: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if value is None else value.astimezone(UTC).isoformat()


def local(value: datetime) -> str:
    """For people, in the viewer's time zone."""
    return value.astimezone().strftime("%Y-%m-%d %H:%M")


def password_from_stdin() -> Secret:
    """The first line of standard input. Raises UsageError when there is none."""
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("--password-stdin needs the password on standard input.")
    line = sys.stdin.readline()
    password = line.rstrip("\r\n")
    if not password:
        raise UsageError("Standard input holds no password. Write it as the first line.")
    return Secret(password)
