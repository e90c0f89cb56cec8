"""The files and pictures of the message that is written: chosen, dropped, pasted, and read into the workspace. Used by
`writing_view`."""

from __future__ import annotations

import uuid
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Qt, Slot
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import QFileDialog, QWidget

from app.domain.errors import HitchpostError
from app.domain.outbox import AttachmentRef
from app.ui.compose.editor import MessageEditor
from app.ui.compose.files_row import FilesRow
from app.ui.compose.notes import Notes
from app.ui.compose.program import ComposeProgram
from app.ui.compose.send_bar import SendBar


class Attaching(QObject):
    """`inline`: pictures that stand in the text, by Content-ID, those that were taken out of it, too."""

    def __init__(
        self,
        view: QWidget,
        program: ComposeProgram,
        editor: MessageEditor,
        files: FilesRow,
        bar: SendBar,
        notes: Notes,
    ) -> None:
        super().__init__(view)
        self._view, self._program = view, program
        self._editor, self.files, self._bar, self._notes = editor, files, bar, notes
        self.inline: dict[str, AttachmentRef] = {}
        self._reading: dict[int, str] = {}  # names of files that are being read, by the number of the wish
        self._last_file = 0
        self._refused: list[str] = []
        editor.files_dropped.connect(self.attach)
        editor.picture_pasted.connect(self.take_picture)
        program.file_taken.connect(self._on_taken)

    def begin(self, files: tuple[AttachmentRef, ...]) -> None:
        """Another message, with these; what is still being read belongs to the one before."""
        self.inline = {a.content_id: a for a in files if a.content_id}
        self.files.set_files(tuple(a for a in files if not a.content_id))
        self._reading.clear()
        self._show_reading()

    def pictures(self) -> dict[str, QImage]:
        return {cid: QImage(str(self._program.attachment_path(a.sha256))) for cid, a in self.inline.items()}

    def known_pictures(self) -> dict[str, str]:
        """Content-ID → the only address by which the text may show it."""
        return {cid: f"cid:{cid}" for cid in self.inline}

    def all_used(self, content_ids: frozenset[str]) -> tuple[AttachmentRef, ...]:
        """The files, and those pictures that the text still shows."""
        return self.files.files() + tuple(r for cid, r in self.inline.items() if cid in content_ids)

    def size(self) -> int:
        """Bytes in all."""
        return sum(f.size for f in (*self.files.files(), *self.inline.values()))

    @Slot()
    def choose(self) -> None:
        chooser = QFileDialog(self._view, "Attach files")
        chooser.setFileMode(QFileDialog.FileMode.ExistingFiles)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.filesSelected.connect(self.attach)
        chooser.open()

    @Slot(list)
    def attach(self, paths: list[str]) -> None:
        """Files by their paths; what cannot be taken in is told in a note."""
        self._refused = []
        self._notes.show_trouble("", "")
        wanted = {self._last_file + i: Path(path) for i, path in enumerate(paths, 1)}
        self._last_file += len(wanted)
        self._reading.update({number: path.name for number, path in wanted.items()})
        self._show_reading()
        for number, path in wanted.items():
            self._program.take_file(number, path)

    @Slot(int, object, str)
    def _on_taken(self, number: int, ref: AttachmentRef | None, why: str) -> None:
        if self._reading.pop(number, None) is None:
            return  # of a message that is no longer here
        if ref is None:
            self._refused.append(why)
            self._notes.show_trouble("Not attached", " ".join(self._refused))
        else:
            self.files.add_file(ref)
        self._show_reading()

    def _show_reading(self) -> None:
        """A message goes out with all of its files: while one is read it waits."""
        names = list(self._reading.values())
        self._bar.set_reading(
            f"Reading {names[0]}" if len(names) == 1 else f"Reading {len(names)} files" if names else ""
        )

    def is_reading(self) -> bool:
        """Whether a file is still on its way into the message."""
        return bool(self._reading)

    @Slot(QImage)
    def take_picture(self, image: QImage) -> None:
        """A pasted picture stands in the text and goes out with it, by its Content-ID."""
        octets = QByteArray()
        buffer = QBuffer(octets)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(image)
        content_id = f"{uuid.uuid4().hex}@inline.hitchpost"
        number = len(self.inline) + 1
        try:
            ref = self._program.store_content(f"picture-{number}.png", "image/png", bytes(octets.data()), content_id)
        except HitchpostError as error:
            self._notes.show_trouble("The picture was not taken in", str(error))
            return
        self.inline[content_id] = ref
        self._editor.insert_picture(content_id, image, f"Picture {number}")
