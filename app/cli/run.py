"""Reads the command line, runs one command, and turns known failures into a sentence and an exit status."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from app import __version__
from app.cli.output import OutputLost, json_text, let_go, prepare_streams, say, write
from app.cli.parsing import Parser, WrongUsage, common_options
from app.domain.errors import HitchpostError, MailFault, NotAllowed, UsageError

# command, the file that has its `add_…`, and what it does
COMMANDS = (
    ("demo", "demo", "try the program with sample mail; no account needed"),
    ("connect", "connect", "connect an inbox"),
    ("check", "check", "check one mail server alone; nothing is kept"),
    ("inboxes", "inboxes", "the connected inboxes"),
    ("diagnose", "inboxes", "run every check of an inbox again"),
    ("pause", "inboxes", "pause the reading of an inbox; mail still goes out"),
    ("resume", "inboxes", "read a paused inbox again, from the same place on"),
    ("disable", "inboxes", "neither read an inbox nor send from it, until it is reconnected"),
    ("reconnect", "inboxes", "check an inbox again, or sign in again; reading goes on from the same place"),
    ("aliases", "aliases", "the addresses that a Gmail inbox may send as"),
    ("remove", "inboxes", "forget an inbox and its password; logged mail stays"),
    ("send", "send", "send one message, tracked if you like"),
    ("sync", "sync", "send what is due, read new mail and new events"),
    ("timeline", "records", "the messages of a contact"),
    ("feed", "feed", "opens, clicks, replies, bounces; newest first"),
    ("search", "search", "find words in all logged messages; newest first"),
    ("ledger", "records", "what was read of the mailbox, and why"),
    ("why", "why", "why a message is here, or not"),
    ("contacts", "contacts", "list, add, show, edit, merge and delete contacts"),
    ("companies", "companies", "list, add, show and edit companies"),
    ("deals", "deals", "list, add, show and edit deals"),
    ("users", "users", "the people of this workspace"),
    ("workspace", "workspaces", "which workspaces this computer knows, and which one is used"),
    ("import", "transfer", "take in contacts, companies, deals, users and messages from files"),
    ("export", "transfer", "write all that the workspace holds into a folder"),
    ("logging", "logging_addresses", "the addresses that mail is copied or forwarded to, to be logged"),
    ("review", "review", "copied mail that was not logged, and why"),
    ("settings", "settings", "show and change settings"),
    ("serve", "serve", "run a server"),
    ("tracking", "tracking", "who uses a tracking server of your own, and their tokens"),
    ("inspect", "inspect", "what the program makes of one input"),
    ("explain", "explain", "what an error message means, and what to do"),
    ("disclosure", "disclosure", "what connecting an inbox means: gmail, outlook, exchange, imap"),
)
_EPILOG = """\
`hitchpost COMMAND --help` says what a command takes. Without a command the program’s window opens
(--workspace NAME; --create; --minimised: in the tray).

environment:
  HITCHPOST_HOME         the folder of all local data
  HITCHPOST_TRACKING_DATABASE
                         the database of a tracking server (see serve tracking --help)
  HITCHPOST_METRICS_TOKEN
                         who may read the numbers of a tracking server from elsewhere (the same)
  HITCHPOST_PASSPHRASE   keep passwords in a file encrypted with it, instead of the system's keyring

Exit status: 0; 1 for a failure, which is explained on standard error; 2 for wrong usage.
"""


def parser() -> Parser:
    import argparse

    common = common_options()
    top = Parser(
        prog="hitchpost",
        description="Tracked mail through your own server, and a contact timeline you own; here without a screen.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
    )
    top.add_argument("--version", action="version", version=f"hitchpost {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    for name, module, text in COMMANDS:
        commands.add_parser(
            name,
            parents=[common],
            help=text,
            description=f"{text[:1].upper()}{text[1:]}.",
            fill=partial(_fill, module, f"add_{name}", common),
        )
    return top


def _fill(module: str, function: str, common: Parser, command: Parser) -> None:
    add: Callable[[Parser, Parser], None] = getattr(import_module(f"app.cli.{module}"), function)
    add(command, common)


def run_command(words: Sequence[str]) -> int:
    """0, 1 for a failure that can be explained, 2 for wrong usage."""
    as_json = "--json" in words
    prepare_streams(as_json=as_json)
    try:
        return _run(words)
    except OutputLost as error:
        if not error.quiet:
            say(str(error))
        let_go(sys.stdout)
        return 1
    except WrongUsage as error:
        say(f"{error.usage}{error}")
        return _failed(as_json, str(error), 2)
    except NotAllowed as error:
        say(error.by_command)
        return _failed(as_json, error.by_command, 1)
    except UsageError as error:
        say(str(error))
        return _failed(as_json, str(error), 2)
    except HitchpostError as error:
        text = _sentence(error)
        say(text)
        return _failed(as_json, text, 1)
    except KeyboardInterrupt:
        say("Stopped.")
        return _failed(as_json, "Stopped.", 1)


def _run(words: Sequence[str]) -> int:
    try:
        options = parser().parse_args(list(words))
    except SystemExit as ended:  # --help and --version, printed
        return int(ended.code or 0)
    for name, default in (("json", False), ("workspace", None), ("create", False), ("verbose", False)):
        if not hasattr(options, name):
            setattr(options, name, default)
    _refuse_broken_text(options)
    level = logging.INFO if options.verbose else logging.ERROR
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    return int(options.run(options))


_FILES = ("file", "text_file", "html_file")


def _refuse_broken_text(options: Namespace) -> None:
    """Bytes that are no text could be neither stored nor sent; names of files may have them. Raises UsageError."""
    for name, value in vars(options).items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and name not in _FILES and not _is_text(text):
                raise UsageError(f"What was given as {name.replace('_', ' ')} is not UTF-8 text.")


def _is_text(value: Any) -> bool:
    try:
        str(value).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _sentence(error: HitchpostError) -> str:
    if not isinstance(error, MailFault):
        return str(error)
    from app.cli.checking import reason_of

    return reason_of(error.problem)


def _failed(as_json: bool, text: str, status: int) -> int:
    """The one document that a failure leaves on standard output."""
    if as_json:
        try:
            write(json_text({"error": text}))
        except OutputLost:
            let_go(sys.stdout)
    return status
