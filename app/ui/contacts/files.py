"""Opens and saves the files of logged messages. Used by message cards.

A file from mail is data of a stranger: its name is cleaned before it touches a disk, and what a desktop would run
instead of show is never opened, only saved.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path, PurePosixPath, PureWindowsPath

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from app.ui.kit.temporary import TemporaryFolder

RUNS = frozenset(
    re.findall(
        r"\w+",
        "appimage apk app bat bash cmd com command cpl csh deb desktop dll dmg exe gadget hta inf ins iso jar js jse ksh "
        "lnk msc msi msp mst osx pif pkg ps1 py pyw rb reg rpm run scr sct sh shb sys url vb vbe vbs wsc wsf wsh xll zsh",
    )
)
_HARMFUL = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')


def safe_filename(name: str) -> str:
    """The last part of the name, without control and direction characters, never hidden, at most 120 characters with
    its ending kept."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    clean = _HARMFUL.sub("_", last).strip(" .")
    if not clean:
        return "attachment"
    stem, dot, ending = clean.rpartition(".")
    if dot and len(ending) <= 16:
        return f"{stem[: 119 - len(ending)]}.{ending}"
    return clean[:120]


def may_open(name: str) -> bool:
    return safe_filename(name).rpartition(".")[2].casefold() not in RUNS


class AttachmentFiles(QObject):
    """Copies are opened from a folder that goes when the program ends. `failed` tells title and text."""

    failed = Signal(str, str)
    saved = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._folder = TemporaryFolder()
        self._waiting: tuple[Path, str] | None = None

    def open(self, stored: Path, name: str) -> None:
        if not may_open(name):
            self.save(stored, name)
            return
        folder = self._folder.path / stored.name[:16]
        copy = folder / safe_filename(name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(stored, copy)
        except OSError as fault:
            self.failed.emit("The file could not be opened", f"{fault.strerror or fault}. It is still on the timeline.")
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(copy))):
            self.failed.emit("No program opens this file", "Save it, and open it from there.")

    def save(self, stored: Path, name: str) -> None:
        """Asks where to, without blocking."""
        self._waiting = (stored, name)
        dialog = QFileDialog(self._parent, "Save attachment", str(Path.home() / safe_filename(name)))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _on_chosen(self, path: str) -> None:
        if self._waiting is not None:
            stored, _ = self._waiting
            self.save_as(stored, Path(path))

    def save_as(self, stored: Path, target: Path) -> bool:
        try:
            shutil.copyfile(stored, target)
        except OSError as fault:
            self.failed.emit(
                "The file could not be saved", f"{fault.strerror or fault}: {target}. Choose another folder."
            )
            return False
        self.saved.emit(str(target))
        return True
