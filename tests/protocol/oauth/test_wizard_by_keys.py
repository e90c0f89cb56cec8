"""Gmail in the wizard by keys alone: from the first page to the browser and back, with a real provider and mail servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from app.domain.inboxes import Provider
from app.runtime.program import Program
from app.ui.kit.theme import Theme
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.flow import Page
from tests.protocol.oauth.conftest import Browser, World
from tests.support.authority import Authority
from tests.ui.support.look import kept_look
from tests.ui.wizard.by_keys import K, to_sign_in


class Person(QObject):
    """Whom the system's browser belongs to: signed in at the provider already."""

    def __init__(self, browser: Browser) -> None:
        super().__init__()
        self._browser = browser

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self._browser.open(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))


@pytest.fixture
def same_look(qapp: QApplication) -> Iterator[None]:
    with kept_look(qapp):
        yield


def test_gmail(qtbot, qapp, same_look, world: World, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    person = Person(world.browser)
    QDesktopServices.setUrlHandler("https", person, "open")
    program = Program(world.workspace)
    wizard = ConnectWizard(Theme(qapp, "light"), program, None)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(wizard)
    try:
        with qtbot.waitActive(wizard):
            wizard.show()
        keys = to_sign_in(qtbot, wizard, world.address, Provider.GMAIL)
        assert keys.focus is wizard.current.name_field.edit  # type: ignore[attr-defined]
        keys.tour()
        keys.replace("Ada Lind")
        with qtbot.waitSignal(wizard.connected, timeout=30_000):
            keys.press(K.Key_Return)
        assert wizard.page is Page.DONE
        assert keys.focus is wizard.forward
        with qtbot.waitSignal(wizard.accepted):
            keys.press(K.Key_Return)
        (card,) = program.inboxes()
        assert (card.address, card.provider, card.from_name) == (world.address, Provider.GMAIL, "Ada Lind")
    finally:
        QDesktopServices.unsetUrlHandler("https")
        assert program.shut_down()
