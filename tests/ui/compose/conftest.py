"""A compose page with its stand-in program."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.compose.compose_page import ComposePage
from app.ui.kit.theme import Theme
from tests.ui.compose.stand_in import ComposeProgram


@pytest.fixture
def program(qapp: QApplication, tmp_path: Path) -> ComposeProgram:
    return ComposeProgram(tmp_path)


@pytest.fixture
def page(qtbot, theme: Theme, program: ComposeProgram) -> ComposePage:
    made = ComposePage(theme, program, None)
    made.resize(1056, 760)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
    return made
