"""`aliases`: the addresses that a Gmail inbox may send as, as they are known, or as Gmail lists them now."""

from __future__ import annotations

from argparse import Namespace

from app.cli.opening import opened
from app.cli.output import emit
from app.cli.parsing import Parser
from app.domain.errors import HitchpostError, MailFault
from app.domain.inboxes import InboxId, SendAs
from app.services.connect_inbox import the_inbox
from app.services.workspace import Workspace


def add_aliases(command: Parser, common: Parser) -> None:
    command.add_argument("address", metavar="ADDRESS", help="the address of a connected inbox")
    command.add_argument("--refresh", action="store_true", help="ask Gmail first")
    command.set_defaults(run=_aliases)


def alias_documents(aliases: tuple[SendAs, ...]) -> list[dict[str, object]]:
    return [{"address": a.address, "name": a.name, "default": a.is_default} for a in aliases]


def _aliases(options: Namespace) -> int:
    with opened(options) as workspace:
        inbox = the_inbox(workspace, options.address)
        aliases = _asked(workspace, inbox.id) if options.refresh else workspace.store.inboxes.aliases(inbox.id)
    document = {"inbox": inbox.address, "aliases": alias_documents(aliases)}
    none = f"No aliases of {inbox.address} are known."
    emit(options, document, lambda: [_line(alias) for alias in aliases] or [none])
    return 0


def _asked(workspace: Workspace, inbox_id: InboxId) -> tuple[SendAs, ...]:
    from app.services.refresh_aliases import refresh_aliases  # the sign-in libraries, which looking does without
    from app.words.aliases import why_no_aliases

    try:
        return refresh_aliases(workspace, inbox_id)
    except MailFault as fault:
        raise HitchpostError(why_no_aliases(fault.problem)) from fault


def _line(alias: SendAs) -> str:
    shown = f"{alias.name} <{alias.address}>" if alias.name else alias.address
    return f"{shown}  (first choice)" if alias.is_default else shown
