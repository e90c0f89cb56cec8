"""`companies`: list, search, add, show, edit, remove, merge, find duplicates."""

from __future__ import annotations

from argparse import Namespace

from app.cli.opening import opened
from app.cli.output import counted, emit
from app.cli.parsing import Parser
from app.cli.record_commands import PAGE, add_by_name, add_common, every_line
from app.cli.record_documents import company_line, company_of, company_pair, user_of
from app.cli.record_pairs import Pairs
from app.cli.transfer import add_record_transfer
from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.hosts import ascii_domain, shown_domain, unicode_domain
from app.domain.records import CompanyLine, Fields, RecordKind, RecordOrder
from app.domain.transfer import ImportKind
from app.services.merge_companies import merge_companies
from app.store import Store

_KIND = RecordKind.COMPANY
_ORDERS = {order.value: order for order in (RecordOrder.NAME, RecordOrder.MAIL)}


def add_companies(command: Parser, common: Parser) -> None:
    command.add_argument("--search", default="", metavar="WORDS", help="part of a name, domain or number")
    command.add_argument(
        "--order", choices=list(_ORDERS), default="name", help="name (default), or mail: the latest message first"
    )
    command.set_defaults(run=_companies)
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: all companies)")
    new = add_by_name(actions, common, _KIND, _fields)
    edit = add_common(actions, common, _KIND, company_of, "COMPANY", _fields)
    add_record_transfer(actions, common, ImportKind.COMPANIES)
    _PAIRS.add_to(actions, common)
    edit.add_argument("--name", help="its new name")
    edit.add_argument(
        "--remove-domain", action="append", default=[], metavar="DOMAIN", help="one that is not the company’s any more"
    )
    for parser in (new, edit):
        parser.add_argument(
            "--domain", action="append", default=[], metavar="DOMAIN", help="another one, such as example.com"
        )
        for field in ("phone", "website"):
            parser.add_argument(f"--{field}", help="'' for none")
        parser.add_argument("--postal-address", metavar="TEXT", help="'' for none")
        parser.add_argument("--owner", metavar="USER", help="a login address; '' for nobody")


def _fields(store: Store, options: Namespace) -> Fields:
    fields: Fields = {}
    for option in ("name", "phone", "website", "postal_address"):
        if getattr(options, option) is not None:
            fields[option] = getattr(options, option)
    had = list(store.companies.domains(options.record_id)) if hasattr(options, "record_id") else []
    gone = {ascii_domain(text.lstrip("@")) or text for text in getattr(options, "remove_domain", ())}
    if gone - set(had):
        raise UsageError(f"{sorted(gone - set(had))[0]} is none of this company’s domains.")
    domains = [domain for domain in [*had, *options.domain] if domain not in gone]
    if domains != had:
        fields["domains"] = domains
    if options.owner is not None:
        fields["owner"] = user_of(store, options.owner) if options.owner else None
    return fields


def _companies(options: Namespace) -> int:
    with opened(options) as workspace:
        table, order = workspace.store.record_tables, _ORDERS[options.order]
        lines = every_line(lambda after: table.companies(options.search, order, after, PAGE))
    none = f"No company has “{options.search}”." if options.search else "No companies yet."
    emit(
        options,
        {"companies": [company_line(line) for line in lines]},
        lambda: (
            [
                f"{c.id:>4}  {c.name}  {shown_domain(unicode_domain(c.domain)) or '—'}  {counted(c.contacts, 'contact')}"
                for c in lines
            ]
            or [none]
        ),
    )
    return 0


def _called(line: CompanyLine) -> str:
    domain = f" ({shown_domain(unicode_domain(line.domain))})" if line.domain else ""
    return f"{line.id} {line.name}{domain}"


_PAIRS = Pairs(
    kind=_KIND,
    area=Area.COMPANIES,
    find=company_of,
    merge=merge_companies,
    found=lambda store, limit: store.company_duplicates.pairs(limit),
    set_apart=lambda store, one, other: store.company_duplicates.not_duplicates(one, other, store.user_id),
    document=company_pair,
    line=lambda pair: f"{_called(pair.keep)}, {_called(pair.other)}",
    shape="COMPANY",
    which="name, domain or number",
    twins="companies",
    one="one",
    different="companies",
    none="No two companies look like one.",
)
