"""A wizard on the screen, over whatever façade the test gives it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from app.domain.inboxes import Provider
from app.ui.kit.theme import Theme
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.flow import Page
from app.ui.wizard.program import ConnectProgram

Open = Callable[..., ConnectWizard]


@pytest.fixture
def opened(qtbot, theme) -> Open:
    def open_it(program: ConnectProgram, address: str = "", look: Theme | None = None) -> ConnectWizard:
        wizard = ConnectWizard(look or theme, program, None, address)
        wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(wizard)
        with qtbot.waitActive(wizard):
            wizard.show()
        return wizard

    return open_it


@pytest.fixture
def walked(qtbot, opened: Open) -> Open:
    """To the sign-in page: of a new inbox, by all pages before it, or of the inbox `again`."""

    def walk(program: ConnectProgram, provider: Provider, again: str = "", look: Theme | None = None) -> ConnectWizard:
        wizard = opened(program, again, look)
        if not again:
            wizard.go_on()
            page = wizard.pages[Page.ADDRESS]
            qtbot.keyClicks(page.edit, "jonas@example.org")
            page.radios[provider].click()
            wizard.go_on()
            wizard.pages[Page.EXPECT].accept.click()
            wizard.go_on()
        return wizard

    return walk
