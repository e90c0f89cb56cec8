"""Draws a screen into a folder and looks for what a machine can see: blank pictures, the other scheme, cut-off text, controls
without a name. Used by all tests that draw."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui.contacts.timeline import Timeline
from app.ui.kit.theme import Theme
from tests.ui.support.clipping import clipped, nameless
from tests.ui.support.sample_program import SampleProgram

Variant = tuple[str, float]  # scheme, scale
VARIANTS: tuple[Variant, ...] = (("light", 1.0), ("dark", 1.0), ("light", 1.25))


def picture_folder(factory: pytest.TempPathFactory) -> Path:
    """HITCHPOST_PICTURES, else a temporary one."""
    named = os.environ.get("HITCHPOST_PICTURES")
    made = Path(named) if named else factory.mktemp("pictures")
    made.mkdir(parents=True, exist_ok=True)
    return made


def file_of(folder: Path, name: str, scheme: str, scale: float) -> Path:
    return folder / f"{name}-{scheme}{'-large' if scale > 1 else ''}.png"


def drawn(names: Iterable[str], in_all: Collection[str]) -> list[tuple[str, str, float]]:
    """What is drawn: each in the first variant; in all of them those that have parts or a layout that no other has."""
    return [(name, *variant) for name in names for variant in VARIANTS if name in in_all or variant == VARIANTS[0]]


def draw(
    make: Callable[[Theme, SampleProgram], QWidget],
    name: str,
    variant: Variant,
    folder: Path,
    qapp: QApplication,
    qtbot: QtBot,
) -> QImage:
    """A made dialog's `keep` is the window that keeps it alive."""
    theme = Theme(qapp, *variant)
    made = make(theme, SampleProgram())
    keep = getattr(made, "keep", None)
    qtbot.addWidget(keep or made)
    if keep is None:
        made.show()
    else:
        made.open()
    qtbot.waitExposed(made)
    for timeline in made.findChildren(Timeline):  # its lower cards are read once the first are painted
        qtbot.waitUntil(lambda shown=timeline: not shown.reading_on)
    for _ in range(4):
        qapp.processEvents()
    picture = made.grab().toImage()
    picture.save(str(file_of(folder, name, *variant)))
    assert len(colours(picture)) > 8, "a blank picture"
    ground = theme.c("surface").lightness()
    corner = picture.pixelColor(picture.width() - 2, picture.height() - 2).lightness()
    assert abs(corner - ground) < 40, "drawn in the other scheme"
    assert clipped(made) == []
    assert nameless(made) == []
    return picture


def colours(picture: QImage) -> set[int]:
    return {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
