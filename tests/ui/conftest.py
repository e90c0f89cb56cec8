"""Screens are tested against an in-memory program; `theme` is light, whatever the machine's own scheme is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.kit.theme import Theme
from tests.ui.support.sample_program import SampleProgram


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    yield Theme(qapp, "light")
    qapp.setStyleSheet("")


@pytest.fixture
def program() -> SampleProgram:
    return SampleProgram()


@pytest.fixture
def empty_program() -> SampleProgram:
    return SampleProgram(full=False)
