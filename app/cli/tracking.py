"""`tracking`: who uses a tracking server. Each has a token for its API, and keys of its own that seal links."""

from __future__ import annotations

import secrets
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.cli.earlier_hosts import add_earlier, earlier_documents, trouble_lines
from app.cli.network_lists import add_networks
from app.cli.opening import opened
from app.cli.output import emit, instant, local
from app.cli.parsing import Parser
from app.cli.serve import add_database
from app.domain.errors import TrackingError, UsageError

if TYPE_CHECKING:
    from app.tracking.server.database import HitDatabase, Workspace

_MAX_NAME = 100


def add_tracking(command: Parser, common: Parser) -> None:
    add_database(command)
    command.set_defaults(run=_list)
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: all workspaces)")
    lister = actions.add_parser("list", parents=[common], help="all workspaces")
    lister.set_defaults(run=_list)
    add_database(lister, again=True)
    for name, text, run in (
        ("add", "a new workspace; its token is shown this once", _add),
        ("new-token", "another token; the one before is refused from then on, a revoked workspace comes back", _token),
        ("revoke", "refuse the token; links in mail that was sent lead on", _revoke),
        ("rotate-keys", "seal links with a new key, a minute from now; links in mail that was sent lead on", _rotate),
    ):
        action = actions.add_parser(name, parents=[common], help=text)
        action.add_argument("name", metavar="NAME", type=_name, help="of the workspace")
        add_database(action, again=True)
        action.set_defaults(run=run)
    restored = actions.add_parser(
        "restored",
        parents=[common],
        help="have programs hear all hits again, after the database was restored from a backup",
        description="A restored database goes on by itself: the numbers of hits follow the clock, so new ones are not taken "
        "for ones that were seen, and a program that has seen newer ones than there are makes the server notice. For where the "
        "clock was wrong, or hits seem to be missing: all programs hear everything again, and keep each hit once. A "
        "backup also brings back the hits of people who were deleted for good since: programs that hear of them tell the "
        "server again to delete them.",
    )
    restored.set_defaults(run=_restored)
    add_database(restored, again=True)
    check = actions.add_parser(
        "check",
        parents=[common],
        help="whether pictures and links in mail will work for recipients: the tracking host, step by step",
        description="Checks the tracking host of this workspace, or another one. Leaves no event. Exit status 1 when a step "
        "fails.",
    )
    check.add_argument("url", nargs="?", default="", metavar="URL", help="default: the one that is set, or runs here")
    check.set_defaults(run=_check)
    add_networks(actions, common)
    add_earlier(actions, common)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise ArgumentTypeError(f"a name has 1 to {_MAX_NAME} characters that can be seen")
    return name


@contextmanager
def _database(options: Namespace) -> Iterator[tuple[HitDatabase, bool]]:
    """Made where it is missing; and whether it is the file of this workspace. Raises TrackingError."""
    from app.tracking.server.database import DatabaseAway
    from app.tracking.server.joining import join
    from app.tracking.server.places import DatabasePlace

    with opened(options) as workspace:
        folder = workspace.tracking
    folder.create()
    place = DatabasePlace.of(options.database, folder.database)
    if place.own:
        join(folder, place)
    try:
        if not place.own:
            place.prepare()
        database = place.open(busy=5.0, patience=10.0)
        try:
            yield database, place.own
        finally:
            database.close()
    except DatabaseAway as error:
        raise TrackingError(f"The database of the tracking server cannot be used: {error}.") from error


def _list(options: Namespace) -> int:
    with _database(options) as (database, _):
        found, keys = database.workspaces(), database.signing_keys()
    counts = {workspace.id: sum(key.workspace == workspace.id for key in keys) for workspace in found}
    lines = [_line(workspace, counts[workspace.id]) for workspace in found]
    documents = [{**_document(workspace), "keys": counts[workspace.id]} for workspace in found]
    nothing = ["No workspace uses this server yet. See hitchpost tracking add --help."]
    emit(options, {"workspaces": documents}, lambda: lines or nothing)
    return 0


def _add(options: Namespace) -> int:
    from app.tracking.proof import token_hash
    from app.tracking.server.joining import now
    from app.tracking.tokens import new_secret

    token, at = secrets.token_urlsafe(32), now()
    with _database(options) as (database, _):
        made = database.add_workspace(options.name, token_hash(token), at)
        if made is None:
            raise UsageError(f"There is a workspace “{options.name}” already.")
        database.add_key(made.id, new_secret(), at, at)
    _tell_token(options, made, token)
    return 0


def _token(options: Namespace) -> int:
    from app.tracking.proof import token_hash

    token = secrets.token_urlsafe(32)
    with _database(options) as (database, own):
        workspace = _named(database, options.name, own=own)
        database.set_token(workspace.id, token_hash(token))
    _tell_token(options, workspace, token)
    return 0


