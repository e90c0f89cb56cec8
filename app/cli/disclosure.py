"""`disclosure`: what connecting an inbox means, as the wizard shows it before it may go on; and what `connect` says of it."""

from __future__ import annotations

from argparse import Namespace

from app.cli.output import emit, say
from app.cli.parsing import Parser
from app.domain.inboxes import Provider
from app.ui.wizard.disclosures import IMAP, Disclosure
from app.ui.wizard.exchange_disclosure import EXCHANGE
from app.ui.wizard.oauth_disclosures import GMAIL, OUTLOOK

DISCLOSURES: dict[Provider, Disclosure] = {
    Provider.GMAIL: GMAIL,
    Provider.OUTLOOK: OUTLOOK,
    Provider.EXCHANGE: EXCHANGE,
    Provider.IMAP: IMAP,
}
_SECRET_PLACE = "the system’s keyring, or an encrypted file"


def add_disclosure(command: Parser, _common: Parser) -> None:
    command.add_argument(
        "provider",
        choices=[provider.value for provider in DISCLOSURES],
        metavar="PROVIDER",
        help="gmail, outlook, exchange or imap",
    )
    command.set_defaults(run=_disclosure)


def _disclosure(options: Namespace) -> int:
    told = DISCLOSURES[Provider(options.provider)]
    points = [{"title": point.title, "text": point.text.format(secret_place=_SECRET_PLACE)} for point in told.points]
    document = {"provider": options.provider, "version": told.version, "title": told.title, "points": points}
    emit(options, document, lambda: _lines(told, points))
    return 0


def _lines(told: Disclosure, points: list[dict[str, str]]) -> list[str]:
    lines = [f"{told.title} ({told.version})"]
    for point in points:
        lines += ["", point["title"], f"  {point['text']}"]
    return lines


def agreed_version(provider: Provider) -> str:
    """Says on standard error what connecting means and where to read it; the version to keep with the inbox."""
    version = DISCLOSURES[provider].version
    say(f"Connecting means that you agree to what “hitchpost disclosure {provider.value}” says ({version}).")
    return version
