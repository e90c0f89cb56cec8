"""The order of the wizard's pages, without Qt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from app.domain.inboxes import InboxKind, InboxState
from app.domain.problems import Problem, ProblemCode
from app.ui.wizard.flow import (
    STEP_NAMES,
    Answers,
    Page,
    Repair,
    first_page,
    may_go_on,
    next_page,
    previous_page,
    repair_of,
    steps,
)

READY = Answers(address_ok=True, accepted=True, secrets_ready=True, sign_in_ok=True, check_passed=True, saved=True)
NEW = (Page.KIND, Page.ADDRESS, Page.EXPECT)
FLAGS = ("check_needed", "secrets_ready", "consent_due", "password_kept", "passphrase_step", "saved", "checking")


def walk(answers: Answers) -> list[Page]:
    page: Page | None = first_page(answers)
    seen = []
    while page is not None:
        seen.append(page)
        page = next_page(page, answers)
    return seen


def every_run() -> Iterator[Answers]:
    """Every way through the wizard: new or mended, with and without each step that may be left out."""
    for repair, kind, *flags in product((None, *Repair), InboxKind, *((False, True) for _ in FLAGS)):
        answers = replace(READY, team_ok=True, repair=repair, kind=kind, **dict(zip(FLAGS, flags, strict=True)))
        if answers.secrets_ready or answers.passphrase_step:
            yield answers


def test_all_pages_follow_each_other():
    assert walk(READY) == [*NEW, Page.SIGN_IN, Page.CHECK, Page.DONE]


def test_without_a_keyring_the_passphrase_comes_before_the_password():
    pages = walk(replace(READY, passphrase_step=True))
    assert pages.index(Page.PASSPHRASE) == pages.index(Page.SIGN_IN) - 1


@pytest.mark.parametrize("repair", [Repair.SIGN_IN, Repair.SERVERS, Repair.PERMISSION, Repair.CERTIFICATE])
def test_reconnect_begins_with_signing_in(repair):
    assert walk(replace(READY, repair=repair)) == [Page.SIGN_IN, Page.CHECK, Page.DONE]
    assert first_page(replace(READY, repair=repair, passphrase_step=True)) is Page.PASSPHRASE


def test_another_certificate_goes_straight_to_the_check_where_the_password_is_kept():
    answers = replace(READY, repair=Repair.CERTIFICATE, password_kept=True)
    assert walk(answers) == [Page.CHECK, Page.DONE]
    assert Page.SIGN_IN in steps(answers)
    going = replace(answers, saved=False)
    assert previous_page(Page.CHECK, going) is Page.SIGN_IN  # where the servers can be changed
    assert next_page(Page.SIGN_IN, going) is Page.CHECK
    for before in ({"passphrase_step": True}, {"consent_due": True}):
        pages = walk(replace(answers, **before))
        assert pages[-2:] == [Page.CHECK, Page.DONE]
        assert Page.SIGN_IN not in pages


def test_another_certificate_of_a_provider_with_a_sign_in_of_its_own_is_seen_there():
    answers = replace(READY, repair=Repair.CERTIFICATE, password_kept=True, check_needed=False)
    assert walk(answers) == [Page.SIGN_IN, Page.DONE]


@pytest.mark.parametrize("repair", list(Repair))
def test_a_newer_disclosure_comes_first_when_reconnecting(repair):
    answers = replace(READY, repair=repair, consent_due=True, accepted=False)
    assert first_page(answers) is Page.EXPECT
    assert next_page(Page.EXPECT, answers) is None
    assert next_page(Page.EXPECT, replace(answers, accepted=True)) is Page.SIGN_IN


def test_a_new_inbox_has_its_disclosure_once():
    assert walk(replace(READY, consent_due=True)).count(Page.EXPECT) == 1


def test_a_way_that_needs_no_check_ends_after_its_sign_in():
    assert walk(replace(READY, check_needed=False))[-2:] == [Page.SIGN_IN, Page.DONE]


def test_a_team_inbox_goes_on_by_a_way_that_takes_teams():
    answers = replace(READY, kind=InboxKind.TEAM)
    assert next_page(Page.KIND, answers) is Page.ADDRESS
    assert not may_go_on(Page.ADDRESS, answers)
    assert may_go_on(Page.ADDRESS, replace(answers, team_ok=True))


@pytest.mark.parametrize("kind", list(InboxKind))
def test_an_address_that_was_refused_cannot_go_on(kind):
    assert not may_go_on(Page.ADDRESS, replace(READY, kind=kind, team_ok=True, refused=True))


@pytest.mark.parametrize(
    ("page", "missing"),
    [
        (Page.ADDRESS, {"address_ok": False}),
        (Page.EXPECT, {"accepted": False}),
        (Page.EXPECT, {"secrets_known": False}),
        (Page.PASSPHRASE, {"secrets_ready": False, "passphrase_step": True}),
        (Page.SIGN_IN, {"sign_in_ok": False}),
        (Page.SIGN_IN, {"secrets_known": False}),
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


def test_in_every_run_the_pages_keep_their_order_and_all_asked_for_is_asked():
    order = list(Page)
    count = 0
    for answers in every_run():
        count += 1
        pages = list(steps(answers))
        assert [order.index(p) for p in pages] == sorted({order.index(p) for p in pages}), answers
        assert first_page(answers) in pages
        assert pages[-1] is Page.DONE
        assert (Page.KIND in pages) == (Page.ADDRESS in pages) == (answers.repair is None)
        assert (Page.EXPECT in pages) == (answers.repair is None or answers.consent_due)
        assert (Page.PASSPHRASE in pages) == answers.passphrase_step
        assert (Page.CHECK in pages) == answers.check_needed
        for page in pages:
            after, before = next_page(page, answers), previous_page(page, answers)
            assert (after is None) == (page is Page.DONE or not may_go_on(page, answers)), (page, answers)
            if after is not None:
                skipped = pages[pages.index(page) + 1 : pages.index(after)]
                assert skipped in ([], [Page.SIGN_IN]), (page, answers)
                assert not skipped or answers.straight_to_check
            if before is not None:
                assert pages.index(before) < pages.index(page)
                assert not answers.saved
                assert page is not Page.DONE
    assert count == 5 * 2 * 3 * 2 ** (len(FLAGS) - 2)


def test_nobody_is_connected_without_the_consent_that_is_due():
    for answers in every_run():
        refused = replace(answers, accepted=False)
        if Page.EXPECT in steps(refused):
            assert Page.EXPECT in walk(refused)
            assert Page.DONE not in walk(refused)


def test_mending_begins_where_the_trouble_is():
    wrong = Problem(ProblemCode.WRONG_CREDENTIALS)
    gone = Problem(ProblemCode.HOST_NOT_FOUND)
    busy = Problem(ProblemCode.SERVER_BUSY)
    assert repair_of(InboxState.NEEDS_SIGN_IN, wrong) is Repair.SIGN_IN
    assert repair_of(InboxState.NEEDS_PERMISSION, Problem(ProblemCode.PERMISSION_MISSING)) is Repair.PERMISSION
    assert repair_of(InboxState.CERTIFICATE, Problem(ProblemCode.CERTIFICATE_CHANGED)) is Repair.CERTIFICATE
    assert repair_of(InboxState.UNREACHABLE, gone) is Repair.SERVERS
    assert repair_of(InboxState.UNREACHABLE, busy) is Repair.SIGN_IN
    for state in InboxState:
        assert repair_of(state, None) in Repair  # a disabled one, one that works: it may be signed in again
