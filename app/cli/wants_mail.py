"""`contacts wants-mail`: somebody who had unsubscribed wants mail again."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from app.cli.opening import opened
from app.cli.output import emit, instant, local
from app.cli.parsing import Parser
from app.cli.record_documents import contact_of
from app.domain.errors import UsageError
from app.services.wants_mail import note_wants_mail


def add_wants_mail(actions: Any, common: Parser) -> None:
    again = actions.add_parser(
        "wants-mail",
        parents=[common],
        help="one who had unsubscribed wants mail again; without --yes it only tells since when",
    )
    again.add_argument("record", metavar="ADDRESS", help="an address of the contact")
    again.add_argument("--yes", action="store_true", help="they said so themselves: note it; what was before stays")
    again.set_defaults(run=_run)


def _run(options: Namespace) -> int:
    with opened(options) as workspace:
        contact = contact_of(workspace.store, options.record)
        asked = workspace.store.feed.unsubscribed(contact)
        if not asked:
            raise UsageError(f"{options.record} did not ask for no more mail, or it was noted already.")
        if options.yes:
            note_wants_mail(workspace.store, contact)
    document = {
        "unsubscribed": [{"address": address, "at": instant(at)} for address, at in asked.items()],
        "noted": options.yes,
    }
    said = [f"{address} asked for no more mail on {local(at)}." for address, at in asked.items()]
    said.append("Noted: mail is wanted again." if options.yes else "Nothing was changed. With --yes it is noted.")
    emit(options, document, lambda: said)
    return 0
