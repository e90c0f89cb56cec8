"""`serve tracking`: the tracking server of a workspace as a process of its own."""

from __future__ import annotations

import argparse
import os
from argparse import ArgumentTypeError, Namespace
from pathlib import Path

from app.bootstrap import tracking_place
from app.cli.opening import opened
from app.cli.output import emit, say
from app.cli.parsing import Parser, count, free_or_port, network, web_address
from app.domain.errors import StoreError, UsageError
from app.store.glance import set_text
from app.tracking.folder import TrackingFolder

METRICS_TOKEN = "HITCHPOST_METRICS_TOKEN"
DATABASE = "HITCHPOST_TRACKING_DATABASE"


def add_serve(command: Parser, common: Parser) -> None:
    servers = command.add_subparsers(dest="server", metavar="SERVER", required=True)
    tracking = servers.add_parser(
        "tracking",
        parents=[common],
        help="answers opens and clicks of tracked mail",
        description="Serves this workspace until SIGTERM or Ctrl+C. One line on standard error says when it is ready.",
    )
    tracking.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this computer only")
    tracking.add_argument("--port", type=free_or_port, metavar="PORT", help="default: 8725; 0 for any that is free")
    tracking.add_argument(
        "--public-url",
        type=web_address,
        metavar="URL",
        help="what links in mail begin with, when it is another address",
    )
    tracking.add_argument(
        "--trusted-proxy",
        type=network,
        action="append",
        default=[],
        metavar="ADDRESS",
        help="believe this proxy’s X-Forwarded-For",
    )
    add_database(tracking)
    tracking.add_argument(
        "--processes", type=count, default=1, metavar="N", help="answer with N processes, started anew when one ends"
    )
    tracking.add_argument(
        "--keep-addresses-days",
        type=count,
        default=90,
        metavar="N",
        help="take IP address and mail program from hits older than that; default: 90",
    )
    for name, default, text in (
        ("hits", 200, "hits of one address kept a second; more are answered all the same, and counted in /metrics"),
        ("api", 50, "requests to the API answered a second with one token; more are told to come later"),
        ("api-address", 100, "the same from one address"),
        ("streams", 100, "streams of events open at once with one token; more are told to come later"),
    ):
        tracking.add_argument(
            f"--limit-{name}",
            type=_count_or_none,
            default=default,
            metavar="N",
            help=f"{text}; each of the --processes counts for itself; 0: all; default: {default}",
        )
    tracking.add_argument(
        "--metrics-token",
        default=os.environ.get(METRICS_TOKEN, ""),
        metavar="TOKEN",
        help=f"who shows it may read /metrics from elsewhere; better given as {METRICS_TOKEN} in the environment. Without "
        "one, only this machine may",
    )
    tracking.set_defaults(run=_tracking)


def _count_or_none(text: str) -> int:
    try:
        return 0 if text == "0" else count(text)
    except ArgumentTypeError:
        raise ArgumentTypeError(f"{text!r} is not a whole number, or 0 for no limit") from None


def _database(text: str) -> str:
    """The address may hold a password: what is wrong is told without it."""
    from app.domain.errors import TrackingError
    from app.tracking.server.places import DatabasePlace

    try:
        DatabasePlace.of(text, Path()).check()
    except TrackingError as error:
        raise ArgumentTypeError(str(error)) from error
    return text


def add_database(command: Parser, *, again: bool = False) -> None:
    """`again`: for an action of a command that has the option already; either place will do."""
    command.add_argument(
        "--database",
        type=_database,
        default=argparse.SUPPRESS if again else os.environ.get(DATABASE, ""),
        metavar="URL",
        help="where hits are kept: sqlite:///FILE, or postgresql://USER@HOST/NAME for several machines; default: what "
        f"{DATABASE} says, else a file of this workspace. Keep a password out of the command line: in that variable, "
        "or in ~/.pgpass",
    )


def _tracking(options: Namespace) -> int:
    from app.tracking.serve import DEFAULT_PORT, run_forever
    from app.tracking.server.limits import Limits

    file, folder = _place(options)
    public = options.public_url or _set_address(file)
    port = DEFAULT_PORT if options.port is None else options.port
    status = run_forever(
        options.host,
        port,
        folder.path,
        public,
        trusted_proxies=options.trusted_proxy,
        database=options.database,
        keep_addresses_days=options.keep_addresses_days,
        processes=options.processes,
        limits=Limits(options.limit_hits, options.limit_api, options.limit_api_address, options.limit_streams),
        metrics_token=options.metrics_token,
    )
    emit(options, {"server": "tracking", "state": "stopped"}, lambda: ["The tracking server has stopped."])
    return status


def _place(options: Namespace) -> tuple[Path, TrackingFolder]:
    """The workspace's file and its tracking folder. The workspace itself is not opened: on a full disk, or with a damaged
    file, links in mail that was sent have to lead on all the same. Raises UsageError, StoreError."""
    try:
        return tracking_place(options.workspace)
    except UsageError:
        if not options.create:
            raise
    with opened(options):
        return tracking_place(options.workspace)


def _set_address(file: Path) -> str:
    """What links begin with, as it is set; empty where that cannot be read. Programs on this machine are told of it alone."""
    try:
        return set_text(file, "tracking.url")
    except StoreError as error:
        say(f"{error} It serves all the same; --public-url says what links in mail begin with.")
        return ""
