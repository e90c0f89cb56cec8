"""`companies`: list, search, add, show, edit, remove, merge, find duplicates."""

from __future__ import annotations

from argparse import Namespace

from app.cli.opening import opened
from app.cli.output import counted, emit
from app.cli.parsing import Parser, count
from app.cli.record_commands import PAGE, SOURCE, add_common, every_line, told
from app.cli.record_documents import change_document, company_line, company_of, company_pair, document_of, user_of
from app.cli.transfer import add_record_transfer
from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.hosts import ascii_domain, shown_domain, unicode_domain
from app.domain.records import CompanyLine, Fields, RecordKind, RecordOrder
from app.domain.transfer import ImportKind
from app.services.edit_record import add_record
from app.services.merge_companies import merge_companies
from app.store import Store
from app.words.public_domains import public_domain_note

_KIND = RecordKind.COMPANY
_ORDERS = {order.value: order for order in (RecordOrder.NAME, RecordOrder.MAIL)}


def add_companies(command: Parser, common: Parser) -> None:
    command.add_argument("--search", default="", metavar="WORDS", help="part of a name, domain or number")
    command.add_argument(
        "--order", choices=list(_ORDERS), default="name", help="name (default), or mail: the latest message first"
    )
    command.set_defaults(run=_companies)
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: all companies)")
    new: Parser = actions.add_parser("add", parents=[common], help="a new company")
    new.add_argument("name", metavar="NAME", help="what the company is called")
    new.set_defaults(run=_add)
    edit = add_common(actions, common, _KIND, company_of, "COMPANY", _fields)
    add_record_transfer(actions, common, ImportKind.COMPANIES)
    merge = actions.add_parser("merge", parents=[common], help="two companies are one; undo parts them again")
    merge.add_argument("keep", metavar="KEEP", help="name, domain or number of the one that stays")
    merge.add_argument("other", metavar="OTHER", help="of the one that becomes part of it")
    merge.set_defaults(run=_merge)
    twice = actions.add_parser("duplicates", parents=[common], help="companies that may be one")
    twice.add_argument("--limit", type=count, default=100, metavar="N", help="how many pairs to show (default: 100)")
    twice.add_argument("--different", nargs=2, metavar="COMPANY", help="these two are different companies")
    twice.set_defaults(run=_duplicates)
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
        raise UsageError(f"{sorted(gone - set(had))[0]} is none of this company's domains.")
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


def _add(options: Namespace) -> int:
    with opened(options) as workspace:
        company_id = add_record(workspace.store, _KIND, _fields(workspace.store, options), SOURCE)
        document = document_of(workspace.store, _KIND, company_id)
    notes = [note for domain in options.domain if (note := public_domain_note(domain))]
    emit(options, {"company": document, "notes": notes}, lambda: [f"{told(document)} is a company now.", *notes])
    return 0


def _merge(options: Namespace) -> int:
    with opened(options) as workspace:
        keep, other = (company_of(workspace.store, text) for text in (options.keep, options.other))
        gone = told(document_of(workspace.store, _KIND, other))
        change = merge_companies(workspace.store, keep, other, SOURCE)
        document = document_of(workspace.store, _KIND, keep)
    emit(
        options,
        {"company": document, "change": change_document(change)},
        lambda: [f"{told(document)} and {gone} are one company now."],
    )
    return 0


def _duplicates(options: Namespace) -> int:
    with opened(options) as workspace:
        store = workspace.store
        if options.different:
            one, other = (company_of(store, text) for text in options.different)
            with store.transaction(Area.COMPANIES, source=SOURCE):
                store.company_duplicates.not_duplicates(one, other, store.user_id)
        pairs = store.company_duplicates.pairs(options.limit)
    emit(
        options,
        {"duplicates": [company_pair(pair) for pair in pairs]},
        lambda: (
            [f"{_called(p.keep)}, {_called(p.other)}: {' '.join(p.reasons)}" for p in pairs]
            or ["No two companies look like one."]
        ),
    )
    return 0


def _called(line: CompanyLine) -> str:
    domain = f" ({shown_domain(unicode_domain(line.domain))})" if line.domain else ""
    return f"{line.id} {line.name}{domain}"
