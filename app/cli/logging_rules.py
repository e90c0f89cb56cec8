"""`settings never-log` and `settings privacy`: whose mail is never logged, and for whom there is a legal basis."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from app.cli.opening import opened
from app.cli.output import counted, emit, instant, local
from app.cli.parsing import Parser
from app.domain.errors import NotAllowed
from app.domain.never_log import CoveredMessage, NeverEntry, NeverTrial
from app.domain.privacy import Basis, LegalBasis
from app.services.workspace import Workspace
from app.words.deletion import near_sentence

_STAYS_AWAY = "What was taken away with --remove-logged stays away."
_SHOWN = 20  # messages of a trial, as lines


def add_never_log(actions: object, common: Parser) -> None:
    """`actions`: the subparsers of `settings`."""
    group: Parser = actions.add_parser(  # type: ignore[attr-defined]  # argparse's own class is private
        "never-log",
        parents=[common],
        help="addresses and domains whose mail is never logged",
        description="Addresses and domains whose mail is never logged, whichever way it comes. Mail still goes out to them. An "
        "address is that one alone: ada+news@example.org is another one, and `try` tells of those that were seen.",
    )
    group.set_defaults(run=_never)
    commands = group.add_subparsers(dest="what", metavar="WHAT", title="what to do (without it: list)")
    commands.add_parser("list", parents=[common], help="all entries").set_defaults(run=_never)
    add = commands.add_parser("add", parents=[common], help="log nothing of an address or a domain any more")
    _entry(add)
    add.add_argument("--note", default="", help="why")
    add.add_argument(
        "--remove-logged",
        action="store_true",
        help="also take away, for good, what was logged of them; it stays away; see `try` first",
    )
    add.set_defaults(run=_add)
    remove = commands.add_parser("remove", parents=[common], help="log their mail again from now on")
    _entry(remove)
    remove.set_defaults(run=_remove)
    trial = commands.add_parser(
        "try", parents=[common], help="what an entry would have kept out, and would take away; changes nothing"
    )
    _entry(trial)
    trial.set_defaults(run=_try)


def _entry(command: Parser) -> None:
    command.add_argument("entry", metavar="ADDRESS|DOMAIN", help="ada@example.org, or example.org")
    command.add_argument("--mine", action="store_true", help="in your own list, not in the workspace’s")
    command.add_argument("--no-subdomains", action="store_true", help="of a domain: that one alone")


def _read(workspace: Workspace, options: Namespace) -> NeverEntry:
    from app.services.never_log_rules import entry_of

    note = getattr(options, "note", "")
    return entry_of(workspace, options.entry, mine=options.mine, subdomains=not options.no_subdomains, note=note)


def _never(options: Namespace) -> int:
    from app.services.never_log_rules import never_entries

    with opened(options) as workspace:
        entries = never_entries(workspace)
    lines = [_line(e) for e in entries] or ["Nobody is on the never-log list."]
    emit(options, {"never_log": [_document(e) for e in entries]}, lambda: lines)
    return 0


def _document(entry: NeverEntry) -> dict[str, Any]:
    return {
        "kind": entry.kind.value,
        "value": entry.value,
        "subdomains": entry.subdomains,
        "mine": entry.user_id is not None,
        "note": entry.note,
        "created_at": instant(entry.created_at),
    }


def _line(entry: NeverEntry) -> str:
    return entry.words + ("  (yours)" if entry.user_id is not None else "") + (f"  {entry.note}" if entry.note else "")


def _add(options: Namespace) -> int:
    from app.services.address_notes import notes_on_entry
    from app.services.never_log_rules import add_entry, near_to, remove_logged

    with opened(options) as workspace:
        entry = add_entry(workspace, _read(workspace, options))
        notes = notes_on_entry(workspace, entry, removing=options.remove_logged)
        near = near_to(workspace, entry)
        removed = remove_logged(workspace, entry) if options.remove_logged else None
    document: dict[str, Any] = {"never_log": _document(entry), "notes": list(notes)}
    document["near"] = list(near)
    lines = [f"Nothing of {entry.words} is logged from now on.", *notes, *_near(near)]
    if removed is not None:
        document["removed"] = {
            "gone": removed.gone,
            "stayed": removed.stayed,
            "unnamed": removed.unnamed,
            "waiting_gone": removed.waiting_gone,
            "waiting_unnamed": removed.waiting_unnamed,
        }
        gone = f"{counted(removed.gone, 'logged message')} {'is' if removed.gone == 1 else 'are'} gone"
        stay = f"{removed.stayed:,} {'stays' if removed.stayed == 1 else 'stay'} with others whom they were to"
        lines.append(f"{gone}; {stay}." if removed.stayed else f"{gone}.")
        if removed.gone:
            lines.append("What is gone stays away, also when the entry is removed later.")
        if removed.unnamed:
            lines.append(f"{_naming(removed.unnamed)} beside others, and no longer {_do(removed.unnamed)}.")
        if gone_of_review := removed.waiting_gone:
            lines.append(
                f"Nothing is kept any more of {counted(gone_of_review, 'message')} that waited in the review list."
            )
        if left := removed.waiting_unnamed:
            verb = "names" if left == 1 else "name"
            lines.append(
                f"{counted(left, 'message')} in the review list no longer {verb} them, and can be logged by hand."
            )
    emit(options, document, lambda: lines)
    return 0


def _remove(options: Namespace) -> int:
    from app.services.never_log_rules import remove_entry

    with opened(options) as workspace:
        entry = _read(workspace, options)
        remove_entry(workspace, entry)
    emit(
        options, {"removed": entry.value}, lambda: [f"Mail of {entry.value} is logged again from now on. {_STAYS_AWAY}"]
    )
    return 0


def _try(options: Namespace) -> int:
    from app.services.never_log_rules import try_entry

    with opened(options) as workspace:
        trial = try_entry(workspace, _read(workspace, options))
    document = {
        "would_go": [_message(m) for m in trial.would_go],
        "would_stay": [_message(m) for m in trial.would_stay],
        "would_unname": [_message(m) for m in trial.would_unname],
        "contacts": list(trial.contacts),
        "exists": trial.exists,
        "waiting": {"would_go": len(trial.waiting_go), "would_unname": len(trial.waiting_unname)},
        "near": list(trial.near),
    }
    emit(options, document, lambda: _trial_lines(trial))
    return 0


def _message(message: CoveredMessage) -> dict[str, Any]:
    return {
        "date": instant(message.date),
        "direction": message.direction,
        "from": message.sender,
        "people": list(message.people[1:]),
        "subject": message.subject,
    }


def _trial_lines(trial: NeverTrial) -> list[str]:
    name = trial.entry.words
    lines = [
        f"{name}: {len(trial.would_go):,} of the logged messages would have been kept out, and go with --remove-logged.",
        *(f"  {local(m.date)}  {m.subject or '(no subject)'}" for m in trial.would_go[:_SHOWN]),
    ]
    if len(trial.would_go) > _SHOWN:
        lines.append(f"  and {len(trial.would_go) - _SHOWN:,} more")
    if stay := len(trial.would_stay):
        lines.append(
            "1 stays, on the timelines of others whom it was to."
            if stay == 1
            else f"{stay:,} stay, on the timelines of others whom they were to."
        )
    if unname := len(trial.would_unname):
        lines.append(f"{_naming(unname)} beside others, and no longer {_do(unname)} with --remove-logged.")
    if go := len(trial.waiting_go):
        lines.append(
            f"Of {counted(go, 'message')} that {_waits(go)} in the review list nothing is kept with --remove-logged."
        )
    if unname := len(trial.waiting_unname):
        lines.append(
            f"{counted(unname, 'message')} that {_waits(unname)} in the review list {_lose(unname)} their names with "
            "--remove-logged, and can still be logged by hand to the others."
        )
    return [*lines, *_near(trial.near)]


def _near(addresses: Sequence[str]) -> list[str]:
    return [f"{near_sentence(addresses)} Add an entry for each that is."] if addresses else []


def _naming(count: int) -> str:
    return f"{counted(count, 'message')} {'names' if count == 1 else 'name'} them"


def _waits(count: int) -> str:
    return "waits" if count == 1 else "wait"


def _lose(count: int) -> str:
    return "loses" if count == 1 else "lose"


def _do(count: int) -> str:
    return "does" if count == 1 else "do"


def add_privacy(actions: object, common: Parser) -> None:
    """`actions`: the subparsers of `settings`."""
    group: Parser = actions.add_parser(  # type: ignore[attr-defined]  # argparse's own class is private
        "privacy",
        parents=[common],
        help="log and track only people with a legal basis",
        description="With the privacy switch on, only people for whom a legal basis is noted are tracked and logged.",
    )
    group.set_defaults(run=_privacy)
    commands = group.add_subparsers(dest="what", metavar="WHAT", title="what to do (without it: list)")
    commands.add_parser("list", parents=[common], help="the switch, and every legal basis").set_defaults(run=_privacy)
    for name, on in (("on", True), ("off", False)):
        commands.add_parser(name, parents=[common], help=f"switch it {name}").set_defaults(run=_switch, on=on)
    basis = commands.add_parser("basis", parents=[common], help="note a legal basis for an address")
    basis.add_argument("address", metavar="ADDRESS", help="an address of the contact")
    basis.add_argument("basis", metavar="BASIS", help=", ".join(b.value.replace("_", "-") for b in Basis))
    basis.add_argument("--note", default="", help="such as the number of the contract")
    basis.set_defaults(run=_basis)
    remove = commands.add_parser("remove", parents=[common], help="take a legal basis away")
    remove.add_argument("address", metavar="ADDRESS", help="an address of the contact")
    remove.set_defaults(run=_remove_basis)


def _privacy(options: Namespace) -> int:
    with opened(options) as workspace:
        on, bases = workspace.store.settings.get("privacy.on"), workspace.store.bases.all()
    lines = [f"The privacy switch is {'on' if on else 'off'}.", *(_basis_line(b) for b in bases)]
    emit(options, {"on": on, "bases": [_basis_document(b) for b in bases]}, lambda: lines)
    return 0


def _basis_document(basis: LegalBasis) -> dict[str, Any]:
    return {"address": basis.address, "basis": basis.basis.value, "note": basis.note, "at": instant(basis.at)}


def _basis_line(basis: LegalBasis) -> str:
    return f"  {basis.address}  {basis.basis.words}" + (f"  ({basis.note})" if basis.note else "")


def _switch(options: Namespace) -> int:
    from app.services.settings import put_setting

    with opened(options) as workspace:
        put_setting(workspace.store, "privacy.on", options.on, "command line")
    return _privacy(options)


def _basis(options: Namespace) -> int:
    from app.services.legal_bases import put_legal_basis, read_basis

    with opened(options) as workspace:
        put_legal_basis(workspace, [options.address], read_basis(options.basis), options.note)
        kept = workspace.store.bases.get(options.address)
    if kept is None:
        raise NotAllowed("It was taken away again meanwhile.")
    emit(options, {"basis": _basis_document(kept)}, lambda: [_basis_line(kept).strip()])
    return 0


def _remove_basis(options: Namespace) -> int:
    from app.services.legal_bases import remove_legal_basis

    with opened(options) as workspace:
        remove_legal_basis(workspace, options.address)
    emit(options, {"removed": options.address}, lambda: [f"No legal basis is noted for {options.address} any more."])
    return 0
