"""A wizard on the screen, over whatever façade the test gives it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.program import ConnectProgram

Open = Callable[..., ConnectWizard]


@pytest.fixture
def opened(qtbot, theme) -> Open:
    def open_it(program: ConnectProgram, address: str = "") -> ConnectWizard:
        wizard = ConnectWizard(theme, program, None, address)
        wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(wizard)
        with qtbot.waitActive(wizard):
            wizard.show()
        return wizard

    return open_it
