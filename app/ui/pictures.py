"""The program's own pictures as icons, from `resources/icons`. Used by windows and the tray."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPixmap

APP_SIZES = (16, 22, 24, 32, 48, 64, 128, 256)
TRAY_SIZES = (16, 22, 24, 32, 48, 64)


def _icon(stem: str, sizes: tuple[int, ...]) -> QIcon:
    icon = QIcon()
    folder = files("resources").joinpath("icons")
    for size in sizes:
        entry = folder.joinpath(f"{stem}-{size}.png")
        if entry.is_file():
            picture = QPixmap()
            if picture.loadFromData(QByteArray(entry.read_bytes())):
                icon.addPixmap(picture)
    return icon


def app_icon() -> QIcon:
    return _icon("hitchpost", APP_SIZES)


def tray_icon(scheme: Qt.ColorScheme, state: str = "") -> QIcon:
    """`scheme` is the desktop's, not the program's: the panel keeps its own colours. `state`: "", unseen, trouble."""
    ground = "on-light" if scheme == Qt.ColorScheme.Light else "on-dark"
    return _icon(f"tray-{ground}{f'-{state}' if state else ''}", TRAY_SIZES)
