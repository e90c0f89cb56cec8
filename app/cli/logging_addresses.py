"""`logging`: the addresses that mail is copied or forwarded to so that it is logged."""

from __future__ import annotations

import threading
from argparse import ArgumentTypeError, Namespace
from typing import Any

from app.cli.opening import opened
from app.cli.output import emit, instant, say
from app.cli.parsing import Parser
from app.domain.copied_mail import CopyKind
from app.domain.errors import UsageError
from app.domain.inboxes import InboxState
from app.domain.logging_addresses import FolderThere, LoggingAddress, Recognised, Way
from app.words.logging_addresses import folder_gone_sentence, folder_look_sentence, proof_sentence

_KINDS = {"bcc": CopyKind.BCC, "forward": CopyKind.FORWARD}
_KIND_WORDS = {CopyKind.BCC: "BCC", CopyKind.FORWARD: "forwarding"}


def add_logging(command: Parser, common: Parser) -> None:
    command.set_defaults(run=_list)
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: all addresses)")
    actions.add_parser("list", parents=[common], help="all addresses").set_defaults(run=_list)
    add = actions.add_parser(
        "add",
        parents=[common],
        help="a new address",
        description="Without --folder and --mailbox the address is part of the inbox, as in anna+log-k3v9x2@example.com. Add "
        "it to Bcc to have a message logged; forward to the other one what came long ago.",
    )
    add.add_argument(
        "kind",
        metavar="bcc|forward",
        choices=list(_KINDS),
        help="bcc: for what you send; forward: for what you forward",
    )
    add.add_argument("--inbox", metavar="ADDRESS", help="the connected inbox that serves it, where there are several")
    way = add.add_mutually_exclusive_group()
    way.add_argument("--folder", metavar="PATH", default="", help="log what is put into this folder")
    add.add_argument(
        "--create-folder", action="store_true", help="with --folder: create it where the mail server has none"
    )
    way.add_argument("--mailbox", action="store_true", help="log everything that comes into this inbox")
    add.add_argument(
        "--address", metavar="ADDRESS", default="", help="of your own choice, where the server knows it already"
    )
    add.set_defaults(run=_add)
    for name, text, run in (
        ("prove", "send a test message, and see whether it comes and is known by the address", _prove),
        ("remove", "what comes to it is ordinary mail from then on", _remove),
    ):
        action = actions.add_parser(name, parents=[common], help=text)
        action.add_argument("id", metavar="ID", type=_id, help="the number that `logging` shows")
        action.set_defaults(run=run)


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ArgumentTypeError(f"{text!r} is not the number of an address")
    return int(text)


def _list(options: Namespace) -> int:
    with opened(options) as workspace:
        addresses = workspace.store.logging_addresses.all()
        names = {inbox.id: inbox.address for inbox in workspace.store.inboxes.all()}
    told = {a.id: folder_gone_sentence(a, names.get(a.inbox_id, "its inbox")) for a in addresses}
    lines = [line for a in addresses for line in (_line(a), f"     {told[a.id]}") if line.strip()] or [
        "There is no logging address yet. See hitchpost logging add --help."
    ]
    emit(options, {"logging": [{**_document(a), "trouble": told[a.id]} for a in addresses]}, lambda: lines)
    return 0


def _document(address: LoggingAddress) -> dict[str, Any]:
    return {
        "id": address.id,
        "kind": address.kind.value,
        "way": address.way.value,
        "address": address.address,
        "folder": address.folder,
        "state": address.state.value,
        "proved_at": instant(address.proved_at),
    }


def _line(address: LoggingAddress) -> str:
    place = f"  folder {address.folder}" if address.folder else ""
    return f"{address.id:>3}  {_KIND_WORDS[address.kind]:<10}  {address.address or '—'}{place}  {address.state.value}"


def _add(options: Namespace) -> int:
    from app.services.connect_inbox import the_inbox
    from app.services.logging_addresses import add_logging_address
    from app.services.logging_folders import ask_for_folder, create_logging_folder

    way = Way.FOLDER if options.folder else Way.MAILBOX if options.mailbox else Way.PLUS
    with opened(options) as workspace:
        inboxes = workspace.store.inboxes.all()
        inbox = inboxes[0] if len(inboxes) == 1 and not options.inbox else the_inbox(workspace, options.inbox or "")
        kind, asked, folder = _KINDS[options.kind], True, options.folder
        if way is Way.FOLDER and options.create_folder:
            found = create_logging_folder(workspace, inbox.id, folder, threading.Event())
            if not isinstance(found, FolderThere):
                raise UsageError(folder_look_sentence(found, inbox.address, creating=True))
            folder = found.path
        elif way is Way.FOLDER and inbox.state is not InboxState.DISABLED:
            asked = ask_for_folder(workspace, inbox.id, options.folder, threading.Event())
        made = add_logging_address(workspace, kind, way, inbox.id, folder=folder, address=options.address)
    lines = [_line(made), f"See whether mail comes to it: hitchpost logging prove {made.id}"]
    if not made.address:
        del lines[1:]
    if not asked:
        lines.append("The mail server could not be asked for the folder. It is looked for when the inbox is read next.")
    emit(options, {"logging": _document(made), "folder_looked_for": asked}, lambda: lines)
    return 0


def _remove(options: Namespace) -> int:
    from app.services.logging_addresses import remove_logging_address

    with opened(options) as workspace:
        remove_logging_address(workspace, options.id)
    emit(options, {"removed": options.id}, lambda: ["It is removed. What comes to it is ordinary mail."])
    return 0


def _prove(options: Namespace) -> int:
    from app.services.logging_addresses import prove_address

    with opened(options) as workspace:
        found = prove_address(workspace, options.id, threading.Event(), on_step=lambda text: say(f"{text} …"))
    text = proof_sentence(found)
    document = {"proved": isinstance(found, Recognised), "sentence": text, "logging": _document(found.address)}
    emit(options, document, lambda: [text])
    return 0 if isinstance(found, Recognised) else 1
