"""The ways in which the wizard can connect an inbox: for each provider its disclosure, its sign-in page, its rules.

A provider that is not in WAYS is not offered. Read by the pages that differ between providers, and by `connect_wizard`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.inbox_kinds import takes_team
from app.domain.inboxes import Provider
from app.ui.kit.theme import Theme
from app.ui.wizard.disclosures import IMAP, Disclosure
from app.ui.wizard.exchange_disclosure import EXCHANGE
from app.ui.wizard.exchange_page import ExchangePage
from app.ui.wizard.oauth_disclosures import GMAIL, OUTLOOK
from app.ui.wizard.oauth_page import oauth_page
from app.ui.wizard.page import WizardPage
from app.ui.wizard.session import Session
from app.ui.wizard.sign_in_page import SignInPage


@dataclass(frozen=True)
class Way:
    """`name`: as on "Connect to …". `how`: one sentence on the Address page. `sign_in_page`: its `page` is SIGN_IN; it
    leaves what it made in `session.made`, or in `session.form`. `check_needed`: the ladder of steps follows the
    sign-in; without it the sign-in page itself connects the inbox."""

    name: str
    icon: str
    how: str
    disclosure: Disclosure
    sign_in_page: Callable[[Theme, Session], WizardPage]
    check_needed: bool = True


# In the order in which the Address page lists them
WAYS: dict[Provider, Way] = {
    Provider.GMAIL: Way(
        "Gmail",
        "mail",
        "Gmail and Google Workspace: you sign in at Google, in your browser.",
        GMAIL,
        oauth_page(Provider.GMAIL, GMAIL),
        check_needed=False,
    ),
    Provider.OUTLOOK: Way(
        "Outlook",
        "mail",
        "Outlook.com and Microsoft 365: you sign in at Microsoft, in your browser.",
        OUTLOOK,
        oauth_page(Provider.OUTLOOK, OUTLOOK),
        check_needed=False,
    ),
    Provider.EXCHANGE: Way(
        "Exchange",
        "server",
        "An Exchange server of your organisation (2010 SP2 or newer): with your password.",
        EXCHANGE,
        ExchangePage,
    ),
    Provider.IMAP: Way(
        "IMAP",
        "server",
        "Any other mail server: with your password, or an app password of the provider.",
        IMAP,
        SignInPage,
    ),
}


def way_of(session: Session) -> Way:
    """The way that was chosen."""
    return WAYS[session.answers.provider]


def choose(session: Session, provider: Provider) -> None:
    """Goes that way from now on."""
    way = WAYS[provider]
    if provider is not session.answers.provider:
        session.made = None
    session.answer(
        provider=provider,
        check_needed=way.check_needed,
        team_ok=takes_team(provider, any_team(session)),
        consent_due=session.answers.reconnect and session.accepted_before != way.disclosure.version,
    )


def any_team(session: Session) -> bool:
    """Whether the workspace takes team inboxes by every way (P4)."""
    return bool(session.program.get_setting("team.any_provider"))
