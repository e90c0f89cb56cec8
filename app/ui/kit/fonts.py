"""Loads the fonts that are shipped in `resources/fonts`. Used once by `Theme`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFontDatabase


@cache  # Qt keeps them for the life of the process
def load_fonts() -> frozenset[str]:
    """Registers every shipped font and returns the family names found. Where Qt cannot read one (a build without
    WOFF2), the next family of `tokens.FAMILIES` is used; nothing fails."""
    families: set[str] = set()
    for entry in sorted(files("resources").joinpath("fonts").iterdir(), key=lambda e: e.name):
        if entry.name.endswith((".woff2", ".ttf", ".otf")):
            number = QFontDatabase.addApplicationFontFromData(QByteArray(entry.read_bytes()))
            if number >= 0:
                families.update(QFontDatabase.applicationFontFamilies(number))
    return frozenset(families)
