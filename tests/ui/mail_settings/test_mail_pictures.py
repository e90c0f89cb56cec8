"""Draws the dialogs of the mail settings in their states, light, dark and with larger text, into the folder HITCHPOST_PICTURES
(else a temporary one), and looks for what a machine can see, as `test_gallery` does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.kit.theme import Theme
from tests.ui.support.clipping import clipped, nameless
from tests.ui.support.mail_screens import SCREENS
from tests.ui.support.sample_program import SampleProgram
from tests.ui.test_gallery import VARIANTS, colours


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("HITCHPOST_PICTURES")
    made = Path(named) if named else tmp_path_factory.mktemp("pictures")
    made.mkdir(parents=True, exist_ok=True)
    return made


IN_ALL = frozenset(
    {
        "settings-email",
        "dialog-bcc-wrong",
        "dialog-blocked-ip-past",
        "dialog-blocked-ip-local",
        "dialog-sync-account-chosen",
        "dialog-host-check-failed",
    }
)
DRAWN = [(name, *variant) for name in SCREENS for variant in VARIANTS if name in IN_ALL or variant == VARIANTS[0]]


@pytest.mark.parametrize(("name", "scheme", "scale"), DRAWN, ids=lambda v: str(v))
def test_screen(
    name: str, scheme: str, scale: float, folder: Path, qapp: QApplication, qtbot: QtBot, same_look: None
) -> None:
    theme = Theme(qapp, scheme, scale)
    made = SCREENS[name](theme, SampleProgram())
    qtbot.addWidget(getattr(made, "keep", made))
    made.show()
    qtbot.waitExposed(made)
    for _ in range(4):
        qapp.processEvents()
    picture = made.grab().toImage()
    picture.save(str(folder / f"{name}-{scheme}{'-large' if scale > 1 else ''}.png"))
    assert len(colours(picture)) > 8, "a blank picture"
    ground = theme.c("surface").lightness()
    corner = picture.pixelColor(picture.width() - 2, picture.height() - 2).lightness()
    assert abs(corner - ground) < 40, "drawn in the other scheme"
    assert clipped(made) == []
    assert nameless(made) == []
