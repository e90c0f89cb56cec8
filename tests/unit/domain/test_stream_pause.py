"""How soon a stream that broke is looked for again."""

from __future__ import annotations

import itertools

import pytest

from app.domain.retry import stream_pause


@pytest.mark.parametrize("gone", [1, 5, 10, 19])
def test_a_server_that_was_away_for_seconds_is_found_within_one(gone: float) -> None:
    silent = 0.0
    while silent < gone:
        silent += stream_pause(silent, 0.5, 30.0)
    assert silent - gone <= 1.0


def test_pauses_grow_up_to_the_longest_and_heed_what_the_server_names() -> None:
    pauses = [stream_pause(silent, 0.5, 30.0) for silent in range(0, 3600, 10)]
    assert all(one <= next_ for one, next_ in itertools.pairwise(pauses)) and pauses[-1] == 30.0
    assert stream_pause(0.0, 3.0, 30.0) == 3.0
    assert stream_pause(0.0, 0.0, 30.0) == 0.2  # no hammering, whatever it says
    assert stream_pause(0.0, 1e9, 3600.0) == 60.0  # nor for ever
