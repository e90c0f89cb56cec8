"""Every setting has a meaning for people, and a 0 that means something says what."""

from __future__ import annotations

import pytest

from app.store.settings import DEFAULTS, RANGES, public_names
from app.words.settings import meaning


@pytest.mark.parametrize("name", public_names())
def test_every_setting_has_a_meaning(name: str) -> None:
    told = meaning(name, DEFAULTS[name])
    assert told and not told.endswith(".") and name not in told


@pytest.mark.parametrize("name", [name for name, (low, _) in RANGES.items() if low == 0 and not name.startswith("_")])
def test_what_zero_means_is_told_with_it(name: str) -> None:
    assert "; 0: " in meaning(name, 0) and "0:" not in meaning(name, 7)


def test_off_is_not_zero_and_what_is_unknown_has_none() -> None:
    assert "0:" not in meaning("tracking.local", False)
    assert meaning("no.such", 0) == ""
