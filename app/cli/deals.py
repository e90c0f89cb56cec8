"""`deals`: list, search, add, show, edit, remove; the stages."""

from __future__ import annotations

from argparse import Namespace

from app.cli.opening import opened
from app.cli.output import emit
from app.cli.parsing import Parser
from app.cli.record_commands import PAGE, add_by_name, add_common, every_line
from app.cli.record_documents import company_of, contact_of, deal_line, deal_of, user_of
from app.cli.stages import add_stages
from app.cli.transfer import add_record_transfer
from app.domain.errors import UsageError
from app.domain.money import amount_in_minor, amount_text
from app.domain.records import ORDERS, DealLine, Fields, RecordKind
from app.domain.transfer import ImportKind
from app.store import Store

_KIND = RecordKind.DEAL
_ORDERS = {order.value: order for order in ORDERS[_KIND]}


def add_deals(command: Parser, common: Parser) -> None:
    command.add_argument("--search", default="", metavar="WORDS", help="part of a name, stage, company or contact")
    command.add_argument(
        "--order", choices=list(_ORDERS), default="changed", help="what comes first (default: changed, the latest)"
    )
    command.set_defaults(run=_deals)
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: all deals)")
    new = add_by_name(actions, common, _KIND, _fields)
    edit = add_common(actions, common, _KIND, deal_of, "DEAL", _fields)
    add_record_transfer(actions, common, ImportKind.DEALS)
    edit.add_argument("--name", help="its new name")
    edit.add_argument(
        "--remove-contact",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="a contact that has no part in it any more",
    )
    for parser in (new, edit):
        parser.add_argument("--stage", help="see hitchpost deals stages")
        parser.add_argument("--amount", help="such as 1250.50; '' for none")
        parser.add_argument("--currency", help="three letters, such as EUR or SEK")
        parser.add_argument("--company", help="a name or domain; '' for none")
        parser.add_argument(
            "--contact", action="append", default=[], metavar="ADDRESS", help="another contact of the deal"
        )
        parser.add_argument("--owner", metavar="USER", help="a login address; '' for nobody")
    add_stages(actions, common)


def _fields(store: Store, options: Namespace) -> Fields:
    had: Fields = {"contacts": [], "currency": ""}
    if hasattr(options, "record_id"):
        had = store.deals.snapshot(options.record_id)
    fields: Fields = {}
    for option in ("name", "stage", "currency"):
        if getattr(options, option) is not None:
            fields[option] = getattr(options, option)
    if options.amount is not None:
        currency = (options.currency or had["currency"]).upper()
        if options.amount and not currency:
            raise UsageError("An amount needs a currency. Add --currency EUR, or another one.")
        fields["amount_minor"] = amount_in_minor(options.amount, currency) if options.amount else None
    if options.company is not None:
        fields["company"] = company_of(store, options.company) if options.company else None
    if options.owner is not None:
        fields["owner"] = user_of(store, options.owner) if options.owner else None
    contacts = [*had["contacts"], *(contact_of(store, text) for text in options.contact)]
    for text in getattr(options, "remove_contact", ()):
        gone = contact_of(store, text)
        if gone not in contacts:
            raise UsageError(f"{text} is none of this deal’s contacts.")
        contacts.remove(gone)
    if contacts != had["contacts"]:
        fields["contacts"] = contacts
    return fields


def _deals(options: Namespace) -> int:
    with opened(options) as workspace:
        table, order = workspace.store.record_tables, _ORDERS[options.order]
        lines = every_line(lambda after: table.deals(options.search, order, after, PAGE))
    none = f"No deal has “{options.search}”." if options.search else "No deals yet."
    emit(options, {"deals": [deal_line(line) for line in lines]}, lambda: [_line(line) for line in lines] or [none])
    return 0


def _line(deal: DealLine) -> str:
    amount = "" if deal.amount_minor is None else f"  {amount_text(deal.amount_minor, deal.currency)} {deal.currency}"
    return f"{deal.id:>4}  {deal.name}  {deal.stage}{amount}{f'  {deal.company}' if deal.company else ''}"
