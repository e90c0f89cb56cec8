"""`inspect`: what the program makes of one input; with --batch, JSON lines in and out."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.domain.errors import UsageError

Inspector = Callable[[bytes], Any]


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    kinds = commands.add_parser("inspect", parents=[common], help="what the program makes of one input").add_subparsers(
        dest="what", metavar="WHAT", required=True
    )
    for name, inspector, text in (
        ("message", _message, "a raw message"),
        ("html", _html, 'JSON: {"html", "allow_remote"}'),
    ):
        command = kinds.add_parser(name, parents=[common], help=text)
        command.add_argument("file", nargs="?", default="-", help="a file, - for standard input")
        command.add_argument("--batch", action="store_true", help='JSON lines: {"id", "path"} or {"id", "input"}')
        command.set_defaults(run=_inspect, inspector=inspector)


def _message(raw: bytes) -> Any:
    from app.mime.inspect import inspect_message

    return inspect_message(raw)


def _html(raw: bytes) -> Any:
    from app.mime.inspect import inspect_html

    try:
        asked = json.loads(raw)
        html, remote = asked["html"], bool(asked.get("allow_remote", False))
        if not isinstance(html, str):
            raise TypeError
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError('inspect html takes JSON: {"html": "…", "allow_remote": false}.') from error
    return inspect_html(html, remote)


def _inspect(options: Namespace) -> int:
    if options.batch:
        return _batch(options.file, options.inspector)
    json.dump(options.inspector(_read(options.file)), sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
    return 0


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from error


def _batch(name: str, inspector: Inspector) -> int:
    """A line that cannot be read becomes an error of its own; the others go on."""
    lines = sys.stdin.buffer if name == "-" else _read(name).splitlines()
    for line in lines:
        if not line.strip():
            continue
        answer: dict[str, Any] = {"id": None}
        try:
            asked = json.loads(line)
            answer["id"] = asked.get("id")
            answer["result"] = inspector(_input_of(asked))
        except UsageError as error:
            answer["error"] = str(error)
        except (ValueError, AttributeError, TypeError) as error:
            answer["error"] = f"This line is not {{'id', 'path'}} or {{'id', 'input'}}: {error}"
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 0


def _input_of(asked: dict[str, Any]) -> bytes:
    if "path" in asked:
        return _read(str(asked["path"]))
    given = asked.get("input", "")
    # Raw messages come as text, one character a byte where they fit; anything else is JSON for the inspector.
    if isinstance(given, str):
        return given.encode("utf-8", "surrogateescape")
    return json.dumps(given).encode()
