"""Reads the command line, runs one command, and turns known failures into a sentence and an exit status."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence

from app import __version__
from app.cli import connect, demo, inspect, mail, records, serve, settings
from app.cli.output import say
from app.domain.errors import HitchpostError, UsageError

GROUPS = (demo, connect, mail, records, settings, serve, inspect)


def parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="one JSON document on standard output"
    )
    common.add_argument("--workspace", metavar="NAME", default=argparse.SUPPRESS, help="the workspace to use")
    common.add_argument("--verbose", action="store_true", default=argparse.SUPPRESS, help="tell more on standard error")
    top = argparse.ArgumentParser(
        prog="hitchpost",
        description="Hitchpost without a screen. Without a command the program's window opens.",
        epilog="HITCHPOST_HOME names the folder of all local data. HITCHPOST_PASSPHRASE opens the encrypted password "
        "file where there is no keyring.",
        parents=[common],
    )
    top.add_argument("--version", action="version", version=f"hitchpost {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for group in GROUPS:
        group.add(commands, common)
    return top


def run_command(words: Sequence[str]) -> int:
    """0, 1 for a failure that can be explained, 2 for wrong usage."""
    try:
        options = parser().parse_args(list(words))
    except SystemExit as ended:
        return int(ended.code or 0)
    for name, default in (("json", False), ("workspace", None), ("verbose", False)):
        if not hasattr(options, name):
            setattr(options, name, default)
    level = logging.INFO if options.verbose else logging.ERROR
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        return int(options.run(options))
    except UsageError as error:
        _failed(options.json, str(error))
        return 2
    except HitchpostError as error:
        _failed(options.json, str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _failed(as_json: bool, text: str) -> None:
    say(text)
    if as_json:
        json.dump({"error": text}, sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
