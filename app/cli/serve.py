"""`serve tracking`: the tracking server of a workspace as a process of its own."""

from __future__ import annotations

import argparse
from argparse import Namespace
from typing import Any

from app.bootstrap import open_workspace


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    servers = commands.add_parser("serve", parents=[common], help="run a server").add_subparsers(
        dest="server", metavar="SERVER", required=True
    )
    tracking = servers.add_parser("tracking", parents=[common], help="answers opens and clicks of tracked mail")
    tracking.add_argument("--host", default="127.0.0.1")
    tracking.add_argument("--port", type=int, default=None)
    tracking.add_argument(
        "--public-url", default="", metavar="URL", help="what links in mail begin with, when it is another address"
    )
    tracking.add_argument(
        "--trusted-proxy", action="append", default=[], metavar="ADDRESS", help="believe this proxy's X-Forwarded-For"
    )
    tracking.set_defaults(run=_tracking)


def _tracking(options: Namespace) -> int:
    from app.tracking.serve import DEFAULT_PORT, run_forever

    workspace = open_workspace(name=options.workspace)
    try:
        public = options.public_url or str(workspace.store.settings.get("tracking.url"))
        folder = workspace.tracking.path
    finally:
        workspace.store.close()
    port = DEFAULT_PORT if options.port is None else options.port
    return run_forever(options.host, port, folder, public, trusted_proxies=options.trusted_proxy)
