"""The order of the pages of the logging wizard, without Qt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.copied_mail import CopyKind
from app.domain.inboxes import InboxId
from app.domain.logging_addresses import LoggingAddress, NotCome, NotSent, NotTold, Recognised, Way
from app.domain.problems import Problem, ProblemCode
from app.ui.logging.flow import (
    STEP_NAMES,
    Answers,
    Step,
    forward_text,
    may_go_on,
    next_step,
    previous_step,
    steps,
    what_is_missing,
)

ME = "jonas@example.org"
READY = Answers(inboxes=1, inbox_id=InboxId(1), inbox_address=ME)
ADDRESS = LoggingAddress(1, CopyKind.BCC, Way.PLUS, "jonas+log-x@example.org", InboxId(1))
PROOFS = {
    "recognised": Recognised(ADDRESS, "the envelope"),
    "not told": NotTold(ADDRESS, "INBOX"),
    "not come": NotCome(ADDRESS, 120),
    "not sent": NotSent(ADDRESS, Problem(ProblemCode.RECIPIENT_REFUSED)),
}


@pytest.mark.parametrize(
    ("way", "address", "pages"),
    [
        (Way.PLUS, "", (Step.WAY, Step.PLACE, Step.TEST, Step.DONE)),
        (Way.PLUS, "jonas+crm@example.org", (Step.WAY, Step.PLACE, Step.TEST, Step.DONE)),
        (Way.MAILBOX, "", (Step.WAY, Step.PLACE, Step.TEST, Step.DONE)),
        (Way.FOLDER, "", (Step.WAY, Step.PLACE, Step.SERVER, Step.DONE)),
        (Way.FOLDER, "log@example.org", (Step.WAY, Step.PLACE, Step.SERVER, Step.TEST, Step.DONE)),
    ],
)
def test_the_pages_of_each_way(way: Way, address: str, pages: tuple[Step, ...]) -> None:
    answers = replace(READY, way=way, address=address, folder="Logged")
    assert steps(answers) == pages
    assert set(STEP_NAMES) == set(Step)
    proved = replace(answers, proof=PROOFS["recognised"])
    walked = [Step.WAY]
    while (following := next_step(walked[-1], proved)) is not None:
        walked.append(following)
    assert tuple(walked) == pages
    back = [pages[-2]]
    while (before := previous_step(back[-1], proved)) is not None:
        back.append(before)
    assert tuple(reversed(back)) == pages[:-1]
    assert previous_step(Step.DONE, proved) is None


def test_an_address_that_is_there_is_tested_only() -> None:
    answers = replace(READY, known=True)
    assert steps(answers) == (Step.TEST, Step.DONE)
    assert previous_step(Step.TEST, answers) is None


def test_without_an_inbox_nobody_gets_far() -> None:
    assert not may_go_on(Step.WAY, Answers()) and next_step(Step.WAY, Answers()) is None
    assert not may_go_on(Step.PLACE, Answers())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ""),
        ({"inbox_id": None}, "Choose the inbox."),
        ({"way": Way.FOLDER}, "Choose the folder"),
        ({"way": Way.FOLDER, "folder": "  "}, "Choose the folder"),
        ({"way": Way.FOLDER, "folder": "Logged"}, ""),
        ({"way": Way.FOLDER, "folder": "Logged", "address": "log@example"}, "not complete"),
        ({"address": "log"}, "not complete"),
        ({"address": "Jonas@EXAMPLE.org"}, "own address"),
        ({"address": "jonas+crm@example.org"}, ""),
        ({"way": Way.MAILBOX, "address": "left from before"}, ""),
    ],
)
def test_what_is_missing(changes: dict[str, object], told: str) -> None:
    answers = replace(READY, **changes)  # type: ignore[arg-type]
    found = what_is_missing(answers)
    assert told in found if told else found == ""
    assert (next_step(Step.PLACE, answers) is None) is bool(told)


@pytest.mark.parametrize(
    ("proof", "goes_on", "button"),
    [("recognised", True, "Continue"), ("not told", False, "Continue"), ("not come", True, "Keep it untested"),
     ("not sent", False, "Continue")],
)  # fmt: skip
def test_how_a_test_lets_one_go_on(proof: str, goes_on: bool, button: str) -> None:
    answers = replace(READY, proof=PROOFS[proof])
    assert may_go_on(Step.TEST, answers) is goes_on
    assert forward_text(Step.TEST, answers) == button


def test_while_a_test_runs_one_waits_or_stops_it() -> None:
    running = replace(READY, testing=True)
    assert not may_go_on(Step.TEST, running) and previous_step(Step.TEST, running) is None
    assert not running.may_keep
    stopped = replace(READY, ended="The test was stopped.")
    assert may_go_on(Step.TEST, stopped) and forward_text(Step.TEST, stopped) == "Keep it untested"
    assert not may_go_on(Step.TEST, READY)
    assert forward_text(Step.DONE, READY) == "Finish"
