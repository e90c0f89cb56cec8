"""Draws the dialogs of the mail settings in their states, light, dark and with larger text, into the folder HITCHPOST_PICTURES
(else a temporary one), and looks for what a machine can see, as `test_gallery` does."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.support.mail_screens import SCREENS
from tests.ui.support.pictures import draw, drawn

IN_ALL = frozenset(
    {
        "settings-email",
        "dialog-bcc-wrong",
        "dialog-blocked-ip-past",
        "dialog-blocked-ip-local",
        "dialog-sync-account-chosen",
        "dialog-host-check-failed",
        "dialog-use-host",
        "settings-tracking",
        "settings-tracking-list",
        "settings-tracking-earlier",
        "dialog-network-list",
    }
)


@pytest.mark.parametrize(("name", "scheme", "scale"), drawn(SCREENS, IN_ALL), ids=lambda v: str(v))
def test_screen(
    name: str, scheme: str, scale: float, folder: Path, qapp: QApplication, qtbot: QtBot, same_look: None
) -> None:
    draw(SCREENS[name], name, (scheme, scale), folder, qapp, qtbot)
