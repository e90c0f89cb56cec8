"""`settings preset` and `settings meetings`: what is set for everybody in the workspace."""

from __future__ import annotations

from argparse import Namespace

from app.cli.opening import opened
from app.cli.output import emit
from app.cli.parsing import Parser, endpoint
from app.domain.errors import UsageError
from app.domain.inboxes import Endpoint
from app.domain.presets import BEFORE_THE_AT, WHOLE_ADDRESS, Preset, PresetForm, PresetWay, TypedServer


def add_preset(actions: object, common: Parser) -> None:
    """`actions`: the subparsers of `settings`."""
    group = _group(actions, common, "preset", "mail servers of a domain, for everyone in the workspace")
    group.set_defaults(run=_presets)
    commands = group.add_subparsers(dest="what", metavar="WHAT", title="what to do (without it: list)")
    commands.add_parser("list", parents=[common], help="all presets").set_defaults(run=_presets)
    add = commands.add_parser(
        "add",
        parents=[common],
        help="set the servers of a domain; the same domain again changes them",
        description="Sets IMAP and SMTP servers, or an Exchange URL, for a mail domain. They come first when an inbox of "
        "the domain is connected. Inboxes that are connected already stay as they are.",
    )
    add.add_argument("domain", metavar="DOMAIN", help="what follows the @; each domain by itself")
    form = "HOST:PORT:tls|starttls"
    add.add_argument("--imap", type=endpoint, metavar=form, help="incoming mail")
    add.add_argument("--smtp", type=endpoint, metavar=form, help="outgoing mail")
    add.add_argument(
        "--username",
        default="",
        metavar="FORM",
        help=f"made from the address: {WHOLE_ADDRESS} (the default), {BEFORE_THE_AT}, or a text with one of them".replace(
            "%", "%%"
        ),
    )
    add.add_argument("--exchange", default="", metavar="URL", help="the Exchange URL, or the address of the webmail")
    add.set_defaults(run=_add_preset)
    remove = commands.add_parser("remove", parents=[common], help="forget the servers of a domain")
    remove.add_argument("domain", metavar="DOMAIN", help="what follows the @")
    remove.set_defaults(run=_remove_preset)


def add_meetings(actions: object, common: Parser) -> None:
    """`actions`: the subparsers of `settings`."""
    group = _group(actions, common, "meetings", "addresses for meetings, which are no team inboxes")
    group.set_defaults(run=_meetings)
    commands = group.add_subparsers(dest="what", metavar="WHAT", title="what to do (without it: list)")
    commands.add_parser("list", parents=[common], help="all of them").set_defaults(run=_meetings)
    for name, text, run in (
        ("add", "mark an address", _add_meetings),
        ("remove", "take the mark off", _remove_meetings),
    ):
        command = commands.add_parser(name, parents=[common], help=text)
        command.add_argument("address", metavar="ADDRESS", help="such as meetings@example.com")
        command.set_defaults(run=run)


def _group(actions: object, common: Parser, name: str, text: str) -> Parser:
    made: Parser = actions.add_parser(  # type: ignore[attr-defined]  # argparse's own class is private
        name, parents=[common], help=text, description=f"{text[:1].upper()}{text[1:]}."
    )
    return made


def _presets(options: Namespace) -> int:
    from app.services.presets import all_presets

    with opened(options) as workspace:
        presets = all_presets(workspace)
    lines = [_line(p) for p in presets] or ["No domain has a preset."]
    emit(options, {"presets": [_document(p) for p in presets]}, lambda: lines)
    return 0


def _add_preset(options: Namespace) -> int:
    from app.services.presets import add_preset

    form = _form(options)
    with opened(options) as workspace:
        preset = add_preset(workspace, form)
    emit(options, {"preset": _document(preset)}, lambda: [_line(preset)])
    return 0


def _form(options: Namespace) -> PresetForm:
    """Raises UsageError for options that say two things, or half of one."""
    servers = bool(options.imap or options.smtp or options.username)
    if options.exchange and servers:
        raise UsageError(
            "A domain has IMAP settings or an Exchange URL, never both: it could not be known which one counts. Give --imap "
            "and --smtp, or --exchange."
        )
    if options.exchange:
        return PresetForm(options.domain, PresetWay.EXCHANGE, url=options.exchange)
    if options.imap is None or options.smtp is None:
        raise UsageError("A preset needs --imap and --smtp, or --exchange.")
    username = options.username or WHOLE_ADDRESS
    return PresetForm(options.domain, PresetWay.SERVERS, _typed(options.imap), _typed(options.smtp), username)


def _typed(server: Endpoint) -> TypedServer:
    return TypedServer(server.host, str(server.port), server.security)


def _remove_preset(options: Namespace) -> int:
    from app.services.presets import remove_preset

    with opened(options) as workspace:
        remove_preset(workspace, options.domain)
    emit(options, {"removed": options.domain}, lambda: [f"{options.domain} has no preset any more."])
    return 0


def _document(preset: Preset) -> dict[str, str]:
    if preset.way is PresetWay.EXCHANGE:
        return {"domain": preset.domain, "exchange": preset.ews_url}
    return {
        "domain": preset.domain,
        "imap": str(preset.imap),
        "smtp": str(preset.smtp),
        "username": preset.username,
    }


def _line(preset: Preset) -> str:
    document = _document(preset)
    return "  ".join([document.pop("domain"), *(f"{name} {value}" for name, value in document.items())])


def _meetings(options: Namespace) -> int:
    with opened(options) as workspace:
        addresses = workspace.store.presets.meetings()
    lines = list(addresses) or ["No address is marked as one for meetings."]
    emit(options, {"meetings": list(addresses)}, lambda: lines)
    return 0


def _add_meetings(options: Namespace) -> int:
    from app.services.inbox_rules import add_meetings_address

    with opened(options) as workspace:
        add_meetings_address(workspace, options.address)
    return _meetings(options)


def _remove_meetings(options: Namespace) -> int:
    from app.services.inbox_rules import remove_meetings_address

    with opened(options) as workspace:
        remove_meetings_address(workspace, options.address)
    return _meetings(options)
