"""Asks for the file of a certificate authority's own certificate, and reads it (C9). Used by the remedy box."""

from __future__ import annotations

import ssl
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from app.domain.errors import UsageError

MOST = 1_000_000  # bytes; a bundle of all public authorities has a quarter of it


def read_authority(path: Path) -> str:
    """The certificates in the file, as PEM text (RFC 7468). Raises UsageError for a file that cannot be read or has none."""
    try:
        with path.open("rb") as file:
            pem = file.read(MOST + 1).decode("ascii")
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(_no_pem(path)) from error
    if len(pem) > MOST:
        raise UsageError(_no_pem(path))
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError) as error:
        raise UsageError(_no_pem(path)) from error
    return pem


def _no_pem(path: Path) -> str:
    return f"{path.name} is no file of certificates in PEM form: it has nothing between BEGIN CERTIFICATE and END."


class AuthorityChooser(QObject):
    """`chosen` carries the PEM text of the file that was chosen, `failed` why it could not be taken."""

    chosen = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.dialog: QFileDialog | None = None

    @Slot()
    def ask(self) -> None:
        patterns = "Certificates (*.pem *.crt *.cer);;All files (*)"
        self.dialog = QFileDialog(self._parent, "The authority’s certificate", str(Path.home()), patterns)
        self.dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self.dialog.fileSelected.connect(self.take)
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()

    @Slot(str)
    def take(self, name: str) -> None:
        try:
            pem = read_authority(Path(name))
        except UsageError as error:
            self.failed.emit(str(error))
            return
        self.chosen.emit(pem)
