"""How words become options: parsers that load a command only when it is asked for, and the types of values. Used by
every file of the command line; imports nothing heavy."""

from __future__ import annotations

import argparse
import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from app.cli.output import write
from app.domain.errors import UsageError
from app.domain.hosts import server_host
from app.domain.inboxes import ConnectionSecurity, Endpoint

# argparse's messages, and how a person says the same
_PLAINLY = (
    (re.compile(r"^the following arguments are required: (.*)$"), r"missing: \1"),
    (re.compile(r"^unrecognized arguments: (.*)$"), r"this is not understood here: \1"),
    (
        re.compile(r"^argument (\S+): invalid choice: (.*) \(choose from (.*)\)$", re.DOTALL),
        r"\1 cannot be \2; it is one of \3",
    ),
    (re.compile(r"^argument (\S+): not allowed with argument (\S+)$"), r"\1 and \2 do not go together"),
    (re.compile(r"^argument (\S+): expected one argument$"), r"\1 needs a value behind it"),
    (re.compile(r"^argument (\S+): expected (\d+) arguments$"), r"\1 needs \2 values behind it"),
    (re.compile(r"^argument (\S+): ignored explicit argument (.*)$"), r"\1 takes no value, and was given \2"),
    (re.compile(r"^argument (\S+): "), r"\1: "),
)


class WrongUsage(UsageError):
    """Words that make no command. `usage` shows how it is written."""

    def __init__(self, text: str, usage: str) -> None:
        super().__init__(text)
        self.usage = usage


class _Actions(argparse._SubParsersAction):  # type: ignore[type-arg]
    """What an action is for stands at the head of its own help, too."""

    def add_parser(self, name: str, **options: Any) -> Any:
        if text := options.get("help", ""):
            options.setdefault("description", f"{text[:1].upper()}{text[1:]}.")
        return super().add_parser(name, **options)


class Parser(argparse.ArgumentParser):
    """`fill` adds the options of a command, at its first use: what a command imports costs the others no time.

    Raises WrongUsage instead of ending the process. Options cannot be shortened: a later one would change what a
    script says."""

    def __init__(self, *arguments: Any, fill: Callable[[Parser], None] | None = None, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        super().__init__(*arguments, **options)
        self.register("action", "parsers", _Actions)
        self._fill = fill

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill(self)
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:  # told here, so that the usage shown is that of the command itself
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown

    def _print_message(self, message: str, file: Any = None) -> None:
        """Help and version; argparse would hide that they cannot be written."""
        write(message.rstrip("\n"))

    def error(self, message: str) -> NoReturn:
        text = message
        for pattern, plain in _PLAINLY:
            text = pattern.sub(plain, text)
        raise WrongUsage(f"{text[:1].upper()}{text[1:].rstrip('.')}.", self.format_usage())


def common_options() -> Parser:
    """What every command takes, before its name or after it."""
    common = Parser(add_help=False)
    common.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="one JSON document on standard output"
    )
    common.add_argument(
        "--workspace", metavar="NAME", default=argparse.SUPPRESS, help="the workspace to use, by its name"
    )
    common.add_argument(
        "--create",
        action="store_true",
        default=argparse.SUPPRESS,
        help="make the workspace that --workspace names, if it is not there (connect and import do so anyway)",
    )
    common.add_argument("--verbose", action="store_true", default=argparse.SUPPRESS, help="tell more on standard error")
    return common


def endpoint(text: str) -> Endpoint:
    """`HOST:PORT:tls|starttls`; an IPv6 address stands in brackets."""
    try:
        host, number, security = text.rsplit(":", 2)
        name = server_host(host)
        if not name or (":" in name and not host.strip().startswith("[")):
            raise ValueError
        return Endpoint(name, port(number), ConnectionSecurity(security.lower()))
    except (ValueError, ArgumentTypeError):
        raise ArgumentTypeError(
            f"{text!r} is not HOST:PORT:tls or HOST:PORT:starttls, such as imap.example.com:993:tls"
        ) from None


def port(text: str) -> int:
    """1 to 65535."""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise ArgumentTypeError(f"{text!r} is not a port: a whole number from 1 to 65535")
    return int(text)


def free_or_port(text: str) -> int:
    """As `port`, or 0 for any that is free."""
    return 0 if text == "0" else port(text)


def web_address(text: str) -> str:
    """What links can begin with: http or https and a host, without ? and #. Without a slash at its end."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        well = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        well = False
    if not well or not set(text).isdisjoint("?# "):
        raise ArgumentTypeError(f"{text!r} is not an address such as https://mail.example.com, without ? and #")
    return text.rstrip("/")


def network(text: str) -> str:
    """An IP address, or a network with a slash."""
    from ipaddress import ip_network

    try:
        ip_network(text.strip(), strict=False)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not an IP address, or a network such as 10.0.0.0/8") from None
    return text.strip()


def count(text: str) -> int:
    """A whole number from 1 on."""
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text[:9])


def moment(text: str) -> datetime:
    """ISO 8601, in UTC; a time without a zone is the computer's own."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):  # the last two: years that no calendar of the system reaches
        raise ArgumentTypeError(f"{text!r} is no time such as 2026-12-01T08:00 or 2026-12-01T08:00+01:00") from None
