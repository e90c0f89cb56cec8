"""The order of the wizard's pages, without Qt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.inboxes import InboxKind
from app.ui.wizard.flow import STEP_NAMES, Answers, Page, first_page, may_go_on, next_page, previous_page, steps

READY = Answers(address_ok=True, accepted=True, secrets_ready=True, sign_in_ok=True, check_passed=True, saved=True)


def walk(answers: Answers) -> list[Page]:
    page: Page | None = first_page(answers)
    seen = []
    while page is not None:
        seen.append(page)
        page = next_page(page, answers)
    return seen


def test_all_pages_follow_each_other():
    assert walk(READY) == [Page.KIND, Page.ADDRESS, Page.EXPECT, Page.SIGN_IN, Page.CHECK, Page.DONE]


def test_without_a_keyring_the_passphrase_comes_before_the_password():
    pages = walk(replace(READY, passphrase_step=True))
    assert pages.index(Page.PASSPHRASE) == pages.index(Page.SIGN_IN) - 1


def test_reconnect_begins_with_signing_in():
    assert walk(replace(READY, reconnect=True)) == [Page.SIGN_IN, Page.CHECK, Page.DONE]
    assert first_page(replace(READY, reconnect=True, passphrase_step=True)) is Page.PASSPHRASE


def test_a_way_that_needs_no_check_ends_after_its_sign_in():
    assert walk(replace(READY, check_needed=False))[-2:] == [Page.SIGN_IN, Page.DONE]


def test_a_team_inbox_goes_on_by_a_way_that_takes_teams():
    answers = replace(READY, kind=InboxKind.TEAM, team_possible=True)
    assert next_page(Page.KIND, answers) is Page.ADDRESS
    assert not may_go_on(Page.ADDRESS, answers)
    assert may_go_on(Page.ADDRESS, replace(answers, team_ok=True))


def test_a_team_inbox_cannot_go_on():
    answers = replace(READY, kind=InboxKind.TEAM)
    assert not may_go_on(Page.KIND, answers)
    assert next_page(Page.KIND, answers) is None


@pytest.mark.parametrize(
    ("page", "missing"),
    [
        (Page.ADDRESS, {"address_ok": False}),
        (Page.EXPECT, {"accepted": False}),
        (Page.PASSPHRASE, {"secrets_ready": False, "passphrase_step": True}),
        (Page.SIGN_IN, {"sign_in_ok": False}),
        (Page.CHECK, {"check_passed": False}),
        (Page.CHECK, {"saved": False}),
        (Page.CHECK, {"checking": True}),
    ],
)
def test_a_page_waits_for_what_it_asks(page, missing):
    answers = replace(READY, **missing)
    assert not may_go_on(page, answers)
    assert next_page(page, answers) is None


def test_back_passes_over_a_passphrase_that_is_set_and_ends_once_connected():
    going = replace(READY, passphrase_step=True, saved=False)
    assert previous_page(Page.SIGN_IN, going) is Page.EXPECT
    assert previous_page(Page.SIGN_IN, replace(going, secrets_ready=False)) is Page.PASSPHRASE
    assert previous_page(Page.CHECK, going) is Page.SIGN_IN
    assert previous_page(Page.KIND, going) is None
    assert previous_page(Page.CHECK, READY) is None
    assert previous_page(Page.DONE, going) is None


def test_every_page_has_a_name_and_done_is_last():
    assert set(STEP_NAMES) == set(Page)
    assert steps(Answers())[-1] is Page.DONE
