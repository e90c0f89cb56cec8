"""From which address a message goes out: the order of the list, the names, and who answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.addresses import Address
from app.domain.inboxes import (
    AuthMethod,
    ConnectionSecurity,
    Endpoint,
    ImapAccount,
    Inbox,
    InboxId,
    InboxKind,
    InboxState,
    Provider,
    SendAs,
)
from app.domain.senders import answer_from, draft_sender, has_aliases, senders_of

SERVER = Endpoint("imap.example.com", 993, ConnectionSecurity.IMPLICIT_TLS)
ACCOUNT = ImapAccount("ada@example.com", SERVER, SERVER, "ada@example.com", auth=AuthMethod.OAUTH)
AT = datetime(2026, 11, 21, tzinfo=UTC)
INBOX = Inbox(InboxId(1), 1, Provider.GMAIL, InboxKind.PERSONAL, InboxState.CONNECTED, ACCOUNT, None, AT, AT)
PRIMARY = SendAs("Ada@example.com", "Ada Berg")
SALES = SendAs("sales@example.org", "Northlight sales")
PLAIN = SendAs("ada@example.net")


def test_without_aliases_there_is_the_inbox_itself() -> None:
    (only,) = senders_of(INBOX, (), "Ada")
    assert (only.address, only.alias, only.wanted) == (Address("ada@example.com", "Ada"), False, None)


def test_a_team_s_mail_is_in_nobody_s_own_name() -> None:
    team = replace(INBOX, kind=InboxKind.TEAM)
    assert senders_of(team, (), "Ada")[0].address.display_name == ""
    assert senders_of(team, (PRIMARY,), "Ada")[0].address.display_name == PRIMARY.name
    named = replace(team, account=replace(team.account, from_name="Support"))
    assert senders_of(named, (PRIMARY,), "Ada")[0].address.display_name == "Support"


def test_the_providers_first_choice_comes_first_and_names_are_the_providers() -> None:
    found = senders_of(INBOX, (replace(SALES, is_default=True), PRIMARY, PLAIN), "Somebody")
    assert [str(s.address) for s in found] == [
        "Northlight sales <sales@example.org>",
        "Ada Berg <ada@example.com>",
        "Ada Berg <ada@example.net>",
    ]
    assert [s.alias for s in found] == [True, False, True]
    assert found[0].wanted == Address("sales@example.org", "Northlight sales")
    assert senders_of(INBOX, (SALES, replace(PRIMARY, is_default=True)), "")[0].wanted is None


def test_a_name_given_here_counts_first() -> None:
    named = replace(INBOX, account=replace(ACCOUNT, from_name="A. Berg"))
    assert senders_of(named, (PRIMARY,), "Somebody")[0].address.display_name == "A. Berg"


def test_only_what_is_listed_may_be_sent_as() -> None:
    wanted = Address("sales@example.org", "As it was called then")
    assert draft_sender(INBOX, (PRIMARY, SALES), "", wanted) == (wanted, True)
    assert draft_sender(INBOX, (PRIMARY,), "", wanted) == (wanted, False)
    assert draft_sender(INBOX, (PRIMARY,), "", None) == (Address("ada@example.com", "Ada Berg"), True)
    assert draft_sender(INBOX, (), "Ada", Address("ADA@example.com", "x"))[1]


@pytest.mark.parametrize(
    ("provider", "auth", "asked"),
    [
        (Provider.GMAIL, AuthMethod.OAUTH, True),
        (Provider.OUTLOOK, AuthMethod.OAUTH, False),
        (Provider.IMAP, AuthMethod.PASSWORD, False),
    ],
)
def test_only_gmail_can_be_asked(provider: Provider, auth: AuthMethod, asked: bool) -> None:
    assert has_aliases(replace(INBOX, provider=provider, account=replace(ACCOUNT, auth=auth))) is asked


def test_who_was_written_to_answers() -> None:
    other = replace(INBOX, id=InboxId(2), account=replace(ACCOUNT, address="sales@example.org"))
    senders = (*senders_of(other, (), "Sales"), *senders_of(INBOX, (PRIMARY, SALES, PLAIN), ""))
    to = (Address("karin@example.org"), Address("SALES@example.org"))
    assert answer_from(senders, to, "ada@example.com").inbox_id == 1  # type: ignore[union-attr]
    assert answer_from(senders, to, "sales@example.org").inbox_id == 2  # type: ignore[union-attr]
    hidden = answer_from(senders, (Address("list@example.org"),), "ada@example.com")
    assert hidden is not None
    assert (hidden.wanted, hidden.inbox_id) == (None, 1)
    assert answer_from(senders, (), "gone@example.com") is None
