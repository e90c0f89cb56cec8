"""`contacts`: list, search, add, show, edit, remove, merge, find duplicates, delete for good."""

from __future__ import annotations

from argparse import Namespace

from app.cli.opening import opened, stop_on_signals
from app.cli.output import counted, emit, instant, owed_lines
from app.cli.parsing import Parser
from app.cli.record_commands import PAGE, SOURCE, add_common, told
from app.cli.record_documents import company_named, contact_of, document_of, duplicate_pair, user_of
from app.cli.record_pairs import Pairs
from app.cli.transfer import add_record_transfer
from app.cli.wants_mail import add_wants_mail
from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import NotAllowed, UsageError
from app.domain.record_fields import checked_fields
from app.domain.records import PHONE_KINDS, ContactLine, DeletionPlan, Fields, RecordKind
from app.domain.transfer import ImportKind
from app.mime.addresses import parse_address_list
from app.services.delete_permanently import delete_permanently, plan_deletion
from app.services.forget_recipients import try_to_forget
from app.services.merge_contacts import merge_contacts
from app.store import Store
from app.words.deletion import companies_sentence, drafts_sentence, near_sentence, shared_sentence

FORGET_SECONDS = 10.0  # in which the tracking server is told of a deletion; what is left, with the next sync
_KIND = RecordKind.CONTACT


def add_contacts(command: Parser, common: Parser) -> None:
    command.add_argument(
        "--search", default="", metavar="WORDS", help="part of a name, address, title, company or number"
    )
    command.set_defaults(run=_contacts)
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: all contacts)")
    new = actions.add_parser("add", parents=[common], help="a new contact")
    new.add_argument("address", metavar="ADDRESS", help="ada@example.com, or 'Ada Berg <ada@example.com>'")
    new.set_defaults(run=_add)
    edit = add_common(actions, common, _KIND, contact_of, "ADDRESS", _fields)
    add_record_transfer(actions, common, ImportKind.CONTACTS)
    for parser in (new, edit):
        _add_fields(parser)
    edit.add_argument(
        "--add-address", action="append", default=[], metavar="ADDRESS", help="another one of this person"
    )
    edit.add_argument(
        "--remove-address",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="one that is not this person’s any more",
    )
    edit.add_argument("--primary-address", metavar="ADDRESS", help="one of the contact’s own, to be the first")
    _PAIRS.add_to(actions, common)
    add_wants_mail(actions, common)
    gone = actions.add_parser(
        "delete", parents=[common], help="for good: with all mail, never to come back; without --yes it only counts"
    )
    gone.add_argument("record", metavar="ADDRESS", help="an address of the contact")
    gone.add_argument("--permanently", action="store_true", required=True, help="it cannot be undone")
    gone.add_argument("--yes", action="store_true", help="do it; without this, what would go is counted")
    gone.set_defaults(run=_delete)


def _add_fields(parser: Parser) -> None:
    for field in ("name", "title", "phone", "company"):
        parser.add_argument(f"--{field}", help="'' for none")
    parser.add_argument(
        "--add-phone", action="append", default=[], metavar="KIND:NUMBER", help=f"KIND: {', '.join(PHONE_KINDS)}"
    )
    parser.add_argument("--postal-address", metavar="TEXT", help="'' for none")
    parser.add_argument("--owner", metavar="USER", help="a login address; '' for nobody")


def _fields(store: Store, options: Namespace) -> Fields:
    """What the options say, on top of what is there."""
    before = store.contacts.snapshot(options.record_id)
    fields: Fields = {}
    for option in ("name", "title", "postal_address"):
        if getattr(options, option) is not None:
            fields[option] = getattr(options, option)
    phones = [list(phone) for phone in before["phones"]]
    if options.phone is not None:
        phones = [*([[options.phone, "work"]] if options.phone.strip() else []), *phones[1:]]
    for text in options.add_phone:
        kind, colon, number = text.partition(":")
        if not colon:
            raise UsageError(f"{text!r} is not KIND:NUMBER, such as mobile:+46701112233.")
        phones.append([number, kind])
    if phones != before["phones"]:
        fields["phones"] = phones
    if options.company is not None:
        company = company_named(store, options.company)
        others = [c for c in before["companies"][1:] if c != company]
        fields["companies"] = [*([] if company is None else [company]), *others]
    if options.owner is not None:
        fields["owner"] = user_of(store, options.owner) if options.owner else None
    return {**fields, **_addresses(before["addresses"], options)}


def _addresses(had: list[str], options: Namespace) -> Fields:
    if not hasattr(options, "add_address"):
        return {}
    addresses = [*had, *options.add_address]
    for gone in options.remove_address:
        left = [a for a in addresses if Address(a).key != Address(gone).key]
        if left == addresses:
            raise UsageError(f"{gone} is none of this contact’s addresses.")
        addresses = left
    if options.primary_address:
        first = Address(options.primary_address).key
        addresses.sort(key=lambda a: Address(a).key != first)
        if not addresses or Address(addresses[0]).key != first:
            raise UsageError(f"{options.primary_address} is none of this contact’s addresses.")
    return {} if addresses == had else {"addresses": addresses}


