"""`settings bcc`: addresses of other systems that get a copy of everything that is sent (S2)."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from app.cli.opening import opened
from app.cli.output import emit, instant
from app.cli.parsing import Parser
from app.domain.additional_bcc import ExtraBcc, read_extra
from app.domain.addresses import address_key
from app.domain.errors import UsageError


def add_bcc(actions: object, common: Parser) -> None:
    """`actions`: the subparsers of `settings`."""
    group: Parser = actions.add_parser(  # type: ignore[attr-defined]  # argparse's own class is private
        "bcc",
        parents=[common],
        help="addresses of other systems that get a blind copy of all you send",
        description="Each of these addresses gets one untracked copy of every message that you send with Hitchpost, so that "
        "another system logs it, too. Recipients do not see them. Each copy counts against the limit of your provider.",
    )
    group.set_defaults(run=_list)
    commands = group.add_subparsers(dest="what", metavar="WHAT", title="what to do (without it: list)")
    commands.add_parser("list", parents=[common], help="all addresses").set_defaults(run=_list)
    add = commands.add_parser("add", parents=[common], help="copy to this address, too, from the next message on")
    add.add_argument("--note", default="", help="whose it is")
    add.set_defaults(run=_add)
    remove = commands.add_parser("remove", parents=[common], help="copy to it no more")
    remove.set_defaults(run=_remove)
    for command in (add, remove):
        command.add_argument("address", nargs="+", metavar="ADDRESS", help="as in crm@example.com")


def _list(options: Namespace) -> int:
    from app.services.additional_bcc import additional_bcc

    with opened(options) as workspace:
        entries = additional_bcc(workspace)
    _tell(options, entries)
    return 0


def _add(options: Namespace) -> int:
    """All of them, or none where one is wrong."""
    from app.services.additional_bcc import additional_bcc, save_additional_bcc, why_not_extra

    with opened(options) as workspace:
        entries = list(additional_bcc(workspace))
        for word in options.address:
            entry = read_extra(word, options.note)
            if any(e.key == entry.key for e in entries):
                raise UsageError(f"{entry.address} is on the list already.")
            if why := why_not_extra(workspace, entry):
                raise UsageError(why)
            entries.append(entry)
        save_additional_bcc(workspace, entries)
        kept = additional_bcc(workspace)
    _tell(options, kept)
    return 0


def _remove(options: Namespace) -> int:
    from app.services.additional_bcc import additional_bcc, save_additional_bcc

    with opened(options) as workspace:
        entries = additional_bcc(workspace)
        gone = {address_key(word): word for word in options.address}
        for key, word in gone.items():
            if all(e.key != key for e in entries):
                raise UsageError(f"{word.strip()} is not on the list. See hitchpost settings bcc list.")
        save_additional_bcc(workspace, [e for e in entries if e.key not in gone])
        kept = additional_bcc(workspace)
    _tell(options, kept)
    return 0


def _tell(options: Namespace, entries: Sequence[ExtraBcc]) -> None:
    document = {
        "bcc": [
            {"address": e.address, "note": e.note, "added_at": instant(e.added_at) if e.added_at else None}
            for e in entries
        ]
    }
    lines = [f"{e.address}  {e.note}".rstrip() for e in entries] or ["There is no additional BCC address."]
    emit(options, document, lambda: lines)
