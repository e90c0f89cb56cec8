"""Screens are tested against an in-memory program; `theme` is light, whatever the machine's own scheme is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.kit.theme import Theme
from tests.ui.support.look import kept_look
from tests.ui.support.pictures import picture_folder
from tests.ui.support.sample_program import SampleProgram


@pytest.fixture
def same_look(qapp: QApplication) -> Iterator[None]:
    """Gives the application back the style sheet, palette and font it had: other tests share it."""
    with kept_look(qapp):
        yield


@pytest.fixture
def theme(qapp: QApplication, same_look: None) -> Theme:
    return Theme(qapp, "light")


@pytest.fixture
def program(tmp_path: Path) -> SampleProgram:
    return SampleProgram(files=tmp_path)


@pytest.fixture
def empty_program() -> SampleProgram:
    return SampleProgram(full=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go."""
    return picture_folder(tmp_path_factory)