def _contacts(options: Namespace) -> int:
    with opened(options) as workspace:
        rows = list(workspace.store.contacts.rows(options.search, limit=PAGE))
        while rows and len(rows) % PAGE == 0:
            more = workspace.store.contacts.rows(options.search, len(rows), PAGE)
            if not more:
                break
            rows += more
    document = {
        "contacts": [
            {
                "id": r.id,
                "name": r.name,
                "address": r.address,
                "company": r.company,
                "last_at": instant(r.last_at),
                "messages": r.messages,
            }
            for r in rows
        ]
    }
    nobody = f"No contact has “{options.search}”." if options.search else "No contacts yet."
    emit(
        options,
        document,
        lambda: (
            [f"{r.id:>4}  {r.name or '—'} <{r.address}>  {counted(r.messages, 'message')}" for r in rows] or [nobody]
        ),
    )
    return 0


def _add(options: Namespace) -> int:
    found = parse_address_list(options.address)
    if len(found) != 1:
        raise UsageError(f"{options.address!r} is not one address.")
    address = Address(found[0].addr_spec, (options.name or "").strip() or found[0].display_name)
    with opened(options) as workspace:
        store = workspace.store
        with store.transaction(Area.CONTACTS, Area.COMPANIES, source=SOURCE):
            if (known := store.contacts.find(address.addr_spec)) is not None:
                raise NotAllowed(
                    f"{store.contacts.name(known)} is a contact already: {address.addr_spec}. "
                    f"Change it with hitchpost contacts edit {address.addr_spec}."
                )
            options.record_id = store.contacts.add(address, created_by="user")
            options.name = None
            if rest := _fields(store, options):
                store.contacts.write(options.record_id, checked_fields(_KIND, rest))
        document = document_of(store, _KIND, options.record_id)
    emit(options, {"contact": document}, lambda: [f"{told(document)} is a contact now."])
    return 0


def _called(line: ContactLine) -> str:
    return f"{line.name or '—'} <{line.address}>"


_PAIRS = Pairs(
    kind=_KIND,
    area=Area.CONTACTS,
    find=contact_of,
    merge=merge_contacts,
    found=lambda store, limit: store.duplicates.pairs(limit),
    set_apart=lambda store, one, other: store.duplicates.not_duplicates(one, other),
    document=duplicate_pair,
    line=lambda pair: f"{_called(pair.keep)}, {_called(pair.other)}",
    shape="ADDRESS",
    which="an address",
    twins="contacts",
    one="one person",
    different="people",
    none="No two contacts look like one person.",
)


def _delete(options: Namespace) -> int:
    with opened(options) as workspace:
        contact_id = contact_of(workspace.store, options.record)
        owed = 0
        if options.yes:
            plan = delete_permanently(workspace.store, contact_id, SOURCE)
            with stop_on_signals() as stop:
                owed = try_to_forget(workspace, stop, FORGET_SECONDS)
        else:
            plan = plan_deletion(workspace.store, contact_id)
    counts = {
        name: getattr(plan, name)
        for name in (
            "messages",
            "shared",
            "mentions",
            "files",
            "events",
            "review_items",
            "ledger_lines",
            "queued",
            "drafts",
        )
    }
    emit(
        options,
        {
            "deleted": options.yes,
            "name": plan.name,
            "addresses": list(plan.addresses),
            **counts,
            "shared_with": list(plan.shared_with),
            "companies": list(plan.companies),
            "owed_to_tracking": owed,
        },
        lambda: [*_deletion_lines(plan, done=options.yes), *owed_lines(owed)],
    )
    return 0


def _deletion_lines(plan: DeletionPlan, *, done: bool) -> list[str]:
    who = plan.name or ", ".join(plan.addresses) or "A contact without an address"
    lines = [
        f"{who} {'was deleted' if done else 'would be deleted'} for good:",
        f"  {', '.join(plan.addresses)}",
        f"  {counted(plan.messages, 'message')}, {counted(plan.files, 'file')}, {counted(plan.events, 'event')}",
        *([f"  {text}"] if (text := shared_sentence(plan)) else []),
        *([f"  {text}"] if (text := companies_sentence(plan)) else []),
        *([f"  {text}"] if (text := near_sentence(plan.near)) else []),
        f"  the address out of {counted(plan.mentions, 'other message')}",
        f"  {counted(plan.queued, 'message')} not sent yet, {counted(plan.review_items, 'line')} of the review list, "
        f"{counted(plan.ledger_lines, 'line')} of the ledger; copies of the database made before updates",
        *([f"  {text}"] if (text := drafts_sentence(plan)) else []),
    ]
    return lines if done else [*lines, "Nothing was changed. Add --yes to do it; it cannot be undone."]
