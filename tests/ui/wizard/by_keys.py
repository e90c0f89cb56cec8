"""The wizard's first three pages as somebody without a pointer goes through them."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.domain.inboxes import Provider
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.flow import Page
from tests.ui.support.keyboard import Keyboard

K = Qt.Key


def to_sign_in(qtbot, wizard: ConnectWizard, address: str, way: Provider = Provider.IMAP) -> Keyboard:
    """The first three pages; the servers are not looked for but entered by hand."""
    keys = Keyboard(wizard)
    assert keys.focus is wizard.pages[Page.KIND].personal.radio
    keys.tour()
    keys.press(K.Key_Down)
    assert wizard.pages[Page.KIND].team.radio.isChecked()
    keys.press(K.Key_Up)
    assert wizard.pages[Page.KIND].personal.radio.isChecked()
    keys.press(K.Key_A, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(wizard.pages[Page.KIND].automation.isChecked, timeout=2000)  # Qt shows the press first
    keys.tab_to(wizard.pages[Page.KIND].automation)
    keys.press(K.Key_Space)
    assert not wizard.pages[Page.KIND].automation.isChecked()
    keys.press(K.Key_Return)

    page = wizard.pages[Page.ADDRESS]
    assert wizard.page is Page.ADDRESS
    assert keys.focus is page.edit
    keys.type(address)
    keys.tab_to(page.by_hand)
    keys.press(K.Key_Return)
    assert keys.focus is page.edit
    keys.tab_to(page.radios[Provider.IMAP])
    order = list(page.radios)
    for _ in range(order.index(Provider.IMAP) - order.index(way)):
        keys.press(K.Key_Up)
    assert page.radios[way].isChecked()
    assert keys.focus is page.radios[way]
    keys.tour()
    keys.press(K.Key_Return)

    page = wizard.pages[Page.EXPECT]
    assert wizard.page is Page.EXPECT
    assert keys.focus is page.accept
    keys.tour()
    assert not wizard.forward.isEnabled()
    keys.press(K.Key_Return)
    assert wizard.page is Page.EXPECT
    keys.press(K.Key_Space)
    qtbot.waitUntil(wizard.forward.isEnabled, timeout=10_000)  # the keyring is looked for meanwhile
    keys.press(K.Key_Return)
    assert wizard.page is Page.SIGN_IN
    return keys
