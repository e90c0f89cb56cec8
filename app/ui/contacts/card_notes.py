"""What stands around the text of a message's card: above it what whoever forwarded the message wrote, below it that files were
not kept. Used by `card`."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QWidget

from app.domain.left_out import FilesLeftOut
from app.domain.views import TimelineNote
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Glyph, button, label
from app.words.left_out import left_out_sentence

LONG_NOTE = 800  # characters shown before “Show the whole note”


class ForwardNote(QFrame):
    """On a ground of its own, with who wrote it: nobody takes it for a part of the message."""

    def __init__(self, theme: Theme, note: TimelineNote) -> None:
        super().__init__()
        self.setProperty("box", "inset")
        self._note, self._whole = note.text, False
        who = note.by or "Somebody"
        at = times.local(note.at)
        said = (
            f"{who} wrote this when forwarding it · {times.day_short(at.date(), times.today())} {times.clock(note.at)}"
        )
        head = label(theme, said, "small", "muted", wrap=True)
        self.text = label(theme, "", "body", wrap=True)
        self.fold = button(theme, "", "fold", "more")
        self.fold.clicked.connect(self._on_fold)
        self.fold.setVisible(len(note.text) > LONG_NOTE)
        icon = column(Glyph(theme, "forward", "muted", k.ICON_SMALL), None, margins=(0, 2, 0, 0))
        words = column(head, self.text, row(self.fold, None), gap=2)
        self.setLayout(row(icon, (words, 1), gap=k.S2, margins=(k.S3, k.S2, k.S3, k.S2)))
        self._show()

    @Slot()
    def _on_fold(self) -> None:
        self._whole = not self._whole
        self._show()

    def _show(self) -> None:
        cut = len(self._note) > LONG_NOTE and not self._whole
        self.text.setText(self._note[:LONG_NOTE].rstrip() + " …" if cut else self._note)
        self.fold.set_verb("Show less" if self._whole else "Show the whole note")
        self.fold.setAccessibleName("Show less" if self._whole else "Show the whole note")
        self.setAccessibleName(f"Note above the forwarded message: {self.text.text()}")


def left_out_note(theme: Theme, left_out: FilesLeftOut) -> QWidget:
    words = label(theme, left_out_sentence(left_out), "small", "muted", wrap=True)
    return host(row(Glyph(theme, "attach", "muted", k.ICON_SMALL), (words, 1), gap=5))
