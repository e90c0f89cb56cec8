"""`tracking earlier`: the tracking servers that were used before, and are still asked."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.cli.opening import opened
from app.cli.output import emit, instant, local
from app.cli.parsing import Parser
from app.domain.earlier_hosts import EarlierHost, state_of, what_is_lost
from app.domain.errors import UsageError

if TYPE_CHECKING:
    from app.services.workspace import Workspace

OWN = "own"


def add_earlier(actions: Any, common: Parser) -> None:
    """`actions`: the subparsers of `tracking`."""
    earlier = actions.add_parser(
        "earlier",
        parents=[common],
        help="the tracking servers that were used before, and are still asked; give one up",
        description="Mail that was sent by a tracking server leads there for good. When another server is used, the one before "
        "is still asked for opens and clicks, every few minutes and with each sync, and told whom to delete.",
    )
    earlier.add_argument(
        "--forget",
        metavar="HOST",
        help=f"give this one up: its address, its number as listed, or “{OWN}”; without --yes it only tells what is lost",
    )
    earlier.add_argument("--yes", action="store_true", help="with --forget: do it")
    earlier.set_defaults(run=_run)


def _run(options: Namespace) -> int:
    with opened(options) as workspace:
        if options.forget is not None:
            return _forget(options, workspace)
        hosts = workspace.store.earlier_hosts.all()
    nothing = ["No other tracking server was used before."]
    lines = [f"{host.id}  {host.name}, until {local(host.left_at)}. {state_of(host)}" for host in hosts]
    emit(options, {"earlier_hosts": earlier_documents(hosts)}, lambda: lines or nothing)
    return 0


def _forget(options: Namespace, workspace: Workspace) -> int:
    from app.services.change_tracking import forget_host

    wanted = options.forget.strip().rstrip("/")
    hosts = workspace.store.earlier_hosts.all()
    found = [host for host in hosts if wanted in (str(host.id), OWN if host.own else host.url)]
    if len(found) != 1:
        why = "Several were at this address: name its number" if found else "No such server was used before"
        raise UsageError(f"{why}. See hitchpost tracking earlier.")
    if options.yes:
        forget_host(workspace, found[0].id)
    said = [what_is_lost(found[0])]
    said.append("It is given up." if options.yes else "Nothing was changed. With --yes it is given up.")
    emit(options, {**earlier_documents(found)[0], "forgotten": options.yes}, lambda: said)
    return 0


def earlier_documents(hosts: Sequence[EarlierHost]) -> list[dict[str, Any]]:
    return [
        {
            "number": host.id,
            "own": host.own,
            "url": host.url,
            "until": instant(host.left_at),
            "asked": None if host.asked_at is None else instant(host.asked_at),
            "trouble": host.trouble,
            "owed": host.owed,
        }
        for host in hosts
    ]


def trouble_lines(documents: Sequence[dict[str, Any]]) -> list[str]:
    """Of those that could not be asked the last time."""
    return [
        f"{'This workspace’s own tracking server' if one['own'] else one['url']}, which was used before: {one['trouble']} See "
        "hitchpost tracking earlier."
        for one in documents
        if one["trouble"]
    ]
