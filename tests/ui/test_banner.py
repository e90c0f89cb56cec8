"""Banners keep the end of words that are longer than a line: addresses and names of servers."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, button

ADDRESS = "a-rather-long-address.for.an.inbox.of.someone.whose.name.is.long.too@" + "subdomain." * 9 + "example.org"


@pytest.mark.parametrize("width", [420, 860, 1084, 1200])
def test_a_long_address_is_shown_to_its_end(qtbot: QtBot, theme: Theme, width: int) -> None:
    banner = Banner(theme, "warn", "", button(theme, "Reconnect"))
    qtbot.addWidget(banner)
    banner.set("warn", f"{ADDRESS} cannot be reached", f"The server of {ADDRESS} does not answer.")
    banner.setFixedWidth(width)
    banner.show()
    qtbot.waitExposed(banner)
    for shown in (banner.title, banner.text):
        assert isinstance(shown, QLabel)
        widest = max(QFontMetrics(shown.font()).horizontalAdvance(part) for part in shown.text().split("\u200b"))
        assert widest <= shown.width()
        assert shown.heightForWidth(shown.width()) <= shown.height() + 1
    assert ADDRESS in banner.accessibleName()
