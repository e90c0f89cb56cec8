"""The outcome of a message, and what Sent proves about an interrupted copy: tables."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.inboxes import TRANSITIONS, InboxState, may_become, state_for
from app.domain.outbox import CopyState, OutboxCopy, OutboxState, outcome, settle_copy
from app.domain.problems import Problem, ProblemCode
from app.domain.retry import RECONNECT_SECONDS, SEND_STEPS, next_send_try, reconnect_delay

A, R, U, F, P = CopyState.ACCEPTED, CopyState.REFUSED, CopyState.UNKNOWN, CopyState.IN_FLIGHT, CopyState.PENDING
REFUSED = Problem(ProblemCode.RECIPIENT_REFUSED)


def copies(*states: CopyState) -> tuple[OutboxCopy, ...]:
    return tuple(
        OutboxCopy(i, "to", f"p{i}@example.org", f"ref{i}", state, REFUSED if state == R else None)
        for i, state in enumerate(states)
    )


@pytest.mark.parametrize(
    ("states", "expected", "has_reason"),
    [
        ((A,), OutboxState.SENT, False),
        ((A, A), OutboxState.SENT, False),
        ((R,), OutboxState.FAILED, True),
        ((R, R), OutboxState.FAILED, True),
        ((A, R), OutboxState.PARTLY, True),
        ((U,), OutboxState.UNKNOWN, False),
        ((A, U), OutboxState.UNKNOWN, False),
        ((R, U), OutboxState.UNKNOWN, True),
        ((A, F), OutboxState.UNKNOWN, False),
    ],
)
def test_outcome(states: tuple[CopyState, ...], expected: OutboxState, has_reason: bool) -> None:
    state, problem = outcome(copies(*states))
    assert state == expected
    assert (problem is not None) == has_reason


def test_a_reason_of_an_accepted_copy_is_past() -> None:
    """It was refused for now once, and taken the next time."""
    accepted = OutboxCopy(0, "to", "a@example.org", "ref0", A, Problem(ProblemCode.SERVER_BUSY))
    assert outcome((accepted,)) == (OutboxState.SENT, None)


@pytest.mark.parametrize(
    ("states", "filed", "own", "expected"),
    [
        ((F,), (), False, U),  # none is there: it may have been moved, or come later
        ((F,), ("ref0",), False, A),
        ((F,), ("",), False, A),  # the mark was taken off; there is one, and nothing else went out
        ((A, F), ("ref0",), False, U),  # a server that files an id once, or one that did not get the second
        ((A, F), ("ref1",), False, A),
        ((A, F), ("ref0", "ref1"), False, A),
        ((A, F), (), False, U),  # the first one should be there: this server says nothing
        ((A, F), ("",), False, U),
        ((A, F), ("", ""), False, A),
        ((A, A, F), ("ref0", "ref1"), False, U),  # each is filed, and this one is missing: it may come later
        ((A, A, F), ("ref0",), False, U),  # an id is filed once
        ((A, R, F), ("ref0",), False, U),
        ((R, F), (), False, U),
        ((F, P), (), False, U),
        ((F, U), ("",), False, U),  # it may be the other's
        ((F, U), ("", ""), False, A),
        ((F, A), ("ref1", ""), False, A),  # the mark of this one was taken off
        ((F, A), ("ref1", "ref1"), False, U),
        ((A, F), (), True, U),  # ours lies there already: the server may file no second one
        ((A, F), ("ref1",), True, A),
        ((A, F), ("",), True, U),
    ],
)
def test_settle_copy(states: tuple[CopyState, ...], filed: tuple[str, ...], own: bool, expected: CopyState) -> None:
    every = copies(*states)
    doubtful = next(c for c in every if c.state == F)
    assert settle_copy(doubtful, every, filed, own_filed=own) == expected


@given(st.lists(st.sampled_from([A, R, U, F, P]), max_size=4), st.lists(st.sampled_from(["", "ref0", "ref1", "x"])))
def test_what_is_not_found_is_never_sent_again(others: list[CopyState], filed: list[str]) -> None:
    every = copies(F, *others)
    for own in (False, True):
        assert settle_copy(every[0], every, filed, own_filed=own) in (A, U)
        assert settle_copy(every[0], every, [], own_filed=own) == U


def test_send_tries_grow_and_end() -> None:
    waits = [next_send_try(n) for n in range(1, 12)]
    assert waits[:-1] == list(SEND_STEPS) == sorted(SEND_STEPS)
    assert waits[-1] is None
    assert next_send_try(0) == SEND_STEPS[0]
    assert sum(SEND_STEPS, timedelta()) > timedelta(days=2)


@pytest.mark.parametrize(("asked", "expected"), [(None, 60), (10.0, 60), (600.0, 600), (1e9, 86_400)])
def test_send_try_keeps_to_what_the_server_asks(asked: float | None, expected: float) -> None:
    assert next_send_try(1, asked) == timedelta(seconds=expected)


@pytest.mark.parametrize(
    ("failures", "asked", "expected"),
    [
        (0, None, 1),
        (1, None, 1),
        (3, None, 5),
        (99, None, 300),
        (1, 0.2, 1),
        (1, 299.8, 299.8),
        (1, 1e9, 86_400),
        (99, 5, 300),
    ],
)
def test_reconnect_delay(failures: int, asked: float | None, expected: float) -> None:
    assert reconnect_delay(failures, asked) == expected
    assert list(RECONNECT_SECONDS) == sorted(RECONNECT_SECONDS)


@pytest.mark.parametrize("code", list(ProblemCode))
def test_every_problem_leaves_an_inbox_in_a_state_it_can_reach(code: ProblemCode) -> None:
    """And what passes by itself never waits for a person."""
    state = state_for(Problem(code))
    assert may_become(InboxState.CONNECTED, state) and may_become(InboxState.CONNECTING, state)
    if Problem(code).transient:
        assert state == InboxState.UNREACHABLE


def test_every_state_but_the_last_can_be_left() -> None:
    assert set(TRANSITIONS) == set(InboxState)
    for state, others in TRANSITIONS.items():
        assert state not in others and others
        assert may_become(state, state)
    assert not may_become(InboxState.DISABLED, InboxState.CONNECTED)
