"""Personal or team: every rule, and what each refusal says."""

from __future__ import annotations

import pytest

from app.domain.inbox_kinds import Ask, Holder, KindRefusal, refuse
from app.domain.inboxes import InboxKind, Provider
from app.words.inbox_kinds import why_not

PERSONAL, TEAM = InboxKind.PERSONAL, InboxKind.TEAM
GMAIL, OUTLOOK, EXCHANGE, IMAP = Provider.GMAIL, Provider.OUTLOOK, Provider.EXCHANGE, Provider.IMAP
R = KindRefusal


@pytest.mark.parametrize("provider", Provider)
def test_a_personal_inbox_may_be_of_any_kind_and_a_team_inbox_may_not(provider):
    assert refuse(Ask(PERSONAL, provider)) is None
    assert refuse(Ask(PERSONAL, provider, for_meetings=True)) is None
    assert (refuse(Ask(TEAM, provider)) is None) is (provider in (GMAIL, OUTLOOK))
    assert refuse(Ask(TEAM, provider, any_provider=True)) is None
    assert refuse(Ask(TEAM, provider, any_provider=True, for_meetings=True)) is R.FOR_MEETINGS


@pytest.mark.parametrize(
    ("holder", "kind", "provider", "refusal"),
    [
        (Holder(PERSONAL, IMAP, "Jonas"), PERSONAL, IMAP, None),  # the same again: a new password
        (Holder(PERSONAL, IMAP, "Jonas"), PERSONAL, GMAIL, None),  # by another way
        (Holder(TEAM, GMAIL, "Jonas"), TEAM, OUTLOOK, None),
        (Holder(TEAM, IMAP, "Jonas"), TEAM, IMAP, None),  # connected while the workspace allowed it
        (Holder(TEAM, GMAIL, "Jonas"), TEAM, IMAP, R.NEEDS_PROVIDER),
        (Holder(PERSONAL, GMAIL, "Jonas"), TEAM, GMAIL, R.OTHER_KIND),
        (Holder(PERSONAL, IMAP, "Jonas"), TEAM, IMAP, R.OTHER_KIND),  # what it is now comes first
        (Holder(TEAM, GMAIL, "Jonas"), PERSONAL, IMAP, R.OTHER_KIND),
        (Holder(PERSONAL, IMAP, "Karin", own=False), PERSONAL, IMAP, R.OTHER_USER),
        (Holder(TEAM, GMAIL, "Karin", own=False), TEAM, GMAIL, R.OTHER_USER),
        (Holder(TEAM, GMAIL, "Karin", own=False), PERSONAL, GMAIL, R.OTHER_KIND),
        (Holder(PERSONAL, IMAP, "Karin", own=False, active=False), PERSONAL, IMAP, R.REMOVED_USER),
        (Holder(TEAM, GMAIL, "Karin", own=False, active=False), PERSONAL, GMAIL, R.REMOVED_USER),
    ],
)
def test_an_address_that_is_connected_already(holder, kind, provider, refusal):
    assert refuse(Ask(kind, provider, holder)) is refusal


@pytest.mark.parametrize("refusal", KindRefusal)
@pytest.mark.parametrize("kind", InboxKind)
@pytest.mark.parametrize(("name", "own"), [("Karin Lind", True), ("Karin Lind", False), ("", False)])
def test_every_refusal_names_the_address_and_what_to_do(refusal, kind, name, own):
    other = TEAM if kind is PERSONAL else PERSONAL
    text = why_not("sales@example.com", Ask(kind, IMAP, Holder(other, IMAP, name, own=own)), refusal)
    assert text.endswith(".") and text.count(". ") >= 1
    assert refusal is R.NEEDS_PROVIDER or "sales@example.com" in text
    told = why_not("sales@example.com", Ask(kind, IMAP, Holder(other, IMAP, name, own=own)), refusal, by_command=True)
    assert "›" not in told and "under Inboxes" not in told
    needs_window = refusal is R.REMOVED_USER or (refusal is R.OTHER_USER and kind is TEAM)
    assert ("hitchpost " in told) is not needs_window


def test_the_user_who_has_it_is_named_with_the_fix():
    karin = Holder(PERSONAL, IMAP, "Karin Lind", own=False)
    assert "personal inbox of Karin Lind" in why_not("k@example.com", Ask(PERSONAL, IMAP, karin), R.OTHER_USER)
    gone = why_not("k@example.com", Ask(PERSONAL, IMAP, karin), R.REMOVED_USER)
    assert "Karin Lind, who was removed" in gone and "Restore the user, then remove the inbox" in gone
    nameless = Holder(PERSONAL, IMAP, "", own=False)
    assert "inbox of another user" in why_not("k@example.com", Ask(PERSONAL, IMAP, nameless), R.OTHER_USER)
