"""`settings`: values of the workspace, shown and set."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from app.cli.additional_bcc import add_bcc
from app.cli.blocked import add_blocked
from app.cli.earlier_hosts import earlier_documents, trouble_lines
from app.cli.logging_rules import add_never_log, add_privacy
from app.cli.opening import opened
from app.cli.output import emit, say
from app.cli.parsing import Parser
from app.cli.shared_settings import add_meetings, add_preset
from app.cli.users import add_alias
from app.domain.quiet_hours import FROM, NEVER, ON, TO, never_quiet
from app.services.settings import put_setting
from app.words.settings import meaning

USER_NAME = "user_name"  # kept with the user, not with the settings
URL = "tracking.url"
TOKEN = "tracking.token"  # in the secret store
HIDDEN = (TOKEN, "oauth.gmail.client_secret")


def add_settings(command: Parser, common: Parser) -> None:
    command.set_defaults(run=_all)
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: list)")
    every = actions.add_parser("list", parents=[common], help="all values, and what they mean")
    every.set_defaults(run=_all)
    get = actions.add_parser("get", parents=[common], help="one value")
    get.add_argument("name", metavar="NAME", help="see hitchpost settings list")
    get.set_defaults(run=_get)
    put = actions.add_parser("set", parents=[common], help="change one value")
    put.add_argument("name", metavar="NAME", help="see hitchpost settings list")
    put.add_argument("value", metavar="VALUE", help="on or off, a number, or text; '' for none")
    put.set_defaults(run=_set)
    add_preset(actions, common)
    add_meetings(actions, common)
    add_alias(actions, common)
    add_never_log(actions, common)
    add_privacy(actions, common)
    add_bcc(actions, common)
    add_blocked(actions, common)


def _all(options: Namespace) -> int:
    with opened(options) as workspace:
        values = {**workspace.store.settings.all(), USER_NAME: workspace.store.user_name()}
        earlier = earlier_documents(workspace.store.earlier_hosts.all())
    values |= {name: "(set)" for name in HIDDEN if values[name]}
    document = {"settings": values, **({"earlier_hosts": earlier} if earlier else {})}
    lines = [*(_line(name, value) for name, value in values.items()), *trouble_lines(earlier)]
    emit(options, document, lambda: lines)
    return 0


def _line(name: str, value: object) -> str:
    told = meaning(name, value)
    return f"{name} = {_shown(value)}".rstrip() + (f"  ({told})" if told else "")


def _shown(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _get(options: Namespace) -> int:
    with opened(options) as workspace:
        value: Any = (
            workspace.store.user_name() if options.name == USER_NAME else workspace.store.settings.get(options.name)
        )
        if options.name in HIDDEN and value:
            value = "(set)"
    emit(options, {"name": options.name, "value": value}, lambda: [_shown(value)])
    return 0


def _set(options: Namespace) -> int:
    with opened(options) as workspace:
        value: Any = options.value.strip()
        if options.name == USER_NAME:
            workspace.store.rename_user(value)
        elif options.name == TOKEN:
            from app.services.change_tracking import keep_token  # with the web libraries, which no other setting needs

            keep_token(workspace, value)
        elif options.name == URL:
            from app.services.change_tracking import use_address  # likewise

            use_address(workspace, value)
            value = workspace.store.settings.get(URL)
        elif options.name.startswith("oauth."):
            from app.services.sign_in_clients import set_client_field  # with the sign-in data

            value = set_client_field(workspace, options.name, value)
        else:
            put_setting(workspace.store, options.name, value, "command line")
            value = workspace.store.settings.get(options.name)
            if options.name in (FROM, TO, ON) and value and never_quiet(workspace.store.settings.all()):
                say(NEVER)
    shown = "(set)" if options.name in HIDDEN and value else value
    emit(options, {"name": options.name, "value": shown}, lambda: [_line(options.name, shown)])
    return 0
