"""`users`: the people of the workspace; and `settings alias`, the addresses that a user sends from besides (S5, S6)."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from app.cli.opening import opened
from app.cli.output import emit
from app.cli.parsing import Parser
from app.cli.record_commands import SOURCE, add_common, told, yes_or_no
from app.cli.record_documents import document_of, user_of, user_record
from app.cli.transfer import add_record_transfer
from app.domain.addresses import address_key
from app.domain.errors import UsageError
from app.domain.records import ROLES, Fields, RecordKind, UserRecord
from app.domain.transfer import ImportKind
from app.services.address_notes import notes_on_alias
from app.services.edit_record import add_record, edit_record
from app.store import Store

_KIND = RecordKind.USER


def add_users(command: Parser, common: Parser) -> None:
    command.set_defaults(run=_users)
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: all users)")
    new: Parser = actions.add_parser("add", parents=[common], help="a new user")
    new.add_argument("login_address", metavar="ADDRESS", help="the address that the user signs in with")
    new.set_defaults(run=_add)
    edit = add_common(actions, common, _KIND, user_of, "USER", _fields)
    add_record_transfer(actions, common, ImportKind.USERS)
    edit.add_argument("--login-address", metavar="ADDRESS", help="the new address that the user signs in with")
    for parser in (new, edit):
        parser.add_argument("--name", help="the user’s name")
        parser.add_argument(
            "--role", choices=ROLES, help="what the user may do: an admin may change what counts for everybody"
        )
        parser.add_argument(
            "--personal-email", type=yes_or_no, metavar="on|off", help="may connect an inbox and log mail by BCC"
        )


def add_alias(actions: Any, common: Parser) -> None:
    command: Parser = actions.add_parser("alias", parents=[common], help="addresses that a user sends from besides")
    command.set_defaults(run=_aliases, user=None)
    parts = command.add_subparsers(dest="part", metavar="ACTION", title="actions (without one: list)")
    kinds = (("list", _aliases, "all of them"), ("add", _add_alias, "one more"), ("remove", _remove_alias, "one less"))
    for name, call, text in kinds:
        part = parts.add_parser(name, parents=[common], help=text)
        if name != "list":
            part.add_argument("address", metavar="ADDRESS", help="one that the user sends from")
        part.add_argument("--user", metavar="USER", help="a login address; without it the user who is signed in")
        part.set_defaults(run=call)


def _fields(store: Store, options: Namespace) -> Fields:
    names = {
        "name": "name",
        "login_address": "login_address",
        "role": "role",
        "personal_email": "personal_email_access",
    }
    return {field: getattr(options, name) for name, field in names.items() if getattr(options, name) is not None}


def _users(options: Namespace) -> int:
    with opened(options) as workspace:
        users = workspace.store.users.records(workspace.store.user_id)
    emit(options, {"users": [user_record(user) for user in users]}, lambda: [_line(user) for user in users])
    return 0


def _line(user: UserRecord) -> str:
    facts = [
        *([] if user.active else ["removed"]),
        *(["administrator"] if user.role == "admin" else []),
        *([] if user.personal_email_access else ["without personal e-mail access"]),
        *(["signed in here"] if user.signed_in else []),
    ]
    return "  ".join(
        [
            f"{user.id:>4}  {user.name or '(no name yet)'} <{user.login_address or 'no address yet'}>",
            *([", ".join(facts)] if facts else []),
        ]
    )


def _add(options: Namespace) -> int:
    with opened(options) as workspace:
        user_id = add_record(workspace.store, _KIND, _fields(workspace.store, options), SOURCE)
        document = document_of(workspace.store, _KIND, user_id)
    emit(options, {"user": document}, lambda: [f"{told(document)} is a user now."])
    return 0


def _aliases(options: Namespace) -> int:
    with opened(options) as workspace:
        user_id = _whose(workspace.store, options)
        aliases = workspace.store.users.aliases(user_id)
    emit(options, {"aliases": list(aliases)}, lambda: aliases or ["No aliases."])
    return 0


def _whose(store: Store, options: Namespace) -> int:
    return user_of(store, options.user) if options.user else store.user_id


def _add_alias(options: Namespace) -> int:
    with opened(options) as workspace:
        store = workspace.store
        user_id = _whose(store, options)
        notes = notes_on_alias(workspace, options.address.strip(), user_id)
        edit_record(store, _KIND, user_id, {"aliases": [*store.users.aliases(user_id), options.address]}, SOURCE)
        aliases = store.users.aliases(user_id)
    emit(options, {"aliases": list(aliases), "notes": list(notes)}, lambda: [*aliases, *notes])
    return 0


def _remove_alias(options: Namespace) -> int:
    with opened(options) as workspace:
        store = workspace.store
        user_id = _whose(store, options)
        left = [a for a in store.users.aliases(user_id) if address_key(a) != address_key(options.address)]
        if len(left) == len(store.users.aliases(user_id)):
            raise UsageError(f"{options.address} is no alias of this user.")
        edit_record(store, _KIND, user_id, {"aliases": left}, SOURCE)
    emit(options, {"aliases": left}, lambda: left or ["No aliases."])
    return 0
