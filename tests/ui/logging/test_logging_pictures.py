"""Draws the screens of logging by BCC and forwarding in their states, light, dark and with larger text, into the folder
HITCHPOST_PICTURES (else a temporary one), and looks for what a machine can see, as `test_gallery` does."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.support.logging_screens import SCREENS
from tests.ui.support.pictures import draw, drawn

IN_ALL = frozenset(
    {
        "settings-logging-every-state", "settings-privacy", "logging-way", "logging-place-folder", "logging-folder-missing",
        "logging-server", "logging-test-running", "logging-done", "review", "review-narrow",
        "dialog-never-tried", "dialog-log-by-hand-found", "dialog-basis-wrong",
    }
)  # fmt: skip


@pytest.mark.parametrize(("name", "scheme", "scale"), drawn(SCREENS, IN_ALL), ids=lambda v: str(v))
def test_screen(
    name: str, scheme: str, scale: float, folder: Path, qapp: QApplication, qtbot: QtBot, same_look: None
) -> None:
    draw(SCREENS[name], name, (scheme, scale), folder, qapp, qtbot)
