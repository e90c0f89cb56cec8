"""Loads the fonts that are shipped in `resources/fonts`. Used when the window begins, by `Theme`, and by views of letters."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFontDatabase

# Each takes 2 to 3 ms to unpack: the window needs these, and letters the others
WINDOW = ("Inter-Medium.woff2", "Inter-Regular.woff2", "Inter-SemiBold.woff2")
LETTERS = ("Inter-Bold.woff2", "Inter-BoldItalic.woff2", "Inter-Italic.woff2")


@cache  # Qt keeps them for the life of the process
def load_fonts() -> frozenset[str]:
    """Registers those that the window itself is written in, and returns the family names found. Where Qt cannot read one (a
    build without WOFF2), the next family of `tokens.FAMILIES` is used; nothing fails."""
    return _loaded(WINDOW)


@cache
def load_letter_fonts() -> frozenset[str]:
    """Bold and italic, as letters have them; as `load_fonts`. To be called before the first letter is laid out."""
    return _loaded(LETTERS)


def _loaded(names: tuple[str, ...]) -> frozenset[str]:
    families: set[str] = set()
    for name in names:
        entry = files("resources").joinpath("fonts").joinpath(name)
        if entry.is_file():
            number = QFontDatabase.addApplicationFontFromData(QByteArray(entry.read_bytes()))
            if number >= 0:
                families.update(QFontDatabase.applicationFontFamilies(number))
    return frozenset(families)
