"""The states of an inbox as one machine: the table, what a problem leads to, and that nothing goes past it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.domain.inboxes import NEEDS_PERSON, SYNCING_STATES, TRANSITIONS, InboxState, may_become, state_for
from app.domain.problems import TRANSIENT, Problem, ProblemCode

S = InboxState
APP = Path(__file__).parents[3] / "app"


def test_every_state_is_in_the_table() -> None:
    assert set(TRANSITIONS) == set(S)
    for state, following in TRANSITIONS.items():
        assert state not in following
        assert may_become(state, state)


def test_every_state_can_be_left_by_connecting_again_and_by_removing() -> None:
    for state in S:
        assert may_become(state, S.CONNECTING), state  # Reconnect, Resume, Enable
        assert may_become(state, S.REMOVED), state
        assert state in (S.DISABLED, S.REMOVED) or may_become(state, S.DISABLED), state


def test_what_a_person_stopped_goes_on_by_that_person_only() -> None:
    assert TRANSITIONS[S.DISABLED] == {S.CONNECTING, S.REMOVED}
    assert TRANSITIONS[S.REMOVED] == {S.CONNECTING}
    assert not {S.CONNECTED, S.UNREACHABLE} & TRANSITIONS[S.PAUSED]
    assert TRANSITIONS[S.PAUSED] > NEEDS_PERSON  # a refused sign-in is told though nothing is read


def test_only_what_is_being_read_can_be_paused() -> None:
    assert {state for state in S if S.PAUSED in TRANSITIONS[state]} == SYNCING_STATES


@pytest.mark.parametrize("code", list(ProblemCode), ids=lambda code: code.value)
def test_a_problem_leads_to_one_state(code: ProblemCode) -> None:
    state = state_for(Problem(code))
    assert state in {S.UNREACHABLE} | NEEDS_PERSON
    if code in TRANSIENT:  # it is tried again by itself
        assert state is S.UNREACHABLE
    for before in SYNCING_STATES:
        assert may_become(before, state)


def test_states_are_written_in_one_place() -> None:
    """`Inboxes.set_state`, which looks at the table; and `Inboxes.add`, which connects: every state may become that."""
    writers = []
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in ("update", "create")
                and ast.unparse(node.value)
                in (
                    "m.Inbox",
                    "models.Inbox",
                )
            ):
                writers.append(path.relative_to(APP).as_posix())
    assert set(writers) == {"store/inboxes.py"}
