"""One theme for the wizard's tests; a style sheet is an application's, so it is made once."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.kit.theme import Theme


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, "light")
