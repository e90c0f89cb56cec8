"""`serve tracking`: the tracking server of a workspace as a process of its own."""

from __future__ import annotations

from argparse import Namespace

from app.cli.opening import opened
from app.cli.output import emit
from app.cli.parsing import Parser, free_or_port


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
        "--public-url", default="", metavar="URL", help="what links in mail begin with, when it is another address"
    )
    tracking.add_argument(
        "--trusted-proxy", action="append", default=[], metavar="ADDRESS", help="believe this proxy's X-Forwarded-For"
    )
    tracking.set_defaults(run=_tracking)


def _tracking(options: Namespace) -> int:
    from app.tracking.serve import DEFAULT_PORT, run_forever

    with opened(options) as workspace:
        public = options.public_url or str(workspace.store.settings.get("tracking.url"))
        folder = workspace.tracking.path
    port = DEFAULT_PORT if options.port is None else options.port
    status = run_forever(options.host, port, folder, public, trusted_proxies=options.trusted_proxy)
    emit(options, {"server": "tracking", "state": "stopped"}, lambda: ["The tracking server has stopped."])
    return status
