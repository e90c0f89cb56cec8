"""`contacts`: list, search, add, show, edit."""

from __future__ import annotations

from argparse import Namespace

from app.cli.opening import opened
from app.cli.output import emit, instant
from app.cli.parsing import Parser
from app.cli.records import MOST, contact_document, find_contact
from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.views import ContactCard
from app.mime.addresses import parse_address_list
from app.services.workspace import Workspace


def add_contacts(command: Parser, common: Parser) -> None:
    command.add_argument("--search", default="", metavar="WORDS", help="part of a name, address, title or company")
    command.set_defaults(run=_contacts)
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: all contacts)")
    new = actions.add_parser("add", parents=[common], help="a new contact")
    new.add_argument("address", metavar="ADDRESS", help="ada@example.com, or 'Ada Berg <ada@example.com>'")
    new.add_argument("--name", default="")
    new.set_defaults(run=_add_contact)
    show = actions.add_parser("show", parents=[common], help="one contact")
    show.add_argument("address", metavar="ADDRESS")
    show.set_defaults(run=_show_contact)
    edit = actions.add_parser("edit", parents=[common], help="change a contact; what is not named stays")
    edit.add_argument("address", metavar="ADDRESS")
    for field in ("name", "title", "phone", "company"):
        edit.add_argument(f"--{field}")
    edit.add_argument("--add-address", metavar="ADDRESS", help="another address of the same person")
    edit.set_defaults(run=_edit_contact)


def _contacts(options: Namespace) -> int:
    with opened(options) as workspace:
        rows = workspace.store.contacts.rows(options.search, limit=MOST)
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
        lambda: [f"{r.name or '—'} <{r.address}>  {_messages(r.messages)}" for r in rows] or [nobody],
    )
    return 0


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number:,} messages"


def _add_contact(options: Namespace) -> int:
    found = parse_address_list(options.address)
    if len(found) != 1:
        raise UsageError(f"{options.address!r} is not one address.")
    address = Address(found[0].addr_spec, options.name.strip() or found[0].display_name)
    with opened(options) as workspace:
        known = workspace.store.contacts.find(address.addr_spec) is not None
        with workspace.store.transaction(Area.CONTACTS, source="command line"):
            contact_id = workspace.store.contacts.add(address, created_by="user")
        card = _card(workspace, contact_id)
    name = card.name or card.addresses[0]
    text = f"{name} is a contact already." if known else f"{name} is a contact now."
    emit(options, {"contact": contact_document(card)}, lambda: [text])
    return 0


def _show_contact(options: Namespace) -> int:
    with opened(options) as workspace:
        card = _card(workspace, find_contact(workspace, options.address))
    document = contact_document(card)
    lines = [f"{name}: {_shown(value)}" for name, value in document.items() if value not in ("", [], {})]
    emit(options, {"contact": document}, lambda: lines)
    return 0


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {reason}" for key, reason in value.items())
    return str(value)


def _edit_contact(options: Namespace) -> int:
    with opened(options) as workspace:
        contact_id = find_contact(workspace, options.address)
        with workspace.store.transaction(Area.CONTACTS, source="command line"):
            workspace.store.contacts.edit(
                contact_id, name=options.name, title=options.title, phone=options.phone, company=options.company
            )
            if options.add_address:
                workspace.store.contacts.add_address(contact_id, options.add_address)
        card = _card(workspace, contact_id)
    emit(options, {"contact": contact_document(card)}, lambda: [f"{card.name or card.addresses[0]} is changed."])
    return 0


def _card(workspace: Workspace, contact_id: int) -> ContactCard:
    card = workspace.store.contacts.card(contact_id)
    assert card is not None
    return card