def _revoke(options: Namespace) -> int:
    from app.tracking.server.joining import now

    with _database(options) as (database, own):
        workspace = _named(database, options.name, own=own)
        database.revoke(workspace.id, now())
    said = f"“{workspace.name}” is refused from now on. Links in mail that was sent lead on."
    emit(options, {"revoked": workspace.name}, lambda: [said])
    return 0


def _rotate(options: Namespace) -> int:
    from app.tracking.server.joining import now
    from app.tracking.server.keeper import SEALS_AFTER
    from app.tracking.tokens import new_secret

    at = now()
    with _database(options) as (database, _):
        workspace = _named(database, options.name)
        key = database.add_key(workspace.id, new_secret(), at, at + SEALS_AFTER)
    if key is None:
        raise UsageError("A new key waits for its turn already. Try again in a minute.")
    sealing = _when(key.seals_from)
    said = f"From {local(sealing)} on a new key seals the links of “{workspace.name}”. Links in sent mail lead on."
    emit(options, {"key": key.id, "seals_from": instant(sealing)}, lambda: [said])
    return 0


def _restored(options: Namespace) -> int:
    from app.tracking.server.joining import now

    with _database(options) as (database, _):
        database.renew(now())
        uid, former = database.names()
    said = [
        "All programs hear everything again, and keep each hit once. Servers that run know of it within a minute.",
        "What people did who were deleted for good came back with the backup; programs that hear of it have it deleted again.",
    ]
    emit(options, {"server": uid, "former": former}, lambda: said)
    return 0


def _check(options: Namespace) -> int:
    import threading

    from app.domain.tracking_host import TITLES, StepState
    from app.services.check_tracking_host import check_tracking_host
    from app.services.tracking_server import own_address
    from app.tracking.probe import split_host

    signs = {StepState.PASSED: "✓", StepState.WARNING: "!", StepState.FAILED: "✗", StepState.SKIPPED: "–"}
    documents, lines = [], []
    with opened(options) as workspace:
        url = options.url or own_address(workspace)
        if not url:
            raise UsageError("No tracking server is set, and none runs here. Name one: hitchpost tracking check URL")
        try:
            split_host(url)
        except TrackingError as error:  # what was typed, and nothing about a server
            raise UsageError(str(error)) from error
        for step in check_tracking_host(workspace, url, threading.Event()):
            documents.append(
                {"check": step.check.value, "state": step.state.value, "detail": step.detail, "advice": step.advice}
            )
            said = [
                f"{signs[step.state]} {TITLES[step.check]}",
                *(f"    {text}" for text in (step.detail, step.advice) if text),
            ]
            lines += said
        earlier = earlier_documents(workspace.store.earlier_hosts.all())
    well = not any(document["state"] == StepState.FAILED.value for document in documents)
    emit(
        options,
        {"url": url, "well": well, "steps": documents, "earlier_hosts": earlier},
        lambda: [url, *lines, *trouble_lines(earlier)],
    )
    return 0 if well else 1


def _named(database: HitDatabase, name: str, *, own: bool = False) -> Workspace:
    """`own`: the workspace of this computer is left alone, whose token lies in a file here."""
    from app.tracking.server.joining import DEFAULT

    found = next((workspace for workspace in database.workspaces() if workspace.name == name), None)
    if found is None:
        raise UsageError(f"There is no workspace “{name}”. See hitchpost tracking list.")
    if own and name == DEFAULT:
        raise UsageError(
            f"“{DEFAULT}” is this computer’s own. For another token delete the file “token” in its folder “tracking”."
        )
    return found


def _tell_token(options: Namespace, workspace: Workspace, token: str) -> None:
    lines = [
        f"The token of “{workspace.name}”, shown this once:",
        f"  {token}",
        "Give it, and the address of the server, to Settings → Tracking of the program that is to use it.",
    ]
    emit(options, {"workspace": workspace.name, "token": token}, lambda: lines)


def _document(workspace: Workspace) -> dict[str, Any]:
    return {
        "name": workspace.name,
        "created": instant(_when(workspace.created)),
        "revoked": None if workspace.revoked is None else instant(_when(workspace.revoked)),
    }


def _line(workspace: Workspace, keys: int) -> str:
    state = "in use" if workspace.revoked is None else f"revoked {local(_when(workspace.revoked))}"
    return f"{workspace.name}  since {local(_when(workspace.created))}  {keys} key{'' if keys == 1 else 's'}  {state}"


def _when(at: int) -> datetime:
    return datetime.fromtimestamp(at // 1_000_000, UTC)
